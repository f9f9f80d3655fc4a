"""How something is stated: clauses of a sentence, and what denies, doubts, limits or dates what they say."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from kg.model import Grade, Scalar
from reasoning.claims.statements import MarkKind
from reasoning.claims.token import Token
from reasoning.lexicon import is_wide

__all__ = [
    "Clause",
    "Modality",
    "clauses",
    "edition_of",
    "is_denied",
    "is_doubted",
    "is_silent",
    "modality_of",
    "stance",
    "strength_of",
    "unconditional",
]

_BREAKS: Final = frozenset(",，;；|\t\n。.!！…【】")
_SEMICOLONS: Final = frozenset(";；|\t\n。.!！")
_MOST_TOKENS: Final = 300  # of a clause; a longer one is cut
_QUESTION: Final = frozenset("?？")
_OPENING: Final = frozenset("(（")
_CLOSING: Final = frozenset(")）")
_ONE_OF_TWO: Final = (MarkKind.FORMER, MarkKind.LATTER)
_WARNING: Final = (MarkKind.PROHIBITION, MarkKind.HARM, MarkKind.CAUTION)
_YEAR: Final = re.compile(r"(?<!\d)(1[89]\d\d|20\d\d)(?!\d)")
_NEAR: Final = 16  # characters between a year and the word that makes it an edition


@dataclass(frozen=True, slots=True)
class Clause:
    """Tokens between two commas or words of contrast. `follows_comma` says that it may go on with a list."""

    tokens: tuple[Token, ...]
    follows_comma: bool = False
    contrasts: bool = False

    @property
    def start(self) -> int:
        """Where its first token starts."""
        return self.tokens[0].start

    @property
    def end(self) -> int:
        """Where its last token ends."""
        return self.tokens[-1].end


@dataclass(frozen=True, slots=True)
class Modality:
    """What a whole sentence is: a question, or one that holds on a condition."""

    is_question: bool = False
    is_conditional: bool = False


def clauses(tokens: Sequence[Token]) -> Iterator[Clause]:
    """Yield the clauses of a sentence; punctuation that separates them is in none."""
    gathered: list[Token] = []
    comma = contrast = False
    depth = 0
    for at, token in enumerate(tokens):
        if token.is_break:
            depth = max(0, depth + (token.text in _OPENING) - (token.text in _CLOSING))
        if len(gathered) >= _MOST_TOKENS:
            yield Clause(tuple(gathered), comma, contrast)
            gathered, comma, contrast = [], True, False
        ends = token.is_break and token.text in _BREAKS and not depth
        turns = token.has(MarkKind.CONTRAST) and not token.cues
        if gathered and not depth and _begins_clause(tokens, at):
            yield Clause(tuple(gathered), comma, contrast)
            gathered, comma, contrast = [token] if token.has(*_ONE_OF_TWO) else [], True, False
            continue
        if not (ends or turns):
            gathered.append(token)
            continue
        if gathered:
            yield Clause(tuple(gathered), comma, contrast)
            gathered = []
            comma = contrast = False
        comma = comma or (ends and token.text not in _SEMICOLONS)
        if turns:
            contrast, comma = True, False
    if gathered:
        yield Clause(tuple(gathered), comma, contrast)


def _begins_clause(tokens: Sequence[Token], at: int) -> bool:
    """Say whether a joint is followed by a pronoun that is a subject: and it …; or one of two is spoken of."""
    if tokens[at].has(*_ONE_OF_TWO):
        return True
    after = tokens[at + 1] if at + 1 < len(tokens) else None
    joins = tokens[at].has(MarkKind.JOINT) and tokens[at].text[0].isalpha()
    return joins and after is not None and after.has(MarkKind.SUBJECT)


def unconditional(found: Iterable[Clause]) -> Iterator[Clause]:
    """Yield the clauses before one that a condition opens, where such a clause conditions only what follows it."""
    held = list(found)
    at = next((n for n, clause in enumerate(held) if any(token.has(MarkKind.CONDITION) for token in clause.tokens)), 0)
    opening = held[at].tokens[0] if held else None
    if opening is not None and opening.has(MarkKind.CONDITION) and is_wide(opening.text[0]):
        yield from held[:at]


def modality_of(tokens: Sequence[Token]) -> Modality:
    """Return what kind of sentence the tokens make."""
    asks = any(token.is_break and token.text in _QUESTION for token in tokens)
    # Words that ask also join clauses (which, 什么); alone they ask only where they stand first or last.
    content = [token for token in tokens if not token.is_break]
    if content and not asks:
        last = content[-1]
        asks = last.has(MarkKind.QUESTION) or any(t.has(MarkKind.QUESTION) and _asks_alone(t) for t in content)
    return Modality(asks, any(token.has(MarkKind.CONDITION) for token in tokens))


def _asks_alone(token: Token) -> bool:
    """Say whether a word asks wherever it stands: one that only joins clauses is a plain word as well."""
    return not token.has(MarkKind.PLAIN)


def is_denied(tokens: Iterable[Token]) -> bool:
    """Say whether the words between a cue and its ends deny it; two denials assert."""
    denials = [token for token in tokens if token.has(MarkKind.NEGATION)]
    lone = [token for token in denials if not token.has(MarkKind.JOINT)]  # neither … nor denies once
    return len(lone) % 2 == 1 if lone else bool(denials)


def is_doubted(tokens: Iterable[Token]) -> bool:
    """Say whether words leave open what is stated, or compare it with something else."""
    return any(token.has(MarkKind.DOUBT, MarkKind.COMPARISON) for token in tokens)


def stance(tokens: Iterable[Token]) -> bool | None:
    """Return True where words warn, False where they allow, None where they do neither.

    What is denied in one clause denies no warning in another: they do not get on, and must not be combined.
    """
    said = [_stance(list(own)) for ends, own in groupby(tokens, key=_ends_clause) if not ends]
    return next((each for each in (True, False) if each in said), None)


def _ends_clause(token: Token) -> bool:
    return token.is_break and token.text in _BREAKS


def _stance(found: Sequence[Token]) -> bool | None:
    warns = any(token.has(*_WARNING) for token in found)
    found = list(_without_asides(found))
    denials = sum(
        token.has(MarkKind.NEGATION) and not token.has(MarkKind.JOINT, *_WARNING)  # neither … nor denies once
        for token in (found if warns is False else without_people(found))
    )
    if denials % 2 and not warns and any(token.has(MarkKind.EFFECT) for token in found):
        return False  # that one does nothing to the other
    if warns or denials % 2:
        return warns != (denials % 2 == 1) if warns else True
    permits = any(token.has(MarkKind.PERMISSION) and not token.has(MarkKind.HEDGE) for token in found)
    changes = any(token.has(MarkKind.EFFECT) for token in found)
    hedges = any(token.has(MarkKind.PERMISSION) and token.has(MarkKind.HEDGE) for token in found)
    return False if permits or (hedges and not changes) else None


def _without_asides(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens but for denials behind a warning that deny something else: not advised without supervision."""
    said = (*_WARNING, MarkKind.EFFECT, MarkKind.PERMISSION)
    last = max((at for at, token in enumerate(tokens) if token.has(*said)), default=len(tokens))
    for at, token in enumerate(tokens):
        is_aside = at > last and token.has(MarkKind.NEGATION) and not is_wide(token.text[0])
        if not is_aside or token.has(*_WARNING):
            yield token


def without_people(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return the tokens without what says of whom a warning is: of those that have no fever."""
    people = [at for at, token in enumerate(tokens) if token.has(MarkKind.PEOPLE)]
    warning = [at for at, token in enumerate(tokens) if token.has(*_WARNING)]
    at = next((n for n in people if any(n < other for other in warning)), -1)
    start = max((n + 1 for n, token in enumerate(tokens[: max(at, 0)]) if token.has(*_WARNING)), default=0)
    return (*tokens[:start], *tokens[at + 1 :]) if at >= 0 else tokens


def is_silent(tokens: Iterable[Token]) -> bool:
    """Say whether words report that nothing is known."""
    return any(token.has(MarkKind.SILENCE) for token in tokens)


def strength_of(tokens: Iterable[Token]) -> tuple[tuple[str, Scalar], ...]:
    """Return the strength that words claim, as a qualifier of claims; empty if they claim none."""
    grades = [Grade(grade) for token in tokens for grade, _ in token.values(MarkKind.STRENGTH)]
    order = list(Grade)
    return (("strength", str(max(grades, key=order.index))),) if grades else ()


def edition_of(folded: str, start: int, end: int, words: Iterable[str]) -> tuple[tuple[str, Scalar], ...]:
    """Return the edition that a sentence names (a year beside a word for it), as a qualifier of claims."""
    for match in _YEAR.finditer(folded, start, end):
        before, after = (
            folded[max(start, match.start() - _NEAR) : match.start()],
            folded[match.end() : match.end() + _NEAR],
        )
        if any(word in before or word in after for word in words):
            return (("edition", match[0]),)
    return ()
