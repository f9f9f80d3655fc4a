"""What is stated of one thing that is to be used: how much, in which form, how handled."""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from kg.amounts import Amount, find_amounts
from kg.amounts.numerals import number
from kg.linking.link import link
from kg.messages import text
from reasoning.safety.model import FieldFault
from reasoning.safety.setting import Setting

__all__ = ["NOTHING_STATED", "Stated", "has_word", "stated"]

_MOST: Final = 64  # characters of a dose that are looked at
_NUMBER: Final = re.compile(r"\s*(?P<low>\d{1,6}(?:\.\d{1,6})?)(?:\s*[-~～至到]\s*(?P<high>\d{1,6}(?:\.\d{1,6})?))?\s*")


@dataclass(frozen=True, slots=True)
class Stated:
    """What is said of a thing.

    Attributes:
        amount: how much of it; None if nothing is said, or nothing definite.
        is_each: the amount is per dose, not per day.
        times: how often a day it is taken; None if nothing is said.
        forms: names of forms (of `safety.yaml`).
        handlings: entities that say how it is handled.
        is_said: anything is said of amount, form or handling.
    """

    amount: Amount | None = None
    is_each: bool = False
    times: float | None = None
    forms: frozenset[str] = frozenset()
    handlings: frozenset[str] = frozenset()
    is_said: bool = False


NOTHING_STATED: Final = Stated()


def stated(  # noqa: PLR0913, PLR0917  a subject's texts, and where they stand
    dose: str, preparation: str, name: str, setting: Setting, field: str, language: str
) -> tuple[Stated, list[FieldFault]]:
    """Read dose and preparation, and what the name itself says of its form.

    Args:
        dose: as written; empty if nothing is said.
        preparation: as written; empty if nothing is said.
        name: the name under which the thing stands.
        setting: of the domain.
        field: the path of the subject in the request.
        language: of the faults.
    """
    amount, faults = _amount(dose, setting, f"{field}.dose", language)
    key = ("stated", dose, preparation, name)
    return setting.memory.of(key, lambda: _stated(amount, dose, preparation, name, setting)), faults


def _stated(amount: Amount | None, dose: str, preparation: str, name: str, setting: Setting) -> Stated:
    policy = setting.policy
    said = f"{preparation} {dose}".casefold()
    mentions = link(f"{preparation} {dose}", setting.index).hits if said.strip() and policy.handling else ()
    handlings = frozenset(c.entity for m in mentions for c in m.candidates if c.type in policy.handling)
    forms = {form for form, each in policy.forms.items() if has_word(said, each.words)}
    plain = name.strip().casefold()
    forms |= {form for form, each in policy.forms.items() if plain.startswith(each.names) and each.names}
    beside = _beside_names(plain, setting)
    forms |= {form for form, each in policy.forms.items() if has_word(beside, each.words)}
    often = sorted(setting.units.frequencies, key=len, reverse=True)
    times = next((setting.units.frequencies[word] for word in often if word in dose.casefold()), None)
    is_each = amount is not None and _is_each(amount, times, dose, setting)
    is_said = bool(dose.strip() or preparation.strip())
    return Stated(amount, is_each, times, frozenset(forms), handlings, is_said)


def _beside_names(said: str, setting: Setting) -> str:
    """Return a text without the names of things to be used in it."""
    rest = list(said)
    for mention in link(said, setting.index).mentions:
        if not setting.policy.coverage or any(c.type in setting.policy.coverage for c in mention.candidates):
            rest[mention.start : mention.end] = " " * (mention.end - mention.start)
    return "".join(rest)


def _amount(dose: str, setting: Setting, field: str, language: str) -> tuple[Amount | None, list[FieldFault]]:
    if not dose.strip():
        return None, []
    found = setting.memory.of(("dose", dose), lambda: find_amounts(dose[:_MOST], setting.units))
    if not found and (bare := _NUMBER.fullmatch(dose)):
        # A number without a unit is an amount that nobody can compare.
        low, high = number(bare["low"]), number(bare["high"] or bare["low"])
        found = [Amount(0, len(dose), low, high, "", dose.strip())]
    if not found:
        key = _unread(dose, setting)
        return None, [FieldFault(field, text(key, language, dose=dose))] if key else []
    amount = next((each for each in found if each.basis and each.basis == setting.policy.daily), found[0])
    ends = [end for end in (amount.low, amount.high) if end is not None]
    limit = setting.policy.most.get(amount.unit, math.inf)
    if any(not math.isfinite(end) or end <= 0 for end in ends):
        key = "dose_sign"
    elif ends != sorted(ends):
        key = "dose_order"
    else:
        key = "dose_large" if max(ends) > limit else ""
    if not key:
        return amount, []
    return None, [FieldFault(field, text(key, language, dose=dose, limit=f"{limit:g} {amount.unit}"))]


def _unread(dose: str, setting: Setting) -> str:
    """Return why a text without an amount is no dose; empty if it leaves the amount open."""
    if has_word(dose.casefold(), setting.policy.indefinite) or link(dose, setting.index).hits:
        return ""
    return "dose_unit" if any(character.isdigit() for character in dose) else "dose_unread"


def _is_each(amount: Amount, times: float | None, dose: str, setting: Setting) -> bool:
    """Say whether an amount is per dose: it says so, or how often it is taken and not that it is for a day."""
    policy = setting.policy
    if amount.basis == policy.each and policy.each:
        return True
    rest = dose.casefold()
    for word in sorted(setting.units.frequencies, key=len, reverse=True):
        rest = rest.replace(word, " ")
    return times is not None and not has_word(rest, setting.units.bases.get(policy.daily, ()))


def has_word(said: str, words: Iterable[str]) -> bool:
    """Say whether a text in lower case has one of some words; words of letters only as whole words."""
    held = tuple(words)
    return bool(held) and _pattern(held).search(said) is not None


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(rf"(?<![a-z]){re.escape(w)}(?![a-z])" if w.isascii() else re.escape(w) for w in words))
