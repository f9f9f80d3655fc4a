"""What a store holds, as DuckDB tables that imported rows are compared with."""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.imports.names import learn_names
from kg.imports.readers import sql_text
from kg.layout import ENTITY_COLUMNS, FACT_COLUMNS, SOURCE_COLUMNS, entity_row, fact_row, source_row
from kg.model import Graph
from kg.query import read
from kg.schema import Schema
from kg.store import Snapshot

if TYPE_CHECKING:
    import duckdb

__all__ = ["Held", "hold", "nothing", "of_graph", "of_store"]

_TABLES: Final = {"entity": ENTITY_COLUMNS, "fact": FACT_COLUMNS, "source": SOURCE_COLUMNS}


class Held:
    """Rows of a store in files of `folder`: all entities and sources, and the facts of some relations."""

    def __init__(self, folder: Path) -> None:
        """Begin with nothing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def add(self, table: str, rows: Iterable[Iterable[Any]]) -> None:
        """Add rows to `entity`, `fact` or `source`, in the order of columns of `kg.layout`."""
        with self._file(table).open("a", encoding="utf-8", newline="") as opened:
            csv.writer(opened, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)

    def _file(self, table: str) -> Path:
        return self._folder / f"{table}.csv"

    def query(self, table: str) -> str:
        """Return SQL for the rows of a table."""
        columns = _TABLES[table]
        if not self._file(table).exists():
            cells = ", ".join(f"NULL::VARCHAR AS {column}" for column in columns)
            return f"SELECT {cells} WHERE false"
        declared = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
        return (
            f"SELECT coalesce(COLUMNS(*), '') FROM read_csv({sql_text(str(self._file(table)))},"
            " auto_detect=false, header=false, delim=',',"
            f" quote='\"', escape='\"', columns={{{declared}}}, max_line_size=100000000, parallel=false)"
        )


async def of_store(snapshot: Snapshot, schema: Schema, relations: Iterable[str], folder: Path) -> Held:
    """Return what a snapshot holds: all entities and sources, and the facts of `relations`."""
    held = Held(folder)
    held.add("entity", (await read.rows_of_entities(snapshot)).values)
    for relation in relations:
        held.add("fact", (await read.rows_of_facts(snapshot, schema, relation)).values)
    held.add("source", (source_row(source).values() for source in (await read.sources(snapshot)).values()))
    return held


def of_graph(graph: Graph, schema: Schema, folder: Path) -> Held:
    """Return what a graph in memory holds."""
    held = Held(folder)
    entities = (entity_row(entity, schema) for entity in graph.entities)
    held.add("entity", ([row[column] for column in ENTITY_COLUMNS] for row in entities))
    facts = (fact_row(fact, schema) for fact in graph.facts)
    held.add("fact", ([row[column] for column in FACT_COLUMNS] for row in facts))
    held.add("source", (source_row(source).values() for source in graph.sources))
    return held


def nothing(folder: Path) -> Held:
    """Return what an empty store holds."""
    return Held(folder)


def hold(connection: "duckdb.DuckDBPyConnection", held: Held) -> None:
    """Make `old_entity`, `old_name`, `old_fact` and `old_source`."""
    for table in _TABLES:
        connection.execute(f"CREATE TABLE old_{table} AS {held.query(table)}")
    connection.execute("""
        CREATE TEMP TABLE old_said AS
        SELECT id, type, json_extract_string(said, '$[0]') AS raw, json_extract_string(said, '$[1]') AS language,
            json_extract_string(said, '$[2]') AS kind
        FROM (SELECT id, type, unnest(from_json(names, '["JSON"]')) AS said FROM old_entity)
    """)
    learn_names(connection, "SELECT raw FROM old_said")
    connection.execute("""
        CREATE TABLE old_name AS
        -- Homophones are normal: a romanised name belongs to its entity and is never shared.
        SELECT s.id, s.type, CASE WHEN s.language LIKE '%-Latn' THEN s.id || ' ' ELSE '' END || t.key AS key,
            CASE s.kind WHEN 'standard' THEN 0 ELSE 1 END AS rank, s.kind = 'collective' AS collective
        FROM old_said s JOIN text t USING (raw) WHERE t.fault = ''
    """)
