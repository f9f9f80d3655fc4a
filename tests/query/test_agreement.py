"""Generated plans on generated graphs: each store agrees with the reference, and the stores with each other."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.model import Fact, Graph
from kg.query import plan as p
from kg.query.describe import describe
from kg.query.execute import execute
from kg.query.result import Result, facts
from kg.store import Snapshot
from tests.query.reference import Reference
from tests.query.strategies import graphs, plans
from tests.stores import SCHEMA, Place, make_place

Answer = TypeVar("Answer")
DOMAIN = f"generated-{secrets.token_hex(6)}"
CASES = {"graph": graphs(DOMAIN), "asked": st.lists(plans(), min_size=4, max_size=12)}
generated = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


def at(place: Place, graph: Graph, work: Callable[[Snapshot], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        store = place.open(time_limit=60.0)
        try:
            await store.load(graph)
            async with store.snapshot() as snapshot:
                return await work(snapshot)
        finally:
            await store.close()

    return asyncio.run(run())


def results(place: Place, graph: Graph, asked: list[p.Plan]) -> list[Result]:
    async def work(snapshot: Snapshot) -> list[Result]:
        return [await execute(plan, snapshot, SCHEMA) for plan in asked]

    return at(place, graph, work)


def ids(witnesses: Mapping[str, tuple[Fact, ...]]) -> dict[str, set[str]]:
    return {identity: {fact.id for fact in found} for identity, found in witnesses.items()}


def assert_agrees(result: Result, plan: p.Plan, graph: Graph, reference: Reference) -> None:
    assert list(result.entities) == sorted(result.entities)
    assert not result.truncated or isinstance(plan, p.Paths)
    known = {fact.id: fact for fact in graph.facts}
    assert all(known[fact.id] == fact for fact in facts(result))
    match plan:
        case p.Count(source):
            assert result.count == result.total == len(reference.found(source))
        case p.Check(subject, step, obj):
            found = reference.found(p.Expand(p.Anchor((subject,)), step))
            expected = {i: w for i, w in found.items() if obj in {None, i}}
            assert (result.holds, ids(result.witnesses)) == (bool(expected), expected)
        case p.Compare(compared, step):
            groups = {i: tuple(sorted(reference.found(p.Expand(p.Anchor((i,)), step)))) for i in compared}
            assert result.groups == groups
            assert ids(result.witnesses) == reference.found(p.Expand(p.Anchor(compared), step))
        case p.Attribute(source, name):
            held = {i: reference.entity(i).properties for i in reference.found(source)}
            assert result.values == {i: values[name] for i, values in held.items() if name in values}
        case p.Paths():
            walks = reference.paths(plan)
            shown = [tuple(fact.id for fact in path) for path in result.paths]
            assert [len(path) for path in shown] == [len(path) for path in walks[:10]]
            assert len(set(shown)) == len(shown)
            assert set(shown) <= set(walks)
            assert result.truncated == (len(walks) > 10)
        case _:
            expected = reference.found(plan)
            assert (set(result.entities), ids(result.witnesses)) == (set(expected), expected)
            assert result.total == len(expected)


@pytest.mark.parametrize("kind", ["ladybug", "neo4j"])
@generated
@given(**CASES)
def test_a_store_agrees_with_the_reference(
    kind: str,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    graph: Graph,
    asked: list[p.Plan],
) -> None:
    place = the_place(kind, request, tmp_path_factory.getbasetemp())
    reference = Reference(graph, SCHEMA)
    for plan, result in zip(asked, results(place, graph, asked), strict=True):
        assert_agrees(result, plan, graph, reference)
        described = [operator for operator, _ in describe(plan, SCHEMA, str, "en")]
        assert [step.operator for step in result.trace] == described


@generated
@given(**CASES)
def test_both_stores_give_the_same_result_to_the_last_detail(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, graph: Graph, asked: list[p.Plan]
) -> None:
    both = [
        results(the_place(kind, request, tmp_path_factory.getbasetemp()), graph, asked) for kind in ("ladybug", "neo4j")
    ]
    for mine, theirs in zip(*both, strict=True):
        assert details(mine) == details(theirs)


def details(result: Result) -> str:
    """Everything, in its order, but the texts of queries."""
    return repr(replace(result, trace=tuple(replace(step, query="") for step in result.trace)))


def the_place(kind: str, request: pytest.FixtureRequest, folder: Path) -> Place:
    return make_place(kind, request, folder, domain=DOMAIN)
