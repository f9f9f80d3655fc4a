"""The embedded store: one Ladybug file for one domain, replaced as a whole and never changed in place.

Reading opens the file read-only, so that any number of processes can. Because a file never
changes, a snapshot is a hold on an open file: a new build is renamed over the old one, and
whoever reads the old one keeps it until the snapshot ends.

Ladybug blocks, so statements run in worker threads; cancelling a task interrupts its query.
"""

import asyncio
import contextlib
import importlib
import shutil
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import ladybug

from kg.errors import BencaoError, GraphUnavailable, StoreMisconfigured
from kg.imports.staged import Staged
from kg.layout import fingerprint, is_current
from kg.model import Graph, Revision
from kg.schema import Schema
from kg.store import Dialect, Origin, Rows, Snapshot, Statement
from kg.stores.contents import require_loadable
from kg.stores.ladybug_build import Execute, fill
from kg.stores.ladybug_extend import extend, pool_for
from kg.stores.ladybug_file import (
    Call,
    Cancelled,
    LadybugDialect,
    OpenFile,
    Reader,
    each_run,
    mark_of,
    rows_of,
)
from kg.stores.replace import successor, writing

# Ladybug loads its native part with its symbols visible to the whole process; llama.cpp, loaded after it, then binds
# to some of them and dies (std::bad_alloc). Loaded here, by the ordinary rules, it keeps its symbols to itself.
importlib.import_module("ladybug._lbug")

__all__ = ["LadybugStore"]

_READERS: Final = 4
_WORN: Final = 500  # statements that one connection runs
_CACHE: Final = 1 << 28  # bytes of pages that one open file may keep in memory
_LARGEST: Final = 1 << 35  # bytes that a file may grow to; the default reserves terabytes of address space

_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class _LadybugSnapshot:
    store: "LadybugStore"
    file: OpenFile

    @property
    def dialect(self) -> Dialect:
        return self.file.dialect

    @property
    def revision(self) -> Revision:
        return self.file.revision

    async def run(self, statement: Statement) -> Rows:
        return await self.store._run(self.file, statement)  # noqa: SLF001  (its own snapshot)


class LadybugStore:
    """A `GraphStore` in one file."""

    def __init__(self, path: Path, schema: Schema, domain: str, *, time_limit: float = 5.0) -> None:
        """Name the file; nothing is opened before the first use.

        Args:
            path: the file, which `load` creates together with its folder.
            schema: the domain's schema, which says which tables there are.
            domain: the domain's id; a file of another domain is refused.
            time_limit: seconds that one statement may take.
        """
        self._path = path
        self._schema = schema
        self._domain = domain
        self._time_limit = time_limit
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix=f"ladybug-{domain}")
        self._opening = threading.Lock()
        self._file: OpenFile | None = None
        self._calls: set[Call] = set()
        self._closed = False

    @property
    def dialect(self) -> Dialect:
        """See `GraphStore.dialect`."""
        return LadybugDialect()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """See `GraphStore.snapshot`."""
        file = self._file
        if file is None or file.mark != mark_of(self._path) or not file.acquire():
            file = await self._in_thread(self._current)
        try:
            yield _LadybugSnapshot(self, file)
        finally:
            file.release()

    async def load(self, graph: Graph) -> Revision:
        """See `GraphStore.load`: builds a new file beside the old one and renames it."""
        require_loadable(graph, self._schema, self._domain)
        return await self._in_thread(lambda call: self._replace(call, graph))

    async def extend(self, staged: Staged) -> Revision:
        """See `GraphStore.extend`: copies the file, extends the copy and renames it."""
        return await self._in_thread(lambda call: self._extend(call, staged))

    async def origin(self) -> Origin:
        """See `GraphStore.origin`."""
        return await self._in_thread(lambda _call: self._origin())

    async def ping(self) -> None:
        """See `GraphStore.ping`."""
        async with self.snapshot() as snapshot:
            await snapshot.run(Statement("MATCH (m:Meta) RETURN m.number AS number", {}, ("number",), 1))

    async def close(self) -> None:
        """See `GraphStore.close`; queries that still run are interrupted."""
        self._closed = True
        loop = asyncio.get_running_loop()
        for call in tuple(self._calls):
            call.cancel(loop)
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
        file, self._file = self._file, None
        if file is not None:
            file.retire()

    async def _in_thread(self, work: Callable[[Call], _Result]) -> _Result:
        if self._closed:
            message = "the graph was closed; open it again"
            raise GraphUnavailable(message)
        call = Call()

        def run() -> _Result:
            try:
                return work(call)
            finally:
                call.done = True
                self._calls.discard(call)

        self._calls.add(call)
        loop = asyncio.get_running_loop()
        future = loop.run_in_executor(self._threads, run)
        try:
            return await future
        except asyncio.CancelledError:
            call.cancel(loop)
            raise
        except Cancelled:
            message = "the graph was closed while it was read; open it again"
            raise GraphUnavailable(message) from None

    async def _run(self, file: OpenFile, statement: Statement) -> Rows:
        return await self._in_thread(lambda call: self._query(call, file, statement))

    def _query(self, call: Call, file: OpenFile, statement: Statement) -> Rows:
        with file.lock:
            reader = file.idle.pop() if file.idle else None
        if reader is None:
            reader = Reader(ladybug.Connection(file.database, num_threads=1))
            reader.connection.set_query_timeout(round(self._time_limit * 1000))
        reader.ran += 1
        end = time.monotonic() + self._time_limit
        try:
            with call.using(reader.connection):
                return statement.gathered(each_run(reader.connection, statement, end))
        except RuntimeError as error:
            raise self._fault(error) from None
        finally:
            # A connection keeps something of every different statement in the pages that all of them share.
            if reader.ran >= _WORN:
                reader.connection.close()
            else:
                with file.lock:
                    file.idle.append(reader)

    def _current(self, call: Call) -> OpenFile:
        """Return the open file, opened anew if it was replaced, with one more user."""
        del call
        with self._opening:
            mark = mark_of(self._path)
            if self._file is not None and self._file.mark == mark and self._file.acquire():
                return self._file
            file, layout = self._open()
            if fingerprint(self._schema) not in layout.split():
                file.retire()
                message = (
                    f"the graph in {self._path} was built for another version of the domain's schema;"
                    " run `bencao pack build`"
                )
                raise StoreMisconfigured(message, setting="BENCAO_GRAPH", path=str(self._path))
            old, self._file = self._file, file
            if old is not None:
                old.retire()
            file.acquire()
            return file

    def _open(self) -> tuple[OpenFile, str]:
        """Open the file and return it with the fingerprint of the schema that it was built for."""
        mark = mark_of(self._path)
        try:
            with self._path.open("rb"):
                pass
        except OSError as error:
            raise self._misconfigured(error) from None
        try:
            database = ladybug.Database(
                self._path, read_only=True, buffer_pool_size=_CACHE, max_db_size=_LARGEST, max_num_threads=_READERS
            )
        except RuntimeError as error:
            raise self._fault(error) from None
        try:
            with ladybug.Connection(database) as connection:
                meta = rows_of(connection, "MATCH (m:Meta) RETURN m.domain, m.number, m.digest, m.layout", {})
                ((domain, number, digest, layout),) = meta
                ((entities,),) = rows_of(connection, "MATCH (e:Entity) RETURN count(*)", {})
        except (RuntimeError, ValueError) as error:
            database.close()
            raise self._fault(error) from None
        if domain != self._domain:
            database.close()
            message = (
                f"{self._path} holds the domain {domain!r}, not {self._domain!r}; name another folder in BENCAO_GRAPH"
            )
            raise StoreMisconfigured(message, setting="BENCAO_GRAPH", path=str(self._path), domain=domain)
        return OpenFile(database, Revision(number, digest), mark, LadybugDialect(entities)), layout

    def _replace(self, call: Call, graph: Graph) -> Revision:
        with self._writes(call, waits=True):
            number, digest, layout = 0, "", ""
            if self._path.exists():
                file, layout = self._open()
                number, digest = file.revision.number, file.revision.digest
                file.retire()
            revision = Revision(number if digest == graph.digest() else number + 1, graph.digest())
            if digest == revision.digest and fingerprint(self._schema) in layout.split():
                return revision
            with successor(self._path, commit=call.unless_cancelled) as fresh:
                self._write(call, fresh, _CACHE, lambda execute: fill(execute, graph, self._schema, revision))
            return revision

    def _extend(self, call: Call, staged: Staged) -> Revision:
        with self._writes(call, waits=False):
            file, layout = self._open()
            held = file.revision
            file.retire()
            if staged.digest == held.digest:
                return held
            if held.digest != staged.base:
                message = "the graph was changed since these rows were prepared for it; import them again"
                raise GraphUnavailable(message, domain=staged.domain)
            revision = Revision(held.number + 1, staged.digest)
            with successor(self._path, commit=call.unless_cancelled) as fresh:
                shutil.copyfile(self._path, fresh)
                self._write(call, fresh, pool_for(staged), lambda execute: extend(execute, staged, revision, layout))
            return revision

    def _origin(self) -> Origin:
        file, layout = self._open()
        try:
            if not any(map(is_current, layout.split())):
                message = f"the graph in {self._path} was built by another version; run `bencao pack build`"
                raise StoreMisconfigured(message, setting="BENCAO_GRAPH", path=str(self._path))
            with ladybug.Connection(file.database) as connection:
                ((base, extension),) = rows_of(connection, "MATCH (m:Meta) RETURN m.base, m.extension", {})
        except (RuntimeError, ValueError) as error:
            raise self._fault(error) from None
        finally:
            file.retire()
        return Origin(file.revision, base, extension)

    @contextlib.contextmanager
    def _writes(self, call: Call, *, waits: bool) -> Iterator[None]:
        """Be the only writer of the file; who does not wait for another one is told."""
        try:
            with writing(self._path, wait=lambda: waits and not call.cancelled):
                yield
        except OSError as error:
            raise self._misconfigured(error) from None

    def _write(self, call: Call, path: Path, pool: int, change: Callable[[Execute], None]) -> None:
        try:
            # Closing writes the log into the file, so that the one file is all there is.
            with (
                ladybug.Database(path, buffer_pool_size=pool, max_db_size=_LARGEST) as database,
                ladybug.Connection(database) as connection,
            ):

                def execute(text: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
                    with call.using(connection):
                        return rows_of(connection, text, parameters)

                change(execute)
                execute("CHECKPOINT", {})
        except RuntimeError as error:
            if call.cancelled:
                raise Cancelled from None
            path.parent.stat()
            message = (
                f"the new graph could not be written beside {self._path}, and the old one stays as it was:"
                " free some space on that disk, or name a folder on another one in BENCAO_GRAPH"
            )
            raise GraphUnavailable(message, setting="BENCAO_GRAPH", path=str(self._path)) from error

    def _misconfigured(self, error: OSError) -> BencaoError:
        if isinstance(error, FileNotFoundError):
            message = f"there is no graph at {self._path}; run `bencao pack build`, or set BENCAO_GRAPH to its folder"
        else:
            message = f"{self._path} cannot be used ({error.strerror}); set BENCAO_GRAPH to a folder of your own"
        return StoreMisconfigured(message, setting="BENCAO_GRAPH", path=str(self._path))

    def _fault(self, error: Exception) -> BencaoError:
        text = str(error).lower()
        if "interrupted" in text:
            message = (
                f"the graph did not answer within {self._time_limit:g} s;"
                " ask something narrower, or raise BENCAO_QUERY_TIMEOUT"
            )
            return GraphUnavailable(message, setting="BENCAO_QUERY_TIMEOUT")
        if "lock" in text:
            message = f"another program is writing to {self._path}; try again when it has finished"
            return GraphUnavailable(message, path=str(self._path))
        if "buffer" in text or "memory" in text:
            message = "the graph needs more memory for this question; ask something narrower"
            return GraphUnavailable(message)
        message = (
            f"{self._path} is damaged, or is no graph that this version can read;"
            " move it away and run `bencao pack build`"
        )
        return StoreMisconfigured(message, setting="BENCAO_GRAPH", path=str(self._path))
