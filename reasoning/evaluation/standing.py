"""In which edition and at what time a fact stands, and how strong its evidence is: for the second judge."""

import calendar
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from kg.model import Fact, Grade, Graph, Qualifiers, Source, Status
from kg.schema import Relation, Schema, Step
from reasoning.answer import Claim

__all__ = ["Standing", "standing_of"]

_ORDER: Final = {grade: number for number, grade in enumerate(Grade)}
_ASKED: Final = frozenset({"edition", "as_of", "strength", "quantifier"})


@dataclass(frozen=True, slots=True)
class Standing:
    """What claims may ask of facts beside the triple; `strength` is the grade of each fact by its id."""

    sources: Mapping[str, Source]
    strength: Mapping[str, Grade]

    @staticmethod
    def demanded(claim: Claim) -> Qualifiers:
        """Return the qualifiers that a fact has to have."""
        return {key: value for key, value in claim.qualifiers.items() if key not in _ASKED}

    @staticmethod
    def is_scoped(claim: Claim) -> bool:
        """Say whether a claim speaks of an edition, a time, or of what held until a date."""
        return not claim.qualifiers.keys().isdisjoint({"edition", "as_of", "valid_to"})

    def is_strong_enough(self, fact: Fact, claim: Claim, relation: Relation) -> bool:
        """Say whether the evidence of a fact is what the claim says, and what its relation asks for."""
        asked = Grade(str(claim.qualifiers.get("strength", Grade.UNSPECIFIED)))
        return _ORDER[self.strength[fact.id]] >= max(_ORDER[asked], _ORDER[relation.minimum_grade])

    def scope(self, fact: Fact, claim: Claim) -> bool | None:
        """Say whether a fact stands where and when the claim speaks of; None if nobody knows."""
        if not self.is_scoped(claim):
            return fact.status is not Status.SUPERSEDED
        asked = claim.qualifiers
        if "valid_to" in asked and asked["valid_to"] != fact.qualifiers.get("valid_to"):
            return None
        is_timely = self._is_timely(fact, _written(asked["as_of"])) if "as_of" in asked else True
        if is_timely is not True:
            return is_timely
        if "edition" not in asked:
            return True
        editions = [self._edition(item.source) == _written(asked["edition"]) for item in fact.evidence]
        stands = all(editions) if fact.derived_from else any(editions)
        return True if stands else None

    def _is_timely(self, fact: Fact, date: str) -> bool | None:
        first, last = _days(date)
        start, end = (str(fact.qualifiers.get(key, "")) for key in ("valid_from", "valid_to"))
        if (start and start > last) or (end and end < first):
            return False
        years = sorted(year for item in fact.evidence if (year := self._edition(item.source)[:4]).isdecimal())
        began = start or (f"{years[0]}-12-31" if years else "")
        lasts = end >= last if end else fact.status is not Status.SUPERSEDED
        return True if began and began <= first and lasts else None

    def _edition(self, key: str) -> str:
        return self.sources[key].edition if key in self.sources else ""


def standing_of(graph: Graph, schema: Schema) -> Standing:
    """Return how the facts of a graph stand. What is derived is no stronger than its weakest step that is evidence."""
    facts = {fact.id: fact for fact in graph.facts}
    strength = {fact.id: _best(fact) for fact in graph.facts}
    for fact in graph.facts:
        chain = schema.relations[fact.predicate].chain
        if fact.derived_from and chain:
            premises = [facts[each] for each in fact.derived_from if each in facts]
            ways = [_weakest(way, schema, chain.cap) for way in _ways(fact, premises, chain.steps)]
            strength[fact.id] = min(strength[fact.id], max(ways, key=_order, default=Grade.UNSPECIFIED), key=_order)
    return Standing({source.key: source for source in graph.sources}, strength)


def _weakest(way: Sequence[Fact], schema: Schema, cap: Grade | None) -> Grade:
    counted = [step for step in way if not schema.relations[step.predicate].membership] or way
    return min((*map(_best, counted), *([cap] if cap else [])), key=_order)


def _ways(fact: Fact, premises: Sequence[Fact], steps: Sequence[Step]) -> Iterator[tuple[Fact, ...]]:
    """Yield the walks over premises along a chain from one end of a fact to the other, whichever way they point."""
    for way in product(*([each for each in premises if each.predicate == step.relation] for step in steps)):
        here = {fact.subject, fact.object}
        for start in here:
            at = start
            for step in way:
                at = step.object if at == step.subject else step.subject if at == step.object else ""
            if {start, at} == here:
                yield way
                break


def _best(fact: Fact) -> Grade:
    return max((item.grade for item in fact.evidence), key=_order, default=Grade.UNSPECIFIED)


def _order(grade: Grade) -> int:
    return _ORDER[grade]


def _written(said: object) -> str:
    """Write an edition or a year that came as a number as sources write it."""
    return str(int(said)) if isinstance(said, int | float) else str(said).strip()


def _days(date: str) -> tuple[str, str]:
    """Return the first and the last day of an ISO date, month or year."""
    if len(date) == len("2020"):
        return f"{date}-01-01", f"{date}-12-31"
    if len(date) == len("2020-01"):
        return f"{date}-01", f"{date}-{calendar.monthrange(int(date[:4]), int(date[5:]))[1]:02}"
    return date, date
