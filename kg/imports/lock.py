"""One import at a time into one domain: whoever comes second is told, and whoever dies leaves no lock behind."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kg.errors import GraphUnavailable

__all__ = ["only_one"]


@contextmanager
def only_one(file: Path) -> Iterator[None]:
    """Hold the lock in `file` for the block; the system releases it when the process ends, however it ends.

    Raises:
        GraphUnavailable: another process holds it.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a+", encoding="ascii") as opened:
        try:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            opened.seek(0)
            holder = opened.read().strip() or "?"
            message = f"another import into this domain is running (process {holder}); wait until it has finished"
            raise GraphUnavailable(message, process=holder) from None
        opened.truncate(0)
        opened.write(str(os.getpid()))
        opened.flush()
        yield
