"""Amounts: which claimed interval is supported, refuted or left open by which recorded one."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.model import Fact, Scalar, Status
from reasoning.answer import Quantity, Reason, Verdict
from reasoning.verify import judge
from reasoning.verify.quantity import Standing, compare, written
from tests.verify.parts import SCHEMA, claim, fact, held, qualified

YES, NO, SILENT = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.NOT_ENOUGH_EVIDENCE
NOTHING = Verdict.NOT_CHECKABLE


def lift(low: float | None = 3, high: float | None = 9, unit: str = "g", basis: str = "lift") -> Quantity:
    return Quantity(low, high, unit, basis)


def recorded(amount: Quantity, status: Status = Status.ASSERTED) -> Fact:
    ends = {"low": amount.low, "high": amount.high}
    qualifiers: dict[str, Scalar] = {key: end for key, end in ends.items() if end is not None}
    qualifiers |= {"unit": amount.unit, "basis": amount.basis}
    return replace(qualified(fact("oil LOADED_BY north"), qualifiers), status=status)


LIFT = recorded(lift())
DAY = recorded(lift(10, 30, basis="day"))
MORE = recorded(lift(3, 15))
LIMIT = recorded(lift(None, 0.5))
BARE = fact("oil LOADED_BY north")


@pytest.mark.parametrize(
    ("claimed", "verdict", "reason"),
    [
        (lift(), YES, Reason.EXACT_FACT),
        (lift(0.003, 0.009, "kg"), YES, Reason.EXACT_FACT),
        (lift(3000, 9000, "mg"), YES, Reason.EXACT_FACT),
        (lift(3e6, 9e6, "\u03bcg"), YES, Reason.EXACT_FACT),
        (lift(3e6, 9e6, "\u00b5g"), YES, Reason.EXACT_FACT),
        (lift(4, 8), YES, Reason.WITHIN_RANGE),
        (lift(5, 5), YES, Reason.WITHIN_RANGE),
        (lift(9, 9), YES, Reason.WITHIN_RANGE),
        (lift(9.01, 9.01), NO, Reason.OVER_LIMIT),
        (lift(30, 30), NO, Reason.OVER_LIMIT),
        (lift(12, 15), NO, Reason.OVER_LIMIT),
        (lift(3, 15), NO, Reason.RANGE_MISMATCH),
        (lift(1, 9), NO, Reason.RANGE_MISMATCH),
        (lift(1, 1), NO, Reason.RANGE_MISMATCH),
        (lift(1, 2), NO, Reason.RANGE_MISMATCH),
        (lift(None, 9), YES, Reason.EXACT_FACT),
        (lift(None, 6), SILENT, Reason.RANGE_MISMATCH),
        (lift(None, 12), NO, Reason.OVER_LIMIT),
        (lift(None, 2), NO, Reason.RANGE_MISMATCH),
        (lift(3, None), SILENT, Reason.RANGE_MISMATCH),
        (lift(12, None), NO, Reason.OVER_LIMIT),
        (lift(1, None), NO, Reason.RANGE_MISMATCH),
        (lift(basis="day"), SILENT, Reason.BASIS_MISMATCH),
        (lift(basis=""), YES, Reason.EXACT_FACT),
        (lift(unit="mL"), SILENT, Reason.BASIS_MISMATCH),
        (lift(unit="钱"), SILENT, Reason.BASIS_MISMATCH),
        (lift(unit=""), SILENT, Reason.BASIS_MISMATCH),
        (lift(None, None), NOTHING, Reason.UNCHECKED),
        (lift(9, 3), NOTHING, Reason.UNCHECKED),
        (lift(math.nan, 9), NOTHING, Reason.UNCHECKED),
        (lift(3, math.inf), NOTHING, Reason.UNCHECKED),
    ],
    ids=str,
)
def test_an_amount_against_three_to_nine_grams(claimed: Quantity, verdict: Verdict, reason: Reason) -> None:
    found = judge(claim("oil LOADED_BY north", claimed), held(LIFT), SCHEMA)
    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.supporting == ((LIFT.id,) if verdict is YES else ())
    assert found.refuting == ((LIFT.id,) if verdict is NO else ())


@pytest.mark.parametrize(
    ("facts", "claimed", "verdict", "reason"),
    [
        ((LIMIT,), lift(0.3, 0.3), YES, Reason.WITHIN_RANGE),
        ((LIMIT,), lift(None, 0.5), YES, Reason.EXACT_FACT),
        ((LIMIT,), lift(1.5, 1.5), NO, Reason.OVER_LIMIT),
        ((BARE,), lift(), SILENT, Reason.OPEN_WORLD),
        ((BARE, LIFT), lift(), YES, Reason.EXACT_FACT),
        # two bases: a claim that names none may speak of either
        ((LIFT, DAY), lift(), YES, Reason.EXACT_FACT),
        ((LIFT, DAY), lift(10, 30, basis="day"), YES, Reason.EXACT_FACT),
        ((LIFT, DAY), lift(20, 20), NO, Reason.OVER_LIMIT),
        ((LIFT, DAY), lift(20, 20, basis=""), SILENT, Reason.BASIS_MISMATCH),
        # two sources: each may be quoted, but what one allows and the other does not is open
        ((LIFT, MORE), lift(3, 9), YES, Reason.EXACT_FACT),
        ((LIFT, MORE), lift(3, 15), YES, Reason.EXACT_FACT),
        ((LIFT, MORE), lift(5, 5), YES, Reason.WITHIN_RANGE),
        ((LIFT, MORE), lift(12, 12), SILENT, Reason.CONFLICTING_SOURCES),
        ((LIFT, MORE), lift(20, 20), NO, Reason.OVER_LIMIT),
        ((recorded(lift(), Status.DISPUTED),), lift(), SILENT, Reason.CONFLICTING_SOURCES),
        ((recorded(lift(), Status.RETRACTED),), lift(), SILENT, Reason.OPEN_WORLD),
    ],
)
def test_an_amount_against_several_records(
    facts: tuple[Fact, ...], claimed: Quantity, verdict: Verdict, reason: Reason
) -> None:
    found = judge(claim("oil LOADED_BY north", claimed), held(*facts), SCHEMA)
    assert (found.verdict, found.reason) == (verdict, reason)


def test_an_amount_counts_for_its_own_object_only() -> None:
    found = judge(claim("oil LOADED_BY south", lift()), held(LIFT), SCHEMA)
    assert (found.verdict, found.reason) == (SILENT, Reason.OPEN_WORLD)


@pytest.mark.parametrize(
    ("claimed", "verdict", "reason"),
    [
        (lift(), NO, Reason.OPPOSITE_FACT),
        (lift(5, 5), NO, Reason.OPPOSITE_FACT),
        (lift(30, 30), YES, Reason.OVER_LIMIT),
        (lift(10, None), YES, Reason.OVER_LIMIT),
        (lift(7, 12), SILENT, Reason.ABSENCE_IS_NOT_EVIDENCE),
        (lift(1, 2), SILENT, Reason.ABSENCE_IS_NOT_EVIDENCE),
    ],
)
def test_a_denied_amount(claimed: Quantity, verdict: Verdict, reason: Reason) -> None:
    found = judge(claim("not oil LOADED_BY north", claimed), held(LIFT), SCHEMA)
    assert (found.verdict, found.reason) == (verdict, reason)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_over_the_limit_says_how_far(language: str) -> None:
    found = judge(claim("oil LOADED_BY north", lift(30, 30)), held(LIFT), SCHEMA, language)
    assert all(part in found.rationale for part in ("30 g", "3–9 g", "3.33"))


def test_amounts_are_written_as_people_write_them() -> None:
    amounts = [lift(), lift(5, 5), lift(None, 0.5), lift(3, None), Quantity(2, 2, "")]
    assert [written(amount) for amount in amounts] == ["3–9 g", "5 g", "≤ 0.5 g", "≥ 3 g", "2"]


_SIZES = st.floats(1e-3, 1e6)
_INTERVALS = st.tuples(_SIZES, _SIZES).map(sorted)


@given(_INTERVALS, _INTERVALS, st.sampled_from([("g", 1.0), ("mg", 1e3), ("kg", 1e-3), ("\u03bcg", 1e6)]))
def test_a_unit_changes_no_standing(one: list[float], two: list[float], unit: tuple[str, float]) -> None:
    claimed, name, factor = lift(one[0], one[1]), *unit
    converted = lift(one[0] * factor, one[1] * factor, name)
    assert compare(converted, lift(two[0], two[1])) is compare(claimed, lift(two[0], two[1]))


@given(_INTERVALS, st.floats(1.001, 1e3))
def test_whatever_leaves_the_interval_is_not_supported(ends: list[float], beyond: float) -> None:
    record = held(recorded(lift(ends[0], ends[1])))
    above, below = ends[1] * beyond, ends[0] / beyond
    for claimed in (
        lift(above, above),
        lift(ends[0], above),
        lift(None, above),
        lift(below, ends[1]),
        lift(below, below),
    ):
        assert judge(claim("oil LOADED_BY north", claimed), record, SCHEMA).verdict is NO


@given(_INTERVALS, st.floats(0, 1), st.floats(0, 1))
def test_whatever_lies_inside_is_supported(ends: list[float], one: float, other: float) -> None:
    low, high = sorted(ends[0] + (ends[1] - ends[0]) * share for share in (one, other))
    assert compare(lift(low, high), lift(ends[0], ends[1])) in (Standing.EQUAL, Standing.WITHIN)
