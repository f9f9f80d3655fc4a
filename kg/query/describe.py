"""A plan in words: one numbered step for each operator, in the order in which they run."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from kg.messages import text
from kg.model import Scalar
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
from kg.query.result import operator
from kg.schema import Schema, Step

__all__ = ["describe"]

_SYMBOLS: Final = {Comparison.NOT_EQUAL: "≠", Comparison.AT_MOST: "≤", Comparison.AT_LEAST: "≥"}


def describe(plan: Plan, schema: Schema, label: Callable[[str], str], language: str) -> tuple[tuple[str, str], ...]:
    """Return (operator, words) of every step; the first is step 1.

    Args:
        plan: a plan that type-checks.
        schema: where types, relations and qualifier values have their labels.
        label: entity id → name to show.
        language: `zh` or `en`.
    """
    words = _Words(schema, label, language)
    words.number(plan)
    return tuple(words.steps)


class _Words:
    """Puts one plan into words, step by step."""

    def __init__(self, schema: Schema, label: Callable[[str], str], language: str) -> None:
        self.schema = schema
        self.label = label
        self.language = language
        self.steps: list[tuple[str, str]] = []

    def number(self, plan: Plan) -> str:
        """Describe `plan` after its operands, and return the words for the step that it became."""
        self.steps.append((operator(plan), self.sentence(plan)))
        return self.say("plan.step", number=len(self.steps))

    def sentence(self, plan: Plan) -> str:  # noqa: PLR0911  (one case for each operator)
        match plan:
            case Anchor(ids):
                return self.say("plan.anchor", names=self.names(ids))
            case OfType(kind):
                return self.say("plan.of_type", type=self.of(self.schema.types[kind].label, kind))
            case Expand(source, step, types, where):
                return self.say(
                    _way("plan.expand", step),
                    source=self.number(source),
                    relation=self.relation(step),
                    targets=self.targets(types),
                    where=self.where(step, where),
                )
            case Filter(source, condition):
                return self.say("plan.filter", source=self.number(source), where=self.condition(None, condition))
            case Intersect(parts):
                return self.say("plan.intersect", steps=self.joined([self.number(part) for part in parts]))
            case Union(parts):
                return self.say("plan.union", steps=self.joined([self.number(part) for part in parts]))
            case Difference(left, right):
                return self.say("plan.difference", left=self.number(left), right=self.number(right))
            case Top(source, step, limit, most):
                key = _way("plan.top.most" if most else "plan.top.fewest", step)
                return self.say(key, source=self.number(source), relation=self.relation(step), limit=limit)
            case _:
                return self.root(plan)

    def root(self, plan: Count | Check | Compare | Attribute | Paths) -> str:
        match plan:
            case Count(source):
                return self.say("plan.count", source=self.number(source))
            case Check(subject, step, None, where):
                return self.say(
                    _way("plan.check.any", step),
                    subject=self.label(subject),
                    relation=self.relation(step),
                    where=self.where(step, where),
                )
            case Check(subject, step, obj, where):
                ends = (subject, obj or "") if step.forward else (obj or "", subject)
                return self.say(
                    "plan.check",
                    subject=self.label(ends[0]),
                    object=self.label(ends[1]),
                    relation=self.relation(step),
                    where=self.where(step, where),
                )
            case Compare(ids, step):
                return self.say(_way("plan.compare", step), names=self.names(ids), relation=self.relation(step))
            case Attribute(source, name):
                return self.say("plan.attribute", source=self.number(source), property=name)
            case Paths(source, target, max_hops):
                return self.say("plan.paths", start=self.label(source), end=self.label(target), hops=max_hops)

    def say(self, key: str, **parameters: object) -> str:
        return text(key, self.language, **parameters)

    def of(self, labels: Mapping[str, str], default: str) -> str:
        return labels.get(self.language, default)

    def relation(self, step: Step) -> str:
        return self.of(self.schema.relation(step.relation).label, step.relation)

    def names(self, ids: Iterable[str]) -> str:
        return self.joined([self.label(identity) for identity in ids])

    def targets(self, types: Sequence[str]) -> str:
        if not types:
            return self.say("plan.anything")
        return self.joined([self.of(self.schema.types[kind].label, kind) for kind in types])

    def joined(self, words: Sequence[str]) -> str:
        return self.say("plan.and").join(words)

    def where(self, step: Step, conditions: Sequence[Condition]) -> str:
        if not conditions:
            return ""
        return self.say("plan.where", conditions=self.joined([self.condition(step, each) for each in conditions]))

    def condition(self, step: Step | None, condition: Condition) -> str:
        shown = self.value(condition.value)
        if step is not None and condition.key in self.schema.relation(step.relation).qualifiers:
            shown = self.of(self.schema.qualifiers[condition.key].labels.get(shown, {}), shown)
        symbol = _SYMBOLS.get(condition.comparison, condition.comparison.value)
        return self.say("plan.condition", name=condition.key, comparison=symbol, value=shown)

    def value(self, value: Scalar) -> str:
        if isinstance(value, bool):
            return self.say("plan.yes" if value else "plan.no")
        return value if isinstance(value, str) else f"{value:g}"


def _way(key: str, step: Step) -> str:
    return key if step.forward else f"{key}.back"
