"""The name index: every name of every entity under its folded form, searchable in one pass over a text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import ahocorasick

from kg.linking.fold import fold, units
from kg.linking.romanised import initials, is_romanised, marks, spellings
from kg.model import Entity, Name

__all__ = ["Entry", "NameIndex", "build_index"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of one entity.

    `breaks` says after how many folded characters its words end; `marks` gives the tone of each
    letter of a romanised name (empty for others).
    """

    entity: str
    type: str
    name: Name
    breaks: frozenset[int]
    marks: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class NameIndex:
    """All names, by their forms. Immutable once built; threads may share it.

    Attributes:
        entries: folded form → the names that have it.
        initials: first letters of the words of romanised names → those names.
        units: what forms are made of (see `kg.linking.fold.units`) → forms that have it.
        automaton: an `ahocorasick.Automaton` over the forms; None if there are no names.
    """

    entries: Mapping[str, tuple[Entry, ...]]
    initials: Mapping[str, tuple[Entry, ...]]
    units: Mapping[str, tuple[str, ...]]
    automaton: Any

    def occurrences(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of every occurrence of every form in a folded text, overlapping ones too."""
        if self.automaton is None:
            return
        for last, length in self.automaton.iter(folded):
            yield last + 1 - length, last + 1


def build_index(entities: Iterable[Entity]) -> NameIndex:
    """Return the index over all names of `entities`."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    by_initials: dict[str, list[Entry]] = defaultdict(list)
    for entity in entities:
        for name in entity.names:
            folded = fold(name.text.strip())
            breaks = folded.breaks(0, len(folded.text))
            if is_romanised(name.language):
                entry = Entry(entity.id, entity.type, name, breaks, marks(name.text))
                forms = spellings(name.text)
                by_initials[initials(name.text)].append(entry)
            else:
                entry = Entry(entity.id, entity.type, name, breaks)
                forms = (folded.text.strip(),)
            for form in forms:
                entries[form].append(entry)
    entries.pop("", None)
    by_initials.pop("", None)
    by_unit: dict[str, list[str]] = defaultdict(list)
    automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
    for form in entries:
        automaton.add_word(form, len(form))
        for unit in dict.fromkeys(units(form)):
            by_unit[unit].append(form)
    automaton.make_automaton()
    return NameIndex(_frozen(entries), _frozen(by_initials), _frozen(by_unit), automaton if entries else None)


def _frozen(lists: Mapping[str, list[_T]]) -> Mapping[str, tuple[_T, ...]]:
    return {key: tuple(values) for key, values in lists.items()}
