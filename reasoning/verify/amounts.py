"""A claimed amount against the amounts that are recorded of the same triple."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kg.messages import text
from kg.model import Fact, Status
from reasoning.answer import ClaimVerdict, Comparison, Quantity, Reason, Verdict
from reasoning.verify.match import Case, Match, far_end, ids_of, proof_of
from reasoning.verify.quantity import Standing, compare, comparison, is_above, ratio, recorded, written

__all__ = ["agrees", "judge_amount"]

_AGREES: Final = (Standing.EQUAL, Standing.WITHIN)
_DIFFERS: Final = (Standing.OVER, Standing.DIFFERENT)


def agrees(claimed: Quantity, fact: Fact) -> bool:
    """Say whether a fact records the amount, or one that the amount lies in."""
    amount = recorded(fact.qualifiers)
    return amount is not None and compare(claimed, amount) in _AGREES


def judge_amount(case: Case, claimed: Quantity, fitting: Sequence[Match], against: Sequence[Fact]) -> ClaimVerdict:
    """Judge the amount of a claim.

    Args:
        case: the claim.
        claimed: its quantity.
        fitting: the facts that state its triple under its qualifiers; at least one.
        against: what other sources record instead.
    """
    claim = case.claim
    stated = [(each, amount) for each in fitting if (amount := recorded(each.fact.qualifiers))]
    if not case.relation.quantity or not stated:
        reason = Reason.ABSENCE_IS_NOT_EVIDENCE if claim.negated else Reason.OPEN_WORLD
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason, proof=("rules/no-amount-recorded",))
    standings = {each.fact.id: compare(claimed, amount) for each, amount in stated}
    if not claimed.basis and len({amount.basis for _, amount in stated}) > 1:
        standings = dict.fromkeys(standings, Standing.INCOMPARABLE)  # of which basis does the claim speak?
    agreeing = [each for each, _ in stated if standings[each.fact.id] in _AGREES]
    differing = [each for each, _ in stated if standings[each.fact.id] in _DIFFERS]
    if agreeing:
        other = [*against, *(each.fact for each in differing)]
        return _agreed(case, claimed, agreeing, other, standings)
    if differing:
        limits = [amount for each, amount in stated if each in differing]
        return _differing(case, claimed, differing, limits, standings)
    partial = any(standing is Standing.PARTIAL for standing in standings.values())
    reason = Reason.RANGE_MISMATCH if partial else Reason.BASIS_MISMATCH
    said = text("amount_partial", case.language) if partial else ""
    compared = comparison(claimed, stated[0][1]) if partial else None
    proof = _steps(case, [each for each, _ in stated], standings)
    return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason, rationale=said, proof=proof, comparison=compared)


def _agreed(
    case: Case,
    claimed: Quantity,
    agreeing: Sequence[Match],
    other: Sequence[Fact],
    standings: Mapping[str, Standing],
) -> ClaimVerdict:
    """Support what a sure record states as it stands; what lies in one record and outside another is disputed."""
    claim, relation = case.claim, case.relation
    sure = [each for each in agreeing if each.fact.status is not Status.DISPUTED]
    equal = [each for each in sure if standings[each.fact.id] is Standing.EQUAL and not relation.functional]
    if not sure or (other and not equal):
        ids, more = ids_of(each.fact for each in agreeing), ids_of(other)
        pro, con = (more, ids) if claim.negated else (ids, more)
        apart = {far_end(fact, claim.subject) for fact in other}.isdisjoint(
            far_end(each.fact, claim.subject) for each in agreeing
        )
        # Records of several objects that are kinds of the claimed one differ without contradicting each other.
        reason, rule = (
            (Reason.BASIS_MISMATCH, "rules/several-kinds")
            if apart and other and not relation.functional
            else (Reason.CONFLICTING_SOURCES, "rules/sources-disagree")
        )
        proof = (*_steps(case, agreeing, standings), rule, *(f"facts/{each}" for each in more))
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason, pro, con, proof=proof)
    best = equal or sure
    ids, proof = ids_of(each.fact for each in best), _steps(case, best, standings)
    compared = _compared(claimed, best)
    if claim.negated:
        reason = Reason.OPPOSITE_FACT
        return ClaimVerdict(claim, Verdict.REFUTED, reason, refuting=ids, proof=proof, comparison=compared)
    stated = any(standings[each.fact.id] is Standing.EQUAL for each in best)
    direct = any(not each.way and not each.fact.derived_from for each in best)
    reason = Reason.WITHIN_RANGE if not stated else Reason.EXACT_FACT if direct else Reason.DERIVED
    return ClaimVerdict(claim, Verdict.SUPPORTED, reason, supporting=ids, proof=proof, comparison=compared)


def _differing(
    case: Case,
    claimed: Quantity,
    differing: Sequence[Match],
    limits: Sequence[Quantity],
    standings: Mapping[str, Standing],
) -> ClaimVerdict:
    """Refute an amount that agrees with no record: over the limit only if it is over all that it compares with."""
    claim, language = case.claim, case.language
    ids, proof = ids_of(each.fact for each in differing), _steps(case, differing, standings)
    if claim.negated:
        return _denied(case, claimed, differing, limits, proof)
    over = all(standings[identity] is Standing.OVER for identity in ids) and Standing.PARTIAL not in standings.values()
    said = {"claimed": written(claimed), "recorded": text("list_separator", language).join(map(written, limits))}
    times = [each for limit in limits if (each := ratio(claimed, limit)) is not None]
    if over and times:
        rationale = text("amount_over_limit", language, **said, ratio=f"{min(times):.3g}")
    else:
        rationale = text("amount_differs", language, **said)
    reason = Reason.OVER_LIMIT if over else Reason.RANGE_MISMATCH
    compared = _compared(claimed, differing)
    return ClaimVerdict(claim, Verdict.REFUTED, reason, (), ids, rationale, proof, compared)


def _denied(
    case: Case, claimed: Quantity, differing: Sequence[Match], limits: Sequence[Quantity], proof: tuple[str, ...]
) -> ClaimVerdict:
    """Support that so much is not used if all of it lies above every recorded limit; else nothing says so."""
    claim = case.claim
    sure = all(each.fact.status is not Status.DISPUTED for each in differing)
    if not (sure and all(is_above(claimed, limit) for limit in limits)):
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.ABSENCE_IS_NOT_EVIDENCE, proof=proof)
    said = {"claimed": written(claimed), "recorded": text("list_separator", case.language).join(map(written, limits))}
    rationale = text("amount_differs", case.language, **said)
    ids, compared = ids_of(each.fact for each in differing), _compared(claimed, differing)
    proof = (*proof, "rules/above-every-limit")
    return ClaimVerdict(claim, Verdict.SUPPORTED, Reason.OVER_LIMIT, ids, (), rationale, proof, compared)


def _compared(claimed: Quantity, matches: Iterable[Match]) -> Comparison | None:
    """Return the comparison with the record that the amount is nearest to."""
    amounts = [amount for each in matches if (amount := recorded(each.fact.qualifiers))]
    found = [each for amount in amounts if (each := comparison(claimed, amount)) is not None]
    return min(found, key=lambda each: abs(each.ratio - 1.0), default=None)


def _steps(case: Case, matches: Sequence[Match], standings: Mapping[str, Standing]) -> tuple[str, ...]:
    """Return the proof of the triple, then how the amount stands to each record."""
    compared = (
        step
        for each in matches
        if each.fact.id in standings
        for step in (f"rules/interval:{standings[each.fact.id].value}", f"facts/{each.fact.id}")
    )
    return (*proof_of(case, matches), *compared)
