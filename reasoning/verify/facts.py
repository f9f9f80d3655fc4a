"""The facts that concern some claims, in memory: all that the judge sees of a graph."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kg.model import Entity, Fact

__all__ = ["Facts"]


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that concern some claims, by (predicate, subject) and (predicate, object); none is retracted."""

    entities: Mapping[str, Entity]
    outgoing: Mapping[tuple[str, str], tuple[Fact, ...]] = field(default_factory=dict)
    incoming: Mapping[tuple[str, str], tuple[Fact, ...]] = field(default_factory=dict)

    def of(self, predicate: str, subject: str, *, symmetric: bool = False) -> tuple[Fact, ...]:
        """Return the facts of a relation from `subject`; those to it as well if the relation is symmetric."""
        found = self.outgoing.get((predicate, subject), ())
        return (*found, *self.incoming.get((predicate, subject), ())) if symmetric else found
