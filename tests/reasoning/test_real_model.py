"""The default model in the process: it settles ties and writes prose, and nothing unverified comes of either."""

import os
from collections.abc import Iterator
from dataclasses import replace

import pytest

from reasoning.answer import Outcome, Verdict
from reasoning.domain import Domain
from reasoning.llm.open import close_model, open_model
from reasoning.llm.pull import pulled_model
from tests.reasoning.parts import answered


@pytest.fixture(scope="module")
def modelled(minerals: Domain) -> Iterator[Domain]:
    """The minerals with the default model."""
    if pulled_model() is None:
        reason = "the default model is not there: run `bencao model pull`"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    model = open_model("local")
    yield replace(minerals, model=model, model_name="local")
    close_model(model)


async def test_the_model_is_asked_where_the_rules_tie(modelled: Domain) -> None:
    answer = await answered("What is amethyst a variety of?", modelled)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.usage.model_calls == 1
    assert answer.usage.output_tokens == 1
    assert answer.degradations == ()
    assert {fact.object for fact in answer.evidence.facts} == {"quartz"}


@pytest.mark.parametrize("text", ["Which minerals contain sulfur?", "萤石有什么颜色？"])
async def test_of_the_models_prose_only_what_is_verified_is_said(text: str, modelled: Domain) -> None:
    answer = await answered(text, modelled, prose=True)
    assert answer.outcome in {Outcome.ANSWERED, Outcome.PARTIAL}
    assert answer.usage.model_calls == 1
    assert answer.usage.input_tokens > 0
    assert answer.claims != ()
    assert {verdict.verdict for verdict in answer.claims} == {Verdict.SUPPORTED}
    assert len({verdict.claim.object for verdict in answer.claims} | {v.claim.subject for v in answer.claims}) > 3
