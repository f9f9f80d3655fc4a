"""The amounts that belong to a claim, with the words for a limit before or after them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from reasoning.answer import Quantity, Reason
from reasoning.claims.assembly import CHOICES, Assembly
from reasoning.claims.drafts import Draft
from reasoning.claims.ends import Ends
from reasoning.claims.statements import MarkKind
from reasoning.claims.token import Token

__all__ = ["sized", "without_limits"]

_LIMITS: Final = (MarkKind.UPPER, MarkKind.LOWER)


def sized(  # noqa: PLR0913, PLR0917  a claim, and where its amounts may stand
    draft: Draft, at: Token | None, ends: Ends, marks: Sequence[Token], assembly: Assembly, unit: str
) -> Iterator[Draft]:
    """Yield a claim with the amounts that belong to its object; none if the words state none."""
    amounts = _amounts(_beside(at, ends.objects, marks), unit)
    if not amounts:
        kinds = at.named.kinds if at is not None and at.named is not None else ()
        if kinds and all(assembly.schema.types[kind].is_value for kind in kinds):
            yield draft
        return
    assembly.used |= {t.start for t in marks if t.amount or t.has(MarkKind.UPPER, MarkKind.LOWER)}
    for amount, times in amounts:
        sized = replace(draft, quantity=amount)
        others = [basis for basis in assembly.statements.units.bases if basis != amount.basis]
        whole = assembly.statements.parts.get(amount.basis)
        if times is None and whole:
            # What is too much for a day is too much for a dose.
            choice = draft.choice or -next(CHOICES)
            yield replace(sized, choice=choice)
            yield replace(sized, quantity=replace(amount, basis=whole), choice=choice, counts_if=Reason.OVER_LIMIT)
            continue
        if times is None and amount.basis and not any(c.relation == draft.predicate for c in assembly.statements.sized):
            # What words say an amount is per is meant of use; of a part of a whole it need not be.
            choice = draft.choice or -next(CHOICES)
            yield replace(sized, choice=choice)
            yield replace(sized, quantity=replace(amount, basis=""), choice=choice)
            continue
        if times is None or len(others) != 1:
            yield sized
            continue
        # 0.6 g three times a day is 1.8 g a day: whichever the graph records is compared.
        choice = draft.choice or next(CHOICES)
        low, high = (None if end is None else end * times for end in (amount.low, amount.high))
        yield replace(sized, choice=choice)
        yield replace(sized, quantity=Quantity(low, high, amount.unit, others[0]), choice=choice)


def without_limits(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens but for what denies a limit, which makes another limit of it: nothing over 3 g."""
    for at, token in enumerate(tokens):
        if not (token.has(MarkKind.NEGATION) and any(after.has(*_LIMITS) for after in tokens[at : at + 3])):
            yield token


def _limit(tokens: Sequence[Token]) -> MarkKind | None:
    """Return what kind of limit words make of an amount; what is denied is the other one: not above."""
    at = next((n for n, token in enumerate(tokens) if token.has(MarkKind.UPPER, MarkKind.LOWER)), None)
    if at is None:
        return None
    is_upper = tokens[at].has(MarkKind.UPPER)
    is_denied = any(token.has(MarkKind.NEGATION, MarkKind.PROHIBITION) for token in tokens[max(0, at - 2) : at])
    return MarkKind.UPPER if is_upper or is_denied else MarkKind.LOWER


def _beside(at: Token | None, objects: Sequence[Token], marks: Sequence[Token]) -> Sequence[Token]:
    """Return the words among which the amounts of one of several objects stand: after it, or all before theirs."""
    if at is None or len(objects) < 2:  # noqa: PLR2004  one object has them all
        return marks
    amounts = [token.start for token in marks if token.amount]
    if amounts and amounts[0] < objects[0].start:
        earlier = [other.end for other in objects if other.end <= at.start]
        return [token for token in marks if max(earlier, default=0) <= token.start < at.start]
    later = [other.start for other in objects if other.start >= at.end]
    return [token for token in marks if at.end <= token.start < min(later, default=marks[-1].end + 1)]


def _amounts(tokens: Sequence[Token], unit: str) -> list[tuple[Quantity, float | None]]:
    """Return the amounts among tokens, with the words for a limit before or after them taken in.

    A number without a unit is one only where the cue says of what: `unit`.
    """
    found: list[tuple[Quantity, float | None]] = []
    for position, token in enumerate(tokens):
        amount = token.amount
        if amount is None or not (amount.unit or unit) or (unit and amount.unit not in {"", unit}):
            continue
        amount = replace(amount, unit=amount.unit or unit)
        since = max((n + 1 for n, other in enumerate(tokens[:position]) if other.amount), default=0)
        around = [*tokens[since:position], *tokens[position + 1 : position + 2]]
        if amount.low == amount.high:
            limit = _limit(around)
            if limit is MarkKind.UPPER:
                amount = replace(amount, low=None)
            elif limit is MarkKind.LOWER:
                amount = replace(amount, high=None)
        said = next((d for t in tokens for q, d in t.values(MarkKind.VALUE) if q == "basis"), "")
        found.append((replace(amount, basis=amount.basis or said), token.times))
    return found
