"""Questions and models that nobody would wish for: each has a clear outcome, within the budget."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from reasoning.answer import Answer, Completed, Degradation, Outcome, Question
from reasoning.ask import ask
from reasoning.budget import Budget, Deadline
from reasoning.domain import Domain
from tests.reasoning.parts import Reciter, answered, plenty

TIE = "What is amethyst a variety of?"  # the words fit both directions of one relation: the model is asked
UNCLEAR = "Tell me about quartz and beryl"
NOTHING_TOLD = {Outcome.NOT_IN_GRAPH, Outcome.OUT_OF_DOMAIN, Outcome.NEEDS_CLARIFICATION}


class Babbler(BaseChatModel):
    """A model that never ends: it writes on and on, or, `silent`, says nothing at all."""

    silent: bool = False

    @property
    def _llm_type(self) -> str:
        return "babbler"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        del args, kwargs
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content="A and so on, " * 10_000))])

    async def _astream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        del args, kwargs
        while True:
            await (asyncio.Event().wait() if self.silent else asyncio.sleep(0))
            yield ChatGenerationChunk(message=AIMessageChunk(content="A and so on, "))


@pytest.mark.parametrize(
    "text",
    ["长" * 4000, "what is " * 500, "甘草" * 2000, "😀🌿💊", "？？？", "\u200b\u202e", "a" * 4000, "((((" * 1000],
    ids=lambda text: repr(text[:4]),
)
async def test_what_is_no_question_is_answered_with_nothing(herbal: Domain, text: str) -> None:
    answer = await answered(text, herbal)
    assert answer.outcome in NOTHING_TOLD
    assert answer.text
    assert not answer.claims


@pytest.mark.parametrize(
    ("text", "subject"),
    [
        ("请问 licorice 的 dose 是多少？", "甘草"),
        ("What is the 用量 of 附子?", "附子"),
        ("gan cao 的归经 please", "甘草"),
    ],
)
async def test_two_languages_in_one_sentence_are_one_question(herbal: Domain, text: str, subject: str) -> None:
    answer = await answered(text, herbal)
    assert answer.outcome in {Outcome.ANSWERED, Outcome.PARTIAL}
    names = {entity.id: entity.standard("zh") for entity in answer.evidence.entities}
    assert {names[v.claim.subject] for v in answer.claims} == {subject}


async def test_two_hundred_things_in_one_question_are_too_many_and_said_to_be(herbal: Domain) -> None:
    herbs = [str(e.standard("zh")) for e in herbal.pack.graph.entities if e.type == "Herb"][:200]
    assert len(herbs) == 200
    answer = await answered("、".join(herbs) + "能一起用吗？", herbal)
    assert answer.outcome is Outcome.NOT_IN_GRAPH
    assert "24" in answer.text  # the most that one question may name
    assert answer.findings  # what must not meet is warned about all the same
    assert all(verdict.verdict == "supported" for verdict in answer.claims)


FAULTS: dict[str, Callable[[], BaseChatModel]] = {
    "prose": lambda: Reciter(replies=["I would say that the answer is quite long and has no JSON in it."]),
    "10 MB": lambda: Reciter(replies=["x" * 10_000_000]),
    "no such step": lambda: Reciter(replies=['{"steps": ["DROP TABLE", "^SHOWS_COLOUR"]}']),
    "nothing": lambda: Reciter(replies=["", "\0", "{" * 100_000]),
    "raises": lambda: Reciter(replies=[RuntimeError("out of memory at 0x0"), ValueError("?")]),
    "endless": Babbler,
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("text", [TIE, UNCLEAR])
@pytest.mark.parametrize("prose", [False, True])
async def test_a_model_that_misbehaves_changes_no_answer_for_the_worse(
    minerals: Domain, fault: str, text: str, *, prose: bool
) -> None:
    budget, model = plenty(), FAULTS[fault]()
    asked = ask(Question(text), replace(minerals, model=model, model_name="bad"), budget=budget, prose=prose)
    (*_, last) = [event async for event in asked]
    assert isinstance(last, Completed)
    rules: Answer = await answered(text, minerals)
    assert last.answer.outcome is rules.outcome
    assert {v.claim.object for v in last.answer.claims} == {v.claim.object for v in rules.claims}
    assert all(v.verdict == "supported" for v in last.answer.claims)
    assert "x" * 100 not in last.answer.text
    assert budget.model_calls <= 8


async def test_a_model_that_says_nothing_ends_with_the_budget(minerals: Domain) -> None:
    silent = replace(minerals, model=Babbler(silent=True), model_name="silent")
    (*_, last) = [e async for e in ask(Question(TIE), silent, budget=Budget(Deadline.after(0.3)))]
    assert isinstance(last, Completed)
    assert Degradation.NO_MODEL in last.answer.degradations
