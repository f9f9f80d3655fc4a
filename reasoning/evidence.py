"""The subgraph that an answer rests on: cited facts first, in the order of their `[n]` markers."""

from collections.abc import Iterable, Mapping

from kg.model import Entity, Fact, Subgraph

__all__ = ["subgraph"]


def subgraph(facts: Iterable[Fact], entities: Mapping[str, Entity], *, more: Iterable[str] = ()) -> Subgraph:
    """Return the facts, without duplicates, the entities at their ends, and `more`.

    A fact whose ends are not both in `entities` is left out.
    """
    kept = {fact.id: fact for fact in facts if fact.subject in entities and fact.object in entities}
    ids = dict.fromkeys([*more, *(end for fact in kept.values() for end in (fact.subject, fact.object))])
    return Subgraph(tuple(entities[i] for i in ids if i in entities), tuple(kept.values()))
