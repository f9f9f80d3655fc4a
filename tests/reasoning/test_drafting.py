"""How an answer reads: markers, claims with spans, names, notes, warnings; and that a draft only shrinks."""

import re
from dataclasses import replace
from functools import partial
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.model import Fact
from reasoning.answer import Answer, Outcome
from reasoning.domain import Domain
from reasoning.draft import Draft, Item, Sentence, constant, render
from reasoning.phrasing import Naming, Phrasing
from tests.reasoning.parts import answered

_MARKER = re.compile(r"\[(\d+)\]")

QUESTIONS = [
    "Which minerals contain sulfur?",
    "What are the colours of fluorite?",
    "How many minerals are yellow?",
    "Does quartz contain lead?",
    "Compare the hardness of quartz and calcite",
    "Can niter be stored together with pyrite?",
    "What is the crystal system of chrysocolla?",
    "Why does pyrite crystallise in the trigonal system?",
    "What is the hardness of moonglass?",
    "What is the hardness of spar?",
    "How are galena and pyrite connected?",
    "Tell me about quartz",
    "What are the hazards of galena and the price?",
    "I swallowed halite",
    "Who won the match?",
    "萤石有什么颜色？",
    "哪些矿物含硫而不含铅？",
    "石英含铅吗？",
    "钠硝石和辉锑矿能放在一起吗？",
    "硅孔雀石属于什么晶系？",
    "为什么石英是紫色的？",
    "自然硫有哪些危害？",
    "有多少种矿物？",
    "误吞石英怎么办",
]


def _require_cited(answer: Answer) -> None:
    """Every marker names a cited fact; every claim spans a sentence that cites a fact saying it."""
    raw = answer.text.encode()
    numbers = {int(number) for number in _MARKER.findall(answer.text)}
    assert numbers == set(range(1, len(numbers) + 1))
    assert len(numbers) <= len(answer.evidence.facts)
    spans = sorted({(v.claim.start_byte, v.claim.end_byte) for v in answer.claims})
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    for verdict in answer.claims:
        claim = verdict.claim
        sentence = raw[claim.start_byte : claim.end_byte].decode()  # cut inside a character, this would not decode
        assert sentence == sentence.strip() != ""
        assert sentence.endswith((".", "。"))
        if claim.predicate:
            assert _MARKER.search(sentence)
            assert any(
                (fact.subject, fact.predicate, fact.object) == (claim.subject, claim.predicate, claim.object)
                for fact in answer.evidence.facts
            )
    carrying = [raw[start:end].decode() for start, end in spans]
    assert sum(len(_MARKER.findall(sentence)) for sentence in carrying) == len(_MARKER.findall(answer.text))


@pytest.mark.parametrize("text", QUESTIONS)
async def test_every_marker_and_every_claim_is_anchored(text: str, minerals: Domain) -> None:
    _require_cited(await answered(text, minerals))


@pytest.mark.parametrize(
    "text",
    [
        "What are the ingredients of Four Gentlemen Decoction?",
        "Can gan cao be taken with gan sui?",
        "麻黄汤由哪些药组成？",
        "半夏和川乌能同用吗？",
        "What is the dose of ephedra?",
    ],
)
async def test_every_marker_and_every_claim_is_anchored_in_the_herbal_pack(text: str, herbal: Domain) -> None:
    _require_cited(await answered(text, herbal))


def _states(fact: Fact, phrasing: Phrasing) -> Sentence:
    return Sentence(partial(phrasing.statement, fact), facts=(fact,))


def _lists(facts: tuple[Fact, ...]) -> Sentence:
    def item(fact: Fact) -> Item:
        return Item(lambda naming: naming(fact.object), (fact,))

    return Sentence(partial(constant, "what there is"), tuple(item(fact) for fact in facts))


def test_any_draft_renders_one_claim_per_fact_and_sentence_with_spans(minerals: Domain) -> None:
    facts = minerals.pack.graph.facts
    entities = {entity.id: entity for entity in minerals.pack.graph.entities}
    shapes = st.lists(st.lists(st.integers(0, len(facts) - 1), min_size=1, max_size=4, unique=True), max_size=6)

    @settings(max_examples=150, deadline=None)
    @given(shapes, st.sampled_from(["zh", "en"]))
    def holds(shape: list[list[int]], language: str) -> None:
        phrasing = Phrasing(minerals.pack, language)
        chosen = [tuple(facts[number] for number in numbers) for numbers in shape]
        sentences = tuple(_lists(some) if len(some) > 1 else _states(some[0], phrasing) for some in chosen)
        rendered = render(Draft(sentences), Naming(minerals.pack, language, entities), phrasing)

        assert [fact.id for fact in rendered.cited] == list(dict.fromkeys(f.id for some in chosen for f in some))
        assert {int(n) for n in _MARKER.findall(rendered.text)} == set(range(1, len(rendered.cited) + 1))
        assert len(rendered.claims) == sum(len(some) for some in chosen)
        claims = iter(rendered.claims)
        raw = rendered.text.encode()
        for some in chosen:
            for fact in some:
                claim = next(claims)
                assert (claim.subject, claim.predicate, claim.object) == (fact.subject, fact.predicate, fact.object)
                said = raw[claim.start_byte : claim.end_byte].decode()
                assert f"[{rendered.cited.index(fact) + 1}]" in said
                assert len(_MARKER.findall(said)) == len(some)

    holds()


def test_a_claim_gives_an_amount_as_a_quantity_and_not_as_qualifiers(minerals: Domain) -> None:
    phrasing = Phrasing(minerals.pack, "en")
    fact = next(f for f in minerals.pack.graph.facts if f.predicate == "HAS_HARDNESS" and f.subject == "pyrite")
    naming = Naming(minerals.pack, "en", {})
    (claim,) = render(Draft((_states(fact, phrasing),)), naming, phrasing).claims
    assert claim.quantity is not None
    assert (claim.quantity.low, claim.quantity.high, claim.quantity.unit) == (6, 6.5, "mohs")
    assert claim.qualifiers == {}


async def test_the_same_fact_keeps_its_number(minerals: Domain) -> None:
    answer = await answered("Why must pyrite be stored apart from niter?", minerals)
    apart = next(
        f.id for f in answer.evidence.facts if f.predicate == "STORE_APART_FROM" and {f.subject, f.object} == _PAIR
    )
    assert len(set(_MARKER.findall(answer.text))) == len({fact.id for fact in answer.evidence.facts})
    assert apart in {fact for verdict in answer.claims for fact in verdict.supporting}


_PAIR = {"pyrite", "niter"}


async def test_names_are_full_once_and_short_after_where_the_language_is_not_the_reference(herbal: Domain) -> None:
    answer = await answered("What are the functions and the category of Yu Ping Feng San?", herbal, "en")
    full = re.search(r"Jade Wind-Barrier Powder \(([^)]*)\)|\(([^)]*玉屏风散[^)]*)\)", answer.text)
    assert full is not None
    assert answer.text.count("玉屏风散") == 1
    assert answer.text.count("yù píng fēng sǎn") <= 1


async def test_names_are_short_in_the_reference_language(minerals: Domain, herbal: Domain) -> None:
    assert "石英" not in (await answered("What is the hardness of quartz?", minerals)).text
    assert re.search("[a-z]{3}", (await answered("玉屏风散有什么功效？", herbal)).text.split("（图谱修订")[0]) is None


async def test_a_name_in_another_language_names_all_others_at_the_first_mention_only(minerals: Domain) -> None:
    text = (await answered("萤石的颜色和晶系是什么？", minerals)).text
    assert text.count("萤石（yíng shí, fluorite）") == 1
    assert text.count("萤石") > 1
    assert "紫色（purple）" in text  # a value is named in the reference language only


async def test_a_list_closes_with_how_complete_it_is_and_of_which_revision(minerals: Domain) -> None:
    answer = await answered("Which minerals contain sulfur?", minerals)
    assert answer.completeness is not None
    assert (answer.completeness.shown, answer.completeness.total) == (3, 3)
    assert f"Shown 3 of 3 in the graph (graph revision {answer.answered_at.token})." in answer.text
    assert "checked against its primary source." in answer.text
    assert answer.text.endswith("Test data; not advice on storing chemicals.")


async def test_an_answer_without_a_list_names_its_revision_and_cites_nothing(minerals: Domain) -> None:
    answer = await answered("What is the hardness of moonglass?", minerals)
    assert answer.completeness is None
    assert f"(Graph revision {answer.answered_at.token}.)" in answer.text
    assert "primary sources" not in answer.text
    assert _MARKER.search(answer.text) is None


async def test_a_warning_sign_is_answered_by_the_packs_words_alone(minerals: Domain) -> None:
    answer = await answered("I swallowed halite, what is its colour?", minerals)
    assert answer.outcome is Outcome.REFUSED_UNSAFE
    assert answer.text == minerals.guards.guards[0].message["en"]
    assert answer.guard == "swallowed"


async def test_a_question_that_only_sounds_like_one_is_answered_after_the_packs_words(minerals: Domain) -> None:
    answer = await answered("What happens to swallowed halite? What is its colour?", minerals)
    assert answer.text.startswith(minerals.guards.guards[0].message["en"])
    assert answer.text != minerals.guards.guards[0].message["en"]
    assert answer.guard == "swallowed"


async def test_an_emergency_is_answered_when_the_graph_is_gone(minerals_apart: Domain) -> None:
    await minerals_apart.store.close()
    for text in ("I swallowed halite", "What happens to swallowed halite?"):
        answer = await answered(text, minerals_apart)
        assert answer.text == minerals_apart.guards.guards[0].message["en"]


async def test_a_finding_that_the_answer_does_not_state_is_stated_with_what_to_do(minerals: Domain) -> None:
    answer = await answered("What is the crystal system of galena?", minerals)
    assert "carries the hazard “toxic dust”. Wash your hands after touching it and do not grind it[2]." in answer.text
    assert [finding.rule for finding in answer.findings] == ["dust"]


async def test_a_finding_that_the_answer_states_adds_only_what_to_do(minerals: Domain) -> None:
    answer = await answered("Can niter be stored together with pyrite?", minerals)
    assert answer.text.startswith(
        "Niter must be stored apart from pyrite (danger of explosion)[1]. Keep them in separate"
    )
    assert answer.text.count("[1]") == 1


async def test_no_bare_yes_or_no_is_given_on_safety(minerals: Domain) -> None:
    assert (await answered("Is galena toxic dust hazard?", minerals)).text.startswith("Galena carries the hazard")
    assert (await answered("Is quartz cubic?", minerals)).text.startswith("No.")
    assert (await answered("Is quartz trigonal?", minerals)).text.startswith("Yes.")


async def test_silence_on_safety_is_said_to_prove_nothing(minerals: Domain) -> None:
    for text in ("Can quartz be stored with calcite?", "What are the hazards of quartz?"):
        answer = await answered(text, minerals)
        assert answer.outcome is Outcome.NOT_IN_GRAPH
        assert "Silence is not safety" in answer.text


def test_a_draft_without_some_facts_loses_what_rests_on_them_and_nothing_else(minerals: Domain) -> None:
    phrasing = Phrasing(minerals.pack, "en")
    one, two, three, four = minerals.pack.graph.facts[:4]
    said = Sentence(partial(constant, "A note."), is_note=True)
    draft = Draft((_lists((one, two)), _states(three, phrasing), said, _lists((four,))))

    assert [f.id for f in draft.without(frozenset({one.id})).facts()] == [two.id, three.id, four.id]
    assert draft.without(frozenset({one.id, two.id})).sentences == draft.sentences[1:]
    assert draft.without(frozenset({three.id, four.id})).sentences == (draft.sentences[0], said)
    assert draft.without(frozenset()) == draft
    both = Draft((Sentence(partial(constant, "both"), (Item(lambda _: "both", (one, two)),)),))
    assert both.without(frozenset({two.id})).sentences == ()


def test_taking_facts_out_only_ever_shrinks_a_draft(minerals: Domain) -> None:
    facts = minerals.pack.graph.facts[:6]
    draft = Draft((_lists(facts[:3]), _lists(facts[2:5]), replace(_lists(facts[4:]), facts=facts[:1])))
    for size in range(len(facts) + 1):
        for refused in combinations([fact.id for fact in facts], size):
            left = {fact.id for fact in draft.without(frozenset(refused)).facts()}
            assert left <= {fact.id for fact in draft.facts()} - set(refused)
