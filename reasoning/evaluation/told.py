"""Reads a text as a person would who knows the pack's names: mentions, amounts, numbers, words, sentence by sentence.

Independent of the product's linker and verifier, so that what they get wrong shows: names are matched longest first
in folded text, everything else is words and units of `words.yaml`.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kg.model import Entity

__all__ = ["Amount", "Names", "Sentence", "first_word", "fold", "has_word", "numbers", "words"]

_SENTENCE: Final = re.compile(r"(?<=[。！？!?；;\n])|(?<=[.])(?=\s)")
_CLAUSE: Final = re.compile(r"[，,；;：:。\n]|\bbut\b|而")
_MARK: Final = re.compile(r"\[\d+\]|\(graph revision[^)]*\)|（图谱修订[^）]*）|\br\d+-[0-9a-f]+")
_NUMBER: Final = r"\d+(?:\.\d+)?"
_RANGE: Final = re.compile(
    rf"({_NUMBER})(?:\s*([a-z克升毫]+))?(?:\s*(?:-|–|—|~|～|至|到|to|\.\.)\s*({_NUMBER}))?\s*([^\W\d_]+(?:/[^\W\d_]+)*|%)?"
)
_UNITED: Final = re.compile(
    rf"{_NUMBER}\s*(?:-|–|~|至|到|to)?\s*(?:{_NUMBER})?\s*(?:[a-z]*g|ml|kg|克|毫克|毫升|%)(?![a-z])"
)
_SHORT: Final = 4
_NEAR: Final = 16  # characters after a number in which its unit may stand
_WIDE: Final = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in the unit of facts; both ends are equal for a single number."""

    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence: its folded text, what it names (each with all that the name may mean), what of it it denies."""

    text: str
    named: tuple[frozenset[str], ...] = ()
    denied: tuple[frozenset[str], ...] = ()
    amounts: tuple[Amount, ...] = ()


@cache
def words() -> Mapping[str, Any]:
    """Return the word lists, folded."""
    data = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    return {
        key: [fold(str(each)) for each in value] if isinstance(value, list) else value for key, value in data.items()
    }


@cache
def _simplified() -> Any:  # noqa: ANN401  the library has no types
    from opencc import OpenCC

    return OpenCC("t2s")


def fold(text: str) -> str:
    """Return a text without differences of width, case, accents and script."""
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text)).casefold()
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return str(_simplified().convert(plain)) if _WIDE.search(plain) else plain


def has_word(text: str, key: str) -> bool:
    """Say whether a folded text has a word of a list."""
    return first_word(text, key) is not None


def first_word(text: str, key: str) -> int | None:
    """Return where the first word of a list begins in a folded text; words of letters stand alone."""
    places = [m.start() for word in words()[key] if (m := _pattern(word).search(text))]
    return min(places, default=None)


@cache
def _pattern(word: str) -> re.Pattern[str]:
    end = r"\b" if len(word) <= _SHORT else ""  # longer ones may be inflected
    return re.compile(rf"\b{re.escape(word)}{end}" if word.isascii() else re.escape(word))


def numbers(text: str) -> list[float]:
    """Return the numbers of a folded text in order: its figures without units, or if there are none its words."""
    known = words()["numerals"]
    plain = _UNITED.sub(" ", _MARK.sub(" ", text))
    if figures := re.findall(_NUMBER, plain):
        return [float(each) for each in figures]
    measured = f"(?=[{''.join(words()['measures'])}])"
    either = "|".join(rf"\b{word}\b" if word.isascii() else word + measured for word in known)
    return [float(known[m[0]]) for m in re.finditer(either, plain)]


class Names:
    """The names of a pack, by which texts are read."""

    def __init__(self, entities: Iterable[Entity], units: Iterable[str] = (), titles: Iterable[str] = ()) -> None:
        """Fold every name; `units` are those of the facts, `titles` of works, in which nothing is named."""
        self.titles = sorted({fold(title) for title in titles if title}, key=len, reverse=True)
        self._ids: dict[str, set[str]] = {}
        self.units: dict[str, tuple[str, float]] = {unit.casefold(): (unit, 1.0) for unit in units}
        self.units |= {unit: (base, float(times)) for unit, (base, times) in words()["units"].items()}
        for entity in entities:
            for name in entity.names:
                if folded := fold(name.text).strip():
                    self._ids.setdefault(folded, set()).add(entity.id)
        lengths: dict[str, set[int]] = {}
        for known in self._ids:
            lengths.setdefault(known[0], set()).add(len(known))
        self._lengths = {first: sorted(found, reverse=True) for first, found in lengths.items()}

    def read(self, text: str) -> tuple[Sentence, ...]:
        """Return the sentences of a text."""
        plain = fold(_MARK.sub(" ", text))
        for title in self.titles:
            plain = plain.replace(title, " ")
        found = (self._sentence(part) for part in _SENTENCE.split(plain))
        return tuple(each for each in found if each.text)

    def mentions(self, text: str) -> list[tuple[int, int, frozenset[str]]]:
        """Return what a folded text names, longest names first: start, end, what it may mean."""
        found, at = [], 0
        while at < len(text):
            length = next((n for n in self._lengths.get(text[at], ()) if self._stands(text, at, n)), 0)
            if length:
                found.append((at, at + length, frozenset(self._ids[text[at : at + length]])))
            at += length or 1
        return found

    def _stands(self, text: str, at: int, length: int) -> bool:
        name = text[at : at + length]
        if name not in self._ids:
            return False
        before, after = text[at - 1 : at], text[at + length :]
        tail = after[1:] if name[-1].isascii() and after[:1] == "s" else after
        return not (_joined(before, name[0]) or (_joined(name[-1], after[:1]) and _joined(name[-1], tail[:1])))

    def _sentence(self, text: str) -> Sentence:
        mentions = self.mentions(text)
        blank = text
        for start, end, _ in mentions:  # a name may have a word of denial in it
            blank = blank[:start] + "·" * (end - start) + blank[end:]
        starts = [0, *(m.end() for m in _CLAUSE.finditer(text)), len(text) + 1]
        denied = []
        for start, end, ids in mentions:
            clause = max(each for each in starts if each <= start)
            clause_end = min(each for each in starts if each > start)
            if has_word(_unforbidden(blank[clause:start]), "deny") or has_word(blank[end:clause_end], "deny_after"):
                denied.append(ids)
        return Sentence(text.strip(), tuple(ids for *_, ids in mentions), tuple(denied), self.amounts(text))

    def amounts(self, text: str) -> tuple[Amount, ...]:
        """Return the amounts of a folded text that have a known unit."""
        found = []
        for match in _RANGE.finditer(text):
            low, own, high, unit = (group or "" for group in match.groups())
            after = text[match.end() :][:_NEAR]  # as in "6 on the scale of units"
            base = self._unit(unit) if high or not own else self._unit(own)
            base = base or next((self._unit(word) for word in after.split() if self._unit(word)), None)
            if base:
                found.append(Amount(float(low) * base[1], float(high or low) * base[1], base[0]))
        return tuple(found)

    def _unit(self, written: str) -> tuple[str, float] | None:
        fitting: Sequence[str] = [unit for unit in self.units if written.startswith(unit)]
        best = max(fitting, key=len, default="")
        is_whole = bool(best) and (not best.isascii() or written == best or not written[len(best) :].isascii())
        return self.units[best] if is_whole else None


def _unforbidden(text: str) -> str:
    """Return a text without its words of prohibition."""
    for word in words()["forbid"]:
        text = text.replace(word, " ")
    return text


def _joined(one: str, other: str) -> bool:
    """Say whether two characters belong to one word of letters."""
    return bool(one and other) and one.isascii() and other.isascii() and one.isalnum() and other.isalnum()
