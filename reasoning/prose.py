"""Prose by a model, taken only if every word of it is accounted for by facts.

The model sees facts in words and writes one or two sentences. Which facts a sentence rests on is worked
out here, not asked of the model: those of the given facts both of whose ends it names. A sentence is kept
if it names nothing else, if every word that signals a relation signals one of theirs, and if it has no
amount, no negation and no word that nothing explains. Facts on which safety depends are never given to
the model: templates say those.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from kg.model import Fact
from kg.schema import Criticality
from reasoning.answer import DraftDelta, StepKind
from reasoning.draft import Sentence, constant
from reasoning.lexicon import TagKind
from reasoning.llm.calls import Prompt, Spent, write
from reasoning.phrasing import Naming
from reasoning.reading import Reading, read
from reasoning.state import Run

__all__ = ["accounted_for", "summarise"]

_MARKER: Final = re.compile(r"\s*\[\d{1,3}\]")
_SENTENCE: Final = re.compile(r"[^。！？!?\n.]+")
_MOST_FACTS: Final = 5  # more is a list, which reads better as one, and takes seconds to write
_MOST_TOKENS: Final = 96
_BARRED: Final = frozenset({"except", "why", "since", "most", "fewest", "count", "either"})
_SYSTEM: Final = (
    "You say facts in one or two plain, natural sentences, in the language of the question. "
    "Use only the facts given and the names as they are written there. Add nothing."
)


async def summarise(facts: Sequence[Fact], naming: Naming, run: Run) -> tuple[Sentence, ...]:
    """Return the sentences of the model's summary that the facts account for; none unless they tell all of them.

    Raises:
        ModelUnavailable: the model did not answer.
    """
    relations = run.domain.pack.schema.relations
    given = [fact for fact in facts if relations[fact.predicate].criticality is not Criticality.SAFETY]
    if not 0 < len(given) <= _MOST_FACTS or run.domain.model is None or not run.budget.may_call_model():
        return ()
    lines = [f"- {run.phrasing.statement(fact, naming.short)}" for fact in given]
    prompt = Prompt(_SYSTEM, "\n".join((f"Question: {run.question.text}", *lines, "Answer:")))
    written = ""
    async for piece in write(
        run.domain.model, prompt, max_tokens=_MOST_TOKENS, timeout=run.budget.deadline.remaining()
    ):
        if isinstance(piece, Spent):
            run.budget.spend_model_call(input_tokens=piece.input_tokens, output_tokens=piece.output_tokens)
        else:
            run.pending.append(DraftDelta(piece))
            written += piece
    if StepKind.VERIFY in run.left_out and written.strip():
        return (Sentence(partial(constant, written.strip()), facts=tuple(given)),)
    kept = []
    for match in _SENTENCE.finditer(_MARKER.sub("", written)):
        words = match[0].strip()
        if cited := accounted_for(words, given, run):
            kept.append(Sentence(partial(constant, words), facts=cited))
    # Part of a list, said as a sentence, would read as the whole of it.
    told = {fact.id for sentence in kept for fact in sentence.facts}
    return tuple(kept) if told == {fact.id for fact in given} else ()


def accounted_for(words: str, given: Sequence[Fact], run: Run) -> tuple[Fact, ...]:
    """Return the facts that a sentence rests on, or none if it says anything that they do not say."""
    reading = read(words, run.domain.index, run.domain.lexicon, run.language)
    named = {identity for name in reading.named for identity in name.ids}
    cited = tuple(fact for fact in given if fact.subject in named and fact.object in named)
    ends = {end for fact in cited for end in (fact.subject, fact.object)}
    strays = any(not set(name.ids) & ends for name in reading.named)
    barred = reading.operators() & _BARRED or reading.amounts
    if not cited or strays or barred or reading.leftovers or reading.is_vague:
        return ()
    return cited if _says_only(reading, {fact.predicate for fact in cited}) else ()


def _says_only(reading: Reading, relations: set[str]) -> bool:
    """Say whether every word that signals a relation can signal one of `relations`, and none names a qualifier."""
    for word in reading.words:
        kinds = {tag.kind for tag in word.tags}
        signalled = {tag.value for tag in word.tags if tag.kind is TagKind.RELATION}
        if TagKind.VALUE in kinds:
            return False
        if signalled and not signalled & relations and not kinds & {TagKind.FUNCTION, TagKind.NEUTRAL}:
            return False
    return True
