"""The model planner: one constrained token picks among the rule planner's candidates, or a plan is filled in.

The model sees the question and each candidate in words. It is asked only where the rules are unsure, and
it can choose nothing that does not type-check: candidates are checked plans, and a filled plan names
only steps that the linked types allow.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from kg.query.plan import Anchor, Entities, Expand
from kg.schema import Schema, Step
from reasoning.budget import Budget
from reasoning.domain import Domain
from reasoning.llm.calls import Prompt, choose, fill
from reasoning.llm.errors import ModelUnavailable
from reasoning.planning.form import Candidate
from reasoning.reading import Reading

__all__ = ["Choice", "choose_candidate"]

_SURE_BY: Final = 0.5  # less than one implied step
_MOST_OPTIONS: Final = 4
_CONFIDENT: Final = 0.6
_LETTERS: Final = "ABCD"
_PICK: Final = (
    "You match a question with the lookup that answers it. Each lookup is described after its letter. "
    "Reply with the letter of the lookup that gives exactly what the question asks for."
)
_FILL: Final = (
    "You plan a lookup in a graph. Choose the relations to follow, in order, from the entities named to what is "
    "asked for. A relation that starts with ^ is followed backwards. Reply with JSON."
)


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen candidate (None if there is none), who chose it, and why the model could not, if it could not."""

    candidate: Candidate | None
    planner: str = "rules"
    fault: str = ""


async def choose_candidate(  # noqa: PLR0913  (what a choice is made of)
    reading: Reading,
    candidates: Sequence[Candidate],
    domain: Domain,
    budget: Budget,
    words: Callable[[Candidate], str],
    *,
    sure_by: float = _SURE_BY,
) -> Choice:
    """Choose among candidates, best first; `words` says a candidate as a noun phrase.

    The model is asked where the best score is less than `sure_by` above the next. One that fails or answers beside
    the options leaves the rules' first choice, with the fault said.
    """
    first = candidates[0] if candidates else None
    if domain.model is None or not budget.may_call_model():
        return Choice(first)
    try:
        if first is None or not first.signalled:
            return await _filled(reading, first, domain, budget)
        rivals = [c for c in candidates[:_MOST_OPTIONS] if c.signalled and c.unused == first.unused]
        if len(rivals) == 1 or rivals[0].score - rivals[1].score >= sure_by:
            return Choice(first)
        options = "\n".join(f"{letter}. {words(c)}" for letter, c in zip(_LETTERS, rivals, strict=False))
        prompt = Prompt(_PICK, f"Question: {reading.text}\n{options}\nLetter:")
        picked = await choose(domain.model, prompt, len(rivals), timeout=budget.deadline.remaining())
        budget.spend_model_call(input_tokens=picked.spent.input_tokens, output_tokens=picked.spent.output_tokens)
        if picked.index is None or picked.confidence < _CONFIDENT:
            return Choice(first)
        return Choice(rivals[picked.index], domain.model_name)
    except ModelUnavailable as error:
        return Choice(first, fault=str(error))


async def _filled(reading: Reading, first: Candidate | None, domain: Domain, budget: Budget) -> Choice:
    """Let the model fill a plan where the rules have none; only a question without unexplained words may be filled."""
    model, schema = domain.model, domain.pack.schema
    if model is None or not reading.named or reading.leftovers:
        return Choice(first)
    types = frozenset[str]().union(*(named.types for named in reading.named))
    allowed = _steps_within(types, schema, hops=2)
    shape = {
        "type": "object",
        "properties": {
            "steps": {"type": "array", "items": {"enum": [str(s) for s in allowed]}, "minItems": 1, "maxItems": 2}
        },
        "required": ["steps"],
        "additionalProperties": False,
    }
    prompt = Prompt(_FILL, f"Question: {reading.text}\nTypes named: {', '.join(sorted(types))}\nJSON:")
    filled = await fill(model, prompt, shape, max_tokens=48, timeout=budget.deadline.remaining())
    for _ in range(filled.calls):
        budget.spend_model_call(
            input_tokens=filled.spent.input_tokens // filled.calls,
            output_tokens=filled.spent.output_tokens // filled.calls,
        )
    if filled.value is None:
        return Choice(first, fault="the model's plan did not fit the schema")
    by_name = {str(step): step for step in allowed}
    plan: Entities = Anchor(tuple(i for named in reading.named for i in named.ids))
    reached = types
    for name in filled.value["steps"]:
        step = by_name[name]
        if not (reached := schema.targets(reached, step)):
            return Choice(first, fault="the model's plan does not type-check")
        plan = Expand(plan, step)
    return Choice(Candidate(plan, 0.0, signalled=True), domain.model_name)


def _steps_within(types: frozenset[str], schema: Schema, *, hops: int) -> tuple[Step, ...]:
    steps: dict[Step, None] = {}
    reached = types
    for _ in range(hops):
        new = schema.steps_from(reached)
        steps.update(dict.fromkeys(new))
        reached |= frozenset(kind for step in new for kind in schema.targets(reached, step))
    return tuple(steps)
