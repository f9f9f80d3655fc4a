"""Plans that check: yes-or-no questions about named entities, and what is recorded of one pair."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Final

from kg.query.plan import Anchor, Check, Comparison, Condition, Entities, Expand, Intersect, Plan, Union
from kg.schema import Criticality, Step
from reasoning.lexicon import TagKind
from reasoning.planning.form import Asked, Candidate, Context, finish, is_yes_no
from reasoning.planning.paths import starts
from reasoning.reading import Named

__all__ = ["checks", "details", "mutual_checks", "qualified"]

_PAIR: Final = 2


def checks(anchors: Sequence[Named], context: Context) -> Iterator[Candidate]:
    """Yield yes-or-no plans: an amount against what is recorded, or one relation between named entities."""
    if len(anchors) == 1 and context.reading.amounts:
        yield from _amount_checks(anchors[0], context)
    if len(anchors) == 1:
        yield from _inner_checks(anchors[0], context)
    if len(anchors) > 1:
        yield from mutual_checks(anchors, context)
        for subject in anchors:
            yield from _directed_checks(subject, [anchor for anchor in anchors if anchor is not subject], context)


def _amount_checks(anchor: Named, context: Context) -> Iterator[Candidate]:
    amount = context.reading.amounts[0].quantity
    for step in context.schema.steps_from(anchor.types):
        if context.schema.relations[step.relation].quantity and step.forward:
            asked = (Asked(anchor.of(starts(context.schema, step))[0], step.relation, "", amount),)
            words = context.signals.relations.get(step.relation, frozenset())
            plan = Expand(Anchor(anchor.of(starts(context.schema, step))), step)
            relation = context.schema.relations[step.relation]  # what may harm, and needs no word, is what is meant
            score = 4.0 + 2.0 * bool(words) + relation.implied * (relation.criticality is Criticality.SAFETY)
            yield finish(context, plan, score, words | context.content, asked=asked)


def details(anchors: Sequence[Named], context: Context) -> Iterator[Candidate]:
    """Yield what is recorded of one pair where a word asks for it: an amount, an interaction."""
    asked_for = {
        tag.value: n
        for n, word in enumerate(context.reading.words)
        for tag in word.tags
        if tag.kind is TagKind.QUALIFIER
    }
    for first, second in product(anchors, repeat=2):
        for kind, move in ((each, move) for each in sorted(first.types) for move in context.moves[each]):
            relation = context.schema.relations[move.step.relation]
            called = context.signals.relations.get(relation.id, frozenset())
            words = frozenset(asked_for[key] for key in relation.qualifiers if key in asked_for)
            # Where facts state an amount, the word for the relation asks for it: the limit of this in that; and where
            # safety depends on a pair, what is asked of the pair is what is recorded of it.
            is_safety = relation.criticality is Criticality.SAFETY
            bare = context.schema.types[move.target].is_value or not context.content
            named_range = relation.quantity and bare and not is_yes_no(context.reading)
            is_meant = (words and move.only) or (called and (relation.quantity or is_safety)) or named_range
            if first is second or not is_meant or not move.step.forward or move.target not in second.types:
                continue
            subject, target = first.of({kind})[0], second.of({move.target})[0]
            asked = (Asked(subject, relation.id, target),)
            yield finish(context, Check(subject, move.step, target), 6.0, words | called, asked=asked)


def qualified(anchors: Sequence[Named], context: Context) -> Iterator[Candidate]:
    """Yield one relation of one thing, narrowed by names that its facts carry: what is added for thirst."""
    for first in anchors:
        others = [anchor for anchor in anchors if anchor is not first]
        for step in context.schema.steps_from(first.types):
            called = context.signals.of(step)
            found = [_carried(other.text, step.relation, context) for other in others]
            if step.forward and called and others and all(found):
                source = Anchor(first.of(starts(context.schema, step)))
                parts = tuple(Expand(source, step, (), (each,)) for conditions in found for each in conditions)
                yield finish(context, parts[0] if len(parts) == 1 else Union(parts), 8.0, called)


def _carried(text: str, relation: str, context: Context) -> list[Condition]:
    """Return the values of the relation's worded qualifiers that `text` is, or is a part of."""
    declared = [context.schema.qualifiers[key] for key in context.schema.relations[relation].qualifiers]
    return [
        Condition(qualifier.id, Comparison.EQUAL, value)
        for qualifier in declared
        for value, labels in qualifier.labels.items()
        if any(text.casefold() in label.casefold() for label in labels.values())
    ]


def mutual_checks(anchors: Sequence[Named], context: Context) -> Iterator[Candidate]:
    """Yield checks of a symmetric relation among all named entities of one type."""
    for relation in context.schema.relations.values():
        words = context.signals.relations.get(relation.id, frozenset())
        # Two things of a kind and a yes-or-no question that nothing else explains: do they go together?
        unexplained = context.steering or context.reading.leftovers or "compare" in context.reading.operators()
        called_for = bool(words) or not unexplained
        everyone = tuple(i for anchor in anchors for i in anchor.of(relation.subjects))
        kinds = {kind for anchor in anchors for kind in anchor.types & set(relation.subjects)}
        alike = len(kinds) == 1 and all(kinds & anchor.types for anchor in anchors)
        if relation.symmetric and called_for and alike:
            asked = tuple(Asked(a, relation.id, b) for n, a in enumerate(everyone) for b in everyone[n + 1 :])
            step = Step(relation.id)
            plan: Plan = Check(everyone[0], step, everyone[1])
            if len(everyone) > _PAIR:
                plan = Intersect((Expand(Anchor(everyone), step), Anchor(everyone)))
            # Several words for it (不能和…一起用) say no more than one does, but no less than they say elsewhere.
            yield finish(context, plan, 5.0 + 3.0 * max(0, len(words) - 1), words, asked=asked)
        elif relation.symmetric and (
            _naming(words, relation.id, context)
            or (not words and called_for and _joins_or_asks_leave(anchors, context))
        ):
            sets = [_members(anchor, relation.subjects, context, named=bool(words)) for anchor in anchors]
            if all(sets):
                first, *rest = [each for each in sets if each is not None]
                joined = rest[0] if len(rest) == 1 else Union(tuple(rest))
                met = Intersect((Expand(first, Step(relation.id)), joined))
                yield replace(finish(context, met, 8.0, words), signalled=True)


def _naming(words: frozenset[int], relation: str, context: Context) -> bool:
    """Say whether one of the words names the relation, and not only a value that its facts carry (十八反)."""
    tags = (tag for n in words for tag in context.reading.words[n].tags)
    return any(tag.kind is TagKind.RELATION and tag.value == relation for tag in tags)


def _inner_checks(anchor: Named, context: Context) -> Iterator[Candidate]:
    """Yield checks of a symmetric relation among the parts of one thing."""
    for relation in context.schema.relations.values():
        words = context.signals.relations.get(relation.id, frozenset())
        parts = _members(anchor, relation.subjects, context) if relation.symmetric and words else None
        if isinstance(parts, Expand):
            where = tuple(c for c, _ in _values_of(relation.id, context))
            used = words | frozenset(number for _, number in _values_of(relation.id, context))
            met = Intersect((Expand(parts, Step(relation.id), (), where), parts))
            yield finish(context, met, 8.0, used)


def _values_of(relation: str, context: Context) -> list[tuple[Condition, int]]:
    declared = context.schema.relations[relation].qualifiers
    return [(Condition(key, Comparison.EQUAL, value), n) for key, value, n in context.where if key in declared]


def _joins_or_asks_leave(anchors: Sequence[Named], context: Context) -> bool:
    """Say whether a question asks leave (安全, safe), or a word like 加 or with stands between its first two names."""
    if "permit" in context.reading.operators():
        return True
    first, second = sorted(anchors, key=lambda anchor: anchor.start)[:2]
    joining = [word for word, tag in context.reading.tagged(TagKind.OPERATOR) if tag.value == "together"]
    return any(first.end <= word.start and word.end <= second.start for word in joining)


def _members(anchor: Named, kinds: Sequence[str], context: Context, *, named: bool = True) -> Entities | None:
    """Return what an entity stands for among `kinds`: itself, or the targets of the one relation that leads there.

    A relation on which safety depends is walked only if the relation in question was `named`.
    """
    if ids := anchor.of(kinds):
        return Anchor(ids)
    for move in (move for kind in sorted(anchor.types) for move in context.moves[kind]):
        is_safety = context.schema.relations[move.step.relation].criticality is Criticality.SAFETY
        if move.only and move.target in kinds and move.step.forward and (named or not is_safety):
            return Expand(Anchor(anchor.of(starts(context.schema, move.step))), move.step)
    return None


def _directed_checks(subject: Named, others: Sequence[Named], context: Context) -> Iterator[Candidate]:
    """Yield checks of one relation from `subject` to every one of `others`."""
    for step in context.schema.steps_from(subject.types):
        targets_types = context.schema.targets(subject.types, step)
        fits = step.forward and all(other.types & targets_types for other in others)
        if not fits or context.schema.relations[step.relation].symmetric:
            continue
        words = context.signals.relations.get(step.relation, frozenset())
        only = {move.step for kind in subject.types for move in context.moves[kind] if move.only}
        # Adding one thing to another (加, with) or asking leave for it is no question of what it is made of.
        joined = _joins_or_asks_leave((subject, *others), context)
        open_ends = not any(context.schema.types[kind].is_value for kind in others[0].types)
        if not words and (step not in only or (joined and open_ends)):
            continue
        source = subject.of(starts(context.schema, step))[0]
        targets = tuple(i for other in others for i in other.of(targets_types))
        asked = tuple(Asked(source, step.relation, target) for target in targets)
        plan: Plan = Check(source, step, targets[0])
        if len(targets) > 1:
            plan = Intersect((Expand(Anchor((source,)), step), Anchor(targets)))
        yield finish(context, plan, 3.0 + 2.0 * bool(words), words, asked=asked)
