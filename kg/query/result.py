"""What running a plan gives: entities, the facts that witness each, and how it was found."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from kg.model import Fact, Scalar
from kg.query.plan import Plan

__all__ = ["Result", "Trace", "facts", "operator"]


@dataclass(frozen=True, slots=True)
class Trace:
    """One operator that ran: `query` is empty if it needed none, `rows` is what it yielded."""

    operator: str
    node: Plan
    query: str
    rows: int


@dataclass(frozen=True, slots=True)
class Result:
    """The outcome of one plan; fields that the root operator does not speak of keep their default.

    Attributes:
        entities: ids, sorted. The targets found for `Check` and `Compare`, the entities on the way for `Paths`.
        witnesses: entity id → every fact on the walks that reach it, earlier hops first, then by fact id.
        count: for `Count`.
        holds: for `Check`.
        groups: for `Compare`: compared id → ids of its targets, sorted.
        values: for `Attribute`: id → value, without those that have none; for `Top`: id → number of targets.
        paths: for `Paths`: facts in walking order, shortest first, then by the ids passed.
        trace: one entry for each operator of the plan, in the order in which `kg.query.describe` lists them.
        total: how many entities there are, exact unless `truncated` and the root is not a plain `Expand`.
        truncated: a row limit cut something, so that the lists are not complete.
    """

    entities: tuple[str, ...] = ()
    witnesses: Mapping[str, tuple[Fact, ...]] = field(default_factory=dict)
    count: int | None = None
    holds: bool | None = None
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    values: Mapping[str, Scalar] = field(default_factory=dict)
    paths: tuple[tuple[Fact, ...], ...] = ()
    trace: tuple[Trace, ...] = ()
    total: int = 0
    truncated: bool = False


def operator(node: Plan) -> str:
    """Return the wire's name of an operator, e.g. `OF_TYPE`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", type(node).__name__).upper()


def facts(result: Result) -> tuple[Fact, ...]:
    """Return every distinct fact of `result`: along the paths first, then entity by entity."""
    found: dict[str, Fact] = {}
    for path in result.paths:
        found.update((fact.id, fact) for fact in path if fact.id not in found)
    for entity in result.entities:
        found.update((fact.id, fact) for fact in result.witnesses.get(entity, ()) if fact.id not in found)
    return tuple(found.values())
