"""Relation paths that type-check from an entity, scored by what the question signals.

A path is scored step by step: a step whose relation the question names earns; a step that the types
leave no choice about (between a formula and a herb there is one relation) costs little. No other step
is taken: a relation that neither words nor types call for is never guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from kg.schema import Schema, Step

__all__ = ["Move", "Moves", "Path", "Signals", "moves_of", "paths_from", "starts"]

_SIGNALLED = 3.0
_IMPLIED = -0.4
_HOP = -0.3
_TYPE_PASSED = 0.8
_MOST_PATHS = 60


@dataclass(frozen=True, slots=True)
class Move:
    """One step to one type; `only` says that no other relation is implied between the two types."""

    step: Step
    target: str
    only: bool
    symmetric: bool


Moves: TypeAlias = Mapping[str, tuple[Move, ...]]


@dataclass(frozen=True, slots=True)
class Signals:
    """What a question signals: relations and types, each with the numbers of the words that say so.

    `only` holds the words that name one direction of their relation (the ingredients of, but not: contains).
    """

    relations: Mapping[str, frozenset[int]]
    types: Mapping[str, frozenset[int]]
    only: Mapping[int, bool] = field(default_factory=dict)

    def of(self, step: Step) -> frozenset[int]:
        """Return the words that call for a step in its direction."""
        words = self.relations.get(step.relation, frozenset())
        return frozenset(word for word in words if self.only.get(word, step.forward) is step.forward)


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from an entity of `start` types to `end`; `used` are the numbers of the words it accounts for."""

    steps: tuple[Step, ...]
    end: str
    score: float
    used: frozenset[int]
    is_called_for: bool = False


def moves_of(schema: Schema) -> Moves:
    """Return every step that type-checks from each type, worked out once for a schema."""
    moves: dict[str, tuple[Move, ...]] = {}
    for kind in schema.types:
        reached = [
            (step, target)
            for step in schema.steps_from(frozenset({kind}))
            for target in sorted(schema.targets(frozenset({kind}), step))
        ]
        implied = [target for step, target in reached if schema.relations[step.relation].implied]
        moves[kind] = tuple(
            Move(
                step,
                target,
                relation.implied and target != kind and implied.count(target) == 1,
                symmetric=relation.symmetric,
            )
            for step, target in reached
            for relation in (schema.relations[step.relation],)
        )
    return moves


def starts(schema: Schema, step: Step) -> frozenset[str]:
    """Return the types from which a step can be taken."""
    relation = schema.relations[step.relation]
    if relation.symmetric:
        return frozenset((*relation.subjects, *relation.objects))
    return frozenset(relation.subjects if step.forward else relation.objects)


def paths_from(start: frozenset[str], signals: Signals, moves: Moves, *, max_hops: int) -> tuple[Path, ...]:
    """Return the paths from entities of the `start` types, best first; the empty path is not among them.

    A path ends where a word or a type asked for calls for it (`is_called_for`): one that goes on without is never
    meant on its own, though it may meet another that is.
    """
    found: list[Path] = []
    frontier = [Path((), kind, 0.0, frozenset()) for kind in sorted(start)]
    for _ in range(max_hops):
        frontier = [longer for path in frontier for longer in _extend(path, signals, moves)]
        frontier.sort(key=_rank)
        frontier = frontier[:_MOST_PATHS]
        found += frontier
    return tuple(sorted(found, key=_rank))


def _rank(path: Path) -> tuple[float, int, tuple[tuple[str, bool], ...]]:
    return (-path.score, len(path.steps), tuple((step.relation, step.forward) for step in path.steps))


def _extend(path: Path, signals: Signals, moves: Moves) -> Iterator[Path]:
    for move in moves[path.end]:
        if _turns_back(path.steps, move.step, symmetric=move.symmetric):
            continue
        # A word pays once: 同用 asks for one step of its relation, not for two.
        words = signals.of(move.step) - path.used
        if not words and not move.only:
            continue
        type_words = signals.types.get(move.target, frozenset())
        gain = (
            (_SIGNALLED * len(words) if words else _IMPLIED) + _HOP + (_TYPE_PASSED if type_words - path.used else 0.0)
        )
        fresh = bool(words or type_words - path.used)
        used = path.used | words | type_words
        yield Path((*path.steps, move.step), move.target, path.score + gain, used, fresh)


def _turns_back(steps: Sequence[Step], step: Step, *, symmetric: bool) -> bool:
    if not steps or steps[-1].relation != step.relation:
        return False
    return symmetric or steps[-1].forward != step.forward
