"""From a question to typed plans: the form asked for, and nothing that does not type-check or is not called for."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.query.check import check
from kg.query.plan import (
    Anchor,
    Check,
    Compare,
    Comparison,
    Condition,
    Count,
    Difference,
    Expand,
    Intersect,
    OfType,
    Paths,
    Plan,
    Top,
    Union,
)
from kg.schema import Step
from reasoning.ask import language_of
from reasoning.domain import Domain
from reasoning.planning.candidates import propose
from reasoning.planning.form import Asked, Candidate, is_yes_no, stated_pairs
from reasoning.reading import Reading, read


def heard(text: str, domain: Domain) -> Reading:
    return read(text, domain.index, domain.lexicon, language_of(text))


def planned(text: str, domain: Domain, *, max_hops: int = 3) -> tuple[Candidate, ...]:
    return propose(heard(text, domain), domain.pack.schema, domain.moves, max_hops=max_hops)


def of(entity: str, relation: str) -> Expand:
    return Expand(Anchor((entity,)), Step(relation))


def with_(entity: str, relation: str) -> Expand:
    return Expand(Anchor((entity,)), Step(relation, forward=False))


SULFUR, LEAD = with_("element-sulfur", "CONTAINS_ELEMENT"), with_("lead", "CONTAINS_ELEMENT")
NO_LEAD = Difference(SULFUR, LEAD)
APART = Step("STORE_APART_FROM")


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        # One step forward and back.
        ("What is the crystal system of fluorite?", of("fluorite", "CRYSTALLISES_IN")),
        ("萤石有什么颜色？", of("fluorite", "SHOWS_COLOUR")),
        ("Which minerals contain sulfur?", SULFUR),
        ("哪些矿物含硫？", SULFUR),
        ("Which minerals are yellow?", with_("yellow", "SHOWS_COLOUR")),
        # Two steps.
        ("What are the hazards of the minerals that contain lead?", Expand(LEAD, Step("CARRIES_HAZARD"))),
        ("含钙的矿物有什么颜色？", Expand(with_("calcium", "CONTAINS_ELEMENT"), Step("SHOWS_COLOUR"))),
        (
            "Which elements are in the minerals of the cubic crystal system?",
            Expand(with_("cubic", "CRYSTALLISES_IN"), Step("CONTAINS_ELEMENT")),
        ),
        # Conditions that meet.
        ("Which minerals contain both sulfur and lead?", Intersect((SULFUR, LEAD))),
        ("哪些矿物既含硫又含铅？", Intersect((SULFUR, LEAD))),
        (
            "Which colours do fluorite and native sulfur share?",
            Intersect((of("fluorite", "SHOWS_COLOUR"), of("sulfur", "SHOWS_COLOUR"))),
        ),
        ("Which minerals contain sulfur or lead?", Union((SULFUR, LEAD))),
        ("哪些矿物含硫或含铅？", Union((SULFUR, LEAD))),
        # The exception stands before the name that it is about, or after it.
        ("Which minerals contain sulfur but not lead?", NO_LEAD),
        ("Which minerals contain sulfur without lead?", NO_LEAD),
        ("哪些矿物含硫而不含铅？", NO_LEAD),
        ("哪些矿物含硫而铅没有？", NO_LEAD),
        # Several things of one or of several entities.
        ("Compare the hardness of quartz and calcite", Compare(("quartz", "calcite"), Step("HAS_HARDNESS"))),
        ("石英和方解石的硬度有什么区别？", Compare(("quartz", "calcite"), Step("HAS_HARDNESS"))),
        (
            "What are the elements and colours of fluorite?",
            Union((of("fluorite", "SHOWS_COLOUR"), of("fluorite", "CONTAINS_ELEMENT"))),
        ),
        # An entity that is named twice is one entity.
        ("What is quartz, and which elements does quartz contain?", of("quartz", "CONTAINS_ELEMENT")),
        # Numbers.
        ("How many minerals contain sulfur?", Count(SULFUR)),
        ("含硫的矿物有几种", Count(SULFUR)),
        ("How many minerals are there?", Count(OfType("Mineral"))),
        ("Which mineral contains the most elements?", Top(OfType("Mineral"), Step("CONTAINS_ELEMENT"))),
        ("哪种矿物的元素最少？", Top(OfType("Mineral"), Step("CONTAINS_ELEMENT"), most=False)),
        # Whole types.
        ("List all minerals", OfType("Mineral")),
        ("有哪些矿物？", OfType("Mineral")),
        (
            "Which minerals have a hazard?",
            Expand(OfType("Hazard"), Step("CARRIES_HAZARD", forward=False), ("Mineral",)),
        ),
        # How two things are connected.
        ("How are galena and pyrite connected?", Paths("galena", "pyrite", 3)),
        ("石英和黄铁矿有什么关系", Paths("quartz", "pyrite", 3)),
        # A word that names a value of a qualifier is a condition.
        (
            "Which minerals must be stored apart from pyrite because of explosion?",
            Expand(Anchor(("pyrite",)), APART, (), (Condition("reason", Comparison.EQUAL, "explosion"),)),
        ),
    ],
)
def test_a_question_that_lists(text: str, plan: Plan, minerals: Domain) -> None:
    best = planned(text, minerals)[0]
    assert best.plan == plan
    assert best.signalled
    assert best.asked == ()
    assert best.unused == ()


@pytest.mark.parametrize(
    ("text", "plan", "asked"),
    [
        (
            "Does galena contain lead?",
            Check("galena", Step("CONTAINS_ELEMENT"), "lead"),
            [("galena", "CONTAINS_ELEMENT", "lead")],
        ),
        (
            "黄铁矿含铁吗？",
            Check("pyrite", Step("CONTAINS_ELEMENT"), "iron"),
            [("pyrite", "CONTAINS_ELEMENT", "iron")],
        ),
        (  # no word says the relation: between these types there is only one
            "Is quartz cubic?",
            Check("quartz", Step("CRYSTALLISES_IN"), "cubic"),
            [("quartz", "CRYSTALLISES_IN", "cubic")],
        ),
        (
            "Does galena contain sulfur and lead?",
            Intersect((of("galena", "CONTAINS_ELEMENT"), Anchor(("element-sulfur", "lead")))),
            [("galena", "CONTAINS_ELEMENT", "element-sulfur"), ("galena", "CONTAINS_ELEMENT", "lead")],
        ),
        (
            "Can niter be stored together with pyrite?",
            Check("niter", APART, "pyrite"),
            [("niter", "STORE_APART_FROM", "pyrite")],
        ),
        (
            "Can niter be kept together with pyrite and stibnite?",
            Intersect(
                (Expand(Anchor(("niter", "pyrite", "stibnite")), APART), Anchor(("niter", "pyrite", "stibnite")))
            ),
            [
                ("niter", "STORE_APART_FROM", "pyrite"),
                ("niter", "STORE_APART_FROM", "stibnite"),
                ("pyrite", "STORE_APART_FROM", "stibnite"),
            ],
        ),
    ],
)
def test_a_question_that_checks(text: str, plan: Plan, asked: list[tuple[str, str, str]], minerals: Domain) -> None:
    best = planned(text, minerals)[0]
    assert best.plan == plan
    assert best.asked == tuple(Asked(*triple) for triple in asked)


@pytest.mark.parametrize("text", ["Is 7 g the hardness of quartz?", "石英的硬度是7克吗？"])
def test_a_question_that_checks_an_amount(text: str, minerals: Domain) -> None:
    best = planned(text, minerals)[0]
    (asked,) = best.asked
    assert best.plan == of("quartz", "HAS_HARDNESS")
    assert (asked.subject, asked.predicate, asked.object) == ("quartz", "HAS_HARDNESS", "")
    assert asked.quantity is not None
    assert (asked.quantity.low, asked.quantity.high, asked.quantity.unit) == (7, 7, "g")


def test_a_question_about_one_detail_of_a_pair_checks_the_pair(herbal: Domain) -> None:
    best = planned("麻黄汤中麻黄的用量是多少？", herbal)[0]
    (asked,) = best.asked
    assert asked.predicate == "HAS_MEMBER"
    assert isinstance(best.plan, Check)


def test_an_entity_alone_asks_for_all_that_is_known_of_it(minerals: Domain) -> None:
    (only,) = planned("quartz", minerals)
    assert isinstance(only.plan, Union)
    relations = {part.step.relation for part in only.plan.parts if isinstance(part, Expand)}
    assert relations >= {"CRYSTALLISES_IN", "SHOWS_COLOUR", "HAS_HARDNESS"}
    assert only.signalled


@pytest.mark.parametrize(
    "text",
    ["", "the of and", "你好，请问", "quartz and galena", "moonglass", "石英和萤石", "💎", "Is it?", "quartz price"],
)
def test_nothing_is_planned_where_nothing_is_signalled(text: str, minerals: Domain) -> None:
    assert [candidate for candidate in planned(text, minerals) if candidate.signalled] == []


def test_no_path_is_longer_than_the_hops_allowed(minerals: Domain) -> None:
    text = "What are the hazards of the minerals that contain lead?"
    assert isinstance(planned(text, minerals, max_hops=2)[0].plan, Expand)
    assert planned(text, minerals, max_hops=1)[0].unused  # the hazards cannot be reached


def test_words_that_a_plan_leaves_over_cost(minerals: Domain) -> None:
    both, one, *_ = planned("What are the elements and colours of fluorite?", minerals)
    assert (both.unused, len(one.unused)) == ((), 1)
    assert both.score > one.score


@pytest.mark.parametrize(
    ("text", "yes_no"),
    [
        ("Is quartz cubic?", True),
        ("Please, can niter be stored with pyrite?", True),
        ("Which minerals are yellow?", False),
        ("minerals that are yellow", False),
        ("Why is pyrite yellow?", False),
        ("How many colours does fluorite have?", False),
        ("石英含硅吗", True),
        ("石英是不是含硅", True),
        ("石英含什么", False),
    ],
)
def test_yes_or_no_is_told_from_the_rest(text: str, yes_no: bool, minerals: Domain) -> None:  # noqa: FBT001
    assert is_yes_no(heard(text, minerals)) is yes_no


@pytest.mark.parametrize(
    ("text", "stated"),
    [
        ("Why does pyrite crystallise in the trigonal system?", [("pyrite", "CRYSTALLISES_IN", "trigonal")]),
        ("Why is quartz purple?", [("quartz", "SHOWS_COLOUR", "purple")]),
        ("Why does galena carry toxic dust?", []),  # the relation is neither functional nor closed
        ("Which of pyrite and quartz is trigonal?", []),  # one of two: nothing is stated of either
        ("hardness of quartz", []),
    ],
)
def test_what_a_question_takes_for_granted(text: str, stated: list[tuple[str, str, str]], minerals: Domain) -> None:
    found = stated_pairs(heard(text, minerals), minerals.pack.schema, minerals.moves)
    assert found == tuple(Asked(*triple) for triple in stated)


_NAMES = [
    "quartz",
    "pyrite",
    "niter",
    "sulfur",
    "lead",
    "cubic",
    "yellow",
    "toxic dust",
    "oxidisers",
    "萤石",
    "铅",
    "紫色",
]
_WORDS = [
    *("which minerals", "elements", "colours", "hazards", "crystal system", "storage class", "hardness", "variety of"),
    *("contain", "stored with", "why", "explosion", "corrode", "how many", "most", "fewest", "compare", "is", "can"),
    *("or", "and", "both", "but not", "without", "related", "not", "3 g", "moonglass", "in common"),
    *(
        "哪些矿物",
        "元素",
        "颜色",
        "硬度",
        "含",
        "放在一起",
        "吗",
        "几种",
        "最多",
        "不含",
        "既",
        "或",
        "和",
        "关系",
        "3克",
    ),
]


_QUESTIONS = st.lists(st.one_of(st.sampled_from(_NAMES), st.sampled_from(_WORDS)), min_size=1, max_size=10)


def test_every_candidate_type_checks(minerals: Domain) -> None:
    types = {entity.id: entity.type for entity in minerals.pack.graph.entities}

    @settings(max_examples=250, deadline=None)
    @given(_QUESTIONS.map(" ".join), st.integers(1, 4))
    def holds(text: str, hops: int) -> None:
        candidates = planned(text, minerals, max_hops=hops)
        assert len({candidate.plan for candidate in candidates}) == len(candidates)
        assert [c.score for c in candidates] == sorted((c.score for c in candidates), reverse=True)
        for candidate in candidates:
            assert check(candidate.plan, minerals.pack.schema, types) or isinstance(candidate.plan, Paths)

    holds()
