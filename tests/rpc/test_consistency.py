"""`at_least_as_fresh`: this revision and older ones are fine, newer and unknown ones are not."""

import grpc
import pytest

from bencao.client import Client
from bencao.v1.answer_service_pb2 import AskQuestionRequest, Question
from bencao.v1.answer_service_pb2_grpc import AnswerServiceStub
from bencao.v1.graph_pb2 import Consistency, GraphRevision


async def ask_at_least(target: str, token: str) -> str:
    requirement = Consistency(at_least_as_fresh=GraphRevision(token=token))
    question = Question(text="What colour is quartz?", consistency=requirement)
    async with grpc.aio.insecure_channel(target) as channel:
        response = await AnswerServiceStub(channel).AskQuestion(AskQuestionRequest(question=question))
    return response.answer.answered_at.token


async def current(target: str) -> str:
    async with Client(target) as client:
        return (await client.get_domain("minerals")).revision.token


async def test_the_current_revision_is_fresh_enough(target: str) -> None:
    token = await current(target)

    assert await ask_at_least(target, token) == token


async def test_an_older_revision_is_fresh_enough(target: str) -> None:
    assert await ask_at_least(target, "r0-0123456789abcdef") == await current(target)


@pytest.mark.parametrize("change", ["newer", "other contents", "no token"])
async def test_what_the_graph_never_held_is_refused(target: str, change: str) -> None:
    number, _, digest = (await current(target))[1:].partition("-")
    token = {
        "newer": f"r{int(number) + 1}-{digest}",
        "other contents": f"r{number}-{digest[::-1]}",
        "no token": "tomorrow",
    }[change]

    with pytest.raises(grpc.aio.AioRpcError) as failed:
        await ask_at_least(target, token)

    assert failed.value.code() is grpc.StatusCode.OUT_OF_RANGE
