"""The tokeniser: one spaCy document for text in both scripts, mixed as it comes.

A character of a script without spaces is a token; so is a word of letters, a number with its decimals, an
abbreviation with its full stop, and every other character. Tokens are as long as their text, so that offsets agree.
"""

import re
import unicodedata
from functools import cache
from typing import Final

import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab

from reasoning.lexicon import is_wide

__all__ = ["tokenise", "vocabulary"]

_WORD: Final = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’\-][^\W\d_]+)*|\s+|.", re.DOTALL)
_LONGEST: Final = 200  # characters of a token; a longer run of letters is cut


@cache
def _pipeline() -> spacy.language.Language:
    return spacy.blank("xx")


def vocabulary() -> Vocab:
    """Return the vocabulary that documents and matchers share."""
    return _pipeline().vocab


def tokenise(text: str) -> Doc:
    """Return the tokens of a text (as returned by `reasoning.lexicon.plain`); takes time linear in its length."""
    words: list[str] = []
    for match in _WORD.finditer(text):
        words += _pieces(match[0])
    return Doc(vocabulary(), words=words, spaces=[False] * len(words))


def _pieces(word: str) -> list[str]:
    if len(word) == 1:
        return [word]
    if not any(is_wide(character) for character in word):
        return [word[start : start + _LONGEST] for start in range(0, len(word), _LONGEST)]
    pieces: list[str] = []
    narrow = ""
    for character in word:
        if is_wide(character) or unicodedata.category(character) == "Lo":
            pieces += [narrow, character] if narrow else [character]
            narrow = ""
        else:
            narrow += character
    return [*pieces, narrow] if narrow else pieces
