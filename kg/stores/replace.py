"""One file taking another's place: one writer at a time, all or nothing, and nothing left of those who died."""

import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kg.errors import GraphUnavailable

__all__ = ["successor", "writing"]

_AGAIN: Final = 0.05  # seconds between two looks at a lock


@contextmanager
def writing(path: Path, *, wait: Callable[[], bool]) -> Iterator[None]:
    """Be the only process that writes `path` during the block; the system lets go of what a dead one held.

    Args:
        path: the file to replace; its folder is made.
        wait: asked before each further look whether to go on waiting for another writer.

    Raises:
        GraphUnavailable: another process is writing, and nobody waits.
        OSError: the folder cannot be used.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.with_name(f".{path.name}.lock")
    while True:
        with lock.open("ab") as held:
            if _taken(held.fileno()):
                if not _is_at(held.fileno(), lock):
                    continue  # its last holder has removed it
                try:
                    _sweep(path, lock)
                    yield
                finally:
                    lock.unlink(missing_ok=True)
                return
        if not wait():
            message = f"another program is writing to {path}; try again when it has finished"
            raise GraphUnavailable(message, path=str(path))
        time.sleep(_AGAIN)


@contextmanager
def successor(path: Path, *, commit: Callable[[Callable[[], None]], None]) -> Iterator[Path]:
    """Give a path beside `path`; the file that stands there at the end of the block takes its place.

    Args:
        path: the file to replace.
        commit: called with what puts the new file in place, when it is on the disk; it may refuse by raising.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        yield fresh
        with fresh.open("rb") as written:
            os.fsync(written.fileno())
        commit(lambda: _put(fresh, path))
    finally:
        for leftover in path.parent.glob(f"{fresh.name}*"):
            leftover.unlink(missing_ok=True)


def _put(fresh: Path, path: Path) -> None:
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _sweep(path: Path, lock: Path) -> None:
    """Remove what writers that were killed have left: nobody else writes now."""
    for leftover in path.parent.glob(f".{path.name}.*"):
        if leftover != lock:
            leftover.unlink(missing_ok=True)
