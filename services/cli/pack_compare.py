"""`bencao pack compare`: a pack against another pack or against imported tables, relation by relation."""

import csv
import json
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from kg.model import Graph
from kg.pack.compare import Comparison, RelationComparison, Standing, compare
from kg.pack.content import Pack
from services.cli.flags import AsJson

__all__ = ["command"]


def command(
    folder: Annotated[Path, typer.Argument(metavar="PACK", help="Folder of the pack.")],
    other: Annotated[
        Path, typer.Argument(metavar="OTHER", help="Folder of another pack, or a mapping of `bencao import`.")
    ],
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the mapping's tables; its own if none is given.")
    ] = None,
    listing: Annotated[
        Path | None, typer.Option("--list", metavar="FILE", help="Write every compared statement to FILE as CSV.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Print where two sources of facts agree, where they differ, and what only one of them says."""
    from kg.pack.read import read_pack

    pack = read_pack(folder)
    found = compare(pack.graph, _graph(other, data, pack), pack.schema)
    if listing is not None:
        _write(listing, found, pack)
    if as_json:
        relations = [{**_figures(each), "relation": each.relation} for each in found.relations]
        typer.echo(json.dumps({"paired": found.paired, "relations": relations}, indent=2))
    else:
        _print(found)


def _graph(other: Path, data: Path | None, pack: Pack) -> Graph:
    from kg.pack.read import read_pack

    if other.is_dir():
        return read_pack(other).graph
    from kg.imports.graph import mapped_graph

    with tempfile.TemporaryDirectory(prefix="bencao-compare-") as work:
        return mapped_graph(other, data or other.parent, pack, Path(work))


def _print(found: Comparison) -> None:
    console = Console(soft_wrap=True)
    console.print(f"{found.paired} entities are in both", markup=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("relation", no_wrap=True)
    headings = ("facts", "other's", "of unknown things", "subjects", *(each.value for each in Standing), "agreement")
    for heading in headings:
        table.add_column(heading, justify="right")
    for each in found.relations:
        table.add_row(each.relation, *(str(figure) for figure in _figures(each).values()))
    console.print(table)


def _figures(each: RelationComparison) -> dict[str, object]:
    share = "" if each.agreement is None else f"{each.agreement:.1%}"
    counts = {standing.value: each.counts[standing] for standing in Standing}
    return {
        "first": each.first,
        "second": each.second,
        "unpaired": each.unpaired,
        "subjects": each.subjects,
        **counts,
        "agreement": share,
    }


def _write(file: Path, found: Comparison, pack: Pack) -> None:
    names = {entity.id: entity.label(pack.reference_language) for entity in pack.graph.entities}
    with file.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened, lineterminator="\n")
        writer.writerow(("relation", "subject", "standing", "first", "second", "sources"))
        for each in found.statements:
            row = (each.relation, names[each.subject], each.standing, each.first, each.second, "|".join(each.sources))
            writer.writerow(row)
