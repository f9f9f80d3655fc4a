"""The statements that add staged rows to a Neo4j graph, batch by batch, and make them visible at once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from kg.errors import GraphUnavailable
from kg.imports.staged import Staged
from kg.layout import (
    ENTITY_COLUMNS,
    FACT_COLUMNS,
    SOURCE_COLUMNS,
    property_columns,
    qualifier_columns,
    quoted,
)
from kg.stores.parquet import batches

__all__ = ["FINISH", "PROGRESS", "Batch", "additions", "changes", "leftovers", "require_all"]

_BATCH: Final = 5000

# Part of the transaction of each batch, so that what is done and what is written down as done are the same.
PROGRESS: Final = "MATCH (m:Meta {domain: $domain}) SET m.pending = $digest, m.done = $done"
FINISH: Final = (
    "MATCH (m:Meta {domain: $domain}) SET m.number = $number, m.digest = $digest, m.layout = $layout,"
    " m.extension = $extension, m.changed = $changed REMOVE m.pending, m.done"
)


@dataclass(frozen=True, slots=True)
class Batch:
    """One statement with its rows; `done` says how many rows of its file are written with it."""

    text: str
    rows: Sequence[Mapping[str, Any]]
    done: Mapping[str, int]


def additions(staged: Staged, done: Mapping[str, int]) -> Iterator[Batch]:
    """Yield what adds the new rows, without the first `done` ones of each file: entities before their facts."""
    order = {"entities": 0, "sources": 1, "facts": 2}
    files = [name for name, number in staged.counts.items() if number and name.partition("/")[0] in order]
    for name in sorted(files, key=lambda name: (order[name.partition("/")[0]], name)):
        text, columns = _addition(name, staged)
        start = done.get(name, 0)
        for batch in batches(staged.folder / f"{name}.parquet", columns, _BATCH, start):
            start += len(batch)
            yield Batch(text, batch, {name: start})


def _addition(name: str, staged: Staged) -> tuple[str, tuple[str, ...]]:
    kind, _, relation = name.partition("/")
    if kind == "entities":
        columns = _entity_columns(staged)
        text = "CREATE (n:Entity:$(row.type)) SET n = row, n.graph = $graph, n.since = $since"
    elif kind == "sources":
        columns = SOURCE_COLUMNS
        text = "CREATE (n:Source) SET n = row, n.graph = $graph, n.since = $since"
    else:
        filters = qualifier_columns(staged.schema.relations[relation], staged.schema)
        columns = (*FACT_COLUMNS, *(column.strip("`") for column in filters))
        text = (
            "MATCH (a:Entity {graph: $graph, id: row.subject}) MATCH (b:Entity {graph: $graph, id: row.object})"
            f" CREATE (a)-[n:{quoted(relation)}]->(b) SET n = row, n.since = $since"
        )
    return f"UNWIND $rows AS row {text} RETURN count(n)", columns


def _entity_columns(staged: Staged) -> tuple[str, ...]:
    return (*ENTITY_COLUMNS, *(column.strip("`") for column in property_columns(staged.schema)))


def changes(staged: Staged) -> Iterator[Batch]:
    """Yield what changes rows that are there: all of it is for one transaction."""
    for name, number in staged.counts.items():
        kind, _, relation = name.partition("/")
        if not number or not kind.endswith("-changed"):
            continue
        if kind == "entities-changed":
            columns = _entity_columns(staged)
            found = "MATCH (n:Entity {graph: $graph, id: row.id})"
        else:
            columns = ("fact", "subject", "object", "status", "evidence", "derived")
            found = (
                "MATCH (:Entity {graph: $graph, id: row.subject})"
                f"-[n:{quoted(relation)} {{fact: row.fact}}]->(:Entity {{graph: $graph, id: row.object}})"
            )
        for batch in batches(staged.folder / f"{name}.parquet", columns, _BATCH):
            yield Batch(f"UNWIND $rows AS row {found} SET n += row", batch, {})


def leftovers() -> tuple[str, ...]:
    """Return what removes the rows of an import that was given up, a transaction for some thousands of them."""
    delete = "CALL (n) { DELETE n } IN TRANSACTIONS OF 10000 ROWS"
    return (
        f"MATCH (:Entity {{graph: $graph}})-[n]->() WHERE n.since = $since {delete}",
        f"MATCH (n:Entity {{graph: $graph}}) WHERE n.since = $since {delete}",
        f"MATCH (n:Source {{graph: $graph}}) WHERE n.since = $since {delete}",
    )


def require_all(batch: Batch, counted: Sequence[tuple[Any, ...]]) -> None:
    """Raise `GraphUnavailable` unless a batch has written as many rows as it has."""
    if counted != [(len(batch.rows),)]:
        message = (
            "the graph does not have an entity that these rows name, so that they do not fit it; import them again"
        )
        raise GraphUnavailable(message, rows=", ".join(batch.done))
