"""What became of every row: figures that add up, reasons, and examples."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.imports.forms import EntitiesForm, FactsForm, MappingForm
from kg.imports.readers import sql_name, sql_text
from kg.imports.sql import PLACE, condition

if TYPE_CHECKING:
    import duckdb

__all__ = ["FATES", "BlockReport", "Report", "TableReport", "report", "write_rejected"]

_EXAMPLES: Final = 5
FATES: Final = ("merged", "new", "duplicate", "ambiguous", "rejected", "left out")

_FATE_OF_ITEM: Final = """
    SELECT CAST(block AS BIGINT) AS block, _row, fate, reason, coalesce(text, ident, '') AS said FROM item
"""
_FATE_OF_STATEMENT: Final = f"""
    SELECT s.place >> {PLACE} AS block, s._row, CASE
            WHEN s.fate IS NOT NULL THEN s.fate WHEN r.first <> s.place THEN 'duplicate'
            WHEN o.status = 'retracted' THEN 'rejected' WHEN o.fact IS NOT NULL THEN 'merged' ELSE 'new' END AS fate,
        CASE WHEN s.fate IS NOT NULL THEN s.reason WHEN r.first <> s.place THEN NULL
            WHEN o.status = 'retracted' THEN 'the graph has retracted it' END AS reason
    FROM statement s LEFT JOIN repeated r ON r.fact = s.fact AND s.fate IS NULL
    LEFT JOIN old_fact o ON o.fact = s.fact AND s.fate IS NULL
"""


@dataclass(frozen=True, slots=True)
class TableReport:
    """One file: `rows` in it, `unreadable` ones by reason, and rows that no block of the mapping takes."""

    table: str
    rows: int
    unreadable: Mapping[str, int]
    untaken: int


@dataclass(frozen=True, slots=True)
class BlockReport:
    """One block of the mapping: the fate of each thing that its rows say, with the reasons of what is not in the graph.

    Where a cell is split, a row says several things: `said` is how many they are. The fates add up to that.
    """

    block: str
    table: str
    rows: int
    said: int
    fates: Mapping[str, int]
    reasons: Mapping[str, int]
    examples: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Report:
    """An import in figures.

    Attributes:
        tables: one for each file.
        blocks: one for each block of the mapping.
        entities: new ones.
        entities_changed: ones that were there and got names or properties.
        facts: new ones.
        facts_changed: ones that were there and got evidence or came to be disputed.
        disputed: new facts that contradict others.
        disputed_held: facts that were there and are now disputed.
        names_dropped: further names that were given to nothing, by reason.
        properties_kept: properties that differ from what entities have; those stay.
    """

    tables: tuple[TableReport, ...]
    blocks: tuple[BlockReport, ...]
    entities: int
    entities_changed: int
    facts: int
    facts_changed: int
    disputed: int
    disputed_held: int
    names_dropped: Mapping[str, int]
    properties_kept: int


def report(connection: "duckdb.DuckDBPyConnection", form: MappingForm) -> Report:
    """Count what became of the rows, after the result was staged."""
    blocks = [*_blocks(connection, form.entities, "entities", _FATE_OF_ITEM)]
    blocks += _blocks(connection, form.facts, "facts", _FATE_OF_STATEMENT)
    tables = tuple(_table(connection, name, form) for name in form.tables)
    for block in blocks:
        if sum(block.fates.values()) != block.said or block.said < block.rows:
            message = f"{block.block}: {dict(block.fates)} do not add up to {block.said} from {block.rows} rows"
            raise AssertionError(message)
    return Report(
        tables,
        tuple(blocks),
        _count(connection, "SELECT count(*) FROM entity_new"),
        _count(connection, "SELECT count(*) FROM entity_more"),
        _count(connection, "SELECT count(*) FROM fact_new"),
        _count(connection, "SELECT count(*) FROM fact_more"),
        _count(connection, "SELECT count(*) FROM fact_new WHERE status = 'disputed'"),
        _count(
            connection,
            "SELECT count(*) FROM fact_more m JOIN old_fact o USING (fact)"
            " WHERE m.status = 'disputed' AND o.status <> 'disputed'",
        ),
        _pairs(connection, "SELECT reason, count(*) FROM name_dropped GROUP BY reason"),
        _count(
            connection,
            "SELECT count(*) FROM property_kept"
            " WHERE json_extract(properties, '$.\"' || name || '\"')::VARCHAR <> value",
        ),
    )


def write_rejected(connection: "duckdb.DuckDBPyConnection", form: MappingForm, file: Path) -> None:
    """Write everything that is not in the graph to a CSV file: table, file, row, block, fate, reason, what was said."""
    kinds: tuple[tuple[str, Sequence[EntitiesForm | FactsForm], str], ...] = (
        ("entities", form.entities, _FATE_OF_ITEM),
        ("facts", form.facts, _FATE_OF_STATEMENT),
    )
    parts = ["""SELECT "table", file, row, '' AS block, 'unreadable' AS fate, reason, cell AS said FROM rejects"""]
    for kind, blocks, fates in kinds:
        for number, block in enumerate(blocks):
            place = form.tables[block.table].file or form.tables[block.table].uri
            parts.append(
                f"SELECT {sql_text(block.table)}, {sql_text(place)}, f._row, {sql_text(f'{kind}[{number}]')}, f.fate,"
                f" f.reason, left({_said(block)}, 200) FROM ({fates}) f JOIN rows_{block.table} r ON r._row = f._row"
                f" WHERE f.block = {number} AND f.reason IS NOT NULL"
            )
    parts.append("SELECT type, id, NULL, 'name', 'not given', reason, text FROM name_dropped")
    parts.append(
        "SELECT name, id, NULL, 'property', 'not given', 'the entity has another value', value FROM property_kept"
    )
    # A spreadsheet that opens the file must not run what stood in a cell.
    safe = "CASE WHEN regexp_matches(said, '^[=+@-]') THEN chr(39) || said ELSE said END AS said"
    connection.execute(
        f"COPY (SELECT * REPLACE ({safe}) FROM ({' UNION ALL '.join(parts)}) ORDER BY ALL)"
        f" TO {sql_text(str(file))} (FORMAT csv, HEADER)"
    )


def _blocks(
    connection: "duckdb.DuckDBPyConnection", forms: Sequence[EntitiesForm | FactsForm], kind: str, fates: str
) -> list[BlockReport]:
    counted: defaultdict[int, dict[str, int]] = defaultdict(dict)
    reasons: defaultdict[int, dict[str, int]] = defaultdict(dict)
    if not forms:
        return []
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE lost AS SELECT block, reason, count(*) AS number, min(_row) AS first
        FROM ({fates}) WHERE reason IS NOT NULL GROUP BY block, reason
    """)
    for block, fate, number in connection.execute(
        f"SELECT block, fate, count(*) FROM ({fates}) GROUP BY block, fate"
    ).fetchall():
        counted[block][fate] = number
    for block, reason, number in connection.execute(
        "SELECT block, reason, number FROM lost ORDER BY number DESC, reason"
    ).fetchall():
        reasons[block][reason] = number
    found = []
    for number, form in enumerate(forms):
        whole = {fate: counted[number].get(fate, 0) for fate in FATES}
        rows = _count(connection, f"SELECT count(*) FROM rows_{form.table} WHERE {condition(form.where)}")
        examples = _examples(connection, number, form, fates) if reasons[number] else {}
        said = sum(counted[number].values())
        found.append(BlockReport(f"{kind}[{number}]", form.table, rows, said, whole, reasons[number], examples))
    return found


def _examples(
    connection: "duckdb.DuckDBPyConnection", number: int, form: EntitiesForm | FactsForm, fates: str
) -> dict[str, tuple[str, ...]]:
    found = connection.execute(f"""
        SELECT f.reason, list(left({_said(form)}, 80) || ' (row ' || f._row || ')' ORDER BY f._row)
        FROM (SELECT DISTINCT reason, _row FROM ({fates}) WHERE block = {number} AND reason IS NOT NULL
            QUALIFY dense_rank() OVER (PARTITION BY reason ORDER BY _row) <= {_EXAMPLES}) f
        JOIN rows_{form.table} r ON r._row = f._row GROUP BY f.reason
    """).fetchall()
    return {reason: tuple(said) for reason, said in found}


def _said(form: EntitiesForm | FactsForm) -> str:
    """Return SQL for what a row says, as it stands in the table."""
    if isinstance(form, FactsForm):
        cells = [form.subject.cell, form.object.cell]
    else:
        cells = [*form.names[:1], *([form.id] if form.id else [])]
    return " || ' – ' || ".join(f"coalesce(r.{sql_name(cell.column)}, '')" for cell in cells)


def _table(connection: "duckdb.DuckDBPyConnection", name: str, form: MappingForm) -> TableReport:
    read = _count(connection, f"SELECT count(*) FROM raw_{name}")
    lost = _pairs(connection, f'SELECT reason, count(*) FROM rejects WHERE "table" = {sql_text(name)} GROUP BY 1')
    blocks: list[EntitiesForm | FactsForm] = [*form.entities, *form.facts]
    taking = [f"({condition(block.where)})" for block in blocks if block.table == name]
    untaken = _count(connection, f"SELECT count(*) FROM rows_{name} WHERE NOT ({' OR '.join(taking) or 'false'})")
    return TableReport(name, read + sum(lost.values()), lost, untaken)


def _pairs(connection: "duckdb.DuckDBPyConnection", query: str) -> dict[str, int]:
    return {str(key): int(number) for key, number in connection.execute(query).fetchall()}


def _count(connection: "duckdb.DuckDBPyConnection", query: str) -> int:
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0
