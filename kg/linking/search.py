"""Searching for entities by a part of a name, and names near an unknown one.

What is found here is *offered* to a person, never linked.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from kg.linking.fold import fold_key, is_latin
from kg.linking.index import Entry, NameIndex
from kg.linking.romanised import initials, is_romanised
from kg.model import NameKind

__all__ = ["Hit", "near", "search"]

_MAX_QUERY: Final = 200  # characters; no name is longer
_MIN_OVERLAP: Final = 0.5
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
    found = []
    for form, entries in index.entries.items():
        inside = key in form
        for entry in entries:
            if types and entry.type not in types:
                continue
            if inside:
                found.append(Hit(entry.entity, _inside(key, form, entry), entry.name.text))
            elif len(key) > 1 and is_romanised(entry.name.language) and initials(entry.name.text).startswith(key):
                found.append(Hit(entry.entity, round(0.3 * len(key) / len(form), 4), entry.name.text))
    return _best(found, limit)


def near(query: str, index: NameIndex, types: Collection[str] = (), limit: int = 5) -> tuple[Hit, ...]:
    """Return entities with a name that is one character off `query` or shares at least half of its characters."""
    key = fold_key(query[:_MAX_QUERY])
    if not key:
        return ()
    letters = Counter(_units(key))
    found = []
    for form, entries in index.entries.items():
        score = _nearness(key, letters, form)
        if score:
            found += [Hit(e.entity, score, e.name.text) for e in entries if not types or e.type in types]
    return _best(found, limit)


def _inside(key: str, form: str, entry: Entry) -> float:
    if form == key:
        base = 0.9
    elif form.startswith(key):
        base = 0.6
    else:
        base = 0.35
    bonus = 0.05 if entry.name.kind is NameKind.STANDARD else 0.0
    bonus += 0.0 if is_romanised(entry.name.language) else 0.05
    share = 0.0 if form == key else 0.15 * len(key) / len(form)
    return round(base + share + bonus, 4)


def _nearness(key: str, letters: Counter[str], form: str) -> float:
    if not is_latin(key[0]) or len(key) >= _MIN_LATIN:
        if form == key:
            return 1.0
        if len(key) > 1 and _is_one_edit(key, form):
            return round(1 - 1 / max(len(key), len(form)), 4)
    units = _units(form)
    shared = (letters & Counter(units)).total()
    overlap = 2 * shared / (letters.total() + len(units)) if units else 0.0
    return round(0.9 * overlap, 4) if shared > 1 and overlap >= _MIN_OVERLAP else 0.0


def _units(key: str) -> list[str]:
    """Return what two names may share: single characters, or pairs of letters, of which there are only 26."""
    if is_latin(key[0]):
        return [key[i : i + 2] for i in range(len(key) - 1)]
    return list(key)


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
