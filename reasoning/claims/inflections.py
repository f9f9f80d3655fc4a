"""English verbs as sentences have them: names in the infinitive (clear heat and dry dampness) in other forms."""

from collections.abc import Iterator
from typing import Final

__all__ = ["inflections"]

_VOWELS: Final = frozenset("aeiou")
_HISSES: Final = ("s", "sh", "ch", "x", "z", "o")
_AND: Final = "and"
_SHORTEST: Final = 2


def inflections(name: str) -> Iterator[str]:
    """Yield a name that begins with a verb in the third person and with -ing, with and without articles.

    An adverb may stand before the verb; a second verb follows `and` where words follow it too.
    """
    words = name.lower().split()
    verbs = _verbs(words)
    if not verbs:
        return
    for form in (_third, _present):
        inflected = [form(word) if at in verbs else word for at, word in enumerate(words)]
        yield " ".join(inflected)
        yield " ".join(_with_articles(inflected, verbs))
    yield " ".join(_with_articles(words, verbs))


def _verbs(words: list[str]) -> frozenset[int]:
    if len(words) < _SHORTEST or not all(word.isalpha() for word in words[:_SHORTEST]):
        return frozenset()
    first = 1 if words[0].endswith("ly") else 0
    found = {first}
    for at, word in enumerate(words):
        if word == _AND and first + 1 < at and at + 2 < len(words) and words[at + 1].isalpha():
            found.add(at + 1)
    return frozenset(found)


def _with_articles(words: list[str], verbs: frozenset[int]) -> list[str]:
    return [part for at, word in enumerate(words) for part in ((word, "the") if at in verbs else (word,))]


def _third(verb: str) -> str:
    if verb.endswith(_HISSES):
        return verb + "es"
    if verb.endswith("y") and verb[-2:-1] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + "s"


def _present(verb: str) -> str:
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    is_short = len(verb) > _SHORTEST and verb[-1] not in _VOWELS | set("wxy") and verb[-2] in _VOWELS
    if is_short and verb[-3] not in _VOWELS and len(verb) <= 4:  # noqa: PLR2004  stop, stopping
        return verb + verb[-1] + "ing"
    return verb + "ing"
