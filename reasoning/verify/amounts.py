"""A claimed amount against the amounts that are recorded of the same triple."""

from collections.abc import Iterable, Mapping, Sequence

from kg.messages import text
from kg.model import Fact, Status
from kg.schema import Relation
from reasoning.answer import Claim, ClaimVerdict, Quantity, Reason, Verdict
from reasoning.verify.match import Match, ids_of, proof_of
from reasoning.verify.quantity import Standing, compare, ratio, recorded, written

__all__ = ["judge_amount"]

_AGREES = (Standing.EQUAL, Standing.WITHIN)
_DIFFERS = (Standing.OVER, Standing.DIFFERENT)


def judge_amount(
    claim: Claim, fitting: Sequence[Match], relation: Relation, against: Sequence[Fact], language: str
) -> ClaimVerdict:
    """Judge the amount of a claim.

    Args:
        claim: with a quantity.
        fitting: the facts that state its triple under its qualifiers; at least one.
        relation: its relation.
        against: what other sources record instead, if the relation is functional.
        language: of the rationale.
    """
    claimed = claim.quantity
    stated = [(match, amount) for match in fitting if (amount := recorded(match.fact.qualifiers))]
    if claimed is None or not relation.quantity or not stated:
        reason = Reason.ABSENCE_IS_NOT_EVIDENCE if claim.negated else Reason.OPEN_WORLD
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason)
    standings = {match.fact.id: compare(claimed, amount) for match, amount in stated}
    if not claimed.basis and len({amount.basis for _, amount in stated}) > 1:
        standings = dict.fromkeys(standings, Standing.INCOMPARABLE)  # of which basis does the claim speak?
    agreeing = [match for match, _ in stated if standings[match.fact.id] in _AGREES]
    differing = [match for match, _ in stated if standings[match.fact.id] in _DIFFERS]
    if agreeing:
        other = [*against, *(match.fact for match in differing)]
        return _agreed(claim, agreeing, relation, other, standings)
    if differing:
        limits = [amount for match, amount in stated if match in differing]
        return _differing(claim, claimed, differing, limits, standings, language)
    partial = any(standing is Standing.PARTIAL for standing in standings.values())
    reason = Reason.RANGE_MISMATCH if partial else Reason.BASIS_MISMATCH
    said = text("amount_partial", language) if partial else ""
    return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, reason, rationale=said)


def _agreed(
    claim: Claim,
    agreeing: Sequence[Match],
    relation: Relation,
    other: Sequence[Fact],
    standings: Mapping[str, Standing],
) -> ClaimVerdict:
    """Support what a sure record states as it stands; what lies in one record and outside another is disputed."""
    sure = [match for match in agreeing if match.fact.status is Status.ASSERTED]
    equal = [match for match in sure if standings[match.fact.id] is Standing.EQUAL and not relation.functional]
    if not sure or (other and not equal):
        ids, more = ids_of(match.fact for match in agreeing), ids_of(other)
        pro, con = (more, ids) if claim.negated else (ids, more)
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.CONFLICTING_SOURCES, pro, con)
    best = equal or sure
    ids, proof = ids_of(match.fact for match in best), proof_of(best, relation)
    if claim.negated:
        return ClaimVerdict(claim, Verdict.REFUTED, Reason.OPPOSITE_FACT, refuting=ids, proof=proof)
    stated = any(standings[match.fact.id] is Standing.EQUAL for match in best)
    direct = any(not match.way and not match.fact.derived_from for match in best)
    reason = Reason.WITHIN_RANGE if not stated else Reason.EXACT_FACT if direct else Reason.DERIVED
    return ClaimVerdict(claim, Verdict.SUPPORTED, reason, supporting=ids, proof=proof)


def _differing(  # noqa: PLR0913, PLR0917  the verdict and every number that its rationale names
    claim: Claim,
    claimed: Quantity,
    differing: Iterable[Match],
    limits: Sequence[Quantity],
    standings: Mapping[str, Standing],
    language: str,
) -> ClaimVerdict:
    """Refute an amount that agrees with no record: over the limit only if it is over all that it compares with."""
    ids = ids_of(match.fact for match in differing)
    if claim.negated:
        return ClaimVerdict(claim, Verdict.NOT_ENOUGH_EVIDENCE, Reason.ABSENCE_IS_NOT_EVIDENCE)
    over = all(standings[identity] is Standing.OVER for identity in ids) and Standing.PARTIAL not in standings.values()
    said = {"claimed": written(claimed), "recorded": text("list_separator", language).join(map(written, limits))}
    times = [each for limit in limits if (each := ratio(claimed, limit)) is not None]
    if over and times:
        rationale = text("amount_over_limit", language, **said, ratio=f"{min(times):.3g}")
    else:
        rationale = text("amount_differs", language, **said)
    reason = Reason.OVER_LIMIT if over else Reason.RANGE_MISMATCH
    return ClaimVerdict(claim, Verdict.REFUTED, reason, refuting=ids, rationale=rationale)
