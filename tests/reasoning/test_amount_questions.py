"""Questions by amount, by grade and by what one thing has more than another: the answer is what the tables come to."""

import pytest

from kg.model import Fact
from reasoning.answer import Answer, Outcome
from reasoning.domain import Domain
from tests.reasoning.parts import answered


def facts(domain: Domain, relation: str) -> list[Fact]:
    return [fact for fact in domain.pack.graph.facts if fact.predicate == relation and fact.status == "asserted"]


def id_of(domain: Domain, name: str) -> str:
    return next(entity.id for entity in domain.pack.graph.entities if entity.standard("zh") == name)


def listed(answer: Answer, relation: str, end: str) -> set[str]:
    return {getattr(fact, end) for fact in answer.evidence.facts if fact.predicate == relation}


@pytest.mark.parametrize(
    ("question", "low", "high"),
    [
        ("用量上限超过30克的药有哪些？", 30.0, None),
        ("herbs with a max dose above 30 g", 30.0, None),
        ("哪些药的用量不超过0.5克？", None, 0.5),
    ],
)
async def test_herbs_by_the_upper_end_of_their_dose(
    question: str, low: float | None, high: float | None, herbal: Domain
) -> None:
    answer = await answered(question, herbal)
    herbs = {entity.id for entity in herbal.pack.graph.entities if entity.type == "Herb"}
    wanted = {
        fact.subject
        for fact in facts(herbal, "HAS_DOSE")
        if fact.subject in herbs
        and fact.qualifiers.get("unit") == "g"
        and isinstance(top := fact.qualifiers.get("high"), float)
        and (low is None or top > low)
        and (high is None or top <= high)
    }
    assert answer.outcome is Outcome.ANSWERED
    assert listed(answer, "HAS_DOSE", "subject") == wanted
    assert len(wanted) > 3


async def test_an_amount_and_another_condition_have_to_hold_together(herbal: Domain) -> None:
    answer = await answered("归肝经的药里用量超过30克的有哪些？", herbal)
    liver = {fact.subject for fact in facts(herbal, "ENTERS_CHANNEL") if fact.object == id_of(herbal, "肝经")}
    assert answer.completeness is not None
    assert answer.completeness.total == len(listed(answer, "HAS_DOSE", "subject")) > 0
    assert listed(answer, "HAS_DOSE", "subject") <= liver


@pytest.mark.parametrize("question", ["哪味药的毒性最大？", "毒性最强的药是哪些", "Which herb is most toxic?"])
async def test_the_most_of_a_grade_is_its_highest(question: str, herbal: Domain) -> None:
    answer = await answered(question, herbal)
    assert listed(answer, "HAS_TOXICITY", "object") == {"toxicity-high"}


async def test_the_most_parts_are_counted(herbal: Domain) -> None:
    answer = await answered("哪个方剂的药味最多？", herbal)
    formulas = {entity.id for entity in herbal.pack.graph.entities if entity.type == "Formula"}
    parts: dict[str, set[str]] = {}
    for fact in facts(herbal, "HAS_MEMBER"):
        if fact.subject in formulas:
            parts.setdefault(fact.subject, set()).add(fact.object)
    most = max(map(len, parts.values()))
    assert listed(answer, "HAS_MEMBER", "subject") == {name for name, held in parts.items() if len(held) == most}


@pytest.mark.parametrize(
    ("question", "more", "less"),
    [("桂枝汤比麻黄汤多了哪些药？", "桂枝汤", "麻黄汤"), ("麻黄汤比桂枝汤少哪些药", "桂枝汤", "麻黄汤")],
)
async def test_what_one_has_more_than_the_other(question: str, more: str, less: str, herbal: Domain) -> None:
    answer = await answered(question, herbal)
    held = {
        name: {f.object for f in facts(herbal, "HAS_MEMBER") if f.subject == id_of(herbal, name)}
        for name in (more, less)
    }
    told = {verdict.claim.object for verdict in answer.claims if verdict.claim.predicate == "HAS_MEMBER"}
    assert told == held[more] - held[less]


@pytest.mark.parametrize("question", ["细辛能用到9克吗？", "Can I use 9 g of asarum a day?"])
async def test_an_amount_in_a_yes_or_no_question_is_compared_with_the_dose(question: str, herbal: Domain) -> None:
    answer = await answered(question, herbal)
    assert listed(answer, "HAS_DOSE", "subject") == {id_of(herbal, "细辛")}
    assert not listed(answer, "ASSAY_LIMIT", "subject")


async def test_a_word_for_leave_does_not_widen_a_question_about_an_amount(herbal: Domain) -> None:
    answer = await answered("细辛最多能用几克？", herbal)
    assert len(answer.plan.steps) == 2
    assert listed(answer, "HAS_DOSE", "subject") == {id_of(herbal, "细辛")}


async def test_two_conditions_do_not_share_the_word_of_one(herbal: Domain) -> None:
    answer = await answered("治疗失眠的方剂里含有酸枣仁的有哪些", herbal)
    treats = {f.subject for f in facts(herbal, "TREATS") if f.object == id_of(herbal, "失眠")}
    holds = {f.subject for f in facts(herbal, "HAS_MEMBER") if f.object == id_of(herbal, "酸枣仁")}
    assert listed(answer, "HAS_MEMBER", "subject") == treats & holds


async def test_what_is_not_explained_is_not_answered_with_everything_of_a_type(herbal: Domain) -> None:
    answer = await answered("清代的方剂有哪些？", herbal)
    assert answer.outcome not in {Outcome.ANSWERED, Outcome.PARTIAL}
