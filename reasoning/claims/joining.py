"""Clauses that say something only together, and words in lists that nothing explains: unknown names."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Final

from reasoning.claims.content import has_content
from reasoning.claims.quantities import count_in
from reasoning.claims.scope import Clause
from reasoning.claims.statements import MarkKind
from reasoning.claims.token import Token
from reasoning.lexicon import is_wide

__all__ = ["is_plain", "is_unread", "merged", "with_strangers"]

_LONGEST_CLAUSE: Final = 300  # tokens; no more is joined to it


def merged(found: Iterable[Clause]) -> Iterator[Clause]:
    """Join clauses that say something only together: A, B and C are warm; by mouth, 3 g a day."""
    held: Clause | None = None
    for clause in _with_lists(found):
        fits = held is not None and len(held.tokens) < _LONGEST_CLAUSE
        if held is not None and fits and _only_amount(clause) and not any(token.amount for token in held.tokens):
            held = _joined(held, clause)
            continue
        if held is not None:
            yield held
        held = clause
    if held is not None:
        yield held


def _joined(first: Clause, second: Clause) -> Clause:
    comma = Token(first.end, first.end, ",", is_break=True)
    return Clause((*first.tokens, comma, *second.tokens), first.follows_comma, first.contrasts)


def _only_amount(clause: Clause) -> bool:
    has_amount = any(token.amount for token in clause.tokens)
    return has_amount and not any(token.named or token.unknown for token in clause.tokens)


def _with_lists(found: Iterable[Clause]) -> Iterator[Clause]:
    held: Clause | None = None
    is_first = True
    for clause in found:
        whole = clause
        if held is not None and clause.tokens[0].has(MarkKind.FORMER, MarkKind.LATTER):
            yield held
            held = None
        if held is not None:
            whole = _joined(held, clause)
            held = None
        if len(whole.tokens) < _LONGEST_CLAUSE and ((is_first and _only_names(whole)) or _only_cue(whole)):
            held = whole
            continue
        is_first = False
        yield whole
    if held is not None:
        yield held


def _only_cue(clause: Clause) -> bool:
    """Say whether a clause is nothing but the heading of what follows: 【归经】."""
    if any(token.has(MarkKind.CONTEXT) for token in clause.tokens):  # it says of whom
        return False
    return any(token.cues for token in clause.tokens) and all(token.is_filler or token.cues for token in clause.tokens)


def _only_names(clause: Clause) -> bool:
    named = any(token.named or token.unknown for token in clause.tokens)
    kinds = [token.named.types for token in clause.tokens if token.named]
    is_alike = all(one & other for one, other in pairwise(kinds))  # a thing and a value of it are no list
    return (
        named
        and is_alike
        and all(
            token.named
            or token.unknown
            or token.is_break
            or token.amount
            or (token.is_filler and not token.cues and not token.has(MarkKind.NEGATION, MarkKind.NAMING))
            for token in clause.tokens
        )
    )


def with_strangers(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens; what nothing explains but stands in a list of names is an unknown name."""
    for at, token in enumerate(tokens):
        plain = not (token.named or token.unknown or token.cues or token.is_filler or token.is_break or token.amount)
        plain = plain and (len(token.text) > 1 or not is_wide(token.text))  # one character names nothing
        if plain and (_lists(tokens, at, -1) or _lists(tokens, at, 1)) and has_content(token.text):
            yield replace(token, unknown=token.text[:40])
        else:
            yield token


def _lists(tokens: Sequence[Token], at: int, step: int) -> bool:
    """Say whether a joint and a name stand next to a token on one side, and nothing but a joint on the other."""
    near = _past_amounts(tokens, at + step, step)
    name = _past_amounts(tokens, near + step, step)
    other = at - step
    if not 0 <= name < len(tokens) or not _separates(tokens[near]):
        return False
    if tokens[name].named is None and not tokens[name].unknown:
        return False
    return not 0 <= other < len(tokens) or bool(tokens[other].cues or tokens[other].amount) or _separates(tokens[other])


def is_unread(token: Token) -> bool:
    """Say whether nothing explains a token that says something."""
    known = token.named or token.unknown or token.cues or token.is_filler or token.is_break or token.amount
    return not known and count_in(token.text) is None and has_content(token.text)


def is_plain(token: Token) -> bool:
    """Say whether a token neither names nor states nor limits anything."""
    marks = token.marks - {MarkKind.PLAIN, MarkKind.JOINT, MarkKind.PRONOUN}
    return not (token.named or token.unknown or token.cues or token.amount or marks)


def _past_amounts(tokens: Sequence[Token], at: int, step: int) -> int:
    while 0 <= at < len(tokens) and tokens[at].amount is not None:
        at += step
    return at


def _separates(token: Token) -> bool:
    return token.has(MarkKind.JOINT) or (token.is_break and token.text in ",，、")
