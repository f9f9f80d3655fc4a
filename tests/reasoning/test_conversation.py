"""Follow-ups, choices among what was asked back about, several questions in one; and what memory never does."""

import pytest

from reasoning.answer import Answer, Completed, Outcome, Question
from reasoning.ask import ask
from reasoning.conversation import Conversations, Turn
from reasoning.domain import Domain
from tests.reasoning.parts import plenty


async def talk(
    domain: Domain, *questions: str, memory: Conversations | None = None, principal: str = ""
) -> list[Answer]:
    memory = memory or Conversations()
    found: list[Answer] = []
    for question in questions:
        asked = Question(question, conversation=found[-1].conversation if found else "", asker=principal)
        events = [e async for e in ask(asked, domain, budget=plenty(), memory=memory)]
        assert isinstance(events[-1], Completed)
        found.append(events[-1].answer)
    return found


def about(answer: Answer, relation: str) -> set[str]:
    return {v.claim.subject for v in answer.claims if v.claim.predicate == relation}


def id_of(name: str, domain: Domain) -> str:
    return next(entity.id for entity in domain.pack.graph.entities if entity.standard("zh") == name)


@pytest.mark.parametrize(
    ("first", "second", "name", "relation"),
    [
        ("附子的功效是什么？", "那用量呢？", "附子", "HAS_DOSE"),
        ("麻黄汤由哪些药组成？", "出自哪本书？", "麻黄汤", "RECORDED_IN"),
        ("黄芪归哪些经？", "当归呢？", "当归", "ENTERS_CHANNEL"),
        ("What does Gui Zhi Tang treat?", "Which book is it from?", "桂枝汤", "RECORDED_IN"),
        ("What channels does ginseng enter?", "and dang gui?", "当归", "ENTERS_CHANNEL"),
    ],
)
async def test_what_a_follow_up_leaves_unsaid_is_recalled_and_shown(
    first: str, second: str, name: str, relation: str, herbal: Domain
) -> None:
    _, answer = await talk(herbal, first, second)
    assert answer.outcome is Outcome.ANSWERED
    assert about(answer, relation) == {id_of(name, herbal)}
    assert answer.plan.steps[0].operator == "RECALL"


@pytest.mark.parametrize("reply", ["第二个", "湖北贝母", "湖北的那个", "第2个"])
async def test_a_candidate_is_chosen_by_place_or_name(reply: str, herbal: Domain) -> None:
    asked, answer = await talk(herbal, "贝母的用量是多少？", reply)
    assert asked.outcome is Outcome.NEEDS_CLARIFICATION
    assert asked.clarification is not None
    second = asked.clarification.candidates[1]
    assert second.standard("zh") == "湖北贝母"
    assert about(answer, "HAS_DOSE") == {second.id}


async def test_a_reply_that_chooses_nothing_is_asked_back_again(herbal: Domain) -> None:
    _, answer = await talk(herbal, "贝母的用量是多少？", "嗯")
    assert answer.outcome is Outcome.NEEDS_CLARIFICATION


async def test_the_person_is_remembered(herbal: Domain) -> None:
    *_, answer = await talk(herbal, "半夏的功效是什么？", "她怀孕了", "怎么煎？")
    assert "pregnancy-level" in {finding.rule for finding in answer.findings}
    (alone,) = await talk(herbal, "半夏怎么煎？")
    assert "pregnancy-level" not in {finding.rule for finding in alone.findings}


async def test_a_whole_question_takes_nothing_from_the_one_before(herbal: Domain) -> None:
    _, answer = await talk(herbal, "附子的功效是什么？", "当归归哪些经？")
    assert about(answer, "ENTERS_CHANNEL") == {id_of("当归", herbal)}
    assert all(step.operator != "RECALL" for step in answer.plan.steps)


async def test_somebody_elses_conversation_is_a_new_one(herbal: Domain) -> None:
    memory = Conversations()
    (mine,) = await talk(herbal, "附子的功效是什么？", memory=memory, principal="one")
    asked = Question("那用量呢？", conversation=mine.conversation, asker="other")
    events = [e async for e in ask(asked, herbal, budget=plenty(), memory=memory)]
    assert isinstance(events[-1], Completed)
    assert events[-1].answer.outcome is not Outcome.ANSWERED


def test_conversations_end_and_are_bounded() -> None:
    now = 0.0
    memory = Conversations(seconds=10, most=2, clock=lambda: now)
    names = [memory.keep("me", "d", "", Turn(str(n), "en")) for n in range(3)]
    assert len(set(names)) == 3
    assert memory.recall("me", "d", names[0]) is None
    assert memory.recall("me", "d", names[2]) == Turn("2", "en")
    assert memory.recall("me", "other", names[2]) is None
    now = 11.0
    assert memory.recall("me", "d", names[2]) is None


@pytest.mark.parametrize(
    ("question", "relations"),
    [
        ("附子有毒吗？怎么煎？", {"HAS_TOXICITY": "附子", "DECOCTION_RULE": "附子"}),
        ("黄芪归哪些经？当归呢？", {"ENTERS_CHANNEL": "黄芪当归"}),
        ("What does Gui Zhi Tang treat? Which book is it from?", {"TREATS": "桂枝汤", "RECORDED_IN": "桂枝汤"}),
    ],
)
async def test_several_questions_are_each_answered(question: str, relations: dict[str, str], herbal: Domain) -> None:
    (answer,) = await talk(herbal, question)
    ids = {name: id_of(name, herbal) for name in ("附子", "黄芪", "当归", "桂枝汤")}
    assert answer.outcome is Outcome.ANSWERED
    for relation, names in relations.items():
        assert about(answer, relation) == {i for name, i in ids.items() if name in names}
    assert [step.operator for step in answer.plan.steps].count("PART") == 2


async def test_counts_of_several_questions_are_each_counted_again(herbal: Domain) -> None:
    (answer,) = await talk(herbal, "麻黄汤有几味药？桂枝汤有几味药？")
    counted = [v for v in answer.claims if not v.claim.predicate]
    assert [v.verdict.value for v in counted] == ["supported", "supported"]
    assert len({v.claim.text for v in counted}) == 2


async def test_an_emergency_is_heard_while_a_choice_waits(herbal: Domain) -> None:
    _, answer = await talk(herbal, "贝母的用量是多少？", "他喘不上气，嘴唇发紫了")
    (alone,) = await talk(herbal, "他喘不上气，嘴唇发紫了")
    assert answer.guard == alone.guard != ""


async def test_what_is_known_of_the_person_is_shown_and_can_be_withdrawn(herbal: Domain) -> None:
    memory = Conversations()
    _, answer = await talk(herbal, "我怀孕了，甘遂能吃吗？", "半夏怎么煎？", memory=memory)
    recalled = [step.description for step in answer.plan.steps if step.operator == "RECALL"]
    assert any("pregnant" in said for said in recalled)
    withdrawn = Question("半夏怎么煎？", conversation=answer.conversation, context={"pregnant": False})
    events = [e async for e in ask(withdrawn, herbal, budget=plenty(), memory=memory)]
    assert isinstance(events[-1], Completed)
    assert "pregnancy-level" not in {finding.rule for finding in events[-1].answer.findings}


@pytest.mark.parametrize(
    ("first", "second", "name", "relation"),
    [
        ("麻黄汤由哪些药组成？", "第二个的用量", "桂枝", "HAS_DOSE"),
        ("贝母的用量是多少？", "5", "浙贝母", "HAS_DOSE"),
        ("贝母的用量是多少？", "第二个的功效", "湖北贝母", "HAS_FUNCTION"),
    ],
)
async def test_a_place_picks_of_what_was_listed_or_asked_back_about(
    first: str, second: str, name: str, relation: str, herbal: Domain
) -> None:
    _, answer = await talk(herbal, first, second)
    assert about(answer, relation) == {id_of(name, herbal)}
    assert name in answer.plan.steps[0].description


@pytest.mark.parametrize("reply", ["the processed one", "the prepared one"])
async def test_a_choice_that_fits_several_is_asked_back_among_those(reply: str, herbal: Domain) -> None:
    first, second, third = await talk(herbal, "What is the dose of aconite?", reply, "the first one")
    assert first.clarification is not None
    assert second.outcome is Outcome.NEEDS_CLARIFICATION
    assert second.clarification is not None
    assert {e.id for e in second.clarification.candidates} < {e.id for e in first.clarification.candidates}
    assert about(third, "HAS_DOSE") == {second.clarification.candidates[0].id}


async def test_a_choice_holds_for_the_rest_of_the_conversation(herbal: Domain) -> None:
    *_, answer = await talk(herbal, "贝母的用量是多少？", "浙贝母", "附子有毒吗？", "贝母的用量是多少？")
    assert about(answer, "HAS_DOSE") == {id_of("浙贝母", herbal)}


@pytest.mark.parametrize(
    ("first", "second", "whole"),
    [
        ("人参的用量是多少？", "能和藜芦一起用吗？", "人参能和藜芦一起用吗？"),
        ("What is the dose of ginseng?", "Can it be combined with veratrum?", "Can ginseng be combined with veratrum?"),
    ],
)
async def test_one_of_a_pair_may_have_been_named_before(first: str, second: str, whole: str, herbal: Domain) -> None:
    _, answer = await talk(herbal, first, second)
    (direct,) = await talk(herbal, whole)
    assert {fact.id for fact in answer.evidence.facts} == {fact.id for fact in direct.evidence.facts} != set()


@pytest.mark.parametrize("text", ["Which herbs are incompatible with veratrum?", "哪些中药有大毒？"])
async def test_a_question_for_things_of_the_same_type_is_whole(text: str, herbal: Domain) -> None:
    _, answer = await talk(herbal, "附子的功效是什么？", text)
    (alone,) = await talk(herbal, text)
    assert answer.text == alone.text


async def test_a_question_outside_the_domain_keeps_the_subject(herbal: Domain) -> None:
    *_, answer = await talk(herbal, "附子的功效是什么？", "What is the weather like?", "那用量呢？")
    assert about(answer, "HAS_DOSE") == {id_of("附子", herbal)}
