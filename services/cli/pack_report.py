"""`bencao pack report`: what a pack covers and how far it was checked, as a table or as a page."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.table import Table

from kg.messages import LANGUAGES, text
from kg.model import Review
from kg.pack.content import Pack
from kg.pack.report import Coverage, coverage
from services.cli.flags import AsJson

__all__ = ["command", "page"]

_TEMPLATE: Final = "report.html"


def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the pack.")],
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a self-contained page with plots to FILE.")
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the headings: `zh` or `en`.")] = "en",
    as_json: AsJson = False,
) -> None:
    """Draw what a pack covers: entities, facts per relation, review status, sources, orphans, conflicts."""
    from kg.pack.read import read_pack

    if language not in LANGUAGES:
        message = f"{language!r} is not one of {', '.join(LANGUAGES)}"
        raise typer.BadParameter(message, param_hint="--language")
    pack = read_pack(folder)
    found = coverage(pack)
    if html is not None:
        html.write_text(page(pack, found, language), encoding="utf-8")
        typer.echo(str(html))
    elif as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
    else:
        _print(pack, found, language)


def page(pack: Pack, found: Coverage, language: str) -> str:
    """Return the report as one HTML page that loads nothing."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("services.cli", "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    entities = {entity.id: entity for entity in pack.graph.entities}
    return environment.get_template(_TEMPLATE).render(
        title=_title(pack, language),
        summary=_summary(found, language),
        language=language,
        coverage=found,
        types=pack.schema.types,
        relations=pack.schema.relations,
        sources={source.key: source for source in pack.graph.sources},
        most=max((each.facts for each in found.relations), default=1) or 1,
        reviews=list(Review),
        say=lambda key: text(f"report.{key}", language),
        name=lambda entity: entities[entity].label(language, pack.reference_language),
    )


def _print(pack: Pack, found: Coverage, language: str) -> None:
    def say(key: str) -> str:
        return text(f"report.{key}", language)

    console = Console(soft_wrap=True)
    console.print(_title(pack, language), style="bold", markup=False)
    console.print(_summary(found, language), markup=False)
    kinds = _table(say("type"), say("count"), say("orphan_count"))
    for kind in found.types:
        kinds.add_row(pack.schema.types[kind.type].label[language], str(kind.entities), str(len(kind.orphans) or ""))
    relations = _table(say("relation"), say("facts"), say("derived"), *map(say, Review), say("disputed"))
    for each in found.relations:
        counts = [each.facts, each.derived, *(each.reviews.get(review, 0) for review in Review), each.disputed]
        relations.add_row(each.relation, *(str(count or "") for count in counts))
    sources = _table(say("source"), say("cited"), say("alone"))
    for source in sorted(found.sources, key=lambda s: -s.facts):
        sources.add_row(source.key, str(source.facts), str(source.alone or ""))
    for table in (kinds, relations, sources):
        console.print(table)
    console.print(say("honesty"), markup=False)


def _table(first: str, *rest: str) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(first, no_wrap=True)
    for heading in rest:
        table.add_column(heading, justify="right")
    return table


def _title(pack: Pack, language: str) -> str:
    return text("report.title", language, pack=pack.title.get(language, pack.id), version=pack.version)


def _summary(found: Coverage, language: str) -> str:
    figures: dict[str, Any] = {
        "entities": sum(each.entities for each in found.types),
        "facts": found.facts,
        "derived": sum(each.derived for each in found.relations),
        "sources": len(found.sources),
        "conflicts": len(found.conflicts),
        "orphans": found.orphans,
    }
    return text("report.summary", language, **figures)
