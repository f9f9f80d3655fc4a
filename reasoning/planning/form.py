"""What a question asks for, before any plan: its form, its signals, the pairs that it states.

And what planning yields: candidates, each with what it leaves unexplained.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Final

from kg.model import Scalar
from kg.query.plan import Plan
from kg.schema import Schema
from reasoning.answer import Quantity
from reasoning.lexicon import TagKind, Word
from reasoning.planning.paths import Moves, Signals
from reasoning.reading import Reading

__all__ = ["Asked", "Candidate", "Context", "context_of", "finish", "is_yes_no", "stated_pairs"]

_UNUSED_WORD: Final = -2.0
_SIDES: Final = ("above", "at_least", "below", "at_most", "lower_end")
_STEERING: Final = frozenset({TagKind.RELATION, TagKind.VALUE, TagKind.QUALIFIER})


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
class Context:
    """A reading, prepared for planning.

    Attributes:
        reading: the segmented question.
        schema: the pack's schema.
        moves: the steps that type-check from each type.
        signals: which words signal which relations and types.
        content: numbers of the words that a plan has to account for.
        steering: `content`, and words that may carry nothing (how much).
        focus: the types that the question asks for; empty if it names none.
        where: qualifier, value and number of each word that names a qualifier's value.
        max_hops: the longest path to consider.
    """

    reading: Reading
    schema: Schema
    moves: Moves
    signals: Signals
    content: frozenset[int]
    steering: frozenset[int]
    focus: frozenset[str]
    where: tuple[tuple[str, Scalar, int], ...]
    max_hops: int


def context_of(reading: Reading, schema: Schema, moves: Moves, max_hops: int) -> Context:
    """Gather what a reading signals."""
    relations: dict[str, set[int]] = {}
    types: dict[str, set[int]] = {}
    only: dict[int, bool] = {}
    where = []
    leave = _mere_leave(reading)
    for number, word in enumerate(reading.words):
        for tag in () if number in leave else word.tags:
            if tag.kind is TagKind.RELATION and tag.detail:
                only[number] = tag.detail == "forward"
            if tag.kind is TagKind.RELATION:
                relations.setdefault(tag.value, set()).add(number)
            elif tag.kind is TagKind.TYPE:
                types.setdefault(tag.value, set()).add(number)
            elif tag.kind in (TagKind.VALUE, TagKind.QUALIFIER):
                for relation in schema.relations.values():
                    if tag.value in relation.qualifiers:
                        relations.setdefault(relation.id, set()).add(number)
            if tag.kind is TagKind.VALUE:
                where.append((tag.value, tag.detail, number))
    kinds = [{tag.kind for tag in word.tags} for word in reading.words]
    steering = frozenset(number for number, found in enumerate(kinds) if found & _STEERING)
    light = {number for number, found in enumerate(kinds) if found & {TagKind.NEUTRAL, TagKind.FUNCTION}} | leave
    signals = Signals(
        {key: frozenset(value) for key, value in relations.items()},
        {key: frozenset(value) for key, value in types.items()},
        only,
    )
    return Context(reading, schema, moves, signals, steering - light, steering, _focus(reading), tuple(where), max_hops)


def _mere_leave(reading: Reading) -> set[int]:
    """Return the words for leave (能用几克), or for a side of an amount, that ask for nothing beside other words."""
    mere = {"permit", *(_SIDES if reading.amounts else ())}
    leave = {
        n
        for n, word in enumerate(reading.words)
        if any(tag.kind is TagKind.OPERATOR and tag.value in mere for tag in word.tags)
    }
    asking = {TagKind.RELATION, TagKind.QUALIFIER}
    others = (word for n, word in enumerate(reading.words) if n not in leave)
    is_asked = bool(reading.amounts) or any(tag.kind in asking for word in others for tag in word.tags)
    return leave if is_asked else set()


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
    among = [word.start for word, tag in reading.tagged(TagKind.OPERATOR) if tag.value == "among"]
    if reading.language == "zh" and questions and (inside := {k for word, k in typed if word.end in among}):
        return frozenset(inside)  # 方剂里…的有哪些
    if reading.language != "zh" and typed and not questions and not is_yes_no(reading):
        first = typed[0][0]  # herbs that are …
        if _adjoins(reading, 0, first.start) and all(name.start > first.start for name in reading.named):
            return frozenset(kind for word, kind in typed if word == first)
    if reading.language == "zh" and typed and not is_yes_no(reading):
        last = typed[-1][0]
        tail = [word for word in reading.words if word.start >= last.end and not _is_light(word)]
        if not tail and not any(name.start >= last.end for name in reading.named):
            return frozenset(kind for word, kind in typed if word == last)
    return frozenset()


def _adjoins(reading: Reading, start: int, end: int) -> bool:
    """Say whether only names (how many toxic herbs) and light words stand between two positions."""
    return all(_is_light(word) for word in reading.words if start <= word.start < end)


def _is_light(word: Word) -> bool:
    kinds = {tag.kind for tag in word.tags}
    return kinds <= {TagKind.FUNCTION, TagKind.OPERATOR, TagKind.NEUTRAL, TagKind.SEPARATOR}


def is_yes_no(reading: Reading) -> bool:
    """Say whether a question asks for yes or no rather than for things.

    Where words are separated by spaces the auxiliary has to open a clause: `formulas that are …` asks for formulas.
    """
    if reading.operators() & {"which", "count", "why", "agree"}:
        return False
    asking = [word for word, tag in reading.tagged(TagKind.OPERATOR) if tag.value == "yes_no"]
    if reading.language == "zh":
        return bool(asking) or reading.alternates
    return any(_opens_clause(reading.text, word.start) for word in asking)


def _opens_clause(text: str, start: int) -> bool:
    before = text[:start].rstrip()
    return not before or not before[-1].isalnum()


def stated_pairs(reading: Reading, schema: Schema, moves: Moves) -> tuple[Asked, ...]:
    """Return what a question states about the entities that it names: pairs that one checkable relation joins.

    Only relations whose facts can refute (functional or closed) count, and only if no other relation
    joins the two types.
    """
    stated: list[Asked] = []
    if reading.operators() & {"either", "except"}:
        return ()
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


def finish(  # noqa: PLR0913  one for each thing that a candidate has
    context: Context,
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
