"""One import from mapping to staged rows, in a DuckDB file that is thrown away afterwards."""

from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING

from kg.imports.entities import add_entities
from kg.imports.extension import merged
from kg.imports.facts import add_facts
from kg.imports.files import Limits
from kg.imports.forms import EntitiesForm, FactsForm, MappingForm
from kg.imports.held import Held, hold
from kg.imports.mapping import Mapping
from kg.imports.names import install
from kg.imports.readers import read_table
from kg.imports.report import Report, report
from kg.imports.stage import write_staged
from kg.imports.staged import Staged

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
    on_step: Callable[[str], None] = lambda _step: None,
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
        on_step: called with the name of each step that begins: a table, `entities`, `facts`, `rows`.

    Raises:
        ImportInvalid: a table cannot be used; nothing was applied.
    """
    import duckdb

    bounds = limits or Limits()
    (work / "spill").mkdir(parents=True, exist_ok=True)
    settings = {"memory_limit": bounds.memory, "temp_directory": str(work / "spill"), "threads": "2"}
    with duckdb.connect(str(work / "import.duckdb"), config=settings) as connection:  # type: ignore[arg-type]
        install(connection)
        for name, form in mapping.form.tables.items():
            on_step(name)
            columns = columns_of(name, mapping.form)
            read_table(connection, name, form, mapping.format_of(name), data, columns, bounds, work)
        on_step("entities")
        hold(connection, held)
        add_entities(connection, mapping.form)
        on_step("facts")
        add_facts(connection, mapping.form, mapping.schema)
        on_step("rows")
        _sources(connection, mapping.form)
        added = merged(extension, mapping.addition)
        staged = write_staged(connection, mapping, work / "staged", base=base, extension=added, held=extension)
        return staged, report(connection, mapping.form)


def relations_of(mapping: Mapping) -> tuple[str, ...]:
    """Return the relations that the mapping fills and that the domain had before: their facts may be met again."""
    named = set()
    for block in mapping.form.facts:
        named |= {block.predicate} if isinstance(block.predicate, str) else set(block.predicate.map.values())
    return tuple(sorted(named & mapping.schema.relations.keys()))


def columns_of(table: str, form: MappingForm) -> Collection[str]:
    """Return the columns of a table that the mapping speaks of."""
    blocks: list[EntitiesForm | FactsForm] = [*form.entities, *form.facts]
    found: dict[str, None] = {}
    for block in blocks:
        if block.table == table:
            found |= dict.fromkeys(block.where)
            found |= dict.fromkeys(_cells(block.model_dump()))
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
    connection.execute("""
        CREATE TABLE source_new(key VARCHAR, title VARCHAR, edition VARCHAR, licence VARCHAR, grade VARCHAR, url VARCHAR)
    """)
    rows = [[key, s.title, s.edition, s.licence, s.grade.value, s.url] for key, s in form.sources.items()]
    connection.executemany("INSERT INTO source_new VALUES (?, ?, ?, ?, ?, ?)", rows)
    connection.execute("DELETE FROM source_new WHERE key IN (SELECT key FROM old_source)")
