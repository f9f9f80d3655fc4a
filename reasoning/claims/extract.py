"""Reading a text without a graph: its sentences, what each states of what it names, and what nothing reads."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from kg.schema import Schema
from reasoning.answer import Reason, Verdict
from reasoning.claims.assemble import assemble
from reasoning.claims.assembly import Assembly, Topic
from reasoning.claims.content import has_content
from reasoning.claims.drafts import Draft, Extraction, Read, SentenceKind
from reasoning.claims.layout import Section, heading_of, with_section
from reasoning.claims.quantities import count_in
from reasoning.claims.scope import clauses, edition_of, modality_of, unconditional
from reasoning.claims.segments import segment
from reasoning.claims.sentences import sentences
from reasoning.claims.statements import MarkKind
from reasoning.claims.token import Token
from reasoning.claims.tokens import tokenise
from reasoning.lexicon import plain

if TYPE_CHECKING:
    from reasoning.domain import Domain

__all__ = ["extract"]

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def extract(text: str, domain: "Domain") -> Extraction:
    """Return the sentences of a text with the claims that they state; takes time about linear in its length.

    Args:
        text: any text; spans count its characters.
        domain: whose names and statements are looked for.
    """
    text = _SURROGATE.sub("\ufffd", text)  # as long in UTF-8 as what it stands for
    folded = plain(text)
    doc = tokenise(folded)
    tokens = segment(text, folded, doc, domain)
    reader = _Reader(domain, folded)
    found: list[Read] = []
    at = 0
    for start, end in sentences(doc):
        own: list[Token] = []
        while at < len(tokens) and tokens[at].start < end:
            own.append(tokens[at])
            at += 1
        found.append(reader.read(start, end, own))
    return Extraction(text, tuple(found))


@dataclass(slots=True)
class _Reader:
    """Reads sentence after sentence; `topic` is what the last one was about, `heading` what the last heading names."""

    domain: "Domain"
    folded: str
    topic: Topic = field(default_factory=Topic)
    heading: Topic = field(default_factory=Topic)
    section: Section = field(default_factory=Section)

    def read(self, start: int, end: int, tokens: Sequence[Token]) -> Read:
        """Return one sentence."""
        schema = self.domain.pack.schema
        if self.folded[max(0, start - 2) : start].count("\n") > 1:
            self.topic = self.heading
        line = self.folded[start:end]
        heading = heading_of(tokens, line, self.section, schema)
        if heading is not None:
            self.heading = self.topic = Topic(heading) if heading else self.topic
            return Read(start, end, SentenceKind.NON_FACTUAL)
        tokens = with_section(tokens, line, self.section, schema)
        modality = modality_of(tokens)
        topic = self._carried(tokens)
        editions = edition_of(self.folded, start, end, self.domain.statements.editions)
        assembly = Assembly(schema, self.domain.statements, editions, topic)
        if not modality.is_question:
            assemble(unconditional(clauses(tokens)) if modality.is_conditional else clauses(tokens), assembly)
        is_about = _is_about(tokens, topic, schema)
        if assembly.topic.names:
            self.topic = assembly.topic
        if assembly.drafts:
            whole = (
                not assembly.doubts
                and not modality.is_conditional
                and not assembly.is_truncated
                and not _is_left(tokens, assembly.used)
            )
            kind = SentenceKind.FACTUAL if whole else SentenceKind.PARTLY_CHECKED
            inside = (_within(draft, start, end) for draft in assembly.drafts)
            drafts = _once(sorted(inside, key=lambda draft: draft.start))
            return Read(start, end, kind, drafts, needs_model=not whole, tokens=tuple(tokens))
        if not is_about:
            return Read(start, end, SentenceKind.NON_FACTUAL)
        why = "claim_question" if modality.is_question else "claim_conditional" if modality.is_conditional else ""
        why = why or ("claim_doubt" if assembly.doubts else "")
        kind = SentenceKind.NON_FACTUAL if modality.is_question else SentenceKind.FACTUAL
        draft = _within(_unread(tokens, why, schema), start, end)
        return Read(start, end, kind, (draft,), needs_model=not why, tokens=tuple(tokens))

    def _carried(self, tokens: Sequence[Token]) -> Topic:
        """Return what a clause without a subject speaks of; unsure after several things, unless a word means them."""
        if len(self.topic.names) <= 1:
            return self.topic
        plural = any(token.has(MarkKind.PRONOUN) and token.has(MarkKind.ALL) for token in tokens)
        return Topic(self.topic.names, is_sure=plural)


def _within(draft: Draft, start: int, end: int) -> Draft:
    """Return a draft with its span inside its sentence: a word may run over the end of one."""
    return replace(draft, start=max(start, draft.start), end=min(end, draft.end))


def _once(drafts: Iterable[Draft]) -> tuple[Draft, ...]:
    """Leave out what has been said before in the same sentence."""
    kept: dict[Draft, Draft] = {}
    for draft in drafts:
        kept.setdefault(replace(draft, start=0, end=0, choice=0), draft)
    return tuple(kept.values())


def _is_about(tokens: Sequence[Token], topic: Topic, schema: Schema) -> bool:
    """Say whether a sentence is about something of the domain."""
    if any(token.unknown for token in tokens):
        return True
    names = [token.named for token in tokens if token.named is not None]
    if any(not schema.types[kind].is_value for name in names for kind in name.kinds):
        return True
    cues = any(token.cues for token in tokens)
    speaks = any(token.has(MarkKind.PRONOUN) for token in tokens) and bool(topic.names or names)
    return speaks or (cues and bool(names or topic.names))


def _is_left(tokens: Sequence[Token], used: set[int]) -> bool:
    """Say whether a sentence states more than its claims rest on."""
    for token in tokens:
        if any(cue.is_last for cue in token.cues) and token.start not in used:
            return True
        if token.start in used or token.is_break or token.is_filler:
            continue
        sized = token.amount is not None and token.amount.unit
        if token.named is not None or token.unknown or sized or token.cues:
            return True
        if count_in(token.text) is None and has_content(token.text):
            return True
    return any(token.has(MarkKind.CIRCUMSTANCE, MarkKind.DOUBT, MarkKind.COMPARISON) for token in tokens)


def _unread(tokens: Sequence[Token], why: str, schema: Schema) -> Draft:
    """Return the one claim in the making of a sentence that states nothing that could be read."""
    start, end = (tokens[0].start, tokens[-1].end) if tokens else (0, 0)
    names = [token.named for token in tokens if token.named is not None]
    things = [name for name in names if not all(schema.types[kind].is_value for kind in name.kinds)]
    unknown = next((token.unknown for token in tokens if token.unknown), "")
    subject = "" if unknown else next((name.ids[0] for name in things if len(name.ids) == 1), "")
    ambiguous = next((name for name in names if name.is_ambiguous), None)
    verdict, reason, about = Verdict.NOT_CHECKABLE, Reason.UNCHECKED, ""
    if not why and unknown:
        why, reason, about = "claim_unlinked", Reason.UNLINKED, unknown
    elif not why and ambiguous is not None:
        why, reason, about = "claim_ambiguous", Reason.AMBIGUOUS, "\n".join((ambiguous.text, *ambiguous.ids))
    return Draft(start, end, subject, verdict=verdict, reason=reason, why=why or "claim_unread", about=about)
