"""Comma- or tab-separated tables: rows with the lines that they stand on, and what is no row with the reason."""

import csv
import json
from array import array
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.errors import ImportInvalid
from kg.imports.columns import require, sql_text
from kg.imports.files import Limits, Plain, plain_text
from kg.imports.forms import TableForm

if TYPE_CHECKING:
    import duckdb

__all__ = ["read_delimited"]

_MOST_COLUMNS: Final = 2_000  # DuckDB takes megabytes for each
_BATCH: Final = 10_000

_REASONS: Final = {
    "MISSING COLUMNS": "has too few cells",
    "TOO MANY COLUMNS": "has too many cells",
    "UNQUOTED VALUE": "a quotation mark stands where none may; double those inside a cell",
    "LINE SIZE OVER MAXIMUM": "is longer than a row may be",
}


def read_delimited(  # noqa: PLR0913, PLR0917  what a table is, and where it goes
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    form: TableForm,
    delimiter: str,
    folder: Path,
    columns: Collection[str],
    limits: Limits,
    target: Path,
) -> None:
    """Read a table into `raw_<name>`, where `_row` is the line that a row begins on; see `readers.read_table`."""
    csv.field_size_limit(max(csv.field_size_limit(), limits.line))
    try:
        plain = plain_text(folder, form.file, target, encoding=form.encoding, limits=limits)
    except ImportInvalid as error:
        raise _with_column(error, target, delimiter, limits.line) from None
    header, first = _header(plain.path, delimiter, form.file)
    require(header, columns, form.file)
    declared = ", ".join(f"{sql_text(column)}: 'VARCHAR'" for column in header)
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    connection.execute(f"""
        CREATE TABLE raw_{name} AS SELECT row_number() OVER () + {first} AS _row, * FROM read_csv(
            {sql_text(str(plain.path))}, auto_detect=false, header=true, delim={sql_text(delimiter)}, quote='"',
            escape='"', columns={{{declared}}}, store_rejects=true, rejects_limit=0, strict_mode=true,
            null_padding=false, new_line='\\n', max_line_size={limits.line + 1})
    """)
    good = (connection.execute(f"SELECT count(*) FROM raw_{name}").fetchone() or (0,))[0]
    listed = target.with_suffix(".rejects")
    bad = _list_bad(connection, form.file, plain, listed)
    if good + len(bad) + first != plain.lines or bad:
        _place(connection, name, form.file, plain, delimiter, bad)
    if bad:
        connection.execute(f"""
            INSERT INTO rejects SELECT {sql_text(name)}, {sql_text(form.file)}, "row", col, reason, cell
            FROM read_json({sql_text(str(listed))}, format='newline_delimited',
                columns={{'row': 'BIGINT', 'col': 'VARCHAR', 'reason': 'VARCHAR', 'cell': 'VARCHAR'}})
        """)
    listed.unlink()


def _list_bad(connection: "duckdb.DuckDBPyConnection", file: str, plain: Plain, listed: Path) -> "array[int]":
    """Write what DuckDB could not take to `listed` and return its lines in order; a file that breaks off is refused.

    DuckDB counts rows as lines; the bytes that it names are right.
    """
    found = connection.execute("""
        SELECT line_byte_position - 1 AS byte, error_type::VARCHAR, coalesce(column_name, ''), left(csv_line, 80)
        FROM reject_errors
        QUALIFY row_number() OVER (PARTITION BY line_byte_position ORDER BY column_idx) = 1 ORDER BY byte
    """)
    lines = array("q")
    number, start, line = 0, 0, b""  # after an empty line, the position is that of the empty line
    last: tuple[int, str, str, str] | None = None
    with plain.path.open("rb") as opened, listed.open("w", encoding="utf-8") as written:
        while batch := found.fetchmany(_BATCH):
            for at, kind, column, text in batch:
                while (start <= at or line in {b"", b"\n"}) and (line := opened.readline()):
                    number += 1
                    start += len(line)
                last = (number, kind, column, text)
                reason = _REASONS.get(kind, kind.lower())
                written.write(json.dumps({"row": number, "col": column, "reason": reason, "cell": text}) + "\n")
                lines.append(number)
    if last:
        _refuse_broken(file, plain, *last)
    return lines


def _without(lines: Iterator[int], bad: "array[int]") -> Iterator[int]:
    """Yield the lines that are not among `bad`; both are in order."""
    others = iter(bad)
    other = next(others, None)
    for line in lines:
        while other is not None and other < line:
            other = next(others, None)
        if line != other:
            yield line


def _place(  # noqa: PLR0913, PLR0917  what a table is, and where its rows may not be
    connection: "duckdb.DuckDBPyConnection", name: str, file: str, plain: Plain, delimiter: str, bad: "array[int]"
) -> None:
    """Number the rows by the lines that they begin on: some lines are empty, hold half a row, or were no row."""
    listed = plain.path.with_suffix(".lines")
    with listed.open("w", encoding="ascii") as written:
        written.writelines(f"{line}\n" for line in _without(_starts(plain.path, delimiter), bad))
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE place AS SELECT row_number() OVER () AS number, line FROM read_csv(
            {sql_text(str(listed))}, auto_detect=false, header=false, columns={{'line': 'BIGINT'}});
        CREATE OR REPLACE TEMP TABLE counted AS SELECT row_number() OVER () AS number, * FROM raw_{name};
    """)
    listed.unlink()
    counts = "SELECT (SELECT count(*) FROM place), (SELECT count(*) FROM counted)"
    there, taken = connection.execute(counts).fetchone() or (0, 0)
    if there != taken:
        line = min(bad, default=1)
        what = "a quotation mark is opened here and never closed; rows after it cannot be told apart"
        message = f"{file}:{line}: {what}"
        raise ImportInvalid(message, file=file, row=str(line))
    connection.execute(f"""
        CREATE OR REPLACE TABLE raw_{name} AS
        SELECT p.line AS _row, c.* EXCLUDE (number, _row) FROM counted c JOIN place p USING (number) ORDER BY number;
        DROP TABLE place;
        DROP TABLE counted;
    """)


def _starts(path: Path, delimiter: str) -> Iterator[int]:
    """Yield the line on which each row after the header begins."""
    with path.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened, delimiter=delimiter)
        before = 0
        try:
            for number, row in enumerate(reader):
                if number and row:
                    yield before + 1
                before = reader.line_num
        except csv.Error:  # a cell without end
            return


def _refuse_broken(file: str, plain: Plain, line: int, kind: str, column: str, text: str) -> None:  # noqa: PLR0913, PLR0917
    """Refuse the file if it breaks off on this line, the last bad one: what follows, or followed, cannot be known."""
    if line == plain.lines and plain.ends_open:
        message = f"{file}:{line}: the file ends in the middle of this row ({text[:60]!r}); fetch the file again"
        raise ImportInvalid(message, file=file, row=str(line), column=column)
    if kind == "LINE SIZE OVER MAXIMUM":
        message = (
            f"{file}:{line}: is longer than a row may be; cut the cell, and see that its quotation marks are closed"
        )
        raise ImportInvalid(message, file=file, row=str(line), column=column)
    if kind == "UNQUOTED VALUE" and _goes_to_the_end(plain, line):
        message = f"{file}:{line}: a quotation mark is opened here and never closed; the last good row is above it"
        raise ImportInvalid(message, file=file, row=str(line), column=column)


def _goes_to_the_end(plain: Plain, line: int) -> bool:
    """Say whether the quotation mark that is opened on a line is closed nowhere."""
    with plain.path.open(encoding="utf-8", newline="\n") as opened:
        for _ in range(line - 1):
            opened.readline()
        return sum(text.count('"') for text in opened) % 2 == 1


def _header(path: Path, delimiter: str, file: str) -> tuple[list[str], int]:
    """Return the columns, and the number of lines that they take."""
    with path.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened, delimiter=delimiter, strict=True)
        try:
            header = [cell.strip() for cell in next(reader, [])]
        except csv.Error as error:
            message = f"{file}:1: the header is no row of a table ({error})"
            raise ImportInvalid(message, file=file, row="1") from None
        lines = reader.line_num
    if not any(header):
        message = f"{file}:1: is empty; the first line names the columns"
        raise ImportInvalid(message, file=file, row="1")
    if len(header) > _MOST_COLUMNS:
        message = f"{file}:1: has {len(header)} columns, and more than {_MOST_COLUMNS} are not read; cut the table"
        raise ImportInvalid(message, file=file, row="1")
    names = [column.lower() for column in header]
    for number, column in enumerate(header, 1):
        if not column or names.count(column.lower()) > 1 or column.lower() == "_row":
            what = f"column {number} is named {column!r} like another, in upper or lower case, or like one of ours"
            what = what if column else f"column {number} has no name"
            message = f"{file}:1: {what}; correct the header"
            raise ImportInvalid(message, file=file, row="1", column=column)
    return header, lines


def _with_column(error: ImportInvalid, path: Path, delimiter: str, limit: int) -> ImportInvalid:
    """Return the error with the column in which a line that is too long goes beyond its limit."""
    line = int(error.metadata.get("row", "0") or 0)
    if line <= 1 or "longer" not in str(error):
        return error
    with path.open(encoding="utf-8", newline="") as opened:
        header = next(csv.reader(opened, delimiter=delimiter), [])
        opened.seek(0)
        last = next(text for number, text in enumerate(opened, 1) if number == line)
    cell = len(next(csv.reader([last[:limit]], delimiter=delimiter), []))
    if not 0 < cell <= len(header):
        return error
    column = header[cell - 1].strip()
    place = f"{error.metadata['file']}:{line}:"
    message = str(error).replace(place, f"{place} column {column!r}:", 1)
    return ImportInvalid(message, **{**error.metadata, "column": column})
