"""One answer being made, however many calls wait for it: the events so far, and who follows them.

A call that repeats a `request_id` follows the run that the first one began, or gets its answer.
When the last follower leaves a run, it is cancelled.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import Final

from reasoning.answer import Event
from services.rpc.errors import InvalidField

__all__ = ["Run", "Runs"]

KEPT_RUNS: Final = 1000


class Run:
    """The events of one answer, kept while it is being made so that several calls can follow them."""

    def __init__(self, events: AsyncIterator[Event]) -> None:
        """Start to drain `events` in a task of its own."""
        self._log: list[Event] = []
        self._news = asyncio.Event()
        self._followers = 0
        self._abandoned = False
        self._task = asyncio.create_task(self._drain(events))
        self._task.add_done_callback(self._ended)

    @property
    def failed(self) -> bool:
        """Whether this run will never have an answer."""
        return self._abandoned or (self._task.done() and (self._task.cancelled() or self._task.exception() is not None))

    async def follow(self, silence: float) -> AsyncGenerator[Event | None, None]:
        """Yield all events from the first on, and None whenever nothing happened for `silence` seconds.

        Of a run that ended before, only the last event is left.

        Raises:
            Exception: whatever ended the run.
        """
        self._followers += 1
        try:
            seen = 0
            while True:
                while seen < len(self._log):
                    seen += 1
                    yield self._log[seen - 1]
                if self._task.done():
                    self._task.result()
                    return
                try:
                    async with asyncio.timeout(silence):
                        await self._news.wait()
                except TimeoutError:
                    yield None
        finally:
            self._followers -= 1
            if not self._followers:
                await self._leave()

    async def _leave(self) -> None:
        if self._task.done():
            del self._log[:-1]
            return
        self._abandoned = True
        self._task.cancel()
        await asyncio.wait([self._task])

    async def _drain(self, events: AsyncIterator[Event]) -> None:
        try:
            async for event in events:
                self._log.append(event)
                self._tell()
        finally:
            if isinstance(events, AsyncGenerator):
                await events.aclose()

    def _tell(self) -> None:
        self._news.set()
        self._news = asyncio.Event()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled():
            task.exception()  # seen, even if every follower has left
        self._tell()


class Runs:
    """The latest runs that have a `request_id`, in memory: a restart forgets them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._runs: OrderedDict[str, tuple[object, Run]] = OrderedDict()

    def run(self, request_id: str, question: object, begin: Callable[[], AsyncIterator[Event]]) -> Run:
        """Return the run of `request_id`, begun now if there is none that can still answer; follow it at once.

        Raises:
            InvalidField: the id was used for another question.
        """
        known = self._runs.get(request_id)
        if known and not known[1].failed:
            if known[0] != question:
                raise InvalidField({"request_id": "was used for another question; send a new one"})
            return known[1]
        run = Run(begin())
        if request_id:
            self._runs[request_id] = (question, run)
            while len(self._runs) > KEPT_RUNS:
                self._runs.popitem(last=False)
        return run
