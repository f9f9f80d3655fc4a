"""Rows of a Neo4j server that is not ours: the mapping gives its address and a query, the environment the password."""

import os
from collections.abc import Iterator, Mapping
from typing import Any, Final

from kg.errors import GraphUnavailable, ImportInvalid
from kg.imports.forms import TableForm

__all__ = ["PASSWORD", "USER", "rows_of"]

# Not those of our own store: a mapping could name any address, and must not be sent what opens another one.
USER: Final = "BENCAO_IMPORT_USER"
PASSWORD: Final = "BENCAO_IMPORT_PASSWORD"  # noqa: S105  the name of a variable
_SECONDS: Final = 30.0  # to connect
_FETCH: Final = 10_000


def rows_of(form: TableForm) -> Iterator[Mapping[str, Any]]:
    """Yield what the query returns, run so that it can write nothing.

    Raises:
        ImportInvalid: the server refuses the query or the password.
        GraphUnavailable: it does not answer.
    """
    from neo4j import READ_ACCESS, GraphDatabase
    from neo4j.exceptions import AuthError, ConfigurationError, DriverError, Neo4jError

    auth = (os.environ.get(USER, "neo4j"), os.environ.get(PASSWORD, ""))
    try:
        with (
            GraphDatabase.driver(form.uri, auth=auth, connection_timeout=_SECONDS) as driver,
            driver.session(default_access_mode=READ_ACCESS, fetch_size=_FETCH) as session,
        ):
            for record in session.run(form.query):
                yield record.data()
    except AuthError:
        message = f"{form.uri}: refuses the user or the password; set {USER} and {PASSWORD}"
        raise ImportInvalid(message, uri=form.uri) from None
    except (ConfigurationError, ValueError) as error:
        message = f"{form.uri}: is no address of a Neo4j server: {error}"
        raise ImportInvalid(message, uri=form.uri) from None
    except Neo4jError as error:
        said = (error.message or error.code or "").splitlines()[0]
        message = f"{form.uri}: refuses the query: {said}"
        raise ImportInvalid(message, uri=form.uri) from None
    except (DriverError, OSError) as error:
        message = f"{form.uri}: does not answer ({type(error).__name__}); is the server running?"
        raise GraphUnavailable(message, uri=form.uri) from None
