"""Names whose verbs are inflected: "clears heat and dries dampness" is said of what clear heat and dry dampness is.

Names of what things do are written with plain verbs, prose with third persons and participles. Each word of letters
that may be one is tried in its plain form, with the words after it; only a name of several words counts.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from kg.linking.index import NameIndex
from kg.linking.link import Mention, link

__all__ = ["adjectives_only", "inflected"]

_WORD: Final = re.compile(r"(?<![^\W\d_])[a-z]{3,20}(?![^\W\d_])")
_JOINED: Final = re.compile(r"((?:,|\band|\bor)\s+)([a-z]{3,20}(?:s|ing))(?![^\W\d_])")
_BEFORE: Final = re.compile(r"(?<![^\W\d_])[a-z]{3,20} $")
_AFTER: Final = 64  # characters of the rest of a name
_END: Final = re.compile(r"[.;:!?()\n。；，]")
_MOST: Final = 400  # words of a text that are tried
_ARTICLE: Final = " the "
_HISSING: Final = re.compile(r"(?:s|sh|ch|x|z|o)es$")


def inflected(text: str, folded: str, index: NameIndex) -> Iterator[Mention]:
    """Yield the names that a text has with inflected verbs, each where it stands."""
    tried = 0
    for match in _WORD.finditer(folded):
        for base in (*_bases(match[0]), match[0]):
            if tried >= _MOST or not _begins(folded, match, base, index):
                continue
            tried += 1
            if found := _longest(text, folded, match, base, index):
                yield found
                break


def adjectives_only(mention: Mention, text: str, adjectives: frozenset[str]) -> bool:
    """Say whether a name of a quality (`adjectives`: its types) is followed by an ending: warms is a verb."""
    is_ended = text[mention.end : mention.end + 1].isalpha() and text[mention.end].isascii()
    return is_ended and all(candidate.type in adjectives for candidate in mention.candidates)


def _begins(folded: str, match: re.Match[str], base: str, index: NameIndex) -> bool:
    """Say whether a name begins with a verb, or with the word before it and the verb; a plain verb with an article."""
    if index.automaton is None:
        return False
    before = _BEFORE.search(folded, max(0, match.start() - 24), match.start())
    starts = [base] + ([before[0].strip() + base] if before else [])
    if base == match[0]:
        has_article = folded.startswith(_ARTICLE, match.end())
        starts = [start if has_article else start + _ARTICLE.strip() for start in starts]
    return any(index.automaton.match(start) for start in starts)


def _longest(text: str, folded: str, match: re.Match[str], base: str, index: NameIndex) -> Mention | None:
    before = _BEFORE.search(folded, max(0, match.start() - 24), match.start())
    start = before.start() if before else match.start()
    rest = _END.split(folded[match.end() : match.end() + _AFTER])[0]
    found: list[Mention] = []
    head = folded[start : match.start()] + base
    for tail, cuts in _variants(rest, index):
        for hit in link(head + tail, index).hits:
            if hit.start <= match.start() - start and hit.end > len(head) and " " in hit.text:
                end = match.end() + _original(hit.end - len(head), cuts)
                found.append(replace(hit, start=start + hit.start, end=end, text=text[start + hit.start : end]))
    return max(found, key=lambda hit: (hit.end - hit.start, hit.start), default=None)


def _variants(rest: str, index: NameIndex) -> Iterator[tuple[str, tuple[tuple[int, int], ...]]]:
    """Yield the rest of a name as it stands, with plain verbs, and without or with the first article."""
    yield rest, ()
    plain, cuts = _with_plain_verbs(rest, index)
    if cuts:
        yield plain, cuts
    if rest.startswith(_ARTICLE):
        yield rest[len(_ARTICLE) - 1 :], ((0, len(_ARTICLE) - 1),)
    else:
        yield _ARTICLE[:-1] + rest, ((len(_ARTICLE) - 1, 1 - len(_ARTICLE)),)


def _with_plain_verbs(rest: str, index: NameIndex) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Return the rest of a name with the plain forms of verbs that follow a joint, and where how much was cut."""
    pieces: list[str] = []
    cuts: list[tuple[int, int]] = []
    at = length = 0
    for match in _JOINED.finditer(rest):
        base = next((b for b in _bases(match[2]) if index.automaton is not None and index.automaton.match(b)), "")
        if not base:
            continue
        pieces += [rest[at : match.start(2)], base]
        length += match.start(2) - at + len(base)
        cuts.append((length, len(match[2]) - len(base)))
        at = match.end()
    return "".join((*pieces, rest[at:])), tuple(cuts)


def _original(end: int, cuts: tuple[tuple[int, int], ...]) -> int:
    return end + sum(cut for place, cut in cuts if place <= end)


def _bases(word: str) -> tuple[str, ...]:
    """Return the plain forms that an inflected word may have."""
    if word.endswith("ing"):
        stem = word[:-3]
        undoubled = (stem[:-1],) if len(stem) > 2 and stem[-1] == stem[-2] else ()  # noqa: PLR2004  stopping
        return (stem + "e", stem, *undoubled)
    if word.endswith("ss"):
        return ()
    if word.endswith("ies"):
        return (word[:-3] + "y",)
    if not word.endswith("s"):
        return ()
    return (word[:-1], word[:-2]) if _HISSING.search(word) else (word[:-1],)
