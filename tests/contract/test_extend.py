"""Extending: imported rows beside what was loaded, all or nothing, and whoever reads keeps what they read."""

import asyncio
import os
import pickle
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kg.errors import GraphUnavailable, StoreMisconfigured
from kg.imports.staged import Staged
from kg.model import Entity, Evidence, Fact, Grade, Graph, Name, NameKind, Review, Revision, Source, Status
from kg.query import read
from kg.query.compile import Compiler
from kg.schema import Step
from kg.store import GraphStore, Snapshot
from kg.stores.ladybug import LadybugStore
from kg.stores.neo4j import Neo4jStore
from tests.stores import SCHEMA, WIDER, Neo4jServer, Place, fact, small_graph, stage

ELI = Entity("eli", "Person", (Name("Eli", "en"),), {"age": 20.0, "motto": "so 'it' \"goes\"\n\\"})
ARK = Entity("ark", "Ship", (Name("Ark", "en"), Name("方舟", "zh")), {"tons": 9.5})
LOG = Source("log", "The Log", "1st", "CC0", Grade.REVIEW, "urn:log")
SAILS = fact("eli", "SAILS_ON", "ark", since=1.0, deck="upper")
KNOWS = fact("eli", "KNOWS", "ann")


def sailing(folder: Path, base: Graph | Revision) -> Staged:
    return stage(folder, base, entities=(ELI, ARK), facts=(SAILS, KNOWS), sources=(LOG,))


@asynccontextmanager
async def extended(place: Place) -> AsyncIterator[GraphStore]:
    """The store as somebody opens it who knows what the import has added."""
    opened = place.open(schema=WIDER)
    try:
        yield opened
    finally:
        await opened.close()


async def everything(snapshot: Snapshot) -> tuple[dict[str, Entity], dict[str, Fact], dict[str, Source]]:
    entities = {each.id: each for each in await read.all_entities(snapshot)}
    facts = {each.id: each for each in await read.facts_touching(snapshot, WIDER, entities)}
    return entities, facts, await read.sources(snapshot)


def whole(graph: Graph) -> tuple[dict[str, Entity], dict[str, Fact], dict[str, Source]]:
    return (
        {each.id: each for each in graph.entities},
        {each.id: each for each in graph.facts if each.status is not Status.RETRACTED},
        {each.key: each for each in graph.sources},
    )


async def test_what_was_loaded_and_what_is_added_stand_side_by_side(
    place: Place, store: GraphStore, tmp_path: Path
) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    revision = await store.extend(sailing(tmp_path / "staged", graph))
    assert revision.number == 2
    expected = replace(
        graph,
        entities=(*graph.entities, ELI, ARK),
        facts=(*graph.facts, SAILS, KNOWS),
        sources=(*graph.sources, LOG),
    )
    async with extended(place) as wider, wider.snapshot() as snapshot:
        assert snapshot.revision == revision
        assert await everything(snapshot) == whole(expected)
        rows = await snapshot.run(
            Compiler(snapshot.dialect, WIDER, 10).expand(("ark",), Step("SAILS_ON", forward=False))
        )
        assert [row[:3] for row in rows.values] == [("ark", "eli", SAILS.id)]
        assert await read.type_counts(snapshot) == {"Person": 5, "Place": 3, "Ship": 1, "Source": 1}
        assert await read.fact_counts(snapshot, WIDER) == {
            "KNOWS": 4,
            "LIVES_IN": 4,
            "NAMED_IN": 1,
            "PART_OF": 2,
            "SAILS_ON": 1,
        }
        assert await read.relation_counts(snapshot, WIDER, "eli") == {"KNOWS": 1, "SAILS_ON": 1}


async def test_the_store_says_where_its_contents_come_from(place: Place, store: GraphStore, tmp_path: Path) -> None:
    graph = small_graph(place.domain)
    with pytest.raises(StoreMisconfigured):
        await store.origin()
    loaded = await store.load(graph)
    before = await store.origin()
    assert (before.revision, before.base, before.extension) == (loaded, graph.digest(), "")
    added = await store.extend(sailing(tmp_path / "staged", graph))
    after = await store.origin()
    assert (after.revision, after.base, after.extension) == (added, graph.digest(), '{"schema": {}}')
    await store.load(replace(graph, sources=()))
    assert (await store.origin()).extension == ""


async def test_rows_that_change_take_the_place_of_the_old_ones(place: Place, store: GraphStore, tmp_path: Path) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    ann = graph.entities[0]
    renamed = replace(ann, names=(*ann.names, Name("Anna", "en", NameKind.ALIAS, "log")), properties={"motto": "new"})
    old = graph.facts[0]
    said = (*old.evidence, Evidence("log", "2", Grade.UNSPECIFIED, Review.PENDING))
    cited = replace(old, evidence=said, status=Status.DISPUTED)
    await store.extend(stage(tmp_path / "staged", graph, changed_entities=(renamed,), changed_facts=(cited,)))
    async with extended(place) as wider, wider.snapshot() as snapshot:
        expected = replace(
            graph, entities=(renamed, *graph.entities[1:]), facts=(cited, *graph.facts[1:]), sources=graph.sources
        )
        assert await everything(snapshot) == whole(expected)


async def test_the_same_rows_again_change_nothing(place: Place, store: GraphStore, tmp_path: Path) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    staged = sailing(tmp_path / "staged", graph)
    first = await store.extend(staged)
    assert await store.extend(staged) == first


async def test_one_import_follows_another(place: Place, store: GraphStore, tmp_path: Path) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    first = await store.extend(sailing(tmp_path / "1", graph))
    fay = Entity("fay", "Person", ())
    more = replace(
        stage(tmp_path / "2", first, entities=(fay,), facts=(fact("fay", "SAILS_ON", "ark"),)), domain=place.domain
    )
    async with extended(place) as wider:
        second = await wider.extend(more)
        async with wider.snapshot() as snapshot:
            assert second.number == 3
            assert {each.subject for each in await read.facts_touching(snapshot, WIDER, ["ark"])} == {"eli", "fay"}


async def test_rows_made_for_other_contents_are_refused(place: Place, store: GraphStore, tmp_path: Path) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    staged = sailing(tmp_path / "staged", replace(graph, facts=()))
    with pytest.raises(GraphUnavailable, match="import them again"):
        await store.extend(staged)
    async with store.snapshot() as snapshot:
        assert await everything_known(snapshot) == whole(graph)


async def everything_known(snapshot: Snapshot) -> tuple[dict[str, Entity], dict[str, Fact], dict[str, Source]]:
    entities = {each.id: each for each in await read.all_entities(snapshot)}
    facts = {each.id: each for each in await read.facts_touching(snapshot, SCHEMA, entities)}
    return entities, facts, await read.sources(snapshot)


async def test_rows_that_do_not_fit_leave_everything_as_it_was(place: Place, store: GraphStore, tmp_path: Path) -> None:
    graph = small_graph(place.domain)
    revision = await store.load(graph)
    bad = stage(tmp_path / "bad", graph, entities=(ELI,), facts=(fact("eli", "SAILS_ON", "nothing"),))
    with pytest.raises(GraphUnavailable):
        await store.extend(bad)
    async with store.snapshot() as snapshot:
        assert snapshot.revision == revision
        assert await everything_known(snapshot) == whole(graph)
    # What that one left behind, if anything, is no obstacle for the next one and no part of it.
    fay = Entity("fay", "Person", ())
    await store.extend(stage(tmp_path / "good", graph, entities=(fay,)))
    async with extended(place) as wider, wider.snapshot() as snapshot:
        assert await everything(snapshot) == whole(replace(graph, entities=(*graph.entities, fay)))


async def test_a_reader_keeps_its_revision_while_rows_are_added(
    place: Place, store: GraphStore, tmp_path: Path
) -> None:
    graph = small_graph(place.domain)
    first = await store.load(graph)
    async with store.snapshot() as old:
        await store.extend(sailing(tmp_path / "staged", graph))
        assert old.revision == first
        assert await everything_known(old) == whole(graph)
    # Who opened the store before knows nothing of ships, and goes on with what it knows.
    async with store.snapshot() as new:
        assert new.revision.number == 2
        assert {each.id for each in await read.facts_touching(new, SCHEMA, ["eli"])} == {KNOWS.id}


async def test_many_rows_are_taken(place: Place, store: GraphStore, tmp_path: Path) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    crew = [Entity(f"c{number}", "Person", (Name(f"C {number}", "en"),)) for number in range(300)]
    aboard = [fact(each.id, "SAILS_ON", "ark", since=float(number)) for number, each in enumerate(crew)]
    await store.extend(stage(tmp_path / "staged", graph, entities=(*crew, ARK), facts=aboard))
    async with extended(place) as wider, wider.snapshot() as snapshot:
        assert {each.id: each for each in await read.facts_touching(snapshot, WIDER, ["ark"])} == {
            each.id: each for each in aboard
        }


EXTENDS = """
import asyncio, os, pickle, signal, sys
from pathlib import Path
import kg.stores.ladybug as ladybug
from kg.stores.ladybug import LadybugStore
from tests.stores import SCHEMA

def dies(*arguments, **named):
    done(*arguments, **named)
    os.kill(os.getpid(), signal.SIGKILL)

done, ladybug.extend = ladybug.extend, dies
staged = pickle.loads(Path(sys.argv[2]).read_bytes())
asyncio.run(LadybugStore(Path(sys.argv[1]), SCHEMA, "d").extend(staged))
"""


async def test_a_killed_import_leaves_the_old_graph_and_the_next_one_sweeps_up(tmp_path: Path) -> None:
    path, kept = tmp_path / "graphs" / "d.lbug", tmp_path / "staged.pickle"
    store = LadybugStore(path, SCHEMA, "d")
    graph = small_graph("d")
    try:
        revision = await store.load(graph)
        staged = sailing(tmp_path / "staged", graph)
        await asyncio.to_thread(kept.write_bytes, pickle.dumps(staged))
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", EXTENDS, path, kept)
        assert await process.wait() == -signal.SIGKILL  # with all rows written, and the new file not yet in its place
        assert len(list(path.parent.iterdir())) > 1
        async with store.snapshot() as snapshot:
            assert snapshot.revision == revision
            assert await everything_known(snapshot) == whole(graph)
        await store.extend(staged)
        assert [each.name for each in path.parent.iterdir()] == ["d.lbug"]
    finally:
        await store.close()


async def test_two_writers_exclude_each_other(place: Place, store: GraphStore, tmp_path: Path) -> None:
    graph = small_graph(place.domain)
    await store.load(graph)
    staged = [
        stage(tmp_path / name, graph, entities=[Entity(f"{name}{i}", "Person", ()) for i in range(50)])
        for name in ("one", "two")
    ]
    other = place.open()
    try:
        ended = await asyncio.gather(store.extend(staged[0]), other.extend(staged[1]), return_exceptions=True)
    finally:
        await other.close()
    (refused,) = [each for each in ended if isinstance(each, BaseException)]
    assert isinstance(refused, GraphUnavailable)
    assert "another program is writing" in str(refused) or "import them again" in str(refused)
    async with store.snapshot() as snapshot:
        assert (await read.type_counts(snapshot))["Person"] == 54


EXTENDS_A_SERVER = """
import asyncio, os, pickle, signal, sys
from pathlib import Path
import kg.stores.neo4j as neo4j
import kg.stores.neo4j_extend as neo4j_extend
from tests.stores import SCHEMA

seen = []

def dies(batch, counted):
    done(batch, counted)
    seen.append(batch)
    if len(seen) == 4:
        os.kill(os.getpid(), signal.SIGKILL)

done, neo4j.require_all = neo4j.require_all, dies
neo4j_extend._BATCH = 40
staged = pickle.loads(Path(sys.argv[1]).read_bytes())
asyncio.run(neo4j.Neo4jStore(*sys.argv[2:6], SCHEMA, staged.domain).extend(staged))
"""


async def test_an_import_that_was_killed_goes_on_where_it_was(neo4j_server: Neo4jServer, tmp_path: Path) -> None:
    domain, kept = f"killed-{os.urandom(6).hex()}", tmp_path / "staged.pickle"
    address = (neo4j_server.uri, neo4j_server.user, neo4j_server.password, "neo4j")
    store, wider = Neo4jStore(*address, SCHEMA, domain), Neo4jStore(*address, WIDER, domain)
    graph = small_graph(domain)
    crew = [Entity(f"c{number}", "Person", ()) for number in range(100)]
    aboard = [fact(each.id, "SAILS_ON", "ark") for each in crew]
    try:
        revision = await store.load(graph)
        staged = stage(tmp_path / "staged", graph, entities=(*crew, ARK), facts=aboard)
        await asyncio.to_thread(kept.write_bytes, pickle.dumps(staged))
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", EXTENDS_A_SERVER, kept, *address)
        assert await process.wait() == -signal.SIGKILL
        async with store.snapshot() as snapshot:
            assert snapshot.revision == revision
            assert await everything_known(snapshot) == whole(graph)
        assert (await store.extend(staged)).number == 2
        async with wider.snapshot() as snapshot:
            assert await everything(snapshot) == whole(
                replace(graph, entities=(*graph.entities, *crew, ARK), facts=(*graph.facts, *aboard))
            )
    finally:
        await store.close()
        await wider.close()
