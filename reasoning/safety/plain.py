"""A prescription as pasted from anywhere, made plain: one width of letters, nothing unseen, no numbering."""

import re
import unicodedata
from typing import Final

__all__ = ["is_text", "plain", "seen"]

_CIRCLED: Final = re.compile(r"[\u2460-\u249b\u24ea-\u24ff\u2776-\u2793]")  # ① ⑴ ⒈ ⓿ ❶: numbers of a list
_NUMBERED: Final = re.compile(r"(?:(?<=[\s;,、。])|^)\(?(\d{1,2})[.)、]\s*(?=[^\W\d])", re.MULTILINE)


def seen(text: str) -> str:
    """Return a text without characters that only say how to show it: zero-width ones, marks of direction, joiners."""
    return "".join(character for character in text if unicodedata.category(character) != "Cf")


def is_text(text: str) -> bool:
    """Say whether a text has neither control characters nor halves of characters; what is merely rare is text."""
    return all(unicodedata.category(character) not in {"Cc", "Cs"} for character in text)


def plain(text: str) -> str:
    """Return a text in compatibility form, without what cannot be seen and without the numbers of a list."""
    return _unnumbered(unicodedata.normalize("NFKC", _CIRCLED.sub(", ", seen(text))))


def _unnumbered(text: str) -> str:
    """Leave out `1.`, `2.` … where they count up from one: a number that does not may be an amount."""
    found: list[re.Match[str]] = []
    for match in _NUMBERED.finditer(text):
        if int(match[1]) == len(found) + 1:
            found.append(match)
    if len(found) < 2 and not (found and not text[: found[0].start()].strip()):  # noqa: PLR2004  one is no list
        return text
    for match in reversed(found):
        text = f"{text[: match.start()]}, {text[match.end() :]}"
    return text
