"""`bencao eval kgqa`: a public set of multi-hop questions over triples, answered with a pack made of the triples."""

import asyncio
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from services.cli.flags import AsJson, with_settings
from services.settings import Settings

__all__ = ["command"]


@with_settings
def command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder with kb.txt, pack.yaml and *hop*.txt.")],
    limit: Annotated[int, typer.Option(min=0, help="Questions of each number of hops; 0 for all.")] = 0,
    misses: Annotated[Path | None, typer.Option(metavar="FILE", help="Write what was not exact, one a line.")] = None,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Report hits@1 and exact sets by hops."""
    asyncio.run(_measure(folder, limit, misses, as_json, settings))


async def _measure(folder: Path, limit: int, misses: Path | None, as_json: bool, settings: Settings) -> None:
    from services.compose import open_service
    from services.evaluation.kgqa import measure, read_asked
    from services.evaluation.triples import build_pack, read_mapped

    mapped = await asyncio.to_thread(read_mapped, folder)
    questions = await asyncio.to_thread(read_asked, folder, limit)
    with tempfile.TemporaryDirectory(prefix="bencao-kgqa-") as room:
        made = Path(room) / "pack"
        await asyncio.to_thread(build_pack, mapped, made)
        own = {"packs": (made,), "domain": mapped.form.id, "graph": Path(room) / "graph", "store": "ladybug"}
        async with open_service(settings.model_copy(update=own)) as service:
            domain = service.domains[service.default]
            found = await measure(questions, domain, settings.answer_timeout, lambda _question, _exact: None)
    if misses:
        lines = [json.dumps(miss, ensure_ascii=False) for each in found.values() for miss in each.misses]
        await asyncio.to_thread(misses.write_text, "\n".join([*lines, ""]), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps({str(hops): asdict(each) for hops, each in found.items()}, ensure_ascii=False, indent=2))
        return
    typer.echo(f"{len(mapped.triples)} triples, {mapped.left_out} of relations that pack.yaml does not name")
    typer.echo("| hops | questions | hits@1 | exact | not answered |\n| --- | --- | --- | --- | --- |")
    for hops, each in found.items():
        shares = (f"{part / each.number:.3f}" for part in (each.hit, each.exact, each.silent))
        typer.echo(f"| {hops} | {each.number} | {' | '.join(shares)} |")
