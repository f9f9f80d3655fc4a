"""A draft: sentences that hold facts, and their rendering to text with citations and claim spans.

A sentence is kept as structure until it is rendered, so that a fact that does not survive verification
takes the item that rests on it out of the text, and nothing else.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from kg.messages import text
from kg.model import Fact
from kg.query.plan import Plan
from reasoning.answer import Claim, Quantity
from reasoning.phrasing import Naming, Phrasing

__all__ = ["Draft", "Item", "Rendered", "Sentence", "claim_of", "constant", "render"]

_MOST_VIA = 6


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a sentence lists: `say` writes it; it stands or falls with all of `facts`."""

    say: Callable[[Naming], str]
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A head and items; `head` alone (no items) states the `facts` itself, or nothing if there are none.

    `is_note` marks what the service says about its own answer: it states nothing about the domain.
    """

    head: Callable[[Naming], str]
    items: tuple[Item, ...] = ()
    facts: tuple[Fact, ...] = ()
    claims: tuple[Claim, ...] = ()
    is_note: bool = False

    def all_facts(self) -> tuple[Fact, ...]:
        """Return every fact that the sentence rests on."""
        return (*self.facts, *(fact for item in self.items for fact in item.facts))


@dataclass(frozen=True, slots=True)
class Draft:
    """Sentences in order; `plan` is what they answer."""

    sentences: tuple[Sentence, ...]
    plan: Plan | None = None

    def without(self, refused: frozenset[str]) -> "Draft":
        """Return the draft without every item and sentence that rests on a refused fact."""
        kept = []
        for sentence in self.sentences:
            items = tuple(item for item in sentence.items if not refused & {fact.id for fact in item.facts})
            if refused & {fact.id for fact in sentence.facts} or (sentence.items and not items):
                continue
            kept.append(replace(sentence, items=items))
        return replace(self, sentences=tuple(kept))

    def facts(self) -> tuple[Fact, ...]:
        """Return the distinct facts in the order of their citation."""
        seen: dict[str, Fact] = {}
        for sentence in self.sentences:
            for fact in sentence.all_facts():
                seen.setdefault(fact.id, fact)
        return tuple(seen.values())


@dataclass(frozen=True, slots=True)
class Rendered:
    """The text, its claims with byte spans, and the facts in the order of their `[n]` markers."""

    text: str
    claims: tuple[Claim, ...]
    cited: tuple[Fact, ...]


@dataclass(slots=True)
class _Writer:
    numbers: dict[str, int] = field(default_factory=dict)
    cited: list[Fact] = field(default_factory=list)

    def mark(self, facts: Iterable[Fact]) -> str:
        marks = []
        for fact in facts:
            if fact.id not in self.numbers:
                self.numbers[fact.id] = len(self.cited) + 1
                self.cited.append(fact)
            marks.append(self.numbers[fact.id])
        return "".join(f"[{number}]" for number in sorted(set(marks)))


def render(draft: Draft, naming: Naming, phrasing: Phrasing) -> Rendered:
    """Write the draft out. Every factual sentence yields one claim per fact, spanning that sentence."""
    writer, offset = _Writer(), 0
    parts: list[str] = []
    claims: list[Claim] = []
    language = naming.language
    gap = "" if language == "zh" else " "
    for sentence in draft.sentences:
        written = _write(sentence, naming, writer, language)
        lead = gap if parts else ""
        start = offset + len(lead.encode())
        end = start + len(written.encode())
        parts.append(lead + written)
        offset = end
        for fact in dict.fromkeys(fact.id for fact in sentence.all_facts()):
            known = next(f for f in sentence.all_facts() if f.id == fact)
            claims.append(replace(claim_of(known, phrasing, naming.short), start_byte=start, end_byte=end))
        claims += [replace(claim, start_byte=start, end_byte=end) for claim in sentence.claims]
    return Rendered("".join(parts), tuple(claims), tuple(writer.cited))


def _write(sentence: Sentence, naming: Naming, writer: _Writer, language: str) -> str:
    head = sentence.head(naming)
    if sentence.items:
        separator = text("list_separator", language)
        items = separator.join(item.say(naming) + writer.mark(item.facts) for item in sentence.items)
        return text("list", language, head=_capital(head), items=items) + text("sentence_end", language)
    if sentence.is_note:
        return head
    return _capital(head) + writer.mark(sentence.facts) + text("sentence_end", language)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def constant(words: str, _: Naming) -> str:
    """Say the same words whatever was named before."""
    return words


def claim_of(fact: Fact, phrasing: Phrasing, name: Callable[[str], str]) -> Claim:
    """Return the claim that a fact makes: its triple, its amount if its relation states one, its other qualifiers."""
    relation = phrasing.pack.schema.relations[fact.predicate]
    quantity = _quantity(fact.qualifiers) if relation.quantity else None
    amount_keys = {"low", "high", "unit", "basis"} if relation.quantity else set()
    return Claim(
        text=phrasing.statement(fact, name),
        subject=fact.subject,
        predicate=fact.predicate,
        object=fact.object,
        quantity=quantity,
        qualifiers={key: value for key, value in fact.qualifiers.items() if key not in amount_keys},
    )


def _quantity(qualifiers: Mapping[str, object]) -> Quantity | None:
    low, high = qualifiers.get("low"), qualifiers.get("high")
    if low is None and high is None:
        return None
    return Quantity(
        low=float(low) if isinstance(low, int | float) else None,
        high=float(high) if isinstance(high, int | float) else None,
        unit=str(qualifiers.get("unit", "")),
        basis=str(qualifiers.get("basis", "")),
    )
