"""The statements that put staged rows into a Ladybug file of our own: new tables and columns, bulk copies, changes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kg.imports.staged import Staged
from kg.layout import ENTITY_COLUMNS, fingerprint, property_columns, quoted
from kg.model import Revision
from kg.stores.ladybug_build import Execute, column_types, relation_table
from kg.stores.parquet import batches

__all__ = ["extend", "pool_for"]

_BATCH: Final = 2000
_POOL_LEAST: Final = 1 << 28
_POOL_MOST: Final = 3 << 30
_BYTES_PER_ROW: Final = 700  # of the buffer pool, while relations are copied; measured with 5 M rows


def pool_for(staged: Staged) -> int:
    """Return the bytes of buffer pool that taking `staged` needs; Ladybug holds the rows of one copy in it."""
    most = max((number for name, number in staged.counts.items() if name.startswith("facts/")), default=0)
    return min(_POOL_MOST, max(_POOL_LEAST, most * _BYTES_PER_ROW))


def extend(
    execute: Execute,
    staged: Staged,
    revision: Revision,
    on_rows: Callable[[str, int], None] = lambda _file, _rows: None,
) -> None:
    """Put `staged` into the open database; `on_rows` is told the rows of each file that is done."""
    schema = staged.schema
    properties = column_types(property_columns(schema))
    held = {str(row[1]) for row in execute("CALL table_info('Entity') RETURN *", {})}
    for column, kind in properties.items():
        if column.strip("`") not in held:
            execute(f"ALTER TABLE Entity ADD {column} {kind}", {})
    tables = {str(row[0]) for row in execute("CALL show_tables() RETURN name", {})}
    for relation in schema.relations.values():
        if relation.id not in tables:
            execute(relation_table(relation, schema), {})

    columns = ", ".join([*(f"`{name}`" for name in ENTITY_COLUMNS), *properties])
    for name, number in staged.counts.items():
        if not number:
            continue
        file = staged.folder / f"{name}.parquet"
        if name == "entities":
            execute(f"COPY Entity({columns}) FROM {_path(file)}", {})
        elif name == "sources":
            execute(f"COPY Source FROM {_path(file)}", {})
        elif name == "entities-changed":
            for batch in batches(file, ("id", "names", "properties"), _BATCH):
                execute(
                    "UNWIND $rows AS row MATCH (e:Entity {id: row.id})"
                    " SET e.names = row.names, e.properties = row.properties",
                    {"rows": batch},
                )
        else:
            kind, _, relation_name = name.partition("/")
            relation = schema.relations[relation_name]
            if kind == "facts":
                execute(f"COPY {quoted(relation.id)} FROM {_path(file)}", {})
            else:
                for batch in batches(file, ("fact", "subject", "object", "status", "evidence"), _BATCH):
                    execute(
                        f"UNWIND $rows AS row MATCH (a:Entity {{id: row.subject}})-[f:{quoted(relation.id)}]->"
                        "(b:Entity {id: row.object}) WHERE f.fact = row.fact"
                        " SET f.status = row.status, f.evidence = row.evidence",
                        {"rows": batch},
                    )
        on_rows(name, number)
    execute(
        "MATCH (m:Meta) SET m.number = $number, m.digest = $digest, m.layout = $layout, m.extension = $extension",
        {
            "number": revision.number,
            "digest": revision.digest,
            "layout": fingerprint(schema),
            "extension": staged.extension,
        },
    )


def _path(file: Path) -> str:
    return json.dumps(str(file), ensure_ascii=False)
