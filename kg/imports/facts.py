"""Rows that are facts: ends found, types checked, equal statements made one, conflicts kept as disputed.

Tables: `row_fact` has one line a row with its fate; `fact` one line a statement, with the evidence of all its rows.
"""

from typing import TYPE_CHECKING

from kg.imports.forms import CellForm, EndForm, FactsForm, MappingForm, ValueCell
from kg.imports.readers import sql_name, sql_text
from kg.imports.sql import condition, made_id, mapped, named_id, parts, renamed
from kg.schema import Schema

if TYPE_CHECKING:
    import duckdb

__all__ = ["add_facts"]

_FATES = """
    CREATE TABLE row_fact(block INTEGER, _row BIGINT, subject VARCHAR, predicate VARCHAR, object VARCHAR,
        qualifiers VARCHAR, sources VARCHAR[], locator VARCHAR, fate VARCHAR, reason VARCHAR);
    CREATE TABLE made(id VARCHAR, type VARCHAR, text VARCHAR, key VARCHAR, language VARCHAR, source VARCHAR);
"""
_TODAY = "strftime(current_date, '%Y-%m-%d')"


def add_facts(connection: "duckdb.DuckDBPyConnection", form: MappingForm, schema: Schema) -> None:
    """Fill `row_fact` from all fact blocks, and `made` with ends that only facts name; then make `fact`."""
    connection.execute(_FATES)
    _allow(connection, schema)
    for number, block in enumerate(form.facts):
        _read_block(connection, number, block, form, schema)
    _decide(connection, form, schema)


def _allow(connection: "duckdb.DuckDBPyConnection", schema: Schema) -> None:
    """Make `allowed` (relation, subject type, object type) and `logic` (relation, symmetric, functional)."""
    connection.execute("CREATE OR REPLACE TABLE allowed(predicate VARCHAR, subject VARCHAR, object VARCHAR)")
    connection.execute("CREATE OR REPLACE TABLE logic(predicate VARCHAR, is_symmetric BOOLEAN, functional BOOLEAN)")
    triples = [(r.id, s, o) for r in schema.relations.values() for s in r.subjects for o in r.objects]
    if triples:
        connection.executemany("INSERT INTO allowed VALUES (?, ?, ?)", triples)
        logic = [(r.id, r.symmetric, r.functional) for r in schema.relations.values()]
        connection.executemany("INSERT INTO logic VALUES (?, ?, ?)", logic)


def _read_block(
    connection: "duckdb.DuckDBPyConnection", number: int, block: FactsForm, form: MappingForm, schema: Schema
) -> None:
    rows = f"(SELECT * FROM rows_{block.table} WHERE {condition(block.where)})"
    for role, end in (("subject", block.subject), ("object", block.object)):
        _find_end(connection, role, end, rows, form)
    sources, unknown = _sources(block, form)
    qualifiers, wrong = _qualifiers(block, schema)
    file = form.tables[block.table].file or form.tables[block.table].uri
    place = f"trim({sql_name(block.locator.column)})" if block.locator else f"{sql_text(file + ':')} || r._row"
    future = f"trim({sql_name(block.date.column)}) > {_TODAY}" if block.date else "false"
    predicate = mapped(block.predicate)
    connection.execute(f"""
        INSERT INTO row_fact
        SELECT {number}, r._row, s.id, {predicate}, o.id, {qualifiers}, {sources}, {place},
            CASE WHEN {predicate} = '' OR s.fate = 'left out' OR o.fate = 'left out' THEN 'left out'
                 WHEN {predicate} IS NULL OR {unknown} OR {wrong} <> '' OR {future} THEN 'rejected'
                 WHEN s.fate = 'ambiguous' OR o.fate = 'ambiguous' THEN 'ambiguous'
                 WHEN s.id IS NULL OR o.id IS NULL OR s.id = o.id OR a.predicate IS NULL THEN 'rejected' END,
            CASE WHEN {predicate} IS NULL THEN 'the mapping has no relation for it'
                 WHEN {unknown} THEN 'the mapping has no source for it'
                 WHEN {future} THEN 'the date is in the future'
                 WHEN {wrong} <> '' THEN {wrong}
                 WHEN s.fate = 'ambiguous' THEN 'the subject means several things'
                 WHEN o.fate = 'ambiguous' THEN 'the object means several things'
                 WHEN s.id IS NULL THEN 'the subject: ' || coalesce(s.reason, 'is empty')
                 WHEN o.id IS NULL THEN 'the object: ' || coalesce(o.reason, 'is empty')
                 WHEN s.id = o.id THEN 'joins a thing with itself'
                 WHEN a.predicate IS NULL THEN 'the relation does not join a ' || s.type || ' with a ' || o.type END
        FROM {rows} r JOIN end_subject s ON s._row = r._row JOIN end_object o ON o._row = r._row
        LEFT JOIN allowed a ON a.predicate = {predicate} AND a.subject = s.type AND a.object = o.type
    """)


def _find_end(connection: "duckdb.DuckDBPyConnection", role: str, end: EndForm, rows: str, form: MappingForm) -> None:
    """Make `end_<role>`: the id of one end of each row, or why there is none."""
    kind = mapped(end.type)
    if end.id is not None:
        ident = f"trim({sql_name(end.id.column)})"
        made = made_id(end.id_prefix, ident)
        connection.execute(f"""
            CREATE OR REPLACE TEMP TABLE end_{role} AS
            SELECT r._row, {kind} AS type, k.id,
                CASE WHEN {kind} = '' THEN 'left out' END AS fate,
                CASE WHEN {ident} IS NOT NULL THEN 'nothing with this identifier was imported' END AS reason
            FROM {rows} r LEFT JOIN (
                SELECT id AS made, id, type FROM old_entity
                UNION SELECT made, id, type FROM item WHERE ident IS NOT NULL AND fate IN ('merged', 'new', 'duplicate')
            ) k ON k.made = {made} AND k.type = {kind}
        """)
        return
    raw = renamed(end.name or CellForm(column="_row"))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE text AS SELECT raw, text, name_fault(text) AS fault, fold_key(text) AS key
        FROM (SELECT raw, clean_text(raw) AS text FROM (
            SELECT DISTINCT {raw} AS raw FROM {rows} WHERE {raw} IS NOT NULL))
    """)
    create = "true" if end.create else "false"
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE end_{role} AS
        SELECT r._row, {kind} AS type, t.text, t.key,
            CASE WHEN {kind} IS NULL OR {kind} = '' OR t.text IS NULL OR t.fault <> '' THEN NULL
                 WHEN m.owners = 1 AND NOT m.collective THEN m.id
                 WHEN m.owners IS NULL AND {create} THEN {named_id(kind, "t.key")} END AS id,
            CASE WHEN {kind} = '' THEN 'left out'
                 WHEN m.collective OR m.owners > 1 THEN 'ambiguous' END AS fate,
            CASE WHEN {kind} IS NULL THEN 'the mapping has no type for it'
                 WHEN t.fault <> '' THEN t.fault
                 WHEN t.text IS NOT NULL THEN 'nothing has this name' END AS reason
        FROM {rows} r LEFT JOIN text t ON t.raw = {raw}
        LEFT JOIN meaning m ON m.type = {kind} AND m.key = t.key
    """)
    if end.create:
        connection.execute(f"""
            INSERT INTO made SELECT id, type, arg_min(text, _row), any_value(key), {sql_text(end.language)},
                {sql_text(form.source or next(iter(form.sources)))}
            FROM end_{role} e WHERE e.id IS NOT NULL AND e.fate IS NULL
                AND NOT EXISTS (FROM meaning m WHERE m.type = e.type AND m.key = e.key) GROUP BY id, type
        """)


def _sources(block: FactsForm, form: MappingForm) -> tuple[str, str]:
    """Return SQL for the sources of a row and for whether one of them is unknown."""
    default = form.source or next(iter(form.sources))
    cell = block.sources
    if cell is None:
        return f"[{sql_text(default)}]", "false"
    keys = cell.map or {key: key for key in form.sources}
    cases = " ".join(f"WHEN {sql_text(value)} THEN {sql_text(key)}" for value, key in keys.items() if key)
    one = f"CASE trim(x) {cases} END"
    found = f"list_distinct(list_transform({parts(cell)}, lambda x: {one}))"
    column = sql_name(cell.column)
    known = f"list_filter({found}, lambda x: x IS NOT NULL)"
    return (
        f"CASE WHEN {column} IS NULL THEN [{sql_text(default)}] ELSE {known} END",
        f"({column} IS NOT NULL AND len({known}) = 0)",
    )


def _qualifiers(block: FactsForm, schema: Schema) -> tuple[str, str]:
    """Return SQL for the qualifiers as the JSON that names a fact, and for what is wrong with them."""
    pairs, wrong = [], []
    for name in sorted(block.qualifiers):
        given, kind = block.qualifiers[name], schema.qualifiers[name]
        value = sql_text(given) if isinstance(given, str) else mapped(given)
        if kind.type == "number":
            number = f"TRY_CAST({value} AS DOUBLE)"
            wrong.append(f"WHEN {value} IS NOT NULL AND {number} IS NULL THEN '{name} is no number'")
            shown = f"CASE WHEN {number} = floor({number}) AND abs({number}) < 1e15 THEN CAST(CAST({number} AS BIGINT)"
            pairs.append((name, f"{shown} AS VARCHAR) || '.0' ELSE CAST({number} AS VARCHAR) END"))
        elif kind.type == "boolean":
            wrong.append(f"WHEN lower({value}) NOT IN ('true', 'false') THEN '{name} is neither true nor false'")
            pairs.append((name, f"lower({value})"))
        else:
            if kind.values:
                allowed = ", ".join(map(sql_text, kind.values))
                wrong.append(f"WHEN {value} NOT IN ({allowed}) THEN '{name} is none of the values of the schema'")
            pairs.append((name, f"to_json({value})::VARCHAR"))
        if isinstance(given, ValueCell) and given.unit and "unit" in schema.qualifiers:
            units = schema.qualifiers["unit"].values
            if units and given.unit not in units:
                wrong.append(f"WHEN {value} IS NOT NULL THEN '{name} is in a unit that the schema does not have'")
    written = ", ".join(f"'\"{name}\": ' || {value}" for name, value in pairs)
    json = f"'{{' || coalesce(array_to_string(list_filter([{written}], lambda x: x IS NOT NULL), ', '), '') || '}}'"
    return (json if pairs else "'{}'"), (f"CASE {' '.join(wrong)} ELSE '' END" if wrong else "''")


def _decide(connection: "duckdb.DuckDBPyConnection", form: MappingForm, schema: Schema) -> None:
    """Make `fact`: each statement once, named as `kg.model.fact_id` does, with the evidence of all its rows."""
    swapped = ", ".join(sql_text(r.id) for r in schema.relations.values() if r.symmetric) or "''"
    connection.execute(f"""
        CREATE TABLE stated AS
        SELECT left(sha256('["' || s || '", "' || predicate || '", "' || o || '", ' || qualifiers || ']'), 16) AS fact,
            s AS subject, predicate, o AS object, qualifiers, block, _row, sources, locator
        FROM (SELECT *, CASE WHEN predicate IN ({swapped}) THEN least(subject, object) ELSE subject END AS s,
                CASE WHEN predicate IN ({swapped}) THEN greatest(subject, object) ELSE object END AS o
              FROM row_fact WHERE fate IS NULL)
    """)
    grades = " ".join(f"WHEN {sql_text(key)} THEN {sql_text(source.grade)}" for key, source in form.sources.items())
    one = """'["' || {0} || '",' || to_json({1})::VARCHAR || ',"' || CASE {0} {2} END || '","{3}",""]'"""
    if all(block.sources is None for block in form.facts):
        evidence = one.format("any_value(sources[1])", "arg_min(locator, _row)", grades, form.review.value)
        connection.execute(f"""
            CREATE TABLE fact AS SELECT fact, any_value(subject) AS subject, any_value(predicate) AS predicate,
                any_value(object) AS object, any_value(qualifiers) AS qualifiers, [{evidence}] AS evidence
            FROM stated GROUP BY fact
        """)
        return
    connection.execute(f"""
        CREATE TABLE fact AS
        WITH cited AS (
            SELECT fact, source, arg_min(locator, (block, _row)) AS locator
            FROM (SELECT fact, block, _row, locator, unnest(sources) AS source FROM stated) GROUP BY fact, source
        ), said AS (
            SELECT fact, list({one.format("source", "locator", grades, form.review.value)} ORDER BY source) AS evidence
            FROM cited GROUP BY fact
        )
        SELECT fact, any_value(subject) AS subject, any_value(predicate) AS predicate, any_value(object) AS object,
            any_value(qualifiers) AS qualifiers, any_value(evidence) AS evidence
        FROM stated JOIN said USING (fact) GROUP BY fact
    """)
