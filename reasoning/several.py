"""Several questions in one: each is answered on its own, and all of them in one text that is verified as a whole."""

import re
from collections.abc import Sequence
from typing import Final

from reasoning.answer import Outcome
from reasoning.conversation import Understood, turn_of, understood
from reasoning.domain import Domain
from reasoning.draft import Draft
from reasoning.reading import read
from reasoning.state import Run, State
from reasoning.steps.draft import shown_of_total

__all__ = ["joined", "questions_in"]

_END: Final = re.compile(r"[?？]+[\s”\"')）]*")
_MOST: Final = 6
_TOLD: Final = (Outcome.ANSWERED, Outcome.CONTRADICTED, Outcome.PREMISE_REFUTED)


def questions_in(said: str, domain: Domain, language: str) -> tuple[str, ...]:
    """Return the questions that a text asks, each in whole words; the text itself if it is one question.

    A question begins after a question mark. What a later one leaves unsaid is taken from the one before it.
    """
    parts = [part.strip() for part in _END.split(said) if part.strip()]
    if not 1 < len(parts) <= _MOST or any(not _asks(part, domain, language) for part in parts[:1]):
        return (said,)
    found: list[str] = []
    for part in parts:
        if found:
            part = understood(part, turn_of(Understood(found[-1]), domain, language, {}), domain, language).text  # noqa: PLW2901
        found.append(part)
    return tuple(found) if all(_asks(part, domain, language) for part in found) else (said,)


def _asks(said: str, domain: Domain, language: str) -> bool:
    """Say whether a text names something and says more than the name."""
    reading = read(said, domain.index, domain.lexicon, language)
    words = [word for word in reading.words if any(tag.kind != "separator" for tag in word.tags)]
    return bool(reading.named) and bool(words)


def joined(states: Sequence[State], run: Run) -> State:
    """Return the state of one answer to several questions: their drafts in order, and all that these rest on."""
    outcomes = [state["outcome"] for state in states]
    told = [outcome in _TOLD for outcome in outcomes]
    outcome = outcomes[0]
    if len(set(outcomes)) > 1:
        outcome = Outcome.ANSWERED if all(told) else Outcome.PARTIAL if any(told) else outcome
    counted = [shown_of_total(state, run) for state in states if "result" in state]
    last: State = {**states[-1]}
    last["outcome"] = outcome
    last["draft"] = Draft(tuple(sentence for state in states for sentence in state["draft"].sentences))
    last["facts"] = {name: fact for state in states for name, fact in state["facts"].items()}
    last["entities"] = {name: each for state in states for name, each in state["entities"].items()}
    last["findings"] = tuple(dict.fromkeys(finding for state in states for finding in state["findings"]))
    last["plans"] = tuple(state["candidate"].plan for state in states if "candidate" in state)
    last["shown"] = (sum(shown for shown, _ in counted), sum(total for _, total in counted))
    return last
