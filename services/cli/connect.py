"""Finds whom to ask: the named server, the one that runs on the default address, or one of our own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

import typer
from google.protobuf import json_format
from google.protobuf.message import Message

from bencao.client import CallFailed, Client
from kg.errors import BencaoError
from services.settings import Settings

__all__ = ["ServerRefused", "connect", "local_client", "print_json"]

PROBE_SECONDS: Final = 1.0


class ServerRefused(BencaoError):
    """The server did not answer, or refused what was asked."""


@asynccontextmanager
async def connect(address: str, settings: Settings) -> AsyncIterator[Client]:
    """Yield a client of the server at `address`, else of one that serves at `settings`' address, else of our own.

    Raises:
        ServerRefused: in place of every failed call inside the block.
    """
    async with AsyncExitStack() as stack:
        if not address and await _serves(f"{settings.host}:{settings.port}"):
            address = f"{settings.host}:{settings.port}"
        opened = Client(address, timeout=settings.answer_timeout) if address else None
        client = await stack.enter_async_context(opened or local_client(settings))
        try:
            yield client
        except CallFailed as failed:
            words = [str(failed), *(f"{field}: {fault}" for field, fault in failed.fields.items())]
            raise ServerRefused("; ".join(dict.fromkeys(words)), code=failed.code.name) from None


@asynccontextmanager
async def local_client(settings: Settings) -> AsyncIterator[Client]:
    """Open the service in this process and yield a client of it, so that every answer takes the same way."""
    from services.compose import open_service
    from services.rpc.server import serving
    from services.telemetry import set_up_logs

    set_up_logs("warning" if "log_level" not in settings.model_fields_set else settings.log_level, settings.log_format)
    quiet = settings.model_copy(update={"host": "127.0.0.1", "port": 0, "reflection": "off"})
    async with (
        open_service(quiet) as service,
        serving(service, quiet) as port,
        Client(f"127.0.0.1:{port}", timeout=settings.answer_timeout) as client,
    ):
        yield client


def print_json(message: Message) -> None:
    """Print the proto3 JSON of a response."""
    typer.echo(json_format.MessageToJson(message, ensure_ascii=False))


async def _serves(address: str) -> bool:
    try:
        async with Client(address, timeout=PROBE_SECONDS) as client:
            return await client.health() == "SERVING"
    except CallFailed:
        return False
