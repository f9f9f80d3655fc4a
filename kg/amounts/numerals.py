"""Numbers in digits (of any width) and in Chinese numerals."""

import re
from typing import Final

__all__ = ["NUMERAL", "number"]

_DIGITS: Final = {c: i for i, c in enumerate("〇一二三四五六七八九")} | {
    "零": 0, "两": 2, "兩": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4, "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9,
}  # fmt: skip
_TENS: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000, "万": 10_000, "萬": 10_000}
_CHINESE: Final = "".join((*_DIGITS, *_TENS))
_TWO: Final = "两兩"  # also a unit: a numeral only where a number begins (两片, not the second sign of 二两)
_REST: Final = "".join(c for c in _CHINESE if c not in _TWO)

NUMERAL: Final = (
    rf"(?:[+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d{{1,3}}|\^\d{{1,3}}|[^\S\r\n]*/[^\S\r\n]*\d+)?"
    rf"|半|[{_TWO}](?:[{''.join(_TENS)}][{_REST}]*)?|[{_REST}]+)"
)
"""Pattern of one number, in text folded to half width."""


def number(said: str) -> float | None:
    """Return the value of a numeral, or None if it is none; `半` is a half, `1/2` a fraction."""
    said = said.strip()
    if said == "半":
        return 0.5
    if re.fullmatch(r"[+-]?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d{1,3})?", said):
        return float(said.replace(",", ""))
    if power := re.fullmatch(r"([+-]?\d[\d,]*(?:\.\d+)?)\^(\d{1,3})", said):
        return float(power[1].replace(",", "")) ** int(power[2])
    if fraction := re.fullmatch(r"([+-]?\d[\d,]*(?:\.\d+)?)\s*/\s*(\d+)", said):
        below = float(fraction[2])
        return float(fraction[1].replace(",", "")) / below if below else None
    return _chinese(said)


def _chinese(said: str) -> float | None:
    if not said or any(c not in _CHINESE for c in said):
        return None
    if all(c in _DIGITS for c in said):  # 二〇: digit by digit
        return float("".join(str(_DIGITS[c]) for c in said))
    total, section, digit = 0, 0, 0
    for c in said:
        if c in _DIGITS:
            digit = _DIGITS[c]
            continue
        unit = _TENS[c]
        if unit == _TENS["万"]:
            total += (section + digit) * unit
            section = 0
        else:
            section += (digit or 1) * unit
        digit = 0
    return float(total + section + digit)
