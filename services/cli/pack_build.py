"""`bencao pack build`: load a pack's graph into the store, all or nothing."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from services.cli.flags import AsJson, with_settings
from services.settings import Settings

__all__ = ["command"]


@with_settings
def command(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder of the pack; the default domain's if none is given.")
    ] = None,
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Check a pack and load it into the graph store; a build that fails leaves the old graph as it was."""
    asyncio.run(_build(folder, as_json, settings))


async def _build(folder: Path | None, as_json: bool, settings: Settings) -> None:
    from kg.pack.read import read_pack
    from services.compose import open_store, packs

    pack = await asyncio.to_thread(read_pack, folder or packs(settings)[settings.domain])
    store = open_store(settings, pack)
    try:
        revision = await store.load(pack.graph)
    finally:
        await store.close()
    counts = {"entities": len(pack.graph.entities), "facts": len(pack.graph.facts)}
    if as_json:
        typer.echo(json.dumps({"id": pack.id, "version": pack.version, "revision": revision.token, **counts}, indent=2))
    else:
        words = ", ".join(f"{count} {what}" for what, count in counts.items())
        typer.echo(f"{pack.id} {pack.version}: {words} in {settings.store}, revision {revision.token}")
