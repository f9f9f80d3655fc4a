"""Romanised names (`zh-Latn`): syllables and tones, and the other ways in which people type them."""

import unicodedata
from typing import Final

from kg.linking.fold import fold_key, is_latin

__all__ = ["initials", "is_romanised", "marks", "spellings"]

_TONES: Final = {"\u0304": 1, "\u0301": 2, "\u030c": 3, "\u0300": 4}


def is_romanised(language: str) -> bool:
    """Say whether names of this language are transliterations, as `zh-Latn` are."""
    return "-Latn" in language


def spellings(name: str) -> tuple[str, ...]:
    """Return the folded forms of a romanised name: without tones, with `v` for `ü`, with tone numbers."""
    plain = fold_key(name)
    with_v = fold_key(unicodedata.normalize("NFC", name).replace("ü", "v").translate(_V))
    numbered = "".join(fold_key(syllable) + _number(syllable) for syllable in name.split())
    return tuple(dict.fromkeys((plain, with_v, numbered)))


def marks(text: str) -> tuple[int, ...]:
    """Return for each folded letter or digit of a Latin text the tone mark (1 to 4) that it carries, or 0."""
    found: list[int] = []
    for character in unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text)):
        if character in _TONES and found:
            found[-1] = _TONES[character]
        elif is_latin(character):
            found.append(0)
    return tuple(found)


def initials(name: str) -> str:
    """Return the first letters of the words of a name, folded; empty for a single word."""
    words = _words(name)
    return "".join(word[0] for word in words) if len(words) > 1 else ""


def _words(name: str) -> tuple[str, ...]:
    """Return the words of a name, each folded."""
    return tuple(key for word in name.replace("-", " ").split() if (key := fold_key(word)))


_V: Final = str.maketrans("ǖǘǚǜÜ", "vvvvv")


def _number(syllable: str) -> str:
    return next((str(tone) for tone in marks(syllable) if tone), "")
