"""The name index: every name of every entity under its folded form, searchable in one pass over a text."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import ahocorasick

from kg.linking.entry import Entry, entry_of
from kg.linking.fold import Folded, fold_key, units
from kg.linking.namefile import NameFile
from kg.linking.romanised import initials, is_romanised, spellings
from kg.model import Entity

__all__ = ["Entry", "NameIndex", "build_index"]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class NameIndex:
    """All names, by their forms. Immutable once built; threads may share it.

    Attributes:
        entries: folded form → the names that have it.
        initials: first letters of the words of romanised names → those names.
        units: what forms are made of (see `kg.linking.fold.units`) → forms that have it.
        automaton: an `ahocorasick.Automaton` over the forms; None if there are no names.
        more: names that are not in memory.
    """

    entries: Mapping[str, tuple[Entry, ...]]
    initials: Mapping[str, tuple[Entry, ...]]
    units: Mapping[str, tuple[str, ...]]
    automaton: Any
    more: NameFile | None = None

    def at(self, form: str) -> tuple[Entry, ...]:
        """Return the names with this folded form."""
        found = self.entries.get(form, ())
        return tuple(dict.fromkeys((*found, *self.more.at(form)))) if self.more else found

    def occurrences(self, folded: Folded) -> set[tuple[int, int]]:
        """Return start and end of every occurrence of every form in a folded text, overlapping ones too."""
        found = set(self.more.occurrences(folded)) if self.more else set()
        if self.automaton is not None:
            found |= {(last + 1 - length, last + 1) for last, length in self.automaton.iter(folded.text)}
        return found

    def beginning(self, key: str, types: Collection[str] = ()) -> Iterator[tuple[str, Entry]]:
        """Yield the forms that begin with `key`, with their names."""
        yield from _of((form for form in self.entries if form.startswith(key)), self.entries, types)
        if self.more:
            yield from self.more.beginning(key, types)

    def inside(self, key: str, types: Collection[str] = ()) -> Iterator[tuple[str, Entry]]:
        """Yield the forms that have `key` in them but do not begin with it, with their names."""
        yield from _of((form for form in self.entries if form.find(key) > 0), self.entries, types)
        if self.more:
            yield from self.more.inside(key, types)

    def initialled(self, key: str, types: Collection[str] = ()) -> Iterator[tuple[str, Entry]]:
        """Yield the initials that begin with `key`, with the names that have them."""
        yield from _of((letters for letters in self.initials if letters.startswith(key)), self.initials, types)
        if self.more:
            yield from ((letters, e) for letters, e in self.more.initialled(key) if not types or e.type in types)

    def sharing(self, key: str) -> Counter[str]:
        """Return forms with how many of the units of `key` they have."""
        own = dict.fromkeys(units(key))
        shared = Counter(form for unit in own for form in self.units.get(unit, ()))
        for form in self.more.near(key) if self.more else ():
            if count := len(own.keys() & set(units(form))):
                shared[form] = count
        return shared


def build_index(entities: Iterable[Entity], more: NameFile | None = None) -> NameIndex:
    """Return the index over all names of `entities`, and over those in a file."""
    entries: dict[str, list[Entry]] = defaultdict(list)
    by_initials: dict[str, list[Entry]] = defaultdict(list)
    for entity in entities:
        for name in entity.names:
            entry = entry_of(entity.id, entity.type, name)
            if is_romanised(name.language):
                forms = spellings(name.text)
                by_initials[initials(name.text)].append(entry)
            else:
                forms = (fold_key(name.text),)
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
    return NameIndex(_frozen(entries), _frozen(by_initials), _frozen(by_unit), automaton if entries else None, more)


def _of(
    keys: Iterable[str], entries: Mapping[str, tuple[Entry, ...]], types: Collection[str]
) -> Iterator[tuple[str, Entry]]:
    return ((key, entry) for key in keys for entry in entries[key] if not types or entry.type in types)


def _frozen(lists: Mapping[str, list[_T]]) -> Mapping[str, tuple[_T, ...]]:
    return {key: tuple(values) for key, values in lists.items()}
