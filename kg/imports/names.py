"""Texts of imported cells, cleaned and folded: once for each distinct one, whatever the number of rows."""

import html
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from kg.linking.fold import fold_key

if TYPE_CHECKING:
    import duckdb

__all__ = ["MAX_NAME", "clean_text", "install", "name_fault"]

MAX_NAME: Final = 500  # characters; systematic names of compounds are long
_SPACES: Final = re.compile(r"\s+")
_INVISIBLE: Final = re.compile(
    "[\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\x00-\x08\x0b-\x1f\x7f]"
)
_FORMULA: Final = re.compile(r"[=@]|[+\-][A-Za-z]+[(|!]")  # what a spreadsheet would run
_UNFOLDS: Final = 3  # times that text may have been escaped for HTML


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


def install(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make `clean_text`, `name_fault` and `fold_key` callable in SQL."""
    for function in (clean_text, name_fault, fold_key):
        connection.create_function(function.__name__, function, ["VARCHAR"], "VARCHAR")
