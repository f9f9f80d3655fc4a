"""CSV tables of a pack as rows that know their line."""

import csv
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.pack.faults import Faults, Place
from kg.pack.files import read_text

__all__ = ["Row", "read_table"]


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its place, and every column of the table (an empty cell is an empty string)."""

    place: Place
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        """Return a cell; a column that the table leaves out is empty."""
        return self.cells.get(column, "")


def read_table(
    root: Path, relative: str, required: Collection[str], optional: Collection[str], faults: Faults
) -> Iterator[Row]:
    """Yield the rows of one table whose header fits; a row that does not fit is reported and left out."""
    text = read_text(root, relative, faults)
    if text is None:
        faults.unread.add(relative)
        return
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    header: list[str] | None = None
    line = 1
    try:
        for raw in reader:
            place = Place(relative, line)
            line = reader.line_num + 1
            cells = [cell.strip() for cell in raw]
            if not any(cells):
                continue
            if header is None:
                header = cells
                if not _header_fits(header, required, optional, place, faults):
                    faults.unread.add(relative)
                    return
            elif len(cells) != len(header):
                message = f"has {len(cells)} cells, the header {len(header)}; quote cells that hold a comma"
                faults.add(place, message)
            else:
                yield Row(place, dict(zip(header, cells, strict=True)))
    except csv.Error as error:
        faults.add(Place(relative, line), f"is not CSV ({error}); check the quotation marks")
        faults.unread.add(relative)
        return
    if header is None:
        faults.unread.add(relative)
        faults.add(Place(relative), f"is empty; write the header {','.join(required)}")


def _header_fits(
    header: list[str], required: Collection[str], optional: Collection[str], place: Place, faults: Faults
) -> bool:
    missing = [column for column in required if column not in header]
    unknown = [column for column in header if column not in required and column not in optional]
    twice = sorted({column for column in header if header.count(column) > 1})
    allowed = ", ".join([*required, *optional])
    for column in missing:
        faults.add(place, f"the column {column!r} is missing; the columns are: {allowed}")
    for column in unknown:
        faults.add(place, f"unknown column {column!r}; the columns are: {allowed}")
    for column in twice:
        faults.add(place, f"the column {column!r} stands twice; keep one")
    return not (missing or unknown or twice)
