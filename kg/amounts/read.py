"""Finds amounts in a text: a number or a range with its unit, a bound, what it is per and how often.

`3～9g`, `三钱`, `一两半`, `一钱五分`, `0.5 mg`, `不超过3克`, `up to 9 g a day`, `一次0.6g，一日3次`.
A unit that has no size is found too, so that the caller can ask instead of comparing.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from kg.amounts.numerals import NUMERAL, number
from kg.amounts.units import Factor, Unit, Units, words

__all__ = ["Amount", "find_amounts", "read_amount"]

_GAP: Final = r"[^\S\r\n]*"  # an amount does not go on in the next line
_NEAR = 12  # characters around an amount in which its basis stands


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in a text; offsets count characters.

    Attributes:
        low: lower end, in `unit`; None for "at most".
        high: upper end; None for "at least".
        unit: `g` or `mL` after conversion, else the code of a unit without a size, or empty where none was written.
        basis: what it is per, one of the pack's bases; empty if the text does not say.
        times: how often a day, if the text says so and the amount is per dose.
        factor: the dated factor by which a traditional unit was converted; None for the SI.
        written: the text itself.
        given_unit: the unit as written, by its code.
    """

    start: int
    end: int
    low: float | None
    high: float | None
    unit: str
    written: str
    basis: str = ""
    times: float | None = None
    factor: Factor | None = None
    given_unit: str = ""


def read_amount(text: str, units: Units, year: int | None = None) -> Amount | None:
    """Return the amount that `text` is, or None if it is something else or more than one."""
    found = find_amounts(text, units, year)
    return found[0] if len(found) == 1 else None


def find_amounts(text: str, units: Units, year: int | None = None) -> list[Amount]:
    """Return every number with a unit in `text`, in order; `year` is when it was written, for units that changed."""
    folded = _fold(text)
    patterns = _patterns(tuple(sorted(units.by_word)))
    found: list[Amount] = []
    at = 0
    while match := patterns.amount.search(folded, at):
        # What follows in no smaller unit is an amount of its own: 9 g 30 g.
        ends = match.start("part") if match["part"] and not _is_smaller(match, units) else match.end()
        whole = match if ends == match.end() else patterns.amount.match(folded[:ends], match.start())
        amount = None if whole is None else _amount(whole, text, units, year)
        if amount is not None:
            found.append(_with_basis(amount, folded, units, found))
        at = max(ends, match.start() + 1)
    return found


def _is_smaller(match: re.Match[str], units: Units) -> bool:
    """Say whether the second unit of an amount is a part of the first: 一两三钱."""
    size = units.convert(1.0, match["part_unit"], match["unit"] or match["low_unit"] or "")
    return size is not None and size < 1


@dataclass(frozen=True, slots=True)
class _Patterns:
    amount: re.Pattern[str]


@lru_cache(maxsize=16)
def _patterns(unit_words: tuple[str, ...]) -> _Patterns:
    said = words()
    unit = _any(unit_words)
    plain = rf"(?:{unit})(?![a-z])"
    before = f"(?P<at_most>{_any(said['at_most'])})|(?P<at_least>{_any(said['at_least'])})"
    after = f"(?P<less>{_any(said['after_at_most'])})|(?P<more>{_any(said['after_at_least'])})"
    amount = (
        rf"(?:(?:{before}){_GAP})?"
        rf"(?P<low>{NUMERAL}){_GAP}(?P<low_unit>{plain})?(?P<low_half>半)?"
        rf"(?:{_GAP}(?:{_any(said['to'])}){_GAP}(?P<high>{NUMERAL}))?(?:{_GAP}(?P<unit>{plain}))?(?P<half>半)?"
        rf"(?:[ ]?(?P<part>{NUMERAL})[ ]?(?P<part_unit>{plain}))?"
        rf"(?:{_GAP}(?:{after}))?"
    )
    return _Patterns(re.compile(amount))


def _any(words_: Iterable[str]) -> str:
    """Return alternatives, the longest first; words of letters stand alone."""
    return "|".join(
        (
            r"(?<![a-z])" + re.escape(w)
            if w[0].isascii() and w[0].isalpha() and len(w) > 1 and " " in w
            else re.escape(w)
        )
        for w in sorted(words_, key=len, reverse=True)
    )


def _amount(match: re.Match[str], text: str, units: Units, year: int | None) -> Amount | None:
    low, high = number(match["low"]), number(match["high"]) if match["high"] else None
    code = match["unit"] or match["low_unit"]
    if low is None or code is None:
        return None
    unit = units.unit(code)
    if unit is None:
        return None
    if match["half"] or match["low_half"]:
        low += 0.5 if high is None else 0.0
        high = None if high is None else high + 0.5
    if match["high"] and match["low_unit"] and match["unit"] and match["low_unit"] != match["unit"]:
        other = units.convert(low, match["low_unit"], match["unit"], year)
        if other is None:
            return None
        low = other
    if match["part"]:
        more = units.convert(number(match["part"]) or 0.0, match["part_unit"], unit.code, year)
        if more is None:
            return None
        low, high = (low + more, high) if high is None else (low, high + more)
    ends = _bounded(match, low, high)
    return _converted(match, text, unit, ends, year)


def _bounded(match: re.Match[str], low: float, high: float | None) -> tuple[float | None, float | None]:
    if high is None:
        if match["at_most"] or match["less"]:
            return None, low
        if match["at_least"] or match["more"]:
            return low, None
        return low, low
    return low, high


def _converted(
    match: re.Match[str], text: str, unit: Unit, ends: tuple[float | None, float | None], year: int | None
) -> Amount | None:
    factor = unit.factor(year)
    start, end = match.span()
    while end > start and text[end - 1].isspace():
        end -= 1
    written = text[start:end]
    low, high = ends
    if not unit.base or factor is None:
        return Amount(start, end, low, high, unit.code, written, given_unit=unit.code)
    low, high = (None if each is None else round(each * factor.value, 12) for each in (low, high))
    dated = factor if factor.source else None
    return Amount(start, end, low, high, unit.base, written, factor=dated, given_unit=unit.code)


def _with_basis(amount: Amount, folded: str, units: Units, earlier: list[Amount]) -> Amount:
    """Return the amount with what the words around it say it is per: nearest first, those before it win."""
    floor = earlier[-1].end if earlier else 0
    before = folded[max(floor, amount.start - _NEAR) : amount.start]
    after = folded[amount.end : amount.end + 2 * _NEAR]
    basis = _nearest(before, units, last=True) or _nearest(after, units, last=False)
    times = next((units.frequencies[w] for w in sorted(units.frequencies, key=len, reverse=True) if w in after), None)
    return replace(amount, basis=basis, times=times)


def _nearest(around: str, units: Units, *, last: bool) -> str:
    hits: list[tuple[int, int, str]] = []
    for basis, said in units.bases.items():
        for word in said:
            at = around.rfind(word) if last else around.find(word)
            if at >= 0:
                distance = len(around) - at - len(word) if last else at
                hits.append((distance, -len(word), basis))
    return min(hits)[2] if hits else ""


def _fold(text: str) -> str:
    """Return `text` in half width and lower case, with its length unchanged."""
    return "".join(_folded(text))


def _folded(text: str) -> Iterator[str]:
    for character in text:
        plain = unicodedata.normalize("NFKC", character).lower()
        yield plain if len(plain) == 1 else character
