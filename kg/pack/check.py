"""Checking a pack without using it: what `bencao pack check DIR` prints."""

from collections.abc import Iterable
from pathlib import Path

from kg.errors import PackInvalid
from kg.pack.read import Check, read_pack

__all__ = ["check"]


def check(folder: Path, extra_checks: Iterable[Check] = ()) -> tuple[str, ...]:
    """Return every fault of the pack in `folder` as `file:line: message`; none means that it can be built."""
    try:
        read_pack(folder, extra_checks)
    except PackInvalid as error:
        return error.faults
    return ()
