"""Two graphs of one schema side by side: where they agree, where they differ, what only one of them says.

Entities are the same if they have a type and a folded name in common; a name that several entities of a
type share pairs nothing. Facts are compared of the subjects that both graphs describe with the same
relation, so that a gap in one of them is not taken for a disagreement.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kg.linking.fold import fold_key
from kg.model import Entity, Fact, Graph, NameKind, Status
from kg.schema import Relation, Schema

__all__ = ["Comparison", "Difference", "RelationComparison", "Standing", "compare", "pair_entities"]


class Standing(StrEnum):
    """How one statement stands in the two graphs."""

    AGREE = "agree"
    DIFFER = "differ"  # a relation with one value, or an amount: both state it, and not the same
    ONLY_FIRST = "only-first"
    ONLY_SECOND = "only-second"


@dataclass(frozen=True, slots=True)
class Difference:
    """One statement: ids of the first graph; `first` and `second` say value and amount in each (empty if absent)."""

    relation: str
    subject: str
    standing: Standing
    first: str
    second: str
    sources: tuple[str, ...] = ()  # of the second graph


@dataclass(frozen=True, slots=True)
class RelationComparison:
    """The figures of one relation. `subjects` are those that both graphs describe with it."""

    relation: str
    first: int
    second: int
    unpaired: int  # facts of the second with an end that the first does not have
    subjects: int
    counts: Mapping[Standing, int]

    @property
    def agreement(self) -> float | None:
        """The share of statements about common subjects that both make alike; None if there are none."""
        total = sum(self.counts.values())
        return self.counts.get(Standing.AGREE, 0) / total if total else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All relations that both graphs use, and every statement about common subjects."""

    paired: int
    relations: tuple[RelationComparison, ...]
    statements: tuple[Difference, ...]


def pair_entities(first: Iterable[Entity], second: Iterable[Entity]) -> Mapping[str, str]:
    """Return id in `second` → id in `first` of what is the same entity; a standard name counts before an alias."""
    standard, other = _by_name(first, standard=True), _by_name(first, standard=False)
    pairs: dict[str, str] = {}
    for entity in second:
        keys = [(entity.type, fold_key(name.text)) for name in entity.names if name.kind is not NameKind.COLLECTIVE]
        for names in (standard, other):
            found = {owner for key in keys for owner in names.get(key, ())}
            if len(found) == 1:
                pairs[entity.id] = found.pop()
                break
            if found:
                break
    return pairs


def compare(first: Graph, second: Graph, schema: Schema) -> Comparison:
    """Compare the curated facts of two graphs, relation by relation."""
    pairs = pair_entities(first.entities, second.entities)
    names = {entity.id: entity.names[0].text for entity in first.entities}
    mine, theirs = _curated(first), _curated(second)
    relations: list[RelationComparison] = []
    statements: list[Difference] = []
    for relation in schema.relations.values():
        ours, others = mine.get(relation.id, []), theirs.get(relation.id, [])
        if not ours or not others:
            continue
        known = [fact for fact in others if fact.subject in pairs and fact.object in pairs]
        by_subject = _grouped(ours, relation, {})
        by_other = _grouped(known, relation, pairs)
        common = sorted(by_subject.keys() & by_other.keys())
        found = [each for subject in common for each in _stand(relation, subject, by_subject, by_other, names)]
        counts = {standing: sum(each.standing is standing for each in found) for standing in Standing}
        statements += found
        relations.append(
            RelationComparison(relation.id, len(ours), len(others), len(others) - len(known), len(common), counts)
        )
    return Comparison(len(pairs), tuple(relations), tuple(statements))


def _by_name(entities: Iterable[Entity], *, standard: bool) -> Mapping[tuple[str, str], set[str]]:
    names: dict[tuple[str, str], set[str]] = defaultdict(set)
    for entity in entities:
        for name in entity.names:
            if (name.kind is NameKind.STANDARD) is standard and name.kind is not NameKind.COLLECTIVE:
                names[entity.type, fold_key(name.text)].add(entity.id)
    return names


def _curated(graph: Graph) -> Mapping[str, list[Fact]]:
    facts: dict[str, list[Fact]] = defaultdict(list)
    for fact in graph.facts:
        if not fact.derived_from and fact.status is not Status.RETRACTED:
            facts[fact.predicate].append(fact)
    return facts


def _grouped(
    facts: Iterable[Fact], relation: Relation, pairs: Mapping[str, str]
) -> Mapping[str, Mapping[str, list[Fact]]]:
    """Return subject → object → facts, in ids of the first graph; a symmetric fact stands under both its ends."""
    grouped: dict[str, dict[str, list[Fact]]] = defaultdict(lambda: defaultdict(list))
    for fact in facts:
        subject, obj = pairs.get(fact.subject, fact.subject), pairs.get(fact.object, fact.object)
        grouped[subject][obj].append(fact)
        if relation.symmetric:
            grouped[obj][subject].append(fact)
    return grouped


def _stand(
    relation: Relation,
    subject: str,
    ours: Mapping[str, Mapping[str, list[Fact]]],
    others: Mapping[str, Mapping[str, list[Fact]]],
    names: Mapping[str, str],
) -> Iterator[Difference]:
    mine, theirs = ours[subject], others[subject]
    objects = sorted(mine.keys() | theirs.keys(), key=lambda each: names[each])
    if relation.symmetric:  # each pair once
        objects = [each for each in objects if subject < each or each not in ours.keys() & others.keys()]
    if relation.functional and not mine.keys() & theirs.keys():
        here, there = (", ".join(names[each] for each in objects if each in side) for side in (mine, theirs))
        yield Difference(relation.id, subject, Standing.DIFFER, here, there, _sources(theirs.values()))
        return
    for obj in objects:
        first, second = mine.get(obj, []), theirs.get(obj, [])
        said, heard = (_said(names[obj], facts) for facts in (first, second))
        standing = Standing.ONLY_SECOND if not first else Standing.ONLY_FIRST if not second else Standing.AGREE
        if standing is Standing.AGREE and relation.quantity and not _amounts(first) & _amounts(second):
            standing = Standing.DIFFER if _amounts(first) and _amounts(second) else standing
        yield Difference(relation.id, subject, standing, said, heard, _sources([second]))


def _amounts(facts: Sequence[Fact]) -> set[str]:
    """Return every amount that the facts state, written so that equal ones are equal."""
    written = set()
    for fact in facts:
        ends = [fact.qualifiers.get("low"), fact.qualifiers.get("high")]
        numbers = ["" if end is None else f"{float(end):g}" for end in ends]
        if any(numbers):
            written.add(f"{'–'.join(numbers)} {fact.qualifiers.get('unit', '')}".strip())
    return written


def _said(name: str, facts: Sequence[Fact]) -> str:
    return f"{name} {'; '.join(sorted(_amounts(facts)))}".strip() if facts else ""


def _sources(groups: Iterable[Iterable[Fact]]) -> tuple[str, ...]:
    return tuple(sorted({evidence.source for facts in groups for fact in facts for evidence in fact.evidence}))
