"""The statements that make a new Ladybug file: tables from the schema, then all rows in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, Final, TypeAlias

from kg.layout import (
    ENTITY_COLUMNS,
    SHORT_FACT_COLUMNS,
    SOURCE_COLUMNS,
    entity_row,
    fact_row,
    fingerprint,
    property_columns,
    qualifier_columns,
    quoted,
    short_evidence,
    source_row,
)
from kg.model import Graph, Revision
from kg.schema import Relation, Schema

__all__ = ["Execute", "column_types", "fill", "relation_table"]

Execute: TypeAlias = Callable[[str, dict[str, Any]], list[tuple[Any, ...]]]

_BATCH: Final = 2000
_TYPES: Final = {"string": "STRING", "number": "DOUBLE", "boolean": "BOOL"}


def fill(execute: Execute, graph: Graph, schema: Schema, revision: Revision) -> None:
    """Create the tables of `schema` in an empty database and put `graph` into them."""
    properties = column_types(property_columns(schema))
    execute(f"CREATE NODE TABLE Entity({_columns(ENTITY_COLUMNS, properties)}, PRIMARY KEY(id))", {})
    execute(f"CREATE NODE TABLE Source({_columns(SOURCE_COLUMNS)}, PRIMARY KEY(key))", {})
    execute(
        "CREATE NODE TABLE Meta(domain STRING PRIMARY KEY, number INT64, digest STRING, layout STRING, base STRING,"
        " extension STRING)",
        {},
    )
    for relation in schema.relations.values():
        execute(relation_table(relation, schema), {})

    execute("BEGIN TRANSACTION", {})
    for batch in _batches([entity_row(entity, schema) for entity in graph.entities]):
        execute(f"UNWIND $rows AS row CREATE (:Entity {_assigned(ENTITY_COLUMNS, properties)})", {"rows": batch})
    for batch in _batches([source_row(source) for source in graph.sources]):
        execute(f"UNWIND $rows AS row CREATE (:Source {_assigned(SOURCE_COLUMNS)})", {"rows": batch})
    for predicate, facts in groupby(sorted(graph.facts, key=lambda fact: fact.predicate), lambda fact: fact.predicate):
        filters = column_types(qualifier_columns(schema.relation(predicate), schema))
        for batch in _batches([_short(fact_row(fact, schema)) for fact in facts]):
            execute(
                # Two patterns of one node each are found by their keys; one pattern of both would be joined.
                "UNWIND $rows AS row MATCH (a:Entity) WHERE a.id = row.subject MATCH (b:Entity) WHERE b.id = row.object"
                f" CREATE (a)-[:{quoted(predicate)} {_assigned(SHORT_FACT_COLUMNS, filters)}]->(b)",
                {"rows": batch},
            )
    execute(
        "CREATE (:Meta {domain: $domain, number: $number, digest: $digest, layout: $layout, base: $digest,"
        " extension: ''})",
        {
            "domain": graph.domain,
            "number": revision.number,
            "digest": revision.digest,
            "layout": fingerprint(schema),
        },
    )
    execute("COMMIT", {})


def relation_table(relation: Relation, schema: Schema) -> str:
    """Return the statement that makes the table of one relation."""
    filters = column_types(qualifier_columns(relation, schema))
    return f"CREATE REL TABLE {quoted(relation.id)}(FROM Entity TO Entity, {_columns(SHORT_FACT_COLUMNS, filters)})"


def _short(row: Mapping[str, object]) -> dict[str, object]:
    return {**row, "evidence": short_evidence(str(row["evidence"]))}


def column_types(columns: Mapping[str, str]) -> dict[str, str]:
    """Return the columns with the types that Ladybug has for their kinds."""
    return {name: _TYPES[kind] for name, kind in columns.items()}


def _columns(plain: Sequence[str], filters: Mapping[str, str] | None = None) -> str:
    typed = dict.fromkeys((f"`{name}`" for name in plain), "STRING") | dict(filters or {})
    return ", ".join(f"{name} {kind}" for name, kind in typed.items())


def _assigned(plain: Sequence[str], filters: Mapping[str, str] | None = None) -> str:
    # Where a batch has no value at all for a filter, Ladybug takes the column for text.
    typed = {name: f"CAST(row.{name} AS {kind})" for name, kind in (filters or {}).items()}
    values = {f"`{name}`": f"row.`{name}`" for name in plain} | typed
    return "{" + ", ".join(f"{name}: {value}" for name, value in values.items()) + "}"


def _batches(rows: Sequence[Mapping[str, object]]) -> Iterator[Sequence[Mapping[str, object]]]:
    for start in range(0, len(rows), _BATCH):
        yield rows[start : start + _BATCH]
