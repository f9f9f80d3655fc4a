"""Tables as DuckDB tables of text: `raw_<table>` with a column `_row`, and `rejects` for what is no row."""

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.errors import ImportInvalid
from kg.imports.files import Limits, Plain, inside, plain_text
from kg.imports.forms import TableForm

if TYPE_CHECKING:
    import duckdb

__all__ = ["read_table", "sql_name", "sql_text"]

_DELIMITERS: Final = {"csv": ",", "tsv": "\t"}
_BATCH: Final = 10_000
_REJECTS: Final = """
    CREATE TABLE IF NOT EXISTS rejects("table" VARCHAR, file VARCHAR, row BIGINT, col VARCHAR, reason VARCHAR, cell VARCHAR)
"""


def sql_name(name: str) -> str:
    """Return `name` as a quoted SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def sql_text(value: str) -> str:
    """Return `value` as a quoted SQL string."""
    return "'" + value.replace("'", "''") + "'"


def read_table(  # noqa: PLR0913, PLR0917  what a table is, and where it goes
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    form: TableForm,
    kind: str,
    folder: Path,
    columns: Collection[str],
    limits: Limits,
    work: Path,
) -> None:
    """Read the table `name` into `raw_<name>`; `columns` are those that the mapping speaks of.

    Raises:
        ImportInvalid: the file cannot be read, is cut off, or lacks a column.
    """
    connection.execute(_REJECTS)
    if kind in _DELIMITERS:
        delimiter = form.delimiter or _DELIMITERS[kind]
        plain = plain_text(folder, form.file, work / f"{name}.txt", encoding=form.encoding, limits=limits)
        _read_csv(connection, name, form, plain, delimiter, columns, limits)
        plain.path.unlink()
    elif kind == "jsonl":
        plain = plain_text(folder, form.file, work / f"{name}.txt", encoding=form.encoding, limits=limits)
        _read_json(connection, name, form, plain, columns, limits)
        plain.path.unlink()
    elif kind == "parquet":
        _read_parquet(connection, name, form, inside(folder, form.file), columns)
    else:
        from kg.imports.graphs import records  # brings the libraries of graph formats

        header, rows = records(kind, form, folder, limits, work)
        _require(header, columns, form.file or form.uri)
        _insert(connection, name, header, rows)
    nulls = ", ".join(sql_text(null) for null in {"", *form.null})
    held = [row[0] for row in connection.execute(f"DESCRIBE raw_{name}").fetchall() if row[0] != "_row"]
    cleaned = ", ".join(
        f"CASE WHEN trim({sql_name(c)}) IN ({nulls}) THEN NULL ELSE {sql_name(c)} END AS {sql_name(c)}" for c in held
    )
    connection.execute(f"CREATE OR REPLACE VIEW rows_{name} AS SELECT _row, {cleaned} FROM raw_{name}")


def _read_csv(  # noqa: PLR0913, PLR0917  see read_table
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    form: TableForm,
    plain: Plain,
    delimiter: str,
    columns: Collection[str],
    limits: Limits,
) -> None:
    header = _header(plain.path, delimiter, form.file)
    _require(header, columns, form.file)
    declared = ", ".join(f"{sql_text(column)}: 'VARCHAR'" for column in header)
    connection.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")
    connection.execute(f"""
        CREATE TABLE raw_{name} AS SELECT row_number() OVER () AS _row, * FROM read_csv(
            {sql_text(str(plain.path))}, auto_detect=false, header=true, delim={sql_text(delimiter)}, quote='"',
            escape='"', columns={{{declared}}}, store_rejects=true, rejects_limit=0, strict_mode=true,
            null_padding=false, new_line='\\n', max_line_size={limits.line + 1})
    """)
    _check_rejects(connection, name, form, plain)
    undecoded = " OR ".join(f"contains({sql_name(column)}, '\ufffd')" for column in header)
    _reject_rows(connection, name, form.file, undecoded, f"holds bytes that are not {form.encoding}")


def _check_rejects(connection: "duckdb.DuckDBPyConnection", name: str, form: TableForm, plain: Plain) -> None:
    """Keep rows that do not fit as rejects; where the file itself breaks off, refuse all of it."""
    found = connection.execute(
        "SELECT line, error_type::VARCHAR, error_message FROM reject_errors ORDER BY line DESC LIMIT 1"
    ).fetchone()
    if found is not None:
        line, kind, message = found
        if kind == "UNQUOTED VALUE":
            said = (
                f"{form.file}:{line}: a quotation mark is opened here and never closed; the last good row is above it"
            )
            raise ImportInvalid(said, file=form.file, row=str(line))
        lines = (connection.execute(f"SELECT count(*) FROM raw_{name}").fetchone() or (0,))[0]
        if plain.ends_open and line > lines:
            said = f"{form.file}:{line}: the file ends in the middle of this row ({message}); fetch the file again"
            raise ImportInvalid(said, file=form.file, row=str(line))
    connection.execute(f"""
        INSERT INTO rejects SELECT {sql_text(name)}, {sql_text(form.file)}, line, coalesce(column_name, ''),
            lower(error_type::VARCHAR), left(csv_line, 80) FROM reject_errors
            QUALIFY row_number() OVER (PARTITION BY line ORDER BY column_idx) = 1
    """)


def _reject_rows(connection: "duckdb.DuckDBPyConnection", name: str, file: str, condition: str, reason: str) -> None:
    connection.execute(f"""
        INSERT INTO rejects SELECT {sql_text(name)}, {sql_text(file)}, _row, '', {sql_text(reason)}, ''
            FROM raw_{name} WHERE {condition}
    """)
    connection.execute(f"DELETE FROM raw_{name} WHERE {condition}")


def _header(path: Path, delimiter: str, file: str) -> list[str]:
    with path.open(encoding="utf-8", newline="") as opened:
        try:
            header = [cell.strip() for cell in next(csv.reader(opened, delimiter=delimiter, strict=True), [])]
        except csv.Error as error:
            message = f"{file}:1: the header is no row of a table ({error})"
            raise ImportInvalid(message, file=file, row="1") from None
    if not any(header):
        message = f"{file}: is empty; the first line names the columns"
        raise ImportInvalid(message, file=file)
    for column in header:
        if not column or header.count(column) > 1 or column == "_row":
            what = f"the column {column!r} stands twice" if column else "a column has no name"
            message = f"{file}:1: {what}; correct the header"
            raise ImportInvalid(message, file=file, row="1", column=column)
    return header


def _require(header: Sequence[str], columns: Collection[str], file: str) -> None:
    for column in columns:
        if column not in header:
            near = get_close_matches(column, header, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(header[:20])}"
            message = f"{file}: has no column {column!r}; {hint}"
            raise ImportInvalid(message, file=file, column=column)


def _read_json(  # noqa: PLR0913, PLR0917  see read_table
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    form: TableForm,
    plain: Plain,
    columns: Collection[str],
    limits: Limits,
) -> None:
    """Take the named fields, nested ones by a dotted path, out of one object a line."""
    wanted = sorted(columns)
    connection.execute(f"""
        CREATE TABLE lines_{name} AS SELECT row_number() OVER () AS _row, line,
            json_valid(line) AND json_type(CASE WHEN json_valid(line) THEN line END) = 'OBJECT' AS is_object
        FROM read_csv({sql_text(str(plain.path))}, auto_detect=false, header=false, delim='\x01', quote='', escape='',
            columns={{'line': 'VARCHAR'}}, new_line='\\n', max_line_size={limits.line + 1})
        WHERE trim(line) <> ''
    """)
    last = connection.execute(f"SELECT _row, is_object FROM lines_{name} ORDER BY _row DESC LIMIT 1").fetchone()
    if last is None:
        message = f"{form.file}: is empty; write one object a line"
        raise ImportInvalid(message, file=form.file)
    if plain.ends_open and not last[1]:
        message = f"{form.file}:{last[0]}: the file ends in the middle of this object; fetch the file again"
        raise ImportInvalid(message, file=form.file, row=str(last[0]))
    paths = {column: '$."' + '"."'.join(column.replace('"', "").split(".")) + '"' for column in wanted}
    for column, path in paths.items():
        there = f"SELECT 1 FROM lines_{name} WHERE is_object AND json_exists(line, {sql_text(path)}) LIMIT 1"
        if connection.execute(there).fetchone() is None:
            message = f"{form.file}: no object has a field {column!r}"
            raise ImportInvalid(message, file=form.file, column=column)
    fields = ", ".join(f"json_extract_string(line, {sql_text(p)}) AS {sql_name(c)}" for c, p in paths.items())
    connection.execute(f"CREATE TABLE raw_{name} AS SELECT _row, {fields} FROM lines_{name} WHERE is_object")
    connection.execute(f"""
        INSERT INTO rejects SELECT {sql_text(name)}, {sql_text(form.file)}, _row, '', 'is no JSON object', left(line, 80)
            FROM lines_{name} WHERE NOT is_object
    """)
    connection.execute(f"DROP TABLE lines_{name}")


def _read_parquet(
    connection: "duckdb.DuckDBPyConnection", name: str, form: TableForm, path: Path, columns: Collection[str]
) -> None:
    import duckdb

    source = f"read_parquet({sql_text(str(path))})"
    try:
        header = [row[0] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()]
        _require(header, columns, form.file)
        cells = ", ".join(f"CAST({sql_name(column)} AS VARCHAR) AS {sql_name(column)}" for column in header)
        connection.execute(f"CREATE TABLE raw_{name} AS SELECT row_number() OVER () AS _row, {cells} FROM {source}")
    except duckdb.Error as error:
        message = f"{form.file}: is no Parquet file that can be read ({str(error).splitlines()[0][:200]})"
        raise ImportInvalid(message, file=form.file) from None


def _insert(
    connection: "duckdb.DuckDBPyConnection", name: str, header: Sequence[str], rows: Iterable[Mapping[str, str | None]]
) -> None:
    declared = ", ".join(f"{sql_name(column)} VARCHAR" for column in header)
    connection.execute(f"CREATE TABLE raw_{name}(_row BIGINT, {declared})")
    holes = ", ".join("?" for _ in range(len(header) + 1))
    for batch in _batches([number, *(row.get(column) for column in header)] for number, row in enumerate(rows, 1)):
        connection.executemany(f"INSERT INTO raw_{name} VALUES ({holes})", batch)


def _batches(rows: Iterable[list[object]]) -> Iterator[list[list[object]]]:
    batch: list[list[object]] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
