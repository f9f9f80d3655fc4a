"""What a safety check takes in and gives out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, TypeAlias

from kg.errors import BencaoError
from kg.model import Fact, Revision, Scalar, Subgraph
from reasoning.answer import Finding

__all__ = [
    "AppliedRule",
    "CheckedSubject",
    "Conclusion",
    "Context",
    "FieldFault",
    "InvalidPrescription",
    "SafetyCheck",
    "Subject",
]

Context: TypeAlias = Mapping[str, Scalar | list[str]]


class Conclusion(StrEnum):
    """What follows from the findings, and from what could not be looked at; the wire's `Conclusion`."""

    AVOID = "avoid"
    CAUTION = "caution"
    CONDITIONAL = "conditional"
    NO_KNOWN_ISSUE = "no_known_issue"
    INSUFFICIENT_COVERAGE = "insufficient_coverage"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that is to be used: an entity's id, or a text to be linked; dose and preparation as people write."""

    text: str = ""
    entity: str = ""
    dose: str = ""
    preparation: str = ""


@dataclass(frozen=True, slots=True)
class CheckedSubject:
    """What one name was taken for: `entity` is empty if unlinked or ambiguous; `members` are what it consists of."""

    text: str
    entity: str = ""
    candidates: tuple[str, ...] = ()
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AppliedRule:
    """A rule that was looked at: id, title in the asker's language, titles with editions of the works behind it."""

    rule: str
    title: str
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SafetyCheck:
    """The outcome of a safety check.

    Attributes:
        conclusion: never `NO_KNOWN_ISSUE` while anything is unlinked, ambiguous or not covered.
        findings: worst first.
        missing_context: what would decide a rule, the most important first: keys of the context, or
            `subjects[2].dose` and `subjects[2].preparation`.
        unlinked: texts that name nothing, or not surely.
        evidence: the facts that findings rest on, with every entity that anything here names.
        checked: what each subject and each name in the context was taken for, in the order given.
        applied: the rules that were looked at.
        summary: the conclusion in one or two sentences.
        revision: of the graph that was read.
        uncovered: entities that the graph knows too little of.
        rested: the facts of `evidence` that findings rest on directly, not those that derived ones come from.
    """

    conclusion: Conclusion
    findings: tuple[Finding, ...]
    missing_context: tuple[str, ...]
    unlinked: tuple[str, ...]
    evidence: Subgraph
    checked: tuple[CheckedSubject, ...]
    applied: tuple[AppliedRule, ...]
    summary: str
    revision: Revision
    uncovered: tuple[str, ...] = ()
    rested: tuple[Fact, ...] = ()


@dataclass(frozen=True, slots=True)
class FieldFault:
    """One field that cannot be used: its path (`subjects[2].dose`, `context.pregnant`) and what to write instead."""

    field: str
    message: str


class InvalidPrescription(BencaoError):
    """What is asked contradicts itself or cannot be read; `faults` name each field."""

    reason: ClassVar[str] = "INVALID_FIELD"

    def __init__(self, faults: Sequence[FieldFault]) -> None:
        """Take all faults found."""
        super().__init__("; ".join(f"{fault.field}: {fault.message}" for fault in faults))
        self.faults = tuple(faults)
