"""What holds of every graph and every claim."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from kg.model import Fact, Grade, Status
from kg.schema import Criticality
from reasoning.answer import Claim, ClaimVerdict, Verdict
from reasoning.verify import judge
from tests.verify.graphs import broken, cases, facts, graphs
from tests.verify.parts import SCHEMA, SOURCES, claim, held

_Case = tuple[list[Fact], Claim]


def _judged(graph: list[Fact], stated: Claim) -> ClaimVerdict:
    return judge(stated, held(*graph), SCHEMA)


def _logic(stated: Claim) -> set[str]:
    """The relations that decide a claim beside its own."""
    relation = SCHEMA.relations[stated.predicate]
    members = {each.id for each in SCHEMA.relations.values() if each.membership}
    return {
        relation.object_subsumption,
        relation.object_variants,
        *(step.relation for step in relation.opposites),
        *(members if "quantifier" in stated.qualifiers else ()),
    } - {""}


@settings(max_examples=400)
@given(cases())
def test_a_claim_and_its_denial_are_never_both_supported_nor_both_refuted(case: _Case) -> None:
    graph, stated = case
    both = [_judged(graph, replace(stated, negated=denied)).verdict for denied in (False, True)]
    assert both.count(Verdict.SUPPORTED) <= 1
    assert both.count(Verdict.REFUTED) <= 1


@given(cases())
def test_ends_of_a_symmetric_relation_may_be_exchanged(case: _Case) -> None:
    graph, stated = case
    if not SCHEMA.relations[stated.predicate].symmetric or "quantifier" in stated.qualifiers:
        return
    turned = replace(stated, subject=stated.object, object=stated.subject)
    one, other = (_judged(graph, each) for each in (stated, turned))
    assert (one.verdict, one.reason, set(one.supporting)) == (other.verdict, other.reason, set(other.supporting))


@given(cases(), graphs())
def test_facts_about_others_change_nothing(case: _Case, more: list[Fact]) -> None:
    graph, stated = case
    if stated.qualifiers.get("quantifier") in {"all", "some"}:
        return
    ends, known = {stated.subject, stated.object}, {each.id for each in graph}
    beside = [
        each
        for each in more
        if each.id not in known
        and each.predicate not in _logic(stated)
        and (each.predicate != stated.predicate or not ends & {each.subject, each.object})
    ]
    assert _judged([*graph, *beside], stated) == _judged(graph, stated)


@given(cases())
def test_the_order_of_facts_changes_nothing(case: _Case) -> None:
    graph, stated = case
    assert _judged(graph[::-1], stated) == _judged(graph, stated)


@settings(max_examples=400)
@given(cases())
def test_support_rests_on_facts_of_the_claim_itself(case: _Case) -> None:
    graph, stated = case
    found, by_id = _judged(graph, stated), {each.id: each for each in graph}
    assert bool(found.supporting) or found.verdict is not Verdict.SUPPORTED
    for identity in (*found.supporting, *found.refuting):
        recorded = by_id[identity]
        assert recorded.status is not Status.RETRACTED
        assert recorded.predicate in {stated.predicate, *_logic(stated)}
        if stated.qualifiers.get("quantifier") not in {"all", "some"}:
            assert {recorded.subject, recorded.object} & {stated.subject, stated.object}
    assert {f"facts/{each}" for each in (*found.supporting, *found.refuting)} <= set(found.proof)


@given(cases())
def test_silence_decides_nothing(case: _Case) -> None:
    graph, stated = case
    speaks = {stated.predicate, *_logic(stated)}
    silent = [each for each in graph if each.predicate not in speaks]
    assert _judged(silent, stated).verdict in {Verdict.NOT_ENOUGH_EVIDENCE, Verdict.NOT_CHECKABLE}


@given(cases())
def test_exchanged_ends_are_supported_only_by_a_fact_that_says_so(case: _Case) -> None:
    graph, stated = case
    relation = SCHEMA.relations[stated.predicate]
    if relation.symmetric or relation.object_subsumption or stated.negated or "quantifier" in stated.qualifiers:
        return
    turned = replace(stated, subject=stated.object, object=stated.subject)
    says_so = any((each.subject, each.object) == (turned.subject, turned.object) for each in graph)
    assert says_so or _judged(graph, turned).verdict is not Verdict.SUPPORTED


@settings(max_examples=400)
@given(cases())
def test_a_list_never_says_that_something_is_safe(case: _Case) -> None:
    graph, stated = case
    relation = SCHEMA.relations[stated.predicate]
    quantifier = stated.qualifiers.get("quantifier")
    assert _judged(graph, replace(stated, negated=False)).verdict is not Verdict.SUPPORTED or quantifier != "none"
    if relation.criticality is not Criticality.SAFETY or relation.functional or quantifier is not None:
        return
    by_id = {each.id: each for each in graph}
    found = _judged(graph, replace(stated, negated=True))
    opposite = {step.relation for step in relation.opposites}
    assert found.verdict is not Verdict.SUPPORTED or all(by_id[f].predicate in opposite for f in found.supporting)


@settings(max_examples=500)
@given(cases())
def test_support_stands_in_the_edition_at_the_time_and_with_the_strength_that_is_claimed(case: _Case) -> None:
    graph, stated = case
    found, given_ = _judged(graph, stated), stated.qualifiers
    if found.verdict is not Verdict.SUPPORTED:
        return
    strengths = list(Grade)
    deciding = [each for each in graph if each.id in found.supporting and each.predicate == stated.predicate]
    for each in deciding:
        item = each.evidence[0]
        if "edition" in given_:
            assert SOURCES[item.source].edition == str(given_["edition"]).removesuffix(".0")
        if "as_of" in given_:
            assert str(each.qualifiers.get("valid_from", "")) <= str(given_["as_of"])
            assert str(each.qualifiers.get("valid_to", "9999")) >= str(given_["as_of"])
        if not {"edition", "as_of"} & given_.keys():
            assert each.status is not Status.SUPERSEDED
        if "strength" in given_ and not stated.negated:
            assert strengths.index(item.grade) >= strengths.index(Grade(str(given_["strength"])))


@given(cases())
def test_what_holds_under_a_condition_supports_no_claim_without_it(case: _Case) -> None:
    graph, stated = case
    if stated.negated or "quantifier" in stated.qualifiers:
        return
    found = _judged(graph, stated)
    for each in graph:
        if found.verdict is Verdict.SUPPORTED and each.id in found.supporting and "weather" in each.qualifiers:
            assert stated.qualifiers.get("weather") == each.qualifiers["weather"]


@given(cases())
def test_of_all_members_of_a_class_nothing_is_ever_supported(case: _Case) -> None:
    graph, stated = case
    every = replace(stated, negated=False, quantity=None, qualifiers={"quantifier": "all"})
    if every.object:
        assert _judged(graph, every).verdict is not Verdict.SUPPORTED


@given(graphs(), facts(), st.sampled_from(["", "not "]))
def test_a_claim_that_nobody_could_check_gets_no_verdict_and_a_reason(graph: list[Fact], near: Fact, deny: str) -> None:
    stated = claim(f"{deny}{near.subject} {near.predicate} {near.object}")
    for each in broken(stated):
        found = _judged([*graph, near], each)
        assert found.verdict is Verdict.NOT_CHECKABLE, each
        assert found.rationale
