"""Pieces of SQL that mean a cell of a mapping: a constant, a column, a mapped column, an id made of a text."""

from collections.abc import Mapping, Sequence

from kg.imports.forms import CellForm
from kg.imports.readers import sql_name, sql_text

__all__ = ["SLUG", "condition", "made_id", "mapped", "named_id", "parts", "renamed"]

SLUG = "[^a-z0-9._-]+"


def mapped(cell: str | CellForm) -> str:
    """Return the value of a cell through its map; what the map lacks is NULL, what it leaves out is empty."""
    if isinstance(cell, str):
        return sql_text(cell)
    column = f"trim({sql_name(cell.column)})"
    if not cell.map:
        return column
    cases = " ".join(f"WHEN {sql_text(value)} THEN {sql_text(target)}" for value, target in cell.map.items())
    return f"CASE {column} {cases} END"


def renamed(cell: CellForm) -> str:
    """Return a name through the cell's map; what the map lacks stays as it is."""
    column = sql_name(cell.column)
    return f"coalesce({mapped(cell)}, {column})" if cell.map else column


def parts(cell: CellForm) -> str:
    """Return the parts of a cell as a list, one element if nothing splits it."""
    column = sql_name(cell.column)
    return f"string_split({column}, {sql_text(cell.split)})" if cell.split else f"[{column}]"


def condition(where: Mapping[str, str | Sequence[str]]) -> str:
    """Return the filter of a block of rows."""
    tests = []
    for column, allowed in where.items():
        values = [allowed] if isinstance(allowed, str) else allowed
        tests.append(f"{sql_name(column)} IN ({', '.join(map(sql_text, values))})")
    return " AND ".join(tests) or "true"


def made_id(prefix: str, identifier: str) -> str:
    """Return the id of what has an identifier elsewhere: readable, and different for different identifiers."""
    slug = f"trim(regexp_replace(lower({identifier}), {sql_text(SLUG)}, '-', 'g'), '-')"
    exact = f"CASE WHEN {slug} = {identifier} THEN '' ELSE '-' || left(sha256({identifier}), 8) END"
    return f"{sql_text(prefix or 'x-')} || left({slug}, 40) || {exact}"


def named_id(kind: str, key: str) -> str:
    """Return the id of what has nothing but a type and a folded name."""
    return f"lower({kind}) || '-' || left(sha256({kind} || chr(31) || {key}), 16)"
