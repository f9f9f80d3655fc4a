"""A second opinion on whether a graph entails a claim, written from the schema's meaning without the verifier's code.

It knows no reasons and no proofs: only whether a claim may be called supported. It reads whole sets of facts,
closes hierarchies naively, and shares nothing with `reasoning.verify` but the nouns.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from kg.model import Fact, Grade, Graph, Source, Status
from kg.schema import Criticality, Relation, Schema
from reasoning.answer import Claim

__all__ = ["Second"]

_GRADES: Final = list(Grade)
_RESERVED: Final = frozenset({"edition", "as_of", "strength", "quantifier", "valid_from", "valid_to"})
_MASS: Final = {"kg": 1e3, "g": 1.0, "mg": 1e-3, "ug": 1e-6, "mcg": 1e-6}
_VOLUME: Final = {"L": 1e3, "mL": 1.0}
_NEAR: Final = 1e-9


@dataclass(slots=True)
class Second:
    """Decides over one graph; `graph` and `schema` are all that it knows."""

    graph: Graph
    schema: Schema
    _own: dict[tuple[str, str], list[tuple[Fact, str]]] = field(init=False)
    _above: dict[str, dict[str, set[str]]] = field(init=False)
    _types: Mapping[str, str] = field(init=False)
    _sources: Mapping[str, Source] = field(init=False)
    _facts: Mapping[str, Fact] = field(init=False)

    def __post_init__(self) -> None:
        """Sort the facts by subject and relation, both ways for symmetric ones, and close every hierarchy."""
        self._own = defaultdict(list)
        direct: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        for fact in self.graph.facts:
            if fact.status is Status.RETRACTED:
                continue
            self._own[fact.subject, fact.predicate].append((fact, fact.object))
            if self.schema.relations[fact.predicate].symmetric and fact.subject != fact.object:
                self._own[fact.object, fact.predicate].append((fact, fact.subject))
            if fact.status is not Status.SUPERSEDED:
                direct[fact.predicate][fact.subject].add(fact.object)
        hierarchies = {r.object_subsumption for r in self.schema.relations.values()} - {""}
        self._above = {name: {node: _reach(node, direct[name]) for node in list(direct[name])} for name in hierarchies}
        self._types = {entity.id: entity.type for entity in self.graph.entities}
        self._sources = {source.key: source for source in self.graph.sources}
        self._facts = {fact.id: fact for fact in self.graph.facts}

    def supports(self, claim: Claim) -> bool:
        """Say whether the graph entails the claim, as far as a claim may be called supported."""
        relation = self.schema.relations.get(claim.predicate)
        if relation is None or claim.subject not in self._types:
            return False
        quantifier = str(claim.qualifiers.get("quantifier", "some"))
        if quantifier in {"any", "none", "count"}:
            return self._without_object(claim, relation, quantifier)
        if claim.object not in self._types or quantifier == "all":
            return False
        if quantifier == "only" and not self._only(claim, relation):
            return False
        return self._denied(claim, relation) if claim.negated else self._stated(claim, relation)

    def _current(self, claim: Claim) -> list[tuple[Fact, str]]:
        own = self._own.get((claim.subject, claim.predicate), [])
        edition, date = claim.qualifiers.get("edition"), claim.qualifiers.get("as_of")
        if edition is not None:
            own = [(f, o) for f, o in own if any(self._edition(e.source) == str(edition) for e in f.evidence)]
        elif date is not None:
            own = [(f, o) for f, o in own if self._holds_on(f, str(date))]
        else:
            own = [(f, o) for f, o in own if f.status is not Status.SUPERSEDED]
        return own

    def _edition(self, key: str) -> str:
        return self._sources[key].edition if key in self._sources else ""

    @staticmethod
    def _holds_on(fact: Fact, date: str) -> bool:
        start, end = fact.qualifiers.get("valid_from"), fact.qualifiers.get("valid_to")
        return (not start or str(start)[: len(date)] <= date) and (not end or date <= str(end)[: len(date)])

    def _is_under(self, narrow: str, broad: str, relation: Relation) -> bool:
        if narrow == broad:
            return True
        above = self._above.get(relation.object_subsumption, {}) if relation.object_subsumption else {}
        return broad in above.get(narrow, ())

    def _entails(self, claim: Claim, fact: Fact, far: str, relation: Relation) -> bool:
        """Say whether one fact, as it stands, entails the positive triple with its qualifiers, amounts aside."""
        if not self._is_under(far, claim.object, relation):
            return False
        wanted = {key: value for key, value in claim.qualifiers.items() if key not in _RESERVED}
        if any(fact.qualifiers.get(key) != value for key, value in wanted.items()):
            return False
        narrowing = {q for q in fact.qualifiers if q in self.schema.qualifiers and self.schema.qualifiers[q].narrows}
        if narrowing - wanted.keys():
            return False
        strength = Grade(str(claim.qualifiers.get("strength", Grade.UNSPECIFIED)))
        least = max((strength, relation.minimum_grade), key=_GRADES.index)
        return _GRADES.index(self._strength(fact, relation)) >= _GRADES.index(least)

    def _strength(self, fact: Fact, relation: Relation) -> Grade:
        best = max((e.grade for e in fact.evidence), key=_GRADES.index, default=Grade.UNSPECIFIED)
        if not fact.derived_from:
            return best
        bases = [self._facts[each] for each in fact.derived_from if each in self._facts]
        counted = [b for b in bases if not self.schema.relations[b.predicate].membership] or bases
        grades = [max((e.grade for e in b.evidence), key=_GRADES.index, default=Grade.UNSPECIFIED) for b in counted]
        weakest = min(grades, key=_GRADES.index, default=best)
        cap = relation.chain.cap if relation.chain else None
        return min((weakest, cap), key=_GRADES.index) if cap is not None else weakest

    def _stated(self, claim: Claim, relation: Relation) -> bool:
        own = self._current(claim)
        if not self._type_checks(claim, relation):
            return False
        fitting = [(f, o) for f, o in own if self._entails(claim, f, o, relation)]
        if claim.quantity is not None:
            fitting = [(f, o) for f, o in fitting if _amount_fits(claim, f, relation)]
            if not claim.quantity.basis and not relation.functional:
                stated = [f for f, o in own if self._entails(claim, f, o, relation) and _has_amount(f)]
                if len({f.qualifiers.get("basis", "") for f in stated}) > 1:
                    return False
        if self._opposed(claim, relation):
            return False
        if relation.functional:
            # Whatever its sources dispute, each of them has to entail the claim.
            return bool(fitting) and len(fitting) == len(own)
        return any(fact.status is not Status.DISPUTED for fact, _ in fitting)

    def _opposed(self, claim: Claim, relation: Relation) -> bool:
        for step in relation.opposites:
            start, end = (claim.subject, claim.object) if step.forward else (claim.object, claim.subject)
            facts = self._own.get((start, step.relation), [])
            if any(far == end and f.status is not Status.SUPERSEDED for f, far in facts):
                return True
        return False

    def _type_checks(self, claim: Claim, relation: Relation) -> bool:
        ends = (self._types[claim.subject], self._types[claim.object])
        ways = [(relation.subjects, relation.objects)]
        if relation.symmetric:
            ways.append((relation.objects, relation.subjects))
        return any(ends[0] in subjects and ends[1] in objects for subjects, objects in ways)

    def _denied(self, claim: Claim, relation: Relation) -> bool:  # noqa: PLR0911  one return a case of the table
        """Say whether recorded values exclude what is denied; for safety only another value of a functional one."""
        if not self._type_checks(claim, relation) or "strength" in claim.qualifiers:
            return False
        own = self._current(claim)
        positive = Claim("", claim.subject, claim.predicate, claim.object, qualifiers=claim.qualifiers)
        if self._opposed(claim, relation):
            return not any(self._is_under(far, claim.object, relation) for _, far in own)
        if not own or not (relation.functional or relation.closed):
            return False
        if not relation.functional and relation.criticality is Criticality.SAFETY:
            return False
        same = [(f, far) for f, far in own if self._is_under(far, claim.object, relation)]
        if same:
            wanted = {k: v for k, v in positive.qualifiers.items() if k not in _RESERVED}
            return all(any(f.qualifiers.get(k, v) != v for k, v in wanted.items()) for f, _ in same) and not any(
                self._is_under(claim.object, far, relation) and far != claim.object for _, far in own
            )
        if any(self._is_under(claim.object, far, relation) for _, far in own):
            return False
        return not any(self._are_variants(far, claim.object, relation) for _, far in own)

    def _are_variants(self, one: str, other: str, relation: Relation) -> bool:
        name = relation.object_variants
        ends = ((one, other), (other, one)) if name else ()
        return any(far == b for a, b in ends for _, far in self._own.get((a, name), []))

    def _without_object(self, claim: Claim, relation: Relation, quantifier: str) -> bool:
        own = self._current(claim)
        sure = [far for f, far in own if f.status is not Status.DISPUTED]
        listed = {far for _, far in own}
        complete = relation.closed or relation.functional
        if quantifier == "count":
            amount = claim.quantity
            if amount is None or not listed or claim.negated:
                return bool(claim.negated)  # a denied count is decided by the verifier's own table only
            low, high = amount.low, amount.high
            if low is not None and high is None:
                return len(set(sure)) >= low
            return complete and len(listed) == len(set(sure)) and _between(len(listed), low, high)
        if quantifier == "any":
            return bool(own) and not claim.negated
        return bool(own) and claim.negated  # "not without any"

    def _only(self, claim: Claim, relation: Relation) -> bool:
        """Say whether all that is recorded under the claim's qualifiers ("the only monarch") is its object."""
        wanted = {key: value for key, value in claim.qualifiers.items() if key not in _RESERVED}
        own = [
            (fact, far)
            for fact, far in self._current(claim)
            if all(fact.qualifiers.get(key) == value for key, value in wanted.items())
        ]
        if claim.negated or not (relation.closed or relation.functional):
            return bool(claim.negated) and any(not self._is_under(o, claim.object, relation) for _, o in own)
        return bool(own) and all(self._is_under(far, claim.object, relation) for _, far in own)


def _reach(start: str, direct: Mapping[str, Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    todo = [start]
    while todo:
        for node in direct.get(todo.pop(), ()):
            if node not in seen:
                seen.add(node)
                todo.append(node)
    return seen - {start}


def _has_amount(fact: Fact) -> bool:
    return "low" in fact.qualifiers or "high" in fact.qualifiers


def _amount_fits(claim: Claim, fact: Fact, relation: Relation) -> bool:  # noqa: PLR0911  one return a case
    amount = claim.quantity
    if amount is None or not relation.quantity or not _has_amount(fact):
        return False
    if amount.basis and amount.basis != fact.qualifiers.get("basis", ""):
        return False
    unit = str(fact.qualifiers.get("unit", ""))
    scale = _scale(amount.unit, unit)
    if scale is None:
        return False
    low, high = (None if end is None else end * scale for end in (amount.low, amount.high))
    least, most = (_number(fact.qualifiers.get(end)) for end in ("low", "high"))
    if low is None and high is None:
        return False
    if low is None:  # "at most": the recorded limit itself
        return least is None and _same(high, most) or (least is not None and most is not None and _same(high, most))
    if high is None:  # "at least": the recorded limit itself; a stricter one is another limit
        return most is None and _same(low, least)
    above = least is None or not _less(low, least)
    below = most is None or not _less(most, high)
    return above and below


def _scale(one: str, other: str) -> float | None:
    if one == other:
        return 1.0
    for table in (_MASS, _VOLUME):
        if one in table and other in table:
            return table[one] / table[other]
    return None


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _less(one: float, other: float) -> bool:
    return one < other and abs(one - other) > _NEAR * max(abs(one), abs(other))


def _same(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and not _less(one, other) and not _less(other, one)


def _between(number: int, low: float | None, high: float | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)
