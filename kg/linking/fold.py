"""Folding: the one form under which spellings of the same name are equal, with a way back to the text.

Compatibility forms and width (NFKC), traditional to simplified characters, case, and tone marks and
other accents on Latin letters are folded away, and so is what stands *inside* a Latin name: spaces, a
hyphen, an apostrophe, a middle dot (`gan cao` = `gancao` = `Gān-cǎo`). Every character is folded
without looking at its neighbours, so a name folds the same alone and in the middle of a sentence.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

__all__ = ["Folded", "fold", "fold_key", "is_latin", "units", "word_breaks"]

_JOINERS: Final = frozenset("-‐‑‒–'’‘ʼ`´·‧・•∙_")
_SPACES: Final = frozenset(" \t\u00a0\u2009\u202f\u3000")
_INNER: Final = _JOINERS | _SPACES
_MARK: Final = re.compile("[\u0300-\u036f]")
_ACCENTS: Final = range(0x0300, 0x0370)
# CJK radicals, kana, ideographs and Yi; compatibility ideographs; the supplementary planes of ideographs.
_UNSPACED: Final = (range(0x2E80, 0xA4D0), range(0xF900, 0xFB00), range(0x20000, 0x40000))
_CLUSTER: Final = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_LAST_LATIN: Final = "\u024f"  # in other scripts a mark makes another letter: й is not и, が is not か
_MAX_MARKS: Final = 8  # a letter carries no more in any language; what follows is an attack on the eye


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text. Character `i` of `text` stands for `original[starts[i]:ends[i]]`."""

    original: str
    text: str
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the offsets into the original text of the folded slice `start:end` (not empty)."""
        return self.starts[start], self.ends[end - 1]

    def breaks(self, start: int, end: int) -> frozenset[int]:
        """Return after how many characters of the slice `start:end` the original has a space or joiner."""
        return frozenset(
            position - start
            for position in range(start + 1, end)
            if self.starts[position] > self.ends[position - 1]
            and any(
                c in _SPACES or c in _JOINERS for c in self.original[self.ends[position - 1] : self.starts[position]]
            )
        )


def is_latin(character: str) -> bool:
    """Say whether words of this character are separated by spaces (Latin, Greek, digits, …), unlike Chinese."""
    return character.isalnum() and not _is_unspaced(character)


def fold(text: str) -> Folded:
    """Fold `text`; takes time linear in its length."""
    pieces: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for start, end in (match.span() for match in _CLUSTER.finditer(text)):
        for character in _fold_cluster(text[start : min(end, start + 1 + _MAX_MARKS)]):
            pieces.append(character)
            starts.append(start)
            ends.append(end)
    kept = _without_joiners(pieces)
    return Folded(
        text,
        "".join(pieces[position] for position in kept),
        tuple(starts[position] for position in kept),
        tuple(ends[position] for position in kept),
    )


@lru_cache(maxsize=65_536)
def fold_key(name: str) -> str:
    """Return the folded form of one name, without surrounding space."""
    text = name.strip()
    if _MARK.search(text):
        return fold(text).text.strip()
    folded = "".join(map(_fold_cluster, text))  # without marks every character is folded alone
    if not _INNER.isdisjoint(folded):
        folded = "".join(folded[position] for position in _without_joiners(folded))
    return folded.strip()


def word_breaks(name: str) -> frozenset[int]:
    """Return after how many characters of its folded form the words of a name end, but for the last one."""
    text = name.strip()
    if _INNER.isdisjoint(text):
        return frozenset()
    folded = fold(text)
    return folded.breaks(0, len(folded.text))


def units(key: str) -> list[str]:
    """Return what names may share: characters of Chinese, pairs of letters (there are only 26 letters)."""
    if key and is_latin(key[0]):
        return [key[position : position + 2] for position in range(len(key) - 1)]
    return list(key)


def _is_unspaced(character: str) -> bool:
    return not character.isascii() and any(ord(character) in block for block in _UNSPACED)


@lru_cache(maxsize=65_536)
def _fold_cluster(cluster: str) -> str:
    folded = "".join(_strip_accents(character) for character in unicodedata.normalize("NFKC", cluster))
    return _simplify(folded.casefold())


def _strip_accents(character: str) -> str:
    decomposed = unicodedata.normalize("NFD", character)
    if len(decomposed) == 1 or decomposed[0] > _LAST_LATIN:
        # Zero-width spaces, joiners and direction marks show nothing and must not split a name.
        return "" if ord(character) in _ACCENTS or unicodedata.category(character) == "Cf" else character
    return "".join(part for part in decomposed if ord(part) not in _ACCENTS)


def _without_joiners(pieces: Sequence[str]) -> list[int]:
    """Return the positions to keep: all but a run of spaces, or one joiner, between two Latin letters or digits."""
    kept: list[int] = []
    position = 0
    while position < len(pieces):
        piece = pieces[position]
        end = position + 1
        if piece in _SPACES:
            while end < len(pieces) and pieces[end] in _SPACES:
                end += 1
        inside = piece in _SPACES or piece in _JOINERS
        if inside and kept and end < len(pieces) and is_latin(pieces[kept[-1]]) and is_latin(pieces[end]):
            position = end
            continue
        kept.extend(range(position, end))
        position = end
    return kept


@cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def _simplify(text: str) -> str:
    return text if text.isascii() else "".join(_converter()(c) if _is_unspaced(c) else c for c in text)
