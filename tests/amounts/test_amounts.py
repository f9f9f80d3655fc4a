"""Amounts as people write them, in Chinese and English, and units whose size changed."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import kg.packs
from kg.amounts import Units, find_amounts, parse_units, read_amount, unit_faults
from kg.amounts.numerals import number

RAW = yaml.safe_load((Path(kg.packs.__path__[0]) / "herbal" / "units.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def units() -> Units:
    return parse_units(RAW)


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("9g 30g", [9, 30]),
        ("9g\n30g", [9, 30]),
        ("9g30g", [9, 30]),
        ("3钱 1两", [9, 30]),
        ("一两三钱", [39]),
        ("1 kg 300 g", [1300]),
        ("附子9g先煎2小时，甘草6g", [9, 6]),
    ],
)
def test_amounts_beside_each_other_are_added_only_as_parts(text: str, amounts: list[float], units: Units) -> None:
    assert [each.high for each in find_amounts(text, units)] == amounts


@pytest.mark.parametrize(
    ("said", "low", "high", "unit"),
    [
        ("3～9g", 3, 9, "g"),
        ("１５～３０ｇ", 15, 30, "g"),
        ("3g～9g", 3, 9, "g"),
        ("1.5 至 3 克", 1.5, 3, "g"),
        ("3 to 9 grams", 3, 9, "g"),
        ("500mg", 0.5, 0.5, "g"),
        ("500mg-1g", 0.5, 1, "g"),
        ("0.5毫克", 0.0005, 0.0005, "g"),
        ("三钱", 9, 9, "g"),
        ("三至五钱", 9, 15, "g"),
        ("二两", 60, 60, "g"),
        ("一两半", 45, 45, "g"),
        ("半两", 15, 15, "g"),
        ("一钱五分", 4.5, 4.5, "g"),
        ("十五克", 15, 15, "g"),
        ("二十四克", 24, 24, "g"),
        ("不超过3克", None, 3, "g"),
        ("3克以内", None, 3, "g"),
        ("at least 2 g", 2, None, "g"),
        ("30g以上", 30, None, "g"),
        ("10^9 g", 1e9, 1e9, "g"),
        ("-5g", -5, -5, "g"),
        ("1 litre", 1000, 1000, "mL"),
        ("两片", 2, 2, "片"),
        ("十二枚", 12, 12, "枚"),
        ("5mg/kg", 5, 5, "mg/kg"),
        ("0.1～0.2 g/kg", 0.1, 0.2, "g/kg"),
        ("10 µg/kg", 10, 10, "μg/kg"),
        ("5 毫克/公斤", 5, 5, "mg/kg"),
    ],
)
def test_an_amount_is_read(said: str, low: float | None, high: float | None, unit: str, units: Units) -> None:
    amount = read_amount(said, units)
    assert amount is not None
    assert amount.low == pytest.approx(low)
    assert amount.high == pytest.approx(high)
    assert amount.unit == unit
    assert amount.written == said


@pytest.mark.parametrize("said", ["", "适量", "麻黄", "9", "3g 和 5g", "五味子", "三七", "千金子"])
def test_what_is_no_single_amount_is_none(said: str, units: Units) -> None:
    assert read_amount(said, units) is None


@pytest.mark.parametrize(
    ("said", "basis", "times"),
    [
        ("一次0.6g，一日3次", "per_dose", 3),
        ("每日9g", "adult_daily", None),
        ("9 g per day", "adult_daily", None),
        ("9克", "", None),
        ("每次 3 克", "per_dose", None),
    ],
)
def test_what_an_amount_is_per(said: str, basis: str, times: float | None, units: Units) -> None:
    (amount,) = find_amounts(said, units)
    assert (amount.basis, amount.times) == (basis, times)


def test_a_unit_that_changed_goes_by_the_date(units: Units) -> None:
    assert units.convert(3, "两", "g") == pytest.approx(90)
    assert units.convert(3, "两", "g", year=210) == pytest.approx(46.8)
    assert units.convert(3, "两", "g", year=1000) is None  # no source for it
    assert units.convert(1, "钱", "mL") is None
    assert units.convert(2, "片", "g") is None


def test_a_converted_amount_names_its_factor(units: Units) -> None:
    traditional, metric = read_amount("三钱", units), read_amount("9g", units)
    assert traditional is not None
    assert traditional.factor is not None
    assert traditional.factor.source
    assert metric is not None
    assert metric.factor is None


@pytest.mark.parametrize(
    "raw",
    [
        {"unit": {}},
        {"units": {"x": {"words": ["x"]}}},
        {"units": {"x": {"words": {"en": ["x"]}, "of": "stone", "factors": [{"is": 1, "source": "s"}]}}},
        {"units": {"x": {"words": {"en": ["x"]}, "of": "g", "factors": [{"is": 1}]}}},
        {"units": {"x": {"words": {"en": ["x"]}, "of": "g", "factors": [{"is": -1, "source": "s"}]}}},
        {"units": {"x": {"words": {"en": ["x"]}, "of": "g"}}},
        {"bases": {"b": ["daily"]}},
        {"frequencies": [{"times": 0, "words": {"en": ["never"]}}]},
    ],
)
def test_units_that_do_not_fit_are_named(raw: dict[str, object]) -> None:
    (fault,) = unit_faults(raw)
    assert fault.startswith("units.yaml: ")


def test_a_factor_cites_a_known_work() -> None:
    raw = {"units": {"x": {"words": {"en": ["x"]}, "of": "g", "factors": [{"is": 1, "source": "nowhere"}]}}}
    assert unit_faults(raw, sources=["here"])
    assert not unit_faults(raw, sources=["nowhere"])


@given(st.integers(0, 9999))
def test_chinese_numerals_mean_what_digits_mean(value: int) -> None:
    digits = "〇一二三四五六七八九"
    said, zero = "", False
    for place, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, zero_before = value // place % 10, zero
        if digit:
            said += ("零" if zero_before and said else "") + digits[digit] + unit
            zero = False
        else:
            zero = True
    assert number(said or "〇") == value


@given(st.text(max_size=60))
def test_any_text_has_amounts_or_none_within_it(said: str) -> None:
    units = parse_units(RAW)
    for amount in find_amounts(said, units):
        assert said[amount.start : amount.end] == amount.written
