"""`bencao entity`: what the graph knows of one thing."""

import asyncio
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from kg.errors import NotFound
from services.cli.ask import Server
from services.cli.flags import AsJson, with_settings
from services.settings import Settings

if TYPE_CHECKING:
    from bencao.client import Client

__all__ = ["command"]


@with_settings
def command(
    name: Annotated[str, typer.Argument(metavar="NAME_OR_ID", help="A name in any language, or an entity id.")],
    language: Annotated[str, typer.Option(help="Language of labels: `zh`, `en`, or empty for the name's.")] = "",
    server: Server = "",
    as_json: AsJson = False,
    *,
    settings: Settings,
) -> None:
    """Show one entity and what the graph says about it."""
    asyncio.run(_show(name, language, server, as_json, settings))


async def _show(name: str, language: str, server: str, as_json: bool, settings: Settings) -> None:
    from services.cli.connect import connect, print_json
    from services.cli.show import language_of, show_entity

    labels = language[:2] if language[:2] in {"zh", "en"} else language_of(name)
    async with connect(server, settings) as client:
        response = await client.get_entity(await _resource(client, name, settings.domain, labels))
    if as_json:
        print_json(response)
    else:
        show_entity(response, labels, Console())


async def _resource(client: "Client", name: str, domain: str, language: str) -> str:
    """Return the resource name of what `name` names: itself, the only entity of that name or id, never a guess."""
    if name.startswith("domains/"):
        return name
    hits = (await client.search_entities(domain, name, language=language, page_size=10)).hits
    exact = [hit.entity for hit in hits if name in {hit.matched_label, hit.entity.name.rpartition("/")[2]}]
    named = exact or [hit.entity for hit in hits if hit.matched_label.casefold() == name.casefold()]
    if len(named) == 1:
        return named[0].name
    if not hits:
        return f"domains/{domain}/entities/{name}"  # an id, perhaps; the server says if there is none
    candidates = ", ".join(
        f"{entity.display_name} ({entity.name.rpartition('/')[2]})" for entity in named or [hit.entity for hit in hits]
    )
    complaint = "names several things" if named else "names nothing exactly"
    message = f"{name!r} {complaint}; ask for one of: {candidates}"
    raise NotFound(message, name=name)
