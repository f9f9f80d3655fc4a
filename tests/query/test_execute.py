"""Results that a plan must give, said by hand, on both stores."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest_asyncio

from kg.model import Entity, Graph
from kg.query.execute import execute
from kg.query.plan import (
    Anchor,
    Attribute,
    Check,
    Compare,
    Comparison,
    Condition,
    Count,
    Expand,
    Filter,
    Intersect,
    OfType,
    Paths,
    Plan,
    Top,
)
from kg.query.result import Result, facts
from kg.schema import Step
from kg.store import GraphStore, Snapshot
from tests.stores import SCHEMA, Place, fact, small_graph

HOME, KNOWS, PART = Step("LIVES_IN"), Step("KNOWS"), Step("PART_OF")
AT_ROME = Expand(Anchor(("rome",)), Step("LIVES_IN", forward=False))


@pytest_asyncio.fixture
async def snapshot(place: Place, store: GraphStore) -> AsyncIterator[Snapshot]:
    await store.load(small_graph(place.domain))
    async with store.snapshot() as opened:
        yield opened


async def run(plan: Plan, snapshot: Snapshot) -> Result:
    return await execute(plan, snapshot, SCHEMA)


def named(result: Result, entity: str) -> list[str]:
    return [f"{each.subject} {each.predicate} {each.object}" for each in result.witnesses[entity]]


async def test_a_reverse_lookup_finds_each_entity_once_with_all_its_facts(snapshot: Snapshot) -> None:
    result = await run(AT_ROME, snapshot)
    assert result.entities == ("ann", "bob")
    assert named(result, "ann") == ["ann LIVES_IN rome"] * 2
    assert len({each.id for each in result.witnesses["ann"]}) == 2
    assert (result.total, result.truncated) == (2, False)


async def test_witnesses_of_two_hops_begin_with_the_first(snapshot: Snapshot) -> None:
    result = await run(Expand(Expand(Anchor(("bob",)), HOME), PART), snapshot)
    assert named(result, "europe") == ["bob LIVES_IN rome", "rome PART_OF europe"]


async def test_a_retracted_fact_never_answers(snapshot: Snapshot) -> None:
    assert (await run(Expand(Anchor(("dee",)), HOME), snapshot)).entities == ()
    assert (await run(Check("dee", HOME, "oslo"), snapshot)).holds is False
    assert (await run(Paths("dee", "oslo"), snapshot)).paths == ()


async def test_a_symmetric_relation_holds_both_ways_and_keeps_its_stored_direction(snapshot: Snapshot) -> None:
    for step in (KNOWS, Step("KNOWS", forward=False)):
        result = await run(Expand(Anchor(("bob",)), step), snapshot)
        assert result.entities == ("ann", "cyd")
        assert named(result, "cyd") == ["cyd KNOWS bob"]
        assert (await run(Check("bob", step, "ann"), snapshot)).holds is True


async def test_one_fact_must_meet_all_conditions(snapshot: Snapshot) -> None:
    guest, late = Condition("role", Comparison.EQUAL, "guest"), Condition("since", Comparison.AT_LEAST, 2000.0)
    assert (await run(replace(AT_ROME, where=(guest,)), snapshot)).entities == ("ann",)
    assert (await run(replace(AT_ROME, where=(late,)), snapshot)).entities == ("ann",)
    assert (await run(replace(AT_ROME, where=(guest, late)), snapshot)).entities == ()


async def test_a_missing_value_meets_no_condition(snapshot: Snapshot) -> None:
    people = OfType("Person")
    for comparison in (Comparison.EQUAL, Comparison.NOT_EQUAL):
        result = await run(Filter(people, Condition("motto", comparison, "so it goes")), snapshot)
        assert result.entities == (("bob",) if comparison is Comparison.EQUAL else ())


async def test_a_check_shows_what_there_is_instead(snapshot: Snapshot) -> None:
    assert (await run(Check("ann", HOME, "oslo"), snapshot)).holds is False
    result = await run(Check("ann", HOME, None), snapshot)
    assert (result.holds, result.entities) == (True, ("rome",))


async def test_compared_entities_stand_in_the_order_asked(snapshot: Snapshot) -> None:
    result = await run(Compare(("cyd", "ann", "dee"), HOME), snapshot)
    assert list(result.groups.items()) == [("cyd", ("oslo",)), ("ann", ("rome",)), ("dee", ())]
    assert result.entities == ("oslo", "rome")


async def test_the_top_keeps_ties_and_says_the_numbers(snapshot: Snapshot) -> None:
    most = await run(Top(OfType("Person"), KNOWS), snapshot)
    assert (most.entities, most.values) == (("bob",), {"bob": 2.0})
    assert len(most.witnesses["bob"]) == 2
    fewest = await run(Top(OfType("Person"), KNOWS, most=False), snapshot)
    assert fewest.values == {"ann": 1.0, "cyd": 1.0, "dee": 1.0}


async def test_values_of_a_property_leave_out_who_has_none(snapshot: Snapshot) -> None:
    result = await run(Attribute(OfType("Person"), "age"), snapshot)
    assert result.values == {"ann": 30.0, "bob": 40.0}
    assert result.total == 4


async def test_paths_come_shortest_first_and_facts_lists_each_fact_once(snapshot: Snapshot) -> None:
    result = await run(Paths("ann", "europe", 3), snapshot)
    walks = [[each.predicate for each in path] for path in result.paths]
    assert walks == [["LIVES_IN", "PART_OF"], ["LIVES_IN", "PART_OF"], ["KNOWS", "LIVES_IN", "PART_OF"]]
    assert len(facts(result)) == 5


async def test_nothing_at_either_end_is_no_path_and_no_failure(snapshot: Snapshot) -> None:
    assert (await run(Paths("ann", "ann"), snapshot)).paths == ()
    assert (await run(Expand(Intersect((Anchor(("ann",)), Anchor(("bob",)))), HOME), snapshot)).entities == ()


async def test_the_trace_says_each_query_and_its_rows_without_any_value(snapshot: Snapshot) -> None:
    result = await run(
        Count(Expand(Anchor(("rome",)), HOME, where=(Condition("role", Comparison.EQUAL, "x'y"),))), snapshot
    )
    assert [(step.operator, step.rows, bool(step.query)) for step in result.trace] == [
        ("ANCHOR", 1, False),
        ("EXPAND", 0, True),
        ("COUNT", 1, False),
    ]
    assert "rome" not in result.trace[1].query
    assert "x'y" not in result.trace[1].query


async def test_a_cut_list_says_so_and_still_counts_exactly(place: Place, store: GraphStore) -> None:
    people = tuple(Entity(f"p{number:02}", "Person", ()) for number in range(40))
    homes = tuple(fact(each.id, "LIVES_IN", "rome") for each in people)
    await store.load(Graph(place.domain, (*people, Entity("rome", "Place", ())), homes, ()))
    async with store.snapshot() as opened:
        listed = await execute(AT_ROME, opened, SCHEMA, row_limit=7)
        assert (len(listed.entities), listed.total, listed.truncated) == (7, 40, True)
        counted = await execute(Count(AT_ROME), opened, SCHEMA, row_limit=7)
        assert (counted.count, counted.truncated) == (40, True)
        kept = await execute(Filter(AT_ROME, Condition("age", Comparison.LESS, 1.0)), opened, SCHEMA, row_limit=7)
        assert kept.truncated
