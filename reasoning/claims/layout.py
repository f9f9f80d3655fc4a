"""How a text is laid out: headings, the words over lists and tables, and what these say of the lines below them.

A heading names what the lines below are about (## X, about X:). Words over a list or a column that state a relation
(functions:) are put before each of its items, so that an item is read as if it stood in a sentence.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from kg.schema import Schema
from reasoning.claims.assembly import fits
from reasoning.claims.statements import MarkKind
from reasoning.claims.token import Token

__all__ = ["Section", "heading_of", "with_section"]

_BAR: Final = "|"
_BRACKETS: Final = frozenset("【[")
_SAYING: Final = (MarkKind.NEGATION, MarkKind.PROHIBITION, MarkKind.PERMISSION, MarkKind.CONTEXT)
_DECORATION: Final = frozenset('#*_>-•·=:：[]【】《》()（）"“”|`~、.。 \t\n0123456789')
_ITEM: Final = re.compile(r"\s*(?:[-*•·+–]|[(（]?\d{1,2}[.)）、．])")
_RULE: Final = re.compile(r"[\s|:\-]+")


@dataclass(slots=True)
class Section:
    """What stands over the lines that are read: words over a list, words over the columns of a table."""

    words: tuple[Token, ...] = ()
    columns: tuple[tuple[Token, ...], ...] = ()


def heading_of(tokens: Sequence[Token], text: str, section: Section, schema: Schema) -> tuple[Token, ...] | None:
    """Return what a line that is a heading names (perhaps nothing); None for a line that is none.

    What it says of the lines below is put into `section`.
    """
    if text.lstrip()[:1] == _BAR:
        return () if _is_table_head(tokens, text, section) else None
    section.columns = ()
    names = tuple(token for token in tokens if token.named or token.unknown)
    if _is_item_of(names, text, section, schema):
        return None
    if not names and _announces(text) and _cues(tokens) and not _says(tokens):
        section.words = _cues(tokens)
        return ()
    if len(names) == 1 and _is_heading(tokens, names[0], text, schema):
        section.words = _cues(tokens)
        return names
    if not _ITEM.match(text):
        section.words = ()
    return None


def with_section(tokens: Sequence[Token], text: str, section: Section, schema: Schema) -> Sequence[Token]:
    """Return the tokens of a line with the words over its list or its columns put before what they are about."""
    if section.columns and text.lstrip()[:1] == _BAR:
        return tuple(_in_columns(tokens, section))
    names = tuple(token for token in tokens if token.named or token.unknown)
    if tokens and _is_item_of(names, text, section, schema):
        return (*(replace(word, start=tokens[0].start, end=tokens[0].start) for word in section.words), *tokens)
    return tokens


def _is_table_head(tokens: Sequence[Token], text: str, section: Section) -> bool:
    """Say whether a row has the words over its columns, or only rules; keep those words."""
    if _RULE.fullmatch(text):
        return True
    if any(token.named or token.unknown or token.amount for token in tokens) or not _cues(tokens):
        return False
    section.columns = tuple(_cues(cell) for cell in _cells(tokens))
    return True


def _is_item_of(names: Sequence[Token], text: str, section: Section, schema: Schema) -> bool:
    """Say whether a line is an item of a list whose words take what it names as their object."""
    if not section.words or not names or not _ITEM.match(text):
        return False
    relations = [schema.relations[cue.relation] for word in section.words for cue in word.cues]
    return any(all(fits(name, relation) or name.unknown for name in names) for relation in relations)


def _is_heading(tokens: Sequence[Token], name: Token, text: str, schema: Schema) -> bool:
    if name.named is not None and all(schema.types[kind].is_value for kind in name.named.kinds):
        return False
    others = [token for token in tokens if token is not name and not token.is_break and not token.text.isdecimal()]
    if others:
        is_title = text.lstrip()[:1] == "#" or (text.lstrip()[:1] in _BRACKETS and others[-1].end <= name.start)
        return not _says(others) and (is_title or (_announces(text) and all(t.is_filler or t.cues for t in others)))
    return "\n" in text or _announces(text) or all(c in _DECORATION or c.isalnum() for c in text)


def _says(tokens: Sequence[Token]) -> bool:
    return any(token.has(*_SAYING) or token.amount for token in tokens)


def _announces(text: str) -> bool:
    return text.strip().rstrip("*_ ")[-1:] in {":", "："} or text.lstrip()[:1] == "#"


def _cues(tokens: Sequence[Token]) -> tuple[Token, ...]:
    return tuple(token for token in tokens if token.cues)


def _cells(tokens: Sequence[Token]) -> Iterator[tuple[Token, ...]]:
    """Yield the cells of a row between its bars."""
    cell: list[Token] | None = None
    for token in tokens:
        if token.is_break and token.text == _BAR:
            if cell is not None:
                yield tuple(cell)
            cell = []
        elif cell is not None:
            cell.append(token)


def _in_columns(tokens: Sequence[Token], section: Section) -> Iterator[Token]:
    column = -1
    for token in tokens:
        yield token
        if token.is_break and token.text == _BAR:
            column += 1
            for word in section.columns[column] if column < len(section.columns) else ():
                yield replace(word, start=token.end, end=token.end)
