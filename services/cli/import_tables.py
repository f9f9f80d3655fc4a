"""`bencao import`: third-party tables into a domain, as a mapping says."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from kg.imports.report import FATES, Report
from services.cli.flags import AsJson, with_settings
from services.settings import Settings

__all__ = ["command"]


@with_settings
def command(
    mapping: Annotated[Path, typer.Argument(metavar="MAPPING.yaml", help="What the columns mean; see the README.")],
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the tables; the mapping's own if none is given.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would happen and change nothing.")] = False,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Import tables into a domain: all of it or nothing; running it again changes nothing."""
    from services.imports import import_tables

    with _steps() as on_step:
        found, revision = asyncio.run(import_tables(mapping, data, settings, dry_run=dry_run, on_step=on_step))
    if as_json:
        typer.echo(json.dumps({**asdict(found), "revision": revision.token}, ensure_ascii=False, indent=2))
        return
    _print(found)
    what = "would be new" if dry_run else "are new"
    typer.echo(f"{found.entities} entities and {found.facts} facts {what}, {found.disputed} of them disputed")
    if found.names_dropped:
        typer.echo(f"{found.names_dropped} names of several things were given to none of them")
    typer.echo(f"revision {revision.token}" + (" (unchanged)" if dry_run else ""))


@contextmanager
def _steps() -> Iterator[Callable[[str], None]]:
    """Show what is being done, and for how long."""
    with Progress(
        SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=Console(stderr=True)
    ) as progress:
        running: list[TaskID] = []

        def on_step(step: str) -> None:
            for task in running:
                progress.update(task, total=1, completed=1)
            running[:] = [progress.add_task(step, total=None)]

        yield on_step


def _print(found: Report) -> None:
    console = Console(soft_wrap=True)
    table = Table(box=None, pad_edge=False)
    for heading in ("block", "table", "rows", *FATES):
        table.add_column(heading, justify="left" if heading in {"block", "table"} else "right", no_wrap=True)
    for block in found.blocks:
        fates = [str(block.fates[fate]) for fate in FATES]
        table.add_row(block.block, block.table, str(block.rows), *fates)
    console.print(table)
    for each in found.tables:
        for reason, number in each.unreadable.items():
            console.print(f"{each.table}: {number} rows are no rows: {reason}", markup=False)
        if each.untaken:
            console.print(f"{each.table}: {each.untaken} rows are taken by no block of the mapping", markup=False)
    for block in found.blocks:
        for reason, number in sorted(block.reasons.items(), key=lambda item: -item[1]):
            shown = "; ".join(block.examples.get(reason, ()))
            console.print(f"{block.block}: {number} × {reason}, such as {shown}", markup=False)
