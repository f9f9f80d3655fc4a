"""One claim against the facts that concern it: the truth table.

In this order: unlinked; ill-typed or reversed; stated by facts (exactly, derived, or by a narrower
object); excluded by another value of a functional relation or by a closed list; else silence. Silence
is never refutation, and never support for a negative claim. Sources that disagree decide nothing.
"""

from collections.abc import Sequence
from dataclasses import replace

from kg.messages import text
from kg.model import Fact, Status
from kg.schema import Criticality, Relation, Schema, Step
from reasoning.answer import Claim, ClaimVerdict, Reason, Verdict
from reasoning.verify.amounts import judge_amount
from reasoning.verify.facts import Facts
from reasoning.verify.match import Match, far_end, fits, ids_of, proof_of

__all__ = ["judge"]


def judge(claim: Claim, held: Facts, schema: Schema, language: str = "en") -> ClaimVerdict:
    """Return the verdict on one claim.

    Args:
        claim: entity ids and a relation of the schema; whatever does not fit is judged unlinked, never guessed.
        held: every fact of the claim's relation at its subject, and the hierarchies above their objects.
        schema: the pack's schema.
        language: of the rationale.
    """
    verdict = (
        _unlinked(claim, held, schema)
        or _ill_typed(claim, held, schema)
        or _by_facts(claim, held, schema, language)
        or _silence(claim)
    )
    named = (*verdict.supporting, *verdict.refuting)
    return replace(
        verdict,
        rationale=verdict.rationale or _rationale(verdict, language),
        proof=(f"rules/{verdict.reason}", *(verdict.proof or (f"facts/{fact}" for fact in named))),
    )


def _unlinked(claim: Claim, held: Facts, schema: Schema) -> ClaimVerdict | None:
    if not (claim.predicate or claim.subject or claim.object):
        return ClaimVerdict(claim, Verdict.NOT_CHECKABLE, Reason.UNLINKED)
    if claim.predicate in schema.relations and {claim.subject, claim.object} <= held.entities.keys():
        return None
    return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.UNLINKED)


def _ill_typed(claim: Claim, held: Facts, schema: Schema) -> ClaimVerdict | None:
    subject, obj = (frozenset({held.entities[end].type}) for end in (claim.subject, claim.object))
    step = Step(claim.predicate)
    if obj & schema.targets(subject, step):
        return None
    turned = [fact for fact in held.of(claim.predicate, claim.object) if fact.object == claim.subject]
    if turned and not claim.negated and subject & schema.targets(obj, step):
        refuting = tuple(fact.id for fact in turned)
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.REVERSED_DIRECTION, refuting=refuting)
    return _silence(claim)


def _silence(claim: Claim) -> ClaimVerdict:
    reason = Reason.ABSENCE_IS_NOT_EVIDENCE if claim.negated else Reason.OPEN_WORLD
    return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason)


def _by_facts(claim: Claim, held: Facts, schema: Schema, language: str) -> ClaimVerdict | None:
    relation = schema.relations[claim.predicate]
    entailing: list[Match] = []
    others: list[Fact] = []
    for fact in held.of(relation.id, claim.subject, symmetric=relation.symmetric):
        way = _way(far_end(fact, claim.subject), claim.object, relation, held)
        if way is None:
            others.append(fact)
        else:
            entailing.append(Match(fact, way))
    if not entailing:
        return _excluded(claim, others, relation, held, language)
    fitting = [match for match in entailing if fits(claim, match.fact)]
    if not fitting:
        return _other_qualifiers(claim, [match.fact for match in entailing], relation)
    # Of a functional relation, whatever else is recorded is another source's word against these.
    against = [*others, *(match.fact for match in entailing if match not in fitting)] if relation.functional else []
    if claim.quantity is not None:
        return judge_amount(claim, fitting, relation, against, language)
    return _stated(claim, fitting, relation, against)


def _way(narrow: str, broad: str, relation: Relation, held: Facts) -> tuple[Fact, ...] | None:
    if narrow == broad:
        return ()
    return held.climb(relation.object_subsumption, narrow, broad) if relation.object_subsumption else None


def _stated(claim: Claim, fitting: Sequence[Match], relation: Relation, against: Sequence[Fact]) -> ClaimVerdict:
    sure = [match for match in fitting if match.fact.status is Status.ASSERTED]
    if relation.functional and not against:
        sure = list(fitting)  # whatever its sources dispute, each of them entails the claim
    if against or not sure:
        ids, other = ids_of(match.fact for match in fitting), ids_of(against)
        pro, con = (other, ids) if claim.negated else (ids, other)
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.CONFLICTING_SOURCES, pro, con)
    best = [match for match in sure if not match.way] or sure
    ids, proof = ids_of(match.fact for match in best), proof_of(best, relation)
    if claim.negated:
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids, proof=proof)
    direct = any(not match.way and not match.fact.derived_from for match in best)
    reason = Reason.EXACT_FACT if direct else Reason.DERIVED
    return ClaimVerdict(claim, Verdict.SUPPORTED, reason, supporting=ids, proof=proof)


def _other_qualifiers(claim: Claim, facts: Sequence[Fact], relation: Relation) -> ClaimVerdict:
    """Judge by facts that state the triple under other qualifiers.

    They exclude the claim where the relation has one value or a complete list, and each of them names another
    value. Elsewhere the triple may hold under several qualifiers, and a fact without one does not deny it.
    """
    ids = ids_of(facts)
    differ = all(any(fact.qualifiers.get(k, v) != v for k, v in claim.qualifiers.items()) for fact in facts)
    if differ and (relation.functional or relation.closed):
        if not claim.negated:
            return ClaimVerdict(claim, Verdict.REFUTED, Reason.QUALIFIER_MISMATCH, refuting=ids)
        if _may_deny(relation):
            return ClaimVerdict(claim, Verdict.SUPPORTED, Reason.QUALIFIER_MISMATCH, supporting=ids)
    return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.QUALIFIER_MISMATCH, refuting=ids)


def _excluded(claim: Claim, own: Sequence[Fact], relation: Relation, held: Facts, language: str) -> ClaimVerdict | None:
    """Judge by facts that leave no room for the claim: another value of a functional relation, or a complete list."""
    if not own or not (relation.functional or relation.closed):
        return None
    values = [far_end(fact, claim.subject) for fact in own]
    # A recorded value that is, or may be, broader or narrower than the claimed one does not exclude it.
    if any(_may_overlap(value, claim.object, relation, held) for value in values):
        return None
    variants = [fact for fact in own if _is_variant(far_end(fact, claim.subject), claim.object, relation, held)]
    if variants:
        said, ids = text("verdict_variant", language), ids_of(variants)
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.QUALIFIER_MISMATCH, refuting=ids, rationale=said)
    if not claim.negated:
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids_of(own))
    if not _may_deny(relation):
        return None
    return ClaimVerdict(claim, Verdict.SUPPORTED, Reason.OPPOSITE_FACT, supporting=ids_of(own))


def _may_overlap(first: str, second: str, relation: Relation, held: Facts) -> bool:
    kinds = relation.object_subsumption
    return bool(kinds) and (held.may_rise(kinds, first, second) or held.may_rise(kinds, second, first))


def _may_deny(relation: Relation) -> bool:
    """Say whether what is recorded can support a denial: not where it is safety that a list is silent about."""
    return relation.functional or relation.criticality is not Criticality.SAFETY


def _is_variant(listed: str, claimed: str, relation: Relation, held: Facts) -> bool:
    """Say whether two objects are forms of one thing, either way round."""
    joined = ((listed, claimed), (claimed, listed)) if relation.object_variants else ()
    return any(fact.object == end for start, end in joined for fact in held.of(relation.object_variants, start))


def _rationale(verdict: ClaimVerdict, language: str) -> str:
    is_denial = verdict.verdict is Verdict.SUPPORTED and verdict.claim.negated
    return text("verdict_denied" if is_denial else f"verdict_{verdict.reason}", language)
