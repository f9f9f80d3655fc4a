"""Claims made of facts, and what becomes of them when one thing is changed: the raw material of the mutation test."""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from kg.model import Fact, Grade, Graph, Status
from kg.schema import Relation, Schema
from reasoning.answer import Claim, Quantity

__all__ = ["KINDS", "Mutant", "Mutator", "claim_of"]

KINDS: Final = (
    "swapped ends",
    "other subject",
    "other object",
    "other form of the subject",
    "negated",
    "broader object",
    "narrower object",
    "more than recorded",
    "less than recorded",
    "wider than recorded",
    "other unit",
    "other basis",
    "other edition",
    "other qualifier",
    "dropped condition",
    "stronger evidence",
    "all of the class",
    "only",
    "one more",
)
_AMOUNT: Final = ("low", "high", "unit", "basis")
_VALIDITY: Final = ("valid_from", "valid_to")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A claim with one thing changed; `kind` is one of `KINDS`."""

    kind: str
    claim: Claim


def claim_of(fact: Fact, relation: Relation) -> Claim:
    """Return the claim that states a fact with its qualifiers, its amount as a quantity."""
    held = {key: value for key, value in fact.qualifiers.items() if key not in _VALIDITY}
    quantity = None
    if relation.quantity and ("low" in held or "high" in held):
        low, high = held.get("low"), held.get("high")
        quantity = Quantity(
            float(low) if isinstance(low, int | float) else None,
            float(high) if isinstance(high, int | float) else None,
            str(held.get("unit", "")),
            str(held.get("basis", "")),
        )
        held = {key: value for key, value in held.items() if key not in _AMOUNT}
    return Claim("", fact.subject, fact.predicate, fact.object, quantity=quantity, qualifiers=held)


@dataclass(slots=True)
class Mutator:
    """Changes claims of one graph, by a seeded choice of what to change them into."""

    graph: Graph
    schema: Schema
    chance: random.Random
    _by_type: dict[str, list[str]] = field(init=False)
    _type: dict[str, str] = field(init=False)
    _ends: dict[str, tuple[list[str], list[str]]] = field(init=False)
    _above: dict[tuple[str, str], list[str]] = field(init=False)
    _below: dict[tuple[str, str], list[str]] = field(init=False)
    _forms: dict[str, list[str]] = field(init=False)
    _classes: dict[str, list[str]] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the entities by type and by what they are near to."""
        self._by_type = defaultdict(list)
        ends: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
        self._type = {entity.id: entity.type for entity in self.graph.entities}
        self._above, self._below = defaultdict(list), defaultdict(list)
        self._forms, self._classes = defaultdict(list), defaultdict(list)
        for entity in self.graph.entities:
            self._by_type[entity.type].append(entity.id)
        variants = {relation.object_variants for relation in self.schema.relations.values()} - {""}
        for fact in self.graph.facts:
            if fact.status not in {Status.ASSERTED, Status.DISPUTED}:
                continue
            ends[fact.predicate][0].add(fact.subject)
            ends[fact.predicate][1].add(fact.object)
            self._above[fact.predicate, fact.subject].append(fact.object)
            self._below[fact.predicate, fact.object].append(fact.subject)
            if fact.predicate in variants:
                self._forms[fact.subject].append(fact.object)
                self._forms[fact.object].append(fact.subject)
            if self.schema.relations[fact.predicate].membership:
                self._classes[fact.subject].append(fact.object)
        self._ends = {name: (sorted(subjects), sorted(objects)) for name, (subjects, objects) in ends.items()}

    def mutants(self, claim: Claim, fact: Fact) -> Iterator[Mutant]:
        """Yield what a claim becomes when one thing of it is changed; kinds that do not apply are left out."""
        relation = self.schema.relations[claim.predicate]
        yield from self._ends_changed(claim, relation)
        yield Mutant("negated", replace(claim, negated=True))
        if claim.quantity is not None:
            yield from self._amounts(claim, claim.quantity)
        yield from self._qualifiers(claim, relation, fact)
        yield from self._generalised(claim, relation)

    def _ends_changed(self, claim: Claim, relation: Relation) -> Iterator[Mutant]:
        if not relation.symmetric:
            yield Mutant("swapped ends", replace(claim, subject=claim.object, object=claim.subject))
        subjects, objects = self._ends[claim.predicate]
        if other := self._other(subjects, claim.subject, self._type[claim.subject]):
            yield Mutant("other subject", replace(claim, subject=other))
        if other := self._other(objects, claim.object, self._type[claim.object]):
            yield Mutant("other object", replace(claim, object=other))
        for form in self._forms[claim.subject][:1]:
            yield Mutant("other form of the subject", replace(claim, subject=form))
        kind = relation.object_subsumption
        for broader in self._above[kind, claim.object][:1] if kind else ():
            yield Mutant("broader object", replace(claim, object=broader))
        for narrower in self._below[kind, claim.object][:1] if kind else ():
            yield Mutant("narrower object", replace(claim, object=narrower))

    def _other(self, among: Sequence[str], than: str, kind: str) -> str:
        """Return another entity of the same type that the relation knows, else any of that type."""
        near = [each for each in among if each != than and self._type[each] == kind]
        every = near or [each for each in self._by_type[kind] if each != than]
        return self.chance.choice(every) if every else ""

    def _amounts(self, claim: Claim, amount: Quantity) -> Iterator[Mutant]:
        factor = self.chance.choice((1.1, 1.5, 2, 3, 10))
        yield Mutant("more than recorded", replace(claim, quantity=_scaled(amount, factor)))
        yield Mutant("less than recorded", replace(claim, quantity=_scaled(amount, 1 / factor)))
        if amount.low is not None and amount.high is not None:
            wide = replace(amount, low=amount.low / 2, high=amount.high * 2)
            yield Mutant("wider than recorded", replace(claim, quantity=wide))
        other = self.chance.choice([unit for unit in ("kg", "mg", "mL", "%") if unit != amount.unit])
        yield Mutant("other unit", replace(claim, quantity=replace(amount, unit=other)))
        declared = self.schema.qualifiers.get("basis")
        bases = [basis for basis in (declared.values if declared else ()) if basis != amount.basis]
        if amount.basis and bases:
            yield Mutant("other basis", replace(claim, quantity=replace(amount, basis=self.chance.choice(bases))))

    def _qualifiers(self, claim: Claim, relation: Relation, fact: Fact) -> Iterator[Mutant]:
        own = {source.edition for source in self.graph.sources if source.key in {e.source for e in fact.evidence}}
        others = sorted({source.edition for source in self.graph.sources} - own - {""})
        if others:
            moved = {**claim.qualifiers, "edition": self.chance.choice(others)}
            yield Mutant("other edition", replace(claim, qualifiers=moved))
        for key, value in claim.qualifiers.items():
            declared = self.schema.qualifiers[key]
            values = [each for each in declared.values if each != value]
            if values:
                changed = {**claim.qualifiers, key: self.chance.choice(values)}
                yield Mutant("other qualifier", replace(claim, qualifiers=changed))
            if declared.narrows:
                left: Mapping[str, object] = {k: v for k, v in claim.qualifiers.items() if k != key}
                yield Mutant("dropped condition", replace(claim, qualifiers=dict(left)))  # type: ignore[arg-type]  # a part of the same
        best = max((list(Grade).index(e.grade) for e in fact.evidence), default=0)
        if best + 1 < len(Grade):
            stronger = {**claim.qualifiers, "strength": list(Grade)[best + 1].value}
            yield Mutant("stronger evidence", replace(claim, qualifiers=stronger))
        del relation

    def _generalised(self, claim: Claim, relation: Relation) -> Iterator[Mutant]:
        for kind in self._classes[claim.subject][:1]:
            every = {**claim.qualifiers, "quantifier": "all"}
            yield Mutant("all of the class", replace(claim, subject=kind, qualifiers=every))
        if claim.quantity is None:
            yield Mutant("only", replace(claim, qualifiers={**claim.qualifiers, "quantifier": "only"}))
            number = len(set(self._above[claim.predicate, claim.subject])) + 1
            amount = Quantity(float(number), float(number), "")
            yield Mutant("one more", replace(claim, object="", quantity=amount, qualifiers={"quantifier": "count"}))
        del relation


def _scaled(amount: Quantity, factor: float) -> Quantity:
    low, high = (None if end is None else end * factor for end in (amount.low, amount.high))
    return replace(amount, low=low, high=high)
