"""The agent at work: the order of its events, its limits, its second look at the store, and its use of a model."""

import asyncio
from contextlib import aclosing, suppress
from dataclasses import replace
from typing import Any

import pytest

from kg.errors import RevisionGone
from kg.store import GraphStore, Rows, Statement
from reasoning.answer import (
    Answer,
    ClaimChecked,
    Completed,
    Degradation,
    DraftDelta,
    Outcome,
    Question,
    Reason,
    Retrieved,
    StepCompleted,
    StepKind,
    StepStarted,
    Verdict,
    Warned,
)
from reasoning.ask import ask
from reasoning.budget import BudgetExceeded
from reasoning.domain import Domain
from reasoning.llm.errors import ModelUnavailable
from tests.reasoning.parts import Reciter, Wrapped, answered, events, plenty

SULFUR = "Which minerals contain sulfur?"
TIE = "What is amethyst a variety of?"  # the words fit both directions of one relation


async def test_events_come_in_order_and_end_with_the_answer(minerals: Domain) -> None:
    happened = await events(Question(SULFUR), minerals)
    steps = [event for event in happened if isinstance(event, StepStarted | StepCompleted)]
    kinds = ["link_entities", "check_safety", "plan", "retrieve", "draft", "verify"]
    assert [event.kind for event in steps] == [StepKind(kind) for kind in kinds for _ in range(2)]
    assert [type(event) for event in steps] == [StepStarted, StepCompleted] * len(kinds)
    assert all(event.elapsed >= 0 for event in steps if isinstance(event, StepCompleted))

    last = happened[-1]
    assert isinstance(last, Completed)
    assert sum(isinstance(event, Completed) for event in happened) == 1
    retrieved = next(event for event in happened if isinstance(event, Retrieved))
    assert {fact.id for fact in last.answer.evidence.facts} <= {fact.id for fact in retrieved.evidence.facts}
    checked = [event.verdict for event in happened if isinstance(event, ClaimChecked)]
    assert tuple(checked) == last.answer.claims != ()


async def test_steps_are_named_in_the_language_of_the_question(minerals: Domain) -> None:
    titles = [e.title for e in await events(Question("哪些矿物含硫？"), minerals) if isinstance(e, StepStarted)]
    assert titles[0] == "识别问题中的名称"
    asked_in_english = Question("哪些矿物含硫？", language="en-GB")
    titles = [e.title for e in await events(asked_in_english, minerals) if isinstance(e, StepStarted)]
    assert titles[0] == "Link the names in the question"


async def test_an_answer_says_what_it_cost_and_where_it_stands(minerals: Domain) -> None:
    (*_, last) = await events(Question(SULFUR, conversation="c1"), minerals)
    assert isinstance(last, Completed)
    answer = last.answer
    assert answer.usage.graph_queries > 0
    assert answer.usage.elapsed > 0
    assert (answer.usage.model_calls, answer.plan.planner) == (0, "rules")
    assert answer.degradations == (Degradation.NO_MODEL,)
    assert (answer.conversation, answer.pack_version) == ("c1", "0.0.1")
    assert [step.operator for step in answer.plan.steps] == ["ANCHOR", "EXPAND"]
    assert answer.plan.steps[-1].rows == 3
    assert {source.key for source in answer.sources} == {"handbook"}


async def test_the_revision_asked_for_is_the_one_read_or_none(minerals: Domain) -> None:
    held = (await answered(SULFUR, minerals)).answered_at.token
    (*_, last) = await events(Question(SULFUR, revision=held), minerals)
    assert isinstance(last, Completed)
    assert last.answer.answered_at.token == held
    with pytest.raises(RevisionGone, match=held):
        await events(Question(SULFUR, revision="r999-0000000000000000"), minerals)


async def test_an_answer_stays_within_its_graph_queries(minerals: Domain) -> None:
    needed = (await answered(SULFUR, minerals)).usage.graph_queries
    assert (await answered(SULFUR, minerals, max_graph_queries=needed)).outcome is Outcome.ANSWERED
    store = Wrapped(minerals.store)
    with pytest.raises(BudgetExceeded, match=f"more than {needed - 1} graph queries"):
        await answered(SULFUR, replace(minerals, store=store), max_graph_queries=needed - 1)
    assert len(store.reads) == needed - 1
    assert store.open_snapshots == 0


class _Forgetful(Wrapped):
    """A store that, once it has answered the plan, loses one of `entities` (or `at_once` all) with every look at it."""

    def __init__(self, inner: GraphStore, entities: list[str], *, at_once: bool = False) -> None:
        super().__init__(inner)
        self.left, self.lost, self.at_once = list(entities), set[str](), at_once
        self.has_answered = False

    async def on_rows(self, statement: Statement, rows: Rows) -> Rows:
        if "predicate" not in statement.columns:
            return rows
        if not self.has_answered:
            self.has_answered = "source" in statement.columns  # a walk from an entity: the plan, not a check of facts
            return rows
        self.lost |= {self.left.pop(0) for _ in range(len(self.left) if self.at_once else min(1, len(self.left)))}
        subject = statement.columns.index("subject")
        return replace(rows, values=[row for row in rows.values if row[subject] not in self.lost])


async def test_a_fact_that_is_gone_when_verified_leaves_the_text(minerals: Domain) -> None:
    store = _Forgetful(minerals.store, ["galena"])
    happened = await events(Question(SULFUR), replace(minerals, store=store))
    answer = _answer(happened)
    assert answer.outcome is Outcome.PARTIAL
    assert "pyrite" in answer.text
    assert "galena" not in answer.text
    assert "Statements that did not pass verification were removed." in answer.text
    assert {verdict.verdict for verdict in answer.claims} == {Verdict.SUPPORTED}
    assert "galena" not in {fact.subject for fact in answer.evidence.facts if fact.predicate == "CONTAINS_ELEMENT"}
    verdicts = [event.verdict for event in happened if isinstance(event, ClaimChecked)]
    assert [v.claim.subject for v in verdicts if v.verdict is not Verdict.SUPPORTED] == ["galena"]
    assert _kinds(happened)[-3:] == [StepKind.VERIFY, StepKind.REVISE, StepKind.VERIFY]


async def test_if_nothing_holds_nothing_is_said(minerals: Domain) -> None:
    store = _Forgetful(minerals.store, ["galena", "pyrite", "stibnite"], at_once=True)
    answer = _answer(await events(Question(SULFUR), replace(minerals, store=store)))
    assert answer.outcome is Outcome.NOT_IN_GRAPH
    assert answer.evidence.facts == ()
    for name in ("galena", "pyrite", "stibnite"):
        assert name not in answer.text


async def test_there_are_at_most_two_rounds_of_revision(minerals: Domain) -> None:
    store = _Forgetful(minerals.store, ["galena", "pyrite", "stibnite"])
    happened = await events(Question(SULFUR), replace(minerals, store=store))
    assert _kinds(happened).count(StepKind.REVISE) == 2
    assert _kinds(happened)[-1] is StepKind.VERIFY


async def test_what_fails_twice_takes_everything_out_that_was_not_verified(minerals: Domain) -> None:
    store = _Forgetful(minerals.store, ["galena", "pyrite", "stibnite"])
    answer = _answer(await events(Question(SULFUR), replace(minerals, store=store)))
    assert answer.outcome is Outcome.NOT_IN_GRAPH
    assert (answer.claims, answer.evidence.facts) == ((), ())
    assert "stibnite" not in answer.text
    assert answer.text.count("Statements that did not pass verification were removed.") == 1


@pytest.mark.parametrize("kind", list(StepKind)[:6])
async def test_cancelling_closes_the_snapshot_and_leaves_the_store_usable(kind: StepKind, minerals: Domain) -> None:
    store = Wrapped(minerals.store)
    domain = replace(minerals, store=store)
    reached = asyncio.Event()

    async def consume() -> None:
        async with aclosing(ask(Question(SULFUR), domain, budget=plenty())) as happening:
            async for event in happening:
                if isinstance(event, StepStarted) and event.kind is kind:
                    assert store.open_snapshots == 1
                    reached.set()
                    await asyncio.Event().wait()

    task = asyncio.create_task(consume())
    await reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert store.open_snapshots == 0
    assert (await answered(SULFUR, domain)).outcome is Outcome.ANSWERED


class _Stuck(Wrapped):
    """A store whose reads never end."""

    def __init__(self, inner: GraphStore) -> None:
        super().__init__(inner)
        self.stuck = asyncio.Event()

    async def on_rows(self, statement: Statement, rows: Rows) -> Rows:
        del statement
        self.stuck.set()
        await asyncio.Event().wait()
        return rows


async def test_cancelling_during_a_read_closes_the_snapshot(minerals: Domain) -> None:
    store = _Stuck(minerals.store)
    task = asyncio.create_task(events(Question(SULFUR), replace(minerals, store=store)))
    await store.stuck.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    assert task.cancelled()
    assert store.open_snapshots == 0


async def test_sources_that_disagree_are_both_given(minerals: Domain) -> None:
    answer = await answered("What is the crystal system of chrysocolla?", minerals)
    assert answer.outcome is Outcome.CONTRADICTED
    assert {fact.object for fact in answer.evidence.facts} == {"orthorhombic", "amorphous"}
    assert {source.key for source in answer.sources} == {"handbook", "cabinet"}
    assert "The sources disagree" in answer.text
    assert {verdict.reason for verdict in answer.claims} == {Reason.CONFLICTING_SOURCES}


@pytest.mark.parametrize(
    ("text", "holds"),
    [("Why does pyrite crystallise in the trigonal system?", "cubic"), ("Why is quartz purple?", "colourless")],
)
async def test_a_false_premise_is_refuted_with_what_holds(text: str, holds: str, minerals: Domain) -> None:
    answer = await answered(text, minerals)
    assert answer.outcome is Outcome.PREMISE_REFUTED
    assert {fact.object for fact in answer.evidence.facts} == {holds}
    assert holds in answer.text


async def test_an_ambiguous_name_asks_which_one_is_meant(minerals: Domain) -> None:
    answer = await answered("What is the hardness of spar?", minerals)
    assert answer.outcome is Outcome.NEEDS_CLARIFICATION
    assert answer.clarification is not None
    assert answer.clarification.mention == "spar"
    assert {entity.id for entity in answer.clarification.candidates} == {"calcite", "fluorite", "baryte"}
    assert answer.claims == ()


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("Who won the match?", Outcome.OUT_OF_DOMAIN),
        ("", Outcome.OUT_OF_DOMAIN),
        ("I swallowed halite", Outcome.REFUSED_UNSAFE),
        ("What is the hardness of quartz and its price?", Outcome.PARTIAL),
        ("Can niter be stored with moonglass?", Outcome.NOT_IN_GRAPH),
        ("quartz and galena", Outcome.NOT_IN_GRAPH),
        ("What are the hazards of quartz?", Outcome.NOT_IN_GRAPH),
    ],
)
async def test_what_cannot_be_answered_is_said_as_what_it_is(text: str, outcome: Outcome, minerals: Domain) -> None:
    assert (await answered(text, minerals)).outcome is outcome


async def test_the_second_plan_is_tried_where_the_first_finds_nothing(minerals: Domain) -> None:
    happened = await events(Question(TIE), minerals)
    assert _kinds(happened).count(StepKind.PLAN) == _kinds(happened).count(StepKind.RETRIEVE) == 2
    assert {fact.object for fact in _answer(happened).evidence.facts} == {"quartz"}


def _with_model(domain: Domain, *replies: Any) -> tuple[Domain, Reciter]:
    model = Reciter(replies=list(replies))
    return replace(domain, model=model, model_name="reciter"), model


async def test_a_model_settles_a_tie(minerals: Domain) -> None:
    domain, model = _with_model(minerals, "B")
    happened = await events(Question(TIE), domain)
    answer = _answer(happened)
    assert (answer.plan.planner, answer.outcome) == ("reciter", Outcome.ANSWERED)
    assert {fact.object for fact in answer.evidence.facts} == {"quartz"}
    assert _kinds(happened).count(StepKind.RETRIEVE) == 1  # the right plan at once
    (prompt,) = model.heard
    assert TIE in prompt
    assert "A. varieties of amethyst\nB. the species that amethyst is a variety of" in prompt
    assert answer.usage.model_calls == 1
    assert answer.usage.input_tokens > 0
    assert answer.degradations == ()


@pytest.mark.parametrize(
    "reply",
    ["I would rather not say", "Z", "", "{", "\x00" * 50, "AB" * 5000],
    ids=["prose", "Z", "", "{", "nul", "AB"],
)
async def test_an_answer_beside_the_options_leaves_the_rules_plan(reply: str, minerals: Domain) -> None:
    domain, _ = _with_model(minerals, reply)
    answer = await answered(TIE, domain)
    assert (answer.plan.planner, answer.outcome, answer.usage.model_calls) == ("rules", Outcome.ANSWERED, 1)


@pytest.mark.parametrize("fault", [ModelUnavailable("the model is asleep"), OSError("no route"), ValueError("garbage")])
async def test_a_model_that_fails_leaves_the_rules_plan_and_says_so(fault: Exception, minerals: Domain) -> None:
    domain, _ = _with_model(minerals, fault)
    happened = await events(Question(TIE), domain)
    answer = _answer(happened)
    assert (answer.plan.planner, answer.outcome) == ("rules", Outcome.ANSWERED)
    assert answer.degradations == (Degradation.NO_MODEL,)
    (warning,) = [event for event in happened if isinstance(event, Warned)]
    assert warning.reason == "MODEL_UNAVAILABLE"
    assert str(fault) in warning.message


@pytest.mark.parametrize("text", [SULFUR, "Is quartz cubic?", "What is the hardness of spar?", "石英的硬度是多少"])
async def test_a_model_is_never_asked_where_the_rules_are_sure(text: str, minerals: Domain) -> None:
    domain, model = _with_model(minerals, AssertionError("asked"))
    answer = await answered(text, domain)
    assert model.heard == []
    assert (answer.plan.planner, answer.degradations, answer.usage.model_calls) == ("rules", (), 0)


async def test_a_model_is_not_asked_beyond_the_budget(minerals: Domain) -> None:
    domain, model = _with_model(minerals, "B")
    assert (await answered(TIE, domain, max_model_calls=0)).plan.planner == "rules"
    assert model.heard == []


async def test_a_plan_that_a_model_fills_in_is_of_the_schema_or_none(minerals: Domain) -> None:
    domain, model = _with_model(minerals, '{"steps": ["HAS_HARDNESS"]}')
    answer = await answered("quartz and galena", domain)
    assert (answer.plan.planner, answer.outcome) == ("reciter", Outcome.ANSWERED)
    assert {fact.predicate for fact in answer.evidence.facts} >= {"HAS_HARDNESS"}
    assert len(model.heard) == 1

    domain, model = _with_model(minerals, '{"steps": ["DROP_TABLE"]}')
    answer = await answered("quartz and galena", domain)
    assert (answer.plan.planner, answer.outcome) == ("rules", Outcome.NOT_IN_GRAPH)
    assert answer.usage.model_calls == len(model.heard) == 2


async def test_without_prose_nothing_is_streamed_as_a_draft(minerals: Domain) -> None:
    domain, _ = _with_model(minerals, "B")
    assert not [event for event in await events(Question(TIE), domain) if isinstance(event, DraftDelta)]


def _answer(happened: list[Any]) -> Answer:
    last = happened[-1]
    assert isinstance(last, Completed)
    return last.answer


def _kinds(happened: list[Any]) -> list[StepKind]:
    return [event.kind for event in happened if isinstance(event, StepStarted)]
