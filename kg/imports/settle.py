"""Statements become facts: each once with the evidence of all its rows, beside what the store holds of it.

Tables: `repeated` (facts that are stated more than once, and where first), `fact`, `fact_new`, `fact_more` (whole new
rows of facts that were there).
"""

from typing import TYPE_CHECKING

from kg.imports.mapping import Mapping
from kg.imports.readers import sql_text
from kg.imports.sql import PLACE
from kg.layout import short_evidence
from kg.model import Grade

if TYPE_CHECKING:
    import duckdb

__all__ = ["settle"]

_GRADES = {grade: strength for strength, grade in enumerate(Grade)}


def settle(connection: "duckdb.DuckDBPyConnection", mapping: Mapping) -> None:
    """Make the tables of this module from `statement`."""
    _gather(connection, mapping)
    _compare(connection)


def _gather(connection: "duckdb.DuckDBPyConnection", mapping: Mapping) -> None:
    connection.execute("""
        CREATE TABLE repeated AS SELECT fact, min(place) AS first FROM statement WHERE fate IS NULL
        GROUP BY fact HAVING count(*) > 1
    """)
    form = mapping.form
    files = " ".join(
        f"WHEN {number} THEN {sql_text(form.tables[block.table].file or form.tables[block.table].uri)}"
        for number, block in enumerate(form.facts)
    )
    where = f"to_json(left(coalesce(locator, CASE place >> {PLACE} {files} END || ':' || _row), 500))::VARCHAR"
    best = sorted(form.sources, key=lambda key: (-_GRADES[form.sources[key].grade], key))
    order = f"[{', '.join(map(sql_text, best))}]"
    connection.execute(f"""
        CREATE TABLE fact AS
        SELECT s.fact, subject, predicate, object, qualifiers, {_evidence(mapping, order, "sources", where)} AS evidence
        FROM statement s ANTI JOIN repeated r ON r.fact = s.fact WHERE fate IS NULL
        UNION ALL
        SELECT s.fact, subject, predicate, object, qualifiers, c.evidence
        FROM repeated r JOIN statement s ON s.place = r.first JOIN (
            SELECT fact, '[' || string_agg({_item(mapping, "source", "spot")}, ','
                ORDER BY list_position({order}, source)) || ']' AS evidence
            FROM (
                SELECT fact, source, arg_min(spot, place) AS spot FROM (
                    SELECT s.fact, place, unnest(sources) AS source, {where} AS spot
                    FROM statement s SEMI JOIN repeated r ON r.fact = s.fact WHERE fate IS NULL)
                GROUP BY fact, source)
            GROUP BY fact) c ON c.fact = r.fact
    """)


def _item(mapping: Mapping, source: str, locator: str) -> str:
    """Return SQL for one piece of evidence, as `kg.layout` writes it."""
    grades = " ".join(
        f"WHEN {sql_text(key)} THEN {sql_text(each.grade.value)}" for key, each in mapping.form.sources.items()
    )
    review = mapping.form.review.value
    return f"""'["' || {source} || '",' || {locator} || ',"' || CASE {source} {grades} END || '","{review}",""]'"""


def _evidence(mapping: Mapping, order: str, sources: str, locator: str) -> str:
    if len(mapping.form.sources) == 1:
        return f"'[' || {_item(mapping, f'{sources}[1]', locator)} || ']'"
    cited = f"list_filter({order}, lambda x: list_contains({sources}, x))"
    return f"'[' || array_to_string(list_transform({cited}, lambda x: {_item(mapping, 'x', locator)}), ',') || ']'"


def _compare(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `fact_new` and `fact_more`: what the store lacks, what it gets evidence of, and what is now disputed."""
    default = f'["s","l","{Grade.UNSPECIFIED.value}","pending",""]'
    short = f"replace(f.evidence, {sql_text(default[7:])}, {sql_text(short_evidence(default)[7:])})"
    said_of = "json_extract_string(x, '$[0]') || chr(31) || json_extract_string(x, '$[1]')"
    connection.execute(f"""
        CREATE TABLE contested AS
        SELECT subject, predicate FROM (
            SELECT subject, predicate, object FROM fact
            UNION SELECT subject, predicate, object FROM old_fact WHERE status <> 'retracted')
        WHERE predicate IN (SELECT predicate FROM logic WHERE functional)
        GROUP BY subject, predicate HAVING count(DISTINCT object) > 1;
        CREATE VIEW fact_new AS
        SELECT f.*, '[]' AS derived, CASE WHEN c.subject IS NULL THEN 'asserted' ELSE 'disputed' END AS status
        FROM fact f ANTI JOIN old_fact o ON o.fact = f.fact
        LEFT JOIN contested c ON c.subject = f.subject AND c.predicate = f.predicate;
        CREATE TABLE evidence_more AS
        SELECT fact, array_to_string(list_filter(said, lambda x: NOT list_contains(held, {said_of})), ',') AS more
        FROM (
            SELECT o.fact, from_json(f.evidence, '["JSON"]') AS said,
                list_transform(from_json(o.evidence, '["JSON"]'), lambda x: {said_of}) AS held
            FROM old_fact o JOIN fact f ON f.fact = o.fact
            WHERE o.status <> 'retracted' AND o.evidence <> f.evidence AND o.evidence <> {short});
        CREATE TABLE fact_more AS
        SELECT o.* REPLACE (
            CASE WHEN e.more <> '' THEN left(o.evidence, length(o.evidence) - 1) || ',' || e.more || ']'
                ELSE o.evidence END AS evidence,
            CASE WHEN c.subject IS NOT NULL AND o.status = 'asserted' THEN 'disputed' ELSE o.status END AS status)
        FROM old_fact o LEFT JOIN evidence_more e ON e.fact = o.fact
        LEFT JOIN contested c ON c.subject = o.subject AND c.predicate = o.predicate
        WHERE e.more <> '' OR (c.subject IS NOT NULL AND o.status = 'asserted')
    """)
