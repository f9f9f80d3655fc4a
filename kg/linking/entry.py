"""One name of one entity, as linking compares it with a text."""

from dataclasses import dataclass

from kg.linking.fold import word_breaks
from kg.linking.romanised import is_romanised, marks
from kg.model import Name

__all__ = ["Entry", "entry_of"]


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


def entry_of(entity: str, kind: str, name: Name) -> Entry:
    """Return the entry of one name of an entity of type `kind`."""
    tones = marks(name.text) if is_romanised(name.language) else ()
    return Entry(entity, kind, name, word_breaks(name.text), tones)
