"""The facts that concern some claims, in memory: all that the judge sees of a graph."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from kg.model import Entity, Fact, Source, Status

__all__ = ["CURRENT", "DEEPEST", "Facts", "facts_of"]

CURRENT: Final = (Status.ASSERTED, Status.DISPUTED)
"""Statuses of facts that stand in a current edition."""

DEEPEST: Final = 8  # steps up a hierarchy; a longer way entails nothing, and excludes nothing


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts that concern some claims, by (predicate, subject) and (predicate, object); none is retracted.

    `sources` are needed by claims about editions and dates only; a fact of an unknown source has no edition.
    """

    entities: Mapping[str, Entity]
    outgoing: Mapping[tuple[str, str], tuple[Fact, ...]] = field(default_factory=dict)
    incoming: Mapping[tuple[str, str], tuple[Fact, ...]] = field(default_factory=dict)
    sources: Mapping[str, Source] = field(default_factory=dict)
    by_id: Mapping[str, Fact] = field(default_factory=dict)

    def of(self, predicate: str, subject: str, *, symmetric: bool = False) -> tuple[Fact, ...]:
        """Return the facts of a relation from `subject`; those to it as well if the relation is symmetric."""
        found = self.outgoing.get((predicate, subject), ())
        if not symmetric:
            return found
        return (*found, *(fact for fact in self.incoming.get((predicate, subject), ()) if fact.subject != subject))

    def climb(self, predicate: str, narrow: str, broad: str) -> tuple[Fact, ...] | None:
        """Return a shortest way of undisputed facts from `narrow` up to `broad`: () if they are one, None if none."""
        for frontier in self._levels(predicate, narrow, (Status.ASSERTED,)):
            if broad in frontier:
                return frontier[broad]
        return None

    def may_rise(self, predicate: str, narrow: str, broad: str) -> bool:
        """Say whether it is open that `narrow` is a kind of `broad`: by disputed facts, or beyond `DEEPEST` steps."""
        levels = list(self._levels(predicate, narrow, CURRENT))
        return len(levels) > DEEPEST or any(broad in frontier for frontier in levels)

    def _levels(self, predicate: str, start: str, trusted: tuple[Status, ...]) -> Iterator[dict[str, tuple[Fact, ...]]]:
        """Yield what is 0, 1, … and at most `DEEPEST` steps above `start`, each with the way to it."""
        frontier: dict[str, tuple[Fact, ...]] = {start: ()}
        seen = {start}
        for _ in range(DEEPEST + 1):
            if not frontier:
                return
            yield frontier
            higher: dict[str, tuple[Fact, ...]] = {}
            for here, walked in frontier.items():
                for fact in self.of(predicate, here):
                    if fact.object not in seen and fact.status in trusted:
                        seen.add(fact.object)
                        higher[fact.object] = (*walked, fact)
            frontier = higher


def facts_of(
    entities: Mapping[str, Entity], found: Iterable[Fact], sources: Mapping[str, Source] | None = None
) -> Facts:
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
        sources or {},
        held,
    )
