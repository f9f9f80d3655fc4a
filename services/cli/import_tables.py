"""`bencao import`: third-party tables into a domain, as a mapping says."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from kg.imports.report import FATES, Report
from kg.imports.watch import Progress as Step
from kg.messages import text
from services.cli.flags import AsJson, with_settings
from services.settings import Settings, SettingsInvalid

__all__ = ["command", "into"]

_MEGA: Final = 1_000_000
_WIDE: Final = 160  # characters of the table of figures


@with_settings
def command(
    mapping: Annotated[Path, typer.Argument(metavar="MAPPING.yaml", help="What the columns mean; see the README.")],
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the tables; the mapping's own if none is given.")
    ] = None,
    store_to: Annotated[
        str,
        typer.Option(
            "--into",
            metavar="STORE",
            help="Where to: the folder of an embedded graph, or the address of a Neo4j server.",
        ),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would happen and change nothing.")] = False,
    rejected: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write every row that is not taken to FILE as CSV.")
    ] = None,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Import tables into a domain: all of it or nothing; running it again changes nothing."""
    from services.imports import Import, import_tables

    wanted = Import(mapping, data, dry_run, rejected)
    with _steps() as on_progress:
        found, revision = asyncio.run(import_tables(wanted, into(settings, store_to), on_progress=on_progress))
    if as_json:
        typer.echo(json.dumps({**asdict(found), "revision": revision.token}, ensure_ascii=False, indent=2))
        return
    _print(found)
    would = "would be" if dry_run else "are"
    typer.echo(
        f"{found.entities} entities and {found.facts} facts {would} new ({found.disputed} disputed);"
        f" {found.entities_changed} entities and {found.facts_changed} facts {would} changed"
        f" ({found.disputed_held} come to be disputed)"
    )
    for reason, number in found.names_dropped.items():
        typer.echo(f"{number} further names {would} given to nothing: {reason}")
    if found.properties_kept:
        typer.echo(f"{found.properties_kept} properties differ from those that are there, which stay")
    typer.echo(f"revision {revision.token}" + (" (unchanged)" if dry_run else ""))


def into(settings: Settings, store: str) -> Settings:
    """Return the settings with another place for the graph: a kind of store, a folder, or an address.

    Raises:
        SettingsInvalid: it is none of these.
    """
    if not store:
        return settings
    if store in {"ladybug", "neo4j"}:
        return settings.model_copy(update={"store": store})
    scheme, separator, _ = store.partition("://")
    if not separator:
        return settings.model_copy(update={"store": "ladybug", "graph": Path(store).expanduser()})
    if scheme.partition("+")[0] in {"neo4j", "bolt"}:
        return settings.model_copy(update={"store": "neo4j", "neo4j_uri": store})
    message = f"--into: {store!r} is no store; write a folder, or an address such as neo4j://HOST:7687"
    raise SettingsInvalid(message, setting="--into")


@contextmanager
def _steps() -> Iterator[Callable[[Step], None]]:
    """Show each step, how fast it goes, and how long it will take."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=30),
        TextColumn("{task.fields[rate]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        running: dict[str, TaskID] = {}

        def on_progress(step: Step) -> None:
            if not step.step:
                return
            if step.step not in running:
                for task in running.values():
                    total = progress.tasks[task].total or 1
                    progress.update(task, total=total, completed=total)
                running[step.step] = progress.add_task(text(f"import_{step.step}", "en"), total=None, rate="")
            task = running[step.step]
            elapsed = progress.tasks[task].elapsed or 0
            progress.update(
                task, total=step.total or None, completed=step.done, rate=_rate(step, elapsed) if elapsed else ""
            )

        yield on_progress


def _rate(step: Step, elapsed: float) -> str:
    if not step.done:
        return ""
    per_second = step.done / elapsed
    if step.unit == "bytes":
        return f"{per_second / _MEGA:.1f} MB/s"
    return f"{step.done:,} of {step.total:,} rows, {per_second:,.0f}/s"


def _print(found: Report) -> None:
    console = Console(soft_wrap=True)
    if not console.is_terminal:
        console = Console(soft_wrap=True, width=_WIDE)  # for files and pipes, which have no width
    table = Table(box=None, pad_edge=False)
    headings = ("block", "table", "rows", "said", *FATES)
    for heading in headings:
        table.add_column(heading, justify="left" if heading in {"block", "table"} else "right", no_wrap=True)
    for block in found.blocks:
        fates = [str(block.fates[fate]) for fate in FATES]
        table.add_row(block.block, block.table, str(block.rows), str(block.said), *fates)
    console.print(table)
    for each in found.tables:
        for reason, number in each.unreadable.items():
            console.print(f"{each.table}: {number} rows cannot be read: {reason}", markup=False)
        if each.untaken:
            console.print(f"{each.table}: {each.untaken} of {each.rows} rows are taken by no block", markup=False)
    for block in found.blocks:
        for reason, number in block.reasons.items():
            shown = "; ".join(block.examples.get(reason, ()))
            console.print(f"{block.block}: {number} × {reason}, such as {shown}", markup=False)
