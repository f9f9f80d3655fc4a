"""Units: what a word for one stands for, and how many grams or millilitres it is, by when it was written.

A traditional unit has factors that changed over time; each has its source. Without a date the latest one holds.
Units without a size (a piece, a slice) are known as words, and convert to nothing.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kg.errors import PackInvalid

__all__ = ["Factor", "Unit", "Units", "parse_units", "unit_faults", "words"]

_UNIT_KEYS: Final = frozenset({"words", "of", "factors", "label"})
_FACTOR_KEYS: Final = frozenset({"is", "since", "until", "source"})
_TOP_KEYS: Final = frozenset({"units", "bases", "frequencies"})


@dataclass(frozen=True, slots=True)
class Factor:
    """How much one unit is, in its base unit; years are inclusive, None leaves a side open."""

    value: float
    since: int | None = None
    until: int | None = None
    source: str = ""  # empty for the SI


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit: `base` is `g`, `mL` or empty for one without a size; `factors` have the latest last."""

    code: str
    base: str
    factors: tuple[Factor, ...]
    label: Mapping[str, str] = field(default_factory=dict)

    def factor(self, year: int | None = None) -> Factor | None:
        """Return what the unit was in `year`, or is now; None where nothing is known."""
        if year is None:
            return self.factors[-1] if self.factors else None
        fitting = (f for f in self.factors if (f.since or year) <= year <= (f.until or year))
        return next(fitting, None)


@dataclass(frozen=True, slots=True)
class Units:
    """All units by code, the words for them, and the words that say what an amount is per.

    `bases` maps a basis of the pack to the words for it, `frequencies` words to times a day.
    """

    by_code: Mapping[str, Unit]
    by_word: Mapping[str, str]
    bases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    frequencies: Mapping[str, float] = field(default_factory=dict)

    def convert(self, value: float, unit: str, to: str, year: int | None = None) -> float | None:
        """Return `value` of one unit in another; None if they are of different kinds, or one has no size.

        Args:
            value: any number.
            unit: code or word of the given unit.
            to: code or word of the unit wanted.
            year: when the amount was written; None for now.
        """
        one, two = self.unit(unit), self.unit(to)
        if one is None or two is None:
            return None
        if one.code == two.code:
            return value
        first, second = one.factor(year), two.factor(year)
        if not one.base or one.base != two.base or first is None or second is None:
            return None
        return value * first.value / second.value

    def unit(self, word: str) -> Unit | None:
        """Return the unit of a code or a word; None if there is none."""
        return self.by_code.get(word) or self.by_code.get(self.by_word.get(word.lower(), ""))


@cache
def words() -> Mapping[str, Any]:
    """Return what both languages say around numbers, from `words.yaml`."""
    loaded: Mapping[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yaml").read_text(encoding="utf-8"))
    return loaded


def parse_units(raw: Mapping[str, Any]) -> Units:
    """Return the SI's units and those of a pack's `units.yaml`.

    Raises:
        PackInvalid: naming every unit that does not fit.
    """
    if faults := unit_faults(raw):
        raise PackInvalid(faults)
    by_code = {
        code: Unit(code, said["of"], (Factor(float(said["factor"])),)) for code, said in words()["units"].items()
    }
    by_word = {word: code for code, said in words()["units"].items() for word in said["words"]}
    for code, said in words()["ratios"].items():
        by_code[code] = Unit(code, "", ())
        by_word |= dict.fromkeys(said, code)
    for code, said in (raw.get("units") or {}).items():
        by_code[code] = Unit(code, said.get("of", ""), tuple(_factors(said.get("factors", ()))), said.get("label", {}))
        by_word |= {word.lower(): code for each in said["words"].values() for word in each}
    bases = {basis: _listed(said) for basis, said in (raw.get("bases") or {}).items()}
    times = {
        word.lower(): float(each["times"]) for each in raw.get("frequencies") or () for word in _listed(each["words"])
    }
    return Units(by_code, by_word, bases, times)


def _factors(raw: Sequence[Mapping[str, Any]]) -> Iterable[Factor]:
    held = [Factor(float(f["is"]), f.get("since"), f.get("until"), f.get("source", "")) for f in raw]
    return sorted(held, key=lambda factor: factor.until or 10_000)


def _listed(by_language: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(word for each in by_language.values() for word in each)


def unit_faults(raw: Mapping[str, Any], sources: Iterable[str] | None = None) -> list[str]:
    """Return everything wrong with a pack's `units.yaml`; with `sources`, also cited works that are not there."""
    known = ", ".join(sorted(_TOP_KEYS))
    faults = [f"units.yaml: unknown key {key}; there are {known}" for key in sorted(set(raw) - _TOP_KEYS)]
    for code, said in (raw.get("units") or {}).items():
        faults += [f"units.yaml: units.{code}: {fault}" for fault in _faults_of(said, sources)]
    for basis, said in (raw.get("bases") or {}).items():
        if not _are_words(said):
            faults.append(f"units.yaml: bases.{basis}: write language: [words]")
    for number, each in enumerate(raw.get("frequencies") or (), start=1):
        if not isinstance(each, Mapping) or not _is_size(each.get("times")) or not _are_words(each.get("words")):
            faults.append(f"units.yaml: frequency {number}: write times (a day, above 0) and words by language")
    return faults


def _faults_of(said: object, sources: Iterable[str] | None) -> Iterator[str]:
    if not isinstance(said, Mapping) or set(said) - _UNIT_KEYS or not _are_words(said.get("words")):
        yield "write words by language, and `of` with `factors` if it has a size"
        return
    if said.get("of", "") not in {"", "g", "mL"} or bool(said.get("of")) != bool(said.get("factors")):
        yield "of is g or mL and comes with factors; a unit without size has neither"
    for number, factor in enumerate(said.get("factors", ()), start=1):
        if not isinstance(factor, Mapping) or set(factor) - _FACTOR_KEYS or not _is_size(factor.get("is")):
            yield f"factor {number}: write `is` (above 0), `source`, and years `since`, `until`"
        elif not factor.get("source"):
            yield f"factor {number}: names no source; write its key of sources.csv"
        elif sources is not None and factor["source"] not in sources:
            yield f"factor {number}: {factor['source']!r} is not in sources.csv"
        elif any(not isinstance(factor.get(year, 0), int) for year in ("since", "until")):
            yield f"factor {number}: since and until are years"


def _is_size(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value > 0


def _are_words(said: object) -> bool:
    return isinstance(said, Mapping) and all(
        isinstance(each, list) and all(isinstance(word, str) and word for word in each) for each in said.values()
    )
