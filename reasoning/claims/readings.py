"""A name of several things in a claim: every reading is judged, and a verdict on which all agree is the claim's."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, product
from typing import Final

from kg.schema import Schema
from reasoning.answer import Claim, ClaimVerdict, Reason, Verdict
from reasoning.claims.drafts import Draft

__all__ = ["agreed", "readings"]

_MOST: Final = 64  # readings of one claim; a name of more things says too little


def readings(draft: Draft, claim: Claim) -> tuple[Claim, ...]:
    """Return the claims that a claim in the making may be; none if the words alone decided."""
    if draft.verdict is None:
        return (claim,)
    if draft.reason is Reason.ABSENCE_IS_NOT_EVIDENCE and draft.object:
        return (claim,)  # that nothing is known is wrong where the graph knows it
    if draft.reason is not Reason.AMBIGUOUS:
        return ()
    subjects = draft.subjects or ((draft.subject,) if draft.subject else ())
    objects = draft.objects or (draft.object,)
    pairs = [pair for pair in islice(product(subjects, objects), _MOST + 1) if pair[0] != pair[1]]
    if len(pairs) > _MOST:
        return ()
    return tuple(replace(claim, subject=subject, object=obj) for subject, obj in pairs)


def agreed(verdicts: Sequence[ClaimVerdict], draft: Draft, schema: Schema) -> ClaimVerdict | None:
    """Return the verdict of the first reading, with its own proof, if it is that of all; None if they differ.

    A complete list has what a name of several things says if it has one of them.
    """
    kinds = {verdict.verdict for verdict in verdicts}
    if draft.reason is Reason.ABSENCE_IS_NOT_EVIDENCE and kinds != {Verdict.REFUTED}:
        return None
    if len(kinds) == 1:
        return verdicts[0]
    relation = schema.relations.get(draft.predicate)
    if relation is None or not relation.closed or not draft.objects or draft.subjects or draft.qualifiers:
        return None
    has_one = Verdict.REFUTED if draft.negated else Verdict.SUPPORTED
    return next((verdict for verdict in verdicts if verdict.verdict is has_one), None)
