"""The composition root: turns settings into domains at work, and closes what it opened."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from kg.errors import PackInvalid, StoreMisconfigured, UnknownDomain
from kg.imports.extension import extend
from kg.pack.content import Pack
from kg.pack.find import find_packs
from kg.pack.read import read_pack
from kg.store import GraphStore
from reasoning.llm.cache import pulled_model
from reasoning.llm.errors import ModelUnavailable
from services.settings import Settings, SettingsInvalid

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from reasoning.domain import Domain

__all__ = ["Service", "Stage", "chosen_model", "embedded_file", "load_missing", "open_service", "open_store", "packs"]

LOG = structlog.get_logger(__name__)


class Stage(StrEnum):
    """What opening a service is busy with."""

    READ = "read"
    BUILD = "build"
    INDEX = "index"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that a transport serves; `default` is the id of the domain meant where none is named."""

    settings: Settings
    domains: "Mapping[str, Domain]"
    default: str


@asynccontextmanager
async def open_service(
    settings: Settings, *, on_stage: Callable[[Stage, str], None] = lambda _stage, _about: None
) -> AsyncIterator[Service]:
    """Open all packs found, their stores and the model; close them at the end of the block.

    An embedded graph that is absent or differs from its pack is built first. What was not asked
    for by name, a pulled model or another installed pack, is done without if it cannot be opened.

    Args:
        settings: what to open.
        on_stage: called with the stage that begins and the domain or model that it is about.

    Raises:
        UnknownDomain: there is no pack of the default domain.
        PackInvalid: the default domain's pack, or one that was named, breaks the contract.
        StoreMisconfigured, GraphUnavailable: a store cannot be opened or built.
        ModelUnavailable: the model that was named cannot be opened.
    """
    folders = packs(settings)
    chosen_model(settings)  # what is wrong with the settings is said before anything slow begins
    from reasoning.domain import open_domain  # brings the libraries of language models, which a build does not need

    read = [pack async for pack in _read(settings, folders, on_stage)]
    async with AsyncExitStack() as stack:
        on_stage(Stage.MODEL, chosen_model(settings))
        # Loading a model takes one core for seconds: the domains are opened meanwhile. The thread that loads
        # cannot be stopped, so a failure waits for it; what it opened is then closed like the rest.
        opening = asyncio.create_task(_open_model(settings, stack))
        stack.push_async_callback(asyncio.wait, {opening})
        domains = {}
        for pack in read:
            on_stage(Stage.BUILD, pack.id)
            whole = await _prepared(settings, pack)
            store = open_store(settings, whole)
            stack.push_async_callback(store.close)
            on_stage(Stage.INDEX, pack.id)
            names = settings.graph / "names"
            domains[pack.id] = await open_domain(whole, store, row_limit=settings.row_limit, names=names)
        model, name = await opening
        with_model = {key: replace(domain, model=model, model_name=name) for key, domain in domains.items()}
        gc.collect()
        gc.freeze()  # packs and indexes stay: looking through them for garbage takes a third of a second each time
        stack.callback(gc.unfreeze)
        yield Service(settings, with_model, settings.domain)


async def _read(
    settings: Settings, folders: Mapping[str, Path], on_stage: Callable[[Stage, str], None]
) -> AsyncIterator[Pack]:
    for domain, folder in folders.items():
        on_stage(Stage.READ, domain)
        try:
            yield await asyncio.to_thread(read_pack, folder)
        except PackInvalid as error:
            if domain == settings.domain or folder in settings.packs:
                raise
            LOG.warning("installed pack left out", domain=domain, because=error.faults[0], faults=len(error.faults))


def packs(settings: Settings) -> Mapping[str, Path]:
    """Return id → folder of the packs to serve, the default domain among them.

    Raises:
        UnknownDomain: there is no pack of the default domain.
    """
    found = find_packs(settings.packs)
    if settings.domain not in found:
        known = ", ".join(sorted(found)) or "none"
        message = f"no pack has the id {settings.domain!r}; installed: {known}; `--packs DIR` adds one"
        raise UnknownDomain(message, domain=settings.domain)
    return found


def open_store(settings: Settings, pack: Pack) -> GraphStore:
    """Return the store of a pack's domain; it connects when first used."""
    if settings.store == "neo4j":
        from kg.stores.neo4j import Neo4jStore

        return Neo4jStore(
            settings.neo4j_uri,
            settings.neo4j_user,
            settings.neo4j_password.get_secret_value(),
            settings.neo4j_database,
            pack.schema,
            pack.id,
            time_limit=settings.query_timeout,
        )
    from kg.stores.ladybug import LadybugStore

    return LadybugStore(embedded_file(settings, pack.id), pack.schema, pack.id, time_limit=settings.query_timeout)


def embedded_file(settings: Settings, domain: str) -> Path:
    """Return the file of a domain's embedded graph, be it there or not."""
    return settings.graph / f"{domain}.ladybug"


def chosen_model(settings: Settings) -> str:
    """Return the name of the model to open, `local` standing for the pulled one, or an empty text for none.

    Raises:
        SettingsInvalid: a server for the model is set, but no model.
    """
    if settings.model == "none":
        return ""
    if settings.model:
        return settings.model
    if settings.model_base_url:
        message = (
            f"BENCAO_MODEL_BASE_URL is {settings.model_base_url} but BENCAO_MODEL names no model; set `openai:NAME`"
        )
        raise SettingsInvalid(message, setting="BENCAO_MODEL")
    return "local" if pulled_model() else ""


async def _prepared(settings: Settings, pack: Pack) -> Pack:
    """Return the pack as its store holds it: loaded if need be, and with what imports added to it."""
    store = open_store(settings, pack)
    try:
        await load_missing(settings, store, pack)
        origin = await store.origin()
    finally:
        await store.close()
    return extend(pack, origin.extension)


async def load_missing(settings: Settings, store: GraphStore, pack: Pack) -> None:
    """Load a pack's graph where it is absent or, in an embedded store, another one; never over what was imported.

    A server's graph is left to whoever runs it.
    """
    try:
        origin = await store.origin()
    except StoreMisconfigured:
        origin = None  # nothing there yet, or something that only loading can mend or explain
    digest = pack.graph.digest()
    if origin is None or not origin.revision.number:
        await store.load(pack.graph)
    elif origin.base == digest:
        return
    elif settings.store == "ladybug" and origin.base == origin.revision.digest:
        await store.load(pack.graph)
    else:
        mend = "bencao pack build" + (", then import again" if origin.base != origin.revision.digest else "")
        LOG.warning("graph differs from its pack", domain=pack.id, mend=mend, revision=origin.revision.token)


async def _open_model(settings: Settings, stack: AsyncExitStack) -> "tuple[BaseChatModel | None, str]":
    name = chosen_model(settings)
    if not name:
        return None, ""
    from reasoning.llm.open import close_model, open_model

    try:
        model = await asyncio.to_thread(
            open_model,
            name,
            base_url=settings.model_base_url or None,
            api_key=settings.model_api_key,
            timeout=settings.model_timeout,
        )
    except ModelUnavailable as error:
        if settings.model:
            raise
        LOG.warning("answering without a language model", because=str(error))
        return None, ""
    stack.push_async_callback(asyncio.to_thread, close_model, model)
    return model, str(getattr(model, "model_name", name))
