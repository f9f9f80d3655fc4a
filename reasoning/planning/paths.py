"""Relation paths that type-check from an entity, scored by what the question signals.

A path is scored step by step: a step whose relation the question names earns, a step that the types
leave no choice about costs little, any other step costs much and at most one is allowed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.schema import Schema, Step

__all__ = ["Path", "Signals", "paths_from"]

_SIGNALLED = 3.0
_IMPLIED = -0.4
_GUESSED = -2.5
_HOP = -0.3
_TYPE_PASSED = 0.8
_MOST_PATHS = 400


@dataclass(frozen=True, slots=True)
class Signals:
    """What a question signals: relations and types, each with the numbers of the words that say so."""

    relations: Mapping[str, frozenset[int]]
    types: Mapping[str, frozenset[int]]


@dataclass(frozen=True, slots=True)
class Path:
    """Steps from an entity of `start` types to `end`; `used` are the numbers of the words it accounts for."""

    steps: tuple[Step, ...]
    end: str
    score: float
    used: frozenset[int]
    signalled: int


def paths_from(start: frozenset[str], signals: Signals, schema: Schema, *, max_hops: int) -> tuple[Path, ...]:
    """Return the promising paths from entities of the `start` types, best first; the empty path is not among them."""
    found: list[Path] = []
    frontier = [Path((), kind, 0.0, frozenset(), 0) for kind in sorted(start)]
    for _ in range(max_hops):
        frontier = [longer for path in frontier for longer in _extend(path, signals, schema)]
        frontier.sort(key=_rank)
        frontier = frontier[:_MOST_PATHS]
        found += frontier
    return tuple(sorted(found, key=_rank))


def _rank(path: Path) -> tuple[float, int, str]:
    return (-path.score, len(path.steps), str(path.steps))


def _extend(path: Path, signals: Signals, schema: Schema) -> Iterator[Path]:
    guessed = path.signalled < len(path.steps) and path.score < _GUESSED
    for step in schema.steps_from(frozenset({path.end})):
        relation = schema.relations[step.relation]
        if _turns_back(path.steps, step, symmetric=relation.symmetric):
            continue
        words = signals.relations.get(step.relation, frozenset())
        for target in sorted(schema.targets(frozenset({path.end}), step)):
            if words:
                gain = _SIGNALLED
            elif _is_only_way(path.end, target, step, schema):
                gain = _IMPLIED
            elif guessed:
                continue
            else:
                gain = _GUESSED
            type_words = signals.types.get(target, frozenset())
            gain += _HOP + (_TYPE_PASSED if type_words - path.used else 0.0)
            yield Path(
                (*path.steps, step), target, path.score + gain, path.used | words | type_words, path.signalled + bool(words)
            )


def _turns_back(steps: Sequence[Step], step: Step, *, symmetric: bool) -> bool:
    if not steps or steps[-1].relation != step.relation:
        return False
    return symmetric or steps[-1].forward != step.forward


def _is_only_way(source: str, target: str, step: Step, schema: Schema) -> bool:
    """Say whether `step` is the only relation between two different types; a term hierarchy is never implied."""
    if source == target:
        return False
    ways = [other for other in schema.steps_from(frozenset({source})) if target in schema.targets(frozenset({source}), other)]
    return ways == [step]
