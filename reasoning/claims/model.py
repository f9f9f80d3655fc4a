"""A model proposes claims for sentences that the patterns leave over; what it says is checked word by word.

The model picks a relation and two names. A proposal counts only if the relation is one of the schema that fits the
types of the names, if both names stand in the sentence as names of one thing each, if it denies where the sentence
denies, and if the sentence neither asks nor doubts nor speaks of a condition. Amounts and qualifiers are never taken
from a model. The graph judges what is left, like any other claim.
"""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from kg.schema import Relation, Schema
from reasoning.budget import Budget
from reasoning.claims.drafts import Draft, Extraction, Read, SentenceKind
from reasoning.claims.scope import is_denied
from reasoning.claims.statements import MarkKind
from reasoning.claims.token import Token
from reasoning.lexicon import plain
from reasoning.llm.calls import Prompt, fill
from reasoning.llm.errors import ModelUnavailable

if TYPE_CHECKING:
    from reasoning.domain import Domain

__all__ = ["completed", "proposed"]

_LOG: Final = logging.getLogger(__name__)
_MOST_SENTENCES: Final = 8
_MOST_CLAIMS: Final = 6  # of one sentence
_MOST_TOKENS: Final = 256
_LONGEST_SENTENCE: Final = 400  # characters shown to the model
_UNSURE: Final = (
    MarkKind.DOUBT,
    MarkKind.SILENCE,
    MarkKind.CONDITION,
    MarkKind.QUESTION,
    MarkKind.COMPARISON,
    MarkKind.CIRCUMSTANCE,
    MarkKind.PROHIBITION,
    MarkKind.PERMISSION,
)
_SYSTEM: Final = (
    "You list what a sentence states. Each claim has a subject and an object, copied from the names given, and one of "
    "the relations given. List only what the sentence itself says; if it says none of these, give an empty list."
)


async def completed(extraction: Extraction, domain: "Domain", budget: Budget) -> Extraction:
    """Return the extraction with the claims that a model adds to it; without them where the model does not answer."""
    if domain.model is None:
        return extraction
    read = list(extraction.sentences)
    open_sentences = [number for number, sentence in enumerate(read) if sentence.needs_model]
    for number in open_sentences[:_MOST_SENTENCES]:
        sentence = read[number]
        names, relations = _names(sentence.tokens), _relations(sentence.tokens, domain.pack.schema)
        if not budget.may_call_model():
            break
        if len(names) < 2 or not relations:  # noqa: PLR2004  a claim has two ends
            continue
        words = extraction.text[sentence.start : sentence.end].strip()[:_LONGEST_SENTENCE]
        try:
            filled = await fill(
                domain.model,
                _prompt(words, names, relations),
                _schema(names, relations),
                max_tokens=_MOST_TOKENS,
                timeout=budget.deadline.remaining(),
            )
        except ModelUnavailable as error:
            _LOG.warning("sentences are checked without a model: %s", error)
            break
        budget.spend_model_call(input_tokens=filled.spent.input_tokens, output_tokens=filled.spent.output_tokens)
        added = proposed(filled.value, sentence, domain.pack.schema)
        if added:
            kept = tuple(draft for draft in sentence.drafts if draft.predicate)
            read[number] = replace(sentence, kind=SentenceKind.PARTLY_CHECKED, drafts=(*kept, *added))
    return replace(extraction, sentences=tuple(read))


def proposed(value: Mapping[str, Any] | None, sentence: Read, schema: Schema) -> tuple[Draft, ...]:
    """Return the claims of a model's reply that the words of the sentence bear out, without those already found."""
    claims = value.get("claims") if value else None
    if not isinstance(claims, list) or any(token.has(*_UNSURE) for token in sentence.tokens):
        return ()
    names = _names(sentence.tokens)
    denied = is_denied(sentence.tokens)
    known = {(draft.subject, draft.predicate, draft.object) for draft in sentence.drafts}
    found: dict[tuple[str, str, str], Draft] = {}
    for claim in claims[:_MOST_CLAIMS]:
        if not isinstance(claim, Mapping):
            continue
        relation = schema.relations.get(str(claim.get("relation")))
        subject, obj = names.get(plain(str(claim.get("subject")))), names.get(plain(str(claim.get("object"))))
        if relation is None or subject is None or obj is None or claim.get("negated", False) is not denied:
            continue
        ends = _ends(subject, obj, relation)
        if ends is None or relation.quantity or (ends[0], relation.id, ends[1]) in known:
            continue
        start, end = min(subject.start, obj.start), max(subject.end, obj.end)
        found.setdefault(
            (ends[0], relation.id, ends[1]), Draft(start, end, ends[0], relation.id, ends[1], negated=denied)
        )
    return tuple(found.values())


def _ends(subject: Token, obj: Token, relation: Relation) -> tuple[str, str] | None:
    """Return the ids of both ends; None if a name is of another type, or of several things."""
    if subject.named is None or obj.named is None:
        return None
    first, second = subject.named.of(relation.subjects), obj.named.of(relation.objects)
    return (first[0], second[0]) if len(first) == len(second) == 1 and first != second else None


def _names(tokens: Iterable[Token]) -> dict[str, Token]:
    return {token.text: token for token in tokens if token.named is not None}


def _relations(tokens: Sequence[Token], schema: Schema) -> tuple[Relation, ...]:
    """Return the relations that may hold between two names of a sentence."""
    kinds = {kind for token in tokens if token.named for kind in token.named.kinds}
    return tuple(
        relation
        for relation in schema.relations.values()
        if not relation.quantity and kinds & set(relation.subjects) and kinds & set(relation.objects)
    )


def _prompt(words: str, names: Iterable[str], relations: Iterable[Relation]) -> Prompt:
    listed = "; ".join(f"{relation.id} ({relation.label.get('en', relation.id)})" for relation in relations)
    return Prompt(_SYSTEM, f"Relations: {listed}\nNames: {'; '.join(names)}\nSentence: {words}\nClaims:")


def _schema(names: Iterable[str], relations: Iterable[Relation]) -> Mapping[str, Any]:
    name = {"type": "string", "enum": sorted(names)}
    claim = {
        "type": "object",
        "properties": {
            "subject": name,
            "relation": {"type": "string", "enum": [relation.id for relation in relations]},
            "object": name,
            "negated": {"type": "boolean"},
        },
        "required": ["subject", "relation", "object", "negated"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {"claims": {"type": "array", "items": claim, "maxItems": _MOST_CLAIMS}},
        "required": ["claims"],
        "additionalProperties": False,
    }
