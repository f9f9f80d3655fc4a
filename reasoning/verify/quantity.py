"""Amounts: conversion within the SI, and how a claimed interval stands to a recorded one."""

from enum import Enum
from typing import Final

from reasoning.answer import Quantity

__all__ = ["Standing", "compare", "grams"]

# To grams or millilitres; traditional units need a dated factor and are not converted.
_FACTORS: Final = {
    "g": ("g", 1.0),
    "mg": ("g", 1e-3),
    "ug": ("g", 1e-6),
    "kg": ("g", 1e3),
    "mL": ("mL", 1.0),
    "L": ("mL", 1e3),
}
_CLOSE: Final = 1e-9


class Standing(Enum):
    """How a claimed amount stands to a recorded one."""

    EQUAL = "equal"
    WITHIN = "within"
    OVER = "over"
    DIFFERENT = "different"
    INCOMPARABLE = "incomparable"


def grams(value: float, unit: str) -> tuple[str, float] | None:
    """Return a value in the base unit of its kind, or None for a unit without a fixed factor."""
    if unit not in _FACTORS:
        return None
    base, factor = _FACTORS[unit]
    return base, value * factor


def compare(claimed: Quantity, recorded: Quantity) -> Standing:
    """Return how `claimed` stands to `recorded`; both must be on one basis and in convertible units.

    An open side of `recorded` is no limit. A claimed single value above the upper limit is `OVER`.
    """
    if claimed.basis and recorded.basis and claimed.basis != recorded.basis:
        return Standing.INCOMPARABLE
    lows = _same(claimed.low, recorded.low, claimed.unit, recorded.unit)
    highs = _same(claimed.high, recorded.high, claimed.unit, recorded.unit)
    if lows is None or highs is None:
        return Standing.INCOMPARABLE
    (low, least), (high, most) = lows, highs
    if _equal(low, least) and _equal(high, most):
        return Standing.EQUAL
    if low is not None and most is not None and low > most + _CLOSE:
        return Standing.OVER
    inside_low = least is None or (low is not None and low >= least - _CLOSE)
    inside_high = most is None or (high is not None and high <= most + _CLOSE)
    return Standing.WITHIN if inside_low and inside_high else Standing.DIFFERENT


def _same(first: float | None, second: float | None, unit: str, other: str) -> tuple[float | None, float | None] | None:
    """Return both values in one base unit, or None if the units do not convert."""
    one, two = grams(first or 0.0, unit), grams(second or 0.0, other)
    if unit == other:
        return first, second
    if one is None or two is None or one[0] != two[0]:
        return None
    return (None if first is None else one[1]), (None if second is None else two[1])


def _equal(first: float | None, second: float | None) -> bool:
    if first is None or second is None:
        return first is second
    return abs(first - second) <= _CLOSE * max(1.0, abs(first), abs(second))
