"""Our own arms: the graph alone, the whole service, and the whole without one of its steps."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from reasoning.answer import Answer, Completed, Question, StepKind
from reasoning.ask import ask
from reasoning.budget import Budget, Deadline
from reasoning.conversation import Conversations
from reasoning.domain import Domain
from reasoning.evaluation.questions import Case
from services.evaluation.arms import Tell, Told

__all__ = ["own_arm"]

_LEFT_OUT: Final = {"no_verifier": frozenset({StepKind.VERIFY}), "no_safety": frozenset({StepKind.CHECK_SAFETY})}


def own_arm(name: str, domain: Domain, seconds: float) -> Tell:
    """Return one of our arms; `graph` is without a model, the others let it write."""
    used = replace(domain, model=None, model_name="") if name == "graph" else domain
    memory = Conversations()

    async def answer(case: Case, conversation: str) -> Answer:
        question = Question(case.question, context=case.context, conversation=conversation, asker=name)
        budget = Budget(Deadline.after(seconds))
        left_out = _LEFT_OUT.get(name, frozenset())
        events = ask(question, used, budget=budget, prose=name != "graph", memory=memory, left_out=left_out)
        async for event in events:
            if isinstance(event, Completed):
                return event.answer
        message = "an answer ended without being completed"
        raise RuntimeError(message)

    async def tell(case: Case, earlier: Sequence[Case]) -> Told:
        conversation = ""
        for each in earlier:
            conversation = (await answer(each, conversation)).conversation
        found = await answer(case, conversation)
        return Told(
            text=found.text,
            outcome=found.outcome.value,
            plan=tuple(step.description for step in found.plan.steps),
            facts=tuple(fact.id for fact in found.evidence.facts),
            model_calls=found.usage.model_calls,
            input_tokens=found.usage.input_tokens,
            output_tokens=found.usage.output_tokens,
        )

    return tell
