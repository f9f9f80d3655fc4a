"""A call that ends early takes its answer with it: nothing goes on that nobody waits for."""

import asyncio
from contextlib import aclosing

import grpc
import pytest

from bencao.client import CallFailed, Client
from bencao.v1.answer_service_pb2 import AskQuestionRequest, Question
from bencao.v1.answer_service_pb2_grpc import AnswerServiceStub
from services.rpc.server import serving
from services.settings import Settings
from tests.rpc.parts import Minerals, Script, Serve

SOON = 0.1  # the promise: what a cancelled call was doing ends within this many seconds


async def test_cancelling_a_unary_call_ends_the_answer(serve: Serve, script: Script) -> None:
    async with serve(script) as target, Client(target) as client:
        call = asyncio.create_task(client.ask("q"))
        await script.started.wait()
        call.cancel()
        async with asyncio.timeout(SOON):
            await script.ended.wait()


async def test_leaving_a_stream_ends_the_answer(serve: Serve, script: Script) -> None:
    async with serve(script) as target, Client(target) as client:
        async with aclosing(client.stream("q")) as events:  # type: ignore[type-var]  # it is a generator
            await anext(events)
            await script.started.wait()
        async with asyncio.timeout(SOON):
            await script.ended.wait()


async def test_cancelling_while_the_reader_is_slow_ends_the_answer(serve: Serve, script: Script) -> None:
    """The handler is then suspended in the middle of sending, not waiting for an event."""
    async with serve(script, silence=0.0001) as target, Client(target) as client:
        events = client.stream("q")
        await anext(events)
        await script.started.wait()
        await events.aclose()  # type: ignore[attr-defined]  # it is a generator
        async with asyncio.timeout(SOON):
            await script.ended.wait()


async def test_the_callers_deadline_ends_the_answer(serve: Serve, script: Script) -> None:
    async with serve(script) as target, Client(target) as client:
        with pytest.raises(CallFailed) as failed:
            await client.ask("q", timeout=0.2)
        async with asyncio.timeout(SOON):
            await script.ended.wait()

    assert failed.value.code is grpc.StatusCode.DEADLINE_EXCEEDED


async def test_a_call_without_a_deadline_gets_the_servers(service: Minerals, script: Script) -> None:
    settings = Settings(port=0, model="none", answer_timeout=0.2)
    async with (
        serving(service, settings, ask=script, grace=0.0) as port,
        grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel,
    ):
        with pytest.raises(grpc.aio.AioRpcError, match=r"within 0\.2 s") as failed:
            await AnswerServiceStub(channel).AskQuestion(AskQuestionRequest(question=Question(text="q")))

    assert failed.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert script.ended.is_set()


async def test_the_budget_ends_before_the_deadline(serve: Serve, script: Script) -> None:
    script.go.set()
    async with serve(script) as target, Client(target) as client:
        await client.ask("q", timeout=5.0)
        await client.ask("q", timeout=9999.0)

    first, second = (budget.deadline for budget in script.budgets)
    assert first.remaining() < 5.0
    assert second.remaining() < 180.0


async def test_stopping_the_server_ends_the_answer(serve: Serve, script: Script) -> None:
    async with serve(script) as target, Client(target) as client:
        call = asyncio.create_task(client.ask("q"))
        await script.started.wait()
    with pytest.raises((CallFailed, asyncio.CancelledError)):
        await call
    await script.ended.wait()
