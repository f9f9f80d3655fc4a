"""What holds of every graph and every claim."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from kg.model import Fact, Scalar, Status
from kg.schema import Criticality
from reasoning.answer import Claim, Verdict
from reasoning.verify import judge
from tests.verify.parts import ENTITIES, SCHEMA, fact, held, qualified

_VALUES: dict[str, tuple[Scalar, ...]] = {
    "season": ("summer", "winter"),
    "hold": ("fore", "aft"),
    "rule": ("fire", "acid"),
    "since": (1.0, 2.0),
}
_STATUSES = [Status.ASSERTED, Status.ASSERTED, Status.DISPUTED, Status.RETRACTED]


@st.composite
def _facts(draw: st.DrawFn) -> Fact:
    """Any fact that type-checks."""
    relation = draw(st.sampled_from(sorted(SCHEMA.relations.values(), key=lambda each: each.id)))
    ends = [[e.id for e in ENTITIES.values() if e.type in types] for types in (relation.subjects, relation.objects)]
    subject, obj = draw(st.sampled_from(ends[0])), draw(st.sampled_from(ends[1]))
    name = draw(st.sampled_from(["", *(key for key in relation.qualifiers if key in _VALUES)]))
    qualifiers = {name: draw(st.sampled_from(_VALUES[name]))} if name else {}
    status = draw(st.sampled_from(_STATUSES))
    return replace(qualified(fact(f"{subject} {relation.id} {obj}"), qualifiers), status=status)


_GRAPHS = st.lists(_facts(), max_size=25, unique_by=lambda each: each.id)


@st.composite
def _cases(draw: st.DrawFn) -> tuple[list[Fact], Claim]:
    """A graph and a claim near it: one of its facts, or one with an end or a qualifier changed."""
    graph = draw(_GRAPHS)
    near = draw(st.sampled_from(graph) | _facts() if graph else _facts())
    other = draw(st.sampled_from(sorted(ENTITIES)))
    ends = draw(st.sampled_from([(near.subject, near.object), (near.object, near.subject), (near.subject, other)]))
    qualifiers = draw(st.sampled_from([near.qualifiers, {}]))
    negated = draw(st.booleans())
    return graph, Claim("", ends[0], near.predicate, ends[1], negated, qualifiers=qualifiers)


@given(_cases())
def test_a_claim_and_its_denial_are_never_both_supported_nor_both_refuted(case: tuple[list[Fact], Claim]) -> None:
    graph, stated = case
    both = [judge(replace(stated, negated=denied), held(*graph), SCHEMA).verdict for denied in (False, True)]
    assert both.count(Verdict.SUPPORTED) <= 1
    assert both.count(Verdict.REFUTED) <= 1


@given(_cases())
def test_ends_of_a_symmetric_relation_may_be_exchanged(case: tuple[list[Fact], Claim]) -> None:
    graph, stated = case
    if not SCHEMA.relations[stated.predicate].symmetric:
        return
    turned = replace(stated, subject=stated.object, object=stated.subject)
    one, other = (judge(each, held(*graph), SCHEMA) for each in (stated, turned))
    assert (one.verdict, one.reason, set(one.supporting)) == (other.verdict, other.reason, set(other.supporting))


@given(_cases(), _GRAPHS)
def test_facts_about_others_change_nothing(case: tuple[list[Fact], Claim], more: list[Fact]) -> None:
    graph, stated = case
    relation = SCHEMA.relations[stated.predicate]
    matters = {stated.predicate, relation.object_subsumption, relation.object_variants}
    ends = {stated.subject, stated.object}
    known = {each.id for each in graph}
    beside = [each for each in more if each.predicate not in matters or not ends & {each.subject, each.object}]
    beside = [each for each in beside if each.predicate not in matters - {stated.predicate} and each.id not in known]
    assert judge(stated, held(*graph, *beside), SCHEMA) == judge(stated, held(*graph), SCHEMA)


@given(_cases())
def test_the_order_of_facts_changes_nothing(case: tuple[list[Fact], Claim]) -> None:
    graph, stated = case
    assert judge(stated, held(*reversed(graph)), SCHEMA) == judge(stated, held(*graph), SCHEMA)


@given(_cases())
def test_support_rests_on_facts_of_the_claim_itself(case: tuple[list[Fact], Claim]) -> None:
    graph, stated = case
    found = judge(stated, held(*graph), SCHEMA)
    by_id = {each.id: each for each in graph}
    assert bool(found.supporting) or found.verdict is not Verdict.SUPPORTED
    for identity in (*found.supporting, *found.refuting):
        recorded = by_id[identity]
        assert recorded.status is not Status.RETRACTED
        assert recorded.predicate == stated.predicate
        assert {recorded.subject, recorded.object} & {stated.subject, stated.object}


@given(_cases())
def test_silence_decides_nothing(case: tuple[list[Fact], Claim]) -> None:
    graph, stated = case
    about = [each for each in graph if each.predicate == stated.predicate]
    silent = [each for each in graph if each not in about or stated.subject not in (each.subject, each.object)]
    assert judge(stated, held(*silent), SCHEMA).verdict is Verdict.NOT_ENOUGH_EVIDENCE


@given(_cases())
def test_exchanged_ends_are_supported_only_by_a_fact_that_says_so(case: tuple[list[Fact], Claim]) -> None:
    graph, stated = case
    relation = SCHEMA.relations[stated.predicate]
    if relation.symmetric or relation.object_subsumption or stated.negated:
        return
    turned = replace(stated, subject=stated.object, object=stated.subject)
    says_so = any((each.subject, each.object) == (turned.subject, turned.object) for each in graph)
    assert says_so or judge(turned, held(*graph), SCHEMA).verdict is not Verdict.SUPPORTED


@given(_cases())
def test_a_list_never_says_that_something_is_safe(case: tuple[list[Fact], Claim]) -> None:
    graph, stated = case
    relation = SCHEMA.relations[stated.predicate]
    if relation.criticality is Criticality.SAFETY and not relation.functional:
        found = judge(replace(stated, negated=True), held(*graph), SCHEMA)
        assert found.verdict is not Verdict.SUPPORTED
