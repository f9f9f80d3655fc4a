"""How a claimed amount stands to recorded ones: the table of the design, for the second judge."""

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

from kg.model import Qualifiers
from reasoning.answer import Quantity

__all__ = ["Fit", "fit", "is_beyond_limit", "is_same_amount"]

_NEAR: Final = 1e-9
_MASS: Final = {"kg": 1e3, "g": 1.0, "mg": 1e-3, "μg": 1e-6, "µg": 1e-6, "ug": 1e-6, "ng": 1e-9}
_VOLUME: Final = {"L": 1e3, "l": 1e3, "mL": 1.0, "ml": 1.0}


class Fit(Enum):
    """`OPEN`: not to be compared, or a limit that says less than the record does."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    OPEN = "open"


class _Bounds(NamedTuple):
    low: float | None
    high: float | None


def fit(claimed: Quantity, recorded: Sequence[Qualifiers]) -> Fit:
    """Return how an amount stands to all records of it.

    Records on other bases than the claim's do not count; a claim that names no basis while the records have several
    cannot be compared. One that only some of the records allow is disputed, unless one of them is the very same.
    """
    amounts = [each for each in recorded if "low" in each or "high" in each]
    bases = {str(each.get("basis", "")) for each in amounts}
    if not claimed.basis and len(bases) > 1:
        return Fit.OPEN
    found = []
    for each in amounts:
        if claimed.basis and str(each.get("basis", "")) != claimed.basis:
            continue
        scale = _scale(claimed.unit, str(each.get("unit", "")))
        if scale is None:
            continue
        said = _Bounds(*(None if end is None else end * scale for end in (claimed.low, claimed.high)))
        held = _Bounds(*(_number(each, end) for end in ("low", "high")))
        if _equal(said.low, held.low) and _equal(said.high, held.high):
            return Fit.INSIDE
        found.append(_one(said, held))
    return found[0] if found and len(set(found)) == 1 else Fit.OPEN


def is_beyond_limit(claimed: Quantity, recorded: Qualifiers) -> bool:
    """Say whether the least that is claimed is above a recorded upper limit, or no such limit can be compared."""
    scale, high = _scale(claimed.unit, str(recorded.get("unit", ""))), _number(recorded, "high")
    is_other = bool(claimed.basis) and str(recorded.get("basis", "")) != claimed.basis
    if is_other or scale is None:
        return True
    return high is not None and claimed.low is not None and _below(high, claimed.low * scale)


def is_same_amount(one: Quantity, other: Quantity) -> bool:
    """Say whether two amounts have the same ends, in whatever units."""
    scale = _scale(one.unit, other.unit)
    if scale is None:
        return False
    low, high = (None if end is None else end * scale for end in (one.low, one.high))
    return _equal(low, other.low) and _equal(high, other.high)


def _one(said: _Bounds, held: _Bounds) -> Fit:
    if said.low is None:
        return _at_most(said.high or 0.0, held)
    if said.high is None:
        return _at_least(said.low, held)
    too_low = held.low is not None and _below(said.low, held.low)
    too_high = held.high is not None and _below(held.high, said.high)
    return Fit.OUTSIDE if too_low or too_high else Fit.INSIDE


def _at_most(limit: float, held: _Bounds) -> Fit:
    if held.low is not None and _below(limit, held.low):
        return Fit.OUTSIDE
    if held.high is None:
        return Fit.OPEN
    if _equal(limit, held.high):
        return Fit.INSIDE
    return Fit.OUTSIDE if _below(held.high, limit) else Fit.OPEN  # a stricter limit is not what the record says


def _at_least(limit: float, held: _Bounds) -> Fit:
    if held.high is not None and _below(held.high, limit):
        return Fit.OUTSIDE
    return Fit.OUTSIDE if held.low is not None and _below(limit, held.low) else Fit.OPEN


def _scale(unit: str, to: str) -> float | None:
    """Return the factor from one unit to another: of mass, of volume, or of a mass per mass."""
    if unit == to:
        return 1.0
    if unit.count("/") == to.count("/") == 1:
        (over, under), (other, base) = unit.split("/"), to.split("/")
        above, below = _plain_scale(over, other), _plain_scale(under, base)
        return above / below if above and below else None
    return _plain_scale(unit, to)


def _plain_scale(unit: str, to: str) -> float | None:
    if unit == to:
        return 1.0
    for table in (_MASS, _VOLUME):
        if unit in table and to in table:
            return table[unit] / table[to]
    return None


def _number(held: Mapping[str, object], end: str) -> float | None:
    value = held.get(end)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _below(one: float, other: float) -> bool:
    return one < other and other - one > _NEAR * max(abs(one), abs(other))


def _equal(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return not _below(one, other) and not _below(other, one)
