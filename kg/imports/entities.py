"""Rows that are entities: joined to what is there by identifier, then by folded name and type, or made anew.

Tables: `item` has one line a row with its fate (`merged`, `new`, `duplicate`, `ambiguous`, `rejected`, `left out`)
and the id that it got; `item_name` every further name, `item_property` every property; `meaning` which entity a type
and a folded name mean.
"""

from typing import TYPE_CHECKING

from kg.imports.forms import CellForm, EntitiesForm
from kg.imports.mapping import Mapping
from kg.imports.names import learn_names, learn_values
from kg.imports.readers import sql_name, sql_text
from kg.imports.sql import condition, listed, made_id, mapped, named_id, parts, renamed
from kg.imports.values import Value, first_source

if TYPE_CHECKING:
    import duckdb

__all__ = ["add_block", "join_entities", "make_tables", "prefix_of"]

_TABLES = """
    CREATE TABLE item(block INTEGER, _row BIGINT, type VARCHAR, ident VARCHAR, made VARCHAR, text VARCHAR, key VARCHAR,
        language VARCHAR, source VARCHAR, creates BOOLEAN, fate VARCHAR, reason VARCHAR, id VARCHAR);
    CREATE TABLE item_name(block INTEGER, _row BIGINT, place INTEGER, text VARCHAR, fault VARCHAR, key VARCHAR,
        language VARCHAR, kind VARCHAR);
    CREATE TABLE item_property(block INTEGER, _row BIGINT, name VARCHAR, value VARCHAR);
"""


def make_tables(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make the tables of this module, and `meaning` of what the store holds."""
    connection.execute(_TABLES)
    _find_meanings(connection)


def prefix_of(prefix: str, mapping: Mapping) -> str:
    """Return what ids made of identifiers begin with: the prefix given, or the source."""
    return prefix or f"{mapping.form.default_source() or next(iter(mapping.form.sources))}-"[:30]


def add_block(connection: "duckdb.DuckDBPyConnection", number: int, block: EntitiesForm, mapping: Mapping) -> None:
    """Add the rows of one block to `item`, `item_name` and `item_property`; what cannot be used gets its fate."""
    values = [
        Value.property(name, cell, mapping.schema.types, block.type) for name, cell in sorted(block.properties.items())
    ]
    cells = [
        f"{mapped(block.type)} AS type",
        f"nullif(trim({sql_name(block.id.column)}), '') AS ident" if block.id else "NULL::VARCHAR AS ident",
        f"{first_source(mapping.form, block)} AS source",
        *(f"{_named(cell)} AS name_{place}" for place, cell in enumerate(block.names)),
        *(f"{value.raw} AS value_{place}" for place, value in enumerate(values)),
    ]
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE said AS
        SELECT _row, {", ".join(cells)} FROM rows_{block.table} WHERE {condition(block.where)}
    """)
    _read_names(connection, number, block, mapping)
    for place, _ in enumerate(values):
        learn_values(connection, f"SELECT value_{place} AS raw FROM said")
    joins = " ".join(f"LEFT JOIN value v{place} ON v{place}.raw = s.value_{place}" for place, _ in enumerate(values))
    wrong = " ".join(value.faults(f"v{place}", f"s.value_{place}") for place, value in enumerate(values))
    fault = f"CASE {wrong} END" if wrong else "NULL"
    prefix = prefix_of(block.id_prefix, mapping)
    creates = [
        kind for kind in mapping.schema.types if block.create or (block.create is None and kind not in mapping.closed)
    ]
    connection.execute(f"""
        INSERT INTO item
        SELECT {number}, _row, type, ident, CASE WHEN ident IS NULL THEN {named_id("type", "key")}
                ELSE {made_id(prefix, "type", "ident")} END,
            text, key, language, source, type IN ({listed(creates)}),
            CASE WHEN type = '' THEN 'left out' WHEN reason IS NOT NULL THEN 'rejected' END,
            CASE WHEN type = '' THEN 'the mapping leaves it out' ELSE reason END, NULL
        FROM (
            SELECT s._row, s.type, s.ident, n.text, n.key, n.language, s.source,
                CASE WHEN s.type IS NULL THEN 'the mapping has no type for it'
                     WHEN n.fault <> '' THEN n.fault
                     WHEN s.source IS NULL THEN 'the mapping has no source for it'
                     WHEN n.text IS NULL AND s.ident IS NULL THEN 'has no name'
                     ELSE {fault} END AS reason
            FROM said s LEFT JOIN item_name n ON n.block = {number} AND n._row = s._row AND n.place = 1 {joins})
    """)
    for place, value in enumerate(values):
        connection.execute(f"""
            INSERT INTO item_property SELECT {number}, s._row, {sql_text(value.name)}, {value.json(f"v{place}")}
            FROM said s JOIN value v{place} ON v{place}.raw = s.value_{place}
        """)


def _named(cell: CellForm) -> str:
    """Return the names in a cell as a list."""
    return f"list_transform({parts(cell)}, lambda x: {renamed(cell, 'x')})" if cell.map else parts(cell)


def _read_names(connection: "duckdb.DuckDBPyConnection", number: int, block: EntitiesForm, mapping: Mapping) -> None:
    """Fill `item_name` with all names of a block's rows: the one that a row is known by has the place 1."""
    if not block.names:
        return
    union = " UNION ALL ".join(
        f"SELECT _row, {place} AS position, generate_subscripts(name_{place}, 1) AS part, unnest(name_{place}) AS raw,"
        f" {sql_text(cell.language or mapping.language)} AS language, {sql_text(cell.kind.value)} AS kind FROM said"
        for place, cell in enumerate(block.names)
    )
    connection.execute(f"CREATE OR REPLACE TEMP TABLE cell AS SELECT * FROM ({union}) WHERE raw IS NOT NULL")
    learn_names(connection, "SELECT raw FROM cell")
    connection.execute(f"""
        INSERT INTO item_name
        SELECT {number}, c._row,
            row_number() OVER (PARTITION BY c._row ORDER BY c.kind <> 'standard', c.position, c.part) AS place,
            t.text, t.fault, t.key, c.language, c.kind
        FROM cell c JOIN text t USING (raw)
    """)


def _find_meanings(connection: "duckdb.DuckDBPyConnection") -> None:
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
                WHERE i.fate IN ('new', 'merged', 'duplicate') AND n.fault = '' AND n.language NOT LIKE '%-Latn'
        ), best AS (
            SELECT type, key, min(rank) AS rank, bool_or(collective) AS collective FROM named GROUP BY ALL
        )
        SELECT n.type, n.key, b.rank, count(DISTINCT n.id) AS owners, min(n.id) AS id,
            bool_or(b.collective) AS collective
        FROM named n JOIN best b ON n.type = b.type AND n.key = b.key AND n.rank = b.rank GROUP BY ALL
    """)


def join_entities(connection: "duckdb.DuckDBPyConnection") -> None:
    """Decide where rows belong: an identifier that is there, a name that means one thing, or something new."""
    connection.execute("""
        -- What the store knows by its identifier, also by one of the domain's own.
        UPDATE item SET fate = 'merged', id = o.id FROM old_entity o
            WHERE item.fate IS NULL AND item.ident IS NOT NULL AND o.type = item.type AND o.id = item.made;
        UPDATE item SET fate = 'merged', id = o.id FROM old_entity o
            WHERE item.fate IS NULL AND item.ident IS NOT NULL AND o.type = item.type AND o.id = item.ident;
        UPDATE item SET fate = 'rejected', reason = 'has no name, and nothing has this identifier'
            WHERE fate IS NULL AND text IS NULL;
        -- What it knows by a name. Two identifiers are two things: one name cannot join both to the same.
        CREATE OR REPLACE TEMP TABLE claim AS SELECT type, key, count(DISTINCT ident) AS claims FROM item
            WHERE fate IS NULL GROUP BY type, key;
        CREATE OR REPLACE TEMP TABLE joined AS
        SELECT i.block, i._row, m.id, CASE
                WHEN m.owners > 1 OR m.collective THEN 'the name means several things'
                WHEN i.ident IS NOT NULL AND c.claims > 1 THEN 'things with different identifiers have the name of one'
                WHEN m.rank > 0 AND other._row IS NOT NULL THEN 'its names mean different things' END AS reason
        FROM item i JOIN meaning m USING (type, key) JOIN claim c USING (type, key)
        LEFT JOIN (
            SELECT DISTINCT i.block, i._row FROM item i JOIN meaning m USING (type, key)
            JOIN item_name n ON n.block = i.block AND n._row = i._row AND n.place > 1 AND n.fault = ''
                AND n.kind IN ('standard', 'botanical') AND n.language NOT LIKE '%-Latn'
            JOIN meaning o ON o.type = i.type AND o.key = n.key
            WHERE i.fate IS NULL AND o.rank = 0 AND o.owners = 1 AND o.id <> m.id
        ) other ON other.block = i.block AND other._row = i._row
        WHERE i.fate IS NULL;
        UPDATE item SET fate = CASE WHEN j.reason IS NULL THEN 'merged' ELSE 'ambiguous' END,
            reason = j.reason, id = j.id
            FROM joined j WHERE item.block = j.block AND item._row = j._row;
        UPDATE item SET fate = 'rejected', reason = 'the domain''s list of ' || type || ' is closed and lacks it'
            WHERE fate IS NULL AND NOT creates;
        -- New things: by their identifier, or, without one, by type and name.
        UPDATE item SET fate = 'new', id = made WHERE fate IS NULL AND ident IS NOT NULL;
        CREATE OR REPLACE TEMP TABLE known AS SELECT type, key, count(DISTINCT id) AS owners, min(id) AS id FROM item
            WHERE fate = 'new' GROUP BY type, key;
        UPDATE item SET fate = CASE WHEN k.owners = 1 THEN 'duplicate' ELSE 'ambiguous' END, id = k.id,
            reason = CASE WHEN k.owners > 1 THEN 'the name means several things' END
            FROM known k WHERE item.fate IS NULL AND k.type = item.type AND k.key = item.key;
        UPDATE item SET fate = 'new', id = made WHERE fate IS NULL;
        UPDATE item SET fate = 'duplicate' FROM (
            SELECT block, _row, row_number() OVER (PARTITION BY id ORDER BY block, _row) AS turn FROM item
            WHERE fate = 'new') d WHERE d.turn > 1 AND item.block = d.block AND item._row = d._row;
    """)
    _find_meanings(connection)
    connection.execute("""
        CREATE OR REPLACE TABLE identifier AS
        SELECT id AS made, type, id, false AS unclear FROM old_entity
        UNION SELECT made, type, id, false FROM item WHERE ident IS NOT NULL AND fate IN ('merged', 'new', 'duplicate')
        UNION SELECT made, type, '?', true FROM item WHERE ident IS NOT NULL AND fate = 'ambiguous'
    """)
