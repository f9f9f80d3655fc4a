"""Asks one question: pins a revision, runs the agent on one snapshot, and ends with the answer."""

import re
import time
import uuid
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime

from kg.errors import BencaoError, RevisionGone
from kg.messages import text
from kg.model import Source
from kg.query import read as graph
from kg.query.describe import describe
from reasoning.agent import run_agent
from reasoning.answer import (
    Answer,
    Completed,
    Completeness,
    Event,
    Outcome,
    PlanStep,
    QueryPlan,
    Question,
    StepKind,
    Usage,
)
from reasoning.budget import Budget
from reasoning.conversation import Conversations, Understood, turn_of, understood
from reasoning.domain import Domain
from reasoning.evidence import subgraph
from reasoning.guards import Guarded, guarded
from reasoning.phrasing import Phrasing
from reasoning.several import joined, questions_in
from reasoning.state import Counted, Run, State
from reasoning.steps.check import verify_draft
from reasoning.steps.draft import shown_of_total

__all__ = ["ask", "language_of"]

_CJK = re.compile(r"[\u3400-\u9fff]")


def language_of(text: str) -> str:
    """Return `zh` for a text with any Chinese character, else `en`."""
    return "zh" if _CJK.search(text) else "en"


async def ask(  # noqa: PLR0913  (what an answer is made with)
    question: Question,
    domain: Domain,
    *,
    budget: Budget,
    prose: bool = False,
    memory: Conversations | None = None,
    left_out: frozenset[StepKind] = frozenset(),
) -> AsyncGenerator[Event, None]:
    """Answer a question; the last event is `Completed`.

    Args:
        question: what is asked, of which conversation, about whom.
        domain: whose graph is asked.
        budget: what the answer may cost.
        prose: let the model write connecting sentences.
        memory: where conversations are kept; without it every question stands alone.
        left_out: `CHECK_SAFETY` or `VERIFY`, to measure what these are worth; no service sets it.

    Raises:
        RevisionGone: the question names a revision that is not the one held.
        GraphUnavailable: the store does not answer.
        BudgetExceeded: the answer would need more graph queries than the budget has.
    """
    started = time.monotonic()
    # Found in the words alone, so that an emergency is answered whatever else is broken, or remembered.
    guard = guarded(question.text, domain.guards)
    place = (question.asker, domain.pack.id, question.conversation)
    last = memory.recall(*place) if memory is not None and question.conversation else None
    wordless = not any(map(str.isalpha, question.text))  # a number chooses in any language
    own = last.language if last is not None and wordless else language_of(question.text)
    language = (question.language or own).split("-")[0]
    meant = Understood(question.text)
    inherited: tuple[str, ...] = ()
    if last is not None:
        inherited = tuple(key for key in last.context if key not in question.context)
        meant = understood(question.text, last, domain, language)
        question = replace(question, text=meant.text, meant=meant.meant, context={**last.context, **question.context})
    guard = guard or guarded(question.text, domain.guards)
    if guard is not None and not guard.goes_on:
        yield Completed(_refusal(guard, question, domain, language, started))
        return
    try:
        async with aclosing(_answered(question, domain, budget, language, prose, guard, started, left_out)) as events:
            async for event in events:
                if isinstance(event, Completed) and memory is not None:
                    yield Completed(_kept(event.answer, question, meant, memory, domain, language, inherited))
                else:
                    yield event
    except BencaoError:
        if guard is None:
            raise
        yield Completed(_refusal(guard, question, domain, language, started))


async def _answered(  # noqa: PLR0913, PLR0917  (what an answer is made with)
    question: Question,
    domain: Domain,
    budget: Budget,
    language: str,
    prose: bool,  # noqa: FBT001
    guard: Guarded | None,
    started: float,
    left_out: frozenset[StepKind],
) -> AsyncGenerator[Event, None]:
    """Answer a question that no guard refuses."""
    async with domain.store.snapshot() as snapshot:
        if question.revision and question.revision != snapshot.revision.token:
            message = f"revision {question.revision} is not held; the current one is {snapshot.revision.token}"
            raise RevisionGone(message, revision=question.revision)
        run = Run(
            question=question,
            domain=domain,
            snapshot=Counted(snapshot, budget),
            budget=budget,
            language=language,
            phrasing=Phrasing(domain.pack, language, question.audience),
            prose=prose,
            leading=guard.message(language) if guard else "",
            left_out=left_out,
        )
        states: list[State] = []
        parts = questions_in(question.text, domain, language)
        for number, part in enumerate(parts):
            one = replace(run, question=replace(question, text=part), leading="" if number else run.leading)
            async with aclosing(run_agent(one)) as events:
                async for event in events:
                    if isinstance(event, dict):
                        states.append(event)
                    else:
                        yield event
        state = states[0]
        if len(states) > 1:
            state = joined(states, run)
            state = {**state, **await verify_draft(state, run)}
        is_current = snapshot.revision == domain.revision
        sources = domain.sources if is_current else await graph.sources(run.snapshot)
        answer = _answer(state, run, sources, time.monotonic() - started)
        if len(states) > 1:
            answer = replace(answer, plan=_plans(parts, states, run))
        yield Completed(replace(answer, guard=guard.guard.id) if guard else answer)


def _refusal(guard: Guarded, question: Question, domain: Domain, language: str, started: float) -> Answer:
    """Return what a guard says; nothing of the graph is read for it."""
    return Answer(
        id=uuid.uuid4().hex,
        outcome=guard.guard.outcome,
        text=guard.message(language),
        answered_at=domain.revision,
        created=datetime.now(UTC),
        usage=Usage(elapsed=time.monotonic() - started),
        conversation=question.conversation,
        pack_version=domain.pack.version,
        guard=guard.guard.id,
    )


def _answer(state: State, run: Run, sources: Mapping[str, Source], elapsed: float) -> Answer:
    cited = state["rendered"].cited
    finding_facts = [state["facts"][f] for finding in state["findings"] for f in finding.facts if f in state["facts"]]
    named = [i for name in state["reading"].named for i in name.ids]
    evidence = subgraph((*cited, *finding_facts), state["entities"], more=named)
    keys = dict.fromkeys(e.source for fact in evidence.facts for e in fact.evidence)
    budget = run.budget
    return Answer(
        id=uuid.uuid4().hex,
        outcome=state["outcome"],
        text=state["rendered"].text,
        answered_at=run.snapshot.revision,
        created=datetime.now(UTC),
        claims=state["verdicts"],
        evidence=evidence,
        sources=tuple(sources[key] for key in keys if key in sources),
        usage=Usage(budget.model_calls, budget.input_tokens, budget.output_tokens, budget.graph_queries, elapsed),
        plan=_plan(state, run),
        findings=state["findings"],
        completeness=_completeness(state, run),
        degradations=state.get("degradations", ()),
        clarification=state.get("clarification"),
        conversation=run.question.conversation,
        pack_version=run.domain.pack.version,
    )


def _kept(  # noqa: PLR0913, PLR0917  (what a turn is made of)
    answer: Answer,
    question: Question,
    meant: Understood,
    memory: Conversations,
    domain: Domain,
    language: str,
    inherited: Sequence[str],
) -> Answer:
    """Keep the turn, and say in the plan what was recalled for it."""
    turn = turn_of(meant, domain, language, question.context, answer)
    last = memory.recall(question.asker, domain.pack.id, question.conversation)
    if last is not None and answer.outcome is Outcome.OUT_OF_DOMAIN:
        turn = replace(last, context=turn.context)  # the subject stays what it was
    name = memory.keep(question.asker, domain.pack.id, question.conversation, turn)
    if inherited:
        said = text("recalled_context", language, keys=text("list_separator", language).join(inherited))
        answer = replace(answer, plan=replace(answer.plan, steps=(PlanStep("RECALL", said), *answer.plan.steps)))
    if meant.recalled:
        said = text("recalled", language, recalled=meant.recalled, question=meant.text)
        answer = replace(answer, plan=replace(answer.plan, steps=(PlanStep("RECALL", said), *answer.plan.steps)))
    return replace(answer, conversation=name)


def _plans(parts: Sequence[str], states: Sequence[State], run: Run) -> QueryPlan:
    """Return the plans of several questions, each after a step that names its question."""
    plans = [_plan(state, run) for state in states]
    steps = [
        step
        for part, plan in zip(parts, plans, strict=True)
        for step in (PlanStep("PART", text("part", run.language, question=part)), *plan.steps)
    ]
    return QueryPlan(tuple(steps), plans[0].planner)


def _plan(state: State, run: Run) -> QueryPlan:
    if "result" not in state:
        return QueryPlan(planner=state.get("planner", "rules"))
    entities = state["entities"]

    def label(entity: str) -> str:
        found = entities.get(entity)
        return found.label(run.language, run.domain.pack.reference_language) if found else entity

    words = describe(state["candidate"].plan, run.domain.pack.schema, label, run.language)
    steps = tuple(
        PlanStep(operator, said, trace.query, trace.rows)
        for (operator, said), trace in zip(words, state["result"].trace, strict=True)
    )
    return QueryPlan(steps, state.get("planner", "rules"))


def _completeness(state: State, run: Run) -> Completeness | None:
    if "result" not in state or state["outcome"] not in (Outcome.ANSWERED, Outcome.PARTIAL, Outcome.CONTRADICTED):
        return None
    return Completeness(*shown_of_total(state, run))
