"""Plans that list by amount: what has a limit above or below a stated one (herbs with a dose above 30 g)."""

from collections.abc import Iterator, Sequence
from typing import Final

from kg.query.plan import Comparison, Condition, Entities, Expand, Intersect, OfType
from kg.schema import Step
from reasoning.lexicon import TagKind
from reasoning.planning.form import Candidate, Context, finish, is_yes_no
from reasoning.planning.lists import narrowed
from reasoning.reading import Named

__all__ = ["measured"]

_COMPARISONS: Final = {
    "above": Comparison.GREATER,
    "at_least": Comparison.AT_LEAST,
    "below": Comparison.LESS,
    "at_most": Comparison.AT_MOST,
}
_SCORE: Final = 6.0


def measured(anchors: Sequence[Named], context: Context) -> Iterator[Candidate]:
    """Yield what has an amount on the stated side of the one in question, and meets everything else that is named.

    The upper end is compared unless a word asks for the lower one. Only facts in the unit of the question count, so
    that nothing is converted silently.
    """
    operators = context.reading.operators()
    sides = [comparison for operator, comparison in _COMPARISONS.items() if operator in operators]
    if is_yes_no(context.reading) or len(sides) != 1 or len(context.reading.amounts) != 1:
        return
    amount = context.reading.amounts[0].quantity
    if amount.low is None or amount.low != amount.high:
        return
    end = "low" if "lower_end" in operators else "high"
    where = (Condition(end, sides[0], amount.low), Condition("unit", Comparison.EQUAL, amount.unit))
    for relation in context.schema.relations.values():
        words = context.signals.relations.get(relation.id, frozenset())
        if not relation.quantity or not (words or _is_usual(relation.id, context)):
            continue
        for kind in sorted(context.focus & set(relation.subjects) or relation.subjects):
            used = words | context.signals.types.get(kind, frozenset())
            plan: Entities = Expand(OfType(relation.objects[0]), Step(relation.id, forward=False), (kind,), where)
            parts = [narrowed(anchor, kind, context) for anchor in anchors]
            if any(part is None for part in parts):
                continue
            met = [part for part in parts if part is not None]
            covered = frozenset[int]().union(used, *(numbers for _, numbers in met))
            if met:
                plan = Intersect((plan, *(part for part, _ in met)))
            yield finish(context, plan, _SCORE + bool(words), covered, end=kind)


def _is_usual(relation: str, context: Context) -> bool:
    """Say whether an amount means a relation though no word names it, nor another one that states amounts."""
    named = (tag.value for word in context.reading.words for tag in word.tags if tag.kind is TagKind.RELATION)
    others = any(context.schema.relations[name].quantity for name in named)
    held = context.schema.relations[relation]
    return held.implied and held.criticality == "safety" and not others
