"""AnswerService: one question in, the whole answer or every step of it out."""

import re
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from typing import Any, Final, TypeAlias

import grpc

from bencao.v1.answer_service_pb2 import (
    AskQuestionRequest,
    AskQuestionResponse,
    StreamAnswerRequest,
    StreamAnswerResponse,
)
from bencao.v1.answer_service_pb2_grpc import AnswerServiceServicer
from reasoning.answer import Completed, Event, Question
from reasoning.budget import Budget, Deadline
from reasoning.domain import Domain
from services.rpc.chain import current_deadline
from services.rpc.convert import Wording, answer_message
from services.rpc.errors import InvalidField
from services.rpc.events import event_message
from services.rpc.requests import Service, asker_of, check_revision, domain_of, label_languages, question_of
from services.rpc.runs import Run, Runs

__all__ = ["AnswerHandlers", "Ask"]

Ask: TypeAlias = Callable[[Question, Domain, Budget], AsyncIterator[Event]]
Context: TypeAlias = grpc.aio.ServicerContext[Any, Any]

SILENCE: Final = 10.0  # seconds without an event after which a heartbeat is sent
_MARGIN: Final = 0.1  # of the time allowed, kept for giving up in good order
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


class AnswerHandlers(AnswerServiceServicer):
    """Asks `ask` every question; calls with the same `request_id` share one run."""

    def __init__(self, service: Service, ask: Ask, *, silence: float = SILENCE) -> None:
        """Serve the domains of `service`; a stream is silent for at most `silence` seconds."""
        self._service = service
        self._ask = ask
        self._silence = silence
        self._runs = Runs()

    async def AskQuestion(self, request: AskQuestionRequest, context: Context) -> AskQuestionResponse:  # noqa: N802 - the stubs' base is for both kinds of server; the name is the contract's
        """Drain the events that `StreamAnswer` sends and return the answer."""
        run, wording = await self._begin(request, asker_of(context.invocation_metadata() or ()))
        async with aclosing(run.follow(self._silence)) as events:
            async for event in events:
                if isinstance(event, Completed):
                    return AskQuestionResponse(answer=answer_message(event.answer, wording))
        message = "the events of an answer ended without an answer"
        raise RuntimeError(message)

    async def StreamAnswer(  # noqa: N802 - as above
        self, request: StreamAnswerRequest, context: Context
    ) -> AsyncIterator[StreamAnswerResponse]:
        """Send every event, numbered from 1; the last one is `completed`."""
        run, wording = await self._begin(request, asker_of(context.invocation_metadata() or ()))
        sequence = 0
        async with aclosing(run.follow(self._silence)) as events:
            async for event in events:
                sequence += 1
                yield event_message(event, sequence, wording)

    async def _begin(self, request: AskQuestionRequest | StreamAnswerRequest, asker: str) -> tuple[Run, Wording]:
        if request.request_id and not _UUID.fullmatch(request.request_id):
            raise InvalidField({"request_id": "must be a UUID, such as uuid4 makes, or empty"})
        asked = request.question
        domain = domain_of(self._service, asked.domain)
        question = question_of(asked, domain, await check_revision(asked.consistency, domain), asker)
        wording = Wording(
            domain.pack.id,
            label_languages(question.language, question.text, domain),
            {source.key: source for source in domain.pack.graph.sources},
        )
        left = current_deadline().remaining()
        budget = Budget(Deadline.after(left - min(left * _MARGIN, 1.0)))
        run = self._runs.run(
            request.request_id, (domain.pack.id, question), lambda: self._ask(question, domain, budget)
        )
        return run, wording
