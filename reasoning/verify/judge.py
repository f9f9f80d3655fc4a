"""One claim against the facts that concern it: the truth table.

In this order: unlinked, ill-typed or reversed, stated by facts (exactly, derived, or by a narrower
object), refuted by another value of a functional relation or by a closed list, else silence. Silence
is never refutation, and never support for a negative claim.
"""

from collections.abc import Sequence
from typing import Final

from kg.messages import text
from kg.model import Fact, Status
from kg.schema import Criticality, Relation, Schema, Step
from reasoning.answer import Claim, ClaimVerdict, Quantity, Reason, Verdict
from reasoning.verify.facts import Facts
from reasoning.verify.quantity import Standing, compare

__all__ = ["judge"]

_DEEPEST: Final = 4  # steps up a hierarchy of values


def judge(claim: Claim, held: Facts, schema: Schema, language: str = "en") -> ClaimVerdict:
    """Return the verdict on one claim; `held` must hold every fact of its relation at its subject."""
    verdict = _linked(claim, held, schema) or _stated(claim, held, schema) or _denied(claim, held, schema)
    if verdict is None:
        reason = Reason.ABSENCE_IS_NOT_EVIDENCE if claim.negated else Reason.OPEN_WORLD
        verdict = ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason)
    rationale = verdict.rationale or text(f"verdict_{verdict.reason}", language)
    proof = verdict.proof or (*(f"facts/{fact}" for fact in (*verdict.supporting, *verdict.refuting)),)
    return ClaimVerdict(
        verdict.claim,
        verdict.verdict,
        verdict.reason,
        verdict.supporting,
        verdict.refuting,
        rationale,
        (f"rules/{verdict.reason}", *proof),
    )


def _linked(claim: Claim, held: Facts, schema: Schema) -> ClaimVerdict | None:
    if not claim.predicate and not claim.subject:
        return ClaimVerdict(claim, Verdict.NOT_CHECKABLE, Reason.UNLINKED)
    ends = (held.entities.get(claim.subject), held.entities.get(claim.object))
    if claim.predicate not in schema.relations or ends[0] is None or ends[1] is None:
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.UNLINKED)
    subject, obj = frozenset({ends[0].type}), frozenset({ends[1].type})
    if obj & schema.targets(subject, Step(claim.predicate)):
        return None
    reversed_facts = [f for f in held.of(claim.predicate, claim.object) if f.object == claim.subject]
    if reversed_facts and not claim.negated:
        refuting = tuple(fact.id for fact in reversed_facts)
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.REVERSED_DIRECTION, refuting=refuting)
    return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.OPEN_WORLD)


def _stated(claim: Claim, held: Facts, schema: Schema) -> ClaimVerdict | None:
    """Judge by facts that state the claim's triple, or a narrower one."""
    relation = schema.relations[claim.predicate]
    own = held.of(claim.predicate, claim.subject, symmetric=relation.symmetric)
    exact = [fact for fact in own if claim.object in (fact.object, fact.subject if relation.symmetric else None)]
    matching = exact or [fact for fact in own if _is_narrower(fact.object, claim.object, relation, held)]
    if not matching:
        return None
    disputed = [fact for fact in own if fact.status is Status.DISPUTED and fact.object != claim.object]
    if disputed and relation.functional:
        both = tuple(fact.id for fact in (*matching, *disputed))
        supporting, refuting = both[: len(matching)], both[len(matching) :]
        reason = Reason.CONFLICTING_SOURCES
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason, supporting, refuting)
    if claim.quantity is not None:
        return _amount(claim, claim.quantity, matching)
    fitting = [fact for fact in matching if _qualifiers_fit(claim, fact)]
    if not fitting:
        refuting = tuple(fact.id for fact in matching)
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.QUALIFIER_MISMATCH, refuting=refuting)
    return _decide(claim, fitting, derived=not exact, held=held, relation=relation)


def _decide(claim: Claim, facts: Sequence[Fact], *, derived: bool, held: Facts, relation: Relation) -> ClaimVerdict:
    ids = tuple(fact.id for fact in facts)
    proof: list[str] = []
    for fact in facts:
        proof.append(f"facts/{fact.id}")
        if fact.derived_from:
            derived = True
            proof.append(f"rules/chain:{fact.predicate}")
            proof += [f"facts/{base}" for base in fact.derived_from]
        if fact.object != claim.object and not relation.symmetric:
            proof += [f"facts/{step.id}" for step in _climb(fact.object, claim.object, relation, held)]
    reason = Reason.DERIVED if derived else Reason.EXACT_FACT
    if claim.negated:
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids, proof=tuple(proof))
    return ClaimVerdict(claim, Verdict.SUPPORTED, reason, supporting=ids, proof=tuple(proof))


def _denied(claim: Claim, held: Facts, schema: Schema) -> ClaimVerdict | None:
    """Judge by facts that exclude the claim: another value of a functional relation, or a closed list without it."""
    relation = schema.relations[claim.predicate]
    own = held.of(claim.predicate, claim.subject)
    if not own or not (relation.functional or relation.closed):
        return None
    # A broader value than the recorded one was handled above; a narrower one is not excluded by it.
    if any(_is_narrower(claim.object, fact.object, relation, held) for fact in own):
        return None
    ids = tuple(fact.id for fact in own)
    if variants := tuple(fact.id for fact in own if _is_variant(fact.object, claim.object, relation, held)):
        reason = Reason.QUALIFIER_MISMATCH
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason, refuting=variants)
    if not claim.negated:
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids)
    if relation.criticality is Criticality.SAFETY:
        return None  # that something else is recorded never says that this is safe
    return ClaimVerdict(claim, Verdict.SUPPORTED, Reason.OPPOSITE_FACT, supporting=ids)


def _amount(claim: Claim, claimed: Quantity, facts: Sequence[Fact]) -> ClaimVerdict:
    """Judge an amount: supported by any recorded one that it equals or lies in; over the limit only if over all."""
    standings = [(fact, compare(claimed, _recorded(fact))) for fact in facts if _has_amount(fact)]
    if not standings:
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.OPEN_WORLD)
    for standing, reason in ((Standing.EQUAL, Reason.EXACT_FACT), (Standing.WITHIN, Reason.WITHIN_RANGE)):
        if ids := tuple(fact.id for fact, found in standings if found is standing):
            if claim.negated:
                return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids)
            return ClaimVerdict(claim, Verdict.SUPPORTED, reason, supporting=ids)
    ids = tuple(fact.id for fact, found in standings if found is not Standing.INCOMPARABLE)
    if not ids:
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.BASIS_MISMATCH)
    if claim.negated:
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.ABSENCE_IS_NOT_EVIDENCE)
    over = all(found in (Standing.OVER, Standing.INCOMPARABLE) for _, found in standings)
    return ClaimVerdict(claim, Verdict.REFUTED, Reason.OVER_LIMIT if over else Reason.RANGE_MISMATCH, refuting=ids)


def _has_amount(fact: Fact) -> bool:
    return "low" in fact.qualifiers or "high" in fact.qualifiers


def _recorded(fact: Fact) -> Quantity:
    low, high = fact.qualifiers.get("low"), fact.qualifiers.get("high")
    return Quantity(
        float(low) if isinstance(low, int | float) else None,
        float(high) if isinstance(high, int | float) else None,
        str(fact.qualifiers.get("unit", "")),
        str(fact.qualifiers.get("basis", "")),
    )


def _qualifiers_fit(claim: Claim, fact: Fact) -> bool:
    """A claim may leave qualifiers out, but none that it names may differ or be missing from the fact."""
    return all(fact.qualifiers.get(key) == value for key, value in claim.qualifiers.items())


def _is_variant(listed: str, claimed: str, relation: Relation, held: Facts) -> bool:
    """Say whether two objects are forms of one thing, either way round."""
    if not relation.object_variants:
        return False
    joined = ((listed, claimed), (claimed, listed))
    return any(fact.object == end for start, end in joined for fact in held.of(relation.object_variants, start))


def _is_narrower(narrow: str, broad: str, relation: Relation, held: Facts) -> bool:
    return bool(_climb(narrow, broad, relation, held))


def _climb(narrow: str, broad: str, relation: Relation, held: Facts) -> tuple[Fact, ...]:
    """Return the facts that lead from a value up to a broader one; empty if it is not broader."""
    if not relation.object_subsumption or narrow == broad:
        return ()
    frontier: list[tuple[str, tuple[Fact, ...]]] = [(narrow, ())]
    for _ in range(_DEEPEST):
        higher = []
        for value, walked in frontier:
            for fact in held.of(relation.object_subsumption, value):
                if fact.object == broad:
                    return (*walked, fact)
                higher.append((fact.object, (*walked, fact)))
        frontier = higher
    return ()
