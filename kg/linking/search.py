"""Searching for entities by a part of a name, and names near an unknown one.

What is found here is *offered* to a person, never linked.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from kg.linking.fold import fold_key, is_latin, units
from kg.linking.index import Entry, NameIndex
from kg.linking.romanised import is_romanised
from kg.model import NameKind

__all__ = ["Hit", "near", "search"]

_MAX_QUERY: Final = 200  # characters; no name is longer
_MIN_OVERLAP: Final = 0.5  # share of characters in common
_MIN_OVERLAP_LATIN: Final = 0.6  # share of pairs of letters in common
_BEGINS: Final = 0.6  # score of names that begin with the query, at least
_MIN_LATIN: Final = 4  # letters below which two Latin words are near by chance


@dataclass(frozen=True, slots=True)
class Hit:
    """An entity, how well it fits (0 to 1), and the name that fits best."""

    entity: str
    score: float
    label: str


def search(query: str, index: NameIndex, types: Collection[str] = (), limit: int = 20) -> tuple[Hit, ...]:
    """Return the entities of `types` (all, if empty) that `query` may mean, best first.

    A whole name comes before the beginning of one, that before a part of one, that before the
    initials of a romanised one; standard names come before aliases, shorter names before longer ones.
    """
    key = fold_key(query[:_MAX_QUERY])
    if not key:
        return ()
    found = [Hit(e.entity, _inside(key, form, e), e.name.text) for form, e in index.beginning(key, types)]
    if len(key) > 1:
        for letters, e in index.initialled(key, types):
            found.append(Hit(e.entity, round(0.5 + 0.1 * len(key) / len(letters), 4), e.name.text))
    # A name that has the text inside comes after all those that begin with it.
    if len({hit.entity for hit in found if hit.score >= _BEGINS}) < limit:
        found += [Hit(e.entity, _inside(key, form, e), e.name.text) for form, e in index.inside(key, types)]
    return _best((hit for hit in found if hit.score), limit)


def near(query: str, index: NameIndex, types: Collection[str] = (), limit: int = 5) -> tuple[Hit, ...]:
    """Return entities with a name that is one character off `query` or shares at least half of its characters."""
    key = fold_key(query[:_MAX_QUERY])
    if not key:
        return ()
    own = units(key)
    found: list[Hit] = []
    for form, count in index.sharing(key).items():
        if count == 1 and abs(len(form) - len(key)) > 1:
            continue
        size = max(len(units(form)), count)
        score = _nearness(key, form, 2 * count / (len(own) + size), count)
        if score:
            found += [Hit(e.entity, score, e.name.text) for e in index.at(form) if not types or e.type in types]
    return _best(found, limit)


def _inside(key: str, form: str, entry: Entry) -> float:
    if form == key:
        base = 0.9
    elif form.startswith(key):
        base = _BEGINS
    elif not is_latin(key[0]) or len(key) >= _MIN_LATIN or any(form.startswith(key, at) for at in entry.breaks):
        base = 0.35
    else:
        return 0.0  # a few letters in the middle of a word are there by chance
    bonus = 0.05 if entry.name.kind is NameKind.STANDARD else 0.0
    bonus += 0.0 if is_romanised(entry.name.language) else 0.05
    share = 0.0 if form == key else 0.15 * len(key) / len(form)
    return round(base + share + bonus, 4)


def _nearness(key: str, form: str, overlap: float, shared: int) -> float:
    latin = is_latin(key[0])
    if not latin or len(key) >= _MIN_LATIN:
        if form == key:
            return 1.0
        if len(key) > 1 and _is_one_edit(key, form):
            return round(1 - 1 / max(len(key), len(form)), 4)
    enough = _MIN_OVERLAP_LATIN if latin else _MIN_OVERLAP
    return round(0.9 * overlap, 4) if shared > 1 and overlap >= enough else 0.0


def _is_one_edit(one: str, other: str) -> bool:
    """Say whether one insertion, deletion, replacement or exchange of neighbours makes the one of the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _best(found: Iterable[Hit], limit: int) -> tuple[Hit, ...]:
    best: dict[str, Hit] = {}
    for hit in found:
        known = best.get(hit.entity)
        if known is None or (hit.score, known.label) > (known.score, hit.label):
            best[hit.entity] = hit
    return tuple(sorted(best.values(), key=lambda hit: (-hit.score, len(hit.label), hit.entity))[: max(limit, 0)])
