"""The Neo4j store: one domain in one database, beside other domains and other people's data.

Neo4j reads what is committed at the moment, statement by statement, so a transaction alone
would not keep a reader on one revision. Therefore each load writes its nodes under a key of
its own (`graph`: domain and generation), and in the same transaction turns the domain's
`Meta` node to it and removes the generation before the last one. A snapshot reads `Meta` once
and stays with that generation. Only the current one carries the types as second labels, for
people who browse.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

import neo4j
from neo4j import exceptions

from kg.errors import BencaoError, GraphUnavailable, StoreMisconfigured
from kg.imports.staged import Staged
from kg.layout import entity_row, fact_row, fingerprint, quoted, source_row
from kg.model import Graph, Revision
from kg.schema import Schema
from kg.store import Dialect, Origin, Rows, Snapshot, Statement
from kg.stores.contents import require_loadable
from kg.stores.neo4j_extend import rows, statements

__all__ = ["Neo4jStore"]

_BATCH: Final = 2000
_LOAD_LIMIT: Final = 600.0  # seconds that one load may take
_ADDRESS: Final = re.compile(r"(neo4j|bolt)(\+s|\+ssc)?://[^/?#\s]+")
_SCHEMA: Final = (
    "CREATE CONSTRAINT bencao_meta IF NOT EXISTS FOR (n:Meta) REQUIRE n.domain IS UNIQUE",
    "CREATE CONSTRAINT bencao_entity IF NOT EXISTS FOR (n:Entity) REQUIRE (n.graph, n.id) IS UNIQUE",
    "CREATE INDEX bencao_type IF NOT EXISTS FOR (n:Entity) ON (n.graph, n.type)",
    "CREATE INDEX bencao_source IF NOT EXISTS FOR (n:Source) ON (n.graph)",
    "CALL db.awaitIndexes(60)",
)
_META: Final = "MATCH (m:Meta {domain: $domain}) RETURN m.number, m.digest, m.layout, m.generation"


@dataclass(frozen=True, slots=True)
class _Neo4jDialect:
    name: str = "neo4j"
    keeps_ends: bool = True

    def node(self, variable: str, label: str = "Entity") -> str:
        return f"({variable}:{label} {{graph: $graph}})"

    def seeks(self, count: int) -> bool:
        del count  # an `IN` looks up each id in the index
        return False


@dataclass(frozen=True, slots=True)
class _Neo4jSnapshot:
    store: "Neo4jStore"
    revision: Revision
    generation: int

    @property
    def dialect(self) -> Dialect:
        return self.store.dialect

    async def run(self, statement: Statement) -> Rows:
        graph = self.store._graph(self.generation)  # noqa: SLF001  (its own snapshot)
        parts = [
            await self.store._read(statement.bounded(text, in_order=True), {**parameters, "graph": graph})  # noqa: SLF001
            for text, parameters in statement.runs()
        ]
        return statement.gathered(parts)


class Neo4jStore:
    """A `GraphStore` in a Neo4j server of 5.26 or later."""

    def __init__(  # noqa: PLR0913, PLR0917  (four of them are one address)
        self,
        uri: str,
        user: str,
        password: str,
        database: str,
        schema: Schema,
        domain: str,
        *,
        time_limit: float = 5.0,
    ) -> None:
        """Name the server; nothing is opened before the first use.

        Args:
            uri: `neo4j://`, `bolt://` or their `+s` forms.
            user: user name.
            password: password of `user`.
            database: name of the database, which must exist.
            schema: the domain's schema.
            domain: the domain's id.
            time_limit: seconds that connecting, and that one statement, may take.
        """
        self._uri = uri
        self._auth = (user, password)
        self._database = database
        self._schema = schema
        self._domain = domain
        self._time_limit = time_limit
        self._driver: neo4j.AsyncDriver | None = None
        self._bookmarks: neo4j.BookmarkManager | None = None
        self._closed = False

    @property
    def dialect(self) -> Dialect:
        """See `GraphStore.dialect`."""
        return _Neo4jDialect()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """See `GraphStore.snapshot`.

        Raises:
            GraphUnavailable: also at the end, if the contents were replaced twice meanwhile.
        """
        number, digest, layout, generation = await self._meta()
        if layout != fingerprint(self._schema):
            message = (
                f"the domain {self._domain!r} in {self._uri} was loaded for another version of its schema;"
                " run `bencao pack build`"
            )
            raise StoreMisconfigured(message, setting="BENCAO_NEO4J_URI", domain=self._domain)
        yield _Neo4jSnapshot(self, Revision(number, digest), generation)
        if (await self._meta())[3] > generation + 1:
            message = "the graph was replaced more than once while it was read; ask again"
            raise GraphUnavailable(message, domain=self._domain)

    async def load(self, graph: Graph) -> Revision:
        """See `GraphStore.load`: one write transaction; loads of the same domain wait for each other."""
        require_loadable(graph, self._schema, self._domain)
        digest, layout = graph.digest(), fingerprint(self._schema)
        async with self._session(neo4j.WRITE_ACCESS, _LOAD_LIMIT) as session:
            for text in _SCHEMA:
                await (await session.run(text)).consume()
            async with await session.begin_transaction(timeout=_LOAD_LIMIT) as transaction:
                # Setting a property locks the node, so that loads of one domain queue up here.
                found = await transaction.run(
                    "MERGE (m:Meta {domain: $domain}) SET m.loading = true REMOVE m.loading"
                    " RETURN coalesce(m.number, 0), m.digest, m.layout, coalesce(m.generation, 0)",
                    {"domain": self._domain},
                )
                number, old_digest, old_layout, generation = (await found.fetch(1))[0].values()
                revision = Revision(number if digest == old_digest else number + 1, digest)
                if (digest, layout) != (old_digest, old_layout):
                    await self._replace(transaction, graph, revision, generation + 1)
                    await transaction.commit()
                return revision

    async def extend(self, staged: Staged) -> Revision:
        """See `GraphStore.extend`: batches in transactions of their own, each of whole facts.

        Readers see batches as they are committed; `Meta` turns to the new revision with the last of them.
        """
        number, digest, _, generation = await self._meta()
        if digest != staged.base:
            message = "the graph was changed since these rows were prepared for it; import them again"
            raise GraphUnavailable(message, domain=staged.domain)
        if staged.is_empty and staged.digest == digest:
            return Revision(number, digest)
        graph = self._graph(generation)
        for text, columns, file in statements(staged):
            for batch in rows(staged.folder / f"{file}.parquet", columns):
                async with self._session(neo4j.WRITE_ACCESS, _LOAD_LIMIT) as session:
                    await (await session.run(text, {"rows": batch, "graph": graph})).consume()
        async with self._session(neo4j.WRITE_ACCESS, _LOAD_LIMIT) as session:
            revision = Revision(number + 1, staged.digest)
            parameters = {"domain": self._domain, "number": revision.number, "digest": revision.digest}
            await (
                await session.run(
                    "MATCH (m:Meta {domain: $domain}) SET m.number = $number, m.digest = $digest, m.layout = $layout,"
                    " m.extension = $extension",
                    {**parameters, "layout": fingerprint(staged.schema), "extension": staged.extension},
                )
            ).consume()
        return revision

    async def origin(self) -> Origin:
        """See `GraphStore.origin`."""
        number, digest, _, _ = await self._meta()
        text = "MATCH (m:Meta {domain: $domain}) RETURN coalesce(m.base, m.digest), coalesce(m.extension, '')"
        ((base, extension),) = await self._read(text, {"domain": self._domain})
        return Origin(Revision(number, digest), base, extension)

    async def ping(self) -> None:
        """See `GraphStore.ping`."""
        async with self.snapshot():
            pass

    async def close(self) -> None:
        """See `GraphStore.close`."""
        self._closed = True
        driver, self._driver = self._driver, None
        if driver is not None:
            await driver.close()

    async def _replace(
        self, transaction: neo4j.AsyncTransaction, graph: Graph, revision: Revision, generation: int
    ) -> None:
        """Write a generation beside the last one, turn `Meta` to it, and remove the one before the last."""
        current = self._graph(generation)

        async def run(text: str, **parameters: object) -> None:
            await (await transaction.run(text, parameters)).consume()

        for kind in sorted(self._schema.types):
            if kind != "Entity":
                await run(
                    f"MATCH (n:Entity:{quoted(kind)} {{graph: $graph}}) REMOVE n:{quoted(kind)}",
                    graph=self._graph(generation - 1),
                )
        for label in ("Entity", "Source"):
            await run(f"MATCH (n:{label} {{graph: $graph}}) DETACH DELETE n", graph=self._graph(generation - 2))
        for kind, entities in groupby(sorted(graph.entities, key=lambda each: each.type), lambda each: each.type):
            rows = [entity_row(entity, self._schema) | {"graph": current} for entity in entities]
            for batch in _batches(rows):
                await run(f"UNWIND $rows AS row CREATE (n:Entity:{quoted(kind)}) SET n = row", rows=batch)
        for batch in _batches([source_row(source) | {"graph": current} for source in graph.sources]):
            await run("UNWIND $rows AS row CREATE (n:Source) SET n = row", rows=batch)
        for predicate, facts in groupby(sorted(graph.facts, key=lambda each: each.predicate), lambda f: f.predicate):
            for batch in _batches([fact_row(fact, self._schema) for fact in facts]):
                await run(
                    "UNWIND $rows AS row MATCH (a:Entity {graph: $graph, id: row.subject})"
                    " MATCH (b:Entity {graph: $graph, id: row.object})"
                    f" CREATE (a)-[r:{quoted(predicate)}]->(b) SET r = row",
                    rows=batch,
                    graph=current,
                )
        await run(
            "MATCH (m:Meta {domain: $domain})"
            " SET m.number = $number, m.digest = $digest, m.layout = $layout, m.generation = $generation,"
            " m.base = $digest, m.extension = ''",
            domain=self._domain,
            number=revision.number,
            digest=revision.digest,
            layout=fingerprint(self._schema),
            generation=generation,
        )

    def _graph(self, generation: int) -> str:
        return f"{self._domain}#{generation}"

    async def _meta(self) -> tuple[int, str, str, int]:
        rows = await self._read(_META, {"domain": self._domain})
        if not rows or rows[0][0] is None:
            message = (
                f"the database {self._database!r} at {self._uri} does not hold the domain {self._domain!r};"
                " run `bencao pack build` with the same settings"
            )
            raise StoreMisconfigured(message, setting="BENCAO_NEO4J_DATABASE", domain=self._domain)
        number, digest, layout, generation = rows[0]
        return number, digest, layout, generation

    async def _read(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        async with self._session(neo4j.READ_ACCESS, self._time_limit) as session:
            query = neo4j.Query(text, timeout=self._time_limit)
            result = await session.run(query, dict(parameters))
            return [tuple(record.values()) async for record in result]

    @asynccontextmanager
    async def _session(self, access: str, limit: float) -> AsyncIterator[neo4j.AsyncSession]:
        """Open a session whose faults are ours; the server keeps the time, and we do where it does not answer."""
        with self._faults(limit):
            driver = self._connected()
            async with (
                asyncio.timeout(limit + 1),
                driver.session(
                    database=self._database, default_access_mode=access, bookmark_manager=self._bookmarks
                ) as session,
            ):
                yield session

    def _connected(self) -> neo4j.AsyncDriver:
        if self._closed:
            message = "the graph was closed; open it again"
            raise GraphUnavailable(message)
        if not _ADDRESS.match(self._uri):  # the driver would take web addresses too, with another protocol
            raise self._no_address()
        if self._driver is None:
            self._driver = neo4j.AsyncGraphDatabase.driver(
                self._uri,
                auth=self._auth,
                connection_timeout=self._time_limit,
                connection_acquisition_timeout=self._time_limit,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
                user_agent="bencao",
            )
            # In a cluster, a statement may go to a server that has not seen yet what the last one read.
            self._bookmarks = neo4j.AsyncGraphDatabase.bookmark_manager()
        return self._driver

    @contextmanager
    def _faults(self, limit: float) -> Iterator[None]:
        try:
            yield
        except (exceptions.GqlError, OSError, TimeoutError, ValueError) as error:
            raise self._fault(error, limit) from None

    def _no_address(self) -> StoreMisconfigured:
        message = (
            f"{self._uri!r} is no address of a Neo4j server;"
            " write BENCAO_NEO4J_URI like neo4j://127.0.0.1:7687 (neo4j+s:// with encryption)"
        )
        return StoreMisconfigured(message, setting="BENCAO_NEO4J_URI")

    def _fault(self, error: Exception, limit: float) -> BencaoError:
        code = str(getattr(error, "code", "") or "")
        if isinstance(error, exceptions.ConfigurationError | ValueError):
            return self._no_address()
        if isinstance(error, exceptions.AuthError) or ".Security." in code:
            message = (
                f"Neo4j at {self._uri} refuses the user {self._auth[0]!r};"
                " check BENCAO_NEO4J_USER and BENCAO_NEO4J_PASSWORD, and that the user may read and write"
            )
            return StoreMisconfigured(message, setting="BENCAO_NEO4J_PASSWORD")
        if code.endswith(("DatabaseNotFound", "InvalidDatabaseName")):
            message = (
                f"Neo4j at {self._uri} has no database {self._database!r};"
                " create it, or name another one in BENCAO_NEO4J_DATABASE"
            )
            return StoreMisconfigured(message, setting="BENCAO_NEO4J_DATABASE")
        if isinstance(error, TimeoutError) or "TransactionTimedOut" in code:
            message = (
                f"Neo4j at {self._uri} did not answer within {limit:g} s;"
                " ask something narrower, or raise BENCAO_QUERY_TIMEOUT"
            )
            return GraphUnavailable(message, setting="BENCAO_QUERY_TIMEOUT")
        if isinstance(error, exceptions.ClientError | exceptions.DatabaseError):
            message = f"Neo4j at {self._uri} could not run the query; see the server's log, then try again"
            return GraphUnavailable(message, setting="BENCAO_NEO4J_URI", code=code)
        message = (
            f"Neo4j at {self._uri} cannot be reached;"
            " start it, or set BENCAO_NEO4J_URI to where it is (BENCAO_STORE=ladybug needs no server)"
        )
        return GraphUnavailable(message, setting="BENCAO_NEO4J_URI")


def _batches(rows: Iterable[Mapping[str, object]]) -> Iterator[Sequence[Mapping[str, object]]]:
    listed = list(rows)
    for start in range(0, len(listed), _BATCH):
        yield listed[start : start + _BATCH]
