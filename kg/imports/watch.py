"""How far an import is, and how to end it: shared by the thread that works and whoever waits for it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.errors import BencaoError

if TYPE_CHECKING:
    import duckdb

__all__ = ["ImportCancelled", "Progress", "Watch"]


class ImportCancelled(BencaoError):
    """Nobody waits for this import any more; nothing of it was applied."""


@dataclass(frozen=True, slots=True)
class Progress:
    """One step: `done` of `total` in `unit`s (bytes or rows); a total of 0 is not known."""

    step: str
    done: int = 0
    total: int = 0
    unit: str = "rows"


class Watch:
    """The current step of one import. Everything may be called from any thread."""

    def __init__(self) -> None:
        """Begin before the first step."""
        self._lock = threading.Lock()
        self._progress = Progress("")
        self._piece = 0
        self._connection: duckdb.DuckDBPyConnection | None = None
        self._cancelled = False

    def step(self, name: str, total: int = 0, unit: str = "rows") -> None:
        """Begin a step.

        Raises:
            ImportCancelled: nobody waits any more.
        """
        with self._lock:
            self._check()
            self._progress, self._piece = Progress(name, 0, total, unit), 0

    def piece(self, size: int) -> None:
        """Begin the next piece of the step; what came before it is done."""
        with self._lock:
            self._check()
            was = self._progress
            self._progress = Progress(was.step, was.done + self._piece, was.total, was.unit)
            self._piece = size

    def now(self) -> Progress:
        """Return how far it is; inside a piece, as far as its current query says."""
        with self._lock:
            was = self._progress
            share = 0.0
            if self._connection is not None and self._piece:
                share = max(0.0, min(self._connection.query_progress(), 100.0)) / 100
            return Progress(was.step, was.done + int(self._piece * share), was.total, was.unit)

    def cancel(self) -> None:
        """End the import at its next query, and the query that runs now."""
        with self._lock:
            self._cancelled = True
            if self._connection is not None:
                self._connection.interrupt()

    @contextmanager
    def watching(self, connection: "duckdb.DuckDBPyConnection") -> Iterator[None]:
        """Let `now` and `cancel` reach a connection during the block.

        Raises:
            ImportCancelled: `cancel` ended a query of it.
        """
        import duckdb

        with self._lock:
            self._check()
            self._connection = connection
        try:
            yield
        except duckdb.InterruptException:
            raise ImportCancelled(_ENDED) from None
        finally:
            with self._lock:
                self._connection = None

    def _check(self) -> None:
        if self._cancelled:
            raise ImportCancelled(_ENDED)


_ENDED = "the import was ended; nothing was applied"
