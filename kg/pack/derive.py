"""Derived facts: a relation with a chain holds wherever the chain can be walked over the given facts."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeAlias

from kg.model import Entity, Evidence, Fact, Grade, Qualifiers, Scalar, Status, fact_id
from kg.pack.facts import best_first, canonical, grade_of, weaker
from kg.schema import Chain, Relation, Schema, Step

__all__ = ["derive"]

_Way: TypeAlias = tuple[Fact, ...]
_Edges: TypeAlias = Mapping[str, Sequence[tuple[str, Fact]]]  # entity → (entity reached, by this fact)


def derive(schema: Schema, entities: Mapping[str, Entity], facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Return `facts` and everything that the schema's chains derive from them.

    A derived fact carries the qualifiers that its relation declares and on which the facts of the
    chain agree, and the evidence of all of them, none of it graded higher than the weakest step of the
    chain or its cap. Superseded facts derive nothing, nor do steps that hold under a condition which
    the conclusion could not state. Several ways to the same statement make one fact, whose `derived_from`
    lists the ways one after the other. A statement that is curated as well stays a curated fact and gains
    the evidence.
    """
    curated = tuple(facts)
    result = {fact.id: fact for fact in curated}
    for relation in schema.relations.values():
        if relation.chain is None:
            continue
        for fact in _derived(schema, relation, relation.chain, entities, curated):
            stated = result.get(fact.id)
            result[fact.id] = (
                replace(stated, evidence=best_first((*stated.evidence, *fact.evidence))) if stated else fact
            )
    return tuple(result.values())


def _derived(
    schema: Schema, relation: Relation, chain: Chain, entities: Mapping[str, Entity], facts: Sequence[Fact]
) -> Iterator[Fact]:
    edges = [_edges(schema, step, facts) for step in chain.steps]
    statements: dict[str, tuple[str, str, Qualifiers]] = {}
    ways: dict[str, dict[frozenset[str], _Way]] = defaultdict(dict)
    # Sorted, so that the way kept for a symmetric pair is the one that starts at its subject.
    for start in sorted(edges[0]):
        for end, way in _walks(start, edges):
            fits = entities[start].type in relation.subjects and entities[end].type in relation.objects
            qualifiers = _agreed(relation, way)
            if start == end or not fits or not _keeps_conditions(schema, qualifiers, way):
                continue
            subject, obj = canonical(relation, start, end)
            identity = fact_id(subject, relation.id, obj, qualifiers)
            statements[identity] = (subject, obj, qualifiers)
            ways[identity].setdefault(frozenset(fact.id for fact in way), way)
    for identity, (subject, obj, qualifiers) in statements.items():
        found = sorted(ways[identity].values(), key=lambda way: [fact.id for fact in way])
        is_sure = any(all(fact.status is Status.ASSERTED for fact in way) for way in found)
        premises = {fact.id: fact for way in found for fact in way}
        yield Fact(
            identity,
            subject,
            relation.id,
            obj,
            qualifiers,
            _capped(premises.values(), _strength(schema, chain, found)),
            Status.ASSERTED if is_sure else Status.DISPUTED,
            tuple(premises),
        )


def _strength(schema: Schema, chain: Chain, ways: Iterable[_Way]) -> Grade:
    """Return the grade of the best way; each is as strong as its weakest step, those to a class aside."""
    best = Grade.UNSPECIFIED
    for way in ways:
        links = [fact for fact in way if not schema.relations[fact.predicate].membership] or list(way)
        reached = weaker(*map(grade_of, links), *((chain.cap,) if chain.cap else ()))
        best = best if weaker(reached, best) is reached else reached
    return best


def _capped(facts: Iterable[Fact], strongest: Grade) -> tuple[Evidence, ...]:
    evidence = best_first(item for fact in facts for item in fact.evidence)
    return tuple(replace(item, grade=weaker(item.grade, strongest)) for item in evidence)


def _edges(schema: Schema, step: Step, facts: Iterable[Fact]) -> _Edges:
    edges: dict[str, list[tuple[str, Fact]]] = defaultdict(list)
    for fact in facts:
        if fact.predicate != step.relation or fact.status in (Status.RETRACTED, Status.SUPERSEDED):
            continue
        both = schema.relations[step.relation].symmetric
        if step.forward or both:
            edges[fact.subject].append((fact.object, fact))
        if not step.forward or both:
            edges[fact.object].append((fact.subject, fact))
    return edges


def _walks(start: str, edges: Sequence[_Edges]) -> Iterator[tuple[str, _Way]]:
    """Yield the end of every walk from `start` along all of `edges`, with the facts walked."""
    walks: list[tuple[str, _Way]] = [(start, ())]
    for step in edges:
        walks = [(target, (*way, fact)) for here, way in walks for target, fact in step.get(here, ())]
    yield from walks


def _keeps_conditions(schema: Schema, qualifiers: Qualifiers, way: _Way) -> bool:
    """Say whether every condition of a step is one of the conclusion: without it that would say more than is known."""
    known = schema.qualifiers
    return all(
        qualifiers.get(name) == value
        for fact in way
        for name, value in fact.qualifiers.items()
        if name in known and known[name].narrows
    )


def _agreed(relation: Relation, way: _Way) -> Qualifiers:
    """Return the qualifiers of `relation` that facts of the way have, unless they differ."""
    agreed: dict[str, Scalar] = {}
    for name in relation.qualifiers:
        values = {fact.qualifiers[name] for fact in way if name in fact.qualifiers}
        if len(values) == 1:
            agreed[name] = values.pop()
    return agreed
