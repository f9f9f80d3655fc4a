"""Texts cleaned and folded, numbers and units read: once for each distinct text, whatever the number of rows.

Tables: `text` (raw, text, fault, key) for names, `value` (raw, clean, number, unit) for everything else.
"""

import datetime as dt
import html
import math
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from kg.linking.fold import fold_key

if TYPE_CHECKING:
    import duckdb

__all__ = [
    "MAX_NAME",
    "clean_text",
    "date_fault",
    "install",
    "learn_names",
    "learn_values",
    "name_fault",
    "number_of",
    "unit_of",
]

MAX_NAME: Final = 500  # characters; systematic names of compounds are long
_SPACES: Final = re.compile(r"\s+")
_INVISIBLE: Final = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f-\x9f]"
)
_FORMULA: Final = re.compile(r"[=@]|[+\-][A-Za-z]+[(|!]|\+[A-Za-z]")  # what a spreadsheet would run
_NUMBER: Final = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)", re.DOTALL)
_DATE: Final = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2})(?:[T ].*)?)?)?")
_UNFOLDS: Final = 3  # times that text may have been escaped for HTML
_LONGEST: Final = 10_000  # characters of a value that anything can mean


def clean_text(raw: str) -> str:
    """Return a cell as a person would write it: no HTML entities, no invisible characters, single spaces, composed."""
    text = raw
    for _ in range(_UNFOLDS):
        if "&" not in text or (unescaped := html.unescape(text)) == text:
            break
        text = unescaped
    return _SPACES.sub(" ", _INVISIBLE.sub("", unicodedata.normalize("NFC", text))).strip()


def name_fault(text: str) -> str:
    """Return why a text can name nothing; empty if it can."""
    if len(text) > MAX_NAME:
        return f"the name is longer than {MAX_NAME} characters"
    if _FORMULA.match(text):
        return "the name looks like a formula of a spreadsheet"
    if not any(character.isalnum() for character in text):
        return "the name has no letters"
    return ""


def number_of(text: str) -> str:
    """Return the number at the beginning of a cell as `repr` of a float writes it; empty if there is none."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text))
    number = float(found[1]) if found else math.inf
    return repr(number) if math.isfinite(number) else ""


def unit_of(text: str) -> str:
    """Return what stands behind the number of a cell; empty if nothing does."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFC", text))
    return found[2] if found else ""


def date_fault(text: str) -> str:
    """Return what is wrong with a date (a year, a month or a day) of something that has happened; empty if nothing."""
    found = _DATE.fullmatch(text)
    if found is None:
        return "the date is not written as year-month-day"
    try:
        date = dt.date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        return "there is no such date"
    return "the date is in the future" if date > dt.datetime.now(dt.UTC).date() else ""


def install(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make the functions of this module callable in SQL, and its tables."""
    for function in (clean_text, name_fault, fold_key, number_of, unit_of, date_fault):
        connection.create_function(function.__name__, function, ["VARCHAR"], "VARCHAR")
    connection.execute("""
        CREATE TABLE text(raw VARCHAR, text VARCHAR, fault VARCHAR, key VARCHAR);
        CREATE TABLE value(raw VARCHAR, clean VARCHAR, number VARCHAR, unit VARCHAR);
    """)


def learn_names(connection: "duckdb.DuckDBPyConnection", query: str) -> None:
    """Add the names that a query returns, in its column `raw`, to `text`."""
    connection.execute(f"""
        INSERT INTO text
        SELECT raw, text, fault, CASE WHEN fault = '' THEN fold_key(text) ELSE '' END AS key
        FROM (SELECT raw, text, name_fault(text) AS fault FROM (
            SELECT raw, clean_text(left(raw, {8 * MAX_NAME})) AS text FROM (
                SELECT DISTINCT raw FROM ({query}) WHERE raw IS NOT NULL) q ANTI JOIN text USING (raw)))
        WHERE text <> ''
    """)


def learn_values(connection: "duckdb.DuckDBPyConnection", query: str) -> None:
    """Add the values that a query returns, in its column `raw`, to `value`."""
    connection.execute(f"""
        INSERT INTO value SELECT raw, clean, nullif(number_of(clean), ''), unit_of(clean) FROM (
            SELECT raw, clean_text(raw) AS clean FROM (
                SELECT DISTINCT raw FROM ({query}) WHERE raw IS NOT NULL) q ANTI JOIN value USING (raw))
        WHERE clean <> '' AND length(clean) <= {_LONGEST}
    """)
