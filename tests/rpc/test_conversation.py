"""Conversations over the wire: whose they are, and how long an operator lets them live."""

import grpc.aio

from bencao.client import Client
from bencao.v1.answer_service_pb2 import Answer, AskQuestionRequest, Question
from bencao.v1.answer_service_pb2_grpc import AnswerServiceStub
from services.rpc.requests import asker_of


async def asked(target: str, text: str, conversation: str, token: str) -> Answer:
    """Ask with the credentials of somebody."""
    request = AskQuestionRequest(question=Question(text=text, conversation=conversation))
    async with grpc.aio.insecure_channel(target) as channel:
        reply = await AnswerServiceStub(channel).AskQuestion(request, metadata=(("authorization", f"Bearer {token}"),))
    return reply.answer


async def test_a_conversation_goes_on_where_the_answer_says(target: str) -> None:
    async with Client(target) as client:
        first = await client.ask("What colour is quartz?")
        second = await client.ask("and its hardness?", conversation=first.conversation)
        alone = await client.ask("and its hardness?")
    assert first.conversation
    assert second.conversation == first.conversation
    assert second.outcome == Answer.OUTCOME_ANSWERED
    assert second.plan.steps[0].operator == "RECALL"
    assert alone.outcome != Answer.OUTCOME_ANSWERED


async def test_a_conversation_of_somebody_else_is_a_new_one(target: str) -> None:
    first = await asked(target, "What colour is quartz?", "shared", "one")
    stranger = await asked(target, "and its hardness?", first.conversation, "two")
    owner = await asked(target, "and its hardness?", first.conversation, "one")
    assert stranger.outcome != Answer.OUTCOME_ANSWERED
    assert owner.outcome == Answer.OUTCOME_ANSWERED


def test_askers_are_told_apart_without_keeping_what_they_present() -> None:
    one, two = (asker_of([("authorization", f"Bearer {token}"), ("x-other", "1")]) for token in ("one", "two"))
    assert len({one, two, asker_of([("x-other", "1")])}) == 3
    assert "one" not in one
