"""What goes wrong in a store: every fault says what to do and leaves the store usable."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kg.errors import BencaoError, GraphUnavailable, StoreMisconfigured
from kg.model import Entity, Graph
from kg.query import read
from kg.store import GraphStore, Statement
from kg.stores.ladybug import LadybugStore
from kg.stores.neo4j import Neo4jStore
from tests.stores import SCHEMA, Neo4jServer, Place, fact, small_graph

# A statement that would run for hours: every sequence of six ids in ascending order, counted one by one.
ENDLESS = (
    "MATCH "
    + ", ".join(f"(n{i}:Entity)" for i in range(6))
    + " WHERE "
    + " AND ".join(f"n{i}.id < n{i + 1}.id" for i in range(5))
    + " RETURN count(*) AS total"
)


def endless() -> Statement:
    return Statement(ENDLESS, {}, ("total",), 1)


@asynccontextmanager
async def loaded(place: Place, *, time_limit: float = 60.0) -> AsyncIterator[GraphStore]:
    people = tuple(Entity(f"p{number}", "Person", ()) for number in range(300))
    store = place.open(time_limit=time_limit)
    try:
        await store.load(Graph(place.domain, people, (fact("p1", "KNOWS", "p2"),), ()))
        yield store
    finally:
        await store.close()


async def still_answers(store: GraphStore) -> bool:
    async with store.snapshot() as snapshot:
        return await read.type_counts(snapshot) == {"Person": 300}


def assert_helpful(error: BencaoError, *words: str) -> None:
    """A person is told what to do, and nothing of drivers or queries."""
    text = str(error)
    assert all(word in text for word in words), text
    assert not any(leak in text for leak in ("MATCH", "Exception", "Runtime", "neo4j.exceptions", "Lbug", "Neo.")), text


async def test_rows_beyond_the_limit_are_left_out_and_reported(place: Place, store: GraphStore) -> None:
    await store.load(small_graph(place.domain))
    async with store.snapshot() as snapshot:
        text = f"MATCH {snapshot.dialect.node('a')} RETURN a.id AS id ORDER BY id"
        cut = await snapshot.run(Statement(text, {}, ("id",), 3))
        whole = await snapshot.run(Statement(text, {}, ("id",), 8))
    assert ([row[0] for row in cut.values], cut.truncated) == (["ann", "bob", "cyd"], True)
    assert (len(whole.values), whole.truncated) == (8, False)


async def test_a_cancelled_query_leaves_the_store_usable(place: Place) -> None:
    async with loaded(place) as store:
        async with store.snapshot() as snapshot:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await snapshot.run(endless())
        assert await still_answers(store)


async def test_more_cancelled_queries_than_readers_leave_the_store_usable(place: Place) -> None:
    async with loaded(place) as store:

        async def ask() -> None:
            async with store.snapshot() as snapshot:
                await snapshot.run(endless())

        tasks = [asyncio.create_task(ask()) for _ in range(12)]
        await asyncio.wait(tasks, timeout=0.5)
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(each, asyncio.CancelledError) for each in ended)
        assert await still_answers(store)


async def test_a_query_over_its_time_is_unavailable_and_says_which_setting(place: Place) -> None:
    async with loaded(place, time_limit=1.0) as store:
        async with store.snapshot() as snapshot:
            with pytest.raises(GraphUnavailable) as caught:
                await snapshot.run(endless())
        assert caught.value.retryable
        assert_helpful(caught.value, "BENCAO_QUERY_TIMEOUT", "1 s")
        assert await still_answers(store)


async def test_closing_ends_running_queries(place: Place) -> None:
    async with loaded(place) as store:

        async def ask() -> None:
            async with store.snapshot() as snapshot:
                await snapshot.run(endless())

        task = asyncio.create_task(ask())
        await asyncio.wait([task], timeout=0.3)
        await store.close()
        with pytest.raises(GraphUnavailable):
            await task


async def test_a_closed_store_says_so(place: Place, store: GraphStore) -> None:
    await store.load(small_graph(place.domain))
    await store.close()
    with pytest.raises(GraphUnavailable, match="closed"):
        await store.ping()


async def test_readers_at_the_same_time_see_the_same(place: Place) -> None:
    async with loaded(place) as store:
        assert all(await asyncio.gather(*(still_answers(store) for _ in range(20))))


async def test_a_file_that_is_no_graph_is_neither_read_nor_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_bytes(b"years of work " * 1000)
    store = LadybugStore(path, SCHEMA, "d")
    try:
        for attempt in (store.ping(), store.load(small_graph("d"))):
            with pytest.raises(StoreMisconfigured) as caught:
                await attempt
            assert_helpful(caught.value, str(path), "pack build")
    finally:
        await store.close()
    assert path.read_bytes() == b"years of work " * 1000


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda _: b""], ids=["cut", "empty"])
async def test_a_damaged_graph_says_what_to_do(tmp_path: Path, damage: "type[bytes]") -> None:
    path = tmp_path / "d.lbug"
    writer = LadybugStore(path, SCHEMA, "d")
    await writer.load(small_graph("d"))
    await writer.close()
    path.write_bytes(damage(path.read_bytes()))
    reader = LadybugStore(path, SCHEMA, "d")
    try:
        with pytest.raises(StoreMisconfigured) as caught:
            await reader.ping()
    finally:
        await reader.close()
    assert_helpful(caught.value, str(path), "pack build")


async def test_the_file_of_another_domain_is_refused(tmp_path: Path) -> None:
    first, second = (LadybugStore(tmp_path / "d.lbug", SCHEMA, domain) for domain in ("first", "second"))
    try:
        await first.load(small_graph("first"))
        for attempt in (second.ping(), second.load(small_graph("second"))):
            with pytest.raises(StoreMisconfigured) as caught:
                await attempt
            assert_helpful(caught.value, "BENCAO_GRAPH", "first")
    finally:
        await first.close()
        await second.close()


async def test_a_folder_that_cannot_be_made_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    store = LadybugStore(tmp_path / "file" / "d.lbug", SCHEMA, "d")
    try:
        with pytest.raises(StoreMisconfigured) as caught:
            await store.load(small_graph("d"))
    finally:
        await store.close()
    assert_helpful(caught.value, "BENCAO_GRAPH")


async def run_python(code: str, path: Path) -> str:
    """Run a program of our own in another process, and return what it prints."""
    program = await asyncio.create_subprocess_exec(sys.executable, "-c", code, path, stdout=asyncio.subprocess.PIPE)
    printed, _ = await program.communicate()
    assert program.returncode == 0
    return printed.decode()


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


FULL_DISK = """
import asyncio, resource, signal, sys
from dataclasses import replace
from pathlib import Path
from kg.errors import GraphUnavailable
from kg.stores.ladybug import LadybugStore
from tests.stores import SCHEMA, small_graph

async def main() -> None:
    store = LadybugStore(Path(sys.argv[1]), SCHEMA, "d")
    resource.setrlimit(resource.RLIMIT_FSIZE, (40_000, resource.RLIM_INFINITY))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        await store.load(replace(small_graph("d"), facts=()))
    except GraphUnavailable as error:
        print(error)
    await store.close()

asyncio.run(main())
"""


async def test_a_full_disk_leaves_the_old_graph_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "d.lbug"
    store = LadybugStore(path, SCHEMA, "d")
    try:
        revision = await store.load(small_graph("d"))
        # No file of that process may grow beyond 40 kB, which is what a full disk looks like to it.
        assert "free some space" in await run_python(FULL_DISK, path)
        assert names(tmp_path) == ["d.lbug"]
        async with store.snapshot() as snapshot:
            assert snapshot.revision == revision
            assert sum((await read.fact_counts(snapshot, SCHEMA)).values()) == 10
    finally:
        await store.close()


async def test_a_cancelled_build_leaves_the_old_graph_and_no_litter(tmp_path: Path) -> None:
    store = LadybugStore(tmp_path / "d.lbug", SCHEMA, "d")
    graph = small_graph("d")
    try:
        revision = await store.load(graph)
        people = tuple(Entity(f"p{number}", "Person", ()) for number in range(20_000))
        loading = asyncio.create_task(store.load(replace(graph, entities=graph.entities + people)))
        while len(names(tmp_path)) == 1:
            await asyncio.wait([loading], timeout=0.001)
        loading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await loading
        async with store.snapshot() as snapshot:
            assert snapshot.revision == revision
    finally:
        await store.close()
    assert names(tmp_path) == ["d.lbug"]


async def test_other_processes_read_while_this_one_does(tmp_path: Path) -> None:
    path = tmp_path / "d.lbug"
    store = LadybugStore(path, SCHEMA, "d")
    code = (
        "import asyncio, sys; from pathlib import Path; from kg.stores.ladybug import LadybugStore;"
        " from tests.stores import SCHEMA; asyncio.run(LadybugStore(Path(sys.argv[1]), SCHEMA, 'd').ping());"
        " print('read')"
    )
    try:
        await store.load(small_graph("d"))
        async with store.snapshot() as snapshot:
            assert await run_python(code, path) == "read\n"
            assert await read.type_counts(snapshot)
    finally:
        await store.close()


async def neo4j_fault(uri: str, password: str, database: str = "neo4j") -> BencaoError:
    store = Neo4jStore(uri, "neo4j", password, database, SCHEMA, "d", time_limit=2.0)
    try:
        with pytest.raises(BencaoError) as read_fault:
            await store.ping()
        with pytest.raises(BencaoError) as write_fault:
            await store.load(small_graph("d"))
    finally:
        await store.close()
    assert type(read_fault.value) is type(write_fault.value)
    assert read_fault.value.metadata["setting"] == write_fault.value.metadata["setting"]
    return read_fault.value


async def test_a_wrong_password_names_the_setting(neo4j_server: Neo4jServer) -> None:
    error = await neo4j_fault(neo4j_server.uri, "wrong")
    assert isinstance(error, StoreMisconfigured)
    assert_helpful(error, "BENCAO_NEO4J_PASSWORD", "BENCAO_NEO4J_USER")


async def test_a_missing_database_names_the_setting(neo4j_server: Neo4jServer) -> None:
    error = await neo4j_fault(neo4j_server.uri, neo4j_server.password, "nowhere")
    assert isinstance(error, StoreMisconfigured)
    assert_helpful(error, "BENCAO_NEO4J_DATABASE", "nowhere")


@pytest.mark.parametrize("scheme", ["bolt", "neo4j"])
async def test_a_server_that_is_down_can_be_tried_again(scheme: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # taken, but nobody listens
        error = await neo4j_fault(f"{scheme}://127.0.0.1:{closed.getsockname()[1]}", "secret")
    assert isinstance(error, GraphUnavailable)
    assert error.retryable
    assert_helpful(error, "BENCAO_NEO4J_URI")


async def test_a_port_that_never_answers_can_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = await neo4j_fault(f"bolt://127.0.0.1:{silent.getsockname()[1]}", "secret")
    assert isinstance(error, GraphUnavailable)
    assert error.retryable


@pytest.mark.parametrize("uri", ["http://127.0.0.1", "127.0.0.1:7687", "", "neo4j://"])
async def test_an_address_that_is_none_names_the_setting(uri: str) -> None:
    error = await neo4j_fault(uri, "secret")
    assert_helpful(error, "BENCAO_NEO4J_URI")


async def test_two_domains_share_one_database(neo4j_server: Neo4jServer) -> None:
    address = (neo4j_server.uri, neo4j_server.user, neo4j_server.password, "neo4j")
    tag = os.urandom(6).hex()
    first, second = (Neo4jStore(*address, SCHEMA, f"{name}-{tag}") for name in ("first", "second"))
    try:
        whole = small_graph(f"first-{tag}")
        await first.load(whole)
        await second.load(replace(small_graph(f"second-{tag}"), facts=()))
        await second.load(Graph(f"second-{tag}", (Entity("ann", "Place", ()),), (), ()))
        async with first.snapshot() as one, second.snapshot() as two:
            assert one.revision.number == 1
            assert len(await read.all_entities(one)) == len(whole.entities)
            assert len(await read.facts_touching(one, SCHEMA, ["ann"])) == 4
            assert await read.all_entities(two) == (Entity("ann", "Place", ()),)
            assert await read.facts_touching(two, SCHEMA, ["ann"]) == ()
            assert await read.sources(two) == {}
    finally:
        await first.close()
        await second.close()
