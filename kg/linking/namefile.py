# ruff: noqa: S608  (statements are made of the names of our own columns)
"""Names on disk, for graphs with more of them than memory should hold: an SQLite file, made once for a revision.

What it finds is what `NameIndex` would find in memory, but for near names and names that hold a text inside: of
these it looks at some thousands of the likeliest ones.
"""

import json
import sqlite3
import threading
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from kg.linking.entry import Entry, entry_of
from kg.linking.fold import Folded, fold_key, is_latin
from kg.linking.romanised import initials, is_romanised, spellings
from kg.model import Name, NameKind

__all__ = ["NameFile", "NameWriter"]

_VERSION: Final = 1  # raise it when anything here changes: other files are made anew
_LAST: Final = "\U0010ffff"
_BITS_PER_FORM: Final = 32  # of the filter: 3 % of what is no name look into the file
_MOST: Final = 2000  # names that one search looks at
_LONGEST: Final = 200  # characters; longer names are found by search alone
_PLURALS: Final = ("", "s", "es")
_NAME: Final = "entity, type, text, language, kind, source"


class NameWriter:
    """Makes one file: `add` the rows of entities, then `finish`."""

    def __init__(self, path: Path) -> None:
        """Begin a file, which must not be there; nothing may read it before `finish`."""
        self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._connection.executescript(f"""
            PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -65536;
            CREATE TABLE added(form, entity, type, text, language, kind, source, letters);
            CREATE TABLE meta(version, longest, longest_latin, filter);
            PRAGMA user_version = {_VERSION};
        """)

    def add(self, rows: Iterable[Sequence[Any]]) -> None:
        """Add the names of entities, given as rows of id, type, names (JSON) and whatever else."""
        self._connection.execute("BEGIN")
        self._connection.executemany("INSERT INTO added VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _forms(rows))
        self._connection.execute("COMMIT")

    def finish(self) -> None:
        """Put all names in order and close the file."""
        run = self._connection.execute
        run(f"CREATE TABLE name(form, {_NAME}, PRIMARY KEY (form, entity, text, language, kind)) WITHOUT ROWID")
        run(f"INSERT OR IGNORE INTO name SELECT form, {_NAME} FROM added ORDER BY 1, 2, 4, 5, 6")
        run(f"CREATE TABLE initial(letters, {_NAME}, PRIMARY KEY (letters, entity, text, kind)) WITHOUT ROWID")
        run(f"INSERT OR IGNORE INTO initial SELECT letters, {_NAME} FROM added WHERE letters <> ''")
        run("DROP TABLE added")
        self._connection.create_function("reverse", 1, lambda form: form[::-1], deterministic=True)
        run("CREATE TABLE back(form PRIMARY KEY) WITHOUT ROWID")
        run("INSERT INTO back SELECT DISTINCT reverse(form) FROM name ORDER BY 1")
        ((number,),) = run("SELECT count(*) FROM back")
        bits = 1 << max(10, (number * _BITS_PER_FORM).bit_length())
        held = bytearray(bits >> 3)
        longest = [0, 0]
        for (form,) in run("SELECT DISTINCT form FROM name"):
            if len(form) <= _LONGEST:
                place = zlib.crc32(form.encode()) & (bits - 1)
                held[place >> 3] |= 1 << (place & 7)
                at = is_latin(form[0])
                longest[at] = max(longest[at], len(form))
        run("INSERT INTO meta VALUES (?, ?, ?, ?)", (_VERSION, *longest, bytes(held)))
        self._connection.close()


class NameFile:
    """An open file of names; threads may share it."""

    def __init__(self, path: Path) -> None:
        """Open a finished file.

        Raises:
            OSError: there is none, or one of another version.
        """
        try:
            self._connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, check_same_thread=False)
            found = self._connection.execute(
                "SELECT longest, longest_latin, filter FROM meta WHERE version = ?", (_VERSION,)
            )
            ((longest, longest_latin, self._filter),) = found.fetchall()
        except (sqlite3.Error, ValueError) as error:
            message = f"{path} is no file of names that this version can read"
            raise OSError(message) from error
        self._longest = (longest, longest_latin)
        self._lock = threading.Lock()

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def at(self, form: str) -> tuple[Entry, ...]:
        """Return the names with this folded form."""
        return tuple(self._entries(f"SELECT {_NAME} FROM name WHERE form = ?", form))

    def occurrences(self, folded: Folded) -> Iterator[tuple[int, int]]:
        """Yield start and end of every form in a text, but for letters in the middle of words."""
        text, mask = folded.text, (len(self._filter) << 3) - 1
        pieces = [character.encode() for character in text]
        ends = [_may_end(folded, end) for end in range(1, len(text) + 1)]
        for start in range(len(text)):
            first = folded.starts[start]
            latin = is_latin(text[start])
            if latin and first > 0 and is_latin(folded.original[first - 1]):
                continue
            code = 0
            for end in range(start, min(len(text), start + self._longest[latin])):
                code = zlib.crc32(pieces[end], code)
                place = code & mask
                if ends[end] and self._filter[place >> 3] >> (place & 7) & 1 and self._has(text[start : end + 1]):
                    yield start, end + 1

    def beginning(self, key: str, types: Collection[str] = ()) -> Iterator[tuple[str, Entry]]:
        """Yield the shortest forms that begin with `key`, with their names."""
        yield from self._forms("form >= ? AND form < ?", (key, key + _LAST), types)

    def inside(self, key: str, types: Collection[str] = ()) -> Iterator[tuple[str, Entry]]:
        """Yield the shortest forms that have `key` after their beginning, with their names; reads all forms."""
        yield from self._forms("instr(form, ?) > 1", (key,), types)

    def initialled(self, key: str) -> Iterator[tuple[str, Entry]]:
        """Yield the shortest initials that begin with `key`, with the names that have them."""
        query = (
            f"SELECT {_NAME}, letters FROM initial WHERE letters >= ? AND letters < ? ORDER BY length(letters) LIMIT ?"
        )
        for *name, letters in self._rows(query, key, key + _LAST, _MOST):
            yield str(letters), _entry(name)

    def near(self, key: str) -> set[str]:
        """Return forms that have the first or the last half of `key`: one difference leaves one of them as it is."""
        half = key[: len(key) // 2], key[::-1][: len(key) // 2]
        if not half[0]:
            return set()
        bounds = [(part, part + _LAST, len(key), _MOST) for part in half]
        wanted = "SELECT DISTINCT form FROM {} WHERE form >= ? AND form < ? ORDER BY abs(length(form) - ?) LIMIT ?"
        first, last = (self._rows(wanted.format(table), *b) for table, b in zip(("name", "back"), bounds, strict=True))
        return {str(form) for (form,) in first} | {str(form)[::-1] for (form,) in last}

    def _has(self, form: str) -> bool:
        return bool(self._rows("SELECT 1 FROM name WHERE form = ? LIMIT 1", form))

    def _forms(self, test: str, values: tuple[str, ...], types: Collection[str]) -> Iterator[tuple[str, Entry]]:
        marks = ", ".join("?" * len(types))
        only = f"AND type IN ({marks})" if types else ""
        query = f"SELECT {_NAME}, form FROM name WHERE {test} {only} ORDER BY length(form) LIMIT {_MOST}"
        for *name, form in self._rows(query, *values, *types):
            yield str(form), _entry(name)

    def _entries(self, query: str, *values: str | int) -> Iterator[Entry]:
        return map(_entry, self._rows(query, *values))

    def _rows(self, query: str, *values: str | int) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def _forms(rows: Iterable[Sequence[Any]]) -> Iterator[tuple[str, ...]]:
    for identity, kind, names, *_ in rows:
        for text, language, sort, source in json.loads(names):
            romanised = is_romanised(language)
            letters = initials(text) if romanised else ""
            for form in filter(None, spellings(text) if romanised else (fold_key(text),)):
                yield form, identity, kind, text, language, sort, source, letters


def _entry(row: Sequence[Any]) -> Entry:
    entity, kind, text, language, sort, source = row
    return entry_of(entity, kind, Name(text, language, NameKind(sort), source))


def _may_end(folded: Folded, end: int) -> bool:
    """Say whether a name may end before the position `end`: not in a word, but for a plural ending."""
    if not is_latin(folded.text[end - 1]):
        return True
    last = folded.ends[end - 1]
    stop = last
    while stop < len(folded.original) and stop - last <= len("es") and is_latin(folded.original[stop]):
        stop += 1
    return folded.original[last:stop].casefold() in _PLURALS
