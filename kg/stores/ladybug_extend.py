"""The statements that put staged rows into a Ladybug file of our own: new tables and columns, bulk copies, changes."""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from kg.imports.staged import Staged
from kg.layout import (
    ENTITY_COLUMNS,
    SHORT_FACT_COLUMNS,
    SOURCE_COLUMNS,
    fingerprint,
    property_columns,
    qualifier_columns,
    quoted,
    short_evidence,
)
from kg.model import Revision
from kg.schema import Relation, Schema
from kg.stores.ladybug_build import Execute, column_types, relation_table
from kg.stores.parquet import batches

__all__ = ["extend", "pool_for"]

_BATCH: Final = 2000
_POOL_LEAST: Final = 1 << 29
_POOL_MOST: Final = 5 << 29
_AT_ONCE: Final = 4_000_000  # rows of one copy: more of them do not fit into the pool
_BYTES_PER_ROW: Final = 600  # of the pool, while a relation is copied
_SHORTER: Final = ('","unspecified","pending",""]', '"]')


def pool_for(staged: Staged) -> int:
    """Return the bytes of buffer pool that taking `staged` needs; Ladybug holds the rows of one copy in it."""
    most = max((number for name, number in staged.counts.items() if name.startswith("facts/")), default=0)
    return min(_POOL_MOST, max(_POOL_LEAST, most * _BYTES_PER_ROW))


def extend(
    execute: Execute,
    staged: Staged,
    revision: Revision,
    layout: str,
    on_rows: Callable[[str, int], None] = lambda _file, _rows: None,
) -> None:
    """Put `staged` into the open database; `on_rows` is told the rows of each file that is done.

    `layout` is what the database says of its layout.
    """
    _widen(execute, staged.schema)
    for name, number in staged.counts.items():
        if not number:
            continue
        file = staged.folder / f"{name}.parquet"
        kind, _, relation = name.partition("/")
        match kind:
            case "entities":
                columns = (*ENTITY_COLUMNS, *property_columns(staged.schema))
                execute(f"COPY Entity({_listed(columns)}) FROM (LOAD FROM {_path(file)} RETURN {_listed(columns)})", {})
            case "sources":
                columns = SOURCE_COLUMNS
                execute(f"COPY Source({_listed(columns)}) FROM (LOAD FROM {_path(file)} RETURN {_listed(columns)})", {})
            case "entities-changed":
                _change_entities(execute, file, staged.schema)
            case "facts":
                _copy_facts(execute, file, staged.schema.relations[relation], staged.schema, number)
            case "facts-changed":
                _change_facts(execute, file, staged.schema.relations[relation])
        on_rows(name, number)
    execute(
        "MATCH (m:Meta) SET m.number = $number, m.digest = $digest, m.layout = $layout, m.extension = $extension",
        {
            "number": revision.number,
            "digest": revision.digest,
            # Whoever opened the graph before goes on reading it: everything that it knows is still there.
            "layout": f"{layout} {fingerprint(staged.schema)}",
            "extension": staged.extension,
        },
    )


def _widen(execute: Execute, schema: Schema) -> None:
    """Add the columns and tables that `schema` has and the file has not."""
    _add_columns(execute, "Entity", column_types(property_columns(schema)))
    tables = {str(row[0]) for row in execute("CALL show_tables() RETURN name", {})}
    for relation in schema.relations.values():
        if relation.id in tables:
            _add_columns(execute, relation.id, column_types(qualifier_columns(relation, schema)))
        else:
            execute(relation_table(relation, schema), {})


def _add_columns(execute: Execute, table: str, columns: dict[str, str]) -> None:
    held = {str(name) for (name,) in execute(f"CALL table_info('{table}') RETURN name", {})}
    for column, kind in columns.items():
        if column.strip("`") not in held:
            execute(f"ALTER TABLE {quoted(table)} ADD {column} {kind}", {})


def _copy_facts(execute: Execute, file: Path, relation: Relation, schema: Schema, number: int) -> None:
    filters = tuple(qualifier_columns(relation, schema))
    shorter = f"replace(evidence, {', '.join(map(_text, _SHORTER))})"
    cells = [shorter if column == "evidence" else column for column in (*SHORT_FACT_COLUMNS, *filters)]
    for start in range(0, number, _AT_ONCE):
        part = f" SKIP {start} LIMIT {_AT_ONCE}" if number > _AT_ONCE else ""
        execute(
            f"COPY {quoted(relation.id)}({_listed((*SHORT_FACT_COLUMNS, *filters))})"
            f" FROM (LOAD FROM {_path(file)} RETURN `from`, `to`, {', '.join(cells)}{part})",
            {},
        )


def _change_entities(execute: Execute, file: Path, schema: Schema) -> None:
    filters = column_types(property_columns(schema))
    columns = [column.strip("`") for column in (*ENTITY_COLUMNS, *filters)]
    plain = [f"e.{name} = row.{name}" for name in ("names", "properties")]
    # Where a batch has no value at all for a filter, Ladybug takes the column for text.
    typed = [f"e.{name} = CAST(row.{name} AS {kind})" for name, kind in filters.items()]
    for batch in batches(file, columns, _BATCH):
        execute(
            f"UNWIND $rows AS row MATCH (e:Entity) WHERE e.id = row.id SET {', '.join(plain + typed)}", {"rows": batch}
        )


def _change_facts(execute: Execute, file: Path, relation: Relation) -> None:
    # One by one, each found by its ends: for many in one statement, Ladybug would join all relations with all rows.
    columns = ("fact", "subject", "object", "status", "evidence", "derived")
    for batch in batches(file, columns, _BATCH):
        execute("BEGIN TRANSACTION", {})
        for row in batch:
            execute(
                f"MATCH (a:Entity)-[f:{quoted(relation.id)}]->(b:Entity)"
                " WHERE a.id = $subject AND b.id = $object AND f.fact = $fact"
                " SET f.status = $status, f.evidence = $evidence, f.derived = $derived",
                {**row, "evidence": short_evidence(row["evidence"])},
            )
        execute("COMMIT", {})


def _listed(columns: Iterable[str]) -> str:
    return ", ".join(column if column.startswith("`") else f"`{column}`" for column in columns)


def _path(file: Path) -> str:
    return _text(str(file))


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
