"""The rule planner: every plan that type-checks and that the question's words suggest, best first.

The question's form (list, count, yes or no, comparison) comes from its operators; the anchors are the
entities that it names; what joins them is a scored relation path (`paths`). How much of the question
a plan accounts for is part of its score, and the words that it leaves over are kept, because coverage
and never a model decides whether to answer.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from kg.model import Scalar
from kg.query.plan import (
    Anchor,
    Check,
    Compare,
    Comparison,
    Condition,
    Count,
    Difference,
    Entities,
    Expand,
    Intersect,
    OfType,
    Paths,
    Plan,
    Top,
    Union,
)
from kg.schema import Schema, Step
from reasoning.answer import Quantity
from reasoning.lexicon import TagKind, Word
from reasoning.planning.paths import Moves, Path, Signals, paths_from
from reasoning.reading import Named, Reading

__all__ = ["Asked", "Candidate", "propose", "stated_pairs"]

_UNUSED_WORD = -2.0
_FOCUS = 2.0
_WRONG_FOCUS = -3.0
_JOINT = 0.5
_LOOKUP = 2.7
_PATHS_PER_ANCHOR = 24
_MOST_CANDIDATES = 6
_PAIR = 2
_STEERING = frozenset({TagKind.RELATION, TagKind.VALUE, TagKind.QUALIFIER})


@dataclass(frozen=True, slots=True)
class Asked:
    """A triple whose truth the question asks for, or takes for granted; `quantity` if it names an amount."""

    subject: str
    predicate: str
    object: str
    quantity: Quantity | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One plan with its score.

    Attributes:
        plan: what to run.
        score: higher is better; comparable within one question only.
        signalled: the question calls for it, by words, by the type asked for or by a pair that it names.
        asked: the triples in question, if it checks rather than lists.
        unused: numbers of the words that it leaves over.
        solid: more than a question word (how much) calls for it; needed where other words are unexplained.
    """

    plan: Plan
    score: float
    signalled: bool
    asked: tuple[Asked, ...] = ()
    unused: tuple[int, ...] = ()
    solid: bool = False


@dataclass(frozen=True, slots=True)
class _Context:
    reading: Reading
    schema: Schema
    moves: Moves
    signals: Signals
    content: frozenset[int]
    steering: frozenset[int]
    focus: frozenset[str]
    where: tuple[tuple[str, Scalar, int], ...]
    max_hops: int


def propose(reading: Reading, schema: Schema, moves: Moves, *, max_hops: int) -> tuple[Candidate, ...]:
    """Return the candidate plans for a question, best first; none if nothing type-checks."""
    context = _context(reading, schema, moves, max_hops)
    anchors = reading.named
    operators = reading.operators()
    found: list[Candidate] = []
    found += _checks(anchors, context) if is_yes_no(reading) or "why" in operators else _details(anchors, context)
    if len(anchors) > 1:
        found += _joint(anchors, context)
    if len(anchors) == 1:
        found += _single(anchors[0], context)
    if len(anchors) == _PAIR and "path" in operators:
        between = Paths(anchors[0].ids[0], anchors[1].ids[0], max_hops)
        found.append(replace(_finish(context, between, 2.5, context.content), signalled=True))
    found += _lookups(anchors, context)
    if not anchors:
        found += _whole_types(context)
    if "count" in operators:
        found = [_counting(candidate) for candidate in found]
    best: dict[Plan, Candidate] = {}
    for candidate in found:
        if candidate.plan not in best or best[candidate.plan].score < candidate.score:
            best[candidate.plan] = candidate
    return tuple(sorted(best.values(), key=lambda c: (-c.score, str(c.plan)))[:_MOST_CANDIDATES])


def is_yes_no(reading: Reading) -> bool:
    """Say whether a question asks for yes or no rather than for things.

    Where words are separated by spaces the auxiliary has to open a clause: `formulas that are …` asks for formulas.
    """
    if reading.operators() & {"which", "count", "why"}:
        return False
    asking = [word for word, tag in reading.tagged(TagKind.OPERATOR) if tag.value == "yes_no"]
    if reading.language == "zh":
        return bool(asking)
    return any(_opens_clause(reading.text, word.start) for word in asking)


def _opens_clause(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before or not before[-1].isalnum()


def stated_pairs(reading: Reading, schema: Schema, moves: Moves) -> tuple[Asked, ...]:
    """Return what a question states about the entities that it names: pairs that one checkable relation joins.

    Only relations whose facts can refute (functional or closed) count, and only if no other relation
    joins the two types.
    """
    stated = []
    types = [named.types for named in reading.named]
    for first, second in product(reading.named, repeat=2):
        # Of several of one type the question may ask which one: then nothing is stated of each.
        if first is second or len(first.ids) > 1 or len(second.ids) > 1 or types.count(first.types) > 1:
            continue
        for move in moves[next(iter(first.types))]:
            relation = schema.relations[move.step.relation]
            checkable = move.only and move.step.forward and (relation.functional or relation.closed)
            if checkable and move.target in second.types:
                stated.append(Asked(first.ids[0], relation.id, second.ids[0]))
    return tuple(stated)


def _context(reading: Reading, schema: Schema, moves: Moves, max_hops: int) -> _Context:
    relations: dict[str, set[int]] = {}
    types: dict[str, set[int]] = {}
    where = []
    for number, word in enumerate(reading.words):
        for tag in word.tags:
            if tag.kind is TagKind.RELATION:
                relations.setdefault(tag.value, set()).add(number)
            elif tag.kind is TagKind.TYPE:
                types.setdefault(tag.value, set()).add(number)
            elif tag.kind is TagKind.VALUE:
                where.append((tag.value, tag.detail, number))
            elif tag.kind is TagKind.QUALIFIER:
                for relation in schema.relations.values():
                    if tag.value in relation.qualifiers:
                        relations.setdefault(relation.id, set()).add(number)
    kinds = [{tag.kind for tag in word.tags} for word in reading.words]
    steering = frozenset(number for number, found in enumerate(kinds) if found & _STEERING)
    light = {number for number, found in enumerate(kinds) if found & {TagKind.NEUTRAL, TagKind.FUNCTION}}
    signals = Signals(
        {key: frozenset(value) for key, value in relations.items()},
        {key: frozenset(value) for key, value in types.items()},
    )
    return _Context(
        reading, schema, moves, signals, steering - light, steering, _focus(reading), tuple(where), max_hops
    )


def _focus(reading: Reading) -> frozenset[str]:
    """Return the types that the question asks for: the type word next after a question word, if there is one."""
    asks = {"which", "count", "most", "fewest"}
    questions = [word for word, tag in reading.tagged(TagKind.OPERATOR) if tag.value in asks]
    typed = [(word, tag.value) for word, tag in reading.tagged(TagKind.TYPE)]
    for question in questions:
        following = [(word, kind) for word, kind in typed if word.start >= question.end]
        if following and _adjoins(reading, question.end, following[0][0].start):
            return frozenset(kind for word, kind in following if word == following[0][0])
        # 多少味中药: the type word may stand inside the counting word's own span.
    if reading.language == "zh" and typed and not is_yes_no(reading):
        last = typed[-1][0]
        tail = [word for word in reading.words if word.start >= last.end and not _is_light(word)]
        if not tail and not any(name.start >= last.end for name in reading.named):
            return frozenset(kind for word, kind in typed if word == last)
    return frozenset()


def _adjoins(reading: Reading, start: int, end: int) -> bool:
    between = [word for word in reading.words if start <= word.start < end and not _is_light(word)]
    return not between and not any(start <= name.start < end for name in reading.named)


def _is_light(word: Word) -> bool:
    kinds = {tag.kind for tag in word.tags}
    return kinds <= {TagKind.FUNCTION, TagKind.OPERATOR, TagKind.NEUTRAL, TagKind.SEPARATOR}


def _finish(  # noqa: PLR0913  one for each thing that a candidate has
    context: _Context,
    plan: Plan,
    score: float,
    used: Iterable[int],
    *,
    asked: tuple[Asked, ...] = (),
    end: str = "",
) -> Candidate:
    """Close a candidate: words left over cost; it is signalled if words, the type asked for, or a pair say so."""
    covered = frozenset(used)
    unused = tuple(sorted(context.content - covered))
    focused = end != "" and end in context.focus
    signalled = bool(covered & context.steering) or bool(asked) or focused
    solid = bool(covered & context.content) or focused
    return Candidate(plan, score + _UNUSED_WORD * len(unused), signalled, asked, unused, solid)


def _expand(source: Entities, path: Path, context: _Context) -> tuple[Entities, frozenset[int]]:
    """Wrap `source` in the steps of `path`; conditions on qualifiers go to the step whose relation carries them."""
    used: set[int] = set()
    ends = _types_along(path, context.schema)
    for step, kind in zip(path.steps, ends, strict=True):
        declared = context.schema.relations[step.relation].qualifiers
        where = tuple(Condition(key, Comparison.EQUAL, value) for key, value, _ in context.where if key in declared)
        used |= {number for key, _, number in context.where if key in declared}
        relation = context.schema.relations[step.relation]
        several = len(relation.objects if step.forward else relation.subjects) > 1
        source = Expand(source, step, (kind,) if several and kind in context.signals.types else (), where)
    return source, frozenset(used)


def _types_along(path: Path, schema: Schema) -> list[str]:
    """Return the type reached by each step; only the last is fixed, the others are the relation's own."""
    kinds: list[str] = []
    for step in path.steps[:-1]:
        relation = schema.relations[step.relation]
        kinds.append((relation.objects if step.forward else relation.subjects)[0])
    return [*kinds, path.end] if path.steps else []


def _focus_score(end: str, context: _Context) -> float:
    if not context.focus:
        return 0.0
    return _FOCUS if end in context.focus else _WRONG_FOCUS


def _single(anchor: Named, context: _Context) -> Iterator[Candidate]:
    for path in paths_from(anchor.types, context.signals, context.moves, max_hops=context.max_hops)[:_PATHS_PER_ANCHOR]:
        plan, used = _expand(Anchor(anchor.ids), path, context)
        bonus = 3.0 * len(used)
        yield _finish(
            context, plan, path.score + bonus + _focus_score(path.end, context), path.used | used, end=path.end
        )


def _joint(anchors: Sequence[Named], context: _Context) -> Iterator[Candidate]:
    """Yield plans over several anchors: conditions that meet in one type, or one relation of each, side by side."""
    options = [
        (Path((), next(iter(anchor.types)), 0.0, frozenset()), *paths)
        for anchor in anchors
        for paths in [
            paths_from(anchor.types, context.signals, context.moves, max_hops=context.max_hops)[:_PATHS_PER_ANCHOR]
        ]
    ]
    ends = sorted({path.end for paths in options for path in paths if path.steps})
    for end in ends:
        per_anchor = [[path for path in paths if path.end == end] for paths in options]
        if not all(per_anchor):
            continue
        best = [max(paths, key=lambda path: (path.score, -len(path.steps))) for paths in per_anchor]
        if not any(path.steps for path in best):
            continue
        used = frozenset[int]().union(*(path.used for path in best))
        score = sum(path.score for path in best) / len(best) + _JOINT + _focus_score(end, context)
        parts, conditions = [], frozenset[int]()
        for anchor, path in zip(anchors, best, strict=True):
            part, where = _expand(Anchor(anchor.ids), path, context)
            parts.append(part)
            conditions |= where
        score += 3.0 * len(conditions)
        plan = _combine(anchors, best, parts, context)
        if plan is not None:
            candidate = _finish(context, plan, score, used | conditions, end=end)
            typed = frozenset[int]().union(*context.signals.types.values())
            whole = bool(used & typed) and not candidate.unused and not context.reading.leftovers
            yield replace(candidate, signalled=candidate.signalled or whole)


def _combine(
    anchors: Sequence[Named], paths: Sequence[Path], parts: Sequence[Entities], context: _Context
) -> Plan | None:
    operators = context.reading.operators()
    choices = [anchor for anchor, path in zip(anchors, paths, strict=True) if not path.steps]
    if len(choices) > 1:  # which of these: the named ones are the choices, everything else is a condition on them
        conditions = [part for part, path in zip(parts, paths, strict=True) if path.steps]
        return _meet((Anchor(tuple(i for anchor in choices for i in anchor.ids)), *conditions))
    if "except" in operators and (split := _split_at_except(anchors, context.reading)):
        left, right = split
        lefts, rights = [parts[i] for i in left], [parts[i] for i in right]
        return Difference(_meet(lefts), rights[0] if len(rights) == 1 else Union(tuple(rights)))
    topics = all(path.steps and path.steps[0].forward for path in paths) and len({path.steps for path in paths}) == 1
    same_type = len({anchor.types for anchor in anchors}) == 1
    if "either" in operators:
        return Union(tuple(parts))
    if topics and same_type and not operators & {"both"}:
        if len(paths[0].steps) == 1 and not _has_conditions(parts[0]):
            return Compare(tuple(i for anchor in anchors for i in anchor.ids), paths[0].steps[0])
        return Union(tuple(parts))
    return _meet(parts)


def _lookups(anchors: Sequence[Named], context: _Context) -> Iterator[Candidate]:
    """Yield several relations of the same entities at once; all that is known of one entity if nothing is signalled."""
    if not anchors or len({anchor.types for anchor in anchors}) > 1:
        return
    schema, types = context.schema, anchors[0].types
    steps = [step for step in schema.steps_from(types) if step.forward]
    signalled = [step for step in steps if step.relation in context.signals.relations]
    everyone = [Anchor(anchor.ids) for anchor in anchors]
    if len(signalled) > 1 and not is_yes_no(context.reading):
        used = frozenset[int]().union(*(context.signals.relations[step.relation] for step in signalled))
        parts = tuple(Expand(anchor, step) for anchor in everyone for step in signalled)
        yield _finish(context, Union(parts), _LOOKUP * len(used) + _JOINT * len(signalled), used)
    unexplained = context.reading.leftovers or context.reading.amounts or context.reading.is_vague
    if len(anchors) == 1 and not context.content and not context.focus and not unexplained:
        parts = tuple(Expand(everyone[0], step) for step in steps)
        if len(parts) > 1:
            yield replace(_finish(context, Union(parts), 0.1, ()), signalled=True)


def _has_conditions(part: Entities) -> bool:
    return isinstance(part, Expand) and bool(part.where)


def _meet(parts: Sequence[Entities]) -> Entities:
    return parts[0] if len(parts) == 1 else Intersect(tuple(parts))


def _split_at_except(anchors: Sequence[Named], reading: Reading) -> tuple[list[int], list[int]] | None:
    at = next(word.start for word, tag in reading.tagged(TagKind.OPERATOR) if tag.value == "except")
    after = [i for i, anchor in enumerate(anchors) if anchor.start >= at]
    before = [i for i in range(len(anchors)) if i not in after]
    if before and after:
        return before, after
    if len(before) > 1:  # 甲有而乙没有: the exception follows the name that it is about
        return before[:-1], before[-1:]
    return None


def _checks(anchors: Sequence[Named], context: _Context) -> Iterator[Candidate]:
    """Yield yes-or-no plans: an amount against what is recorded, or one relation between named entities."""
    if len(anchors) == 1 and context.reading.amounts:
        yield from _amount_checks(anchors[0], context)
    if len(anchors) > 1:
        yield from _mutual_checks(anchors, context)
        for subject in anchors:
            yield from _directed_checks(subject, [anchor for anchor in anchors if anchor is not subject], context)


def _amount_checks(anchor: Named, context: _Context) -> Iterator[Candidate]:
    amount = context.reading.amounts[0].quantity
    for step in context.schema.steps_from(anchor.types):
        if context.schema.relations[step.relation].quantity and step.forward:
            asked = (Asked(anchor.ids[0], step.relation, "", amount),)
            words = context.signals.relations.get(step.relation, frozenset())
            plan = Expand(Anchor(anchor.ids), step)
            yield _finish(context, plan, 4.0 + 2.0 * bool(words), words | context.content, asked=asked)


def _details(anchors: Sequence[Named], context: _Context) -> Iterator[Candidate]:
    """Yield what is recorded of one pair where a word asks for a qualifier of it: the amount of a herb in a formula."""
    asked_for = {
        tag.value: n
        for n, word in enumerate(context.reading.words)
        for tag in word.tags
        if tag.kind is TagKind.QUALIFIER
    }
    for first, second in product(anchors, repeat=2):
        for move in context.moves[next(iter(first.types))]:
            relation = context.schema.relations[move.step.relation]
            words = frozenset(asked_for[key] for key in relation.qualifiers if key in asked_for)
            if (
                first is second
                or not words
                or not move.only
                or not move.step.forward
                or move.target not in second.types
            ):
                continue
            asked = (Asked(first.ids[0], relation.id, second.ids[0]),)
            used = words | context.signals.relations.get(relation.id, frozenset())
            yield _finish(context, Check(first.ids[0], move.step, second.ids[0]), 6.0, used, asked=asked)


def _mutual_checks(anchors: Sequence[Named], context: _Context) -> Iterator[Candidate]:
    """Yield checks of a symmetric relation among all named entities of one type."""
    everyone = tuple(i for anchor in anchors for i in anchor.ids)
    types = {anchor.types for anchor in anchors}
    for relation in context.schema.relations.values():
        words = context.signals.relations.get(relation.id, frozenset())
        if relation.symmetric and words and len(types) == 1 and next(iter(types)) <= set(relation.subjects):
            asked = tuple(Asked(a, relation.id, b) for n, a in enumerate(everyone) for b in everyone[n + 1 :])
            step = Step(relation.id)
            plan: Plan = Check(everyone[0], step, everyone[1])
            if len(everyone) > _PAIR:
                plan = Intersect((Expand(Anchor(everyone), step), Anchor(everyone)))
            yield _finish(context, plan, 5.0, words, asked=asked)
        elif relation.symmetric and words:
            sets = [_members(anchor, relation.subjects, context) for anchor in anchors]
            if all(sets):
                first, *rest = [each for each in sets if each is not None]
                joined = rest[0] if len(rest) == 1 else Union(tuple(rest))
                met = Intersect((Expand(first, Step(relation.id)), joined))
                yield _finish(context, met, 5.0, words)


def _members(anchor: Named, kinds: Sequence[str], context: _Context) -> Entities | None:
    """Return what an entity stands for among `kinds`: itself, or the targets of the one relation that leads there."""
    if anchor.types & set(kinds):
        return Anchor(anchor.ids)
    for move in context.moves[next(iter(anchor.types))]:
        if move.only and move.target in kinds and move.step.forward:
            return Expand(Anchor(anchor.ids), move.step)
    return None


def _directed_checks(subject: Named, others: Sequence[Named], context: _Context) -> Iterator[Candidate]:
    """Yield checks of one relation from `subject` to every one of `others`."""
    for step in context.schema.steps_from(subject.types):
        targets_types = context.schema.targets(subject.types, step)
        fits = step.forward and all(other.types & targets_types for other in others)
        if not fits or context.schema.relations[step.relation].symmetric:
            continue
        words = context.signals.relations.get(step.relation, frozenset())
        only = {move.step for move in context.moves[next(iter(subject.types))] if move.only}
        if not words and step not in only:
            continue
        targets = tuple(i for other in others for i in other.ids)
        asked = tuple(Asked(subject.ids[0], step.relation, target) for target in targets)
        plan: Plan = Check(subject.ids[0], step, targets[0])
        if len(targets) > 1:
            plan = Intersect((Expand(Anchor(subject.ids[:1]), step), Anchor(targets)))
        yield _finish(context, plan, 3.0 + 2.0 * bool(words), words, asked=asked)


def _whole_types(context: _Context) -> Iterator[Candidate]:
    """Yield plans without a named entity: all of a type, those with any fact of a relation, or those with the most."""
    schema, operators = context.schema, context.reading.operators()
    for kind in sorted(context.focus or context.signals.types):
        used = context.signals.types.get(kind, frozenset())
        for step in schema.steps_from(frozenset({kind})):
            words = context.signals.relations.get(step.relation, frozenset())
            ranked = operators & {"most", "fewest"}
            others = schema.targets(frozenset({kind}), step) & set(context.signals.types)
            if ranked and (words or others):
                plan: Plan = Top(OfType(kind), step, most="most" in operators)
                yield _finish(context, plan, 3.0 + bool(words) + bool(others), used | words)
            elif words:
                for end in sorted(schema.targets(frozenset({kind}), step)):
                    back = Step(step.relation, forward=not step.forward)
                    yield _finish(context, Expand(OfType(end), back, (kind,)), 1.0, used | words, end=kind)
        yield _finish(context, OfType(kind), 1.5 if operators & {"count", "which"} else 0.0, used, end=kind)


def _counting(candidate: Candidate) -> Candidate:
    if isinstance(candidate.plan, Anchor | OfType | Expand | Intersect | Union | Difference):
        return replace(candidate, plan=Count(candidate.plan))
    return candidate
