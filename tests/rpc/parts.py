"""What tests of the transport are made of: a service of one domain, and an agent that does as it is told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol, Unpack

from bencao.client import Asked, Client
from bencao.v1.answer_service_pb2 import Answer as AnswerMessage
from kg.model import Revision
from reasoning.answer import Answer, Completed, Event, Outcome, Question, StepKind, StepStarted
from reasoning.budget import Budget
from reasoning.domain import Domain
from services.rpc.handlers.answers import Ask

__all__ = ["Minerals", "Script", "Serve", "asked"]


@dataclass(frozen=True)
class Minerals:
    """A service of one domain."""

    domains: Mapping[str, Domain]
    default: str = "minerals"


class Serve(Protocol):
    """Starts a server and yields its address."""

    def __call__(self, ask: Ask | None = None, **options: float) -> AbstractAsyncContextManager[str]: ...


@dataclass
class Script:
    """An `ask` that waits at its first step until `go`, then answers or raises `fault`; notes what happens to it."""

    fault: Exception | None = None
    go: asyncio.Event = field(default_factory=asyncio.Event)
    started: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    questions: list[Question] = field(default_factory=list)
    budgets: list[Budget] = field(default_factory=list)

    async def __call__(self, question: Question, domain: Domain, budget: Budget) -> AsyncIterator[Event]:
        assert domain.pack.id == "minerals"
        self.questions.append(question)
        self.budgets.append(budget)
        try:
            yield StepStarted(StepKind.PLAN, "planning")
            self.started.set()
            await self.go.wait()
            if self.fault:
                raise self.fault
            number = str(len(self.questions))
            yield Completed(
                Answer(number, Outcome.ANSWERED, question.text, Revision(1, "0" * 64), datetime(2026, 1, 1, tzinfo=UTC))
            )
        finally:
            self.ended.set()


async def asked(client: Client, text: str, *, streamed: bool, **options: Unpack[Asked]) -> AnswerMessage:
    """Ask by either call; the last event of a stream has the answer."""
    if not streamed:
        return await client.ask(text, **options)
    return [event async for event in client.stream(text, **options)][-1].completed
