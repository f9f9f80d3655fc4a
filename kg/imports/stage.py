"""The tables of an import written as the rows of a store."""

import hashlib
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


def write_staged(  # noqa: PLR0913  what is written, where, and on what it rests
    connection: "duckdb.DuckDBPyConnection", mapping: Mapping, folder: Path, *, base: str, extension: str, held: str
) -> Staged:
    """Write all files of an import made for the contents with digest `base`, which keep the extension `held`."""
    (folder / "facts").mkdir(parents=True, exist_ok=True)
    (folder / "facts-changed").mkdir(exist_ok=True)
    _add_names(connection)
    counts = {
        "entities": _write(connection, folder / "entities.parquet", _entities(mapping, "entity_new")),
        "entities-changed": _write(connection, folder / "entities-changed.parquet", _entities(mapping, "entity_more")),
        "sources": _write(connection, folder / "sources.parquet", "SELECT * FROM source_new ORDER BY key"),
    }
    _settle(connection)
    used = connection.execute("SELECT DISTINCT predicate FROM fact UNION SELECT predicate FROM fact_more ORDER BY 1")
    for (relation,) in used.fetchall():
        for kind, table in (("facts", "fact_new"), ("facts-changed", "fact_more")):
            file = folder / kind / f"{relation}.parquet"
            counts[f"{kind}/{relation}"] = _write(connection, file, _facts(mapping, relation, table))
    is_changed = any(counts.values()) or extension != held
    digest = _digest(connection, base, extension) if is_changed else base
    return Staged(folder, mapping.pack.id, base, digest, mapping.schema, extension, counts)


def _add_names(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `entity_new` and `entity_more`: rows of entities with the names that they got.

    A further name that another entity of the type has, or that two entities claim, joins nothing: it is left out and
    counted in `name_dropped`.
    """
    connection.execute("""
        CREATE OR REPLACE TABLE name_more AS
        -- Homophones are normal: a romanised name belongs to its entity and is never shared.
        SELECT DISTINCT i.id, i.type, n.text, CASE WHEN n.language LIKE '%-Latn' THEN i.id || ' ' ELSE '' END || n.key AS key,
            n.language, n.kind, n.position, i.source
        FROM item_name n JOIN item i ON i.block = n.block AND i._row = n._row
        WHERE i.fate IN ('new', 'merged', 'duplicate');
        INSERT INTO name_more SELECT id, type, text, key, language, 'alias', 0, source FROM item
            WHERE fate IN ('merged', 'duplicate');
        CREATE OR REPLACE TABLE name_owner AS
        SELECT type, key, count(DISTINCT id) AS owners, min(id) AS id FROM (
            SELECT type, key, id FROM old_name UNION ALL SELECT type, key, id FROM item WHERE fate = 'new'
            UNION ALL SELECT type, key, id FROM made UNION ALL SELECT type, key, id FROM name_more) GROUP BY ALL;
        CREATE OR REPLACE TABLE name_dropped AS
        SELECT DISTINCT m.id, m.type, m.text FROM name_more m JOIN name_owner o USING (type, key) WHERE o.owners > 1;
        CREATE OR REPLACE TABLE name_kept AS
        SELECT m.id, min_by(text, (position, text)) AS text, key,
            min_by(language, (position, text)) AS language, min_by(kind, (position, text)) AS kind,
            min(position) AS position, any_value(source) AS source
        FROM name_more m JOIN name_owner o USING (type, key)
        WHERE o.owners = 1 AND NOT EXISTS (FROM old_name n WHERE n.id = m.id AND n.key = m.key)
            AND NOT EXISTS (FROM item i WHERE i.fate = 'new' AND i.id = m.id AND i.key = m.key)
        GROUP BY m.id, key
    """)
    entry = (
        "'[' || to_json({0}.text)::VARCHAR || ',\"' || {0}.language || '\",\"' || {1} || '\",\"' || {0}.source || '\"]'"
    )
    further = entry.format("k", "CASE WHEN k.kind = 'standard' THEN 'alias' ELSE k.kind END")
    connection.execute(f"""
        CREATE OR REPLACE TABLE entity_new AS
        WITH more AS (
            SELECT id, string_agg({entry.format("k", "k.sort")}, ',' ORDER BY k.kind <> 'standard', k.position, k.text) AS names
            FROM (SELECT *, CASE WHEN kind = 'standard' AND row_number() OVER (PARTITION BY id, language, kind
                    ORDER BY position) > 1 THEN 'alias' ELSE kind END AS sort FROM name_kept) k GROUP BY id
        )
        SELECT i.id, i.type, '[' || {entry.format("i", "'standard'")} || coalesce(',' || m.names, '') || ']' AS names,
            i.properties FROM item i LEFT JOIN more m USING (id) WHERE i.fate = 'new'
        UNION ALL
        SELECT id, any_value(type), '[' || any_value({entry.format("made", "'standard'")}) || ']', '{{}}'
        FROM made GROUP BY id;
        CREATE OR REPLACE TABLE entity_more AS
        SELECT o.id, o.type, left(o.names, length(o.names) - 1) || CASE WHEN o.names = '[]' THEN '' ELSE ',' END
            || string_agg({further}, ',' ORDER BY k.position, k.text) || ']' AS names, any_value(o.properties) AS properties
        FROM old_entity o JOIN name_kept k USING (id) GROUP BY o.id, o.type, o.names
    """)


def _settle(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `fact_new` and `fact_more`: statuses settled, evidence of old and new rows put together."""
    connection.execute("""
        CREATE OR REPLACE TABLE contested AS
        SELECT subject, predicate FROM (
            SELECT subject, predicate, object FROM fact UNION SELECT subject, predicate, object FROM old_fact
            WHERE status <> 'retracted')
        WHERE predicate IN (SELECT predicate FROM logic WHERE functional)
        GROUP BY subject, predicate HAVING count(DISTINCT object) > 1;
        CREATE OR REPLACE VIEW fact_new AS
        SELECT f.fact, f.subject, f.predicate, f.object, f.qualifiers, f.evidence, '[]' AS derived,
            CASE WHEN c.subject IS NULL THEN 'asserted' ELSE 'disputed' END AS status
        FROM fact f LEFT JOIN contested c ON c.subject = f.subject AND c.predicate = f.predicate
        WHERE f.fact NOT IN (SELECT fact FROM old_fact);
        CREATE OR REPLACE TABLE fact_more AS
        SELECT * FROM (
            SELECT o.fact, o.subject, o.predicate, o.object, o.qualifiers, o.derived,
                list_concat(o.evidence, list_filter(coalesce(f.evidence, []), lambda x: NOT list_contains(o.evidence, x)))
                    AS evidence,
                CASE WHEN o.status = 'asserted' AND c.subject IS NOT NULL THEN 'disputed' ELSE o.status END AS status,
                o.evidence AS was, o.status AS stood
            FROM old_fact o LEFT JOIN fact f USING (fact)
            LEFT JOIN contested c ON c.subject = o.subject AND c.predicate = o.predicate)
        WHERE len(evidence) <> len(was) OR status <> stood
    """)


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
    written = {"evidence": "'[' || array_to_string(evidence, ',') || ']' AS evidence"}
    plain = [written.get(column, column) for column in FACT_COLUMNS]
    cells = ", ".join(['subject AS "from"', 'object AS "to"', *plain, *filters])
    return f"SELECT {cells} FROM {table} WHERE predicate = {sql_text(relation)} ORDER BY subject, fact"


def _write(connection: "duckdb.DuckDBPyConnection", file: Path, query: str) -> int:
    """Write a query's rows and return their number; nothing is written for none."""
    temporary = file.with_suffix(".part")
    done = connection.execute(f"COPY ({query}) TO {sql_text(str(temporary))} (FORMAT parquet)").fetchone()
    number = int(done[0]) if done else 0
    if number:
        temporary.replace(file)
    else:
        temporary.unlink(missing_ok=True)
    return number


def _digest(connection: "duckdb.DuckDBPyConnection", base: str, extension: str) -> str:
    """Return the digest of what results: the same rows upon the same base have the same one."""
    total = hashlib.sha256(f"{base}\n{extension}\n".encode())
    for table in ("entity_new", "entity_more", "fact_new", "fact_more", "source_new"):
        found = connection.execute(f"SELECT count(*), bit_xor(hash(t)), sum(hash(t)) FROM {table} t").fetchone()
        total.update(f"{table} {found}\n".encode())
    return total.hexdigest()
