"""The client against a small server of its own: deadlines, retries, credentials, errors and the sync face."""

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import grpc
import pytest

from bencao.client import CallFailed, Client
from bencao.sync import SyncClient
from bencao.v1.answer_service_pb2 import (
    Answer,
    AskQuestionRequest,
    AskQuestionResponse,
    StreamAnswerRequest,
    StreamAnswerResponse,
)
from bencao.v1.answer_service_pb2_grpc import AnswerServiceServicer, add_AnswerServiceServicer_to_server
from bencao.v1.graph_service_pb2 import Domain, GetDomainRequest, GetDomainResponse
from bencao.v1.graph_service_pb2_grpc import GraphServiceServicer, add_GraphServiceServicer_to_server

Context = grpc.aio.ServicerContext[Any, Any]


class Scripted(AnswerServiceServicer, GraphServiceServicer):
    """Fails the first `failures` calls of each kind with `code`, then echoes what it was sent."""

    def __init__(self, failures: int = 0, code: grpc.StatusCode = grpc.StatusCode.UNAVAILABLE) -> None:
        self.failures = failures
        self.code = code
        self.calls: Counter[str] = Counter()
        self.requests: list[Any] = []
        self.remaining: list[float | None] = []
        self.tokens: list[Any] = []

    async def AskQuestion(self, request: AskQuestionRequest, context: Context) -> AskQuestionResponse:  # noqa: N802 - the contract's name
        await self._note("ask", request, context)
        return AskQuestionResponse(answer=Answer(text=request.question.text))

    async def StreamAnswer(  # noqa: N802 - the contract's name
        self, request: StreamAnswerRequest, context: Context
    ) -> AsyncIterator[StreamAnswerResponse]:
        await self._note("stream", request, context)
        yield StreamAnswerResponse(sequence=1, draft_delta="…")
        yield StreamAnswerResponse(sequence=2, completed=Answer(text=request.question.text))

    async def GetDomain(self, request: GetDomainRequest, context: Context) -> GetDomainResponse:  # noqa: N802 - the contract's name
        await self._note("domain", request, context)
        return GetDomainResponse(domain=Domain(name=request.name))

    async def _note(self, kind: str, request: Any, context: Context) -> None:
        self.calls[kind] += 1
        self.requests.append(request)
        self.remaining.append(context.time_remaining())
        self.tokens.append(dict(context.invocation_metadata() or ()).get("authorization"))
        if self.calls[kind] <= self.failures:
            await context.abort(self.code, "not now")


@asynccontextmanager
async def serve(scripted: Scripted) -> AsyncIterator[str]:
    server = grpc.aio.server()
    add_AnswerServiceServicer_to_server(scripted, server)
    add_GraphServiceServicer_to_server(scripted, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        await server.stop(None)


async def test_every_call_has_a_deadline_and_the_token() -> None:
    scripted = Scripted()
    async with serve(scripted) as target, Client(target, timeout=7.0, token="secret") as client:
        await client.ask("one")
        await client.get_domain("herbal")
        _ = [event async for event in client.stream("two", timeout=3.0)]

    assert all(seconds is not None for seconds in scripted.remaining)
    assert [round(seconds or 0) for seconds in scripted.remaining] == [7, 7, 3]
    assert set(scripted.tokens) == {"Bearer secret"}


async def test_unavailable_is_tried_four_times_with_one_request_id() -> None:
    scripted = Scripted(failures=3)
    async with serve(scripted) as target, Client(target) as client:
        answer = await client.ask("again")
        domain = await client.get_domain("herbal")

    assert (answer.text, domain.name) == ("again", "domains/herbal")
    assert scripted.calls == {"ask": 4, "domain": 4}
    assert len({request.request_id for request in scripted.requests[:4]}) == 1
    assert scripted.requests[0].request_id


async def test_streams_are_not_tried_again() -> None:
    scripted = Scripted(failures=1)
    async with serve(scripted) as target, Client(target) as client:
        with pytest.raises(CallFailed, match="not now"):
            _ = [event async for event in client.stream("once")]

    assert scripted.calls["stream"] == 1


@pytest.mark.parametrize("code", [grpc.StatusCode.INTERNAL, grpc.StatusCode.RESOURCE_EXHAUSTED])
async def test_other_codes_are_not_tried_again(code: grpc.StatusCode) -> None:
    scripted = Scripted(failures=1, code=code)
    async with serve(scripted) as target, Client(target) as client:
        with pytest.raises(CallFailed) as failed:
            await client.ask("once")

    assert failed.value.code is code
    assert scripted.calls["ask"] == 1


async def test_options_reach_the_request() -> None:
    scripted = Scripted()
    async with serve(scripted) as target, Client(target) as client:
        await client.ask(
            "q",
            domain="herbal",
            language="en",
            context={"pregnant": True, "drugs": ["warfarin"]},
            max_hops=2,
            revision="r1-0123456789abcdef",
            request_id="11111111-2222-3333-4444-555555555555",
        )

    request = scripted.requests[0]
    assert request.request_id == "11111111-2222-3333-4444-555555555555"
    assert request.question.domain == "domains/herbal"
    assert request.question.language_code == "en"
    assert request.question.max_hops == 2
    assert request.question.context["pregnant"] is True
    assert list(request.question.context["drugs"]) == ["warfarin"]
    assert request.question.consistency.at_exact_revision.token == "r1-0123456789abcdef"


async def test_a_server_that_is_not_there_is_said_so() -> None:
    async with serve(Scripted()) as target:
        pass

    async with Client(target) as client:
        with pytest.raises(CallFailed, match=rf"no server answers at {target}.*bencao serve") as failed:
            await client.get_domain("herbal")

    assert failed.value.code is grpc.StatusCode.UNAVAILABLE


async def test_a_closed_client_says_how_to_open_it() -> None:
    with pytest.raises(RuntimeError, match="async with"):
        await Client().ask("q")


@contextmanager
def served_elsewhere(scripted: Scripted) -> Iterator[str]:
    """Run the server on a loop in a thread, so that a blocking client can be used here."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    serving = serve(scripted)
    target = asyncio.run_coroutine_threadsafe(serving.__aenter__(), loop).result()
    try:
        yield target
    finally:
        asyncio.run_coroutine_threadsafe(serving.__aexit__(None, None, None), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_the_sync_face_asks_streams_and_fails_alike() -> None:
    scripted = Scripted()
    with served_elsewhere(scripted) as target, SyncClient(target) as client:
        answer = client.ask("blocking")
        events = [event.WhichOneof("event") for event in client.stream("blocking")]
        scripted.failures, scripted.code = 99, grpc.StatusCode.NOT_FOUND
        with pytest.raises(CallFailed) as failed:
            client.get_domain("nothing")

    assert answer.text == "blocking"
    assert events == ["draft_delta", "completed"]
    assert failed.value.code is grpc.StatusCode.NOT_FOUND


def test_a_closed_sync_client_says_how_to_open_it() -> None:
    with pytest.raises(RuntimeError, match="with SyncClient"):
        SyncClient().ask("q")
