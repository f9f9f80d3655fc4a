"""Rows that are facts: ends found, types and values checked, equal statements made one.

Tables: `statement` has one line for each thing that a row says (several where a cell is split) with its fate; `fact`
one line for each fact, with the evidence of all its rows.
"""

from typing import TYPE_CHECKING, Final

from kg.imports.ends import find_end, joins, kind_of, make_ends, resolved
from kg.imports.forms import FactsForm
from kg.imports.mapping import Mapping
from kg.imports.names import learn_values
from kg.imports.quantities import quantity_faults, required_faults
from kg.imports.readers import sql_name, sql_text
from kg.imports.sql import PLACE, condition, mapped, parts, renamed
from kg.imports.values import Value, sources_of
from kg.schema import Schema

if TYPE_CHECKING:
    import duckdb

__all__ = ["add_block", "fact_key", "make_tables"]

_TABLES = """
    CREATE TABLE statement(place BIGINT, _row BIGINT, fact VARCHAR, subject VARCHAR, predicate VARCHAR, object VARCHAR,
        qualifiers VARCHAR, sources VARCHAR[], locator VARCHAR, fate VARCHAR, reason VARCHAR);
    CREATE TABLE made(id VARCHAR, type VARCHAR, text VARCHAR, key VARCHAR, language VARCHAR, source VARCHAR,
        place BIGINT);
"""
_LEFT_OUT: Final = "''"


def make_tables(connection: "duckdb.DuckDBPyConnection", schema: Schema) -> None:
    """Make the tables of this module; `allowed` and `logic` say what the schema says of its relations."""
    connection.execute(_TABLES)
    connection.execute("CREATE TABLE allowed(predicate VARCHAR, subject VARCHAR, object VARCHAR)")
    connection.execute("CREATE TABLE logic(predicate VARCHAR, is_symmetric BOOLEAN, functional BOOLEAN)")
    triples = [(r.id, s, o) for r in schema.relations.values() for s in r.subjects for o in r.objects]
    if triples:
        connection.executemany("INSERT INTO allowed VALUES (?, ?, ?)", triples)
        logic = [(r.id, r.symmetric, r.functional) for r in schema.relations.values()]
        connection.executemany("INSERT INTO logic VALUES (?, ?, ?)", logic)


def fact_key(subject: str, predicate: str, obj: str, qualifiers: str) -> str:
    """Return SQL for the id of a fact as `kg.model.fact_id` makes it; `qualifiers` is JSON with spaces."""
    # Ids and names of relations are plain ASCII words: nothing in them has to be escaped.
    text = f"""'["' || {subject} || '", "' || {predicate} || '", "' || {obj} || '", ' || {qualifiers} || ']'"""
    return f"left(sha256({text}), 16)"


def add_block(connection: "duckdb.DuckDBPyConnection", number: int, block: FactsForm, mapping: Mapping) -> None:
    """Add what the rows of one block say to `statement`, and to `made` the ends that only facts name."""
    values = _values(block, mapping.schema)
    _say(connection, block, mapping, values)
    for role, end in (("subject", block.subject), ("object", block.object)):
        find_end(connection, role, end, mapping)
    for place, _ in enumerate(values):
        learn_values(connection, f"SELECT value_{place} AS raw FROM said")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE date AS SELECT raw, nullif(date_fault(clean_text(raw)), '') AS fault"
        " FROM (SELECT DISTINCT date AS raw FROM said WHERE trim(date) <> '')"
    )
    learnt = " ".join(f"LEFT JOIN value v{place} ON v{place}.raw = s.value_{place}" for place, _ in enumerate(values))
    wrong = " ".join(value.faults(f"v{place}", f"s.value_{place}") for place, value in enumerate(values))
    held = {value.name: f"v{place}.clean" for place, value in enumerate(values)}
    numbers = {value.name: f"CAST(v{place}.number AS DOUBLE)" for place, value in enumerate(values)}
    wrong += required_faults(held, mapping.schema) + quantity_faults(held, numbers, block, mapping.schema)
    pairs = [(value.name, value.json(f"v{place}")) for place, value in enumerate(values)]
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE found AS
        SELECT s.n, s._row, s.predicate, s.sources, s.locator,
            {resolved("subject", block.subject, mapping)}, {resolved("object", block.object, mapping)},
            {_object(pairs, ", ", ": ")} AS spaced, {_object(pairs, ",", ":")} AS qualifiers,
            coalesce(s.predicate = '' OR s.subject_type = {_LEFT_OUT} OR s.object_type = {_LEFT_OUT}
                OR s.subject_raw = '' OR s.object_raw = '', false) AS left_out,
            CASE WHEN s.predicate IS NULL THEN 'the mapping has no relation for it'
                 WHEN s.source_fault IS NOT NULL THEN s.source_fault
                 WHEN d.fault IS NOT NULL THEN d.fault {wrong} END AS fault
        FROM said s {joins("subject", block.subject)} {joins("object", block.object)} {learnt}
        LEFT JOIN date d ON d.raw = s.date
    """)
    _judge(connection, number)
    for role, end in (("subject", block.subject), ("object", block.object)):
        if end.name is not None:
            make_ends(connection, number, role, end.language or mapping.language)


def _values(block: FactsForm, schema: Schema) -> list[Value]:
    """Return the qualifiers of a block by name, with the unit of its amounts where that is known by itself."""
    given = dict(block.qualifiers)
    units = {cell.unit for cell in given.values() if not isinstance(cell, str) and cell.unit}
    takes = {name for each in _relations(block, schema) for name in schema.relations[each].qualifiers}
    if len(units) == 1 and "unit" in takes and "unit" not in given:
        given["unit"] = units.pop()
    return [Value.qualifier(given[name], schema.qualifiers[name]) for name in sorted(given)]


def _relations(block: FactsForm, schema: Schema) -> list[str]:
    named = [block.predicate] if isinstance(block.predicate, str) else list(block.predicate.map.values())
    return [name for name in named if name in schema.relations]


def _say(connection: "duckdb.DuckDBPyConnection", block: FactsForm, mapping: Mapping, values: list[Value]) -> None:
    """Make `said`: one line for each part of a split cell, under names that no column of a table can take."""
    sources, fault = sources_of(mapping.form, block)
    units = {value.name: value.unit for value in values if value.unit}
    # A unit that goes without saying is said only where there is an amount.
    has_amount = " OR ".join(f"trim({value.raw}) <> ''" for value in values if value.name in units) or "true"
    raws = [
        f"CASE WHEN {has_amount} THEN {value.raw} END"
        if value.name == "unit" and "unit" not in block.qualifiers
        else value.raw
        for value in values
    ]
    cells = [
        f"{mapped(block.predicate)} AS predicate",
        f"{kind_of(block.subject)} AS subject_type",
        f"{kind_of(block.object)} AS object_type",
        f"unnest({parts(block.subject.cell)}) AS subject_raw"
        if block.subject.cell.split
        else f"{sql_name(block.subject.cell.column)} AS subject_raw",
        f"{parts(block.object.cell)} AS object_parts",
        f"{sources} AS sources",
        f"{fault} AS source_fault",
        f"trim({sql_name(block.locator.column)}) AS locator" if block.locator else "NULL::VARCHAR AS locator",
        f"{sql_name(block.date.column)} AS date" if block.date else "NULL::VARCHAR AS date",
        *(f"{raw} AS value_{place}" for place, raw in enumerate(raws)),
    ]
    split = bool(block.subject.cell.split or block.object.cell.split)
    number = "row_number() OVER (ORDER BY _row)" if split else "_row"
    opened = "unnest(object_parts)" if block.object.cell.split else "object_parts[1]"
    subject, obj = renamed(block.subject.cell, "subject_raw"), renamed(block.object.cell, "object_raw")
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE said AS
        SELECT {number} AS n, * REPLACE ({subject} AS subject_raw, {obj} AS object_raw) FROM (
            SELECT * EXCLUDE (object_parts), {opened} AS object_raw FROM (
                SELECT _row, {", ".join(cells)} FROM rows_{block.table} WHERE {condition(block.where)}))
    """)


def _object(pairs: list[tuple[str, str]], comma: str, colon: str) -> str:
    """Return SQL for a JSON object of the values that are not NULL."""
    if not pairs:
        return "'{}'"
    written = ", ".join(f"{sql_text(json_key(name) + colon)} || {value}" for name, value in pairs)
    held = f"list_filter([{written}], lambda x: x IS NOT NULL)"
    return f"'{{' || coalesce(array_to_string({held}, {sql_text(comma)}), '') || '}}'"


def json_key(name: str) -> str:
    """Return a key of a JSON object; names of qualifiers are plain ASCII words."""
    return f'"{name}"'


def _judge(connection: "duckdb.DuckDBPyConnection", number: int) -> None:
    """Turn `found` into `statement`: ends of a symmetric relation in one order, and what cannot be a fact."""
    connection.execute(f"""
        INSERT INTO statement
        SELECT {number << PLACE} + n, _row, {fact_key("a", "predicate", "b", "spaced")}, a, predicate, b, qualifiers,
            sources, locator,
            CASE WHEN left_out THEN 'left out'
                 WHEN fault IS NOT NULL THEN 'rejected'
                 WHEN subject_several OR object_several THEN 'ambiguous'
                 WHEN subject IS NULL OR object IS NULL OR subject = object OR NOT is_allowed THEN 'rejected' END,
            CASE WHEN left_out THEN 'the mapping leaves it out'
                 WHEN fault IS NOT NULL THEN fault
                 WHEN subject_several THEN 'the subject means several things'
                 WHEN object_several THEN 'the object means several things'
                 WHEN subject IS NULL THEN 'the subject: ' || subject_reason
                 WHEN object IS NULL THEN 'the object: ' || object_reason
                 WHEN subject = object THEN 'joins a thing with itself'
                 WHEN NOT is_allowed
                    THEN 'the relation does not join a ' || subject_type || ' with a ' || object_type END
        FROM (
            SELECT f.*, a.predicate IS NOT NULL AS is_allowed,
                CASE WHEN l.is_symmetric THEN least(f.subject, f.object) ELSE f.subject END AS a,
                CASE WHEN l.is_symmetric THEN greatest(f.subject, f.object) ELSE f.object END AS b
            FROM found f LEFT JOIN logic l ON l.predicate = f.predicate
            LEFT JOIN allowed a ON a.predicate = f.predicate AND a.subject = f.subject_type
                AND a.object = f.object_type)
    """)
