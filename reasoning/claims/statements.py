"""The words by which prose states facts, in memory: cues of relations, and marks of how something is stated.

A cue states facts of a relation; where its ends stand around it is its order. A mark says how something is stated:
denied, doubted, asked, of all, at most. A phrase may be several of these; which is meant, what stands around it says.
`reasoning.claims.phrases` reads them from a pack's `statements.yaml` and the languages' own words.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from spacy.matcher import PhraseMatcher

from kg.amounts import Units, parse_units
from kg.model import Scalar

__all__ = ["Cue", "Mark", "MarkKind", "Mode", "Order", "Statements", "Together"]


class Order(StrEnum):
    """Where the ends of a fact stand around its cue. Types decide where they tell the ends apart."""

    AROUND = "around"  # subject cue object
    AROUND_REVERSED = "around-reversed"  # object cue subject
    BEFORE = "before"  # subject object cue
    BEFORE_REVERSED = "before-reversed"  # object subject cue
    AFTER = "after"  # cue subject object
    AFTER_REVERSED = "after-reversed"  # cue object subject


class Mode(StrEnum):
    """What a cue needs beside it to state anything."""

    PLAIN = "plain"
    PROHIBITED = "prohibited"  # stated where something is warned against, denied where it is allowed


class Together(StrEnum):
    """When the names of both ends in one sentence state a relation by themselves."""

    ANY = "any"  # where it warns or allows
    WARNED = "warned"  # where it warns
    CAUTIONED = "cautioned"  # where it warns mildly


class MarkKind(StrEnum):
    """How a word bears on what is stated."""

    NEGATION = "negation"
    AFFIRMATION = "affirmation"  # looks like a denial and is none (not only, 不仅)
    DOUBT = "doubt"  # neither stated nor denied (not necessarily, 未必)
    SILENCE = "silence"  # says that nothing is known (未见报道)
    HEDGE = "hedge"
    REPORT = "report"
    QUESTION = "question"
    CONDITION = "condition"
    PERMISSION = "permission"
    PROHIBITION = "prohibition"
    REFUTATION = "refutation"  # what was said before it is not so
    HARM = "harm"  # warns, by what follows from it
    ALL = "all"
    ONLY = "only"
    NONE = "none"
    CONTRAST = "contrast"
    COMPARISON = "comparison"
    UPPER = "upper"
    LOWER = "lower"
    OPEN_LIST = "open_list"
    JOINT = "joint"
    PRONOUN = "pronoun"
    EACH = "each"  # what follows holds of each thing before it
    EXCESS = "excess"  # says that an amount is too much
    CAUTION = "caution"  # warns mildly
    EFFECT = "effect"  # one thing changes what another does
    COUNTED = "counted"  # what a number before it counts (味药)
    TIMES = "times"  # how often a day
    FORMER = "former"  # the first of two things that were named
    LATTER = "latter"  # the second of them
    MILD = "mild"  # warns without saying how strictly: should not
    SUBJECT = "subject"  # a pronoun that begins a clause
    NAMING = "naming"  # what follows is another name of what stands before it
    PEOPLE = "people"  # what stands before it is said of people
    PLAIN = "plain"  # says nothing of its own
    STRENGTH = "strength"  # value: grade
    EDITION = "edition"
    # of a pack
    CIRCUMSTANCE = "circumstance"  # what is stated holds only then
    CONTEXT = "context"  # value: context of the pack
    VALUE = "value"  # value: qualifier, detail: its value
    ENDING = "ending"  # after a name it makes another name


@dataclass(frozen=True, slots=True)
class Mark:
    """One bearing of a word on what is stated."""

    kind: MarkKind
    value: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Cue:
    """One way in which a phrase states facts of a relation.

    Attributes:
        relation: of the schema.
        order: where its ends stand.
        mode: what has to stand beside it.
        object: entity that the cue itself names as the object; empty if the text names it.
        fallback: entities that may be the object where the text names none; the first that the graph knows of.
        unit: of a number beside it that has none.
        context: context of the pack that has to be mentioned beside it.
        qualifiers: what the cue says of the fact.
        is_denied: the cue itself denies.
        quantifier: of the claim (`none`, `any`, `only`, `count`), where the cue says so.
        is_complete: the list of its objects is meant to be all of them.
        is_last: counts only where nothing else in the clause states anything.
        together: when both ends in one sentence are enough; None where they are not.
        types: of the objects of such a pair; all of the relation if empty.
        is_effect: a sentence in which one thing changes another warns.
        counts_if: the verdict without which what the cue states is left out, for what most things say in passing.
        leave: relation that is stated where the cue allows: what may be used for something is for it.
    """

    relation: str
    order: Order = Order.AROUND
    mode: Mode = Mode.PLAIN
    object: str = ""
    fallback: tuple[str, ...] = ()
    unit: str = ""
    context: str = ""
    qualifiers: tuple[tuple[str, Scalar], ...] = ()
    is_denied: bool = False
    quantifier: str = ""
    is_complete: bool = False
    is_last: bool = False
    together: Together | None = None
    types: tuple[str, ...] = ()
    is_effect: bool = False
    leave: str = ""
    counts_if: str = ""


@dataclass(frozen=True, slots=True)
class Statements:
    """Everything that statements are recognised by. Immutable once built; threads may share it.

    `bare` are relations that the name of an object states without any cue; `editions` are words beside which a year
    names an edition; `whole` are cues of lists that are meant to be complete, `sized`
    ones whose object goes without saying; `pairs` state something without a phrase; `parts` map what an amount is
    per to what that is a part of (a dose of a day).
    """

    cues: Mapping[str, tuple[Cue, ...]] = field(default_factory=dict)
    marks: Mapping[str, tuple[Mark, ...]] = field(default_factory=dict)
    bare: frozenset[str] = frozenset()
    editions: tuple[str, ...] = ()
    whole: tuple[Cue, ...] = ()
    sized: tuple[Cue, ...] = ()
    pairs: tuple[Cue, ...] = ()
    parts: Mapping[str, str] = field(default_factory=dict)
    matcher: PhraseMatcher | None = None
    units: Units = field(default_factory=lambda: parse_units({}))
