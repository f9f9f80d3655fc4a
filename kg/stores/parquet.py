"""Rows of Parquet files as parameters of statements."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

__all__ = ["batches"]


def batches(file: Path, columns: Sequence[str], size: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of `file`, `size` at a time, each as column → value."""
    import duckdb

    wanted = ", ".join(f'"{column}"' for column in columns)
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT {wanted} FROM read_parquet(?)", [str(file)])  # noqa: S608  columns of ours
        while batch := found.fetchmany(size):
            yield [dict(zip(columns, row, strict=True)) for row in batch]
