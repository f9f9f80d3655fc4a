"""Rows that are entities: joined to what is there by identifier, then by folded name and type, or made anew.

Tables: `item` has one line a row with its fate (`merged`, `new`, `duplicate`, `ambiguous`, `rejected`, `left out`)
and the id that it got; `item_name` every further name; `meaning` which entity a type and a folded name mean.
"""

from typing import TYPE_CHECKING

from kg.imports.forms import EntitiesForm, MappingForm
from kg.imports.readers import sql_name, sql_text
from kg.imports.sql import condition, made_id, mapped, named_id, parts

if TYPE_CHECKING:
    import duckdb

__all__ = ["add_entities", "meanings"]

_TABLES = """
    CREATE TABLE item(block INTEGER, _row BIGINT, type VARCHAR, ident VARCHAR, text VARCHAR, key VARCHAR,
        language VARCHAR, source VARCHAR, properties VARCHAR, fate VARCHAR, reason VARCHAR, id VARCHAR, made VARCHAR);
    CREATE TABLE item_name(block INTEGER, _row BIGINT, position INTEGER, text VARCHAR, key VARCHAR, language VARCHAR,
        kind VARCHAR);
"""


def add_entities(connection: "duckdb.DuckDBPyConnection", form: MappingForm) -> None:
    """Fill `item` and `item_name` from all entity blocks, decide the fate of each row, and refresh `meaning`."""
    connection.execute(_TABLES)
    meanings(connection)
    for number, block in enumerate(form.entities):
        _read_block(connection, number, block, form)
    _join(connection)
    meanings(connection)


def meanings(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `meaning`: how many entities a type and a folded name mean, and which if it is one.

    A collective name means several things by itself. Of one spelling standard names count before aliases.
    """
    connection.execute("""
        CREATE OR REPLACE TABLE meaning AS
        WITH named AS (
            SELECT type, key, id, rank, collective FROM old_name
            UNION ALL SELECT type, key, id, 0, false FROM item WHERE fate = 'new'
            UNION ALL SELECT i.type, n.key, i.id, 2, false FROM item_name n
                JOIN item i ON i.block = n.block AND i._row = n._row
                WHERE i.fate IN ('new', 'merged', 'duplicate') AND n.language NOT LIKE '%-Latn'
        ), best AS (
            SELECT type, key, min(rank) AS rank, bool_or(collective) AS collective FROM named GROUP BY ALL
        )
        SELECT n.type, n.key, count(DISTINCT n.id) AS owners, min(n.id) AS id, bool_or(b.collective) AS collective
        FROM named n JOIN best b ON n.type = b.type AND n.key = b.key AND n.rank = b.rank GROUP BY ALL
    """)


def _read_block(connection: "duckdb.DuckDBPyConnection", number: int, block: EntitiesForm, form: MappingForm) -> None:
    rows = f"(SELECT * FROM rows_{block.table} WHERE {condition(block.where)})"
    union = " UNION ALL ".join(
        f"SELECT _row, {position} AS position, generate_subscripts({parts(cell)}, 1) AS part, unnest({parts(cell)}) AS raw,"
        f" {sql_text(cell.language)} AS language, {sql_text(cell.kind.value)} AS kind FROM {rows} WHERE"
        f" {sql_name(cell.column)} IS NOT NULL"
        for position, cell in enumerate(block.names)
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE cell AS {union}")
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE text AS
        SELECT raw, text, name_fault(text) AS fault, fold_key(text) AS key
        FROM (SELECT raw, clean_text(raw) AS text FROM (SELECT DISTINCT raw FROM cell)) WHERE text <> ''
    """)
    connection.execute("""
        CREATE OR REPLACE TEMP TABLE named AS
        SELECT c._row, row_number() OVER (PARTITION BY c._row ORDER BY c.kind <> 'standard', c.position, c.part) AS place,
            t.text, t.key, t.fault, c.language, c.kind
        FROM cell c JOIN text t USING (raw)
    """)
    ident = f"trim({sql_name(block.id.column)})" if block.id else "NULL"
    source = _first_source(block, form)
    properties = _properties(block)
    connection.execute(f"""
        INSERT INTO item
        SELECT {number}, r._row, {mapped(block.type)}, {ident}, n.text, n.key, n.language, {source}, {properties},
            CASE WHEN {mapped(block.type)} = '' THEN 'left out'
                 WHEN {mapped(block.type)} IS NULL OR n.text IS NULL OR n.fault <> '' THEN 'rejected' END,
            CASE WHEN {mapped(block.type)} IS NULL THEN 'the mapping has no type for it'
                 WHEN n.text IS NULL THEN 'has no name' ELSE nullif(n.fault, '') END,
            CASE WHEN {ident} IS NOT NULL THEN {made_id(block.id_prefix, ident)}
                 ELSE {named_id(mapped(block.type), "n.key")} END AS made,
            made
        FROM {rows} r LEFT JOIN named n ON n._row = r._row AND n.place = 1
    """)
    connection.execute(f"""
        INSERT INTO item_name SELECT {number}, _row, place, text, key, language, kind FROM named
        WHERE place > 1 AND fault = ''
    """)


def _join(connection: "duckdb.DuckDBPyConnection") -> None:
    """Decide where rows belong: an identifier that is there, a name that means one thing, or something new."""
    connection.execute("""
        UPDATE item SET fate = 'merged' FROM old_entity o
        WHERE item.fate IS NULL AND item.ident IS NOT NULL AND o.id = item.id;
        UPDATE item SET fate = CASE WHEN m.owners = 1 AND NOT m.collective THEN 'merged' ELSE 'ambiguous' END,
            reason = CASE WHEN m.owners = 1 AND NOT m.collective THEN NULL ELSE 'the name means several things' END,
            id = CASE WHEN m.owners = 1 AND NOT m.collective THEN m.id ELSE item.id END
        FROM meaning m WHERE item.fate IS NULL AND m.type = item.type AND m.key = item.key;
        UPDATE item SET fate = 'new' WHERE fate IS NULL;
        UPDATE item SET fate = 'duplicate' FROM (
            SELECT block, _row, row_number() OVER (PARTITION BY id ORDER BY block, _row) AS n FROM item WHERE fate = 'new'
        ) d WHERE d.n > 1 AND item.block = d.block AND item._row = d._row;
    """)


def _first_source(block: EntitiesForm, form: MappingForm) -> str:
    """Return the SQL for the source of a row's names: the first that the row gives, else the default."""
    default = sql_text(form.source or next(iter(form.sources)))
    if block.sources is None:
        return default
    first = f"trim({parts(block.sources)}[1])"
    if not block.sources.map:
        return f"coalesce({first}, {default})"
    cases = " ".join(f"WHEN {sql_text(v)} THEN {sql_text(k)}" for v, k in block.sources.map.items())
    return f"coalesce(CASE {first} {cases} END, {default})"


def _properties(block: EntitiesForm) -> str:
    if not block.properties:
        return "'{}'"
    pairs = ", ".join(f"{sql_text(name)}: {sql_name(cell.column)}" for name, cell in block.properties.items())
    return f"to_json({{{pairs}}})::VARCHAR"
