"""One import from mapping to staged rows, in a DuckDB file that is thrown away afterwards."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from kg.errors import ImportInvalid
from kg.imports import entities, facts
from kg.imports.checks import ids_of
from kg.imports.extension import merged
from kg.imports.files import Limits
from kg.imports.forms import EntitiesForm, FactsForm, MappingForm
from kg.imports.given import give
from kg.imports.held import Held, hold
from kg.imports.mapping import Mapping
from kg.imports.names import install
from kg.imports.readers import read_table
from kg.imports.report import Report, report, write_rejected
from kg.imports.settle import settle
from kg.imports.sql import condition
from kg.imports.stage import write_staged
from kg.imports.staged import Staged
from kg.imports.watch import Watch

if TYPE_CHECKING:
    import duckdb

__all__ = ["relations_of", "stage"]


def stage(  # noqa: PLR0913  what is imported, into what, and how
    mapping: Mapping,
    data: Path,
    held: Held,
    work: Path,
    *,
    base: str,
    extension: str,
    limits: Limits | None = None,
    watch: Watch | None = None,
    rejected: Path | None = None,
) -> tuple[Staged, Report]:
    """Read the tables in the folder `data` and write what they come to under `work`.

    Args:
        mapping: the checked mapping.
        data: the folder of its tables.
        held: what the store holds.
        work: an empty folder of our own; it also takes what does not fit into memory.
        base: digest of what the store holds.
        extension: what earlier imports added to the domain, as JSON.
        limits: how much a table may take.
        watch: told of each step that begins, and able to end it.
        rejected: a CSV file to write with everything that is not in the graph, and why.

    Raises:
        ImportInvalid: a table cannot be used; nothing was applied.
        ImportCancelled: the watch ended it.
    """
    import duckdb

    bounds, watch = limits or Limits(), watch or Watch()
    (work / "spill").mkdir(parents=True, exist_ok=True)
    settings = {"memory_limit": bounds.memory, "temp_directory": str(work / "spill"), "threads": "2"}
    with (
        duckdb.connect(str(work / "import.duckdb"), config=settings) as connection,  # type: ignore[arg-type]
        watch.watching(connection),
    ):
        connection.execute("SET enable_progress_bar = true; SET enable_progress_bar_print = false")
        install(connection)
        _read(connection, mapping, data, bounds, work, watch)
        watch.step("held")
        hold(connection, held)
        _sources(connection, mapping.form)
        _understand(connection, mapping, watch)
        rows = connection.execute("SELECT (SELECT count(*) FROM fact) + (SELECT count(*) FROM item)").fetchone()
        watch.step("write", total=rows[0] if rows else 0)
        added = merged(extension, mapping.addition)
        staged = write_staged(
            connection, mapping, work / "staged", base=base, extension=added, held=extension, on_file=watch.piece
        )
        if rejected is not None:
            write_rejected(connection, mapping.form, rejected)
        return staged, report(connection, mapping.form)


def _read(  # noqa: PLR0913, PLR0917  see stage
    connection: "duckdb.DuckDBPyConnection", mapping: Mapping, data: Path, limits: Limits, work: Path, watch: Watch
) -> None:
    sizes = {name: _size(data, form.file) for name, form in mapping.form.tables.items()}
    watch.step("read", total=sum(sizes.values()), unit="bytes")
    for name, form in mapping.form.tables.items():
        watch.piece(sizes[name])
        read_table(connection, name, form, mapping.format_of(name), data, columns_of(name, mapping.form), limits, work)


def _size(data: Path, file: str) -> int:
    try:
        return (data / file).stat().st_size if file else 0
    except OSError:
        return 0  # whoever reads it says what is wrong


def _understand(connection: "duckdb.DuckDBPyConnection", mapping: Mapping, watch: Watch) -> None:
    """Decide what each row is."""
    form = mapping.form
    sizes = [_rows(connection, block) for block in form.entities]
    watch.step("entities", total=sum(sizes))
    entities.make_tables(connection)
    for number, entity_block in enumerate(form.entities):
        watch.piece(sizes[number])
        entities.add_block(connection, number, entity_block, mapping)
    entities.join_entities(connection)
    sizes = [_rows(connection, block) for block in form.facts]
    watch.step("facts", total=sum(sizes))
    facts.make_tables(connection, mapping.schema)
    for number, fact_block in enumerate(form.facts):
        watch.piece(sizes[number])
        facts.add_block(connection, number, fact_block, mapping)
    watch.step("compare")
    settle(connection, mapping)
    give(connection)


def _rows(connection: "duckdb.DuckDBPyConnection", block: EntitiesForm | FactsForm) -> int:
    query = f"SELECT count(*) FROM rows_{block.table} WHERE {condition(block.where)}"
    found = connection.execute(query).fetchone()
    return int(found[0]) if found else 0


def relations_of(mapping: Mapping) -> tuple[str, ...]:
    """Return the relations that the mapping fills."""
    named = {name for block in mapping.form.facts for name in ids_of(block.predicate)}
    return tuple(sorted(named & mapping.schema.relations.keys()))


def columns_of(table: str, form: MappingForm) -> Collection[str]:
    """Return the columns of a table that the mapping speaks of."""
    blocks: list[EntitiesForm | FactsForm] = [*form.entities, *form.facts]
    found: dict[str, None] = {}
    for block in blocks:
        if block.table == table:
            found |= dict.fromkeys(block.where)
            found |= dict.fromkeys(_cells(block.model_dump()))
    if sources := form.tables[table].sources:
        found[sources.column] = None
    return tuple(found)


def _cells(data: object) -> list[str]:
    """Return every `column` in a dumped form."""
    if isinstance(data, dict):
        own = [str(data["column"])] if isinstance(data.get("column"), str) else []
        return own + [column for value in data.values() for column in _cells(value)]
    if isinstance(data, list):
        return [column for value in data for column in _cells(value)]
    return []


def _sources(connection: "duckdb.DuckDBPyConnection", form: MappingForm) -> None:
    """Make `source_new`, the sources that the store lacks.

    Raises:
        ImportInvalid: the store cites something else by the key of one.
    """
    connection.execute("CREATE TABLE source_new AS SELECT * FROM old_source WHERE false")
    rows = [[key, s.title, s.edition, s.licence, s.grade.value, s.url] for key, s in form.sources.items()]
    connection.executemany("INSERT INTO source_new VALUES (?, ?, ?, ?, ?, ?)", rows)
    taken = connection.execute(
        "SELECT n.key, o.title, o.grade, o.edition FROM source_new n JOIN old_source o USING (key)"
        " WHERE (n.title, n.edition, n.grade) <> (o.title, o.edition, o.grade) ORDER BY key"
    ).fetchall()
    if taken:
        key, title, grade, edition = taken[0]
        message = (
            f"sources: the graph cites {title!r} (edition {edition or 'none'}, grade {grade}) by the key {key!r};"
            " declare it alike, or choose another key"
        )
        raise ImportInvalid(message, source=key)
    connection.execute("DELETE FROM source_new WHERE key IN (SELECT key FROM old_source)")
