"""What a prescription says of the person: keys of the context, by the words that `safety.yaml` gives for them."""

import re
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from kg.amounts import find_amounts
from kg.amounts.numerals import NUMERAL, number
from kg.linking.link import Mention, link
from kg.model import Scalar
from kg.rules import Key
from reasoning.lexicon import is_wide
from reasoning.safety.names import taken_for
from reasoning.safety.setting import Setting
from reasoning.safety.stated import has_word

__all__ = ["Person"]

_FILL: Final = " \t:.-~()[]!"
_LONGEST: Final = 4  # words that say one thing of the person (`怀孕 5 个月`)


class Person:
    """Hears the parts of a prescription that are about the person, one after the other."""

    def __init__(self, setting: Setting) -> None:
        """Know the words of a domain."""
        self._setting = setting
        self._held: dict[str, Any] = {}
        self.days: float | None = None

    def context(self) -> dict[str, Scalar | list[str]]:
        """Return what was heard, by the keys of the context."""
        return dict(self._held)

    def without(self, part: str) -> str:
        """Take in what a part of the text says of the person; return what is left of it, empty if that was all.

        Of words with spaces between them those are taken that say something of the person by themselves, but none with
        an amount behind it: these are things to be used.
        """
        pieces = part.split() if any(map(is_wide, part)) else [part]
        if self._hears_each(pieces):
            return ""
        if len(pieces) == 1 or (taken_for(part, self._setting).entities and not self._is_of_person(part)):
            return part
        left = self._unheard(pieces)
        if len(left) < len(pieces):
            return " ".join(left)
        return "" if not find_amounts(pieces[0], self._setting.units) and self._hears_each([part]) else part

    def _unheard(self, pieces: Sequence[str]) -> list[str]:
        """Take in the longest runs of words that say something; return the other words."""
        left: list[str] = []
        at = 0
        while at < len(pieces):
            runs = [e for e in range(min(len(pieces), at + _LONGEST), at, -1) if not self._is_amount(pieces[e:])]
            runs = [e for e in runs if e == len(pieces) or not re.fullmatch(NUMERAL, pieces[e - 1])]
            is_unit = bool(left) and left[-1] == pieces[at - 1] and re.fullmatch(NUMERAL, left[-1])
            end = next((e for e in runs if not is_unit and self._hears_each([" ".join(pieces[at:e])])), at)
            left += [pieces[at]] if end == at else []
            at = max(end, at + 1)
        return left

    def _is_amount(self, pieces: Sequence[str]) -> bool:
        """Say whether words begin with an amount: what stands before it is a thing to be used."""
        is_number = bool(pieces) and bool(pieces[0][0].isdigit() or re.fullmatch(NUMERAL, pieces[0]))
        return is_number and not self._is_about(pieces)

    def _is_about(self, pieces: Sequence[str]) -> bool:
        """Say whether words that begin with a number are about the person (`65岁`)."""
        measures = [measure for about in self._setting.policy.context.values() for measure in about.measures]
        words = [word for measure in measures for word in measure.words]
        rest = re.sub(NUMERAL, "", "".join(pieces[:2]).casefold(), count=1)
        return any(rest.startswith(word) for word in words)

    def _hears_each(self, parts: Iterable[str]) -> bool:
        held = {key: list(value) if isinstance(value, list) else value for key, value in self._held.items()}, self.days
        if all(self._hears(part) for part in parts):
            return True
        self._held, self.days = held
        return False

    def _hears(self, part: str) -> bool:
        if taken_for(part, self._setting).entities and not self._is_of_person(part):
            return False
        rest = self._without_days(part.strip(_FILL))
        rest = self._without_length(rest)
        if not rest:
            return True
        rest = self._without_values(rest)
        if not rest:
            return True
        return self._hears_list(rest)

    def _is_of_person(self, part: str) -> bool:
        """Say whether a name is of something that is heard of a person only: a drug beside it, a condition."""
        types = self._types_of_lists()
        found = [c.type for m in link(part, self._setting.index).mentions for c in m.candidates]
        return bool(found) and all(kind in types for kind in found)

    def _types_of_lists(self) -> dict[str, str]:
        """Return the types that are said without further words under some key: those of the first types that it has."""
        by_type: dict[str, str] = {}
        for key, about in self._setting.policy.context.items():
            for kind in about.alone:
                by_type.setdefault(kind, key)
        return by_type

    def _without_length(self, part: str) -> str:
        """Leave out how long something has lasted that was heard of before (`pregnant, 20 weeks`)."""
        for key, about in self._setting.policy.context.items():
            if about.lasting and self._held.get(key) is True:
                part = re.sub(rf"\s*{NUMERAL}\s*-?\s*(?:{_any(about.lasting)})\s*", "", part, count=1)
        return part

    def _without_days(self, part: str) -> str:
        words = self._setting.policy.days
        if not words:
            return part
        found = re.fullmatch(rf"(?:[共×xX*\s]*)({NUMERAL})\s*(?:{_any(words)})", part.casefold())
        if found and (value := number(found[1])) is not None:
            self.days = value
            return ""
        return part

    def _without_values(self, part: str) -> str:
        """Take numbers with their words and words with their values out of a part; return what is left of it."""
        rest = part.casefold()
        denied = _is_denied(rest)
        for about in self._setting.policy.context.values():
            if about.lasting:  # for how long is neither an age nor a time of use
                long, lived = _any(about.lasting), _any([w for each in about.values.values() for w in each])
                rest = re.sub(rf"({lived})了?\s*{NUMERAL}\s*(?:{long})", r"\1", rest)
                rest = re.sub(rf"{NUMERAL}\s*-?\s*(?:{long})\s*({lived})", r"\1", rest)
        for key, about in self._setting.policy.context.items():
            for measure in about.measures:
                pattern = rf"({NUMERAL})\s*-?\s*(?:{_any(measure.words)})(?![a-z])"
                if (found := re.search(pattern, rest)) and (amount := number(found[1])) is not None:
                    self._held[key] = round(amount * measure.times, 4)
                    rest = rest[: found.start()] + " " + rest[found.end() :]
        for key, about in self._setting.policy.context.items():
            for value, words in about.values.items():
                held = next((word for word in words if _stands(rest, word)), None)
                if held is None or (value != "true" and denied):
                    continue
                self._held[key] = (not denied) if value == "true" else value
                rest = rest.replace(held, " ", 1)
        if rest == part.casefold():
            return part
        rest = _without(rest, _negations()) if denied else rest
        abouts = self._setting.policy.context.values()
        fillers = [w for about in abouts if about.measures for w in about.before]
        fillers += [w for about in abouts if about.alone for w in about.after]
        return _without(rest, fillers).strip(_FILL)

    def _hears_list(self, part: str) -> bool:
        folded = part.casefold()
        denied = _is_denied(folded)
        for key, about in self._setting.policy.context.items():
            if self._setting.context.get(key) == "strings" and _is_marked(folded, about):
                listed = self._listed(_without(part, (*about.before, *about.after)))
                if not denied:
                    self._add(key, listed)
                return bool(listed)
        types = self._types_of_lists()
        mentions = [m for m in link(part, self._setting.index).mentions if _kind(m) in types]
        if not mentions or not _fills(part, mentions, self._setting):
            return False
        if denied:
            return True
        for mention in mentions:
            self._add(types[_kind(mention)], [mention.text])
        return True

    def _listed(self, text: str) -> list[str]:
        words = [w for w in self._setting.policy.separate if len(w) > 1 or is_wide(w)]
        joints = "|".join(rf"\b{re.escape(w)}\b" if w.isascii() else re.escape(w) for w in words)
        parts = re.split(joints, text) if joints else [text]
        return [part.strip(_FILL) for part in parts if part.strip(_FILL)]

    def _add(self, key: str, texts: Iterable[str]) -> None:
        held = self._held.setdefault(key, [])
        held.extend(text for text in texts if text not in held)


def _kind(mention: Mention) -> str:
    return mention.candidates[0].type


def _stands(text: str, word: str) -> bool:
    """Say whether a text has a word: of one sign only where no other sign of a word touches it."""
    if len(word) > 1 or not is_wide(word):
        return has_word(text, (word,))
    at = text.find(word)
    around = text[max(at - 1, 0) : at] + text[at + 1 : at + 2]
    return at >= 0 and not any(is_wide(c) and c.isalpha() for c in around)


def _is_marked(text: str, about: Key) -> bool:
    """Say whether words before or after a name put it under a key; those of a single sign do not by themselves."""
    before = any(text.startswith(word) for word in about.before if len(word) > 1)
    after = any(text.endswith(word) for word in about.after if len(word) > 1)
    return before or (after and bool(about.before))


def _fills(part: str, mentions: Iterable[Mention], setting: Setting) -> bool:
    """Say whether a part is nothing but names, with words around them that say nothing more."""
    rest = list(part.casefold())
    for mention in mentions:
        rest[mention.start : mention.end] = " " * (mention.end - mention.start)
    words = [w for about in setting.policy.context.values() for w in (*about.before, *about.after)]
    if all(_kind(mention) in setting.policy.coverage for mention in mentions):  # only what is taken has a form
        words += [w for form in setting.policy.forms.values() for w in form.words]
    left = _without("".join(rest), (*words, *setting.policy.separate, *_negations()))
    return not any(is_wide(c) and c.isalpha() for c in left)


def _is_denied(text: str) -> bool:
    return any(text.startswith(word) for word in _negations() if is_wide(word[0])) or has_word(
        text, [word for word in _negations() if not is_wide(word[0])]
    )


def _without(text: str, words: Iterable[str]) -> str:
    for word in sorted(set(words), key=len, reverse=True):
        pattern = re.escape(word) if is_wide(word[0]) else rf"\b{re.escape(word)}\b"
        text = re.sub(pattern, " ", text, flags=re.IGNORECASE)
    return text


def _any(words: Iterable[str]) -> str:
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True)))


@cache
def _negations() -> tuple[str, ...]:
    """Return the words of both languages that deny, the longest first."""
    folder = Path(__file__).parents[1] / "language"
    found: list[str] = []
    for file in sorted(folder.glob("*.yaml")):
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        found += said.get("statements", {}).get("negation", ())
    return tuple(sorted({word.casefold() for word in found}, key=len, reverse=True))
