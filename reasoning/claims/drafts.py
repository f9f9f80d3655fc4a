"""What reading a text yields: claims in the making, and how each of its sentences was treated."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from kg.model import Revision, Scalar, Subgraph
from reasoning.answer import ClaimVerdict, Quantity, Reason, Verdict

if TYPE_CHECKING:
    from reasoning.claims.token import Token

__all__ = ["CheckedSentence", "CheckedText", "Draft", "Extraction", "Read", "SentenceKind"]


class SentenceKind(StrEnum):
    """Whether a sentence states something that the graph could decide; the wire's `Sentence.Kind`."""

    FACTUAL = "factual"
    PARTLY_CHECKED = "partly_checked"
    NON_FACTUAL = "non_factual"


@dataclass(frozen=True, slots=True)
class Draft:
    """One claim as the words state it; offsets count characters.

    `verdict` and `reason` are set where the words alone decide that the graph cannot (an ambiguous name, a report
    that nothing is known); `why` is then the key of the rationale in `kg/messages/claims.yaml`, and `about` what it
    names. `subjects` and `objects` are what an end with a name of several things may be: all of them are judged.
    A draft with `counts_if` is left out unless that is the verdict on it, or the reason for one. Drafts of one `choice`
    (not 0) are readings of the same words, of which one counts: the one that the graph decides best, or for a negative
    number the first that it decides.
    """

    start: int
    end: int
    subject: str = ""
    predicate: str = ""
    object: str = ""
    negated: bool = False
    quantity: Quantity | None = None
    qualifiers: tuple[tuple[str, Scalar], ...] = ()
    verdict: Verdict | None = None
    reason: Reason | None = None
    why: str = ""
    about: str = ""
    choice: int = 0
    subjects: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    counts_if: Verdict | Reason | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """One sentence: its span in characters, its claims, and what was left over.

    `needs_model` says that it is about the domain and states more than the patterns found; `tokens` are then its own.
    """

    start: int
    end: int
    kind: SentenceKind
    drafts: tuple[Draft, ...] = ()
    needs_model: bool = False
    tokens: "tuple[Token, ...]" = ()


@dataclass(frozen=True, slots=True)
class Extraction:
    """A text and all of its sentences, in order and without a gap."""

    text: str
    sentences: tuple[Read, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """One sentence of a checked text: UTF-8 offsets, how it was treated, and its verdicts by their index."""

    start_byte: int
    end_byte: int
    kind: SentenceKind
    verdicts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckedText:
    """Verdicts on all that a text states; `sentences` cover it in order.

    `overall` is the worst verdict of the factual sentences (refuted, not checkable, not enough evidence, supported);
    None for a text without a factual one. `evidence` is every fact that a verdict names.
    """

    sentences: tuple[CheckedSentence, ...]
    verdicts: tuple[ClaimVerdict, ...]
    evidence: Subgraph = field(default_factory=Subgraph)
    overall: Verdict | None = None
    revision: Revision = field(default_factory=lambda: Revision(0, ""))
