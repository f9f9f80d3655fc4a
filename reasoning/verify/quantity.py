"""Amounts: conversion within the SI, and how a claimed interval stands to a recorded one."""

import math
from collections.abc import Mapping
from enum import Enum
from typing import Final

from kg.model import Scalar
from reasoning.answer import Quantity

__all__ = ["Standing", "compare", "ratio", "recorded", "written"]

# To grams or millilitres; traditional units need a dated factor and are not converted.
_FACTORS: Final = {
    "kg": ("g", 1e3),
    "g": ("g", 1.0),
    "mg": ("g", 1e-3),
    "ug": ("g", 1e-6),
    "mcg": ("g", 1e-6),
    "\u03bcg": ("g", 1e-6),  # Greek mu
    "\u00b5g": ("g", 1e-6),  # micro sign
    "L": ("mL", 1e3),
    "l": ("mL", 1e3),
    "mL": ("mL", 1.0),
    "ml": ("mL", 1.0),
}
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
    low, high, least, most = ends
    if _same(low, least) and _same(high, most):
        return Standing.EQUAL
    return _upper(high, least, most) if low is None else _interval(low, high, least, most)


def ratio(claimed: Quantity, fact: Quantity) -> float | None:
    """Return how many times the recorded upper limit the claim's largest amount is; None if that makes no number."""
    ends = _ends(claimed, fact)
    if ends is None or not ends[3]:
        return None
    largest = ends[0] if ends[1] is None else ends[1]
    return None if largest is None else largest / ends[3]


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
    if most is None:
        return Standing.WITHIN
    if high is None:
        return Standing.PARTIAL
    return Standing.DIFFERENT if _less(most, high) else Standing.WITHIN


def _upper(high: float | None, least: float | None, most: float | None) -> Standing:
    """Compare a claim of nothing but an upper limit."""
    if _same(high, most):
        return Standing.EQUAL
    if high is not None and most is not None and _less(most, high):
        return Standing.OVER
    return Standing.DIFFERENT if high is not None and least is not None and _less(high, least) else Standing.PARTIAL


def _ends(claimed: Quantity, fact: Quantity) -> tuple[float | None, float | None, float | None, float | None] | None:
    """Return low and high of both in one unit, or None if the units do not convert or the claim is no interval."""
    given = [end for end in (claimed.low, claimed.high) if end is not None]
    if not given or not all(map(math.isfinite, given)) or given != sorted(given):
        return None
    one, two = 1.0, 1.0
    if claimed.unit != fact.unit:
        if claimed.unit not in _FACTORS or fact.unit not in _FACTORS:
            return None
        (base, one), (other, two) = _FACTORS[claimed.unit], _FACTORS[fact.unit]
        if base != other:
            return None
    low, high = (None if end is None else end * one for end in (claimed.low, claimed.high))
    least, most = (None if end is None else end * two for end in (fact.low, fact.high))
    return low, high, least, most


def _number(value: Scalar | None) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _same(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return math.isclose(first, second, rel_tol=_CLOSE)


def _less(first: float, second: float) -> bool:
    return first < second and not math.isclose(first, second, rel_tol=_CLOSE)
