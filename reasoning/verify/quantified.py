"""Claims about how many: any, none, only, exactly so many, all or some of a class. Each is computed from the facts.

What is recorded refutes that there is less. That there is no more is supported only where the relation has one value,
or its list is complete and not one of dangers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from kg.model import Fact, Grade, Status
from reasoning.answer import ClaimVerdict, Comparison, Quantity, Reason, Verdict
from reasoning.verify.demand import Quantifier
from reasoning.verify.exclusion import is_complete, may_overlap
from reasoning.verify.facts import CURRENT
from reasoning.verify.match import Case, View, far_end, fits, grade, ids_of, is_weaker, view
from reasoning.verify.single import judge_triple, silence, type_checks

__all__ = ["judge_quantified"]

_SILENT: Final = Verdict.NOT_ENOUGH_EVIDENCE
_DENIED: Final = {Verdict.SUPPORTED: Verdict.REFUTED, Verdict.REFUTED: Verdict.SUPPORTED}


def judge_quantified(case: Case) -> ClaimVerdict:
    """Return the verdict on a claim with a quantifier; a negated one denies all of it ("not only")."""
    quantifier = case.demand.quantifier
    if quantifier in {Quantifier.ALL, Quantifier.SOME}:
        return _of_class(case, quantifier is Quantifier.ALL)
    if not type_checks(case, case.claim.subject):
        return silence(case, f"rules/ill-typed:{case.relation.id}")
    seen = view(case, case.relation, case.claim.subject)
    if quantifier in {Quantifier.ANY, Quantifier.NONE}:
        return _any(case, seen, denied=case.claim.negated is not (quantifier is Quantifier.NONE))
    affirmed = replace(case, claim=replace(case.claim, negated=False))
    verdict = _only(affirmed, seen) if quantifier is Quantifier.ONLY else _count(affirmed, seen)
    verdict = _strong(case, verdict, seen)
    return _denied(case, verdict) if case.claim.negated else verdict


def _denied(case: Case, verdict: ClaimVerdict) -> ClaimVerdict:
    if verdict.reason is Reason.SUPERSEDED:  # that it held once does not make its denial true
        proof = (*verdict.proof, "rules/denial")
        return ClaimVerdict(case.claim, _SILENT, Reason.SUPERSEDED, refuting=verdict.refuting, proof=proof)
    reason = Reason.ABSENCE_IS_NOT_EVIDENCE if verdict.reason is Reason.OPEN_WORLD else verdict.reason
    if verdict.verdict in _DENIED:
        reason = Reason.OPPOSITE_FACT if verdict.verdict is Verdict.SUPPORTED else Reason.DERIVED
    return replace(
        verdict,
        claim=case.claim,
        verdict=_DENIED.get(verdict.verdict, verdict.verdict),
        reason=reason,
        supporting=verdict.refuting,
        refuting=verdict.supporting,
        proof=(*verdict.proof, "rules/denial"),
    )


def _any(case: Case, seen: View, *, denied: bool) -> ClaimVerdict:
    """Judge that a subject has something of a relation, or (`denied`) nothing."""
    claim, relation = case.claim, case.relation
    pool = [fact for fact in seen.inside if fits(case.demand.qualifiers, fact) and not _is_weak(case, fact)]
    sure = [fact for fact in pool if fact.status is not Status.DISPUTED or relation.functional]
    proof = (f"rules/recorded:{relation.id}", *(f"facts/{fact.id}" for fact in sure or pool))
    ids = ids_of(sure or pool)
    if sure and denied:
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids, proof=proof)
    if sure:
        reason = Reason.DERIVED if all(fact.derived_from for fact in sure) else Reason.EXACT_FACT
        return ClaimVerdict(claim, Verdict.SUPPORTED, reason, supporting=ids, proof=proof)
    if pool:
        pro, con = ((), ids) if denied else (ids, ())
        return ClaimVerdict(claim, _SILENT, Reason.CONFLICTING_SOURCES, pro, con, proof=proof)
    reason = Reason.ABSENCE_IS_NOT_EVIDENCE if denied else Reason.OPEN_WORLD
    return ClaimVerdict(claim, _SILENT, reason, proof=(f"rules/silence:{relation.id}",))


def _only(case: Case, seen: View) -> ClaimVerdict:
    """Judge that a subject has one object of a relation and no other."""
    claim, relation, demanded = case.claim, case.relation, case.demand.qualifiers
    plain = judge_triple(case)
    if plain.verdict is Verdict.REFUTED:
        return plain
    others = [
        fact
        for fact in seen.inside
        if (far := far_end(fact, claim.subject)) != claim.object
        and not may_overlap(far, claim.object, relation, case.held)
    ]
    more = [fact for fact in others if fits(demanded, fact)]
    sure = [fact for fact in more if fact.status is not Status.DISPUTED]
    proof = (*plain.proof, f"rules/others:{relation.id}", *(f"facts/{fact.id}" for fact in more))
    if sure:
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids_of(sure), proof=proof)
    if plain.verdict is not Verdict.SUPPORTED:
        return replace(plain, proof=proof)
    if more:
        return ClaimVerdict(claim, _SILENT, Reason.CONFLICTING_SOURCES, plain.supporting, ids_of(more), proof=proof)
    if not _is_all(case, seen):
        return ClaimVerdict(claim, _SILENT, Reason.OPEN_WORLD, plain.supporting, proof=proof)
    return replace(plain, reason=Reason.DERIVED, proof=(*proof, _completeness(case)))


def _count(case: Case, seen: View) -> ClaimVerdict:
    """Judge how many objects of a relation a subject has."""
    claim, relation = case.claim, case.relation
    pool = [fact for fact in seen.inside if fits(case.demand.qualifiers, fact)]
    if not pool or claim.quantity is None:
        return silence(case)
    fewest, most = _number(case, pool)
    low, high = claim.quantity.low, claim.quantity.high
    ids = ids_of(pool)
    proof = (f"rules/count:{relation.id}", *(f"facts/{each}" for each in ids))
    compared = _compared(claim.quantity, most)
    enough, few = low is None or fewest >= low, low is not None and most < low
    if high is not None and fewest > high:
        decided: bool | None = False
    elif enough and high is None:
        decided = True
    elif not _is_all(case, seen):
        return ClaimVerdict(claim, _SILENT, Reason.OPEN_WORLD, proof=proof, comparison=compared)
    else:
        proof = (*proof, _completeness(case))
        decided = False if few else True if enough and high is not None and most <= high else None
    if decided is None:
        return ClaimVerdict(claim, _SILENT, Reason.CONFLICTING_SOURCES, ids, proof=proof, comparison=compared)
    if decided:
        return ClaimVerdict(claim, Verdict.SUPPORTED, Reason.DERIVED, ids, proof=proof, comparison=compared)
    return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, (), ids, proof=proof, comparison=compared)


def _number(case: Case, pool: Iterable[Fact]) -> tuple[int, int]:
    """Return how many objects there are at least and at most: disputed and perhaps overlapping ones are not sure."""
    if case.relation.functional:
        return 1, 1
    near = case.claim.subject
    facts = list(pool)
    every = sorted({far_end(fact, near) for fact in facts})
    sure = sorted({far_end(fact, near) for fact in facts if fact.status is not Status.DISPUTED})
    apart: list[str] = []
    for each in sure:
        if not any(may_overlap(each, other, case.relation, case.held) for other in apart):
            apart.append(each)
    return len(apart), len(every)


def _compared(claimed: Quantity, number: int) -> Comparison | None:
    given = claimed.low if claimed.high is None else claimed.high
    return None if given is None or not number else Comparison(given, float(number), given / number, "1", "count")


def _is_all(case: Case, seen: View) -> bool:
    """Say whether the facts in view are all that there is: none may belong to it that is not known to."""
    demanded = case.demand.qualifiers
    unclear = any(
        not fits(demanded, fact) and all(fact.qualifiers.get(key, value) == value for key, value in demanded.items())
        for fact in seen.inside
    )
    return is_complete(case.relation) and not seen.outside and not unclear


def _completeness(case: Case) -> str:
    return f"rules/{'functional' if case.relation.functional else 'closed-list'}:{case.relation.id}"


def _is_weak(case: Case, fact: Fact) -> bool:
    reached = grade(fact)
    return is_weaker(reached, case.demand.strength) or is_weaker(reached, case.relation.minimum_grade)


def _strong(case: Case, verdict: ClaimVerdict, seen: View) -> ClaimVerdict:
    """Return the verdict, unless the claim says more of the evidence than the facts that decide have."""
    if case.demand.strength is Grade.UNSPECIFIED or verdict.verdict not in _DENIED:
        return verdict
    deciding = {*verdict.supporting, *verdict.refuting}
    weak = [fact for fact in seen.inside if fact.id in deciding and _is_weak(case, fact)]
    if not weak:
        return verdict
    proof = (*verdict.proof, f"rules/strength:{case.demand.strength}")
    return ClaimVerdict(verdict.claim, _SILENT, Reason.OVERCLAIM, ids_of(weak), proof=proof)


def _of_class(case: Case, is_all: bool) -> ClaimVerdict:  # noqa: FBT001
    """Judge a claim about all or some members of a class; an entity that is none stands for itself.

    One member that differs refutes "all"; that every recorded one agrees does not make the class complete.
    """
    claim = case.claim
    proof: list[str] = []
    agreeing: list[ClaimVerdict] = []
    for link, subject in _members(case):
        inner = replace(
            case,
            claim=replace(claim, subject=subject, negated=False),
            demand=replace(case.demand, quantifier=None),
        )
        found = judge_triple(inner)
        steps = (*((f"rules/member:{link.predicate}", f"facts/{link.id}") if link else ()), *found.proof)
        if is_all and found.verdict is Verdict.REFUTED and found.reason is not Reason.SUPERSEDED:
            return _settled(case, found, link, steps, holds=False)
        if not is_all and found.verdict is Verdict.SUPPORTED:
            return _settled(case, found, link, steps, holds=True)
        if found.verdict is Verdict.SUPPORTED:
            agreeing.append(found)
            proof += steps
    ids = tuple(dict.fromkeys(each for found in agreeing for each in found.supporting))
    reason = Reason.ABSENCE_IS_NOT_EVIDENCE if claim.negated else Reason.OPEN_WORLD
    pro, con = ((), ids) if claim.negated else (ids, ())
    if ids and not claim.negated:
        reason = Reason.QUALIFIER_MISMATCH
    return ClaimVerdict(claim, _SILENT, reason, pro, con, proof=(*proof, f"rules/silence:{case.relation.id}"))


def _settled(case: Case, found: ClaimVerdict, link: Fact | None, proof: Sequence[str], *, holds: bool) -> ClaimVerdict:
    ids = (*found.supporting, *found.refuting, *((link.id,) if link else ()))
    if holds is not case.claim.negated:
        reason = found.reason if holds and link is None else Reason.DERIVED if holds else Reason.OPPOSITE_FACT
        return replace(
            found,
            claim=case.claim,
            verdict=Verdict.SUPPORTED,
            reason=reason,
            supporting=ids,
            refuting=(),
            proof=tuple(proof),
        )
    reason = Reason.OPPOSITE_FACT if holds else found.reason
    return replace(
        found, claim=case.claim, verdict=Verdict.REFUTED, reason=reason, supporting=(), refuting=ids, proof=tuple(proof)
    )


def _members(case: Case) -> Iterator[tuple[Fact | None, str]]:
    """Yield the subject itself if the relation may have it, then its undisputed members that the relation may have."""
    subject, held = case.claim.subject, case.held
    if type_checks(case, subject):
        yield None, subject
    for relation in case.schema.memberships(held.entities[subject].type):
        for fact in held.incoming.get((relation.id, subject), ()):
            is_sure = fact.status in CURRENT and fact.status is not Status.DISPUTED
            if is_sure and fact.subject in held.entities and type_checks(case, fact.subject):
                yield fact, fact.subject
