"""Splitting a text into sentences: punctuation of both languages, lines, headings, items of lists."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import yaml
from spacy.tokens import Doc

__all__ = ["sentences"]

_ENDS: Final = frozenset("。！？!?…")
_CLOSING: Final = frozenset("”’」』）)】]》\"'*_")
_STOP: Final = "."


def sentences(doc: Doc) -> tuple[tuple[int, int], ...]:
    """Return start and end (characters) of every sentence; together they cover the text without a gap."""
    length = len(doc.text)
    found: list[tuple[int, int]] = []
    start = 0
    for end in _ends(doc):
        if end > start:
            found.append((start, end))
            start = end
    if length > start:
        found.append((start, length))
    return tuple(found)


def _ends(doc: Doc) -> Iterator[int]:
    """Yield where sentences end, after the closing marks and the space that follow."""
    words = [token.text for token in doc]
    starts = [token.idx for token in doc] + [len(doc.text)]
    position = 0
    while position < len(words):
        word = words[position]
        position += 1
        broken = "\n" in word and _ends_line(words, position - 1)
        if not (broken or word in _ENDS or (word == _STOP and _ends_at_stop(words, position - 1))):
            continue
        while position < len(words) and (words[position] in _ENDS or words[position] in _CLOSING):
            position += 1
        while position < len(words) and words[position].isspace():
            position += 1
        yield starts[position]


def _ends_line(words: list[str], at: int) -> bool:
    """Say whether a line break ends a sentence; in a wrapped line of letters it does not."""
    if words[at].count("\n") > 1 or at + 1 >= len(words) or at == 0:
        return True
    before, after = words[at - 1], words[at + 1]
    return not (after[:1].islower() and after[:1].isascii() and (before[-1:].isalnum() or before == ","))


def _ends_at_stop(words: list[str], at: int) -> bool:
    before = words[at - 1] if at else ""
    after = words[at + 1] if at + 1 < len(words) else "\n"
    if not (after.isspace() or after in _CLOSING):
        return False
    if before.isdigit():  # 1. Item
        return at > 1 and "\n" not in words[at - 2]
    is_initial = len(before) == 1 and before.isalpha() and before.isascii() and before not in _WORDS_OF_ONE_LETTER
    return not is_initial and before not in _abbreviations()


_WORDS_OF_ONE_LETTER: Final = frozenset("gi")  # gram; I


@cache
def _abbreviations() -> frozenset[str]:
    file = Path(__file__).parents[1] / "language" / "en.yaml"
    return frozenset(yaml.safe_load(file.read_text(encoding="utf-8"))["abbreviations"])
