"""Prose by a model is kept sentence by sentence, and only where facts account for every word of it."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio

from kg.model import Fact
from reasoning.answer import Completed, Degradation, DraftDelta, Outcome, Question, Verdict, Warned
from reasoning.ask import language_of
from reasoning.domain import Domain
from reasoning.llm.errors import ModelUnavailable
from reasoning.phrasing import Phrasing
from reasoning.prose import accounted_for
from reasoning.state import Counted, Run
from tests.reasoning.parts import Reciter, answered, events, plenty

COLOURS = "What are the colours of fluorite?"


@pytest_asyncio.fixture
async def run(minerals: Domain) -> AsyncIterator[Run]:
    """What one answer runs with."""
    budget = plenty()
    async with minerals.store.snapshot() as snapshot:
        yield Run(Question(COLOURS), minerals, Counted(snapshot, budget), budget, "en", Phrasing(minerals.pack, "en"))


def _given(domain: Domain, *subjects: str) -> list[Fact]:
    predicates = ("SHOWS_COLOUR", "CONTAINS_ELEMENT")
    return [f for f in domain.pack.graph.facts if f.subject in subjects and f.predicate in predicates]


@pytest.mark.parametrize(
    ("words", "objects"),
    [
        ("Fluorite may be purple", {"purple"}),
        ("The colours of fluorite are purple, yellow and colourless", {"purple", "yellow", "colourless"}),
        ("Fluorite contains calcium and fluorine", {"calcium", "fluorine"}),
        ("fluorspar is purple", {"purple"}),  # another name of the same mineral
        ("萤石的颜色有紫色和黄色", {"purple", "yellow"}),
        ("萤石含钙和氟", {"calcium", "fluorine"}),
    ],
)
def test_a_sentence_is_kept_with_the_facts_that_say_it(words: str, objects: set[str], run: Run) -> None:
    run = replace(run, language=language_of(words))
    cited = accounted_for(words, _given(run.domain, "fluorite"), run)
    assert {fact.object for fact in cited} == objects
    assert {fact.subject for fact in cited} == {"fluorite"}


@pytest.mark.parametrize(
    "words",
    [
        "Fluorite and quartz are purple",  # an entity that no fact joins to it
        "Fluorite is purple like amethyst",
        "Fluorite is found with lead",
        "The hardness of fluorite is purple",  # another relation
        "Fluorite is a variety that may be purple",
        "Fluorite is not purple",  # a negation
        "Fluorite may be purple but not yellow",
        "Fluorite is purple without calcium",
        "Fluorite has the most colours, purple and yellow",  # what no fact says
        "Fluorite may be purple because it is yellow",
        "3 g of fluorite is purple",  # an amount
        "Fluorite shimmers purple",  # a word that nothing explains
        "Fluorite is a purple gemstone",
        "Purple fluorite brings explosion",  # the value of a qualifier
        "If swallowed, fluorite is purple",
        "Fluorite is lovely",  # no fact
        "Purple is a colour",
        "Hello",
        "",
        "萤石不是紫色",
        "萤石和石英呈紫色",
        "萤石硬度紫色",
        "蓝萤石呈紫色",
    ],
)
def test_a_sentence_that_says_more_is_dropped(words: str, run: Run) -> None:
    run = replace(run, language=language_of(words))
    assert accounted_for(words, _given(run.domain, "fluorite"), run) == ()


def _with_model(domain: Domain, *replies: object) -> tuple[Domain, Reciter]:
    model = Reciter(replies=list(replies))
    return replace(domain, model=model, model_name="reciter"), model


async def test_only_the_sentences_that_hold_reach_the_answer(minerals: Domain) -> None:
    said = "Fluorite may be purple [1]. Fluorite is not yellow. It heals. Fluorite is yellow and colourless."
    domain, model = _with_model(minerals, said)
    answer = await answered(COLOURS, domain, prose=True)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.text.startswith("Fluorite may be purple[1]. ")
    assert "not yellow" not in answer.text
    assert "heals" not in answer.text
    raw = answer.text.encode()
    sentences = {raw[v.claim.start_byte : v.claim.end_byte].decode(): v.claim.object for v in answer.claims}
    assert sentences["Fluorite may be purple[1]."] == "purple"
    assert {v.verdict for v in answer.claims} == {Verdict.SUPPORTED}
    assert len(model.heard) == answer.usage.model_calls == 1
    assert all(f"- Fluorite may be {colour}".lower() in model.heard[0].lower() for colour in ("purple", "yellow"))


async def test_prose_that_tells_a_part_of_a_list_is_dropped(minerals: Domain) -> None:
    domain, _ = _with_model(minerals, "Fluorite may be purple. Fluorite may be yellow.")
    assert (await answered(COLOURS, domain, prose=True)).text == (await answered(COLOURS, minerals)).text


async def test_prose_that_says_everything_stands_in_the_place_of_the_list(minerals: Domain) -> None:
    domain, _ = _with_model(minerals, "The colours of fluorite are purple, yellow and colourless.")
    answer = await answered(COLOURS, domain, prose=True)
    assert answer.text.count("purple") == 1
    assert len(answer.claims) == 3
    assert answer.completeness is not None
    assert (answer.completeness.shown, answer.completeness.total) == (3, 3)


async def test_a_list_is_not_lost_to_prose_that_says_nothing_right(minerals: Domain) -> None:
    domain, _ = _with_model(minerals, "Fluorite is green, \x00 and it cures everything! 100%\n\nOK?")
    with_prose = await answered(COLOURS, domain, prose=True)
    without = await answered(COLOURS, minerals)
    assert with_prose.text == without.text


async def test_the_models_words_are_streamed_as_a_draft(minerals: Domain) -> None:
    domain, _ = _with_model(minerals, "It is blue.")
    deltas = [e.text for e in await events(Question(COLOURS), domain, prose=True) if isinstance(e, DraftDelta)]
    assert "".join(deltas) == "It is blue."


async def test_a_model_that_fails_at_prose_leaves_the_templates(minerals: Domain) -> None:
    domain, _ = _with_model(minerals, ModelUnavailable("the model is asleep"))
    happened = await events(Question(COLOURS), domain, prose=True)
    last = happened[-1]
    assert isinstance(last, Completed)
    assert last.answer.text == (await answered(COLOURS, minerals)).text
    assert [event.message for event in happened if isinstance(event, Warned)] == ["the model is asleep"]


@pytest.mark.parametrize("text", ["Can niter be stored together with pyrite?", "What are the hazards of galena?"])
async def test_facts_on_which_safety_depends_are_never_given_to_a_model(text: str, minerals: Domain) -> None:
    domain, model = _with_model(minerals, AssertionError("asked"))
    answer = await answered(text, domain, prose=True)
    assert answer.outcome is Outcome.ANSWERED
    assert model.heard == []


async def test_without_a_model_prose_changes_nothing(minerals: Domain) -> None:
    answer = await answered(COLOURS, minerals, prose=True)
    assert answer.degradations == (Degradation.NO_MODEL,)
    assert answer.outcome is Outcome.ANSWERED
