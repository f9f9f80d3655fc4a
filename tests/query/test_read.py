"""Reads beside plans, on both stores."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from kg.errors import SchemaViolation, TraversalLimit
from kg.model import Fact
from kg.query import read
from kg.store import GraphStore, Snapshot
from tests.stores import SCHEMA, Place, fact, small_graph


@pytest_asyncio.fixture
async def snapshot(place: Place, store: GraphStore) -> AsyncIterator[Snapshot]:
    await store.load(small_graph(place.domain))
    async with store.snapshot() as opened:
        yield opened


def named(found: tuple[Fact, ...]) -> list[str]:
    return sorted(f"{each.subject} {each.predicate} {each.object}" for each in found)


async def test_entities_that_do_not_exist_are_left_out(snapshot: Snapshot) -> None:
    found = await read.entities(snapshot, ["bob", "nobody", "bob"])
    assert list(found) == ["bob"]
    assert found["bob"].properties == {"age": 40.0, "alive": True, "motto": "so it goes"}
    assert await read.entities(snapshot, []) == {}


async def test_facts_touch_either_end_and_each_comes_once(snapshot: Snapshot) -> None:
    found = await read.facts_touching(snapshot, SCHEMA, ["bob", "rome", "dee"], predicates=["LIVES_IN", "KNOWS"])
    assert named(found) == [
        "ann KNOWS bob",
        "ann LIVES_IN rome",
        "ann LIVES_IN rome",
        "bob LIVES_IN rome",
        "cyd KNOWS bob",
        "dee KNOWS dee",
    ]
    assert [each.id for each in found] == sorted(each.id for each in found)


async def test_only_exact_statements_match_but_symmetric_ones_both_ways(snapshot: Snapshot) -> None:
    asked = [
        ("bob", "KNOWS", "cyd"),
        ("rome", "LIVES_IN", "bob"),
        ("ann", "LIVES_IN", "oslo"),
        ("dee", "LIVES_IN", "oslo"),
    ]
    assert named(await read.facts_matching(snapshot, SCHEMA, asked)) == ["cyd KNOWS bob"]
    assert await read.facts_matching(snapshot, SCHEMA, []) == ()


async def test_parallel_facts_all_match(snapshot: Snapshot) -> None:
    assert len(await read.facts_matching(snapshot, SCHEMA, [("ann", "LIVES_IN", "rome")])) == 2


async def test_an_unknown_relation_is_refused_before_any_query(snapshot: Snapshot) -> None:
    with pytest.raises(SchemaViolation, match="LIVES_IN"):
        await read.facts_matching(snapshot, SCHEMA, [("ann", "x`]-() RETURN 1 //", "rome")])


async def test_counts_leave_out_retracted_facts_and_empty_groups(snapshot: Snapshot) -> None:
    assert await read.type_counts(snapshot) == {"Person": 4, "Place": 3, "Source": 1}
    assert await read.fact_counts(snapshot, SCHEMA) == {"KNOWS": 3, "LIVES_IN": 4, "NAMED_IN": 1, "PART_OF": 2}
    assert await read.relation_counts(snapshot, SCHEMA, "dee") == {"KNOWS": 1}
    assert await read.relation_counts(snapshot, SCHEMA, "rome") == {"LIVES_IN": 3, "PART_OF": 1}


async def test_a_fact_is_found_by_its_id_even_if_retracted(snapshot: Snapshot) -> None:
    known = fact("dee", "LIVES_IN", "oslo")
    assert list(await read.facts(snapshot, SCHEMA, [known.id, "0" * 16])) == [known.id]


async def test_a_list_that_would_be_cut_is_an_error(snapshot: Snapshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "_LIMIT", 2)
    with pytest.raises(TraversalLimit, match="more than 2"):
        await read.facts_touching(snapshot, SCHEMA, ["ann"])
