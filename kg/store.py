"""What a graph store is: snapshots to read from, and one way to replace a domain's contents.

A store runs compiled statements and knows nothing of plans; `kg.query` compiles, and every
text that reaches a store was built there from the schema's own names, with all values as
parameters. One store object serves one domain.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from kg.model import Graph, Revision

__all__ = ["Dialect", "GraphStore", "Rows", "Snapshot", "Statement", "Value"]

Value: TypeAlias = str | float | int | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A parameterised read. `columns` name the result's columns in order; `limit` bounds its rows."""

    text: str
    parameters: Mapping[str, Value]
    columns: tuple[str, ...]
    limit: int


@dataclass(frozen=True, slots=True)
class Rows:
    """What a statement returned; `truncated` says that more than `limit` rows were there."""

    values: Sequence[tuple[Value, ...]]
    truncated: bool = False


class Dialect(Protocol):
    """Where the two query languages differ; `kg.query.compile` is written against it."""

    @property
    def name(self) -> str:
        """`ladybug` or `neo4j`."""
        ...

    def node(self, variable: str, label: str = "Entity") -> str:
        """Return the pattern of a node of this store's domain; see `kg.layout` for labels and columns."""
        ...


class Snapshot(Protocol):
    """One state of the graph: every statement sees the same revision, whatever is loaded meanwhile."""

    @property
    def dialect(self) -> Dialect:
        """How statements for this snapshot's store are written."""
        ...

    @property
    def revision(self) -> Revision:
        """The revision that all statements of this snapshot read."""
        ...

    async def run(self, statement: Statement) -> Rows:
        """Run one statement.

        Raises:
            GraphUnavailable: the store does not answer, or not in time.
        """
        ...


class GraphStore(Protocol):
    """A place that holds one domain's graph."""

    @property
    def dialect(self) -> Dialect:
        """How statements for this store are written."""
        ...

    def snapshot(self) -> AbstractAsyncContextManager[Snapshot]:
        """Open a read transaction with the store's time limit; cancelling the task ends it."""
        ...

    async def load(self, graph: Graph) -> Revision:
        """Replace the whole contents by `graph`, or leave everything as it was.

        Returns the new revision: the old one, if the contents are the same.

        Raises:
            GraphUnavailable: the store cannot be written, e.g. the disk is full.
            StoreMisconfigured: the settings are wrong.
        """
        ...

    async def ping(self) -> None:
        """Return at once if the store can be read, else raise as `Snapshot.run` does."""
        ...

    async def close(self) -> None:
        """Release files, threads and sockets; may be called twice."""
        ...
