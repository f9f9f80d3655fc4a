"""Prose by a model, taken only if every word of it is accounted for by the facts that it cites.

The model sees numbered facts in words and writes one or two sentences with `[n]` markers. A sentence
is kept if it cites, if every entity in it stands at an end of a cited fact, if every word that signals
a relation signals a cited one, and if it has no amount, no negation and no word that nothing explains.
Facts on which safety depends are never given to the model: templates say those.
"""

import re
from collections.abc import Sequence
from functools import partial
from typing import Final

from kg.model import Fact
from kg.schema import Criticality
from reasoning.answer import DraftDelta
from reasoning.draft import Sentence, constant
from reasoning.lexicon import TagKind
from reasoning.llm.calls import Prompt, Spent, write
from reasoning.phrasing import Naming
from reasoning.reading import read
from reasoning.state import Run

__all__ = ["accounted_for", "summarise"]

_MARKER: Final = re.compile(r"\[(\d{1,3})\]")
_SENTENCE: Final = re.compile(r"[^。！？!?\n.]+(?:[。！？!?\n]|\.(?!\d)|$)(?:\s*\[\d{1,3}\])*")
_MOST_FACTS: Final = 12
_MOST_TOKENS: Final = 96
_BARRED: Final = frozenset({"except", "why", "since", "most", "fewest"})
_SYSTEM: Final = (
    "You summarise numbered facts in one or two plain sentences, in the language of the question. "
    "Use only these facts and put the number of each fact that a sentence rests on behind it, like [2]. "
    "Add nothing."
)


async def summarise(facts: Sequence[Fact], naming: Naming, run: Run) -> tuple[Sentence, ...]:
    """Return the sentences of the model's summary that their own citations account for."""
    relations = run.domain.pack.schema.relations
    given = [f for f in facts if relations[f.predicate].criticality is not Criticality.SAFETY][:_MOST_FACTS]
    if not given or run.domain.model is None or not run.budget.may_call_model():
        return ()
    lines = [f"[{n}] {run.phrasing.statement(fact, naming.short)}" for n, fact in enumerate(given, start=1)]
    prompt = Prompt(_SYSTEM, "\n".join((f"Question: {run.question.text}", *lines, "Summary:")))
    written = ""
    async for piece in write(
        run.domain.model, prompt, max_tokens=_MOST_TOKENS, timeout=run.budget.deadline.remaining()
    ):
        if isinstance(piece, Spent):
            run.budget.spend_model_call(input_tokens=piece.input_tokens, output_tokens=piece.output_tokens)
        else:
            run.pending.append(DraftDelta(piece))
            written += piece
    kept = []
    for match in _SENTENCE.finditer(written):
        numbers = [int(number) for number in _MARKER.findall(match[0])]
        if not numbers or not all(1 <= number <= len(given) for number in numbers):
            continue
        cited = tuple(given[number - 1] for number in dict.fromkeys(numbers))
        words = _MARKER.sub("", match[0]).strip().rstrip("。.！!？?").strip()
        if words and accounted_for(words, cited, run):
            kept.append(Sentence(partial(constant, words), facts=cited))
    return tuple(kept)


def accounted_for(words: str, cited: Sequence[Fact], run: Run) -> bool:
    """Say whether everything that a sentence says is said by the facts that it cites."""
    reading = read(words, run.domain.index, run.domain.lexicon, run.language)
    ends = {end for fact in cited for end in (fact.subject, fact.object)}
    relations = {fact.predicate for fact in cited}
    if reading.leftovers or reading.amounts or reading.operators() & _BARRED or not reading.named:
        return False
    if not all(set(named.ids) & ends for named in reading.named):
        return False
    if not ends <= {i for named in reading.named for i in named.ids}:
        return False
    for word in reading.words:
        signalled = {tag.value for tag in word.tags if tag.kind is TagKind.RELATION}
        light = any(tag.kind in (TagKind.FUNCTION, TagKind.NEUTRAL) for tag in word.tags)
        if signalled and not light and not signalled & relations:
            return False
        if any(tag.kind in (TagKind.GUARD, TagKind.VALUE) for tag in word.tags):
            return False
    return True
