"""Whether text that nothing explains says something of its own, by its parts of speech."""

from functools import lru_cache
from typing import Final

from reasoning.leftovers import parts_of_speech
from reasoning.lexicon import is_wide

__all__ = ["has_content", "names_something"]

_CONTENT: Final = frozenset("nvaibjlsz")
_NAMING: Final = frozenset("nabjzilxgsh")  # parts of speech that may begin a longer name
_LONGEST_TAGGED: Final = 24  # characters; tagging a long text takes seconds


@lru_cache(maxsize=4096)
def has_content(text: str) -> bool:
    """Say whether words carry content: a noun, a verb of several characters, any word of letters."""
    if len(text) > _LONGEST_TAGGED:
        return True
    if not any(is_wide(character) for character in text):
        return any(character.isalpha() for character in text)
    return any(flag[0] in _CONTENT and not (flag[0] in "va" and len(word) == 1) for word, flag in parts_of_speech(text))


@lru_cache(maxsize=4096)
def names_something(text: str) -> bool:
    """Say whether the last word of a Chinese text may begin a longer name with what follows it."""
    tagged = parts_of_speech(text[-_LONGEST_TAGGED:])
    return bool(tagged) and tagged[-1][1][0] in _NAMING
