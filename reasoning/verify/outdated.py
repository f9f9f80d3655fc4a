"""Claims that held in an earlier edition only."""

from collections.abc import Iterable
from typing import Final

from kg.model import Fact
from reasoning.answer import ClaimVerdict, Reason, Verdict
from reasoning.verify.amounts import agrees
from reasoning.verify.match import Case, View, drops, far_end, fits, ids_of, match

__all__ = ["outdated"]

# What may still be said of a claim that an earlier edition states: nothing that current facts say for it.
_OPEN: Final = (
    (Verdict.NOT_ENOUGH_EVIDENCE, Reason.OPEN_WORLD),
    (Verdict.NOT_ENOUGH_EVIDENCE, Reason.QUALIFIER_MISMATCH),
    (Verdict.REFUTED, Reason.OPPOSITE_FACT),
    (Verdict.REFUTED, Reason.QUALIFIER_MISMATCH),
    (Verdict.REFUTED, Reason.RANGE_MISMATCH),
    (Verdict.REFUTED, Reason.OVER_LIMIT),
)
_MOST: Final = 3  # current values that a rationale names


def outdated(case: Case, verdict: ClaimVerdict, seen: View) -> ClaimVerdict:
    """Return the verdict, or that a superseded fact alone entails the claim, naming it and what holds now."""
    claim = case.claim
    if claim.negated or not seen.old or (verdict.verdict, verdict.reason) not in _OPEN:
        return verdict
    stated = [
        each.fact
        for each in match(case, seen.old)[0]
        if fits(case.demand.qualifiers, each.fact)
        and not drops(case, each.fact)
        and (claim.quantity is None or agrees(claim.quantity, each.fact))
    ]
    if not stated:
        return verdict
    current = _current(case, seen.inside)
    proof = (
        "rules/status:superseded",
        *(f"facts/{fact.id}" for fact in stated),
        f"rules/current-edition:{case.relation.id}",
        *(f"facts/{fact.id}" for fact in current),
        *verdict.proof,
    )
    refuting = ids_of((*stated, *current))
    return ClaimVerdict(
        claim,
        Verdict.REFUTED,
        Reason.SUPERSEDED,
        refuting=tuple(dict.fromkeys((*refuting, *verdict.refuting))),
        proof=proof,
        comparison=verdict.comparison,
    )


def _current(case: Case, inside: Iterable[Fact]) -> list[Fact]:
    """Return what stands now where the superseded fact stood: the functional value, or the same triple otherwise."""
    same = [fact for fact in inside if far_end(fact, case.claim.subject) == case.claim.object]
    return (list(inside) if case.relation.functional else same)[:_MOST]
