"""Rows of Parquet files as parameters of statements."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["batches"]


def batches(file: Path, columns: Sequence[str], size: int, start: int = 0) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of `file` from the row `start` on, `size` at a time, each as column → value."""
    import duckdb

    wanted = ", ".join(f'"{column}"' for column in columns)
    query = f"SELECT {wanted} FROM read_parquet(?) OFFSET ?"  # noqa: S608  columns of ours
    with duckdb.connect() as connection:
        found = connection.execute(query, [str(file), start])
        while batch := found.fetchmany(size):
            yield [dict(zip(columns, row, strict=True)) for row in batch]
