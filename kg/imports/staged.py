"""What an import comes to, ready for a store: Parquet files with the columns of `kg.layout`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from kg.schema import Schema

__all__ = ["Staged"]


@dataclass(frozen=True, slots=True)
class Staged:
    """Rows that a store takes as they are.

    Files in `folder`: `entities.parquet` (new), `entities-changed.parquet` (ids that are there, with their whole new
    row), `sources.parquet`, and per relation `facts/RELATION.parquet` (new, with `from` and `to`, the ids of its ends,
    first) and `facts-changed/RELATION.parquet` (ids that are there, whole new row). A file that would be empty is not
    there.

    Attributes:
        domain: the id of the domain.
        base: digest of the contents that it was made for; a store with other contents refuses it.
        digest: digest of the contents that result.
        schema: the domain's schema with what the import adds.
        extension: what all imports so far add, as JSON (see `kg.imports.extension`).
        counts: rows of each file by its name without ending, such as `facts/HAS_MEMBER`.
    """

    folder: Path
    domain: str
    base: str
    digest: str
    schema: Schema
    extension: str
    counts: Mapping[str, int]

    @property
    def is_empty(self) -> bool:
        """Whether the store has all of it already."""
        return not any(self.counts.values())
