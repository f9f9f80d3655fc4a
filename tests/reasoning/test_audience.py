"""The register of answers: plain words for the public, the same claims, and no warning that is weaker."""

import pytest

from kg.pack.read import read_pack
from reasoning.answer import Answer, Audience, Completed, Question
from reasoning.ask import ask
from reasoning.domain import Domain
from tests.reasoning.parts import MINERALS, plenty

QUESTIONS = [
    "甘草的功效是什么？",
    "附子的用量是多少？",
    "人参能和藜芦一起用吗？",
    "孕妇能用甘遂吗？",
    "What does licorice treat?",
    "Which drugs interact with danshen?",
    "Can ginseng be combined with veratrum?",
]


async def worded(text: str, domain: Domain, audience: Audience) -> Answer:
    """The answer for an audience."""
    events = [event async for event in ask(Question(text, audience=audience), domain, budget=plenty())]
    assert isinstance(events[-1], Completed)
    return events[-1].answer


@pytest.mark.parametrize("text", QUESTIONS)
async def test_the_public_is_told_the_same_claims_in_other_words(herbal: Domain, text: str) -> None:
    professional = await worded(text, herbal, Audience.PROFESSIONAL)
    public = await worded(text, herbal, Audience.PUBLIC)
    assert public.text != professional.text
    assert public.outcome is professional.outcome
    triples = [
        [(v.claim.subject, v.claim.predicate, v.claim.object, v.verdict) for v in answer.claims]
        for answer in (public, professional)
    ]
    assert triples[0] == triples[1]
    assert {fact.id for fact in public.evidence.facts} == {fact.id for fact in professional.evidence.facts}


@pytest.mark.parametrize("text", QUESTIONS)
async def test_the_public_is_warned_of_all_that_professionals_are(herbal: Domain, text: str) -> None:
    professional = await worded(text, herbal, Audience.PROFESSIONAL)
    public = await worded(text, herbal, Audience.PUBLIC)
    assert public.findings == professional.findings
    for finding in professional.findings:
        assert (finding.message in public.text) >= (finding.message in professional.text)
        assert (finding.management in public.text) >= (finding.management in professional.text)


async def test_a_pack_without_plain_words_for_a_relation_keeps_its_own(minerals: Domain) -> None:
    plain = await worded("Which elements are in pyrite?", minerals, Audience.PUBLIC)
    assert "made of" in plain.text
    kept = "What colour is quartz?"
    assert (await worded(kept, minerals, Audience.PUBLIC)).text == (
        await worded(kept, minerals, Audience.PROFESSIONAL)
    ).text


def test_plain_words_are_there_in_every_language() -> None:
    phrases = read_pack(MINERALS).phrases["relations"]["CONTAINS_ELEMENT"]["public"]
    assert all(set(said) == {"en", "zh"} for said in phrases.values())
