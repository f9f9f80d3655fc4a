"""What leaves no room for a claim: an opposite fact, another value of a functional relation, a complete list."""

from collections.abc import Iterable, Sequence

from kg.messages import text
from kg.model import Fact, Status
from kg.schema import Criticality, Relation
from reasoning.answer import ClaimVerdict, Reason, Verdict
from reasoning.verify.facts import CURRENT, Facts
from reasoning.verify.match import Case, drops, far_end, ids_of, scoped

__all__ = ["by_opposite", "excluded", "is_apart", "is_complete", "may_deny", "may_overlap", "opposing"]


def opposing(case: Case) -> tuple[Fact, ...]:
    """Return the facts of opposite relations on the claim's ends, in its edition and at its time."""
    found: list[Fact] = []
    for step in case.relation.opposites:
        relation = case.schema.relations[step.relation]
        near, far = (case.claim.subject, case.claim.object)[:: 1 if step.forward else -1]
        found += [
            fact
            for fact in case.held.of(relation.id, near, symmetric=relation.symmetric)
            if far_end(fact, near) == far and _concerns(case, fact)
        ]
    return tuple(sorted(found, key=lambda fact: fact.id))


def _concerns(case: Case, fact: Fact) -> bool:
    return scoped(fact, case.demand, case.held) is True if case.demand.is_scoped else fact.status in CURRENT


def by_opposite(case: Case, against: Sequence[Fact]) -> ClaimVerdict | None:
    """Judge a claim that no fact states by facts that say the opposite; None if there are none.

    One that holds under a condition only, of which the claim says nothing, does not decide.
    """
    if not against:
        return None
    claim = case.claim
    general = [fact for fact in against if not drops(case, fact)]
    sure = [fact for fact in general if fact.status is not Status.DISPUTED]
    proof = tuple(step for fact in against for step in (f"rules/opposite:{fact.predicate}", f"facts/{fact.id}"))
    if not sure:
        reason = Reason.CONFLICTING_SOURCES if general else Reason.QUALIFIER_MISMATCH
        pro, con = (ids_of(against), ()) if claim.negated else ((), ids_of(against))
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason, pro, con, proof=proof)
    ids = ids_of(sure)
    if claim.negated:
        return ClaimVerdict(claim, Verdict.SUPPORTED, Reason.OPPOSITE_FACT, supporting=ids, proof=proof)
    return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids, proof=proof)


def excluded(case: Case, inside: Sequence[Fact], outside: Sequence[Fact]) -> ClaimVerdict | None:
    """Judge by facts that leave no room for the claim: another value of a functional relation, or a complete list."""
    claim, relation = case.claim, case.relation
    own = [fact for fact in inside if not (relation.functional and (is_apart(case, fact) or drops(case, fact)))]
    if not own or not (relation.functional or (relation.closed and not outside)):
        return None
    values = [far_end(fact, claim.subject) for fact in own]
    if any(_may_be(value, claim.object, relation, case.held) for value in values):
        return None
    ids = ids_of(own)
    rule = "functional" if relation.functional else "closed-list"
    variants = [fact for fact in own if _is_variant(far_end(fact, claim.subject), claim.object, relation, case.held)]
    if variants:
        said, ids = text("verdict_variant", case.language), ids_of(variants)
        proof = (f"rules/variant:{relation.object_variants}", *(f"facts/{each}" for each in ids))
        reason = Reason.QUALIFIER_MISMATCH
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason, refuting=ids, rationale=said, proof=proof)
    proof = (f"rules/{rule}:{relation.id}", *(f"facts/{each}" for each in ids))
    if not claim.negated:
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids, proof=proof)
    if not may_deny(relation):
        return None
    return ClaimVerdict(claim, Verdict.SUPPORTED, Reason.OPPOSITE_FACT, supporting=ids, proof=proof)


def _may_be(recorded: str, claimed: str, relation: Relation, held: Facts) -> bool:
    """Say whether a recorded object leaves room for the claimed one: it is, or may be, broader or narrower.

    A record that is exact leaves none for a narrower one.
    """
    if relation.exact:
        return bool(relation.object_subsumption) and held.may_rise(relation.object_subsumption, recorded, claimed)
    return may_overlap(recorded, claimed, relation, held)


def may_overlap(first: str, second: str, relation: Relation, held: Facts) -> bool:
    """Say whether one object is, or may be, a kind of another."""
    kinds = relation.object_subsumption
    return bool(kinds) and (held.may_rise(kinds, first, second) or held.may_rise(kinds, second, first))


def may_deny(relation: Relation) -> bool:
    """Say whether what is recorded can support a denial: not where it is safety that a list is silent about."""
    return relation.functional or relation.criticality is not Criticality.SAFETY


def is_complete(relation: Relation) -> bool:
    """Say whether the facts of a subject are all that there is to say, so that how many they are means something."""
    return relation.functional or (relation.closed and may_deny(relation))


def is_apart(case: Case, fact: Fact) -> bool:
    """Say whether a fact holds under another condition than the claim, so that both may be so."""
    known, given = case.schema.qualifiers, case.demand.qualifiers
    return any(
        key in known and known[key].narrows and key in fact.qualifiers and fact.qualifiers[key] != value
        for key, value in given.items()
    )


def _is_variant(listed: str, claimed: str, relation: Relation, held: Facts) -> bool:
    """Say whether two objects are forms of one thing, either way round."""
    joined: Iterable[tuple[str, str]] = ((listed, claimed), (claimed, listed)) if relation.object_variants else ()
    return any(
        fact.object == end and fact.status in CURRENT
        for start, end in joined
        for fact in held.of(relation.object_variants, start)
    )
