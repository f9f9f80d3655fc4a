"""What a pack covers and how far it was checked: the figures behind `bencao pack report`."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kg.model import Entity, Evidence, Fact, Review, Status
from kg.pack.content import Pack
from kg.schema import Criticality

__all__ = ["Conflict", "Coverage", "RelationCoverage", "SourceCoverage", "TypeCoverage", "coverage", "review_of"]


@dataclass(frozen=True, slots=True)
class TypeCoverage:
    """One type: how many entities it has, and which of them no fact mentions (their ids)."""

    type: str
    entities: int
    orphans: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RelationCoverage:
    """One relation: its facts, those that chains derived among them, the rest by review, and the disputed ones."""

    relation: str
    facts: int
    derived: int
    reviews: Mapping[Review, int]
    disputed: int
    is_safety: bool


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """One source: the curated facts that cite it, and those that rest on it alone."""

    key: str
    facts: int
    alone: int


@dataclass(frozen=True, slots=True)
class Conflict:
    """A subject to which sources give different values of a relation that has one: value → keys of the sources."""

    subject: str
    relation: str
    values: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Coverage:
    """All figures of one pack, in the order of its schema."""

    types: tuple[TypeCoverage, ...]
    relations: tuple[RelationCoverage, ...]
    sources: tuple[SourceCoverage, ...]
    conflicts: tuple[Conflict, ...]

    @property
    def reviews(self) -> Mapping[Review, int]:
        """Curated facts by review."""
        total: Counter[Review] = Counter()
        for each in self.relations:
            total.update(each.reviews)
        return total

    @property
    def facts(self) -> int:
        """All facts, derived ones among them."""
        return sum(each.facts for each in self.relations)

    @property
    def orphans(self) -> int:
        """Entities that no fact mentions."""
        return sum(len(each.orphans) for each in self.types)


def review_of(fact: Fact) -> Review:
    """Return how far a fact was checked: as far as the best checked of its evidence."""
    depth = list(Review)
    return max((evidence.review for evidence in fact.evidence), key=depth.index)


def coverage(pack: Pack) -> Coverage:
    """Count what a pack has."""
    graph = pack.graph
    mentioned = {end for fact in graph.facts for end in (fact.subject, fact.object)}
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in graph.facts:
        facts[fact.predicate].append(fact)
    curated = [fact for fact in graph.facts if not fact.derived_from]
    return Coverage(
        types=tuple(_type(name, graph.entities, mentioned) for name in pack.schema.types),
        relations=tuple(
            _relation(name, facts[name], is_safety=relation.criticality is Criticality.SAFETY)
            for name, relation in pack.schema.relations.items()
        ),
        sources=tuple(_source(source.key, curated) for source in graph.sources),
        conflicts=tuple(_conflicts(fact for fact in curated if fact.status is Status.DISPUTED)),
    )


def _type(name: str, entities: Iterable[Entity], mentioned: set[str]) -> TypeCoverage:
    ids = [entity.id for entity in entities if entity.type == name]
    return TypeCoverage(name, len(ids), tuple(each for each in ids if each not in mentioned))


def _relation(name: str, facts: list[Fact], *, is_safety: bool) -> RelationCoverage:
    reviews = Counter(review_of(fact) for fact in facts if not fact.derived_from)
    disputed = sum(fact.status is Status.DISPUTED for fact in facts)
    return RelationCoverage(name, len(facts), len(facts) - reviews.total(), reviews, disputed, is_safety)


def _source(key: str, facts: Iterable[Fact]) -> SourceCoverage:
    citing = [{evidence.source for evidence in fact.evidence} for fact in facts if _cites(fact.evidence, key)]
    return SourceCoverage(key, len(citing), sum(len(sources) == 1 for sources in citing))


def _cites(evidence: Iterable[Evidence], key: str) -> bool:
    return any(each.source == key for each in evidence)


def _conflicts(disputed: Iterable[Fact]) -> Iterable[Conflict]:
    values: dict[tuple[str, str], dict[str, tuple[str, ...]]] = defaultdict(dict)
    for fact in disputed:
        sources = tuple(sorted({evidence.source for evidence in fact.evidence}))
        values[fact.subject, fact.predicate][fact.object] = sources
    return (Conflict(subject, relation, found) for (subject, relation), found in sorted(values.items()))
