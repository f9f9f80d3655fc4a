"""A server on a real socket over the minerals pack in an embedded store, with the real agent or a scripted one."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest
import pytest_asyncio
from structlog.testing import capture_logs
from structlog.typing import EventDict

from kg.pack.read import read_pack
from kg.stores.ladybug import LadybugStore
from reasoning.domain import open_domain
from services.rpc.handlers.answers import Ask
from services.rpc.server import serving
from services.settings import Settings
from tests.rpc.parts import Minerals, Script, Serve

PACK = Path(__file__).parents[1] / "packs" / "minerals"


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[EventDict]]:
    """What is logged, instead of printing it."""
    with capture_logs() as lines:
        yield lines


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the pack's graph; no test here writes to it."""
    pack = read_pack(PACK)
    file = tmp_path_factory.mktemp("rpc") / "minerals.db"

    async def load() -> None:
        store = LadybugStore(file, pack.schema, pack.id)
        await store.load(pack.graph)
        await store.close()

    asyncio.run(load())
    return file


@pytest_asyncio.fixture
async def service(loaded: Path) -> AsyncIterator[Minerals]:
    """The pack, opened and indexed."""
    pack = read_pack(PACK)
    store = LadybugStore(loaded, pack.schema, pack.id)
    try:
        yield Minerals({pack.id: await open_domain(pack, store)})
    finally:
        await store.close()


@pytest.fixture
def serve(service: Minerals) -> Serve:
    """Start a server for `service` on a free port."""

    @asynccontextmanager
    async def start(ask: Ask | None = None, **options: float) -> AsyncIterator[str]:
        settings = Settings(port=0, model="none")
        async with serving(service, settings, ask=ask, grace=0.0, silence=options.get("silence", 10.0)) as port:
            yield f"127.0.0.1:{port}"

    return start


@pytest_asyncio.fixture
async def target(serve: Serve) -> AsyncIterator[str]:
    """The address of a server with the real agent."""
    async with serve() as address:
        yield address


@pytest_asyncio.fixture
async def channel(target: str) -> AsyncIterator[grpc.aio.Channel]:
    """A bare channel to it."""
    async with grpc.aio.insecure_channel(target) as opened:
        yield opened


@pytest.fixture
def script() -> Script:
    """A scripted agent that waits for `script.go`."""
    return Script()
