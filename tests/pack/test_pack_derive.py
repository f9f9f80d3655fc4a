"""Derived facts: what a chain entails, with its proof, and nothing else."""

from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.model import Entity, Evidence, Fact, Grade, Name, Qualifiers, Review, Status, fact_id
from kg.pack.content import Pack
from kg.pack.derive import derive
from kg.pack.read import read_pack
from kg.schema import Chain, EntityType, Relation, Schema, Step

MINERALS = Path(__file__).parents[1] / "packs" / "minerals"


def relation(name: str, subject: str, obj: str, *, symmetric: bool = False, chain: Chain | None = None) -> Relation:
    return Relation(name, (subject,), (obj,), {}, symmetric=symmetric, chain=chain, qualifiers=("why",))


CHAIN = Chain((Step("IN"), Step("AGAINST"), Step("IN", forward=False)))
SCHEMA = Schema(
    {name: EntityType(name, {}) for name in ("Thing", "Group")},
    {
        "IN": relation("IN", "Thing", "Group"),
        "AGAINST": relation("AGAINST", "Group", "Group", symmetric=True),
        "APART": relation("APART", "Thing", "Thing", symmetric=True, chain=CHAIN),
    },
    {},
)
THINGS = [f"t{number}" for number in range(5)]
GROUPS = [f"g{number}" for number in range(3)]
ENTITIES = {
    **{name: Entity(name, "Thing", (Name(name, "en"),)) for name in THINGS},
    **{name: Entity(name, "Group", (Name(name, "en"),)) for name in GROUPS},
}


def fact(subject: str, predicate: str, obj: str, qualifiers: Qualifiers | None = None, source: str = "book") -> Fact:
    evidence = Evidence(source, f"{subject}-{obj}", Grade.REVIEW, Review.PENDING)
    return Fact(
        fact_id(subject, predicate, obj, qualifiers or {}), subject, predicate, obj, qualifiers or {}, (evidence,)
    )


def derived(facts: list[Fact]) -> list[Fact]:
    return [f for f in derive(SCHEMA, ENTITIES, facts) if f.derived_from]


members = st.sets(st.tuples(st.sampled_from(THINGS), st.sampled_from(GROUPS)))
oppositions = st.sets(st.sampled_from(list(combinations(GROUPS, 2))))


@given(members, oppositions)
def test_derived_pairs_are_those_that_brute_force_finds(
    inside: set[tuple[str, str]], against: set[tuple[str, str]]
) -> None:
    facts = [fact(t, "IN", g) for t, g in inside] + [fact(a, "AGAINST", b) for a, b in against]
    expected = {
        (min(one, other), max(one, other))
        for (one, g), (other, h) in product(inside, inside)
        if one != other and ((g, h) in against or (h, g) in against)
    }
    found = derived(facts)
    assert {(f.subject, f.object) for f in found} == expected
    assert len(found) == len(expected)
    by_id = {f.id: f for f in facts}
    for f in found:
        premises = [by_id[i] for i in f.derived_from]
        assert {e for p in premises for e in p.evidence} == set(f.evidence)
        assert len(premises) >= 3


def test_the_proof_stands_in_the_order_of_the_chain_from_the_subject() -> None:
    facts = [fact("t1", "IN", "g1"), fact("g0", "AGAINST", "g1"), fact("t2", "IN", "g0")]
    (found,) = derived(facts)
    assert (found.subject, found.object) == ("t1", "t2")
    assert found.derived_from == (facts[0].id, facts[1].id, facts[2].id)
    assert found.id == fact_id("t1", "APART", "t2", {})


def test_several_ways_to_one_statement_make_one_fact() -> None:
    facts = [
        fact("t1", "IN", "g0"),
        fact("t1", "IN", "g1"),
        fact("t2", "IN", "g2"),
        fact("g0", "AGAINST", "g2"),
        fact("g1", "AGAINST", "g2"),
    ]
    (found,) = derived(facts)
    assert set(found.derived_from) == {f.id for f in facts}


def test_qualifiers_are_taken_where_the_facts_agree_and_dropped_where_not() -> None:
    agreed = [fact("t1", "IN", "g0", {"why": "a"}), fact("g0", "AGAINST", "g1", {"why": "a"}), fact("t2", "IN", "g1")]
    assert derived(agreed)[0].qualifiers == {"why": "a"}
    differing = [*agreed[:2], fact("t2", "IN", "g1", {"why": "b"})]
    assert derived(differing)[0].qualifiers == {}


def test_a_disputed_premise_makes_a_disputed_conclusion_and_a_retracted_one_none() -> None:
    first, second, third = fact("t1", "IN", "g0"), fact("g0", "AGAINST", "g1"), fact("t2", "IN", "g1")
    statuses = {}
    for status in Status:
        changed = Fact(first.id, "t1", "IN", "g0", evidence=first.evidence, status=status)
        statuses[status] = [f.status for f in derived([changed, second, third])]
    assert statuses == {
        Status.ASSERTED: [Status.ASSERTED],
        Status.DISPUTED: [Status.DISPUTED],
        Status.SUPERSEDED: [],
        Status.RETRACTED: [],
    }


def test_what_is_curated_and_derived_stays_curated_with_all_evidence() -> None:
    facts = [fact("t1", "IN", "g0"), fact("g0", "AGAINST", "g1"), fact("t2", "IN", "g1"), fact("t1", "APART", "t2")]
    (stated,) = [f for f in derive(SCHEMA, ENTITIES, facts) if f.predicate == "APART"]
    assert stated.derived_from == ()
    assert {e.locator for e in stated.evidence} == {"t1-g0", "g0-g1", "t2-g1", "t1-t2"}


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(MINERALS)


def test_the_second_pack_derives_its_pairs(pack: Pack) -> None:
    pairs = {(f.subject, f.object): f for f in pack.graph.facts if f.predicate == "STORE_APART_FROM"}
    nitrates, fuels = ("niter", "nitratine"), ("sulfur", "pyrite", "stibnite")
    assert set(pairs) == {(min(a, b), max(a, b)) for a in nitrates for b in fuels}
    assert all(f.qualifiers == {"reason": "explosion"} for f in pairs.values())
    assert [e.source for e in pairs["niter", "stibnite"].evidence] == ["handbook", "cabinet"]
