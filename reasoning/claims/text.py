"""Verdicts on a text: what it states, judged by the graph; every sentence is accounted for."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from kg.messages import LANGUAGES, text
from kg.model import Entity, Subgraph
from kg.query import read as graph
from kg.store import Snapshot
from reasoning.answer import Claim, ClaimVerdict, Reason, Verdict
from reasoning.budget import Budget
from reasoning.claims.drafts import CheckedSentence, CheckedText, Draft, Extraction, SentenceKind
from reasoning.claims.extract import extract
from reasoning.claims.model import completed
from reasoning.claims.readings import agreed, readings
from reasoning.lexicon import is_wide
from reasoning.verify import Checked, check

if TYPE_CHECKING:
    from reasoning.domain import Domain

__all__ = ["claims_of", "verify_text"]

_IN_A_THREAD: Final = 500  # characters; a longer text would hold up other calls
_WORST: Final = (Verdict.REFUTED, Verdict.NOT_CHECKABLE, Verdict.NOT_ENOUGH_EVIDENCE, Verdict.SUPPORTED)
_UNREAD: Final = Draft(0, 0, why="claim_unread")
_LONGEST_CLAIM: Final = 2000  # characters of a claim's text, as on the wire


async def verify_text(
    words: str, domain: "Domain", snapshot: Snapshot, *, language: str = "", model_budget: Budget | None = None
) -> CheckedText:
    """Check everything that a text states.

    Args:
        words: the text, of up to 20,000 characters; longer ones take longer and are not refused here.
        domain: whose facts decide.
        snapshot: where to read.
        language: of the rationales, `zh` or `en`; the text's own if empty.
        model_budget: what a model may spend on sentences that the patterns leave over; None for no model. A model
            only proposes claims, whose names and relations have to stand in the sentence; the graph judges them.

    Raises:
        GraphUnavailable: the store does not answer.
        BudgetExceeded: the snapshot counts queries, and there are no more to spend.
    """
    chosen = _language(language, words)
    if len(words) > _IN_A_THREAD:
        extraction = await asyncio.to_thread(extract, words, domain)
    else:
        extraction = extract(words, domain)
    if model_budget is not None and domain.model is not None:
        extraction = await completed(extraction, domain, model_budget)
    claims = claims_of(extraction)
    drafts = [draft for sentence in extraction.sentences for draft in sentence.drafts]
    each = [readings(draft, claim) for draft, claim in zip(drafts, claims, strict=True)]
    open_claims = [claim for own in each for claim in own]
    found = await check(open_claims, snapshot, domain.pack.schema, language=chosen)
    judged = iter(found.verdicts)
    names = await _named_in(drafts, snapshot)
    verdicts = [
        agreed([next(judged) for _ in own], draft, domain.pack.schema) or _preset(claim, draft, names, chosen)
        for claim, draft, own in zip(claims, drafts, each, strict=True)
    ]
    kept, checked = _accounted(extraction, drafts, verdicts, chosen)
    return CheckedText(checked, kept, _evidence(kept, found), _overall(checked, kept), snapshot.revision)


def claims_of(extraction: Extraction) -> tuple[Claim, ...]:
    """Return the claims of a text in its order, with their spans in bytes."""
    at = _bytes(extraction.text)
    return tuple(
        Claim(
            text=extraction.text[draft.start : draft.end][:_LONGEST_CLAIM],
            subject=draft.subject,
            predicate=draft.predicate,
            object=draft.object,
            negated=draft.negated,
            quantity=draft.quantity,
            qualifiers=dict(draft.qualifiers),
            start_byte=at[draft.start],
            end_byte=at[draft.end],
        )
        for sentence in extraction.sentences
        for draft in sentence.drafts
    )


def _language(given: str, words: str) -> str:
    own = given.partition("-")[0].lower()
    if own in LANGUAGES:
        return own
    return "zh" if any(is_wide(character) and character.isalpha() for character in words) else "en"


def _bytes(words: str) -> list[int]:
    """Return the UTF-8 offset of every character, and of the end."""
    offsets = [0]
    for character in words:
        code = ord(character)
        offsets.append(offsets[-1] + (1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4))  # noqa: PLR2004  the lengths of UTF-8
    return offsets


async def _named_in(drafts: Iterable[Draft], snapshot: Snapshot) -> Mapping[str, Entity]:
    """Return the entities that rationales name."""
    ids = {identity for draft in drafts if draft.reason is Reason.AMBIGUOUS for identity in draft.about.split("\n")[1:]}
    return await graph.entities(snapshot, ids) if ids else {}


def _preset(claim: Claim, draft: Draft, names: Mapping[str, Entity], language: str) -> ClaimVerdict:
    verdict, reason = draft.verdict or Verdict.NOT_CHECKABLE, draft.reason or Reason.UNCHECKED
    name, _, rest = draft.about.partition("\n")
    candidates = [names[i].label(language, "zh", "en") for i in rest.split("\n") if i in names]
    separator = text("list_separator", language)
    rationale = text(draft.why, language, name=name, candidates=separator.join(candidates))
    return ClaimVerdict(claim, verdict, reason, rationale=rationale, proof=(f"rules/{reason}",))


def _unread(claim: Claim, language: str) -> ClaimVerdict:
    """Return the verdict on a sentence of whose readings none counts."""
    return _preset(replace(claim, predicate="", object="", quantity=None, qualifiers={}), _UNREAD, {}, language)


def _accounted(
    extraction: Extraction, drafts: Sequence[Draft], verdicts: Sequence[ClaimVerdict], language: str
) -> tuple[tuple[ClaimVerdict, ...], tuple[CheckedSentence, ...]]:
    """Return the verdicts that count and the sentences that they belong to; a sentence with claims has one at least."""
    at = _bytes(extraction.text)
    kept: list[ClaimVerdict] = []
    checked: list[CheckedSentence] = []
    position = 0
    for sentence in extraction.sentences:
        own = range(position, position + len(sentence.drafts))
        position += len(sentence.drafts)
        numbers: list[int] = []
        for number in _chosen(own, drafts, verdicts):
            numbers.append(len(kept))
            kept.append(verdicts[number])
        if own and not numbers:
            numbers.append(len(kept))
            kept.append(_unread(verdicts[own[0]].claim, language))
        checked.append(CheckedSentence(at[sentence.start], at[sentence.end], sentence.kind, tuple(numbers)))
    return tuple(kept), tuple(checked)


def _chosen(own: range, drafts: Sequence[Draft], verdicts: Sequence[ClaimVerdict]) -> list[int]:
    """Leave out of claims that say the same in other terms all but the one that the graph compares."""
    by_choice: dict[int, list[int]] = {}
    own_left = [n for n in own if drafts[n].counts_if in {None, verdicts[n].verdict, verdicts[n].reason}]
    for number in own_left:
        if choice := drafts[number].choice:
            by_choice.setdefault(choice, []).append(number)
    best = {
        choice: min(numbers, key=lambda n: (_rank(verdicts[n], is_ordered=choice < 0), n))
        for choice, numbers in by_choice.items()
    }
    left = [n for n in own_left if not drafts[n].choice or best[drafts[n].choice] == n]
    first = {_stated(verdicts[n].claim): n for n in reversed(left)}  # a name of several things may repeat another
    return [n for n in left if first[_stated(verdicts[n].claim)] == n]


def _stated(claim: Claim) -> tuple[object, ...]:
    ends = (claim.subject, claim.predicate, claim.object, claim.negated, claim.quantity)
    # What could not be read is not the same twice.
    return (
        (*ends, *sorted(claim.qualifiers.items())) if claim.subject and claim.predicate else (claim.start_byte, *ends)
    )


def _rank(verdict: ClaimVerdict, *, is_ordered: bool) -> int:
    """Order readings of the same words: what the graph decides before what it does not, and that before no amount.

    Readings that have an order of their own only give way where the graph decides nothing.
    """
    decided = (Verdict.SUPPORTED, Verdict.REFUTED)
    if verdict.verdict in decided:
        return 0 if is_ordered else decided.index(verdict.verdict)
    return 3 if verdict.reason is Reason.BASIS_MISMATCH else 2


def _evidence(verdicts: Iterable[ClaimVerdict], found: Checked) -> Subgraph:
    """Return every fact that a verdict names, and what they are about."""
    ids = dict.fromkeys(fact for v in verdicts for fact in (*v.supporting, *v.refuting, *_proved(v)))
    facts = [found.facts[fact] for fact in ids if fact in found.facts]
    ends = dict.fromkeys(end for fact in facts for end in (fact.subject, fact.object))
    return Subgraph(tuple(found.entities[end] for end in ends if end in found.entities), tuple(facts))


def _proved(verdict: ClaimVerdict) -> tuple[str, ...]:
    return tuple(step.removeprefix("facts/") for step in verdict.proof if step.startswith("facts/"))


def _overall(sentences: Iterable[CheckedSentence], verdicts: Sequence[ClaimVerdict]) -> Verdict | None:
    found = {verdicts[n].verdict for s in sentences if s.kind is not SentenceKind.NON_FACTUAL for n in s.verdicts}
    return next((verdict for verdict in _WORST if verdict in found), None)
