"""Names and words that touch: a way of use that ends a name, people who are the beginning of another word.

X powder before an amount says how X is used, even where X powder is a name of X; 老年 in 老年痴呆 is not the old.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kg.linking.link import link
from reasoning.claims.content import has_content
from reasoning.claims.statements import Statements
from reasoning.claims.token import Token
from reasoning.leftovers import words_in
from reasoning.lexicon import is_wide

if TYPE_CHECKING:
    from reasoning.domain import Domain

__all__ = ["with_ways_apart", "without_chance_names", "without_chance_people"]

_NEAR: Final = 3  # tokens between a name and the amount of it
_LONGEST_WAY: Final = 3  # characters of a way of use that ends a name in a script without spaces


def without_chance_people(tokens: Sequence[Token], statements: Statements) -> Iterator[Token]:
    """Yield the tokens; a name of people that unexplained characters touch is one unknown name with them."""
    people = {kind for cue in statements.pairs for kind in cue.types}
    at = 0
    while at < len(tokens):
        here, after = tokens[at], tokens[at + 1] if at + 1 < len(tokens) else None
        at += 1
        if after is not None and here.named is not None and here.named.types <= people and _goes_on(here, after):
            at += 1
            text = here.text + after.text
            yield Token(here.start, after.end, text, unknown=text)
        else:
            yield here


def _goes_on(name: Token, after: Token) -> bool:
    known = after.named or after.unknown or after.cues or after.marks or after.is_filler or after.is_break
    touches = name.end == after.start and is_wide(after.text[0]) and is_wide(name.text[-1])
    return touches and not (known or after.amount) and len(after.text) > 1 and has_content(after.text)


def without_chance_names(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens; a name whose last character is the beginning of a word is none: 乌头 in 乌头发."""
    for at, token in enumerate(tokens):
        after = tokens[at + 1] if at + 1 < len(tokens) else None
        if after is not None and token.named is not None and _goes_over(token, after):
            yield Token(token.start, token.end, token.text)
        else:
            yield token


def _goes_over(name: Token, after: Token) -> bool:
    touches = name.end == after.start and is_wide(name.text[-1]) and is_wide(after.text[0]) and len(name.text) > 1
    if not touches or after.named or after.unknown or after.is_filler or after.cues or after.amount:
        return False
    at = 0
    for word in words_in(name.text + after.text[:_LONGEST_WAY]):
        if 0 < at < len(name.text) < at + len(word):
            return True
        at += len(word)
    return False


def with_ways_apart(tokens: Sequence[Token], domain: "Domain") -> Iterator[Token]:
    """Yield the tokens; a name right before an amount is split from a way of use that ends it."""
    for at, token in enumerate(tokens):
        near = tokens[at + 1 : at + 1 + _NEAR]
        way = _way(token.text, domain.statements) if token.named else ""
        if way and token.named and any(other.amount and other.amount.unit for other in near):
            text = token.text[: -len(way)].rstrip()
            end = token.start + len(text)
            hits = [hit for hit in link(text, domain.index).hits if (hit.start, hit.end) == (0, len(text))]
            ids = {candidate.entity for hit in hits for candidate in hit.candidates}
            if ids & set(token.named.ids):
                yield replace(token, end=end, text=text)
                cues = domain.statements.cues[way]
                yield Token(token.end - len(way), token.end, way, cues=cues, is_filler=True)
                continue
        yield token


def _way(text: str, statements: Statements) -> str:
    """Return the longest ending of a name that is the way in which an amount is used; empty if none is."""
    if is_wide(text[-1]):
        endings = [text[-n:] for n in range(min(_LONGEST_WAY, len(text) - 1), 0, -1)]
    else:
        endings = [text.rsplit(" ", 1)[-1]] if " " in text else []
    sized = {cue.relation for cue in statements.sized}
    fitting = (e for e in endings if any(c.object and c.relation in sized for c in statements.cues.get(e, ())))
    return next(fitting, "")
