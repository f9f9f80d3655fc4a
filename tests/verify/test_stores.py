"""Claims against real stores: what is read is all that the judge needs, in few queries, and failures stay failures."""

from itertools import pairwise

import pytest

from kg.errors import GraphUnavailable
from kg.query import read
from kg.store import GraphStore
from reasoning.answer import ClaimVerdict, Quantity, Reason, Verdict
from reasoning.budget import Budget, BudgetExceeded, Deadline
from reasoning.state import Counted
from reasoning.verify import judge, verify
from tests.stores import Place
from tests.verify.parts import SCHEMA, claim, fact, graph, held, qualified
from tests.verify.test_truth_table import ACID_CLASS, CASES, CLASSES, LIME_CLASS

LIFT = qualified(fact("oil LOADED_BY north"), {"low": 3.0, "high": 9.0, "unit": "g", "basis": "lift"})
FACTS = tuple(
    {each.id: each for facts, *_ in CASES.values() for each in (*facts, ACID_CLASS, CLASSES, LIME_CLASS, LIFT)}.values()
)
CLAIMS = (
    *(stated for _, stated, *_ in CASES.values()),
    claim("oil LOADED_BY north", Quantity(3, 9, "g", "lift")),
    claim("oil LOADED_BY north", Quantity(30, 30, "g", "lift")),
)


async def _open(place: Place) -> GraphStore:
    store = place.open(schema=SCHEMA)
    await store.load(graph(place.domain, *FACTS))
    return store


async def test_a_store_tells_the_judge_as_much_as_the_whole_graph_in_memory(place: Place) -> None:
    store = await _open(place)
    whole = held(*FACTS)
    async with store.snapshot() as snapshot:
        together = await verify(CLAIMS, snapshot, SCHEMA, language="zh")
        alone = [(await verify([each], snapshot, SCHEMA, language="zh"))[0] for each in CLAIMS]
    await store.close()
    expected = [judge(each, whole, SCHEMA, "zh") for each in CLAIMS]
    assert list(together) == expected
    assert alone == expected


async def test_what_rows_stated_is_checked_in_three_queries_however_much_it_is(place: Place) -> None:
    store = await _open(place)
    stated = [claim(f"{each.subject} {each.predicate} {each.object}") for each in FACTS if each.predicate == "CALLS_AT"]
    budget = Budget(Deadline.after(60))
    async with store.snapshot() as snapshot:
        await verify(stated * 20, Counted(snapshot, budget), SCHEMA)
        assert budget.graph_queries == 3  # entities, facts, opposites
        await verify(CLAIMS, Counted(snapshot, budget), SCHEMA)
        assert budget.graph_queries <= 3 + 10
        with pytest.raises(BudgetExceeded):
            await verify(CLAIMS, Counted(snapshot, Budget(Deadline.after(60), max_graph_queries=1)), SCHEMA)
    await store.close()


async def test_claims_that_cannot_be_looked_up_need_no_store(place: Place) -> None:
    store = await _open(place)
    budget = Budget(Deadline.after(60), max_graph_queries=0)
    async with store.snapshot() as snapshot:
        found = await verify([claim("anna SAILS_TO oslo")], Counted(snapshot, budget), SCHEMA)
        assert await verify([], Counted(snapshot, budget), SCHEMA) == ()
    await store.close()
    assert [each.reason for each in found] == [Reason.UNLINKED]


async def test_a_hierarchy_is_read_as_far_up_as_it_goes_and_once_round_a_circle(place: Place) -> None:
    store = place.open(schema=SCHEMA)
    rising = pairwise(("sky", "azure", "tint", "hue", "shade", "azure"))
    kinds = [fact(f"{narrow} KIND_OF {broad}") for narrow, broad in rising]
    await store.load(graph(place.domain, fact("anna PAINTED sky"), *kinds))
    budget = Budget(Deadline.after(60))
    async with store.snapshot() as snapshot:
        counted = Counted(snapshot, budget)
        [high, beside] = [
            (await verify([claim(f"anna PAINTED {colour}")], counted, SCHEMA))[0] for colour in ("shade", "green")
        ]
    await store.close()
    assert (high.verdict, high.reason) == (Verdict.SUPPORTED, Reason.DERIVED)
    assert (beside.verdict, beside.reason) == (Verdict.REFUTED, Reason.OPPOSITE_FACT)
    assert budget.graph_queries <= 2 * (3 + 5)


async def test_a_claim_with_too_much_around_it_is_left_unchecked_and_the_others_are_not(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = place.open(schema=SCHEMA)
    many = [
        fact(f"anna CALLS_AT {port}", season=season) for port in ("oslo", "riga") for season in ("summer", "winter")
    ]
    await store.load(graph(place.domain, *many, fact("bella CALLS_AT oslo")))
    monkeypatch.setattr(read, "_LIMIT", 3)
    claims = [claim("anna CALLS_AT oslo"), claim("bella CALLS_AT oslo"), claim("not anna CALLS_AT riga")]
    async with store.snapshot() as snapshot:
        found = await verify(claims, snapshot, SCHEMA)
    await store.close()
    assert [each.claim for each in found] == claims
    assert [each.reason for each in found] == [Reason.UNCHECKED, Reason.EXACT_FACT, Reason.UNCHECKED]
    assert [each.verdict for each in found].count(Verdict.NOT_ENOUGH_EVIDENCE) == 2
    assert found[0].rationale


async def test_a_store_that_fails_supports_nothing(place: Place) -> None:
    store = await _open(place)
    verdicts: list[ClaimVerdict] = []

    async def close_and_verify() -> None:
        async with store.snapshot() as snapshot:
            await store.close()
            verdicts.extend(await verify(CLAIMS, snapshot, SCHEMA))

    with pytest.raises(GraphUnavailable):
        await close_and_verify()
    assert verdicts == []
