"""The Neo4j store: one domain in one database, beside other domains and other people's data.

Neo4j reads what is committed at the moment, statement by statement, so a transaction alone
would not keep a reader on one revision. Therefore each load writes its nodes under a key of
its own (`graph`: domain and generation), and in the same transaction turns the domain's
`Meta` node to it and removes the generation before the last one. A snapshot reads `Meta` once
and stays with that generation. Only the current one carries the types as second labels, for
people who browse.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

import neo4j
from neo4j import exceptions

from kg.errors import BencaoError, GraphUnavailable, StoreMisconfigured
from kg.imports.staged import Staged
from kg.layout import fingerprint, is_current
from kg.model import Graph, Revision
from kg.schema import Schema
from kg.store import Dialect, Origin, Rows, Snapshot, Statement
from kg.stores.contents import require_loadable
from kg.stores.neo4j_build import graph_key, replace
from kg.stores.neo4j_extend import FINISH, PROGRESS, additions, changes, leftovers, require_all

__all__ = ["Neo4jStore"]

_LOAD_LIMIT: Final = 600.0  # seconds that one transaction of a writer may take
_INDEX_LIMIT: Final = 86400.0  # seconds that indexes, and a whole import, may take
_LOCK_LIMIT: Final = 2.0  # seconds that an import waits for another writer
_ADDRESS: Final = re.compile(r"(neo4j|bolt)(\+s|\+ssc)?://[^/?#\s]+")
_SCHEMA: Final = (
    "CREATE CONSTRAINT bencao_meta IF NOT EXISTS FOR (n:Meta) REQUIRE n.domain IS UNIQUE",
    "CREATE CONSTRAINT bencao_entity IF NOT EXISTS FOR (n:Entity) REQUIRE (n.graph, n.id) IS UNIQUE",
    "CREATE CONSTRAINT bencao_writer IF NOT EXISTS FOR (n:Writer) REQUIRE n.domain IS UNIQUE",
    "CREATE INDEX bencao_type IF NOT EXISTS FOR (n:Entity) ON (n.graph, n.type)",
    "CREATE INDEX bencao_source IF NOT EXISTS FOR (n:Source) ON (n.graph)",
    "CALL db.awaitIndexes(3600)",
)
_META: Final = (
    "MATCH (m:Meta {domain: $domain}) RETURN m.number AS number, m.digest AS digest, m.layout AS layout,"
    " m.generation AS generation, coalesce(m.changed, 0) AS changed, coalesce(m.base, m.digest) AS base,"
    " coalesce(m.extension, '') AS extension, m.pending AS pending, coalesce(m.done, '{}') AS done,"
    " coalesce(m.indexed, false) AS indexed"
)


@dataclass(frozen=True, slots=True)
class _Neo4jDialect:
    name: str = "neo4j"
    keeps_ends: bool = True

    def node(self, variable: str, label: str = "Entity") -> str:
        return f"({variable}:{label} {{graph: $graph}})"

    def seeks(self, count: int) -> bool:
        del count  # an `IN` looks up each id in the index
        return False

    def visible(self, variable: str) -> str:
        return f"coalesce({variable}.since, 0) <= $number"


@dataclass(frozen=True, slots=True)
class _Neo4jSnapshot:
    store: "Neo4jStore"
    revision: Revision
    generation: int

    @property
    def dialect(self) -> Dialect:
        return self.store.dialect

    async def run(self, statement: Statement) -> Rows:
        own = {"graph": graph_key(self.store.domain, self.generation), "number": self.revision.number}
        parts = [
            await self.store._read(statement.bounded(text, in_order=True), parameters | own)  # noqa: SLF001
            for text, parameters in statement.runs()
        ]
        return statement.gathered(parts)


class Neo4jStore:
    """A `GraphStore` in a Neo4j server of 5.26 or later."""

    def __init__(  # noqa: PLR0913, PLR0917  (four of them are one address)
        self,
        uri: str,
        user: str,
        password: str,
        database: str,
        schema: Schema,
        domain: str,
        *,
        time_limit: float = 5.0,
    ) -> None:
        """Name the server; nothing is opened before the first use.

        Args:
            uri: `neo4j://`, `bolt://` or their `+s` forms.
            user: user name.
            password: password of `user`.
            database: name of the database, which must exist.
            schema: the domain's schema.
            domain: the domain's id.
            time_limit: seconds that connecting, and that one statement, may take.
        """
        self._uri = uri
        self._auth = (user, password)
        self._database = database
        self._schema = schema
        self.domain: Final = domain
        self._time_limit = time_limit
        self._driver: neo4j.AsyncDriver | None = None
        self._bookmarks: neo4j.BookmarkManager | None = None
        self._closed = False

    @property
    def dialect(self) -> Dialect:
        """See `GraphStore.dialect`."""
        return _Neo4jDialect()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """See `GraphStore.snapshot`.

        Raises:
            GraphUnavailable: also at the end, if the contents were replaced twice meanwhile.
        """
        meta = await self._meta()
        if fingerprint(self._schema) not in meta["layout"].split():
            message = (
                f"the domain {self.domain!r} in {self._uri} was loaded for another version of its schema;"
                " run `bencao pack build`"
            )
            raise StoreMisconfigured(message, setting="BENCAO_NEO4J_URI", domain=self.domain)
        yield _Neo4jSnapshot(self, Revision(meta["number"], meta["digest"]), meta["generation"])
        now = await self._meta()
        if now["generation"] > meta["generation"] + 1 or now["changed"] > meta["number"]:
            message = "the graph was replaced while it was read; ask again"
            raise GraphUnavailable(message, domain=self.domain)

    async def load(self, graph: Graph) -> Revision:
        """See `GraphStore.load`: one write transaction; writers of the same domain wait for each other."""
        require_loadable(graph, self._schema, self.domain)
        digest, layout = graph.digest(), fingerprint(self._schema)
        await self._prepare()
        async with (
            self._only_writer(_LOAD_LIMIT),
            self._session(neo4j.WRITE_ACCESS, _LOAD_LIMIT) as session,
            await session.begin_transaction(timeout=_LOAD_LIMIT) as transaction,
        ):
            found = await transaction.run(
                "MERGE (m:Meta {domain: $domain}) SET m.indexed = true"
                " RETURN coalesce(m.number, 0), m.digest, m.layout, coalesce(m.generation, 0)",
                {"domain": self.domain},
            )
            number, old_digest, old_layout, generation = (await found.fetch(1))[0].values()
            revision = Revision(number if digest == old_digest else number + 1, digest)
            if digest != old_digest or layout not in (old_layout or "").split():
                await replace(transaction, graph, self._schema, revision, generation + 1)
                await transaction.commit()
            return revision

    async def extend(self, staged: Staged) -> Revision:
        """See `GraphStore.extend`: batches in transactions of their own, which no reader sees before the last one.

        What an import has written carries the number of the revision to come, and a snapshot reads what its own
        revision has. An import that was interrupted goes on where it was, and what another one left is removed.
        """
        await self._prepare()
        async with self._only_writer(_LOCK_LIMIT):
            meta = await self._meta()
            if meta["digest"] == staged.digest:
                return Revision(meta["number"], meta["digest"])
            if meta["digest"] != staged.base:
                message = "the graph was changed since these rows were prepared for it; import them again"
                raise GraphUnavailable(message, domain=staged.domain)
            revision = Revision(meta["number"] + 1, staged.digest)
            if meta["pending"] not in {None, staged.digest}:
                await self._run_alone(leftovers(), meta["generation"], since=revision.number)
            done: dict[str, int] = json.loads(meta["done"]) if meta["pending"] == staged.digest else {}
            for step in additions(staged, done):
                async with self._writes(meta["generation"]) as run:
                    found = await run(step.text, rows=step.rows, since=revision.number)
                    require_all(step, found)
                    await run(PROGRESS, digest=staged.digest, done=json.dumps({**done, **step.done}))
                done.update(step.done)
            async with self._writes(meta["generation"]) as run:
                changed = meta["changed"]
                for step in changes(staged):
                    await run(step.text, rows=step.rows)
                    changed = revision.number
                layout = f"{meta['layout']} {fingerprint(staged.schema)}"
                await run(FINISH, layout=layout, extension=staged.extension, changed=changed, **asdict(revision))
            return revision

    async def origin(self) -> Origin:
        """See `GraphStore.origin`; also makes the indexes, where `neo4j-admin` has filled the database."""
        meta = await self._meta()
        if not any(map(is_current, meta["layout"].split())):
            message = (
                f"the domain {self.domain!r} in {self._uri} was loaded by another version; run `bencao pack build`"
            )
            raise StoreMisconfigured(message, setting="BENCAO_NEO4J_URI", domain=self.domain)
        if not meta["indexed"]:
            await self._prepare()
            async with self._writes(meta["generation"]) as run:
                await run("MATCH (m:Meta {domain: $domain}) SET m.indexed = true")
        return Origin(Revision(meta["number"], meta["digest"]), meta["base"], meta["extension"])

    async def ping(self) -> None:
        """See `GraphStore.ping`."""
        async with self.snapshot():
            pass

    async def close(self) -> None:
        """See `GraphStore.close`."""
        self._closed = True
        driver, self._driver = self._driver, None
        if driver is not None:
            await driver.close()

    async def _meta(self) -> dict[str, Any]:
        rows = await self._read(_META, {"domain": self.domain})
        if not rows or rows[0][0] is None:
            message = (
                f"the database {self._database!r} at {self._uri} does not hold the domain {self.domain!r};"
                " run `bencao pack build` with the same settings"
            )
            raise StoreMisconfigured(message, setting="BENCAO_NEO4J_DATABASE", domain=self.domain)
        names = ("number", "digest", "layout", "generation", "changed", "base", "extension", "pending", "done")
        return dict(zip((*names, "indexed"), rows[0], strict=True))

    async def _prepare(self) -> None:
        """Make the indexes where they are not there."""
        async with self._session(neo4j.WRITE_ACCESS, _INDEX_LIMIT) as session:
            for text in _SCHEMA:
                await (await session.run(text)).consume()

    @asynccontextmanager
    async def _only_writer(self, patience: float) -> AsyncIterator[None]:
        """Be the domain's only writer for the block: the server holds a lock as long as our connection lives."""
        async with (
            self._session(neo4j.WRITE_ACCESS, _INDEX_LIMIT) as session,
            await session.begin_transaction(timeout=0) as transaction,  # without end
        ):
            try:
                async with asyncio.timeout(patience):
                    text = "MERGE (w:Writer {domain: $domain}) SET w.held = true REMOVE w.held"
                    await (await transaction.run(text, {"domain": self.domain})).consume()
            except TimeoutError:
                message = f"another program is writing the domain {self.domain!r}; try again when it has finished"
                raise GraphUnavailable(message, domain=self.domain) from None
            yield

    @asynccontextmanager
    async def _writes(self, generation: int) -> AsyncIterator[Callable[..., Awaitable[list[tuple[Any, ...]]]]]:
        """Open one transaction, which is committed at the end of the block."""
        own = {"domain": self.domain, "graph": graph_key(self.domain, generation)}
        async with (
            self._session(neo4j.WRITE_ACCESS, _LOAD_LIMIT) as session,
            await session.begin_transaction(timeout=_LOAD_LIMIT) as transaction,
        ):

            async def run(text: str, **parameters: object) -> list[tuple[Any, ...]]:
                result = await transaction.run(text, {**parameters, **own})
                return [tuple(record.values()) async for record in result]

            yield run
            await transaction.commit()

    async def _run_alone(self, texts: Iterable[str], generation: int, **parameters: object) -> None:
        """Run statements that open transactions themselves."""
        async with self._session(neo4j.WRITE_ACCESS, _INDEX_LIMIT) as session:
            for text in texts:
                own = {"domain": self.domain, "graph": graph_key(self.domain, generation)}
                await (await session.run(text, {**parameters, **own})).consume()

    async def _read(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        async with self._session(neo4j.READ_ACCESS, self._time_limit) as session:
            query = neo4j.Query(text, timeout=self._time_limit)
            result = await session.run(query, dict(parameters))
            return [tuple(record.values()) async for record in result]

    @asynccontextmanager
    async def _session(self, access: str, limit: float) -> AsyncIterator[neo4j.AsyncSession]:
        """Open a session whose faults are ours; the server keeps the time, and we do where it does not answer."""
        with self._faults(limit):
            driver = self._connected()
            async with (
                asyncio.timeout(limit + 1),
                driver.session(
                    database=self._database, default_access_mode=access, bookmark_manager=self._bookmarks
                ) as session,
            ):
                yield session

    def _connected(self) -> neo4j.AsyncDriver:
        if self._closed:
            message = "the graph was closed; open it again"
            raise GraphUnavailable(message)
        if not _ADDRESS.match(self._uri):  # the driver would take web addresses too, with another protocol
            raise self._no_address()
        if self._driver is None:
            self._driver = neo4j.AsyncGraphDatabase.driver(
                self._uri,
                auth=self._auth,
                connection_timeout=self._time_limit,
                connection_acquisition_timeout=self._time_limit,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
                user_agent="bencao",
            )
            # In a cluster, a statement may go to a server that has not seen yet what the last one read.
            self._bookmarks = neo4j.AsyncGraphDatabase.bookmark_manager()
        return self._driver

    @contextmanager
    def _faults(self, limit: float) -> Iterator[None]:
        try:
            yield
        except (exceptions.GqlError, OSError, TimeoutError, ValueError) as error:
            raise self._fault(error, limit) from None

    def _no_address(self) -> StoreMisconfigured:
        message = (
            f"{self._uri!r} is no address of a Neo4j server;"
            " write BENCAO_NEO4J_URI like neo4j://127.0.0.1:7687 (neo4j+s:// with encryption)"
        )
        return StoreMisconfigured(message, setting="BENCAO_NEO4J_URI")

    def _fault(self, error: Exception, limit: float) -> BencaoError:
        code = str(getattr(error, "code", "") or "")
        if isinstance(error, exceptions.ConfigurationError | ValueError):
            return self._no_address()
        if isinstance(error, exceptions.AuthError) or ".Security." in code:
            message = (
                f"Neo4j at {self._uri} refuses the user {self._auth[0]!r};"
                " check BENCAO_NEO4J_USER and BENCAO_NEO4J_PASSWORD, and that the user may read and write"
            )
            return StoreMisconfigured(message, setting="BENCAO_NEO4J_PASSWORD")
        if code.endswith(("DatabaseNotFound", "InvalidDatabaseName")):
            message = (
                f"Neo4j at {self._uri} has no database {self._database!r};"
                " create it, or name another one in BENCAO_NEO4J_DATABASE"
            )
            return StoreMisconfigured(message, setting="BENCAO_NEO4J_DATABASE")
        if isinstance(error, TimeoutError) or "TransactionTimedOut" in code:
            message = (
                f"Neo4j at {self._uri} did not answer within {limit:g} s;"
                " ask something narrower, or raise BENCAO_QUERY_TIMEOUT"
            )
            return GraphUnavailable(message, setting="BENCAO_QUERY_TIMEOUT")
        if isinstance(error, exceptions.ClientError | exceptions.DatabaseError):
            message = f"Neo4j at {self._uri} could not run the query; see the server's log, then try again"
            return GraphUnavailable(message, setting="BENCAO_NEO4J_URI", code=code)
        message = (
            f"Neo4j at {self._uri} cannot be reached;"
            " start it, or set BENCAO_NEO4J_URI to where it is (BENCAO_STORE=ladybug needs no server)"
        )
        return GraphUnavailable(message, setting="BENCAO_NEO4J_URI")
