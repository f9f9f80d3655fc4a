"""The statements that make a new Ladybug file: tables from the schema, then all rows in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, TypeAlias

from kg.layout import (
    ENTITY_COLUMNS,
    FACT_COLUMNS,
    SOURCE_COLUMNS,
    entity_row,
    fact_row,
    fingerprint,
    property_columns,
    qualifier_columns,
    quoted,
    source_row,
)
from kg.model import Graph, Revision
from kg.schema import Schema

__all__ = ["Execute", "fill"]

Execute: TypeAlias = Callable[[str, dict[str, Any]], object]

_BATCH: Final = 2000
_TYPES: Final = {"string": "STRING", "number": "DOUBLE", "boolean": "BOOL"}


def fill(execute: Execute, graph: Graph, schema: Schema, revision: Revision) -> None:
    """Create the tables of `schema` in an empty database and put `graph` into them."""
    filters = {name: _TYPES[kind] for name, kind in property_columns(schema).items()}
    execute(f"CREATE NODE TABLE Entity({_columns(ENTITY_COLUMNS, filters)}, PRIMARY KEY(id))", {})
    execute(f"CREATE NODE TABLE Source({_columns(SOURCE_COLUMNS)}, PRIMARY KEY(key))", {})
    execute("CREATE NODE TABLE Meta(domain STRING PRIMARY KEY, number INT64, digest STRING, layout STRING)", {})
    for relation in schema.relations.values():
        filters = {name: _TYPES[kind] for name, kind in qualifier_columns(relation, schema).items()}
        execute(f"CREATE REL TABLE {quoted(relation.id)}(FROM Entity TO Entity, {_columns(FACT_COLUMNS, filters)})", {})

    execute("BEGIN TRANSACTION", {})
    for batch in _batches([entity_row(entity, schema) for entity in graph.entities]):
        execute(f"UNWIND $rows AS row CREATE (:Entity {_assigned(batch[0])})", {"rows": batch})
    for batch in _batches([source_row(source) for source in graph.sources]):
        execute(f"UNWIND $rows AS row CREATE (:Source {_assigned(batch[0])})", {"rows": batch})
    for predicate, facts in groupby(sorted(graph.facts, key=lambda fact: fact.predicate), lambda fact: fact.predicate):
        for batch in _batches([fact_row(fact, schema) for fact in facts]):
            execute(
                "UNWIND $rows AS row MATCH (a:Entity {id: row.subject}), (b:Entity {id: row.object})"
                f" CREATE (a)-[:{quoted(predicate)} {_assigned(batch[0])}]->(b)",
                {"rows": batch},
            )
    execute(
        "CREATE (:Meta {domain: $domain, number: $number, digest: $digest, layout: $layout})",
        {
            "domain": graph.domain,
            "number": revision.number,
            "digest": revision.digest,
            "layout": fingerprint(schema),
        },
    )
    execute("COMMIT", {})


def _columns(plain: Sequence[str], filters: Mapping[str, str] | None = None) -> str:
    typed = dict.fromkeys((f"`{name}`" for name in plain), "STRING") | dict(filters or {})
    return ", ".join(f"{name} {kind}" for name, kind in typed.items())


def _assigned(row: Mapping[str, object]) -> str:
    return "{" + ", ".join(f"`{name}`: row.`{name}`" for name in row) + "}"


def _batches(rows: Sequence[Mapping[str, object]]) -> Iterator[Sequence[Mapping[str, object]]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
