"""The server itself: where it listens, its health, and the limits on what it takes."""

import asyncio
import socket

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from structlog.typing import EventDict

from bencao.client import CallFailed, Client
from bencao.v1.answer_service_pb2 import AskQuestionRequest, Question
from bencao.v1.answer_service_pb2_grpc import AnswerServiceStub
from services.rpc.errors import AddressInUse, ServerNotStarted
from services.rpc.server import serving
from services.settings import Settings
from tests.rpc.parts import Minerals, Script, Serve

NAMES = ["", *(f"bencao.v1.{name}Service" for name in ("Answer", "Curation", "Decision", "Graph", "Verification"))]


@pytest.mark.parametrize("name", NAMES)
async def test_health_of_the_server_and_of_each_service(target: str, name: str) -> None:
    async with Client(target) as client:
        assert await client.health(name) == "SERVING"


async def test_watchers_hear_that_the_server_stops(service: Minerals) -> None:
    running = serving(service, Settings(port=0, model="none"))
    port = await running.__aenter__()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        watch = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        before = await watch.read()
        stopping = asyncio.create_task(running.__aexit__(None, None, None))
        after = await watch.read()
        watch.cancel()
        await stopping

    assert before.status == health_pb2.HealthCheckResponse.SERVING
    assert after.status == health_pb2.HealthCheckResponse.NOT_SERVING


async def test_a_port_in_use_names_the_setting(service: Minerals) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(AddressInUse, match=rf"127\.0\.0\.1:{port}.*BENCAO_PORT"):
            async with serving(service, Settings(port=port, model="none")):
                pass


async def test_two_servers_do_not_share_a_port(service: Minerals) -> None:
    async with serving(service, Settings(port=0, model="none")) as port:
        with pytest.raises(AddressInUse):
            async with serving(service, Settings(port=port, model="none")):
                pass


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host", "::zz"])
async def test_an_address_that_is_not_ours_names_the_setting(service: Minerals, host: str) -> None:
    with pytest.raises(ServerNotStarted, match="BENCAO_HOST"):
        async with serving(service, Settings(host=host, port=0, model="none")):
            pass


async def test_a_request_beyond_4_mib_is_refused(serve: Serve, script: Script) -> None:
    script.go.set()
    request = AskQuestionRequest(question=Question(text="x" * 4 * 1024 * 1024))
    async with serve(script) as target, grpc.aio.insecure_channel(target) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await AnswerServiceStub(channel).AskQuestion(request)

    assert failed.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_the_log_has_a_line_for_a_call_but_no_question(
    serve: Serve, script: Script, logs: list[EventDict]
) -> None:
    script.go.set()
    async with serve(script) as target, Client(target) as client:
        await client.ask("a very private question")
        script.fault = RuntimeError("boom")
        with pytest.raises(CallFailed):
            await client.ask("a very private question")

    lines = [(line["method"], line["code"], line["log_level"]) for line in logs if "method" in line]
    assert lines == [("AskQuestion", "OK", "info"), ("AskQuestion", "INTERNAL", "error")]
    assert "private" not in repr(logs)
