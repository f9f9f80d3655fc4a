"""Spans of a question: what they may be, and which of those that compete for the text are chosen.

The segmentation with the greatest sum of squared lengths wins, so that long matches beat short ones
and 药性 is not read as 药.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from reasoning.answer import Quantity
from reasoning.lexicon import TagKind, Word, is_wide

__all__ = [
    "BREAK",
    "Amount",
    "Leftover",
    "Named",
    "Span",
    "best",
    "drop_chance_hits",
    "release_joints",
    "without_joined",
]

BREAK: Final = re.compile(r"[\W_]+")  # what ends every word


@dataclass(frozen=True, slots=True)
class Named:
    """A span that names entities of the graph; more than one id in `ids` makes it ambiguous or cross-typed.

    `kinds` are their types, one for each id. `narrower` are the terms below them, where the graph holds a hierarchy
    of open terms.
    """

    start: int
    end: int
    text: str
    ids: tuple[str, ...]
    kinds: tuple[str, ...]
    is_ambiguous: bool
    narrower: tuple[str, ...] = ()
    types: frozenset[str] = field(init=False, repr=False, compare=False)  # the types that the name may be of

    def __post_init__(self) -> None:
        """Work out the types once: they are asked for often."""
        object.__setattr__(self, "types", frozenset(self.kinds))

    def of(self, types: Collection[str]) -> tuple[str, ...]:
        """Return the ids of one of `types`: where a relation is walked, a name means what the relation is about."""
        if self.types.isdisjoint(types):
            return ()
        return tuple(i for i, kind in zip(self.ids, self.kinds, strict=True) if kind in types)


@dataclass(frozen=True, slots=True)
class Amount:
    """A span that states an amount."""

    start: int
    end: int
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Leftover:
    """A span that nothing explains; `name` is the whole unknown name if it touches a known one, else its own text."""

    start: int
    end: int
    name: str
    is_part_of_name: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """One candidate for a stretch of text: a name, a word or an amount."""

    start: int
    end: int
    named: Named | None = None
    word: Word | None = None
    amount: Amount | None = None

    @property
    def weight(self) -> float:
        """Squared length; a name beats a word of the same length."""
        length = self.end - self.start
        bonus = 0.5 if self.named else 0.25 if self.amount else 0.0
        return length * length + bonus


def best(spans: Sequence[Span], length: int) -> list[Span]:
    """Choose non-overlapping spans of the greatest total weight, by dynamic programming over end positions."""
    by_end: dict[int, list[Span]] = {}
    for span in spans:
        by_end.setdefault(span.end, []).append(span)
    score = [0.0] * (length + 1)
    taken: list[Span | None] = [None] * (length + 1)
    for end in range(1, length + 1):
        score[end] = score[end - 1]
        for span in by_end.get(end, ()):
            if (total := score[span.start] + span.weight) > score[end]:
                score[end], taken[end] = total, span
    chosen, position = [], length
    while position > 0:
        best = taken[position]
        if best is None:
            position -= 1
        else:
            chosen.append(best)
            position = best.start
    return chosen[::-1]


def without_joined(spans: Sequence[Span]) -> list[Span]:
    """Leave out names that are a joint between two names and the second of them: 麻黄汤 中 麻黄 is no 中麻黄."""
    names = {(span.start, span.end) for span in spans if span.named}
    ends = {end for _, end in names}
    joints = {
        span.start
        for span in spans
        if span.word and span.end - span.start == 1 and any(tag.kind is TagKind.SEPARATOR for tag in span.word.tags)
    }
    return [
        span
        for span in spans
        if not (span.named and span.start in joints and span.start in ends and (span.start + 1, span.end) in names)
    ]


def drop_chance_hits(chosen: list[Span], folded: str) -> list[Span]:
    """Drop a name of one wide character unless what stands around it is explained too: 平 in 平衡 is no nature."""
    covered = bytearray(len(folded))
    for span in chosen:
        covered[span.start : span.end] = b"\x01" * (span.end - span.start)

    def open_side(position: int) -> bool:
        inside = 0 <= position < len(folded)
        return inside and not covered[position] and is_wide(folded[position]) and not BREAK.match(folded[position])

    kept = []
    for span in chosen:
        single = span.named and span.end - span.start == 1
        if single and (open_side(span.start - 1) or open_side(span.end)):
            continue
        kept.append(span)
    return kept


def release_joints(chosen: list[Span], folded: str) -> list[Span]:
    """Give single characters back to the unknown word that they stand in: the 须 of an invented 龙须黄精.

    A single wide character goes if it carries no tag of a separator, what stands before it is
    unexplained, and a name or something unexplained follows.
    """
    covered = bytearray(len(folded))
    for span in chosen:
        covered[span.start : span.end] = b"\x01" * (span.end - span.start)
    names = {span.start for span in chosen if span.named}
    kept = []
    for span in chosen:
        word = span.word
        if word is not None and span.end in names and any(tag.kind is TagKind.MODIFIER for tag in word.tags):
            covered[span.start : span.end] = bytes(span.end - span.start)
            continue
        single = word is not None and span.end - span.start == 1 and is_wide(folded[span.start])
        if single and word is not None and not any(tag.kind is TagKind.SEPARATOR for tag in word.tags):
            before, after = span.start - 1, span.end
            open_before = (
                before >= 0 and not covered[before] and is_wide(folded[before]) and not BREAK.match(folded[before])
            )
            open_after = after < len(folded) and is_wide(folded[after]) and not covered[after]
            typed = any(tag.kind is TagKind.TYPE for tag in word.tags)  # the 病 of an unknown 糖尿病
            if open_before and (typed or after in names or (open_after and not BREAK.match(folded[after]))):
                covered[span.start] = 0
                continue
        kept.append(span)
    return kept
