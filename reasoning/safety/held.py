"""The facts that rules read: all of them at once for one revision of the graph, or those around what is asked about.

A domain's curated facts are few; they are read once for each revision (equal revisions have equal contents) and
found by their ends from then on. Where there are too many of them each check asks the store.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from kg.errors import TraversalLimit
from kg.model import Entity, Fact, Status
from kg.query import read as graph
from kg.schema import Schema
from kg.store import Snapshot

if TYPE_CHECKING:
    from reasoning.safety.setting import Setting

__all__ = ["Facts", "Held", "facts_around"]

_MOST: Final = 60_000  # facts; above that a check reads only what it needs
_FURTHEST: Final = 5  # steps from what is named
_GONE: Final = frozenset({Status.RETRACTED, Status.SUPERSEDED})


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts by id and by their ends, with the entities at those ends; facts that hold no more are left out.

    `leaving` and `reaching` map an end and a relation to the facts from and to it; a fact that holds both ways
    leaves either end, turned so that it does.
    """

    by_id: Mapping[str, Fact]
    leaving: Mapping[tuple[str, str], tuple[Fact, ...]]
    reaching: Mapping[tuple[str, str], tuple[Fact, ...]]
    works: Mapping[str, tuple[str, ...]]  # relation → keys of the sources of its facts
    entities: Mapping[str, Entity] = field(default_factory=dict)

    def from_(self, identity: str, relation: str) -> tuple[Fact, ...]:
        """Return the facts of a relation that lead away from an entity."""
        return self.leaving.get((identity, relation), ())

    def at(self, identity: str, relation: str) -> tuple[Fact, ...]:
        """Return the facts of a relation with this entity at either end, as they are stored."""
        out, back = self.leaving.get((identity, relation), ()), self.reaching.get((identity, relation), ())
        return tuple({fact.id: self.by_id[fact.id] for fact in (*out, *back)}.values())


@dataclass(slots=True)
class Held:
    """The facts of the latest revision that was read; threads may share it."""

    token: str = ""
    facts: Facts | None = None

    async def read(self, setting: "Setting", snapshot: Snapshot) -> Facts | None:
        """Return all facts that rules read, of the snapshot's revision; None if they are too many to hold."""
        token = snapshot.revision.token
        if self.token == token:
            return self.facts
        relations = sorted(setting.relations)
        try:
            found = await graph.facts_of(snapshot, setting.schema, relations, _MOST) if relations else ()
        except TraversalLimit:
            facts = None
        else:
            facts = _indexed(found, setting.schema)
            ends = {end for fact in facts.by_id.values() for end in (fact.subject, fact.object)}
            facts = replace(facts, entities=await graph.entities(snapshot, ends) if ends else {})
        self.token, self.facts = token, facts
        return facts


async def facts_around(starts: Iterable[str], setting: "Setting", snapshot: Snapshot) -> Facts:
    """Return the facts that rules read, at least those around `starts` and whatever stands for them.

    Raises:
        GraphUnavailable: the store does not answer. That nothing was found is never said by accident.
    """
    seen = frozenset(starts)
    if not seen:
        return _indexed((), setting.schema)
    held = await setting.held.read(setting, snapshot)
    if held is None:
        held = await _asked(seen, setting, snapshot)
    missing = seen - held.entities.keys()
    if missing:
        held = replace(held, entities={**held.entities, **await graph.entities(snapshot, missing)})
    return held


async def _asked(seen: frozenset[str], setting: "Setting", snapshot: Snapshot) -> Facts:
    relations, walked, schema = sorted(setting.relations), setting.walked, setting.schema
    found: dict[str, Fact] = {}
    frontier = seen
    for _ in range(_FURTHEST):
        if not frontier or not relations:
            break
        near = await graph.facts_touching(snapshot, schema, frontier, predicates=relations)
        found |= {fact.id: fact for fact in near}
        links = [fact for fact in near if fact.predicate in walked]
        both = [fact for fact in links if schema.relations[fact.predicate].symmetric]
        reached = {f.object for f in links if f.subject in seen} | {f.subject for f in both if f.object in seen}
        frontier = frozenset(reached - seen)
        seen |= frontier
    facts = _indexed(found.values(), schema)
    ends = {end for fact in facts.by_id.values() for end in (fact.subject, fact.object)}
    return replace(facts, entities=await graph.entities(snapshot, ends | seen))


def _indexed(found: Iterable[Fact], schema: Schema) -> Facts:
    by_id = {fact.id: fact for fact in found if fact.status not in _GONE}
    leaving: dict[tuple[str, str], list[Fact]] = {}
    reaching: dict[tuple[str, str], list[Fact]] = {}
    works: dict[str, dict[str, None]] = {}
    for fact in by_id.values():
        leaving.setdefault((fact.subject, fact.predicate), []).append(fact)
        works.setdefault(fact.predicate, {}).update(dict.fromkeys(each.source for each in fact.evidence))
        if schema.relations[fact.predicate].symmetric and fact.subject != fact.object:
            turned = replace(fact, subject=fact.object, object=fact.subject)
            leaving.setdefault((turned.subject, fact.predicate), []).append(turned)
        else:
            reaching.setdefault((fact.object, fact.predicate), []).append(fact)
    return Facts(
        by_id,
        {key: tuple(facts) for key, facts in leaving.items()},
        {key: tuple(facts) for key, facts in reaching.items()},
        {relation: tuple(keys) for relation, keys in works.items()},
    )
