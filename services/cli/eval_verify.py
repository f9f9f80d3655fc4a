"""`bencao eval verify`: the figures of the verifier, measured on the domain's own graph."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from services.cli.flags import AsJson, with_settings
from services.settings import Settings

__all__ = ["command"]

MISSED = 1


@with_settings
def command(
    seed: Annotated[int, typer.Option(help="Of the choices among possible cases.")] = 0,
    misses: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what went wrong, one case a line.")] = None,
    language: Annotated[str, typer.Option(help="Language of the report: `zh` or `en`.")] = "en",
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Measure the verifier of the domain; exit code 1 if a goal is missed."""
    asyncio.run(_measure(seed, misses, language, as_json, settings))


async def _measure(seed: int, misses: Path | None, language: str, as_json: bool, settings: Settings) -> None:
    from reasoning.evaluation import evaluate_verify
    from services.compose import open_service

    async with open_service(settings) as service:
        domain = service.domains[service.default]
        async with domain.store.snapshot() as snapshot:
            report = await evaluate_verify(domain, snapshot, seed=seed)
    if misses:
        lines = [json.dumps(miss, ensure_ascii=False) for miss in report.misses]
        await asyncio.to_thread(misses.write_text, "\n".join([*lines, ""]), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(report.as_json(), ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(report.lines(language)))
    if not report.passed:
        raise typer.Exit(MISSED)
