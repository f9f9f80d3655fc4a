"""What a store holds, as DuckDB tables that imported rows are compared with."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kg.layout import entity_row, fact_row
from kg.model import Graph
from kg.query import read
from kg.schema import Schema
from kg.store import Snapshot

if TYPE_CHECKING:
    import duckdb

__all__ = ["Held", "hold", "of_graph", "of_store"]

_ENTITY: Final = ("id", "type", "names", "properties")
_FACT: Final = ("fact", "subject", "predicate", "object", "status", "evidence", "derived", "qualifiers")


class Held:
    """Rows of a store in files of `folder`: entities, sources, and the facts of some relations."""

    def __init__(self, folder: Path) -> None:
        """Begin with nothing."""
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def write(self, table: str, columns: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
        """Write the rows of one table."""
        with (self._folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as opened:
            writer = csv.writer(opened, quoting=csv.QUOTE_ALL, lineterminator="\n")
            writer.writerow(columns)
            writer.writerows(rows)

    def file(self, table: str) -> str:
        """Return the path of a table's file."""
        return str(self._folder / f"{table}.csv")


async def of_store(snapshot: Snapshot, schema: Schema, relations: Iterable[str], folder: Path) -> Held:
    """Return what a snapshot holds: all entities and sources, and the facts of `relations`."""
    held = Held(folder)
    held.write("entity", _ENTITY, (await read.rows_of_entities(snapshot)).values)
    facts: list[tuple[Any, ...]] = []
    for relation in relations:
        facts += (await read.rows_of_facts(snapshot, schema, relation)).values
    held.write("fact", _FACT, ((*row[:5], _items(row[5]), *row[6:]) for row in facts))
    held.write("source", ("key",), ((key,) for key in await read.sources(snapshot)))
    return held


def of_graph(graph: Graph, schema: Schema, folder: Path) -> Held:
    """Return what a graph in memory holds."""
    held = Held(folder)
    rows = (entity_row(entity, schema) for entity in graph.entities)
    held.write("entity", _ENTITY, ([row[column] for column in _ENTITY] for row in rows))
    facts = ([fact_row(fact, schema)[column] for column in _FACT] for fact in graph.facts)
    held.write("fact", _FACT, ((*row[:5], _items(str(row[5])), *row[6:]) for row in facts))
    held.write("source", ("key",), ([source.key] for source in graph.sources))
    return held


def hold(connection: "duckdb.DuckDBPyConnection", held: Held) -> None:
    """Make `old_entity`, `old_name`, `old_fact` and `old_source`."""

    def table(name: str, columns: Iterable[str]) -> str:
        declared = ", ".join(f"'{column}': 'VARCHAR'" for column in columns)
        return (
            f"read_csv('{held.file(name)}', auto_detect=false, header=true, delim=',', quote='\"', escape='\"',"
            f" columns={{{declared}}}, max_line_size=100000000)"
        )

    connection.execute(f"""
        CREATE TABLE old_entity AS SELECT * FROM {table("entity", _ENTITY)};
        CREATE TABLE old_source AS SELECT * FROM {table("source", ("key",))};
        CREATE TABLE old_fact AS SELECT * REPLACE (CAST(evidence AS VARCHAR[]) AS evidence) FROM (
            SELECT * REPLACE (from_json(evidence, '["VARCHAR"]') AS evidence) FROM {table("fact", _FACT)});
        CREATE TABLE old_name AS
        WITH name AS (
            SELECT id, type, unnest(from_json(names, '[["VARCHAR"]]')) AS said FROM old_entity
        ), text AS (
            SELECT said, fold_key(said) AS key FROM (SELECT DISTINCT said[1] AS said FROM name)
        )
        -- Homophones are normal: a romanised name belongs to its entity and is never shared.
        SELECT n.id, n.type, CASE WHEN n.said[2] LIKE '%-Latn' THEN n.id || ' ' ELSE '' END || t.key AS key,
            CASE n.said[3] WHEN 'standard' THEN 0 ELSE 1 END AS rank, n.said[3] = 'collective' AS collective
        FROM name n JOIN text t ON t.said = n.said[1];
    """)


def _items(evidence: str) -> str:
    """Return each evidence as its own JSON text, written as imported evidence is."""
    return json.dumps([json.dumps(item, ensure_ascii=False, separators=(",", ":")) for item in json.loads(evidence)])
