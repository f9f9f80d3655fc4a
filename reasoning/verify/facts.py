"""The facts that concern some claims, in memory: all that the judge sees of a graph."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kg.model import Entity, Fact, Status

__all__ = ["DEEPEST", "Facts", "facts_of"]

DEEPEST: Final = 4  # steps up a hierarchy; a longer way entails nothing


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that concern some claims, by (predicate, subject) and (predicate, object); none is retracted."""

    entities: Mapping[str, Entity]
    outgoing: Mapping[tuple[str, str], tuple[Fact, ...]] = field(default_factory=dict)
    incoming: Mapping[tuple[str, str], tuple[Fact, ...]] = field(default_factory=dict)

    def of(self, predicate: str, subject: str, *, symmetric: bool = False) -> tuple[Fact, ...]:
        """Return the facts of a relation from `subject`; those to it as well if the relation is symmetric."""
        found = self.outgoing.get((predicate, subject), ())
        if not symmetric:
            return found
        return (*found, *(fact for fact in self.incoming.get((predicate, subject), ()) if fact.subject != subject))

    def climb(self, predicate: str, narrow: str, broad: str) -> tuple[Fact, ...] | None:
        """Return a shortest way of undisputed facts from `narrow` up to `broad`: () if they are one, None if none."""
        frontier: list[tuple[str, tuple[Fact, ...]]] = [(narrow, ())]
        seen = {narrow}
        for _ in range(DEEPEST + 1):
            for here, walked in frontier:
                if here == broad:
                    return walked
            steps = [(fact, walked) for here, walked in frontier for fact in self.of(predicate, here)]
            frontier = []
            for fact, walked in steps:
                if fact.object not in seen and fact.status is Status.ASSERTED:
                    seen.add(fact.object)
                    frontier.append((fact.object, (*walked, fact)))
        return None


def facts_of(entities: Mapping[str, Entity], found: Iterable[Fact]) -> Facts:
    """Return facts ready to be looked up, each once and in the order of their ids, without the retracted ones."""
    outgoing: dict[tuple[str, str], list[Fact]] = {}
    incoming: dict[tuple[str, str], list[Fact]] = {}
    held = {fact.id: fact for fact in found if fact.status is not Status.RETRACTED}
    for _, fact in sorted(held.items()):
        outgoing.setdefault((fact.predicate, fact.subject), []).append(fact)
        incoming.setdefault((fact.predicate, fact.object), []).append(fact)
    return Facts(
        entities,
        {key: tuple(facts) for key, facts in outgoing.items()},
        {key: tuple(facts) for key, facts in incoming.items()},
    )
