"""Claims of how many there are: where a number says so, and where a list is meant to be whole."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from reasoning.answer import Quantity
from reasoning.claims.assembly import Assembly
from reasoning.claims.drafts import Draft
from reasoning.claims.ends import Ends
from reasoning.claims.joining import is_unread
from reasoning.claims.quantities import count_in
from reasoning.claims.statements import Cue, MarkKind
from reasoning.claims.token import Token

__all__ = ["count", "counts"]


def counts(cue: Cue, own: Draft, ends: Ends, marks: Sequence[Token], assembly: Assembly) -> Iterator[Draft]:
    """Yield the claim of how many there are, if a number says so; keep the list, if it is meant to be whole."""
    if own.negated or own.verdict is not None:
        return
    only = any(token.has(MarkKind.ONLY) for token in marks)
    total = _number(marks) if cue.quantifier == "count" or cue.is_complete else None
    key = (own.subject, cue.relation)
    if total == 1 and not only:  # one of them is not only one
        total = None
    if total is not None:
        assembly.lists[key] = (own, set(), True)
        yield count(own, total)
        return
    if not (cue.is_complete or only or key in assembly.lists):
        return
    base, members, was_open = assembly.lists.get(key, (own, set(), False))
    was_open |= bool(cue.qualifiers) and len(members) <= 1  # some of them, by what they are in it
    # What was not understood may be one more.
    types = assembly.schema.relations[cue.relation].objects
    is_open = was_open or any(t.has(MarkKind.OPEN_LIST) or is_unread(t) or _is_other(t, types, ends) for t in marks)
    assembly.lists[key] = (base, members | {token.text for token in ends.objects}, is_open)


def count(own: Draft, total: int) -> Draft:
    """Return the claim that there are so many."""
    return replace(
        own, quantity=Quantity(float(total), float(total), ""), qualifiers=(*own.qualifiers, ("quantifier", "count"))
    )


def _is_other(token: Token, types: Sequence[str], ends: Ends) -> bool:
    """Say whether a name in a list is of something else, and so perhaps a member that was not recognised."""
    return bool(token.unknown) or (token.named is not None and not token.named.of(types) and token not in ends.subjects)


def _number(tokens: Sequence[Token]) -> int | None:
    for position, token in enumerate(tokens):
        if said := next((value for value, _ in token.values(MarkKind.COUNTED) if value), ""):
            return int(said)
        if token.has(MarkKind.COUNTED) and position:
            return count_in(tokens[position - 1].text)
    return None
