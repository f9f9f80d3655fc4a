"""Whole packs: what they state is supported, what they do not state never is."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

import kg.packs.herbal
from kg.model import Fact, Status
from kg.pack.content import Pack
from kg.pack.read import read_pack
from kg.schema import Criticality
from reasoning.answer import Claim, ClaimVerdict, Quantity, Reason, Verdict
from reasoning.verify import facts_of, judge
from reasoning.verify.quantity import recorded

FOLDERS = {
    "herbal": Path(next(iter(kg.packs.herbal.__path__))),
    "minerals": Path(__file__).parents[1] / "packs" / "minerals",
}
AMOUNT = {"low", "high", "unit", "basis"}


@pytest.fixture(scope="module", params=FOLDERS)
def pack(request: pytest.FixtureRequest) -> Pack:
    return read_pack(FOLDERS[request.param])


def judged(pack: Pack, claims: Iterable[Claim]) -> list[ClaimVerdict]:
    held = facts_of({entity.id: entity for entity in pack.graph.entities}, pack.graph.facts)
    return [judge(each, held, pack.schema) for each in claims]


def claims_of(pack: Pack) -> list[tuple[Fact, Claim]]:
    """Every fact of the pack as the claim that it makes, with its qualifiers and its amount."""
    made = []
    for fact in pack.graph.facts:
        amount = recorded(fact.qualifiers) if pack.schema.relations[fact.predicate].quantity else None
        others = {key: value for key, value in fact.qualifiers.items() if amount is None or key not in AMOUNT}
        made.append((fact, Claim("", fact.subject, fact.predicate, fact.object, quantity=amount, qualifiers=others)))
    return made


def test_every_fact_is_supported_unless_its_sources_disagree(pack: Pack) -> None:
    made = claims_of(pack)
    for (fact, stated), found in zip(made, judged(pack, (stated for _, stated in made)), strict=True):
        if fact.status in {Status.ASSERTED, Status.SUPERSEDED}:
            assert found.verdict is Verdict.SUPPORTED, stated
            assert fact.id in found.supporting
            assert found.reason is (Reason.DERIVED if fact.derived_from else Reason.EXACT_FACT)
        else:
            assert found.verdict is Verdict.SUPPORTED or found.reason is Reason.CONFLICTING_SOURCES, stated


def test_no_denial_of_a_fact_is_supported(pack: Pack) -> None:
    denied = [replace(stated, negated=True) for _, stated in claims_of(pack)]
    assert {found.verdict for found in judged(pack, denied)} <= {Verdict.REFUTED, Verdict.NOT_ENOUGH_EVIDENCE}


def test_no_fact_is_supported_the_other_way_round_unless_it_says_so(pack: Pack) -> None:
    known = {(f.subject, f.predicate, f.object) for f in pack.graph.facts}
    relations = pack.schema.relations
    turned = [
        Claim("", fact.object, fact.predicate, fact.subject)
        for fact in pack.graph.facts
        if not relations[fact.predicate].symmetric
        and (fact.object, fact.predicate, fact.subject) not in known
        and fact.status is not Status.SUPERSEDED
    ]
    found = judged(pack, turned)
    assert Verdict.SUPPORTED not in {each.verdict for each in found}
    one_way = [each for each in found if not set(relations[each.claim.predicate].subjects) & _types(pack, each.claim)]
    assert one_way
    assert {each.reason for each in one_way} == {Reason.REVERSED_DIRECTION}


def _types(pack: Pack, claim: Claim) -> set[str]:
    return {entity.type for entity in pack.graph.entities if entity.id == claim.subject}


def test_no_safety_list_supports_that_something_is_not_on_it(pack: Pack) -> None:
    """Each subject of a safety relation, denied every object that the relation has anywhere."""
    relations, by_id = pack.schema.relations.values(), {fact.id: fact for fact in pack.graph.facts}
    for relation in relations:
        if relation.criticality is not Criticality.SAFETY or relation.functional:
            continue
        facts = [fact for fact in pack.graph.facts if fact.predicate == relation.id][:60]
        subjects, objects = {fact.subject for fact in facts}, {fact.object for fact in facts}
        denied = [Claim("", s, relation.id, o, negated=True) for s in subjects for o in objects]
        supported = [found for found in judged(pack, denied) if found.verdict is Verdict.SUPPORTED]
        # What is recorded on purpose of just this pair may deny it; what a list is silent about never does.
        opposite = {step.relation for step in relation.opposites}
        assert all(by_id[fact].predicate in opposite for found in supported for fact in found.supporting)


def test_ten_times_a_recorded_limit_is_never_supported(pack: Pack) -> None:
    amounts = [(fact, stated) for fact, stated in claims_of(pack) if stated.quantity and stated.quantity.high]
    assert amounts
    tenfold = []
    for fact, stated in amounts:
        limits = [
            amount.high
            for other in pack.graph.facts
            if (other.subject, other.predicate, other.object) == (fact.subject, fact.predicate, fact.object)
            and (amount := recorded(other.qualifiers))
            and amount.high
        ]
        quantity = stated.quantity or Quantity(None, None, "")
        tenfold.append(replace(stated, quantity=replace(quantity, low=10 * max(limits), high=10 * max(limits))))
    assert {(found.verdict, found.reason) for found in judged(pack, tenfold)} == {(Verdict.REFUTED, Reason.OVER_LIMIT)}
