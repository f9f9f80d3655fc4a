"""What nothing in a question explains: leftovers, and the unknown names that they make.

A leftover that touches a name makes it part of a longer, unknown name, because an invented 龙须黄精
must not be answered as 黄精.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, Final

from reasoning.lexicon import is_wide
from reasoning.spans import BREAK, Leftover, Named, Span

__all__ = ["parts_of_speech", "unknown_names", "warm_up", "words_in"]

# Parts of speech that name no thing; a leftover made only of these says nothing the graph could miss.
_CONTENTLESS: Final = frozenset("dcpruymqeoftxwazghk")
_LONGEST_NAME: Final = 40
_LONGEST_PASSED_OVER: Final = 8  # no run of verbs and particles is longer; tagging a long text takes seconds
_MOST_LEFTOVERS: Final = 20


def unknown_names(
    chosen: Sequence[Span], text: str, folded: str, value_types: frozenset[str]
) -> tuple[tuple[Named, ...], tuple[Leftover, ...], int]:
    """Return the names that stand alone, what nothing explains, and how many words were passed over."""
    named = [span.named for span in chosen if span.named]
    leftovers: list[Leftover] = []
    passed_over = 0
    swallowed: set[int] = set()
    for start, end in _gaps(chosen, folded):
        if len(leftovers) == _MOST_LEFTOVERS:
            break
        left = next((i for i, name in enumerate(named) if _touches(folded, name.end, start)), None)
        right = next((i for i, name in enumerate(named) if _touches(folded, end, name.start)), None)
        wide = is_wide(folded[start])
        # Without spaces a leftover on either side makes a longer word. Between words, what stands before a name
        # modifies it (moonlight ginseng); what follows is part of it only if it is written as a name.
        # A value is a common word: what touches it makes another term (cold damage is not cold).
        if left is not None and not wide and not (text[start].isupper() or named[left].types <= value_types):
            left = None
        if right is not None and not wide and not _modifies(text, start, named[right]):
            right = None
        # 新麻黄汤 is another formula; only a verb of one character before a name (炖黄芪) leaves the name alone.
        before = right is not None and (end - start > 1 or not _is_verb(folded[start:end]))
        modifies = wide and (left is not None or before)
        if not modifies and not _has_content(folded[start:end]):
            passed_over += 1
            continue
        begin = named[left].start if left is not None else start
        stop = named[right].end if right is not None else end
        swallowed |= {i for i in (left, right) if i is not None}
        part = left is not None or right is not None
        leftovers.append(Leftover(start, end, text[begin:stop][:_LONGEST_NAME], is_part_of_name=part))
    kept = tuple(name for i, name in enumerate(named) if i not in swallowed)
    return kept, tuple(leftovers), passed_over


def _modifies(text: str, start: int, name: Named) -> bool:
    """Say whether a word before a name belongs to it, as in moonlight ginseng, but not in tested Xiao Yao San."""
    return not name.text[:1].isupper() or (text[start].isupper() and start > 0)


def _touches(folded: str, start: int, end: int) -> bool:
    """Say whether nothing, or one space between Latin words, lies between two neighbouring spans."""
    between = folded[start:end] if start <= end else None
    return between == "" or (between == " " and not is_wide(folded[start - 1]))


def _gaps(chosen: Sequence[Span], folded: str) -> list[tuple[int, int]]:
    gaps, position = [], 0
    for span in (*chosen, Span(len(folded), len(folded))):
        if span.start > position:
            gaps += _pieces(folded, position, span.start)
        position = max(position, span.end)
    return gaps


def _pieces(folded: str, start: int, end: int) -> list[tuple[int, int]]:
    pieces, position = [], start
    for match in BREAK.finditer(folded, start, end):
        if match.start() > position:
            pieces.append((position, match.start()))
        position = match.end()
    if position < end:
        pieces.append((position, end))
    return pieces


def _has_content(text: str) -> bool:
    if len(text) > _LONGEST_PASSED_OVER:
        return True
    if not any(is_wide(character) for character in text):
        return any(character.isalpha() for character in text)
    # A verb of one character carries an action (炖); one of several may be a term of the domain (补血).
    return any(
        flag[0] not in _CONTENTLESS and not (flag[0] == "v" and len(word) == 1) for word, flag in parts_of_speech(text)
    )


def _is_verb(text: str) -> bool:
    return all(flag[0] == "v" for _, flag in parts_of_speech(text))


def parts_of_speech(text: str) -> list[tuple[str, str]]:
    """Return the words of a short Chinese text with their parts of speech, as jieba tags them."""
    return [(pair.word, pair.flag) for pair in _tagger()(text)]


def words_in(text: str) -> list[str]:
    """Return the words of a short Chinese text by the dictionary alone, which is much faster than with their tags."""
    return list(_cutter()(text, HMM=False))


def warm_up() -> None:
    """Load the dictionary that tells parts of speech, so that no question waits for it. Takes a second or two."""
    _tagger()("")


@cache
def _cutter() -> Callable[..., Iterable[str]]:
    import jieba

    jieba.setLogLevel(logging.WARNING)
    jieba.initialize()
    cut: Callable[..., Iterable[str]] = jieba.cut
    return cut


@cache
def _tagger() -> Callable[[str], Iterable[Any]]:
    import jieba  # takes half a second, which only leftovers in Chinese need
    import jieba.posseg

    jieba.setLogLevel(logging.WARNING)
    tagger = jieba.posseg.POSTokenizer()
    tagger.initialize()
    cut: Callable[[str], Iterable[Any]] = tagger.cut
    return cut
