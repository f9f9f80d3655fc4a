"""Amounts in running text, with their units as the graph writes them, and numbers in words."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kg.amounts import Units
from kg.amounts import find_amounts as find_sizes
from kg.amounts.numerals import number as numeral
from reasoning.answer import Quantity
from reasoning.lexicon import plain

__all__ = ["Said", "count_in", "find_amounts"]

_LANGUAGES: Final = ("zh", "en")
_MOST: Final = 1e12  # a number beyond any amount; what is longer is no amount
_BARE: Final = re.compile(
    r"(?<![\d.a-z])(?P<low>\d{1,6}(?:\.\d{1,6})?)(?:\s*(?:-|~|～|–|—|−|至|到|to)\s*(?P<high>\d{1,6}(?:\.\d{1,6})?))?(?![\da-z%])"
)
_DIGIT: Final = re.compile(r"\d")
_CLAUSE_END: Final = re.compile("[;；。\n]")
_NEAR: Final = 12  # characters around an amount in which words say what it is per
_CLOSE: Final = 3
_TEN: Final = 10
_NUMERALS: Final = "一二三四五六七八九十两"
_YEAR: Final = "year"
_FIRST_YEAR: Final = 1000  # so many years are a date
_SIZED: Final = frozenset({"g", "mL"})


@dataclass(frozen=True, slots=True)
class Said:
    """An amount as a text states it; `times` is how often a day, where the text says so of an amount per dose."""

    start: int
    end: int
    quantity: Quantity
    times: float | None = None


def find_amounts(folded: str, units: Units) -> list[Said]:
    """Return the amounts of a text (as returned by `reasoning.lexicon.plain`): a number or a range, and a unit.

    Weights and volumes are those of `units`, traditional ones converted; a unit without a size is no amount. A plain
    number is one without a unit.
    """
    sizes = [a for a in find_sizes(folded, units) if _is_sized(a.unit) and not _is_word(a.written)]
    sizes = [a for a in sizes if not _goes_on(folded, a.end)]
    found: list[Said] = []
    for at, a in enumerate(sizes):
        before = folded[max(sizes[at - 1].end if at else 0, a.start - _NEAR) : a.start]
        after = folded[a.end : min(sizes[at + 1].start if at + 1 < len(sizes) else len(folded), a.end + 2 * _NEAR)]
        basis = _basis(before, after, units, is_last=at + 1 == len(sizes) or len(after) == 2 * _NEAR)
        times = next((units.frequencies[w] for w in _longest_first(units.frequencies) if w in after), None)
        # The words for a limit are left to the sentence: with them the amount would lose against them.
        digit = _DIGIT.search(folded, a.start, a.end)
        start = digit.start() if digit else a.start
        found.append(Said(start, a.end, Quantity(a.low, a.high, a.unit, basis), times))
    taken = {at for said in found for at in range(said.start, said.end)}
    for match in _pattern().finditer(folded):
        low = _number(match["low"])
        high = _number(match["high"]) if match["high"] else low
        is_date = _units()[match["unit"]] == _YEAR and low >= _FIRST_YEAR
        if max(low, high) <= _MOST and not is_date and taken.isdisjoint(range(*match.span())):
            found.append(Said(*match.span(), Quantity(low, high, _units()[match["unit"]])))
            taken |= set(range(*match.span()))
    for match in _BARE.finditer(folded):
        low = float(match["low"])
        high = float(match["high"]) if match["high"] else low
        if max(low, high) <= _MOST and taken.isdisjoint(range(*match.span())):
            found.append(Said(*match.span(), Quantity(low, high, "")))
    return found


def _is_sized(unit: str) -> bool:
    return unit in _SIZED or "/" in unit


def _basis(before: str, after: str, units: Units, *, is_last: bool) -> str:
    """Return what an amount is per by the words around it; what stands right before the next amount is that one's."""
    before = _CLAUSE_END.split(before)[-1]
    after = _CLAUSE_END.split(after)[0] if is_last else _CLAUSE_END.split(after + "\0")[0]
    hits: list[tuple[int, int, str]] = []
    for basis, words in units.bases.items():
        for word in words:
            if (found := before.rfind(word)) >= 0:
                hits.append((len(before) - found - len(word), -len(word), basis))
            found = after.find(word)
            if found >= 0 and (is_last or "\0" not in after[found : found + len(word) + _CLOSE]):
                hits.append((found + _NEAR, -len(word), basis))
    return min(hits)[2] if hits else ""


def _longest_first(words: Iterable[str]) -> list[str]:
    return sorted(words, key=len, reverse=True)


def _is_word(written: str) -> bool:
    """Say whether a number with a unit is a word of another meaning, as its language lists them."""
    return any(written.strip() in own for own in _words("no_amounts"))


def _goes_on(folded: str, end: int) -> bool:
    """Say whether what looks like a unit is the beginning of a longer word: minutes."""
    return any(folded.startswith(word, end - 1) for own in _words("longer_units") for word in own)


def count_in(text: str) -> int | None:
    """Return the whole number that a text is (12, twelve, 十二), or None."""
    text = text.strip()
    if text.isdecimal() and text.isascii():
        return int(text) if len(text) <= len("999") else None
    digits = _digits()
    if text in digits:
        return digits[text]
    # 十二, 二十, 二十三
    tens, ten, ones = text.partition(next((word for word, value in digits.items() if value == _TEN), "\0"))
    if not ten or (tens and tens not in digits) or (ones and ones not in digits):
        return None
    return digits.get(tens, 1) * _TEN + digits.get(ones, 0)


def _number(text: str) -> float:
    found = numeral(text)
    return float(_digits().get(text, 0)) if found is None else found


@cache
def _pattern() -> re.Pattern[str]:
    units = "|".join(re.escape(unit) for unit in sorted(_units(), key=len, reverse=True))
    words = "|".join(re.escape(word) for word in sorted(_digits(), key=len, reverse=True) if word.isascii())
    number = rf"(?:(?:\d{{1,3}}(?:,\d{{3}})+|\d{{1,12}})(?:\.\d{{1,6}})?|[{_NUMERALS}]{{1,3}}|\b(?:{words})\b)"
    return re.compile(
        rf"(?<![\d.])(?P<low>{number})\s*(?:(?:{units})\s*)?(?:(?:-|~|～|–|—|−|至|到|to)\s*(?P<high>{number})\s*)?"
        rf"(?P<unit>{units})(?![a-z])"
    )


@cache
def _units() -> Mapping[str, str]:
    """Return how a unit is written in a text (plain form) → its code."""
    return {plain(str(word)): code for own in _words("units") for code, words in own.items() for word in words}


@cache
def _digits() -> Mapping[str, int]:
    return {plain(str(word)): int(value) for own in _words("numbers") for word, value in own.items()}


@cache
def _words(key: str) -> tuple[Mapping[str, Any], ...]:
    folder = Path(__file__).parents[1] / "language"
    files = (folder / f"{language}.yaml" for language in _LANGUAGES)
    return tuple(yaml.safe_load(file.read_text(encoding="utf-8"))[key] for file in files)
