"""The statements that put staged rows into a Neo4j graph: each may run twice without doing anything twice."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from kg.imports.staged import Staged
from kg.layout import FACT_COLUMNS, qualifier_columns, quoted
from kg.stores.parquet import batches

__all__ = ["rows", "statements"]

_BATCH: Final = 5000
_ENTITY: Final = ("id", "type", "names", "properties")
_SOURCE: Final = ("key", "title", "edition", "licence", "grade", "url")


def statements(staged: Staged) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield a statement, the columns that its `$rows` have, and the file that they are in, in the order to run."""
    for name, number in staged.counts.items():
        if not number:
            continue
        kind, _, relation = name.partition("/")
        if kind in {"entities", "entities-changed"}:
            # A label cannot be a parameter: the type is a column, and the labels follow from it for those who browse.
            yield "UNWIND $rows AS row MERGE (n:Entity {graph: $graph, id: row.id}) SET n += row", _ENTITY, name
        elif kind == "sources":
            yield "UNWIND $rows AS row MERGE (n:Source {graph: $graph, key: row.key}) SET n += row", _SOURCE, name
        else:
            filters = [
                column.strip("`") for column in qualifier_columns(staged.schema.relations[relation], staged.schema)
            ]
            yield (
                (
                    "UNWIND $rows AS row MATCH (a:Entity {graph: $graph, id: row.subject})"
                    " MATCH (b:Entity {graph: $graph, id: row.object})"
                    f" MERGE (a)-[r:{quoted(relation)} {{fact: row.fact}}]->(b) SET r += row"
                ),
                (*FACT_COLUMNS, *filters),
                name,
            )


def rows(file: Path, columns: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a file, so many at a time as one transaction takes."""
    return batches(file, columns, _BATCH)
