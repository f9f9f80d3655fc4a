"""The rule planner: every plan that type-checks and that the question's words suggest, best first.

The question's form (list, count, yes or no, comparison) comes from its operators (`form`); the anchors
are the entities that it names; what joins them is a scored relation path (`paths`). How much of the
question a plan accounts for is part of its score, and the words that it leaves over are kept, because
coverage and never a model decides whether to answer.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from kg.query.plan import Paths, Plan
from kg.schema import Schema
from reasoning.planning.amounts import measured
from reasoning.planning.checks import checks, details, mutual_checks, qualified
from reasoning.planning.form import Candidate, context_of, finish, is_yes_no
from reasoning.planning.lists import contrast, counting, joint, lookups, single
from reasoning.planning.paths import Moves
from reasoning.planning.whole import whole_types
from reasoning.reading import Reading

__all__ = ["propose"]

_MOST_CANDIDATES: Final = 6
_PAIR: Final = 2


def propose(reading: Reading, schema: Schema, moves: Moves, *, max_hops: int) -> tuple[Candidate, ...]:
    """Return the candidate plans for a question, best first; none if nothing type-checks."""
    context = context_of(reading, schema, moves, max_hops)
    anchors = [a for n, a in enumerate(reading.named) if a.ids not in {b.ids for b in reading.named[:n]}]  # each once
    operators = reading.operators()
    found: list[Candidate] = []
    if is_yes_no(reading) or "why" in operators:
        found += checks(anchors, context)
    else:
        found += details(anchors, context)
        found += qualified(anchors, context)
        if len(anchors) > _PAIR:  # a list of things and a relation among them: which of them are so related
            found += mutual_checks(anchors, context)
    if len(anchors) > 1:
        found += joint(anchors, context)
        found += contrast(anchors, context)
    if len(anchors) == 1:
        found += single(anchors[0], context)
    if len(anchors) == _PAIR and "path" in operators:
        between = Paths(anchors[0].ids[0], anchors[1].ids[0], max_hops)
        found.append(replace(finish(context, between, 2.5, context.content), signalled=True))
    found += lookups(anchors, context)
    found += measured(anchors, context)
    if not anchors:
        found += whole_types(context)
    if "count" in operators:
        found = [counting(candidate) for candidate in found]
    return _ranked(found)


def _ranked(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return the best candidates, each plan once."""
    best: dict[Plan, Candidate] = {}
    for candidate in found:
        if candidate.plan not in best or best[candidate.plan].score < candidate.score:
            best[candidate.plan] = candidate
    return tuple(sorted(best.values(), key=lambda c: (-c.score, str(c.plan)))[:_MOST_CANDIDATES])
