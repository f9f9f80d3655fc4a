"""Reads a question: which spans are entities, which are words that steer, and what is left over.

Names and words compete for the text; the segmentation with the greatest sum of squared lengths
wins, so that long matches beat short ones and 药性 is not read as 药. What nothing explains is
kept as a leftover: a leftover that touches a name makes it part of a longer, unknown name, because
an invented 龙须黄精 must not be answered as 黄精.
"""

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from kg.linking.index import NameIndex
from kg.linking.link import Mention, link
from kg.model import NameKind
from reasoning.answer import Quantity
from reasoning.lexicon import Lexicon, Tag, TagKind, Word, find_words, is_wide, plain

__all__ = ["Amount", "Leftover", "Named", "Reading", "read", "warm_up"]

# Parts of speech that name no thing; a leftover made only of these says nothing the graph could miss.
_CONTENTLESS: Final = frozenset("dcpruymqeoftxwazghk")
_QUANTITY: Final = re.compile(
    r"(?P<low>\d+(?:\.\d+)?)(?:\s*(?:-|~|～|–|—|至|到|to)\s*(?P<high>\d+(?:\.\d+)?))?\s*"
    r"(?P<unit>kg|mg|μg|ug|mcg|ml|g|grams?|毫克|微克|千克|公斤|毫升|克)(?![a-z])"
)
_UNITS: Final = {
    "克": "g", "gram": "g", "grams": "g", "毫克": "mg", "微克": "ug", "μg": "ug", "mcg": "ug", "千克": "kg",
    "公斤": "kg", "毫升": "mL", "ml": "mL",
}  # fmt: skip
_BREAK: Final = re.compile(r"[\W_]+")
_LONGEST_NAME: Final = 40
_LONGEST_PASSED_OVER: Final = 8  # no run of verbs and particles is longer; tagging a long text takes seconds
_MOST_LEFTOVERS: Final = 20
_SHORTEST_ALTERNATIVE: Final = 3


@dataclass(frozen=True, slots=True)
class Named:
    """A span that names entities of the graph; more than one id in `ids` makes it ambiguous or cross-typed.

    `narrower` are the terms below them, where the graph holds a hierarchy of open terms.
    """

    start: int
    end: int
    text: str
    ids: tuple[str, ...]
    types: frozenset[str]
    is_ambiguous: bool
    narrower: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Amount:
    """A span that states an amount."""

    start: int
    end: int
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class Leftover:
    """A span that nothing explains; `name` is the whole unknown name if it touches a known one, else its own text."""

    start: int
    end: int
    name: str
    is_part_of_name: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A question, segmented; all spans are in the order of the text.

    `is_vague` says that words were passed over that name no thing but that nothing explains either.
    `guards` and `context` hold whatever of either kind occurs, even inside longer words: a warning sign
    must not be lost to segmentation. `alternates` says that the question offers a verb and its denial
    (能不能), which 不能同用 must not swallow.
    """

    text: str
    language: str
    named: tuple[Named, ...]
    words: tuple[Word, ...]
    amounts: tuple[Amount, ...]
    leftovers: tuple[Leftover, ...]
    is_vague: bool = False
    guards: frozenset[str] = frozenset()
    context: frozenset[str] = frozenset()
    alternates: bool = False

    def tagged(self, kind: TagKind) -> tuple[tuple[Word, Tag], ...]:
        """Return the words that carry a tag of `kind`, each with that tag."""
        return tuple((word, tag) for word in self.words for tag in word.tags if tag.kind is kind)

    def operators(self) -> frozenset[str]:
        """Return the names of all operators that the question signals."""
        heard = {"yes_no"} if self.alternates else set()
        return frozenset(tag.value for _, tag in self.tagged(TagKind.OPERATOR)) | heard


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    named: Named | None = None
    word: Word | None = None
    amount: Amount | None = None

    @property
    def weight(self) -> float:
        length = self.end - self.start
        bonus = 0.5 if self.named else 0.25 if self.amount else 0.0
        return length * length + bonus


def read(text: str, index: NameIndex, lexicon: Lexicon, language: str) -> Reading:
    """Segment a question of at most a few thousand characters."""
    folded = plain(text)
    spans = [_Span(mention.start, mention.end, named=_named(mention)) for mention in link(text, index).hits]
    words = list(find_words(folded, lexicon))
    spans += [_Span(word.start, word.end, word=word) for word in words]
    spans += [_Span(amount.start, amount.end, amount=amount) for amount in _amounts(folded)]
    chosen = _release_joints(_drop_chance_hits(_best(spans, len(text)), folded), folded)
    named, leftovers, passed_over = _unknown_names(chosen, text, folded, lexicon.value_types)
    return Reading(
        text=text,
        language=language,
        named=named,
        words=tuple(span.word for span in chosen if span.word),
        amounts=tuple(span.amount for span in chosen if span.amount),
        leftovers=leftovers,
        is_vague=passed_over > 0,
        guards=_values(words, TagKind.GUARD),
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
    ids = tuple(dict.fromkeys(candidate.entity for candidate in mention.candidates))
    types = [candidate.type for candidate in mention.candidates]
    collective = any(candidate.name.kind is NameKind.COLLECTIVE for candidate in mention.candidates)
    several_of_a_type = len(ids) > len(set(types))
    return Named(
        start=mention.start,
        end=mention.end,
        text=mention.text,
        ids=ids,
        types=frozenset(types),
        is_ambiguous=len(ids) > 1 and (collective or several_of_a_type),
    )


def _amounts(text: str) -> list[Amount]:
    found = []
    for match in _QUANTITY.finditer(text):
        low = float(match["low"])
        high = float(match["high"]) if match["high"] else low
        unit = _UNITS.get(match["unit"], match["unit"])
        found.append(Amount(match.start(), match.end(), Quantity(low, high, unit)))
    return found


def _best(spans: Sequence[_Span], length: int) -> list[_Span]:
    """Choose non-overlapping spans of the greatest total weight, by dynamic programming over end positions."""
    by_end: dict[int, list[_Span]] = {}
    for span in spans:
        by_end.setdefault(span.end, []).append(span)
    score = [0.0] * (length + 1)
    taken: list[_Span | None] = [None] * (length + 1)
    for end in range(1, length + 1):
        score[end] = score[end - 1]
        for span in by_end.get(end, ()):
            if (total := score[span.start] + span.weight) > score[end]:
                score[end], taken[end] = total, span
    chosen, position = [], length
    while position > 0:
        best = taken[position]
        if best is None:
            position -= 1
        else:
            chosen.append(best)
            position = best.start
    return chosen[::-1]


def _drop_chance_hits(chosen: list[_Span], folded: str) -> list[_Span]:
    """Drop a name of one wide character unless what stands around it is explained too: 平 in 平衡 is no nature."""
    covered = bytearray(len(folded))
    for span in chosen:
        covered[span.start : span.end] = b"\x01" * (span.end - span.start)

    def open_side(position: int) -> bool:
        inside = 0 <= position < len(folded)
        return inside and not covered[position] and is_wide(folded[position]) and not _BREAK.match(folded[position])

    kept = []
    for span in chosen:
        single = span.named and span.end - span.start == 1
        if single and (open_side(span.start - 1) or open_side(span.end)):
            continue
        kept.append(span)
    return kept


def _release_joints(chosen: list[_Span], folded: str) -> list[_Span]:
    """Give single characters back to the unknown word that they stand in: the 须 of an invented 龙须黄精.

    A single wide character goes if it carries no tag of a separator, what stands before it is
    unexplained, and a name or something unexplained follows.
    """
    covered = bytearray(len(folded))
    for span in chosen:
        covered[span.start : span.end] = b"\x01" * (span.end - span.start)
    names = {span.start for span in chosen if span.named}
    kept = []
    for span in chosen:
        word = span.word
        if word is not None and span.end in names and any(tag.kind is TagKind.MODIFIER for tag in word.tags):
            covered[span.start : span.end] = bytes(span.end - span.start)
            continue
        single = word is not None and span.end - span.start == 1 and is_wide(folded[span.start])
        if single and word is not None and not any(tag.kind is TagKind.SEPARATOR for tag in word.tags):
            before, after = span.start - 1, span.end
            open_before = (
                before >= 0 and not covered[before] and is_wide(folded[before]) and not _BREAK.match(folded[before])
            )
            open_after = after < len(folded) and is_wide(folded[after]) and not covered[after]
            typed = any(tag.kind is TagKind.TYPE for tag in word.tags)  # the 病 of an unknown 糖尿病
            if open_before and (typed or after in names or (open_after and not _BREAK.match(folded[after]))):
                covered[span.start] = 0
                continue
        kept.append(span)
    return kept


def _unknown_names(
    chosen: Sequence[_Span], text: str, folded: str, value_types: frozenset[str]
) -> tuple[tuple[Named, ...], tuple[Leftover, ...], int]:
    """Return the names that stand alone, what nothing explains, and how many words were passed over."""
    named = [span.named for span in chosen if span.named]
    leftovers: list[Leftover] = []
    passed_over = 0
    swallowed: set[int] = set()
    for start, end in _gaps(chosen, folded):
        if len(leftovers) == _MOST_LEFTOVERS:
            break
        left = next((i for i, name in enumerate(named) if _touches(folded, name.end, start)), None)
        right = next((i for i, name in enumerate(named) if _touches(folded, end, name.start)), None)
        wide = is_wide(folded[start])
        # Without spaces a leftover on either side makes a longer word. Between words, what stands before a name
        # modifies it (moonlight ginseng); what follows is part of it only if it is written as a name.
        # A value is a common word: what touches it makes another term (cold damage is not cold).
        if left is not None and not wide and not (text[start].isupper() or named[left].types <= value_types):
            left = None
        if right is not None and not wide and not _modifies(text, start, named[right]):
            right = None
        # 新麻黄汤 is another formula; only a verb of one character before a name (炖黄芪) leaves the name alone.
        before = right is not None and (end - start > 1 or not _is_verb(folded[start:end]))
        modifies = wide and (left is not None or before)
        if not modifies and not _has_content(folded[start:end]):
            passed_over += 1
            continue
        begin = named[left].start if left is not None else start
        stop = named[right].end if right is not None else end
        swallowed |= {i for i in (left, right) if i is not None}
        part = left is not None or right is not None
        leftovers.append(Leftover(start, end, text[begin:stop][:_LONGEST_NAME], is_part_of_name=part))
    kept = tuple(name for i, name in enumerate(named) if i not in swallowed)
    return kept, tuple(leftovers), passed_over


def _modifies(text: str, start: int, name: Named) -> bool:
    """Say whether a word before a name belongs to it, as in moonlight ginseng, but not in tested Xiao Yao San."""
    return not name.text[:1].isupper() or (text[start].isupper() and start > 0)


def _touches(folded: str, start: int, end: int) -> bool:
    """Say whether nothing, or one space between Latin words, lies between two neighbouring spans."""
    between = folded[start:end] if start <= end else None
    return between == "" or (between == " " and not is_wide(folded[start - 1]))


def _gaps(chosen: Sequence[_Span], folded: str) -> list[tuple[int, int]]:
    gaps, position = [], 0
    for span in (*chosen, _Span(len(folded), len(folded))):
        if span.start > position:
            gaps += _pieces(folded, position, span.start)
        position = max(position, span.end)
    return gaps


def _pieces(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces, position = [], start
    for match in _BREAK.finditer(folded, start, end):
        if match.start() > position:
            pieces.append((position, match.start()))
        position = match.end()
    if position < end:
        pieces.append((position, end))
    return pieces


def _has_content(text: str) -> bool:
    if len(text) > _LONGEST_PASSED_OVER:
        return True
    if not any(is_wide(character) for character in text):
        return any(character.isalpha() for character in text)
    # A verb of one character carries an action (炖); one of several may be a term of the domain (补血).
    return any(
        flag[0] not in _CONTENTLESS and not (flag[0] == "v" and len(word) == 1) for word, flag in _parts_of_speech(text)
    )


def _is_verb(text: str) -> bool:
    return all(flag[0] == "v" for _, flag in _parts_of_speech(text))


def _parts_of_speech(text: str) -> list[tuple[str, str]]:
    return [(pair.word, pair.flag) for pair in _tagger()(text)]


def warm_up() -> None:
    """Load the dictionary that tells parts of speech, so that no question waits for it. Takes a second or two."""
    _tagger()("")


@cache
def _tagger() -> Callable[[str], Iterable[Any]]:
    import jieba  # takes half a second, which only leftovers in Chinese need
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    tagger = jieba.posseg.POSTokenizer()
    tagger.initialize()
    cut: Callable[[str], Iterable[Any]] = tagger.cut
    return cut
