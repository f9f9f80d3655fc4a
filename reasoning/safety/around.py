"""What stands around an amount in a prescription: what it is per, how often, for how long, how the thing is handled."""

import re
from typing import Final

from kg.amounts import Amount
from kg.amounts.numerals import NUMERAL
from kg.linking.link import Mention, link
from reasoning.lexicon import is_wide
from reasoning.safety.setting import Setting

__all__ = [
    "BRACKET",
    "NUMBER",
    "TRIM",
    "basis_words",
    "form_words",
    "is_time",
    "lead_of",
    "tail_of",
    "without_each",
    "without_per",
]

BRACKET: Final = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|【[^】]*】")
NUMBER: Final = re.compile(rf"\s*{NUMERAL}(?:\s*[-~至到]\s*{NUMERAL})?\s*")
TRIM: Final = " \t:.-~=*#()[]"
_TIME: Final = re.compile(r"\s*[\d.]+(?:\s*[-~]\s*[\d.]+)?\s*(?:min(?:ute)?s?|hours?|hrs?|h)(?![a-z])", re.IGNORECASE)


def is_time(text: str, amount: Amount, setting: Setting) -> bool:
    """Say whether what looks like an amount is how long something takes."""
    return bool(_TIME.match(text, amount.start)) or any(
        text.startswith(word, amount.start + offset)
        for word in setting.policy.times
        for offset in range(amount.end - amount.start + 1)
        if offset + len(word) > amount.end - amount.start
    )


def _time_at(text: str, at: int, setting: Setting) -> int:
    """Return where a time that begins here ends; -1 if none does."""
    if match := _TIME.match(text, at):
        return match.end()
    found = NUMBER.match(text, at)
    word = next((w for w in setting.policy.times if found and text.startswith(w, found.end())), "")
    return found.end() + len(word) if found and word else -1


def tail_of(part: str, amount: Amount, setting: Setting) -> str:
    """Return the words after an amount that say what it is per and how often."""
    rest, taken = part[amount.end :], 0
    words = sorted((*setting.units.frequencies, *basis_words(setting)), key=len, reverse=True)
    while True:
        skipped = len(rest[taken:]) - len(rest[taken:].lstrip(" ,"))
        found = next((w for w in words if rest[taken + skipped :].casefold().startswith(w)), None)
        if found is None:
            return rest[:taken]
        taken += skipped + len(found)


def lead_of(text: str, setting: Setting) -> tuple[str, str]:
    """Split what stands behind an amount into what it says of the handling, and the rest."""
    at = 0
    mentions = [m for m in link(text, setting.index).hits if _is_handling(m, setting)]
    words = form_words(setting)
    while at < len(text):
        if text[at] in TRIM and text[at] not in "([":
            at += 1
            continue
        bracket, time = BRACKET.match(text, at), _time_at(text, at, setting)
        spans = [m.end for m in mentions if m.start == at]
        spans += [bracket.end()] if bracket else []
        spans += [time] if time > at else []
        spans += [at + len(w) for w in words if _starts(text, at, w) and not _is_name(text, at, setting)]
        if not spans:
            break
        at = max(spans)
    return text[:at], text[at:]


def _starts(text: str, at: int, word: str) -> bool:
    if not text.casefold().startswith(word, at):
        return False
    after = text[at + len(word) : at + len(word) + 1]
    return is_wide(word[-1]) or not (after.isalpha() and not is_wide(after))


def _is_name(text: str, at: int, setting: Setting) -> bool:
    return any(m.start == at and not _is_handling(m, setting) for m in link(text, setting.index).mentions)


def _is_handling(mention: Mention, setting: Setting) -> bool:
    return all(candidate.type in setting.policy.handling for candidate in mention.candidates)


def without_per(name: str, setting: Setting) -> tuple[str, str]:
    """Split off the words at the end of a name that say what the amount behind it is per (`每次`)."""
    left, words = name.rstrip(TRIM), sorted((*setting.units.frequencies, *basis_words(setting)), key=len, reverse=True)
    while found := next((w for w in words if left.casefold().endswith(w) and (is_wide(w[0]) or left == w)), None):
        left = left[: -len(found)].rstrip(TRIM)
    return (left, name[len(left) :].strip(TRIM)) if len(left) < len(name.rstrip(TRIM)) else (name, "")


def without_each(name: str, setting: Setting) -> tuple[str, bool]:
    """Leave out a word that gives one amount to all things before it (`各`); say whether there was one."""
    plain = name.rstrip(TRIM)
    for word in setting.policy.each_word:
        if plain.casefold().endswith(word):
            return plain[: -len(word)], True
        if not is_wide(word[0]) and plain.casefold().startswith(f"{word} "):
            return plain[len(word) :], True
    return name, False


def form_words(setting: Setting) -> tuple[str, ...]:
    """Return all words for forms of preparation."""
    return tuple(word for form in setting.policy.forms.values() for word in form.words)


def basis_words(setting: Setting) -> tuple[str, ...]:
    """Return all words for what an amount is per."""
    return tuple(word for words in setting.units.bases.values() for word in words)
