"""What a graph store is: snapshots to read from, and one way to replace a domain's contents.

A store runs compiled statements and knows nothing of plans; `kg.query` compiles, and every
text that reaches a store was built there from the schema's own names, with all values as
parameters. One store object serves one domain.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from kg.model import Graph, Revision

if TYPE_CHECKING:
    from kg.imports.staged import Staged

__all__ = ["Dialect", "GraphStore", "Origin", "Rows", "Snapshot", "Statement", "Value"]

Value: TypeAlias = str | float | int | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Statement:
    """A parameterised read.

    Attributes:
        text: the query, without ORDER BY and LIMIT.
        parameters: its parameters.
        columns: the columns of the result, in order.
        limit: bound of the rows.
        order: the columns to order by, which are the first ones; without it rows come in any order.
        also: further texts with the same columns, whose rows are added.
        each: where it is not empty, all texts run once for each of these sets of parameters (beside `parameters`).
            The rows of several runs come without duplicates.
    """

    text: str
    parameters: Mapping[str, Value]
    columns: tuple[str, ...]
    limit: int
    order: str = ""
    also: tuple[str, ...] = ()
    each: tuple[Mapping[str, Value], ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        """All texts."""
        return (self.text, *self.also)

    def runs(self) -> Iterator[tuple[str, dict[str, Value]]]:
        """Yield every text with every set of parameters, in the order in which they run."""
        for own in self.each or ({},):
            for text in self.texts:
                yield text, {**self.parameters, **own}

    def bounded(self, text: str, *, in_order: bool) -> str:
        """Return one of the texts as it is run: with the limit and one row more, so that a cut is seen.

        Only what is cut needs to be put in order by the store; `gathered` does it faster for the rest.
        """
        order = f" ORDER BY {self.order}" if in_order and self.order else ""
        return f"{text}{order} LIMIT {self.limit + 1}"

    def gathered(self, parts: Iterable[Sequence[tuple[Value, ...]]]) -> "Rows":
        """Return the rows of all runs, in order; the last runs are left out when there are too many rows already."""
        found: list[tuple[Value, ...]] = []
        is_one = len(self.texts) == 1 and len(self.each) <= 1
        for part in parts:
            found.extend(part)
            if not is_one and len(found) > self.limit:
                found = list(dict.fromkeys(found))
                if len(found) > self.limit:
                    break
        if not is_one:
            found = list(dict.fromkeys(found))
        if self.order:
            found.sort(key=_sortable)
        return Rows(found[: self.limit], truncated=len(found) > self.limit)


def _sortable(row: tuple[Value, ...]) -> tuple[tuple[bool, Value], ...]:
    return tuple((value is not None, value) for value in row)


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

    @property
    def keeps_ends(self) -> bool:
        """Whether facts hold `subject`, `predicate` and `object` as columns, besides being joined to their ends."""
        ...

    def node(self, variable: str, label: str = "Entity") -> str:
        """Return the pattern of a node of this store's domain; see `kg.layout` for labels and columns."""
        ...

    def seeks(self, count: int) -> bool:
        """Say whether to find `count` entities one statement each (`Statement.each`), not with one `IN` for all."""
        ...

    def visible(self, variable: str) -> str:
        """Return the test that a node or fact belongs to the snapshot's revision; empty if all that is read does."""
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


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a store's contents come from.

    `base` is the digest of the pack that was loaded, `extension` what imports added to its schema since (JSON, empty
    if nothing); whether anything was imported shows in `base` being another digest than the revision's.
    """

    revision: Revision
    base: str
    extension: str


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

    async def extend(self, staged: "Staged") -> Revision:
        """Add imported rows to the contents.

        An embedded store takes all of them or none. A server takes them in batches, each of whole facts; an import
        that was interrupted is completed by running it again.

        Raises:
            GraphUnavailable: the contents are no longer those that the rows were prepared for.
        """
        ...

    async def origin(self) -> Origin:
        """Return where the contents come from, whatever schema this store was opened with.

        Raises:
            StoreMisconfigured: there is no graph.
        """
        ...

    async def ping(self) -> None:
        """Return at once if the store can be read, else raise as `Snapshot.run` does."""
        ...

    async def close(self) -> None:
        """Release files, threads and sockets; may be called twice."""
        ...
