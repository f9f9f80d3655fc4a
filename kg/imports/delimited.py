"""Comma- or tab-separated tables: rows with the lines that they stand on, and what is no row with the reason."""

import csv
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
    bad = _bad_rows(connection, plain.path)
    if good + len(bad) + first != plain.lines or bad:
        _place(connection, name, form.file, plain, delimiter, {line for line, *_ in bad})
    if bad:
        _reject(connection, name, form.file, plain, bad)


def _bad_rows(connection: "duckdb.DuckDBPyConnection", path: Path) -> list[tuple[int, str, str, str]]:
    """Return what DuckDB could not take: line, kind, column, text. It counts rows as lines; their bytes are right."""
    found = connection.execute("""
        SELECT line_byte_position - 1 AS byte, error_type::VARCHAR, coalesce(column_name, ''), left(csv_line, 80)
        FROM reject_errors
        QUALIFY row_number() OVER (PARTITION BY line_byte_position ORDER BY column_idx) = 1 ORDER BY byte
    """).fetchall()
    lines = []
    number, start = 0, 0
    with path.open("rb") as opened:
        for at, kind, column, text in found:
            while start <= at and (line := opened.readline()):
                number += 1
                start += len(line)
            lines.append((number, kind, column, text))
    return lines


def _place(  # noqa: PLR0913, PLR0917  what a table is, and where its rows may not be
    connection: "duckdb.DuckDBPyConnection", name: str, file: str, plain: Plain, delimiter: str, bad: set[int]
) -> None:
    """Number the rows by the lines that they begin on: some lines are empty, hold half a row, or were no row."""
    listed = plain.path.with_suffix(".lines")
    with listed.open("w", encoding="ascii") as written:
        written.writelines(f"{line}\n" for line in _starts(plain.path, delimiter) if line not in bad)
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


def _reject(
    connection: "duckdb.DuckDBPyConnection", name: str, file: str, plain: Plain, bad: list[tuple[int, str, str, str]]
) -> None:
    """Keep rows that do not fit as rejects; where the file itself breaks off, refuse all of it."""
    line, kind, column, text = bad[-1]
    if plain.ends_open and line == plain.lines:
        message = f"{file}:{line}: the file ends in the middle of this row ({text[:60]!r}); fetch the file again"
        raise ImportInvalid(message, file=file, row=str(line), column=column)
    if kind == "UNQUOTED VALUE" and _goes_to_the_end(plain, line):
        message = f"{file}:{line}: a quotation mark is opened here and never closed; the last good row is above it"
        raise ImportInvalid(message, file=file, row=str(line), column=column)
    rows = [[name, file, line, column, _REASONS.get(kind, kind.lower()), text] for line, kind, column, text in bad]
    connection.executemany("INSERT INTO rejects VALUES (?, ?, ?, ?, ?, ?)", rows)


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
    for number, column in enumerate(header, 1):
        if not column or header.count(column) > 1 or column == "_row":
            what = f"column {number} is named {column!r} like another" if column else f"column {number} has no name"
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
