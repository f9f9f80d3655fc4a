"""Plans that list: one entity's relations, conditions that meet in one type."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from kg.query.check import MAX_OPERATORS
from kg.query.plan import (
    Anchor,
    Compare,
    Comparison,
    Condition,
    Count,
    Difference,
    Entities,
    Expand,
    Intersect,
    OfType,
    Plan,
    Union,
)
from kg.schema import Criticality, Schema, Step
from reasoning.lexicon import TagKind
from reasoning.planning.form import Candidate, Context, finish, is_yes_no
from reasoning.planning.paths import Path, paths_from, starts
from reasoning.reading import Named, Reading

__all__ = ["conditions", "contrast", "counting", "joint", "lookups", "narrowed", "single"]

_FOCUS: Final = 2.0
_WRONG_FOCUS: Final = -3.0
_JOINT: Final = 0.5
_LOOKUP: Final = 2.7
_VALUE: Final = 1.0
_CHOICE: Final = 3.0
_PAIR: Final = 2
_MOST_PARTS: Final = MAX_OPERATORS // 2 - 1  # an anchor and a step each
_NESTED: Final = -1.5
_BARE: Final = -1.0  # a name that conditions have to meet in, rather than be one of them
_CHOICES: Final = 4  # paths of one anchor that are weighed against those of the others
_MOST_CHOSEN: Final = 4  # anchors
_PATHS_PER_ANCHOR: Final = 24


def single(anchor: Named, context: Context) -> Iterator[Candidate]:
    """Yield one plan for each path from the one entity that is named."""
    paths = paths_from(anchor.types, context.signals, context.moves, max_hops=context.max_hops)
    anchor = _graded(anchor, context)
    if "which" in context.reading.operators() and not context.content and not context.focus:
        yield from _what_has(anchor, context)
    for path in [path for path in paths if path.is_called_for][:_PATHS_PER_ANCHOR]:
        plan, used = _expand(_anchor(anchor, path, context), path, context)
        bonus = _VALUE * len(used)
        if "except" in context.reading.operators():
            yield from _all_but(plan, path, used, context)
            continue
        widens = isinstance(plan, Expand) and bool(plan.types) and plan.step.forward
        if isinstance(plan, Expand) and widens:  # asked for 病, recorded as 证: the same relation, whatever its end
            wider = replace(plan, types=())
            yield finish(context, wider, path.score + bonus, path.used | used, end=path.end)
        yield finish(
            context, plan, path.score + bonus + _focus_score(path.end, context), path.used | used, end=path.end
        )


def _graded(anchor: Named, context: Context) -> Named:
    """Return the highest or lowest grade where a question asks for it by any of them (most toxic)."""
    ranked = context.reading.operators() & {"most", "fewest"} if not context.reading.amounts else frozenset()
    order = next((r.order for r in context.schema.relations.values() if set(anchor.ids) & set(r.order)), ())
    if not ranked or not order:
        return anchor
    return replace(anchor, ids=(order[-1 if "most" in ranked else 0],), kinds=anchor.kinds[:1], narrower=())


def narrowed(anchor: Named, kind: str, context: Context) -> tuple[Entities, frozenset[int]] | None:
    """Return what of a type a name narrows it to (归肝经: what enters it), with the words used; None if nothing."""
    paths = paths_from(anchor.types, context.signals, context.moves, max_hops=1)
    found = [path for path in paths if path.end == kind]
    if not found:
        return (Anchor(anchor.of({kind})), frozenset()) if kind in anchor.types else None
    plan, used = _expand(_anchor(anchor, found[0], context), found[0], context)
    return plan, found[0].used | used


def _what_has(anchor: Named, context: Context) -> Iterator[Candidate]:
    """Yield what a term is said of, where only one relation says it of anything: 清热药有哪些."""
    moves = [m for kind in sorted(anchor.types) for m in context.moves[kind] if m.target not in anchor.types]
    relations = context.schema.relations
    said = dict.fromkeys(m.step for m in moves if not m.step.forward and relations[m.step.relation].implied)
    unexplained = context.reading.leftovers or context.reading.is_vague
    if len(said) == 1 and not unexplained:
        plan = Expand(Anchor(anchor.ids, anchor.narrower), next(iter(said)))
        yield replace(finish(context, plan, 1.0, ()), signalled=True)


def _goes_on(path: Path) -> bool:
    """Say whether a path of several steps ends in one that nothing calls for."""
    return len(path.steps) > 1 and not path.is_called_for


def _all_but(plan: Entities, path: Path, used: frozenset[int], context: Context) -> Iterator[Candidate]:
    """Yield everything of the type asked for but what the plan finds: 不含麻黄的方剂.

    Nothing is yielded on safety, where what is not recorded would be taken for safe, nor without a type asked for.
    """
    relations = (context.schema.relations[step.relation] for step in path.steps)
    if path.end in context.focus and not any(r.criticality is Criticality.SAFETY for r in relations):
        score = path.score + _VALUE * len(used) + _focus_score(path.end, context)
        yield finish(context, Difference(OfType(path.end), plan), score, path.used | used, end=path.end)


def joint(anchors: Sequence[Named], context: Context) -> Iterator[Candidate]:
    """Yield plans over several anchors: conditions that meet in one type, or one relation of each, side by side."""
    options = [
        (
            *(Path((), kind, 0.0, frozenset()) for kind in sorted(anchor.types)),
            *paths_from(anchor.types, context.signals, context.moves, max_hops=context.max_hops),
        )
        for anchor in anchors
    ]
    ends = sorted({path.end for paths in options for path in paths if path.steps})
    for end in ends:
        per_anchor = [[path for path in paths if path.end == end and not _goes_on(path)] for paths in options]
        if not all(per_anchor):
            continue
        best = _together(per_anchor, context)
        # Which of these two: they are what is asked for, and the rest is what is asked of them.
        chooses = "which" in context.reading.operators() and sum(not path.steps for path in best) > 1
        called_for = any(path.is_called_for for path in best) or (chooses and any(path.steps for path in best))
        called_for |= _are_terms(anchors, best, context)
        if not called_for:
            continue
        used = frozenset[int]().union(*(path.used for path in best))
        score = sum(path.score for path in best) - _CHOICE * _paid_twice(best, context)
        score = score / len(best) + _JOINT + _focus_score(end, context)
        score += _CHOICE if chooses else _BARE * sum(not path.steps for path in best)
        parts, conditions = [], frozenset[int]()
        for anchor, path in zip(anchors, best, strict=True):
            part, where = _expand(_anchor(anchor, path, context), path, context)
            parts.append(part)
            conditions |= where
        score += _VALUE * len(conditions)
        plan = _combine(anchors, best, parts, context)
        if plan is not None:
            candidate = finish(context, plan, score, used | conditions, end=end)
            typed = frozenset[int]().union(*context.signals.types.values())
            whole = bool(used & typed) and not candidate.unused and not context.reading.leftovers
            terms = _are_terms(anchors, best, context)
            yield replace(candidate, signalled=candidate.signalled or whole or chooses or terms)


def _together(per_anchor: Sequence[Sequence[Path]], context: Context) -> list[Path]:
    """Return one path for each anchor, such that no word pays for two of them if there is another way."""
    ranked = [sorted(paths, key=lambda path: (-path.score, len(path.steps)))[:_CHOICES] for paths in per_anchor]
    best = [paths[0] for paths in ranked]
    if len(best) > _MOST_CHOSEN:
        return best

    def worth(paths: tuple[Path, ...]) -> tuple[float, int]:
        score = sum(path.score for path in paths) - _CHOICE * _paid_twice(paths, context)
        return score, -sum(len(path.steps) for path in paths)

    chosen: tuple[Path, ...] = max(itertools.product(*ranked), key=worth)
    return list(chosen)


def _paid_twice(paths: Sequence[Path], context: Context) -> int:
    """Count the words that a further anchor's longer path rests on though another path has them already.

    Paths of one shape share their word: what contains this and that.
    """
    typed = frozenset[int]().union(*context.signals.types.values())
    paid, seen = 0, set[tuple[Step, ...]]()
    shapes = sorted({path.steps: path for path in paths}.values(), key=lambda path: len(path.steps))
    held = frozenset[int]()
    for path in shapes:
        if path.steps not in seen:
            calls = path.used - typed
            paid += len(calls & held)
            held |= calls
            seen.add(path.steps)
    return paid


def contrast(anchors: Sequence[Named], context: Context) -> Iterator[Candidate]:
    """Yield what one thing has and another has not, where one list of what they have is what is usually meant."""
    operators = context.reading.operators()
    alike = len(anchors) == _PAIR and anchors[0].types == anchors[1].types
    if not alike or not operators & {"except", "more_than", "less_than"} or context.content:
        return
    relations = context.schema.relations
    steps = [s for s in context.schema.steps_from(anchors[0].types) if s.forward]
    steps = [s for s in steps if relations[s.relation].closed and relations[s.relation].implied]
    if len(steps) == 1 and not context.reading.leftovers:
        parts = [Expand(Anchor(a.of(starts(context.schema, steps[0]))), steps[0]) for a in anchors]
        first, second = reversed(parts) if "less_than" in operators else parts
        yield replace(finish(context, Difference(first, second), 3.0, ()), signalled=True)


def _are_terms(anchors: Sequence[Named], paths: Sequence[Path], context: Context) -> bool:
    """Say whether a question asks which things several terms are said of, and says no more: 哪些补气药孕妇慎用."""
    terms = [any(context.schema.types[kind].is_value for kind in anchor.types) for anchor in anchors]
    # 不含…的补益剂: what one kind of things leaves out need be no term.
    is_said = all(not path.steps[0].forward for path in paths if path.steps)
    only_terms = any(terms) and is_said if "except" in context.reading.operators() else all(terms)
    operators = context.reading.operators()
    asks = ("which" in operators or not operators - {"both", "together", "among"}) and not is_yes_no(context.reading)
    asks = asks and not context.content and not context.reading.leftovers and not context.reading.is_vague
    return only_terms and asks and all(len(path.steps) == 1 for path in paths)


def _combine(
    anchors: Sequence[Named], paths: Sequence[Path], parts: Sequence[Entities], context: Context
) -> Plan | None:
    operators = context.reading.operators()
    choices = [anchor for anchor, path in zip(anchors, paths, strict=True) if not path.steps]
    if len(choices) > 1:  # which of these: the named ones are the choices, everything else is a condition on them
        conditions = [part for part, path in zip(parts, paths, strict=True) if path.steps]
        return _meet((Anchor(tuple(i for anchor in choices for i in anchor.ids)), *conditions))
    if difference := _difference(anchors, parts, context.reading):
        return difference
    topics = all(path.steps and path.steps[0].forward for path in paths) and len({path.steps for path in paths}) == 1
    same_type = len({anchor.types for anchor in anchors}) == 1
    if "either" in operators:
        kinds = dict.fromkeys(anchor.types for anchor in anchors)
        groups = [[p for a, p in zip(anchors, parts, strict=True) if a.types == kind] for kind in kinds]
        return _meet([group[0] if len(group) == 1 else Union(tuple(group)) for group in groups])
    said = frozenset[int]().union(*(path.used for path in paths)) & context.steering
    repeated = len({context.reading.words[n].tags for n in said}) < len(said)  # 甲的组成，乙又是什么组成
    if topics and same_type and (repeated or not operators & {"both"}):
        if len(paths[0].steps) == 1 and not _has_conditions(parts[0]):
            return Compare(tuple(i for anchor in anchors for i in anchor.ids), paths[0].steps[0])
        return Union(tuple(parts))
    return _meet(parts)


def _difference(anchors: Sequence[Named], parts: Sequence[Entities], reading: Reading) -> Difference | None:
    """Return what is in some parts and not in the others, where the question asks for that."""
    operators = reading.operators()
    if operators & {"more_than", "less_than"} and len(parts) == _PAIR:
        first, second = parts if "more_than" in operators else (parts[1], parts[0])
        return Difference(first, second)
    if "except" in operators and (split := _split_at_except(anchors, reading)):
        left, right = split
        lefts, rights = [parts[i] for i in left], [parts[i] for i in right]
        return Difference(_meet(lefts), rights[0] if len(rights) == 1 else Union(tuple(rights)))
    return None


def _split_at_except(anchors: Sequence[Named], reading: Reading) -> tuple[list[int], list[int]] | None:
    at = next(word.start for word, tag in reading.tagged(TagKind.OPERATOR) if tag.value == "except")
    after = [i for i, anchor in enumerate(anchors) if anchor.start >= at]
    # 不归脾经的补气药: the exception is about the name next to it, and about others of its kind.
    after = [i for i in after if anchors[i].types == anchors[after[0]].types]
    before = [i for i in range(len(anchors)) if i not in after]
    if before and after:
        return before, after
    if len(before) > 1:  # 甲有而乙没有: the exception follows the name that it is about
        return before[:-1], before[-1:]
    return None


def lookups(anchors: Sequence[Named], context: Context) -> Iterator[Candidate]:
    """Yield several relations of the same entities at once; all that is known of one entity if nothing is signalled."""
    if not anchors or len({anchor.types for anchor in anchors}) > 1:
        return
    schema, types = context.schema, anchors[0].types
    steps = [step for step in schema.steps_from(types) if step.forward]
    signalled = [step for step in steps if step.relation in context.signals.relations]
    if len(signalled) > 1 and not is_yes_no(context.reading):
        used = frozenset[int]().union(*(context.signals.relations[step.relation] for step in signalled))
        parts = tuple(Expand(Anchor(a.of(starts(schema, step))), step) for a in anchors for step in signalled)
        score = _LOOKUP * len(used) + _JOINT * len(signalled)
        yield finish(context, Union(parts), score if _side_by_side(used, context.reading) else score + _NESTED, used)
    unexplained = context.reading.leftovers or context.reading.amounts or context.reading.is_vague
    comparing = "compare" in context.reading.operators() and len(anchors) > 1
    if (len(anchors) == 1 or comparing) and not context.content and not context.focus and not unexplained:
        steps = _telling(steps, schema)
        if "permit" in context.reading.operators():  # is it safe: what is recorded of its dangers
            steps = [step for step in steps if schema.relations[step.relation].criticality is Criticality.SAFETY]
        steps = steps[: _MOST_PARTS // len(anchors)]
        parts = tuple(Expand(Anchor(a.of(starts(schema, step))), step) for step in steps for a in anchors)
        if len(parts) > 1:
            yield replace(finish(context, Union(parts), 0.1, ()), signalled=True)


def _telling(steps: Sequence[Step], schema: Schema) -> list[Step]:
    """Return the steps that tell what a thing is: no background, and nothing that another of them says more briefly."""
    relations = [schema.relations[step.relation] for step in steps]
    told = [r.criticality is not Criticality.BACKGROUND and (r.chain is None or r.symmetric) for r in relations]
    return [step for step, tells in zip(steps, told, strict=True) if tells] or list(steps)


def _side_by_side(words: frozenset[int], reading: Reading) -> bool:
    """Say whether something joins words (its nature and its channels), or nothing stands between them.

    Words with neither are one inside the other: the toxicity of what is incompatible with it.
    """
    found = sorted((reading.words[n] for n in words), key=lambda word: word.start)
    joining = [word.start for word, tag in reading.tagged(TagKind.OPERATOR) if tag.value == "together"]
    for first, second in itertools.pairwise(found):
        between = reading.text[first.end : second.start]
        joined = any(first.end <= at < second.start for at in joining)
        if between.strip() and not joined and all(character.isalnum() or character.isspace() for character in between):
            return False
    return True


def counting(candidate: Candidate) -> Candidate:
    """Return the candidate as a count of what it lists; one that lists nothing stays as it is."""
    if isinstance(candidate.plan, Anchor | OfType | Expand | Intersect | Union | Difference):
        return replace(candidate, plan=Count(candidate.plan))
    return candidate


def _expand(source: Entities, path: Path, context: Context) -> tuple[Entities, frozenset[int]]:
    """Wrap `source` in the steps of `path`; conditions on qualifiers go to the step whose relation carries them."""
    used: set[int] = set()
    ends = _types_along(path, context.schema)
    for step, kind in zip(path.steps, ends, strict=True):
        where, valued = conditions(step, context)
        used |= valued
        relation = context.schema.relations[step.relation]
        several = len(relation.objects if step.forward else relation.subjects) > 1
        types = (kind,) if several and kind in context.signals.types else ()
        if len({condition.key for condition in where}) < len(where):  # 君药、臣药: either value, never both at once
            source = Union(tuple(Expand(source, step, types, (condition,)) for condition in where))
        else:
            source = Expand(source, step, types, where)
    return source, frozenset(used)


def _anchor(named: Named, path: Path, context: Context) -> Anchor:
    """Return where a path starts: a term that things are looked up by stands for the terms below it too."""
    first = path.steps[0] if path.steps else None
    if first is None:
        return Anchor(named.of({path.end}))
    relation = context.schema.relations[first.relation]
    # Of what is recorded exactly a narrower term is another one (slightly cold is not cold), but of grades one counts.
    is_apart = relation.exact and not relation.order
    by_term = not first.forward and relation.object_subsumption and not is_apart
    return Anchor(named.of(starts(context.schema, first)), named.narrower if by_term else ())


def conditions(step: Step, context: Context) -> tuple[tuple[Condition, ...], frozenset[int]]:
    """Return the qualifier values that the question names and that facts of this step carry, with their words."""
    declared = context.schema.relations[step.relation].qualifiers
    named = [(key, value, number) for key, value, number in context.where if key in declared]
    where = tuple(dict.fromkeys(Condition(key, Comparison.EQUAL, value) for key, value, _ in named))
    return where, frozenset(number for _, _, number in named)


def _types_along(path: Path, schema: Schema) -> list[str]:
    """Return the type reached by each step; only the last is fixed, the others are the relation's own."""
    kinds: list[str] = []
    for step in path.steps[:-1]:
        relation = schema.relations[step.relation]
        kinds.append((relation.objects if step.forward else relation.subjects)[0])
    return [*kinds, path.end] if path.steps else []


def _focus_score(end: str, context: Context) -> float:
    if not context.focus:
        return 0.0
    return _FOCUS if end in context.focus else _WRONG_FOCUS


def _has_conditions(part: Entities) -> bool:
    return isinstance(part, Expand) and bool(part.where)


def _meet(parts: Sequence[Entities]) -> Entities:
    return parts[0] if len(parts) == 1 else Intersect(tuple(parts))
