"""`bencao doctor`: what is installed, what is reachable, what is missing, and the command that mends it."""

import asyncio
import importlib.metadata
import importlib.util
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Literal

import typer
from rich.console import Console
from rich.text import Text

from kg.errors import BencaoError, PackInvalid
from services.cli.flags import AsJson, with_settings
from services.settings import Settings

__all__ = ["Check", "command"]

EXTRAS: Final = {
    "local": ("xllamacpp", "the local model (GGUF files)"),
    "openai": ("langchain_openai", "OpenAI-compatible model servers"),
    "transformers": ("transformers", "models by transformers"),
}
STYLES: Final = {"ok": "green", "missing": "yellow", "broken": "bold red"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. `missing` things are optional; `broken` ones stop the service. `mend` is a command."""

    name: str
    state: Literal["ok", "missing", "broken"]
    detail: str
    mend: str = ""


@with_settings
def command(as_json: AsJson = False, *, settings: Settings) -> None:
    """Say what is installed, reachable and missing, and the command that mends it. Exits 1 if anything is broken."""
    checks = asyncio.run(_all(settings))
    if as_json:
        typer.echo(json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=2))
    else:
        console = Console()
        for check in checks:
            line = Text(f"{check.state:<8}", style=STYLES[check.state])
            line.append(f"{check.name}: {check.detail}", style="default")
            line.append(f"\n{'':<8}→ {check.mend}" if check.mend else "", style="default")
            console.print(line, soft_wrap=True)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)


async def _all(settings: Settings) -> list[Check]:
    checks = [*_installed(), *await asyncio.to_thread(lambda: list(_packs(settings)))]
    return [*checks, await _graph(settings), _model(settings), await _server(settings)]


def _installed() -> Iterator[Check]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Check("bencao", "ok", f"{importlib.metadata.version('bencao')} on Python {python}")
    for extra, (module, purpose) in EXTRAS.items():
        if importlib.util.find_spec(module):
            yield Check(f"extra {extra}", "ok", purpose)
        else:
            yield Check(f"extra {extra}", "missing", purpose, f"pip install 'bencao[{extra}]'")


def _packs(settings: Settings) -> Iterator[Check]:
    from kg.pack.find import find_packs
    from kg.pack.read import read_pack

    found = find_packs(settings.packs)
    for name, folder in found.items():
        try:
            pack = read_pack(folder)
        except PackInvalid as invalid:
            more = f" and {len(invalid.faults) - 1} more" if len(invalid.faults) > 1 else ""
            yield Check(f"pack {name}", "broken", invalid.faults[0] + more, f"bencao pack check {folder}")
        else:
            facts = f"{len(pack.graph.entities)} entities, {len(pack.graph.facts)} facts"
            yield Check(f"pack {name}", "ok", f"version {pack.version}, {facts}, {folder}")
    if settings.domain not in found:
        known = ", ".join(found) or "none"
        yield Check("domain", "broken", f"no pack {settings.domain!r}; there is: {known}", "bencao serve --domain ID")


async def _server(settings: Settings) -> Check:
    from bencao.client import CallFailed, Client

    address = f"{settings.host}:{settings.port}"
    try:
        async with Client(address, timeout=1.0) as client:
            return Check("server", "ok", f"{address} says {await client.health()}")
    except CallFailed:
        return Check("server", "missing", f"none answers at {address}", "bencao serve")


async def _graph(settings: Settings) -> Check:
    from kg.pack.read import read_pack
    from services.compose import embedded_file, open_store, packs

    where = f"Neo4j at {settings.neo4j_uri}" if settings.store == "neo4j" else f"embedded in {settings.graph}"
    try:
        pack = await asyncio.to_thread(read_pack, packs(settings)[settings.domain])
        if settings.store == "ladybug" and not embedded_file(settings, pack.id).exists():
            return Check("graph", "missing", f"{where}: not built yet; serving builds it", "bencao pack build")
        store = open_store(settings, pack)
        try:
            async with store.snapshot() as snapshot:
                held = snapshot.revision
        finally:
            await store.close()
    except BencaoError as error:
        return Check("graph", "broken", f"{where}: {str(error).splitlines()[0]}")
    if held.digest != pack.graph.digest():
        return Check("graph", "missing", f"{where}: {held.token} differs from its pack", "bencao pack build")
    return Check("graph", "ok", f"{where}, revision {held.token}")


def _model(settings: Settings) -> Check:
    from reasoning.llm.cache import default_model_path, pulled_model
    from services.compose import chosen_model

    name = chosen_model(settings)
    if settings.model == "none":
        return Check("model", "ok", "none, by BENCAO_MODEL")
    if not name or (name == "local" and not pulled_model()):
        state: Literal["missing", "broken"] = "broken" if settings.model else "missing"
        there = "is not checked" if default_model_path().exists() else "is not there"
        words = f"{default_model_path()} {there}; answers come from the graph alone"
        return Check("model", state, words, "bencao model pull")
    if name.endswith(".gguf") and not Path(name).expanduser().is_file():
        return Check("model", "broken", f"{name} is no file", "bencao model pull")
    return Check("model", "ok", f"{default_model_path()}, checked" if name == "local" else f"{name}, not tried")
