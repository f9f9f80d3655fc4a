"""The plan algebra: what a question asks of the graph, before any query language.

A plan is a tree of frozen operators. Set operators yield entities, each with the facts that
witness it; `Count`, `Check`, `Compare`, `Attribute` and `Paths` stand at the root only.

```
entities   Anchor | OfType | Expand | Filter | Intersect | Union | Difference | Top
root       entities | Count | Check | Compare | Attribute | Paths
```

Plans are type-checked by `kg.query.check`, printed by `kg.query.describe`, compiled by
`kg.query.compile` and run by `kg.query.execute`.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from kg.model import Scalar
from kg.schema import Step

__all__ = [
    "Anchor",
    "Attribute",
    "Check",
    "Compare",
    "Comparison",
    "Condition",
    "Count",
    "Difference",
    "Entities",
    "Expand",
    "Filter",
    "Intersect",
    "OfType",
    "Paths",
    "Plan",
    "Top",
    "Union",
    "relations_of",
]


class Comparison(StrEnum):
    """How a property or a qualifier is compared with a value; a missing one never matches."""

    EQUAL = "="
    NOT_EQUAL = "<>"
    LESS = "<"
    AT_MOST = "<="
    GREATER = ">"
    AT_LEAST = ">="


@dataclass(frozen=True, slots=True)
class Condition:
    """A test on a qualifier of the facts walked, or on a property of the entities reached."""

    key: str
    comparison: Comparison
    value: Scalar


@dataclass(frozen=True, slots=True)
class Anchor:
    """Entities that the question names, by id; `narrower` are terms below them that count as them."""

    ids: tuple[str, ...]
    narrower: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OfType:
    """All entities of one type."""

    type: str


@dataclass(frozen=True, slots=True)
class Expand:
    """Walk one step from every entity of `source`; keep facts that meet all `where`, and targets of `types`."""

    source: "Entities"
    step: Step
    types: tuple[str, ...] = ()
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Keep the entities whose property meets `condition`."""

    source: "Entities"
    condition: Condition


@dataclass(frozen=True, slots=True)
class Intersect:
    """Entities that are in every part; their witnesses are joined."""

    parts: "tuple[Entities, ...]"


@dataclass(frozen=True, slots=True)
class Union:
    """Entities that are in any part."""

    parts: "tuple[Entities, ...]"


@dataclass(frozen=True, slots=True)
class Difference:
    """Entities of `left` that are not in `right`."""

    left: "Entities"
    right: "Entities"


@dataclass(frozen=True, slots=True)
class Top:
    """The `limit` entities of `source` with the most (or fewest) targets by `step`; ties are all kept."""

    source: "Entities"
    step: Step
    limit: int = 1
    most: bool = True


@dataclass(frozen=True, slots=True)
class Count:
    """How many entities `source` has."""

    source: "Entities"


@dataclass(frozen=True, slots=True)
class Check:
    """Does this hold? `obj` None asks whether the subject has any such fact."""

    subject: str
    step: Step
    obj: str | None
    where: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Compare:
    """The targets of one step from each of two or more entities, side by side."""

    ids: tuple[str, ...]
    step: Step


@dataclass(frozen=True, slots=True)
class Attribute:
    """One property of every entity of `source`."""

    source: "Entities"
    property: str


@dataclass(frozen=True, slots=True)
class Paths:
    """How two entities are connected, by at most `max_hops` facts."""

    source: str
    target: str
    max_hops: int = 3


Entities: TypeAlias = Anchor | OfType | Expand | Filter | Intersect | Union | Difference | Top
Plan: TypeAlias = Entities | Count | Check | Compare | Attribute | Paths


def relations_of(plan: Plan) -> frozenset[str]:
    """Return the relations that a plan walks or checks."""
    match plan:
        case Anchor() | OfType() | Paths():
            return frozenset()
        case Expand(source, step) | Top(source, step):
            return relations_of(source) | {step.relation}
        case Check(_, step) | Compare(_, step):
            return frozenset({step.relation})
        case Intersect(parts) | Union(parts):
            return frozenset[str]().union(*map(relations_of, parts))
        case Difference(left, right):
            return relations_of(left) | relations_of(right)
    return relations_of(plan.source)
