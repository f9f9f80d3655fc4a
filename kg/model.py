"""The nouns of the graph: entities with their names, facts with their provenance, revisions."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

__all__ = [
    "Entity",
    "Evidence",
    "Fact",
    "Grade",
    "Graph",
    "Name",
    "NameKind",
    "Qualifiers",
    "Review",
    "Revision",
    "Scalar",
    "Source",
    "Status",
    "Subgraph",
    "fact_id",
]

Scalar: TypeAlias = str | float | bool
Qualifiers: TypeAlias = Mapping[str, Scalar]


class NameKind(StrEnum):
    """What sort of name a string is; `STANDARD` is the one to show in its language."""

    STANDARD = "standard"
    ALIAS = "alias"
    HISTORICAL = "historical"
    TRADE = "trade"
    BOTANICAL = "botanical"
    COLLECTIVE = "collective"  # a name of several things (贝母): always asks which one


class Grade(StrEnum):
    """Strength of a source, weakest first; the wire's `Evidence.Grade`."""

    UNSPECIFIED = "unspecified"
    TRADITIONAL = "traditional"
    PRECLINICAL = "preclinical"
    OBSERVATIONAL = "observational"
    TRIAL = "trial"
    REVIEW = "review"


class Review(StrEnum):
    """How far a record was checked; only `PRIMARY` was compared with its primary source."""

    PENDING = "pending"
    SINGLE_SOURCE = "single-source"
    CROSS_CHECKED = "cross-checked"
    PRIMARY = "primary"


class Status(StrEnum):
    """Where a fact stands.

    `SUPERSEDED` facts held in an earlier edition only (their qualifier `valid_to` says until when): they explain why
    a claim is out of date and never answer. `RETRACTED` ones are kept for audit.
    """

    ASSERTED = "asserted"
    DISPUTED = "disputed"
    SUPERSEDED = "superseded"
    RETRACTED = "retracted"


@dataclass(frozen=True, slots=True)
class Name:
    """One string by which an entity is known. `language` is BCP 47 (`zh`, `en`, `la`, `zh-Latn`)."""

    text: str
    language: str
    kind: NameKind = NameKind.STANDARD
    source: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """One node. `names` holds the standard name of each language first, then the aliases."""

    id: str
    type: str
    names: tuple[Name, ...]
    properties: Mapping[str, Scalar] = field(default_factory=dict)

    def standard(self, language: str) -> str | None:
        """Return the standard name in `language`, or None if there is none."""
        for name in self.names:
            if name.language == language and name.kind is NameKind.STANDARD:
                return name.text
        return None

    def label(self, *languages: str) -> str:
        """Return the standard name in the first of `languages` that has one, else any name, else the id."""
        for language in languages:
            if found := self.standard(language):
                return found
        return self.names[0].text if self.names else self.id


@dataclass(frozen=True, slots=True)
class Source:
    """A citable work: `key` is what facts name; `edition` may be empty."""

    key: str
    title: str
    edition: str = ""
    licence: str = ""
    grade: Grade = Grade.UNSPECIFIED
    url: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why one source says that a fact holds: `locator` is the place inside the source."""

    source: str
    locator: str
    grade: Grade = Grade.UNSPECIFIED
    review: Review = Review.PENDING
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """One edge with the reason to believe it.

    `derived_from` lists the ids of the facts that entail a derived fact, in the order of the
    chain; it is empty for a curated one. `evidence` is never empty.
    """

    id: str
    subject: str
    predicate: str
    object: str
    qualifiers: Qualifiers = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()
    status: Status = Status.ASSERTED
    derived_from: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Revision:
    """A point in a graph's history: a number that only grows, and the digest of the contents."""

    number: int
    digest: str

    @property
    def token(self) -> str:
        """The opaque wire form; equal tokens mean equal contents."""
        return f"r{self.number}-{self.digest[:16]}"


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Some entities and the facts among them; both ends of each fact are in `entities`."""

    entities: tuple[Entity, ...] = ()
    facts: tuple[Fact, ...] = ()
    truncated: bool = False


@dataclass(frozen=True, slots=True)
class Graph:
    """The whole contents of one domain, ready to be loaded into a store."""

    domain: str
    entities: tuple[Entity, ...]
    facts: tuple[Fact, ...]
    sources: tuple[Source, ...]

    def digest(self) -> str:
        """Return `sha256` (64 hex digits) over all entities, facts and sources, whatever their order."""
        total = hashlib.sha256()
        for record in sorted(repr(item) for item in (*self.entities, *self.facts, *self.sources)):
            total.update(record.encode())
            total.update(b"\n")
        return total.hexdigest()


def fact_id(subject: str, predicate: str, obj: str, qualifiers: Qualifiers) -> str:
    """Return the 16 hex digits that name a fact: the same statement has the same id in every build."""
    statement = json.dumps([subject, predicate, obj, dict(sorted(qualifiers.items()))], ensure_ascii=False)
    return hashlib.sha256(statement.encode()).hexdigest()[:16]
