"""One triple against the facts that concern it: the truth table.

In this order: ill-typed or reversed; stated by facts (exactly, derived, or by a narrower object); denied by an
opposite fact; excluded by another value of a functional relation or by a closed list (where the record is `exact`,
also by a broader one); stated by a superseded fact alone; else silence. Silence is never refutation, and never
support for a negative claim. Sources that disagree decide nothing.
"""

from collections.abc import Sequence
from typing import Final

from kg.messages import text
from kg.model import Fact, Grade, Status
from kg.schema import Criticality, Step
from reasoning.answer import ClaimVerdict, Reason, Verdict
from reasoning.verify.amounts import judge_amount
from reasoning.verify.exclusion import by_opposite, excluded, is_apart, may_deny, opposing
from reasoning.verify.facts import CURRENT
from reasoning.verify.match import (
    Case,
    Match,
    View,
    drops,
    fits,
    grade,
    ids_of,
    is_weaker,
    match,
    proof_of,
    scoped,
    view,
)
from reasoning.verify.outdated import outdated

__all__ = ["judge_triple", "silence", "type_checks"]

_SILENT: Final = Verdict.NOT_ENOUGH_EVIDENCE


def judge_triple(case: Case) -> ClaimVerdict:
    """Return the verdict on a claim whose ends and relation the graph has, whatever its quantifier."""
    if not type_checks(case, case.claim.subject):
        return _reversed(case) or silence(case, f"rules/ill-typed:{case.relation.id}")
    seen = view(case, case.relation, case.claim.subject)
    return outdated(case, _by_facts(case, seen), seen)


def type_checks(case: Case, subject: str, obj: str | None = None) -> bool:
    """Say whether the relation may join a subject to the claim's object, or to anything if the claim has none."""
    far = case.claim.object if obj is None else obj
    reached = case.schema.targets(frozenset({case.held.entities[subject].type}), Step(case.relation.id))
    return case.held.entities[far].type in reached if far else bool(reached)


def silence(case: Case, *proof: str) -> ClaimVerdict:
    """Return the verdict where nothing is recorded either way."""
    reason = Reason.ABSENCE_IS_NOT_EVIDENCE if case.claim.negated else Reason.OPEN_WORLD
    return ClaimVerdict(case.claim, _SILENT, reason, proof=(*proof, f"rules/silence:{case.relation.id}"))


def _reversed(case: Case) -> ClaimVerdict | None:
    claim = case.claim
    if claim.negated or not type_checks(case, claim.object, claim.subject):
        return None
    turned = [
        fact
        for fact in case.held.of(case.relation.id, claim.object)
        if fact.object == claim.subject
        and (scoped(fact, case.demand, case.held) if case.demand.is_scoped else fact.status in CURRENT)
    ]
    if not turned:
        return None
    ids = ids_of(turned)
    proof = (f"rules/direction:{case.relation.id}", *(f"facts/{each}" for each in ids))
    return ClaimVerdict(claim, Verdict.REFUTED, Reason.REVERSED_DIRECTION, refuting=ids, proof=proof)


def _by_facts(case: Case, seen: View) -> ClaimVerdict:
    claim, demanded = case.claim, case.demand.qualifiers
    entailing, others = match(case, seen.inside)
    against = opposing(case)
    if not entailing:
        return (
            by_opposite(case, against)
            or _elsewhere(case, seen.outside)
            or excluded(case, others, seen.outside)
            or silence(case)
        )
    fitting = [each for each in entailing if fits(demanded, each.fact)]
    if not fitting:
        return _other_qualifiers(case, [each.fact for each in entailing])
    general = [each for each in fitting if not drops(case, each.fact)]
    if not general:
        return _generalised(case, [each.fact for each in fitting], against)
    strong = [each for each in general if not _is_weak(case, each.fact)]
    if not strong and not (claim.negated and case.relation.criticality is Criticality.SAFETY and not _demands(case)):
        return _overclaimed(case, general)
    if case.relation.functional:
        # Whatever else is recorded is another source's word against these, unless it holds under another condition.
        rest = (*others, *(each.fact for each in entailing if each not in fitting))
        against = (*against, *(fact for fact in rest if not is_apart(case, fact)))
    chosen = strong or general
    if claim.quantity is not None:
        return judge_amount(case, claim.quantity, chosen, against)
    return _stated(case, chosen, against)


def _stated(case: Case, fitting: Sequence[Match], against: Sequence[Fact]) -> ClaimVerdict:
    claim = case.claim
    sure = [each for each in fitting if each.fact.status is not Status.DISPUTED]
    if case.relation.functional and not against:
        sure = list(fitting)  # whatever its sources dispute, each of them entails the claim
    if against or not sure:
        plain = [each for each in fitting if not each.way] or fitting
        ids, other = ids_of(each.fact for each in plain), ids_of(against)
        pro, con = (other, ids) if claim.negated else (ids, other)
        proof = (*proof_of(case, plain), "rules/sources-disagree", *(f"facts/{each}" for each in other))
        return ClaimVerdict(claim, _SILENT, Reason.CONFLICTING_SOURCES, pro, con, proof=proof)
    best = [each for each in sure if not each.way] or sure
    ids, proof = ids_of(each.fact for each in best), proof_of(case, best)
    if claim.negated:
        proof = (*proof, "rules/denial")
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids, proof=proof)
    direct = any(not each.way and not each.fact.derived_from for each in best)
    reason = Reason.EXACT_FACT if direct else Reason.DERIVED
    return ClaimVerdict(claim, Verdict.SUPPORTED, reason, supporting=ids, proof=proof)


def _other_qualifiers(case: Case, facts: Sequence[Fact]) -> ClaimVerdict:
    """Judge by facts that state the triple under other qualifiers.

    They exclude the claim where the relation has one value or a complete list, or a triple one value of the
    qualifier, and each of them names another one. Elsewhere the triple may hold under several qualifiers, and a
    fact without one does not deny it.
    """
    claim, relation, demanded = case.claim, case.relation, case.demand.qualifiers
    ids = ids_of(facts)
    keys = ",".join(sorted(demanded))
    proof = (f"rules/qualifiers:{keys}", *(f"facts/{each}" for each in ids))
    differ = all(any(fact.qualifiers.get(k, v) != v for k, v in demanded.items()) for fact in facts)
    conditional = any(is_apart(case, fact) or drops(case, fact) for fact in facts)
    known = case.schema.qualifiers
    exclusive = all(
        any(key in known and known[key].exclusive and fact.qualifiers.get(key, v) != v for key, v in demanded.items())
        for fact in facts
    )
    if (relation.functional or relation.closed or exclusive) and differ and not conditional:
        if not claim.negated:
            return ClaimVerdict(claim, Verdict.REFUTED, Reason.QUALIFIER_MISMATCH, refuting=ids, proof=proof)
        if may_deny(relation):
            return ClaimVerdict(claim, Verdict.SUPPORTED, Reason.QUALIFIER_MISMATCH, supporting=ids, proof=proof)
    return ClaimVerdict(claim, _SILENT, Reason.QUALIFIER_MISMATCH, refuting=ids, proof=proof)


def _generalised(case: Case, facts: Sequence[Fact], against: Sequence[Fact]) -> ClaimVerdict:
    """Judge a claim that leaves out the condition under which alone the facts hold.

    Where the graph says the opposite of the other cases it is refuted, else it is open.
    """
    claim, ids = case.claim, ids_of(facts)
    keys = sorted({key for fact in facts for key in drops(case, fact)})
    proof = (f"rules/narrowed-by:{','.join(keys)}", *(f"facts/{each}" for each in ids))
    contrary = [fact for fact in against if fact.status is not Status.DISPUTED]
    if contrary and not claim.negated:
        proof = (
            *proof,
            *(step for fact in contrary for step in (f"rules/opposite:{fact.predicate}", f"facts/{fact.id}")),
        )
        con = ids_of(contrary)
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.QUALIFIER_MISMATCH, ids, con, proof=proof)
    said = text("verdict_generalised", case.language)
    pro, con = ((), ids) if claim.negated else (ids, ())
    return ClaimVerdict(claim, _SILENT, Reason.QUALIFIER_MISMATCH, pro, con, said, proof)


def _elsewhere(case: Case, outside: Sequence[Fact]) -> ClaimVerdict | None:
    """Judge a claim that facts state, but not in its edition or not surely at its time."""
    entailing, _ = match(case, outside)
    ids = ids_of(each.fact for each in entailing)
    if not ids:
        return None
    said = text("verdict_elsewhere", case.language)
    proof = ("rules/not-in-scope", *(f"facts/{each}" for each in ids))
    return ClaimVerdict(case.claim, _SILENT, Reason.QUALIFIER_MISMATCH, (), ids, said, proof)


def _demands(case: Case) -> bool:
    return case.demand.strength is not Grade.UNSPECIFIED


def _is_weak(case: Case, fact: Fact) -> bool:
    reached = grade(fact)
    return is_weaker(reached, case.demand.strength) or is_weaker(reached, case.relation.minimum_grade)


def _overclaimed(case: Case, matches: Sequence[Match]) -> ClaimVerdict:
    """Judge a claim that says more of the evidence than there is."""
    claim, ids = case.claim, ids_of(each.fact for each in matches)
    proof = (
        *proof_of(case, matches),
        f"rules/strength:{case.demand.strength}",
        f"rules/minimum-grade:{case.relation.id}",
    )
    if claim.negated:
        return ClaimVerdict(claim, _SILENT, Reason.ABSENCE_IS_NOT_EVIDENCE, refuting=ids, proof=proof)
    return ClaimVerdict(claim, _SILENT, Reason.OVERCLAIM, supporting=ids, proof=proof)
