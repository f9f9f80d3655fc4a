"""What became of every row: figures that add up, reasons, and examples."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from kg.imports.forms import EntitiesForm, FactsForm, MappingForm
from kg.imports.readers import sql_name, sql_text
from kg.imports.sql import condition

if TYPE_CHECKING:
    import duckdb

__all__ = ["BlockReport", "Report", "TableReport", "report"]

_EXAMPLES: Final = 5
FATES: Final = ("merged", "new", "duplicate", "ambiguous", "rejected", "left out")


@dataclass(frozen=True, slots=True)
class TableReport:
    """One file: `rows` in it, `unreadable` ones by reason, and rows that no block of the mapping takes."""

    table: str
    rows: int
    unreadable: Mapping[str, int]
    untaken: int


@dataclass(frozen=True, slots=True)
class BlockReport:
    """One block of the mapping: the fate of each of its rows; `reasons` of those that are not in the graph."""

    block: str
    table: str
    rows: int
    fates: Mapping[str, int]
    reasons: Mapping[str, int]
    examples: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Report:
    """An import in figures. In every block the fates add up to the rows; `names_dropped` were names of several things."""

    tables: tuple[TableReport, ...]
    blocks: tuple[BlockReport, ...]
    entities: int
    facts: int
    disputed: int
    names_dropped: int


def report(connection: "duckdb.DuckDBPyConnection", form: MappingForm) -> Report:
    """Count what `add_entities` and `add_facts` decided, after the result was staged."""
    blocks = [_entities(connection, number, block) for number, block in enumerate(form.entities)]
    blocks += [_facts(connection, number, block) for number, block in enumerate(form.facts)]
    for block in blocks:
        if sum(block.fates.values()) != block.rows:
            message = f"{block.block}: {block.fates} do not add up to {block.rows} rows"
            raise AssertionError(message)
    return Report(
        tuple(_table(connection, name, form) for name in form.tables),
        tuple(blocks),
        _count(connection, "SELECT count(*) FROM entity_new"),
        _count(connection, "SELECT count(*) FROM fact_new"),
        _count(connection, "SELECT count(*) FROM fact_new WHERE status = 'disputed'"),
        _count(connection, "SELECT count(*) FROM name_dropped"),
    )


def _table(connection: "duckdb.DuckDBPyConnection", name: str, form: MappingForm) -> TableReport:
    read = _count(connection, f"SELECT count(*) FROM raw_{name}")
    lost = _pairs(connection, f'SELECT reason, count(*) FROM rejects WHERE "table" = {sql_text(name)} GROUP BY 1')
    blocks: list[EntitiesForm | FactsForm] = [*form.entities, *form.facts]
    taking = [condition(block.where) for block in blocks if block.table == name]
    untaken = _count(connection, f"SELECT count(*) FROM rows_{name} WHERE NOT ({' OR '.join(taking) or 'false'})")
    return TableReport(name, read + sum(lost.values()), lost, untaken)


def _entities(connection: "duckdb.DuckDBPyConnection", number: int, block: EntitiesForm) -> BlockReport:
    rows = f"SELECT count(*) FROM rows_{block.table} WHERE {condition(block.where)}"
    fates = _pairs(connection, f"SELECT fate, count(*) FROM item WHERE block = {number} GROUP BY 1")
    lost = f"FROM item WHERE block = {number} AND reason IS NOT NULL"
    reasons = _pairs(connection, f"SELECT reason, count(*) {lost} GROUP BY 1")
    examples = _examples(connection, f"SELECT reason, left(coalesce(text, ''), 80) AS said, _row {lost}")
    name = f"entities[{number}]"
    return BlockReport(name, block.table, _count(connection, rows), _whole(fates), reasons, examples)


def _facts(connection: "duckdb.DuckDBPyConnection", number: int, block: FactsForm) -> BlockReport:
    rows = f"SELECT count(*) FROM rows_{block.table} WHERE {condition(block.where)}"
    lost = f"FROM row_fact f WHERE block = {number} AND fate IS NOT NULL"
    fates = _pairs(connection, f"SELECT fate, count(*) {lost} GROUP BY 1")
    good = "FROM (SELECT fact, min((block, _row)) AS first, count(*) AS n FROM stated GROUP BY fact) s"
    first = f"{good} LEFT JOIN old_fact o USING (fact) WHERE s.first[1] = {number}"
    fates["merged"] = _count(connection, f"SELECT count(*) {first} AND o.fact IS NOT NULL")
    fates["new"] = _count(connection, f"SELECT count(*) {first} AND o.fact IS NULL")
    stated = _count(connection, f"SELECT count(*) FROM stated WHERE block = {number}")
    fates["duplicate"] = stated - fates["merged"] - fates["new"]
    reasons = _pairs(connection, f"SELECT reason, count(*) {lost} AND reason IS NOT NULL GROUP BY 1")
    ends = [end.name or end.id for end in (block.subject, block.object)]
    said = " || ' – ' || ".join(f"coalesce({sql_name(end.column)}, '')" for end in ends if end)
    examples = _examples(
        connection,
        f"SELECT f.reason, left({said}, 80) AS said, f._row FROM row_fact f JOIN rows_{block.table} r USING (_row)"
        f" WHERE f.block = {number} AND f.reason IS NOT NULL",
    )
    name = f"facts[{number}]"
    return BlockReport(name, block.table, _count(connection, rows), _whole(fates), reasons, examples)


def _examples(connection: "duckdb.DuckDBPyConnection", query: str) -> dict[str, tuple[str, ...]]:
    found = connection.execute(
        f"SELECT reason, list(said || ' (row ' || _row || ')' ORDER BY _row) FROM ({query} QUALIFY"
        f" row_number() OVER (PARTITION BY reason ORDER BY _row) <= {_EXAMPLES}) GROUP BY reason"
    ).fetchall()
    return {reason: tuple(said) for reason, said in found}


def _whole(fates: Mapping[str, int]) -> dict[str, int]:
    return {fate: fates.get(fate, 0) for fate in FATES}


def _pairs(connection: "duckdb.DuckDBPyConnection", query: str) -> dict[str, int]:
    return {str(key): int(number) for key, number in connection.execute(query).fetchall()}


def _count(connection: "duckdb.DuckDBPyConnection", query: str) -> int:
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0
