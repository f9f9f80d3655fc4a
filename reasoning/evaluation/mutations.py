"""Claims made of facts, and what becomes of them when one thing is changed.

`Mutator.perturbed` changes what a fact says; a few of these happen to be true all the same, by another fact or by
what the relation licenses. `Mutator.restated` says what a fact says in another way, or less of it.
"""

import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kg.model import Fact, Grade, Graph, Scalar, Status
from kg.schema import Relation, Schema, Step
from reasoning.answer import Claim, Quantity

__all__ = ["PERTURBED", "RESTATED", "Mutant", "Mutator", "claim_of"]

PERTURBED: Final = (
    "swapped_ends", "reversed", "other_subject", "other_object", "near_object", "other_relation", "subject_form",
    "object_form", "negated", "broader_object", "narrower_object", "class_subject", "all_of_class", "some_of_class",
    "scaled_up", "scaled_down", "shifted", "widened", "other_unit", "other_basis", "other_edition", "before_edition",
    "superseded", "dropped_condition", "other_value", "foreign_value", "stronger_evidence", "only", "none", "one_more",
    "one_less",
)  # fmt: skip
RESTATED: Final = (
    "as_recorded", "mirrored", "without_qualifiers", "same_in_other_unit", "within", "upper_limit", "own_edition",
    "own_time", "own_evidence", "broader", "any", "at_least_one", "counted", "denied_other",
)  # fmt: skip

_AMOUNT: Final = ("low", "high", "unit", "basis")
_CURRENT: Final = (Status.ASSERTED, Status.DISPUTED)
_FACTORS: Final = (1.1, 1.5, 2.0, 3.0, 10.0)
_THOUSAND: Final = {"kg": "g", "g": "mg", "mg": "μg", "L": "mL"}  # unit → the one of which it has a thousand


@dataclass(frozen=True, slots=True)
class Mutant:
    """A claim made of another one; `kind` is of `PERTURBED` or `RESTATED`."""

    kind: str
    claim: Claim


def claim_of(fact: Fact, relation: Relation) -> Claim:
    """Return the claim that states a fact: its qualifiers, and its amount as a quantity; its validity is left out."""
    held = {key: value for key, value in fact.qualifiers.items() if key not in {"valid_from", "valid_to"}}
    quantity = None
    if relation.quantity and not held.keys().isdisjoint({"low", "high"}):
        low, high = (float(held[end]) if end in held else None for end in ("low", "high"))
        quantity = Quantity(low, high, str(held.get("unit", "")), str(held.get("basis", "")))
        held = {key: value for key, value in held.items() if key not in _AMOUNT}
    return Claim("", fact.subject, fact.predicate, fact.object, quantity=quantity, qualifiers=held)


class Mutator:
    """Changes claims of one graph; what they are changed into is chosen by chance."""

    def __init__(self, graph: Graph, schema: Schema, chance: random.Random) -> None:
        """Sort the facts by what changes need."""
        self._schema, self._chance = schema, chance
        self._type = {entity.id: entity.type for entity in graph.entities}
        self._editions = {source.key: source.edition for source in graph.sources}
        self._from: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._to: dict[tuple[str, str], list[str]] = defaultdict(list)
        self._ends: dict[tuple[str, int, str], dict[str, None]] = defaultdict(dict)
        self._values: dict[tuple[str, str], dict[Scalar, None]] = defaultdict(dict)
        for fact in graph.facts:
            if fact.status not in _CURRENT:
                continue
            self._from[fact.predicate, fact.subject].append(fact.object)
            self._to[fact.predicate, fact.object].append(fact.subject)
            for place, end in enumerate((fact.subject, fact.object)):
                self._ends[fact.predicate, place, self._type[end]][end] = None
            for key, value in fact.qualifiers.items():
                self._values[fact.predicate, key][value] = None
        relations = schema.relations.values()
        self._forms = sorted({relation.object_variants for relation in relations} - {""})
        self._kinds = sorted({relation.object_subsumption for relation in relations} - {""})
        self._memberships = [relation.id for relation in relations if relation.membership]
        self._years = sorted({year for edition in self._editions.values() if (year := edition[:4]).isdecimal()})

    def perturbed(self, claim: Claim, fact: Fact) -> Iterator[Mutant]:
        """Yield what a claim becomes when one thing of it is changed; kinds that do not apply are left out."""
        relation = self._schema.relations[claim.predicate]
        yield from self._turned(claim, relation)
        yield from self._other_ends(claim, relation)
        yield from self._hierarchy(claim, relation)
        yield Mutant("negated", replace(claim, negated=True))
        if claim.quantity is not None:
            yield from self._amounts(claim, claim.quantity)
        yield from self._editions_moved(claim, fact)
        yield from self._values_changed(claim, relation, fact)
        yield from self._counted(claim, relation)

    def restated(self, claim: Claim, fact: Fact) -> Iterator[Mutant]:
        """Yield what says the same as a claim, or less."""
        relation = self._schema.relations[claim.predicate]
        if relation.symmetric:
            yield Mutant("mirrored", replace(claim, subject=claim.object, object=claim.subject))
        if claim.qualifiers:
            yield Mutant("without_qualifiers", replace(claim, qualifiers={}))
        if claim.quantity is not None:
            yield from _amounts_restated(claim, claim.quantity)
        for edition in self._own_editions(fact)[:1]:
            yield Mutant("own_edition", _with(claim, edition=edition))
            if edition[:4].isdecimal():
                yield Mutant("own_time", _with(claim, as_of=str(int(edition[:4]) + 1)))
        best = max((item.grade for item in fact.evidence), key=list(Grade).index, default=Grade.UNSPECIFIED)
        yield Mutant("own_evidence", _with(claim, strength=best.value))
        kind = relation.object_subsumption
        for broad in self._sample(self._from[kind, claim.object] if kind else ()):
            yield Mutant("broader", replace(claim, object=broad))
        plain = replace(claim, object="", quantity=None, qualifiers={})
        yield Mutant("any", _with(plain, quantifier="any"))
        at_least = replace(plain, quantity=Quantity(1.0, None, ""))
        yield Mutant("at_least_one", _with(at_least, quantifier="count"))
        if relation.closed or relation.functional:
            number = self._number(claim, relation)
            yield Mutant("counted", _with(replace(plain, quantity=Quantity(number, number, "")), quantifier="count"))
            for other in self._others(claim.predicate, 1, claim.object):
                yield Mutant("denied_other", replace(claim, object=other, negated=True, quantity=None, qualifiers={}))

    def _turned(self, claim: Claim, relation: Relation) -> Iterator[Mutant]:
        if relation.symmetric:
            return
        turned = replace(claim, subject=claim.object, object=claim.subject)
        is_same_type = self._type[claim.object] in relation.subjects and self._type[claim.subject] in relation.objects
        yield Mutant("reversed" if is_same_type else "swapped_ends", turned)

    def _other_ends(self, claim: Claim, relation: Relation) -> Iterator[Mutant]:
        for other in self._others(claim.predicate, 0, claim.subject):
            yield Mutant("other_subject", replace(claim, subject=other))
        for other in self._others(claim.predicate, 1, claim.object):
            yield Mutant("other_object", replace(claim, object=other))
        for near in self._sample(sorted(self._near(claim, relation))):
            yield Mutant("near_object", replace(claim, object=near))
        for name in self._sample(self._fitting(claim)):
            kept = {k: v for k, v in claim.qualifiers.items() if k in self._schema.relations[name].qualifiers}
            amount = claim.quantity if self._schema.relations[name].quantity else None
            yield Mutant("other_relation", replace(claim, predicate=name, qualifiers=kept, quantity=amount))
        for form in self._forms:
            for other in self._sample((*self._from[form, claim.subject], *self._to[form, claim.subject])):
                yield Mutant("subject_form", replace(claim, subject=other))
            for other in self._sample((*self._from[form, claim.object], *self._to[form, claim.object])):
                yield Mutant("object_form", replace(claim, object=other))

    def _near(self, claim: Claim, relation: Relation) -> set[str]:
        """Return objects that things have which share another object with the subject: plausible, and not its own."""
        own = [*self._from[claim.predicate, claim.subject]]
        sharing = {each for obj in own[:3] for each in self._to[claim.predicate, obj][:20]}
        found = {far for each in sharing for far in self._from[claim.predicate, each]}
        return {each for each in found if self._type[each] in relation.objects} - {*own, claim.subject}

    def _fitting(self, claim: Claim) -> list[str]:
        """Return the other relations that may join the same ends."""
        types = frozenset({self._type[claim.subject]})
        names = (name for name in self._schema.relations if name != claim.predicate)
        return [name for name in names if self._type[claim.object] in self._schema.targets(types, Step(name))]

    def _hierarchy(self, claim: Claim, relation: Relation) -> Iterator[Mutant]:
        for kind in self._kinds:
            for broad in self._sample(self._from[kind, claim.object]):
                yield Mutant("broader_object", replace(claim, object=broad))
            for narrow in self._sample(self._to[kind, claim.object]):
                yield Mutant("narrower_object", replace(claim, object=narrow))
        for group in self._sample([each for name in self._memberships for each in self._from[name, claim.subject]]):
            if self._type[group] in relation.subjects:
                yield Mutant("class_subject", replace(claim, subject=group))
            quantifier = self._chance.choice(("all", "some"))
            yield Mutant(f"{quantifier}_of_class", _with(replace(claim, subject=group), quantifier=quantifier))

    def _amounts(self, claim: Claim, amount: Quantity) -> Iterator[Mutant]:
        factor = self._chance.choice(_FACTORS)
        yield Mutant("scaled_up", replace(claim, quantity=_scaled(amount, factor)))
        yield Mutant("scaled_down", replace(claim, quantity=_scaled(amount, 1 / factor)))
        if amount.low is not None and amount.high is not None:
            step = (amount.high - amount.low) / 2 or amount.high / 2
            shifted = replace(amount, low=amount.low + step, high=amount.high + step)
            yield Mutant("shifted", replace(claim, quantity=shifted))
            wide = replace(amount, low=amount.low / factor, high=amount.high * factor)
            yield Mutant("widened", replace(claim, quantity=wide))
        units = [str(unit) for unit in self._units() if unit != amount.unit]
        for unit in self._sample(units):
            yield Mutant("other_unit", replace(claim, quantity=replace(amount, unit=unit)))
        declared = self._schema.qualifiers.get("basis")
        bases = [each for each in (declared.values if declared else ()) if each != amount.basis]
        for basis in self._sample(bases if amount.basis else ()):
            yield Mutant("other_basis", replace(claim, quantity=replace(amount, basis=basis)))

    def _units(self) -> Sequence[str]:
        declared = self._schema.qualifiers.get("unit")
        return declared.values if declared and declared.values else tuple(_THOUSAND)

    def _editions_moved(self, claim: Claim, fact: Fact) -> Iterator[Mutant]:
        own = self._own_editions(fact)
        for other in self._sample(sorted(set(self._editions.values()) - {*own, ""})):
            yield Mutant("other_edition", _with(claim, edition=other))
        known = [int(edition[:4]) for edition in own if edition[:4].isdecimal()]
        if known and len(known) == len(fact.evidence):
            yield Mutant("before_edition", _with(claim, as_of=str(min(known) - 1)))

    def _own_editions(self, fact: Fact) -> list[str]:
        held = {self._editions.get(item.source, "") for item in fact.evidence}
        return sorted(held - {""}) if not fact.derived_from or len(held) == 1 else []

    def _values_changed(self, claim: Claim, relation: Relation, fact: Fact) -> Iterator[Mutant]:
        for key, value in claim.qualifiers.items():
            declared = self._schema.qualifiers[key]
            others: list[Scalar] = [each for each in declared.values or self._values[relation.id, key] if each != value]
            if others:
                changed = {**claim.qualifiers, key: self._chance.choice(others)}
                yield Mutant("other_value", replace(claim, qualifiers=changed))
            if declared.narrows:
                left = {name: each for name, each in claim.qualifiers.items() if name != key}
                yield Mutant("dropped_condition", replace(claim, qualifiers=left))
        free = [key for key in relation.qualifiers if key not in fact.qualifiers and self._values[relation.id, key]]
        for key in self._sample(free):
            value = self._chance.choice(list(self._values[relation.id, key]))
            yield Mutant("foreign_value", replace(claim, qualifiers={**claim.qualifiers, key: value}))
        grades = list(Grade)
        best = max((grades.index(item.grade) for item in fact.evidence), default=0)
        for grade in self._sample([each.value for each in grades[best + 1 :]]):
            yield Mutant("stronger_evidence", _with(claim, strength=grade))

    def _counted(self, claim: Claim, relation: Relation) -> Iterator[Mutant]:
        plain = replace(claim, object="", quantity=None, qualifiers={})
        yield Mutant("none", _with(plain, quantifier="none"))
        number = self._number(claim, relation)
        more, less = (Quantity(each, each, "") for each in (number + 1, number - 1))
        yield Mutant("one_more", _with(replace(plain, quantity=more), quantifier="count"))
        yield Mutant("one_less", _with(replace(plain, quantity=less), quantifier="count"))
        if claim.quantity is None:
            yield Mutant("only", _with(claim, quantifier="only"))

    def _number(self, claim: Claim, relation: Relation) -> float:
        own = {*self._from[relation.id, claim.subject]}
        return float(len(own | {*self._to[relation.id, claim.subject]} if relation.symmetric else own))

    def _others(self, predicate: str, place: int, than: str) -> list[str]:
        """Return at most one other end of a relation's facts, of the same type."""
        held = self._ends[predicate, place, self._type[than]]
        return self._sample([each for each in held if each != than])

    def _sample(self, among: Sequence[str]) -> list[str]:
        return [self._chance.choice(among)] if among else []


def _with(claim: Claim, **qualifiers: str) -> Claim:
    given: Mapping[str, Scalar] = {**claim.qualifiers, **qualifiers}
    return replace(claim, qualifiers=given)


def _scaled(amount: Quantity, factor: float) -> Quantity:
    low, high = (None if end is None else end * factor for end in (amount.low, amount.high))
    return replace(amount, low=low, high=high)


def _amounts_restated(claim: Claim, amount: Quantity) -> Iterator[Mutant]:
    if amount.unit in _THOUSAND:
        other = replace(_scaled(amount, 1000.0), unit=_THOUSAND[amount.unit])
        yield Mutant("same_in_other_unit", replace(claim, quantity=other))
    if amount.low is not None and amount.high is not None:
        middle = (amount.low + amount.high) / 2
        yield Mutant("within", replace(claim, quantity=replace(amount, low=middle, high=middle)))
        yield Mutant("upper_limit", replace(claim, quantity=replace(amount, low=None)))
