"""An empty Neo4j is filled while it is stopped; what it holds then is what the store reads."""

import os
import secrets
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from kg.errors import GraphUnavailable, StoreMisconfigured
from kg.model import Entity, Name, NameKind, Status
from kg.query import read
from kg.stores.neo4j import Neo4jStore
from kg.stores.neo4j_admin import import_full
from tests.contract.test_extend import ARK, ELI, KNOWS, LOG, SAILS
from tests.contract.test_load import HOSTILE
from tests.stores import SCHEMA, START, WIDER, Neo4jServer, fact, small_graph, stage


@pytest.fixture
def lib(neo4j_server: Neo4jServer) -> Path:
    """The jars that the shared server runs on."""
    del neo4j_server  # it has fetched them
    jars = Path(os.environ.get("BENCAO_CACHE") or Path.home() / ".cache" / "bencao") / "neo4j-test" / "lib"
    if not jars.is_dir():
        pytest.skip("the server for tests is not ours to stop")
    return jars


@contextmanager
def server(home: Path, lib: Path) -> Iterator[tuple[str, str]]:
    """A server on the data in `home`: its address and password."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = secrets.token_urlsafe(12)
    opened = [
        f"--add-opens=java.base/{name}=ALL-UNNAMED"
        for name in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
    ]
    java = ["java", "-Xmx1g", "-XX:+UseSerialGC", *opened, "--add-exports=jdk.unsupported/sun.misc=ALL-UNNAMED"]
    arguments = [*java, "-cp", f"{lib}/*", str(START.with_name("Neo4jForTests.java")), str(home), str(port), password]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield f"bolt://127.0.0.1:{port}", password


async def test_what_was_imported_while_it_was_stopped_is_what_is_read(tmp_path: Path, lib: Path) -> None:
    home = tmp_path / "home"
    graph = small_graph("admin")
    people = tuple(
        Entity(f"p{number}{text}", "Person", (Name(text, "en", source=text),), {"motto": text})
        for number, text in enumerate(HOSTILE)
    )
    graph = replace(
        graph,
        entities=(*graph.entities, *people),
        facts=(
            *graph.facts,
            *(fact(each.id, "LIVES_IN", "oslo", role=str(each.properties["motto"])) for each in people),
        ),
    )
    ann, old = graph.entities[0], graph.facts[0]
    renamed = replace(ann, names=(*ann.names, Name("Anna", "en", NameKind.ALIAS)))
    disputed = replace(old, status=Status.DISPUTED)
    staged = stage(
        tmp_path / "staged",
        graph,
        entities=(ELI, ARK),
        facts=(SAILS, KNOWS),
        sources=(LOG,),
        changed_entities=(renamed,),
        changed_facts=(disputed,),
    )
    revision = import_full(home, "neo4j", graph, SCHEMA, staged, lib=lib)
    with server(home, lib) as (uri, password):
        store = Neo4jStore(uri, "neo4j", password, "neo4j", WIDER, "admin")
        try:
            origin = await store.origin()
            assert (origin.revision, origin.base, origin.extension) == (revision, graph.digest(), staged.extension)
            async with store.snapshot() as snapshot:
                entities = {each.id: each for each in (renamed, *graph.entities[1:], ELI, ARK)}
                facts = {each.id: each for each in (disputed, *graph.facts[1:], SAILS, KNOWS)}
                assert {each.id: each for each in await read.all_entities(snapshot)} == entities
                assert await read.facts(snapshot, WIDER, facts) == facts
                assert await read.sources(snapshot) == {each.key: each for each in (*graph.sources, LOG)}
            fay = Entity("fay", "Person", ())
            more = stage(tmp_path / "more", revision, entities=(fay,), facts=(fact("fay", "SAILS_ON", "ark"),))
            assert (await store.extend(more)).number == 2
        finally:
            await store.close()
    with pytest.raises(StoreMisconfigured, match="drop it"):
        import_full(home, "neo4j", graph, SCHEMA, lib=lib)


def test_rows_for_other_contents_and_homes_that_are_none_are_refused(tmp_path: Path) -> None:
    graph = small_graph("admin")
    staged = stage(tmp_path / "staged", replace(graph, facts=()), entities=(ELI,))
    with pytest.raises(GraphUnavailable, match="import them again"):
        import_full(tmp_path, "neo4j", graph, SCHEMA, staged)
    with pytest.raises(StoreMisconfigured, match="neo4j-admin"):
        import_full(tmp_path, "neo4j", graph, SCHEMA)
