"""The faults of a pack, collected so that one reading reports all of them."""

from dataclasses import dataclass, field
from typing import NamedTuple

__all__ = ["Faults", "Place"]


class Place(NamedTuple):
    """Where something stands: a path relative to the pack's folder, and a line counted from 1."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        """Write the place as editors and compilers do."""
        return f"{self.file}:{self.line}"


@dataclass(slots=True)
class Faults:
    """What is wrong with one pack, in the order found.

    `unread` names the tables that could not be read at all: what refers to their rows cannot be judged.
    """

    found: list[tuple[Place, str]] = field(default_factory=list)
    unread: set[str] = field(default_factory=set)

    def add(self, place: Place, message: str) -> None:
        """Record one fault; `message` says what is wrong and what to write instead."""
        self.found.append((place, message))

    def lines(self) -> tuple[str, ...]:
        """Return every fault once as `file:line: message`, by file and line."""
        return tuple(dict.fromkeys(f"{place}: {message}" for place, message in sorted(self.found)))
