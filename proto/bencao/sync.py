"""The client for programs without asyncio: every method of `bencao.client.Client`, blocking.

```python
with SyncClient() as client:
    print(client.ask("麻黄有什么功效？").text)
```
"""

import asyncio
import functools
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import grpc

from bencao.client import Client

__all__ = ["SyncClient"]

P = ParamSpec("P")
T = TypeVar("T")


def _blocking(
    method: Callable[Concatenate[Client, P], Coroutine[Any, Any, T]],
) -> Callable[Concatenate["SyncClient", P], T]:
    @functools.wraps(method)
    def call(self: "SyncClient", /, *args: P.args, **kwargs: P.kwargs) -> T:
        return self._run(method(self._client, *args, **kwargs))

    return call


def _iterating(
    method: Callable[Concatenate[Client, P], AsyncIterator[T]],
) -> Callable[Concatenate["SyncClient", P], Iterator[T]]:
    async def following(events: AsyncIterator[T]) -> T | None:
        return await anext(events, None)

    async def close(events: AsyncIterator[T]) -> None:
        if aclose := getattr(events, "aclose", None):
            await aclose()

    @functools.wraps(method)
    def call(self: "SyncClient", /, *args: P.args, **kwargs: P.kwargs) -> Iterator[T]:
        events = method(self._client, *args, **kwargs)
        try:
            while (event := self._run(following(events))) is not None:
                yield event
        finally:
            self._run(close(events))

    return call


class SyncClient:
    """A blocking client: the coroutines of `Client` on a loop in a thread of its own; use it as a context manager."""

    def __init__(
        self,
        target: str = "127.0.0.1:50051",
        *,
        timeout: float = 60.0,
        credentials: grpc.ChannelCredentials | None = None,
        token: str | None = None,
    ) -> None:
        """Prepare a client of `target`; the arguments are those of `Client`."""
        self._client = Client(target, timeout=timeout, credentials=credentials, token=token)
        self._loop: asyncio.AbstractEventLoop | None = None

    def __enter__(self) -> Self:
        """Start the loop and open the channel in it."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="bencao-client", daemon=True)
        self._thread.start()
        self._run(self._client.__aenter__())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the channel and stop the loop."""
        if self._loop is not None:
            self._run(self._client.__aexit__(kind, error, trace))
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()
            self._loop = None

    ask = _blocking(Client.ask)
    stream = _iterating(Client.stream)
    get_domain = _blocking(Client.get_domain)
    search_entities = _blocking(Client.search_entities)
    get_entity = _blocking(Client.get_entity)
    verify_claims = _blocking(Client.verify_claims)
    verify_text = _blocking(Client.verify_text)
    check_safety = _blocking(Client.check_safety)
    check_prescription = _blocking(Client.check_prescription)
    list_rules = _blocking(Client.list_rules)
    health = _blocking(Client.health)

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        if self._loop is None:
            work.close()
            message = "the client is closed; use it inside `with SyncClient(…) as client:`"
            raise RuntimeError(message)
        running = asyncio.run_coroutine_threadsafe(work, self._loop)
        try:
            return running.result()
        except BaseException:  # Ctrl-C while waiting must end the call too
            running.cancel()
            raise
