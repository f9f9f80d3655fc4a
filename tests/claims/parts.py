"""What tests of prose are written with: what a text states, in the words of the pack."""

from reasoning.answer import ClaimVerdict
from reasoning.claims import CheckedText, extract, verify_text
from reasoning.claims.drafts import Draft, SentenceKind
from reasoning.domain import Domain

__all__ = ["checked", "drafts", "kinds", "said", "spoken", "verdicts"]


def drafts(text: str, domain: Domain) -> list[Draft]:
    """Every claim in the making, in order; of readings in an order of their own, the first."""
    found = [draft for sentence in extract(text, domain).sentences for draft in sentence.drafts]
    first: dict[int, Draft] = {}
    for draft in found:
        first.setdefault(draft.choice, draft)
    return [draft for draft in found if draft.choice >= 0 or first[draft.choice] is draft]


def kinds(text: str, domain: Domain) -> list[SentenceKind]:
    """How each sentence was treated."""
    return [sentence.kind for sentence in extract(text, domain).sentences]


def said(text: str, domain: Domain, language: str = "zh") -> set[str]:
    """What a text states: `subject RELATION object`, `¬` for a denial, amounts and qualifiers behind."""
    return {spoken(draft, domain, language) for draft in drafts(text, domain) if draft.predicate}


def spoken(draft: Draft, domain: Domain, language: str) -> str:
    names = {e.id: e.label(language) for e in domain.pack.graph.entities}
    ends = (names.get(draft.subject, "?"), draft.predicate, names.get(draft.object, "?") if draft.object else "·")
    words = [("¬" if draft.negated else "") + " ".join(ends)]
    if (amount := draft.quantity) is not None:
        low, high = ("" if end is None else f"{end:g}" for end in (amount.low, amount.high))
        words.append(f"{low}~{high}{amount.unit}" + (f"/{amount.basis}" if amount.basis else ""))
    words += [f"{key}={value}" for key, value in draft.qualifiers]
    if draft.reason is not None:
        words.append(f"!{draft.reason}")
    return " ".join(words)


async def checked(text: str, domain: Domain, language: str = "") -> CheckedText:
    """The text checked against the domain's own store."""
    async with domain.store.snapshot() as snapshot:
        return await verify_text(text, domain, snapshot, language=language)


async def verdicts(text: str, domain: Domain) -> list[ClaimVerdict]:
    """Every verdict, in order."""
    return list((await checked(text, domain)).verdicts)
