"""Questions at the edge over the wire: an answer, or a fault of the field, and a server that goes on answering."""

import pytest

from bencao.client import CallFailed, Client
from bencao.v1.answer_service_pb2 import Answer

NOTHING_TOLD = {
    Answer.OUTCOME_NOT_IN_GRAPH,
    Answer.OUTCOME_OUT_OF_DOMAIN,
    Answer.OUTCOME_NEEDS_CLARIFICATION,
}


@pytest.mark.parametrize("text", ["quartz " * 571, "字" * 4000, "💎🪨", "\u202equartz\u202c" * 300])
async def test_long_or_wordless_questions_have_an_outcome(target: str, text: str) -> None:
    async with Client(target) as client:
        answer = await client.ask(text[:4000])
        after = await client.ask("What colour is quartz?")
    assert answer.outcome in NOTHING_TOLD
    assert answer.text
    assert after.outcome == Answer.OUTCOME_ANSWERED


async def test_one_character_more_is_a_fault_of_the_field(target: str) -> None:
    async with Client(target) as client:
        with pytest.raises(CallFailed) as failed:
            await client.ask("字" * 4001)
    assert set(failed.value.fields) == {"question.text"}


@pytest.mark.parametrize("conversation", ["x" * 64, "../../etc", "' OR 1=1 --", "不存在", "\u202e"])
async def test_a_conversation_that_nobody_began_is_a_new_one(target: str, conversation: str) -> None:
    async with Client(target) as client:
        answer = await client.ask("and its hardness?", conversation=conversation)
        begun = await client.ask("What colour is quartz?", conversation=conversation)
        after = await client.ask("and its hardness?", conversation=conversation)
    assert answer.outcome in NOTHING_TOLD
    assert begun.conversation == conversation
    assert after.outcome == Answer.OUTCOME_ANSWERED


async def test_a_conversation_of_more_than_64_characters_is_a_fault_of_the_field(target: str) -> None:
    async with Client(target) as client:
        with pytest.raises(CallFailed) as failed:
            await client.ask("What colour is quartz?", conversation="x" * 65)
    assert set(failed.value.fields) == {"question.conversation"}


async def test_what_is_asked_back_can_be_shown_as_buttons(target: str) -> None:
    async with Client(target) as client:
        asked = await client.ask("What is the hardness of spar?")
        again = [
            await client.ask(candidate.display_name, conversation=asked.conversation)
            for candidate in asked.clarification.candidates[:1]
        ]
    assert asked.outcome == Answer.OUTCOME_NEEDS_CLARIFICATION
    labels = [candidate.display_name for candidate in asked.clarification.candidates]
    assert len(set(labels)) == len(labels) > 1
    assert all(candidate.name and candidate.type for candidate in asked.clarification.candidates)
    assert asked.clarification.mention == "spar"
    assert again[0].outcome == Answer.OUTCOME_ANSWERED
