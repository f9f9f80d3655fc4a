"""Reads a question: which spans are entities, which are words that steer, and what is left over.

Names and words compete for the text (`spans`); what nothing explains is kept as a leftover, and beside a
name it makes another, unknown one (`leftovers`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from kg.linking.index import NameIndex
from kg.linking.link import Mention, link
from kg.model import NameKind
from reasoning.answer import Quantity
from reasoning.leftovers import unknown_names
from reasoning.lexicon import Lexicon, Tag, TagKind, Word, find_words, plain
from reasoning.spans import Amount, Leftover, Named, Span, best, drop_chance_hits, release_joints, without_joined

__all__ = ["Amount", "Leftover", "Named", "Reading", "read", "settled"]

_QUANTITY: Final = re.compile(
    r"(?P<low>\d+(?:\.\d+)?)(?:\s*(?:-|~|～|–|—|至|到|to)\s*(?P<high>\d+(?:\.\d+)?))?\s*"
    r"(?P<unit>kg|mg|μg|ug|mcg|ml|g|grams?|毫克|微克|千克|公斤|毫升|克|米|met(?:er|re)s?|m|%|℃|°c|摄氏度)(?![a-z])"
)
_UNITS: Final = {
    "克": "g", "gram": "g", "grams": "g", "毫克": "mg", "微克": "ug", "μg": "ug", "mcg": "ug", "千克": "kg",
    "公斤": "kg", "毫升": "mL", "ml": "mL", "米": "m", "meter": "m", "meters": "m", "metre": "m", "metres": "m",
    "°c": "℃", "摄氏度": "℃",
}  # fmt: skip
_SHORTEST_ALTERNATIVE: Final = 3


@dataclass(frozen=True, slots=True)
class Reading:
    """A question, segmented; all spans are in the order of the text.

    `is_vague` says that words were passed over that name no thing but that nothing explains either.
    `context` holds what occurs of it even inside longer words: it must not be lost to segmentation.
    `alternates` says that the question offers a verb and its denial (能不能), which 不能同用 must not swallow.
    """

    text: str
    language: str
    named: tuple[Named, ...]
    words: tuple[Word, ...]
    amounts: tuple[Amount, ...]
    leftovers: tuple[Leftover, ...]
    is_vague: bool = False
    context: frozenset[str] = frozenset()
    alternates: bool = False

    def tagged(self, kind: TagKind) -> tuple[tuple[Word, Tag], ...]:
        """Return the words that carry a tag of `kind`, each with that tag."""
        return tuple((word, tag) for word in self.words for tag in word.tags if tag.kind is kind)

    def operators(self) -> frozenset[str]:
        """Return the names of all operators that the question signals."""
        heard = {"yes_no"} if self.alternates else set()
        return frozenset(tag.value for _, tag in self.tagged(TagKind.OPERATOR)) | heard


def settled(reading: Reading, meant: Mapping[str, tuple[str, ...]]) -> Reading:
    """Return a reading whose names mean no more than `meant` (words → ids) says; other names mean what they did."""
    return replace(reading, named=tuple(_narrowed(named, meant.get(named.text.lower(), ())) for named in reading.named))


def _narrowed(named: Named, ids: tuple[str, ...]) -> Named:
    kept = tuple((i, kind) for i, kind in zip(named.ids, named.kinds, strict=True) if i in ids)
    if not kept:
        return named
    own, kinds = tuple(i for i, _ in kept), tuple(kind for _, kind in kept)
    return replace(named, ids=own, kinds=kinds, is_ambiguous=named.is_ambiguous and len(kept) > 1)


def read(text: str, index: NameIndex, lexicon: Lexicon, language: str) -> Reading:
    """Segment a question of at most a few thousand characters."""
    folded = plain(text)
    spans = [Span(mention.start, mention.end, named=_named(mention)) for mention in link(text, index).hits]
    words = list(find_words(folded, lexicon))
    spans += [Span(word.start, word.end, word=word) for word in words]
    spans += [Span(amount.start, amount.end, amount=amount) for amount in _amounts(folded)]
    chosen = release_joints(drop_chance_hits(best(without_joined(spans), len(text)), folded), folded)
    named, leftovers, passed_over = unknown_names(chosen, text, folded, lexicon.value_types)
    return Reading(
        text=text,
        language=language,
        named=named,
        words=tuple(span.word for span in chosen if span.word),
        amounts=tuple(span.amount for span in chosen if span.amount),
        leftovers=leftovers,
        is_vague=passed_over > 0,
        context=_values(words, TagKind.CONTEXT),
        alternates=any(_alternates(folded, word) for word in words),
    )


def _values(words: Iterable[Word], kind: TagKind) -> frozenset[str]:
    return frozenset(tag.value for word in words for tag in word.tags if tag.kind is kind)


def _alternates(folded: str, word: Word) -> bool:
    """Say whether a word is a verb, its denial in the middle: 能不能, 可不可以."""
    if not any(tag.kind is TagKind.OPERATOR and tag.value == "yes_no" for tag in word.tags):
        return False
    text = folded[word.start : word.end]
    return len(text) >= _SHORTEST_ALTERNATIVE and text[0] == text[2]


def _named(mention: Mention) -> Named:
    types = {candidate.entity: candidate.type for candidate in mention.candidates}
    collective = any(candidate.name.kind is NameKind.COLLECTIVE for candidate in mention.candidates)
    several_of_a_type = len(types) > len(set(types.values()))
    return Named(
        start=mention.start,
        end=mention.end,
        text=mention.text,
        ids=tuple(types),
        kinds=tuple(types.values()),
        is_ambiguous=len(types) > 1 and (collective or several_of_a_type),
    )


def _amounts(text: str) -> list[Amount]:
    found = []
    for match in _QUANTITY.finditer(text):
        low = float(match["low"])
        high = float(match["high"]) if match["high"] else low
        unit = _UNITS.get(match["unit"], match["unit"])
        found.append(Amount(match.start(), match.end(), Quantity(low, high, unit)))
    return found
