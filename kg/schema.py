"""The schema of a domain: entity types, relations with their logic, qualifiers.

Everything that planning, verification and drawing know about a relation stands here; no
relation name of any domain is written in code.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from kg.errors import SchemaViolation
from kg.model import Grade

__all__ = [
    "RESERVED",
    "VALIDITY",
    "Chain",
    "Criticality",
    "EntityType",
    "Qualifier",
    "Relation",
    "Schema",
    "Step",
]

VALIDITY: Final = ("valid_from", "valid_to")
"""Qualifiers that every relation's facts may carry: ISO dates, inclusive; with `valid_to` a fact is superseded."""

RESERVED: Final = frozenset({"edition", "as_of", "strength", "quantifier", *VALIDITY})
"""Names that no pack gives a qualifier: what claims say of editions, dates, evidence and how many, and validity."""


class Criticality(StrEnum):
    """What a wrong statement of this relation can cost; `SAFETY` is worded by templates only."""

    SAFETY = "safety"
    EFFICACY = "efficacy"
    IDENTITY = "identity"
    BACKGROUND = "background"


@dataclass(frozen=True, slots=True)
class EntityType:
    """One type of entity. `label` is by language; `is_value` marks closed vocabularies (a nature, a grade)."""

    id: str
    label: Mapping[str, str]
    is_value: bool = False
    properties: Mapping[str, str] = field(default_factory=dict)  # name → "string" | "number" | "boolean"


@dataclass(frozen=True, slots=True)
class Qualifier:
    """One qualifier that facts may carry. `values` is empty for an open one; `labels` is value → language → text.

    A fact that has it also has those that it `requires`. One that `narrows` says under which condition its fact
    holds, so that a claim without it says more than the fact does. Of an `exclusive` one a triple has one value:
    another one than those recorded is refuted (a caution is no prohibition).
    """

    id: str
    type: str  # "string" | "number" | "boolean"
    values: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    requires: tuple[str, ...] = ()
    narrows: bool = False
    exclusive: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One relation walked in one direction."""

    relation: str
    forward: bool = True

    def __str__(self) -> str:
        """Write a backward step as `^RELATION`."""
        return self.relation if self.forward else f"^{self.relation}"


@dataclass(frozen=True, slots=True)
class Chain:
    """A rule that derives a relation by walking `steps`; applied when the pack is built.

    What it derives is no stronger evidence than its weakest step, nor than `cap` where there is one.
    """

    steps: tuple[Step, ...]
    cap: Grade | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation type and its logic.

    Attributes:
        subjects: entity types at the source end.
        objects: entity types at the target end.
        label: language → noun phrase ("channels entered").
        symmetric: a fact holds in both directions; it is stored once.
        functional: a subject has one value per edition; another value refutes.
        closed: the list of a subject's objects is complete in its source, so that an
            object that is not listed refutes "is listed". Never a statement of safety.
        object_subsumption: relation between objects (narrow → broad) along which a fact
            entails the broader claim; empty if none.
        exact: a recorded object is as narrow as its source knows, so that a narrower one is another object and refuted.
        order: its objects from the least to the greatest, where they are grades: what "the most …" picks.
        object_variants: relation from a variant of an object to that object (a prepared form to its raw
            material); a closed list that has a variant does not refute the object. Empty if none.
        chain: how facts of this relation are derived from others; None if curated.
        opposites: relations whose fact on the same ends refutes one of this relation; a backward step exchanges
            the ends. Facts of both on the same ends are a dispute.
        minimum_grade: how strong the evidence of a fact has to be for a claim to be supported by it.
        membership: its subjects are the members of the class that its object is ("all of this class"). It says what
            a thing is called, so that as a step of a chain it makes no evidence weaker.
        criticality: see `Criticality`.
        implied: may be meant where no word names it, because it is what its types usually have to do with each other
            (formulas contain herbs; that they are also modified with some has to be said).
        quantity: the qualifiers `low`, `high`, `unit` and `basis` state an amount.
        qualifiers: names of the qualifiers that its facts may carry.
    """

    id: str
    subjects: tuple[str, ...]
    objects: tuple[str, ...]
    label: Mapping[str, str]
    symmetric: bool = False
    functional: bool = False
    closed: bool = False
    object_subsumption: str = ""
    exact: bool = False
    order: tuple[str, ...] = ()
    object_variants: str = ""
    chain: Chain | None = None
    opposites: tuple[Step, ...] = ()
    minimum_grade: Grade = Grade.UNSPECIFIED
    membership: bool = False
    criticality: Criticality = Criticality.BACKGROUND
    implied: bool = True
    quantity: bool = False
    qualifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Schema:
    """All types, relations and qualifiers of one domain, by id."""

    types: Mapping[str, EntityType]
    relations: Mapping[str, Relation]
    qualifiers: Mapping[str, Qualifier]

    def relation(self, name: str) -> Relation:
        """Return a relation, or raise `SchemaViolation` naming the ones that exist."""
        try:
            return self.relations[name]
        except KeyError:
            known = ", ".join(sorted(self.relations))
            message = f"unknown relation {name!r}; the schema has: {known}"
            raise SchemaViolation(message, predicate=name) from None

    def memberships(self, kind: str) -> tuple[Relation, ...]:
        """Return the relations that join members to a class of type `kind`."""
        return tuple(each for each in self.relations.values() if each.membership and kind in each.objects)

    def targets(self, types: frozenset[str], step: Step) -> frozenset[str]:
        """Return the types that `step` reaches from `types`; empty if it does not type-check."""
        relation = self.relation(step.relation)
        ends = [(relation.subjects, relation.objects)]
        if relation.symmetric:
            ends.append((relation.objects, relation.subjects))
        if not step.forward:
            ends = [(target, source) for source, target in ends]
        return frozenset(t for source, target in ends if types & set(source) for t in target)

    def steps_from(self, types: frozenset[str]) -> tuple[Step, ...]:
        """Return every step that type-checks from `types`, in the order of the schema."""
        steps = []
        for relation in self.relations.values():
            for forward in (True,) if relation.symmetric else (True, False):
                step = Step(relation.id, forward)
                if self.targets(types, step):
                    steps.append(step)
        return tuple(steps)
