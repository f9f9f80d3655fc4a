"""One open Ladybug file: who uses it, and the work in threads on it, which can be cancelled."""

import asyncio
import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import ladybug

from kg.model import Revision
from kg.store import Statement

__all__ = ["Call", "Cancelled", "LadybugDialect", "OpenFile", "Reader", "each_run", "mark_of", "rows_of"]

_INTERRUPT_AGAIN: Final = 0.02  # seconds; an interrupt that comes while a query compiles is forgotten
# Nanoseconds of a look-up, of an entity that a scan passes, and of its comparison with one wanted id.
_SEEK, _SCAN, _COMPARE = 150_000, 45, 5


@dataclass(frozen=True, slots=True)
class LadybugDialect:
    """How statements for a file of so many entities are written; see `kg.store.Dialect`."""

    entities: int = 0
    name: str = "ladybug"
    keeps_ends: bool = False

    def node(self, variable: str, label: str = "Entity") -> str:
        """See `Dialect.node`."""
        return f"({variable}:{label})"

    def visible(self, variable: str) -> str:
        """See `Dialect.visible`: a file never changes."""
        del variable
        return ""

    def seeks(self, count: int) -> bool:
        """See `Dialect.seeks`."""
        # An `IN` reads the ids of all entities and compares each with all of the list; a look-up starts a query.
        return count == 1 or count * _SEEK < self.entities * (_SCAN + _COMPARE * count)


@dataclass(slots=True, eq=False)
class Call:
    """One piece of work in a thread, and the connection that it is using, if any."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    connection: ladybug.Connection | None = None
    cancelled: bool = False
    done: bool = False

    @contextlib.contextmanager
    def using(self, connection: ladybug.Connection) -> Iterator[None]:
        """Let `cancel` interrupt `connection` during the block."""
        with self.lock:
            if self.cancelled:
                raise Cancelled
            self.connection = connection
        try:
            yield
        finally:
            with self.lock:
                self.connection = None

    def unless_cancelled(self, work: Callable[[], None]) -> None:
        """Do what cannot be undone, or raise if nobody waits for it any more."""
        with self.lock:
            if self.cancelled:
                raise Cancelled
            work()

    def cancel(self, loop: asyncio.AbstractEventLoop) -> None:
        """End the work: interrupt its query, again until it has noticed."""
        with self.lock:
            self.cancelled = True
            if self.connection is not None:
                self.connection.interrupt()
        if not self.done and not loop.is_closed():
            loop.call_later(_INTERRUPT_AGAIN, self.cancel, loop)


class Cancelled(Exception):
    """Nobody waits for this work any more."""


@dataclass(slots=True, eq=False)
class Reader:
    """A connection and how many statements it has run."""

    connection: ladybug.Connection
    ran: int = 0


@dataclass(slots=True, eq=False)
class OpenFile:
    """A file that is open for reading; it closes when it is retired and nobody uses it."""

    database: ladybug.Database
    revision: Revision
    mark: tuple[int, ...]
    dialect: LadybugDialect = field(default_factory=LadybugDialect)
    lock: threading.Lock = field(default_factory=threading.Lock)
    idle: list[Reader] = field(default_factory=list)
    users: int = 0
    retired: bool = False

    def acquire(self) -> bool:
        """Begin to use the file, unless it is retired."""
        with self.lock:
            if self.retired:
                return False
            self.users += 1
            return True

    def release(self) -> None:
        """End using the file."""
        with self.lock:
            self.users -= 1
            last = self.retired and not self.users
        if last:
            self.close()

    def retire(self) -> None:
        """Let nobody else begin to use the file, and close it when nobody does."""
        with self.lock:
            last = not self.retired and not self.users
            self.retired = True
        if last:
            self.close()

    def close(self) -> None:
        """Close the file."""
        for reader in self.idle:
            reader.connection.close()
        self.database.close()


def each_run(connection: ladybug.Connection, statement: Statement, end: float) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows of every run of a statement; all of them together have until `end`."""
    for text, parameters in statement.runs():
        if time.monotonic() > end:
            message = "Interrupted."
            raise RuntimeError(message)
        rows = rows_of(connection, statement.bounded(text, in_order=False), parameters)
        if statement.order and len(rows) > statement.limit:
            rows = rows_of(connection, statement.bounded(text, in_order=True), parameters)
        yield rows


def rows_of(connection: ladybug.Connection, text: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    """Run one statement and return all of its rows."""
    result = connection.execute(text, parameters)
    assert isinstance(result, ladybug.QueryResult)  # noqa: S101  (a list is for several statements in one text)
    with result:
        return [tuple(row) for row in result.get_all()]


def mark_of(path: Path) -> tuple[int, ...]:
    """Return what tells one file at `path` from the next; empty if there is none."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns, found.st_size
