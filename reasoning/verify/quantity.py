"""Amounts: how a claimed interval stands to a recorded one, in one unit and on one basis."""

import math
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import Final

from kg.amounts import Units, parse_units
from kg.model import Scalar
from reasoning.answer import Comparison, Quantity

__all__ = ["Standing", "compare", "comparison", "is_above", "is_material", "ratio", "recorded", "written"]

_CLOSE: Final = 1e-9  # relative: what conversion may lose


class Standing(Enum):
    """How a claimed amount stands to a recorded one.

    `PARTIAL` says less than the record (only a limit, stricter than the recorded one): neither entailed nor excluded.
    """

    EQUAL = "equal"
    WITHIN = "within"
    OVER = "over"
    DIFFERENT = "different"
    PARTIAL = "partial"
    INCOMPARABLE = "incomparable"


@cache
def _units() -> Units:
    # Traditional units are converted where a text is read, with their dated factors; here only the SI's are.
    return parse_units({})


def is_material(unit: str) -> bool:
    """Say whether a unit is one of mass or volume, of which nothing has less than none."""
    found = _units().unit(unit)
    return found is not None and bool(found.base)


def recorded(qualifiers: Mapping[str, Scalar]) -> Quantity | None:
    """Return the amount that a fact's qualifiers state, or None if they state none."""
    low, high = _number(qualifiers.get("low")), _number(qualifiers.get("high"))
    if low is None and high is None:
        return None
    return Quantity(low, high, str(qualifiers.get("unit", "")), str(qualifiers.get("basis", "")))


def compare(claimed: Quantity, fact: Quantity) -> Standing:
    """Return how `claimed` stands to what a fact records; the bases must be the same unless the claim names none.

    An open side of the record is no limit. A claim that is open below states an upper limit, one that is
    open above a lower limit. A claim whose whole interval, or whose upper limit, exceeds the recorded one is `OVER`.
    """
    ends = None if claimed.basis and claimed.basis != fact.basis else _ends(claimed, fact)
    if ends is None:
        return Standing.INCOMPARABLE
    low, high = ends
    least, most = fact.low, fact.high
    if _same(low, least) and _same(high, most):
        return Standing.EQUAL
    return _upper(high, least, most) if low is None else _interval(low, high, least, most)


def ratio(claimed: Quantity, fact: Quantity) -> float | None:
    """Return how many times the recorded upper limit the claim's largest amount is; None if that makes no number."""
    ends = _ends(claimed, fact)
    if ends is None or not fact.high:
        return None
    largest = ends[0] if ends[1] is None else ends[1]
    return None if largest is None else _finite(largest / fact.high)


def is_above(claimed: Quantity, fact: Quantity) -> bool:
    """Say whether even the least amount of the claim is more than the recorded upper limit."""
    ends = _ends(claimed, fact)
    if ends is None or ends[0] is None or fact.high is None:
        return False
    return _less(fact.high, ends[0])


def comparison(claimed: Quantity, fact: Quantity) -> Comparison | None:
    """Return the claimed amount beside the limit that matters, in the record's unit; None if they do not compare.

    That is the lower limit for an amount that only falls below it, else the upper one.
    """
    ends = None if claimed.basis and claimed.basis != fact.basis else _ends(claimed, fact)
    if ends is None:
        return None
    smallest, largest = (end if end is not None else other for end, other in (ends, ends[::-1]))
    if smallest is None or largest is None:
        return None
    falls_below = fact.low is not None and _less(smallest, fact.low)
    exceeds = fact.high is not None and _less(fact.high, largest)
    given, limit = (smallest, fact.low) if fact.high is None or (falls_below and not exceeds) else (largest, fact.high)
    if not limit:
        return None
    times = _finite(given / limit)
    return None if times is None else Comparison(given, limit, times, fact.unit, fact.basis)


def written(amount: Quantity) -> str:
    """Write an amount: `3–9 g`, `30 g`, `≤ 9 g`, `≥ 3 g`."""
    low, high = (None if end is None else f"{end:g}" for end in (amount.low, amount.high))
    if low is None or high is None:
        number = f"≤ {high}" if low is None else f"≥ {low}"
    else:
        number = low if low == high else f"{low}–{high}"
    return f"{number} {amount.unit}".strip()


def _interval(low: float, high: float | None, least: float | None, most: float | None) -> Standing:
    """Compare an interval, or with `high` None a claim of nothing but a lower limit."""
    if most is not None and _less(most, low):
        return Standing.OVER
    if least is not None and _less(low, least):
        return Standing.DIFFERENT
    if high is None:
        return Standing.PARTIAL  # a stricter lower limit, or nothing said of the upper one
    if most is None:
        return Standing.WITHIN
    return Standing.DIFFERENT if _less(most, high) else Standing.WITHIN


def _upper(high: float | None, least: float | None, most: float | None) -> Standing:
    """Compare a claim of nothing but an upper limit."""
    if _same(high, most):
        return Standing.EQUAL
    if high is not None and most is not None and _less(most, high):
        return Standing.OVER
    return Standing.DIFFERENT if high is not None and least is not None and _less(high, least) else Standing.PARTIAL


def _ends(claimed: Quantity, fact: Quantity) -> tuple[float | None, float | None] | None:
    """Return low and high of the claim in the record's unit, or None if they do not convert or are no interval."""
    given = [end for end in (claimed.low, claimed.high) if end is not None]
    if not given or not all(map(math.isfinite, given)) or given != sorted(given):
        return None
    scale = _scale(claimed.unit, fact.unit)
    if scale is None:
        return None
    low, high = (None if end is None else end * scale for end in (claimed.low, claimed.high))
    return low, high


def _scale(unit: str, to: str) -> float | None:
    """Return by what to multiply an amount of one unit to have it in another, also of ratios (mg/kg); None if none."""
    if unit == to:
        return 1.0
    (over, one, per), (other, two, base) = unit.partition("/"), to.partition("/")
    above = _units().convert(1.0, over, other)
    if one != two or above is None:
        return None
    below = _units().convert(1.0, per, base) if one else 1.0
    return above / below if below else None


def _number(value: Scalar | None) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _same(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return math.isclose(first, second, rel_tol=_CLOSE)


def _less(first: float, second: float) -> bool:
    return first < second and not math.isclose(first, second, rel_tol=_CLOSE)
