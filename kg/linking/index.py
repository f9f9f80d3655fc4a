"""The name index: every name of every entity under its folded form, searchable in one pass over a text."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ahocorasick

from kg.linking.fold import fold_key
from kg.linking.romanised import is_romanised, spellings
from kg.model import Entity, Name

__all__ = ["Entry", "NameIndex", "build_index"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One name of one entity."""

    entity: str
    type: str
    name: Name


@dataclass(frozen=True, slots=True)
class NameIndex:
    """Folded form → entries. Immutable once built; threads may share it."""

    entries: Mapping[str, tuple[Entry, ...]]
    automaton: Any  # ahocorasick.Automaton; None if there are no names

    def occurrences(self, folded: str) -> Iterator[tuple[int, int]]:
        """Yield start and end of every occurrence of every form in a folded text, overlapping ones too."""
        if self.automaton is None:
            return
        for last, length in self.automaton.iter(folded):
            yield last + 1 - length, last + 1


def build_index(entities: Iterable[Entity]) -> NameIndex:
    """Return the index over all names of `entities`."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entity in entities:
        for name in entity.names:
            forms = spellings(name.text) if is_romanised(name.language) else (fold_key(name.text),)
            for form in forms:
                if form:
                    entries[form].append(Entry(entity.id, entity.type, name))
    automaton = None
    if entries:
        automaton = ahocorasick.Automaton(ahocorasick.STORE_INTS)
        for form in entries:
            automaton.add_word(form, len(form))
        automaton.make_automaton()
    return NameIndex({form: tuple(found) for form, found in entries.items()}, automaton)
