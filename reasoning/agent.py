"""The agent as a LangGraph: link → safety → plan → retrieve → (replan once) → draft → verify → (revise) → finish.

The only module that knows LangGraph. Steps are plain coroutines over `State` and `Run`; here they
become nodes that report when they start and end, and the edges that decide what comes next.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from functools import cache
from typing import Any, Final, TypeAlias

from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime

from kg.messages import text
from reasoning.answer import ClaimChecked, Event, Retrieved, StepCompleted, StepKind, StepStarted
from reasoning.evidence import subgraph
from reasoning.state import Run, State
from reasoning.steps.check import revise, verify_draft
from reasoning.steps.draft import draft
from reasoning.steps.plan import next_candidate, plan
from reasoning.steps.retrieve import retrieve
from reasoning.steps.understand import link_entities, safety

__all__ = ["run_agent"]

_Step: TypeAlias = Callable[[State, Run], Awaitable[State]]
_MOST_ROUNDS: Final = 2


async def run_agent(run: Run) -> AsyncGenerator[Event | State, None]:
    """Run one question; yields events as they happen and the final state last."""
    final: State = {}
    # The stubs know the items of one mode only; of several modes an item is a pair of the mode and the item.
    stream: AsyncIterator[Any] = _graph().astream({}, context=run, stream_mode=["custom", "values"])
    async for mode, item in stream:
        if mode == "custom":
            yield item
        else:
            final = item
    yield final


def _node(kind: StepKind, step: _Step) -> Any:  # noqa: ANN401  LangGraph's own protocol of a node is private
    async def node(state: State, runtime: Runtime[Run]) -> State:
        run, emit = runtime.context, get_stream_writer()
        title = text(f"step_{kind}", run.language)
        emit(StepStarted(kind, title))
        started = time.monotonic()
        change = await step(state, run)
        while run.pending:
            emit(run.pending.pop(0))
        if kind is StepKind.RETRIEVE:
            emit(Retrieved(subgraph(change["facts"].values(), change["entities"])))
        if kind is StepKind.VERIFY:
            for verdict in change["verdicts"]:
                emit(ClaimChecked(verdict))
        emit(StepCompleted(kind, title, time.monotonic() - started))
        return change

    return node


def _after_plan(state: State) -> str:
    return StepKind.DRAFT if "outcome" in state else StepKind.RETRIEVE


def _after_retrieve(state: State) -> str:
    found = state["result"].entities or state["asked"] or state["premises"]
    return StepKind.DRAFT if found or next_candidate(state) is None else StepKind.PLAN


def _after_verify(state: State) -> str:
    return StepKind.REVISE if state["refused"] and state["rounds"] < _MOST_ROUNDS else END


@cache
def _graph() -> CompiledStateGraph[State, Run, State, State]:
    graph = StateGraph(State, context_schema=Run)
    steps: dict[StepKind, _Step] = {
        StepKind.LINK_ENTITIES: link_entities,
        StepKind.CHECK_SAFETY: safety,
        StepKind.PLAN: plan,
        StepKind.RETRIEVE: retrieve,
        StepKind.DRAFT: draft,
        StepKind.VERIFY: verify_draft,
        StepKind.REVISE: revise,
    }
    for kind, step in steps.items():
        graph.add_node(kind.value, _node(kind, step))
    graph.add_edge(START, StepKind.LINK_ENTITIES)
    graph.add_edge(StepKind.LINK_ENTITIES, StepKind.CHECK_SAFETY)
    graph.add_edge(StepKind.CHECK_SAFETY, StepKind.PLAN)
    graph.add_conditional_edges(StepKind.PLAN, _after_plan, [StepKind.DRAFT, StepKind.RETRIEVE])
    graph.add_conditional_edges(StepKind.RETRIEVE, _after_retrieve, [StepKind.DRAFT, StepKind.PLAN])
    graph.add_edge(StepKind.DRAFT, StepKind.VERIFY)
    graph.add_conditional_edges(StepKind.VERIFY, _after_verify, [StepKind.REVISE, END])
    graph.add_edge(StepKind.REVISE, StepKind.VERIFY)
    return graph.compile()
