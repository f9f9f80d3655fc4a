"""Does a plan type-check? A plan that passes compiles on every store."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, TypeVar

from kg.errors import SchemaViolation, TraversalLimit
from kg.layout import kind_of
from kg.query.plan import (
    Anchor,
    Attribute,
    Check,
    Compare,
    Comparison,
    Condition,
    Count,
    Difference,
    Expand,
    Filter,
    Intersect,
    OfType,
    Paths,
    Plan,
    Top,
    Union,
)
from kg.schema import Schema, Step

__all__ = ["MAX_HOPS", "MAX_OPERATORS", "check"]

MAX_HOPS: Final = 6  # facts on one path between two entities
MAX_OPERATORS: Final = 64  # operators of one plan

_EQUALITY: Final = (Comparison.EQUAL, Comparison.NOT_EQUAL)

_Part = TypeVar("_Part")


def check(plan: Plan, schema: Schema, types: Mapping[str, str]) -> frozenset[str]:
    """Return the types that the plan's entities can have.

    Args:
        plan: any plan.
        schema: the domain's schema.
        types: entity id → type, of at least the entities that the plan names.

    Raises:
        SchemaViolation: an operator does not fit; the message says which and what would.
        TraversalLimit: the plan has more operators, or longer paths, than a store should walk.
    """
    operators = _size(plan)
    if operators > MAX_OPERATORS:
        message = f"the plan has {operators} operators; at most {MAX_OPERATORS} are run"
        raise TraversalLimit(message, limit=str(MAX_OPERATORS))
    checker = _Checker(schema, types)
    match plan:
        case Count(source):
            return checker.entities(source)
        case Check(subject, step, obj, where):
            reached = checker.step(checker.known((subject,)), step)
            if obj is not None and not checker.known((obj,)) & reached:
                message = f"{step} leads from {subject} to {_listed(reached)}, but {obj} is of {types[obj]}"
                raise SchemaViolation(message, relation=step.relation, entity=obj)
            checker.conditions(step, reached, where)
            return reached if obj is None else checker.known((obj,))
        case Compare(ids, step):
            if len(set(ids)) < 2:  # noqa: PLR2004  (one thing cannot be compared)
                message = "COMPARE needs at least two different entities"
                raise SchemaViolation(message)
            reached = frozenset().union(*(checker.step(checker.known((each,)), step) for each in ids))
            return frozenset(reached)
        case Attribute(source, name):
            reached = checker.entities(source)
            checker.declared(reached, name)
            return reached
        case Paths(source, target, max_hops):
            if not 1 <= max_hops <= MAX_HOPS:
                message = f"paths of {max_hops} hops are not searched; ask for 1 to {MAX_HOPS}"
                raise TraversalLimit(message, limit=str(MAX_HOPS))
            checker.known((source, target))
            return frozenset(schema.types)
        case _:
            return checker.entities(plan)


class _Checker:
    """The rules for one schema and the entities that a plan names."""

    def __init__(self, schema: Schema, types: Mapping[str, str]) -> None:
        self.schema = schema
        self.types = types

    def entities(self, plan: Plan) -> frozenset[str]:  # noqa: C901, PLR0911  (one case for each operator)
        match plan:
            case Anchor(ids):  # narrower terms come from the graph, not from whoever planned
                return self.known(ids)
            case OfType(kind):
                return self.type(kind)
            case Expand(source, step, types, where):
                reached = self.step(self.entities(source), step)
                if types:
                    reached = self.common([reached, frozenset().union(*map(self.type, types))], "EXPAND")
                self.conditions(step, reached, where)
                return reached
            case Filter(source, condition):
                reached = self.entities(source)
                self.condition(self.declared(reached, condition.key), condition)
                return reached
            case Intersect(parts):
                return self.common([self.entities(part) for part in self.some(parts, "INTERSECT")], "INTERSECT")
            case Union(parts):
                return frozenset().union(*(self.entities(part) for part in self.some(parts, "UNION")))
            case Difference(left, right):
                self.entities(right)
                return self.entities(left)
            case Top(source, step, limit):
                if limit < 1:
                    message = f"TOP {limit} keeps nothing; ask for at least 1"
                    raise SchemaViolation(message)
                reached = self.entities(source)
                self.step(reached, step)
                return reached
            case _:
                message = f"{type(plan).__name__.upper()} stands at the root of a plan only"
                raise SchemaViolation(message)

    def known(self, ids: Sequence[str]) -> frozenset[str]:
        for identity in self.some(ids, "ANCHOR"):
            if identity not in self.types:
                message = f"the graph has no entity {identity!r}; link the name first"
                raise SchemaViolation(message, entity=str(identity))
        return frozenset(self.types[identity] for identity in ids)

    def type(self, kind: str) -> frozenset[str]:
        if kind not in self.schema.types:
            message = f"unknown type {kind!r}; the schema has: {_listed(self.schema.types)}"
            raise SchemaViolation(message, type=kind)
        return frozenset((kind,))

    def step(self, types: frozenset[str], step: Step) -> frozenset[str]:
        reached = self.schema.targets(types, step)
        if not reached:
            possible = _listed(str(each) for each in self.schema.steps_from(types))
            message = f"{step} does not start at {_listed(types)}; these do: {possible}"
            raise SchemaViolation(message, relation=step.relation)
        return reached

    def conditions(self, step: Step, reached: frozenset[str], where: Sequence[Condition]) -> None:
        for condition in where:
            if condition.key in self.schema.relation(step.relation).qualifiers:
                self.condition({self.schema.qualifiers[condition.key].type}, condition)
            else:
                self.condition(self.declared(reached, condition.key), condition)

    def declared(self, types: frozenset[str], name: str) -> set[str]:
        kinds = {kind for each in types if (kind := self.schema.types[each].properties.get(name)) is not None}
        if not kinds:
            message = f"{_listed(types)} have no property or qualifier {name!r}"
            raise SchemaViolation(message, property=name)
        return kinds

    @staticmethod
    def condition(kinds: set[str], condition: Condition) -> None:
        given = kind_of(condition.value)
        if given not in kinds:
            message = f"{condition.key} is a {_listed(kinds)}, not a {given}"
            raise SchemaViolation(message, key=condition.key)
        # Stores order texts in different ways; only numbers have one order everywhere.
        if given != "number" and condition.comparison not in _EQUALITY:
            message = f"{condition.key} is a {given}: compare it with = or <>"
            raise SchemaViolation(message, key=condition.key)

    @staticmethod
    def common(parts: Sequence[frozenset[str]], operator: str) -> frozenset[str]:
        shared = frozenset.intersection(*parts)
        if not shared:
            kinds = " and ".join(_listed(part) for part in parts)
            message = f"{operator} of {kinds} is always empty: they share no type"
            raise SchemaViolation(message)
        return shared

    @staticmethod
    def some(parts: Sequence[_Part], operator: str) -> Sequence[_Part]:
        if not parts:
            message = f"{operator} needs at least one operand"
            raise SchemaViolation(message)
        return parts


def _size(plan: Plan) -> int:
    match plan:
        case Intersect(parts) | Union(parts):
            return 1 + sum(map(_size, parts))
        case Difference(left, right):
            return 1 + _size(left) + _size(right)
        case Expand(source) | Filter(source) | Top(source) | Count(source) | Attribute(source):
            return 1 + _size(source)
        case _:
            return 1


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
