"""The ends of facts: which entity a name or an identifier means at one end of each statement.

`said` is what a block of rows says; `means_subject` and `means_object` what each text at an end means.
"""

from typing import TYPE_CHECKING, Final

from kg.imports.entities import prefix_of
from kg.imports.forms import EndForm
from kg.imports.mapping import Mapping
from kg.imports.names import learn_names
from kg.imports.readers import sql_text
from kg.imports.sql import PLACE, listed, made_id, mapped, named_id

if TYPE_CHECKING:
    import duckdb

__all__ = ["find_end", "joins", "kind_of", "make_ends", "resolved"]

_ANY: Final = "'*'"  # asked for at an end that may be of several types


def kind_of(end: EndForm) -> str:
    """Return SQL for the type that is asked for at an end."""
    return _ANY if isinstance(end.type, list) else mapped(end.type)


def find_end(connection: "duckdb.DuckDBPyConnection", role: str, end: EndForm, mapping: Mapping) -> None:
    """Make `means_<role>`: what each text at an end means, for a type or for any of several."""
    if end.id is not None:
        kinds = end.type if isinstance(end.type, list) else [""]
        prefix = prefix_of(end.id_prefix, mapping)
        given = " UNION ALL ".join(
            f"SELECT raw, {role}_type, {sql_text(kind) if kind else f'{role}_type'} AS kind FROM each" for kind in kinds
        )
        made = made_id(prefix, "e.kind", "e.raw")
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE sense_{role} AS
            WITH each AS (SELECT DISTINCT trim({role}_raw) AS raw, {role}_type FROM said WHERE trim({role}_raw) <> ''),
            meant AS (
                SELECT e.raw, {role}_type, unnest([e.raw, {made}]) AS made, e.kind FROM ({given}) e
            )
            SELECT e.raw AS key, {role}_type AS asked, count(DISTINCT i.id) AS owners, min(i.id) AS id,
                any_value(i.type ORDER BY i.id) AS type, bool_or(i.unclear) AS collective
            FROM meant e JOIN identifier i ON i.type = e.kind AND i.made = e.made GROUP BY ALL
        """)
        connection.execute(f"CREATE OR REPLACE TEMP VIEW means_{role} AS FROM sense_{role}")
        return
    learn_names(connection, f"SELECT {role}_raw AS raw FROM said")
    if not isinstance(end.type, list):
        columns = "key, type AS asked, owners, id, type, collective"
        connection.execute(f"CREATE OR REPLACE TEMP VIEW means_{role} AS SELECT {columns} FROM meaning")
        return
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE sense_{role} AS
        SELECT key, {_ANY} AS asked, CAST(sum(owners) AS BIGINT) AS owners, min(id) AS id,
            any_value(type ORDER BY id) AS type, bool_or(collective) AS collective
        FROM (FROM meaning WHERE type IN ({listed(end.type)}) QUALIFY rank = min(rank) OVER (PARTITION BY key))
        GROUP BY ALL
    """)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW means_{role} AS FROM sense_{role}")


def joins(role: str, end: EndForm) -> str:
    """Return the joins of `said` with what stands at one end."""
    if end.id is not None:
        return (
            f"LEFT JOIN means_{role} m_{role} ON m_{role}.key = trim(s.{role}_raw) AND m_{role}.asked = s.{role}_type"
        )
    return (
        f"LEFT JOIN text t_{role} ON t_{role}.raw = s.{role}_raw"
        f" LEFT JOIN means_{role} m_{role} ON m_{role}.key = t_{role}.key AND m_{role}.asked = s.{role}_type"
    )


def resolved(role: str, end: EndForm, mapping: Mapping) -> str:
    """Return the columns of `found` that say what one end is, or why it is nothing."""
    m, t, asked = f"m_{role}", f"t_{role}", f"s.{role}_type"
    first = sql_text(end.type[0]) if isinstance(end.type, list) else asked
    if end.id is not None:
        return f"""
            {m}.id AS {role}, coalesce({m}.type, {asked}) AS {role}_type, NULL::VARCHAR AS {role}_text,
            NULL::VARCHAR AS {role}_key, coalesce({m}.owners > 1 OR {m}.collective, false) AS {role}_several,
            false AS {role}_made,
            CASE WHEN {asked} IS NULL THEN 'the mapping has no type for it'
                 WHEN trim(s.{role}_raw) <> '' THEN 'nothing has this identifier' ELSE 'is empty' END AS {role}_reason
        """
    creates = [
        kind for kind in mapping.schema.types if end.create or (end.create is None and kind not in mapping.closed)
    ]
    makes = f"{m}.owners IS NULL AND {t}.fault = '' AND {first} IN ({listed(creates)})"
    return f"""
        CASE WHEN {m}.owners = 1 AND NOT {m}.collective THEN {m}.id
             WHEN {makes} THEN {named_id(first, f"{t}.key")} END AS {role},
        coalesce({m}.type, {first}) AS {role}_type, {t}.text AS {role}_text, {t}.key AS {role}_key,
        coalesce({m}.owners > 1 OR {m}.collective, false) AS {role}_several, coalesce({makes}, false) AS {role}_made,
        CASE WHEN {asked} IS NULL THEN 'the mapping has no type for it'
             WHEN {t}.fault <> '' THEN {t}.fault
             WHEN {t}.text IS NULL THEN 'is empty'
             WHEN {first} NOT IN ({listed(creates)}) THEN 'no ' || {first} || ' has this name' END AS {role}_reason
    """


def make_ends(connection: "duckdb.DuckDBPyConnection", number: int, role: str, language: str) -> None:
    """Add the ends of good statements that nothing has the name of."""
    connection.execute(f"""
        INSERT INTO made
        SELECT f.{role}, f.{role}_type, arg_min(f.{role}_text, f.n), any_value(f.{role}_key), {sql_text(language)},
            arg_min(f.sources[1], f.n), {number << PLACE} + min(f.n)
        FROM found f SEMI JOIN (SELECT place FROM statement WHERE fate IS NULL) s ON s.place = {number << PLACE} + f.n
        WHERE f.{role}_made GROUP BY f.{role}, f.{role}_type
    """)
