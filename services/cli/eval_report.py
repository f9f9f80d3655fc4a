"""`bencao eval report`: scores what `bencao eval answers` recorded; one page, and the table of the README."""

import json
from pathlib import Path
from typing import Annotated, Final

import typer

from kg.messages import LANGUAGES
from services.cli.flags import with_settings
from services.settings import Settings

__all__ = ["command"]

_OUT: Final = Path("answers")


@with_settings
def command(
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the records.")] = _OUT,
    html: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the page to FILE.")] = None,
    language: Annotated[str, typer.Option(help="Language of the page: `zh` or `en`.")] = "en",
    *,
    settings: Settings,
) -> None:
    """Score recorded answers and print the table of the README."""
    from kg.pack.read import read_pack
    from reasoning.evaluation.questions import read_questions
    from reasoning.evaluation.scoring import Scorer
    from services.compose import packs
    from services.evaluation.page import markdown, page
    from services.evaluation.run import read_records
    from services.evaluation.tallies import scored

    if language not in LANGUAGES:
        message = f"{language!r} is not one of {', '.join(LANGUAGES)}"
        raise typer.BadParameter(message, param_hint="--language")
    records = read_records(out)
    if not records:
        message = f"{out} holds no records; run `bencao eval answers --out {out}` first"
        raise typer.BadParameter(message, param_hint="--out")
    pack = read_pack(packs(settings)[settings.domain])
    about = json.loads((out / "run.json").read_text(encoding="utf-8")) if (out / "run.json").exists() else {}
    arms = scored({case.id: case for case in read_questions(pack)}, records, Scorer(pack))
    if html is not None:
        html.write_text(page(pack, arms, about, language), encoding="utf-8")
    typer.echo(markdown(arms, about))
