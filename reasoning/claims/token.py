"""One stretch of a text and what it may be: what segmenting yields and everything else reads."""

from dataclasses import dataclass

from reasoning.answer import Quantity
from reasoning.claims.statements import Cue, MarkKind
from reasoning.spans import Named

__all__ = ["Token"]


@dataclass(frozen=True, slots=True)
class Token:
    """One stretch of text and what it may be; `text` is in the plain form. Neither name nor cue nor mark: unexplained.

    `unknown` is a name that is not in the graph. `is_filler` marks function words, `is_break` punctuation.
    """

    start: int
    end: int
    text: str
    named: Named | None = None
    unknown: str = ""
    cues: tuple[Cue, ...] = ()
    marks: frozenset[MarkKind] = frozenset()
    details: tuple[tuple[MarkKind, str, str], ...] = ()
    amount: Quantity | None = None
    times: float | None = None
    is_filler: bool = False
    is_break: bool = False

    def has(self, *kinds: MarkKind) -> bool:
        """Say whether the token carries one of these marks."""
        return not self.marks.isdisjoint(kinds)

    def values(self, kind: MarkKind) -> tuple[tuple[str, str], ...]:
        """Return the values of its marks of one kind, each with its detail."""
        return tuple((value, detail) for each, value, detail in self.details if each is kind)
