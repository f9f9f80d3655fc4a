"""The tables of an import written as the rows of a store."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.imports.mapping import Mapping
from kg.imports.readers import sql_name, sql_text
from kg.imports.staged import Staged
from kg.layout import FACT_COLUMNS, property_columns, qualifier_columns

if TYPE_CHECKING:
    import duckdb

__all__ = ["write_staged"]

_SQL_TYPES: Final = {"string": "VARCHAR", "number": "DOUBLE", "boolean": "BOOLEAN"}
_SAID: Final = (
    "SELECT type, ident, made, text, language, source FROM item",
    "SELECT block, _row, text, language, kind FROM item_name",
    "SELECT * FROM item_property",
    "SELECT * FROM fact",
)


def write_staged(  # noqa: PLR0913  what is written, where, and on what it rests
    connection: "duckdb.DuckDBPyConnection",
    mapping: Mapping,
    folder: Path,
    *,
    base: str,
    extension: str,
    held: str,
    on_file: Callable[[int], None] = lambda _rows: None,
) -> Staged:
    """Write all files of an import made for the contents with digest `base`, which keep the extension `held`."""
    (folder / "facts").mkdir(parents=True, exist_ok=True)
    (folder / "facts-changed").mkdir(exist_ok=True)
    counts: dict[str, int] = {}

    def write(name: str, query: str) -> None:
        counts[name] = _write(connection, folder / f"{name}.parquet", query)
        on_file(counts[name])

    write("entities", _entities(mapping, "entity_new"))
    write("entities-changed", _entities(mapping, "entity_more"))
    write("sources", "SELECT * FROM source_new ORDER BY key")
    used = connection.execute("SELECT DISTINCT predicate FROM fact UNION SELECT predicate FROM fact_more ORDER BY 1")
    for (relation,) in used.fetchall():
        write(f"facts/{relation}", _facts(mapping, relation, "fact_new"))
        write(f"facts-changed/{relation}", _facts(mapping, relation, "fact_more"))
    is_changed = any(counts.values()) or extension != held
    digest = _digest(connection, mapping, base, extension) if is_changed else base
    return Staged(folder, mapping.pack.id, base, digest, mapping.schema, extension, counts)


def _entities(mapping: Mapping, table: str) -> str:
    columns = [
        f"TRY_CAST(json_extract_string(properties, '$.{name[3:].rsplit('_', 1)[0]}') AS {_SQL_TYPES[kind]})"
        f" AS {sql_name(name.strip('`'))}"
        for name, kind in property_columns(mapping.schema).items()
    ]
    return f"SELECT {', '.join(['id', 'type', 'names', 'properties', *columns])} FROM {table} ORDER BY id"


def _facts(mapping: Mapping, relation: str, table: str) -> str:
    declared = mapping.schema.relations[relation]
    filters = [
        f"TRY_CAST(json_extract_string(qualifiers, '$.{name[3:-1]}') AS {_SQL_TYPES[kind]}) AS {sql_name(name[1:-1])}"
        for name, kind in qualifier_columns(declared, mapping.schema).items()
    ]
    cells = ", ".join(['subject AS "from"', 'object AS "to"', *FACT_COLUMNS, *filters])
    return f"SELECT {cells} FROM {table} WHERE predicate = {sql_text(relation)} ORDER BY subject, fact"


def _write(connection: "duckdb.DuckDBPyConnection", file: Path, query: str) -> int:
    """Write a query's rows and return their number; nothing is written for none."""
    temporary = file.with_suffix(".part")
    done = connection.execute(f"COPY ({query}) TO {sql_text(str(temporary))} (FORMAT parquet)").fetchone()
    number = int(done[0]) if done else 0
    if not number:
        temporary.unlink(missing_ok=True)
        return 0
    with temporary.open("rb") as written:
        os.fsync(written.fileno())
    temporary.replace(file)
    return number


def _digest(connection: "duckdb.DuckDBPyConnection", mapping: Mapping, base: str, extension: str) -> str:
    """Return the digest of what results: the same rows upon the same base have the same one.

    It is made of what the tables say and not of what the store lacked of it, so that an import that a server took
    half of ends in the same revision when it is run again.
    """
    sources = {key: source.model_dump(mode="json") for key, source in mapping.form.sources.items()}
    total = hashlib.sha256(json.dumps([base, extension, sources], sort_keys=True).encode())
    for query in _SAID:
        found = connection.execute(f"SELECT count(*), bit_xor(hash(t)), sum(hash(t)) FROM ({query}) t").fetchone()
        total.update(f"{query} {found}\n".encode())
    return total.hexdigest()
