"""Pieces of SQL that mean a cell of a mapping: a constant, a column, a mapped column, an id made of a text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from kg.imports.forms import CellForm
from kg.imports.readers import sql_name, sql_text

__all__ = ["PLACE", "condition", "listed", "made_id", "mapped", "named_id", "parts", "renamed"]

PLACE: Final = 40  # bits of the number of a statement inside its block; the block's number stands above them
_SLUG: Final = "[^a-z0-9]+"
_LONGEST: Final = 64  # characters of an id before the part that keeps ids apart


def listed(values: Iterable[str]) -> str:
    """Return texts as a list for `IN`; nothing is in the list of none."""
    return ", ".join(map(sql_text, values)) or "NULL"


def mapped(cell: str | CellForm) -> str:
    """Return the value of a cell through its map; what the map lacks is NULL, what it leaves out is empty."""
    if isinstance(cell, str):
        return sql_text(cell)
    return _through(f"trim({sql_name(cell.column)})", cell.map)


def parts(cell: CellForm) -> str:
    """Return the parts of a cell as a list that is never empty; a part is NULL where nothing is said."""
    column = sql_name(cell.column)
    if not cell.split:
        return f"[{column}]"
    found = f"list_filter(string_split({column}, {sql_text(cell.split)}), lambda x: trim(x) <> '')"
    return f"CASE WHEN len({found}) > 0 THEN {found} ELSE [NULL] END"


def renamed(cell: CellForm, part: str) -> str:
    """Return a part of a cell of names through its map; what the map lacks stays as it is."""
    return f"coalesce({_through(f'trim({part})', cell.map)}, {part})" if cell.map else part


def condition(where: Mapping[str, str | Sequence[str]]) -> str:
    """Return the filter of a block of rows; an empty text means an empty cell, and `*` one that is not."""
    tests = []
    for column, allowed in where.items():
        values = [allowed] if isinstance(allowed, str) else allowed
        cell = f"coalesce(trim({sql_name(column)}), '')"
        tests.append(
            f"({cell} <> '' OR {cell} IN ({listed(values)}))" if "*" in values else f"{cell} IN ({listed(values)})"
        )
    return " AND ".join(tests) or "true"


def made_id(prefix: str, kind: str, identifier: str) -> str:
    """Return the id of what has an identifier elsewhere: readable, and different for different identifiers."""
    slug = f"trim(regexp_replace(lower({identifier}), {sql_text(_SLUG)}, '-', 'g'), '-')"
    whole = f"{sql_text(prefix)} || lower({kind}) || '-' || {slug}"
    exact = f"{slug} = {identifier} AND length({whole}) <= {_LONGEST}"
    return f"left({whole}, {_LONGEST}) || CASE WHEN {exact} THEN '' ELSE '-' || left(sha256({identifier}), 12) END"


def named_id(kind: str, key: str) -> str:
    """Return the id of what has nothing but a type and a folded name."""
    return f"lower({kind}) || '-' || left(sha256({kind} || chr(31) || {key}), 16)"


def _through(value: str, names: Mapping[str, str]) -> str:
    if not names:
        return value
    cases = " ".join(f"WHEN {sql_text(name)} THEN {sql_text(target)}" for name, target in names.items())
    return f"CASE {value} {cases} END"
