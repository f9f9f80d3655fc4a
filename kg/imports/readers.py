"""Tables as DuckDB tables of text: `raw_<table>` with a column `_row`, and `rejects` for what is no row.

`_row` is the line of the file on which a row begins, as an editor shows it; in formats without lines, its number.
`rows_<table>` is the same with NULL for what the mapping says is none.
"""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kg.errors import ImportInvalid
from kg.imports.columns import require, sql_name, sql_text
from kg.imports.delimited import read_delimited
from kg.imports.files import Limits, Plain, inside, plain_text
from kg.imports.forms import TableForm

if TYPE_CHECKING:
    import duckdb

__all__ = ["read_table", "sql_name", "sql_text"]

_DELIMITERS: Final = {"csv": ",", "tsv": "\t"}
_RDF_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_REJECTS: Final = """
    CREATE TABLE IF NOT EXISTS
    rejects("table" VARCHAR, file VARCHAR, row BIGINT, col VARCHAR, reason VARCHAR, cell VARCHAR)
"""


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
    import duckdb

    connection.execute(_REJECTS)
    file = form.file or form.uri
    target = work / f"{name}.txt"
    try:
        if kind in _DELIMITERS:
            delimiter = form.delimiter or _DELIMITERS[kind]
            read_delimited(connection, name, form, delimiter, folder, columns, limits, target)
        elif kind == "jsonl":
            plain = plain_text(folder, form.file, target, encoding=form.encoding, limits=limits)
            _read_json(connection, name, form.file, plain, columns, limits)
        elif kind == "parquet":
            # Through a link, because the path of the file may look like a pattern.
            target.symlink_to(inside(folder, form.file))
            _read_parquet(connection, name, form.file, target, columns)
        else:
            _read_graph(connection, name, form, kind, folder, columns, limits, work, target)
    except duckdb.Error as error:
        said = str(error).replace(str(target), file).partition("\n")[0][:300]
        message = f"{file}: cannot be read as {kind}: {said}"
        raise ImportInvalid(message, file=file) from None
    finally:
        target.unlink(missing_ok=True)
    held = [row[0] for row in connection.execute(f"DESCRIBE raw_{name}").fetchall() if row[0] != "_row"]
    _reject_cells(connection, name, file, held, "contains({0}, '\ufffd')", f"holds bytes that are not {form.encoding}")
    _reject_cells(
        connection, name, file, held, f"length({{0}}) > {limits.line}", "the cell is longer than a row may be"
    )
    nulls = ", ".join(sql_text(null) for null in sorted({"", *form.null}))
    cleaned = ", ".join(
        f"CASE WHEN trim({sql_name(c)}) IN ({nulls}) THEN NULL ELSE {sql_name(c)} END AS {sql_name(c)}" for c in held
    )
    connection.execute(f"CREATE OR REPLACE VIEW rows_{name} AS SELECT _row, {cleaned} FROM raw_{name}")


def _reject_cells(  # noqa: PLR0913, PLR0917  which cells of what, and why
    connection: "duckdb.DuckDBPyConnection", name: str, file: str, columns: list[str], test: str, reason: str
) -> None:
    """Reject the rows of which a cell passes `test`, and say which column it is in."""
    tests = {column: test.format(sql_name(column)) for column in columns}
    cases = " ".join(f"WHEN {fails} THEN {sql_text(column)}" for column, fails in tests.items())
    cells = " ".join(f"WHEN {fails} THEN left({sql_name(column)}, 80)" for column, fails in tests.items())
    any_of = " OR ".join(f"coalesce({fails}, false)" for fails in tests.values())
    found = connection.execute(f"""
        INSERT INTO rejects SELECT {sql_text(name)}, {sql_text(file)}, _row, CASE {cases} END, {sql_text(reason)},
            CASE {cells} END FROM raw_{name} WHERE {any_of}
    """).fetchone()
    if found and found[0]:
        connection.execute(f"DELETE FROM raw_{name} WHERE {any_of}")


def _read_json(  # noqa: PLR0913, PLR0917  see read_table
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    file: str,
    plain: Plain,
    columns: Collection[str],
    limits: Limits,
) -> None:
    """Take the named fields, nested ones by a dotted path, out of one object a line; lists are joined by `|`."""
    connection.execute(f"""
        CREATE OR REPLACE TEMP TABLE lines AS
        SELECT *, coalesce(json_type(object) = 'OBJECT', false) AS is_object FROM (
            SELECT _row, line, CASE WHEN json_valid(line) THEN line END AS object FROM (
                SELECT row_number() OVER () AS _row, line FROM read_csv(
                    {sql_text(str(plain.path))}, auto_detect=false, header=false,
                    delim='\x01\x02\x03\x04', quote='', escape='', columns={{'line': 'VARCHAR'}},
                    new_line='\\n', max_line_size={4 * limits.line + 1}))
            WHERE trim(line) <> '')
    """)
    last = connection.execute("SELECT _row, is_object FROM lines ORDER BY _row DESC LIMIT 1").fetchone()
    if last is None:
        message = f"{file}: is empty; write one object a line"
        raise ImportInvalid(message, file=file)
    if plain.ends_open and not last[1]:
        message = f"{file}:{last[0]}: the file ends in the middle of this object; fetch the file again"
        raise ImportInvalid(message, file=file, row=str(last[0]))
    paths = {column: sql_text(_json_path(column)) for column in columns}
    for column, path in paths.items():
        there = f"SELECT 1 FROM lines WHERE is_object AND json_exists(object, {path}) LIMIT 1"
        if connection.execute(there).fetchone() is None:
            keys = connection.execute("SELECT DISTINCT unnest(json_keys(object)) FROM lines WHERE is_object")
            held = sorted(row[0] for row in keys.fetchmany(200))
            if column in held:
                message = f"{file}: {column!r} stands for a field in a field, and is the name of one; rename it"
                raise ImportInvalid(message, file=file, column=column)
            require(held, [column], file)
    fields = ", ".join(
        f"CASE WHEN json_type(object, {path}) = 'ARRAY'"
        f" THEN array_to_string(json_extract_string(object, {path[:-1]}[*]'), '|')"
        f" ELSE json_extract_string(object, {path}) END AS {sql_name(column)}"
        for column, path in paths.items()
    )
    connection.execute(f"CREATE TABLE raw_{name} AS SELECT _row, {fields} FROM lines WHERE is_object")
    connection.execute(f"""
        INSERT INTO rejects SELECT {sql_text(name)}, {sql_text(file)}, _row, '', 'is no JSON object', left(line, 80)
            FROM lines WHERE NOT is_object;
        DROP TABLE lines
    """)


def _json_path(column: str) -> str:
    return '$."' + '"."'.join(column.replace('"', "").split(".")) + '"'


def _read_parquet(
    connection: "duckdb.DuckDBPyConnection", name: str, file: str, path: Path, columns: Collection[str]
) -> None:
    source = f"read_parquet({sql_text(str(path))})"
    kinds = dict(row[:2] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall())
    require(list(kinds), columns, file)
    cells = []
    for column, kind in kinds.items():
        text = f"{sql_name(column)}::VARCHAR"
        if kind.endswith("[]"):
            text = f"array_to_string({text}[], '|')"
        if column != "_row":
            cells.append(f"{text} AS {sql_name(column)}")
    connection.execute(
        f"CREATE TABLE raw_{name} AS SELECT row_number() OVER () AS _row, {', '.join(cells)} FROM {source}"
    )


def _read_graph(  # noqa: PLR0913, PLR0917  see read_table
    connection: "duckdb.DuckDBPyConnection",
    name: str,
    form: TableForm,
    kind: str,
    folder: Path,
    columns: Collection[str],
    limits: Limits,
    work: Path,
    target: Path,
) -> None:
    from kg.imports.graphs import write_records  # brings the libraries of graph formats

    header = write_records(kind, form, folder, limits, work, target)
    derived = ["subject_type", "object_type"] if kind == "rdf" else []
    require([*header, *derived], columns, form.file or form.uri)
    declared = ", ".join(f"{sql_text(column)}: 'VARCHAR'" for column in header)
    size = 8 * limits.line
    connection.execute(f"""
        CREATE TABLE raw_{name} AS SELECT * FROM read_json({sql_text(str(target))}, format='newline_delimited',
            columns={{'_row': 'BIGINT', {declared}}}, maximum_object_size={size})
    """)
    if derived:
        types = f"FROM raw_{name} WHERE predicate = {sql_text(_RDF_TYPE)} GROUP BY subject"
        connection.execute(f"""
            CREATE OR REPLACE TABLE raw_{name} AS WITH typed AS (SELECT subject, min(object) AS kind {types})
            SELECT r.*, s.kind AS subject_type, o.kind AS object_type FROM raw_{name} r
            LEFT JOIN typed s ON s.subject = r.subject LEFT JOIN typed o ON o.subject = r.object ORDER BY r._row
        """)
