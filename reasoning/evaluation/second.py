"""A second judge of typed claims, written from the design and the schema's meaning without the verifier's code.

A graph leaves open which of its disputed facts hold. Each way to settle that is a world; a claim is entailed if it
holds in every world, excluded if it fails in every one, and unknown otherwise. In one world a claim holds if a fact
states it (its object the same or narrower, its qualifiers those demanded, no condition of it left out, its evidence
strong enough); it fails if the relation has another value, a complete list without it, or an opposite fact. What is
recorded never makes a danger impossible: what a list of dangers lacks may not be denied.

Worlds are enumerated and hierarchies closed naively: slow beside the verifier, and sharing nothing with it but the
nouns. Reasons and proofs are not its business.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from itertools import chain, combinations, product
from typing import Final, NamedTuple

from kg.model import Fact, Graph, Qualifiers, Status
from kg.schema import Criticality, Relation, Schema
from reasoning.answer import Claim, Verdict
from reasoning.evaluation.intervals import Fit, fit, is_beyond_limit
from reasoning.evaluation.standing import standing_of

__all__ = ["Second"]

_MOST_DISPUTED: Final = 6  # records whose ins and outs are all tried; beyond, only none and all of them


class _Outcome(Enum):
    """What one world says of a triple. Of what is `UNLISTED`, the denial is not entailed."""

    STATED = "stated"
    EXCLUDED = "excluded"
    UNLISTED = "unlisted"
    OPEN = "open"


class _Record(NamedTuple):
    """A fact seen from one of its ends."""

    fact: Fact
    far: str


class Second:
    """Judges claims by one graph: `label` is all that it does."""

    def __init__(self, graph: Graph, schema: Schema) -> None:
        """Sort the facts by end and relation, and close every hierarchy."""
        self._schema = schema
        self._types = {entity.id: entity.type for entity in graph.entities}
        self._standing = standing_of(graph, schema)
        self._records: dict[tuple[str, str], list[_Record]] = defaultdict(list)
        self._members: dict[str, set[str]] = defaultdict(set)
        for fact in graph.facts:
            if fact.status is Status.RETRACTED:
                continue
            relation = schema.relations[fact.predicate]
            self._records[fact.subject, fact.predicate].append(_Record(fact, fact.object))
            if relation.symmetric and fact.subject != fact.object:
                self._records[fact.object, fact.predicate].append(_Record(fact, fact.subject))
            if relation.membership and fact.status is Status.ASSERTED:
                self._members[fact.object].add(fact.subject)
        kinds = {relation.object_subsumption for relation in schema.relations.values()} - {""}
        sure = (Status.ASSERTED,)
        self._surely = {kind: _closure(graph, kind, sure) for kind in kinds}
        self._maybe = {kind: _closure(graph, kind, (*sure, Status.DISPUTED)) for kind in kinds}

    def label(self, claim: Claim) -> Verdict:
        """Return what the graph says of a well-formed claim: supported, refuted or not enough evidence."""
        if claim.predicate not in self._schema.relations or not claim.subject:
            return Verdict.NOT_CHECKABLE
        if not {claim.subject, claim.object} - {""} <= self._types.keys():
            return Verdict.NOT_ENOUGH_EVIDENCE
        value = self._value(claim)
        if value is None:
            return Verdict.NOT_ENOUGH_EVIDENCE
        return Verdict.SUPPORTED if value else Verdict.REFUTED

    def _value(self, claim: Claim) -> bool | None:
        relation = self._schema.relations[claim.predicate]
        quantifier = claim.qualifiers.get("quantifier")
        if quantifier is None:
            return self._plain(claim, relation)
        plain = replace(claim, qualifiers={k: v for k, v in claim.qualifiers.items() if k != "quantifier"})
        if quantifier in {"some", "all"}:
            if quantifier == "some" and self._type_checks(plain, relation):
                return self._plain(plain, relation)
            return _turned(self._of_class(plain, relation, every=quantifier == "all"), claim.negated)
        if not self._type_checks(plain, relation):
            return None
        asked = replace(plain, negated=False)
        if quantifier in {"any", "none"}:
            is_some = self._any(asked, relation)
            return _turned(True if is_some else None, claim.negated is not (quantifier == "none"))
        return _turned(self._restricted(asked, relation, is_count=quantifier == "count"), claim.negated)

    # One triple

    def _plain(self, claim: Claim, relation: Relation) -> bool | None:
        if not self._type_checks(claim, relation):
            turned = (
                record
                for record in self._records.get((claim.object, relation.id), ())
                if record.fact.object == claim.subject and self._standing.scope(record.fact, claim) is True
            )
            return False if any(turned) and not claim.negated else None
        found = {self._outcome(claim, relation, world) for world in self._worlds(claim, relation)}
        if len(found) > 1 and not found <= {_Outcome.EXCLUDED, _Outcome.UNLISTED}:
            return None
        if claim.negated:
            outcome = found.pop() if len(found) == 1 else _Outcome.UNLISTED
            return {_Outcome.STATED: False, _Outcome.EXCLUDED: True}.get(outcome)
        if found == {_Outcome.STATED}:
            return True
        is_excluded = _Outcome.OPEN not in found
        return False if is_excluded or self._only_formerly(claim, relation) else None

    def _worlds(self, claim: Claim, relation: Relation) -> Iterator[list[_Record]]:
        """Yield what may hold at the claim's subject: one value of a functional relation, disputed records or not."""
        inside = self._inside(claim, relation)
        if relation.functional:
            cases: dict[tuple[tuple[str, object], ...], dict[tuple[str, object], list[_Record]]] = {}
            for record in inside:
                values = cases.setdefault(tuple(sorted(self._conditions(record.fact).items())), {})
                values.setdefault((record.far, tuple(sorted(record.fact.qualifiers.items()))), []).append(record)
            yield from (list(chain(*choice)) for choice in product(*(each.values() for each in cases.values())))
            return
        sure = [record for record in inside if record.fact.status is not Status.DISPUTED]
        open_ones = [record for record in inside if record.fact.status is Status.DISPUTED]
        sizes = range(len(open_ones) + 1) if len(open_ones) <= _MOST_DISPUTED else (0, len(open_ones))
        yield from ([*sure, *some] for size in sizes for some in combinations(open_ones, size))

    def _inside(self, claim: Claim, relation: Relation) -> list[_Record]:
        own = self._records.get((claim.subject, relation.id), ())
        return [record for record in own if self._standing.scope(record.fact, claim) is True]

    def _outcome(self, claim: Claim, relation: Relation, world: Sequence[_Record]) -> _Outcome:
        stating = [record for record in world if self._is_under(record.far, claim.object, relation)]
        against = self._opposite(claim, relation)
        if not stating:
            return self._without(claim, relation, world, against)
        demanded = self._standing.demanded(claim)
        fitting = [r for r in stating if all(_same_value(r.fact.qualifiers, k, v) for k, v in demanded.items())]
        if not fitting:
            is_other = all(any(r.fact.qualifiers.get(k, v) != v for k, v in demanded.items()) for r in stating)
            is_apart = any(self._conditions(r.fact) for r in stating)
            is_one = relation.functional or relation.closed or all(self._differs(r.fact, demanded) for r in stating)
            if is_other and not is_apart and is_one:
                return _Outcome.EXCLUDED if _may_deny(relation) else _Outcome.UNLISTED
            return _Outcome.OPEN
        general = [record for record in fitting if self._conditions(record.fact).keys() <= demanded.keys()]
        if not general:
            is_sure = any(fact.status is Status.ASSERTED for fact in against)
            return _Outcome.UNLISTED if is_sure and not claim.negated else _Outcome.OPEN
        strong = [record for record in general if self._standing.is_strong_enough(record.fact, claim, relation)]
        is_danger_denied = claim.negated and relation.criticality is Criticality.SAFETY
        if not strong and not (is_danger_denied and "strength" not in claim.qualifiers):
            return _Outcome.OPEN
        return self._stated(claim, relation, [each.fact for each in strong or general], is_opposed=bool(against))

    def _stated(self, claim: Claim, relation: Relation, facts: Sequence[Fact], *, is_opposed: bool) -> _Outcome:
        if claim.quantity is None:
            return _Outcome.OPEN if is_opposed else _Outcome.STATED
        found = fit(claim.quantity, [fact.qualifiers for fact in facts]) if relation.quantity else Fit.OPEN
        if found is Fit.OUTSIDE:
            is_beyond = all(is_beyond_limit(claim.quantity, fact.qualifiers) for fact in facts)
            return _Outcome.EXCLUDED if claim.negated and is_beyond else _Outcome.UNLISTED
        return _Outcome.OPEN if is_opposed or found is Fit.OPEN else _Outcome.STATED

    def _without(self, claim: Claim, relation: Relation, world: Sequence[_Record], against: Sequence[Fact]) -> _Outcome:
        """Say what a world in which no record states the triple makes of it."""
        if against:
            general = [f for f in against if self._conditions(f).keys() <= self._standing.demanded(claim).keys()]
            is_sure = any(fact.status is Status.ASSERTED for fact in general)
            return _Outcome.EXCLUDED if is_sure else _Outcome.OPEN
        outside = self._unsure(claim, relation)
        if any(self._is_under(record.far, claim.object, relation) for record in outside):
            return _Outcome.OPEN
        demanded = self._standing.demanded(claim)
        own = list(world)
        if relation.functional:
            own = [record for record in own if self._conditions(record.fact).items() <= dict(demanded).items()]
        elif not relation.closed or outside:
            return _Outcome.OPEN
        if not own or any(self._may_be_one(record.far, claim.object, relation) for record in own):
            return _Outcome.OPEN
        return _Outcome.EXCLUDED if _may_deny(relation) else _Outcome.UNLISTED

    def _unsure(self, claim: Claim, relation: Relation) -> list[_Record]:
        """Return the records of which nobody knows whether they stand in the claim's edition or at its time."""
        own = self._records.get((claim.subject, relation.id), ())
        return [record for record in own if self._standing.scope(record.fact, claim) is None]

    def _opposite(self, claim: Claim, relation: Relation) -> list[Fact]:
        found = []
        for step in relation.opposites:
            near, far = (claim.subject, claim.object) if step.forward else (claim.object, claim.subject)
            records = self._records.get((near, step.relation), ())
            found += [r.fact for r in records if r.far == far and self._standing.scope(r.fact, claim) is True]
        return found

    def _only_formerly(self, claim: Claim, relation: Relation) -> bool:
        """Say whether only an earlier edition states a claim about the present, and no current record speaks of it."""
        if self._standing.is_scoped(claim):
            return False
        now = [r for r in self._inside(claim, relation) if self._is_under(r.far, claim.object, relation)]
        if any(self._belongs(record, claim) is True for record in now):
            return False
        old = (r for r in self._records.get((claim.subject, relation.id), ()) if r.fact.status is Status.SUPERSEDED)
        undated = [r._replace(fact=replace(r.fact, status=Status.ASSERTED)) for r in old]
        return self._outcome(claim, relation, undated) is _Outcome.STATED

    # How many

    def _any(self, claim: Claim, relation: Relation) -> bool:
        demanded = self._standing.demanded(claim)
        return all(
            any(
                all(_same_value(r.fact.qualifiers, *item) for item in demanded.items())
                and self._standing.is_strong_enough(r.fact, claim, relation)
                for r in world
            )
            for world in self._worlds(claim, relation)
        )

    def _restricted(self, claim: Claim, relation: Relation, *, is_count: bool) -> bool | None:
        """Judge "only this one" and "so many" in every world."""
        one = self._counted if is_count else self._alone
        found = {one(claim, relation, world) for world in self._worlds(claim, relation)}
        return found.pop() if len(found) == 1 else None

    def _alone(self, claim: Claim, relation: Relation, world: Sequence[_Record]) -> bool | None:
        outcome = self._outcome(claim, relation, world)
        if outcome in {_Outcome.EXCLUDED, _Outcome.UNLISTED}:
            return False
        alike = [record for record in world if self._belongs(record, claim) is True]
        others = [r for r in alike if not self._may_be_one(r.far, claim.object, relation, forms=False)]
        if others:
            enough = any(self._standing.is_strong_enough(each.fact, claim, relation) for each in others)
            return False if enough else None
        return True if outcome is _Outcome.STATED and self._is_all(claim, relation, world) else None

    def _counted(self, claim: Claim, relation: Relation, world: Sequence[_Record]) -> bool | None:
        amount = claim.quantity
        own = {record.far for record in world if self._belongs(record, claim) is True}
        if amount is None or not own:
            return None
        # What is broader than another may be the same thing: at least the narrowest are different ones.
        least = {far for far in own if not any(o != far and self._may_rise(o, far, relation) for o in own)}
        low, high = amount.low or 0, amount.high
        if high is not None and len(least) > high:
            return False
        if len(least) >= low and high is None:
            return True
        if not self._is_all(claim, relation, world):
            return None
        if len(own) < low:
            return False
        return True if len(least) >= low and high is not None and len(own) <= high else None

    def _belongs(self, record: _Record, claim: Claim) -> bool | None:
        """Say whether a record has the qualifiers demanded; None if it is silent on one and differs in none."""
        demanded, held = self._standing.demanded(claim), record.fact.qualifiers
        if any(key in held and held[key] != value for key, value in demanded.items()):
            return False
        return True if demanded.keys() <= held.keys() else None

    def _is_all(self, claim: Claim, relation: Relation, world: Iterable[_Record]) -> bool:
        is_complete = relation.functional or (relation.closed and _may_deny(relation))
        silent = any(self._belongs(record, claim) is None for record in world)
        return is_complete and not silent and not self._unsure(claim, relation)

    def _of_class(self, claim: Claim, relation: Relation, *, every: bool) -> bool | None:
        """Judge a claim about all or some of a class; the recorded members are never known to be all."""
        one = replace(claim, negated=False)
        members = {*self._members[claim.subject], claim.subject}
        asked = (replace(one, subject=member) for member in sorted(members))
        wanted = not every
        is_found = any(self._type_checks(each, relation) and self._plain(each, relation) is wanted for each in asked)
        return wanted if is_found else None

    # What is what

    def _type_checks(self, claim: Claim, relation: Relation) -> bool:
        near, far = self._types[claim.subject], self._types.get(claim.object, "")
        ways = [(relation.subjects, relation.objects)]
        ways += [(relation.objects, relation.subjects)] if relation.symmetric else []
        return any(near in starts and (not far or far in ends) for starts, ends in ways)

    def _conditions(self, fact: Fact) -> dict[str, object]:
        known = self._schema.qualifiers
        return {key: value for key, value in fact.qualifiers.items() if key in known and known[key].narrows}

    def _differs(self, fact: Fact, demanded: Qualifiers) -> bool:
        """Say whether a fact has another value of a qualifier of which a triple has one value only."""
        known = self._schema.qualifiers
        return any(k in known and known[k].exclusive and fact.qualifiers.get(k, v) != v for k, v in demanded.items())

    def _is_under(self, narrow: str, broad: str, relation: Relation) -> bool:
        return narrow == broad or broad in self._surely.get(relation.object_subsumption, {}).get(narrow, ())

    def _may_rise(self, narrow: str, broad: str, relation: Relation) -> bool:
        return narrow == broad or broad in self._maybe.get(relation.object_subsumption, {}).get(narrow, ())

    def _may_be_one(self, one: str, other: str, relation: Relation, *, forms: bool = True) -> bool:
        """Say whether two objects may be the same thing: one a kind of the other, or (`forms`) two forms of it.

        A record that is exact (`one`) may be called something broader, but it is nothing narrower.
        """
        ways = ((one, other), (other, one))
        if any(self._may_rise(*way, relation) for way in ways[: 1 if relation.exact else 2]):
            return True
        own = (self._records.get((near, relation.object_variants), ()) for near, _ in ways) if forms else ()
        current = (Status.ASSERTED, Status.DISPUTED)
        ends = {(r.fact.subject, r.far) for records in own for r in records if r.fact.status in current}
        return any(way in ends for way in ways)


def _may_deny(relation: Relation) -> bool:
    return relation.functional or relation.criticality is not Criticality.SAFETY


def _same_value(held: Qualifiers, key: str, value: object) -> bool:
    return key in held and held[key] == value and isinstance(held[key], bool) is isinstance(value, bool)


def _turned(value: bool | None, is_denied: bool) -> bool | None:  # noqa: FBT001  three values of logic
    return value if value is None else value is not is_denied


def _closure(graph: Graph, kind: str, trusted: Sequence[Status]) -> Mapping[str, frozenset[str]]:
    """Return what is above each thing, by walking until nothing is new."""
    direct: dict[str, set[str]] = defaultdict(set)
    for fact in graph.facts:
        if fact.predicate == kind and fact.status in trusted:
            direct[fact.subject].add(fact.object)
    found = {}
    for start in direct:
        seen: set[str] = set()
        todo = [start]
        while todo:
            new = direct.get(todo.pop(), set()) - seen
            seen |= new
            todo += new
        found[start] = frozenset(seen)
    return found
