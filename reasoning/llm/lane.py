"""One request at a time on a thread of its own, its pieces handed back as they come, stopped when the asker leaves."""

import asyncio
import queue
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Generic, TypeAlias, TypeVar

from reasoning.llm.errors import ModelBusy

__all__ = ["Emit", "Lane", "Stopped"]

T = TypeVar("T")

Emit: TypeAlias = Callable[[T], None]
"""Takes one piece of the output."""

Stopped: TypeAlias = Callable[[], bool]
"""Says whether the asker has left; work that sees True returns at once."""


class Lane(Generic[T]):
    """A queue of bounded length before one worker thread. Work gets an `Emit` and a `Stopped`."""

    def __init__(self, name: str, waiting: int) -> None:
        """Make the lane; `waiting` requests may wait behind the one that runs, more are turned away."""
        self._pool = ThreadPoolExecutor(1, thread_name_prefix=name)
        self._places = threading.BoundedSemaphore(waiting + 1)
        self._running: set[threading.Event] = set()

    async def stream(self, work: Callable[[Emit[T], Stopped], None]) -> AsyncIterator[T]:
        """Yield what `work` emits; leaving the iterator, by cancellation too, stops the work."""
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[T | Exception | None] = asyncio.Queue()

        def put(piece: T | Exception | None) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(pieces.put_nowait, piece)

        future, stop = self._submit(work, put)
        try:
            while (piece := await pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            stop.set()
            future.cancel()

    def stream_blocking(self, work: Callable[[Emit[T], Stopped], None]) -> Iterator[T]:
        """Do the same for callers without an event loop."""
        pieces: queue.SimpleQueue[T | Exception | None] = queue.SimpleQueue()
        future, stop = self._submit(work, pieces.put)
        try:
            while (piece := pieces.get()) is not None:
                if isinstance(piece, Exception):
                    raise piece
                yield piece
        finally:
            stop.set()
            future.cancel()

    def close(self) -> None:
        """Stop what runs, drop what waits, and wait for the thread to end."""
        for stop in tuple(self._running):
            stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _submit(
        self, work: Callable[[Emit[T], Stopped], None], put: Callable[[T | Exception | None], None]
    ) -> tuple[Future[None], threading.Event]:
        if not self._places.acquire(blocking=False):
            message = "too many requests wait for the local model; try again in a moment"
            raise ModelBusy(message)
        stop = threading.Event()
        self._running.add(stop)

        def run() -> None:
            try:
                if not stop.is_set():
                    work(put, stop.is_set)
            except Exception as error:  # noqa: BLE001 - it is raised again where the pieces are read
                put(error)

        def leave(_: Future[None]) -> None:
            self._running.discard(stop)
            self._places.release()
            put(None)

        future = self._pool.submit(run)
        future.add_done_callback(leave)
        return future, stop
