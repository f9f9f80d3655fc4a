"""Names in SQL, and columns that must be there."""

from collections.abc import Collection, Sequence
from difflib import get_close_matches

from kg.errors import ImportInvalid

__all__ = ["require", "sql_name", "sql_text"]


def sql_name(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def sql_text(value: str) -> str:
    """Return `value` as a quoted SQL string."""
    return "'" + value.replace("'", "''") + "'"


def require(header: Sequence[str], columns: Collection[str], file: str) -> None:
    """See that a table has the columns that the mapping speaks of.

    Raises:
        ImportInvalid: naming the one that it lacks, and what may be meant.
    """
    for column in columns:
        if column not in header:
            near = get_close_matches(column, header, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(header[:20])}"
            message = f"{file}: has no column {column!r}; {hint}"
            raise ImportInvalid(message, file=file, column=column)
