"""Fixtures: a Neo4j server for the session, and empty stores of both kinds on a small schema of no real domain.

Neo4j is the server at `BENCAO_TEST_NEO4J_URI` (password in `BENCAO_TEST_NEO4J_PASSWORD`, user `neo4j`), else one that
`tests/neo4j/start.sh` starts. Where there is neither, tests that need it skip; where `CI=true`, they fail.
"""

import hashlib
import json
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
import pytest_asyncio

from kg.imports.staged import Staged
from kg.layout import entity_row, fact_row, property_columns, qualifier_columns, source_row
from kg.model import (
    Entity,
    Evidence,
    Fact,
    Grade,
    Graph,
    Name,
    NameKind,
    Review,
    Revision,
    Scalar,
    Source,
    Status,
    fact_id,
)
from kg.schema import EntityType, Qualifier, Relation, Schema
from kg.store import GraphStore
from kg.stores.ladybug import LadybugStore
from kg.stores.neo4j import Neo4jStore

START = Path(__file__).parent / "neo4j" / "start.sh"


@dataclass(frozen=True)
class Neo4jServer:
    """Where the server for tests is."""

    uri: str
    user: str
    password: str


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    """A running Neo4j; tests share it, each under domain names of its own."""
    if uri := os.environ.get("BENCAO_TEST_NEO4J_URI"):
        yield Neo4jServer(uri, "neo4j", os.environ.get("BENCAO_TEST_NEO4J_PASSWORD", ""))
        return
    missing = [tool for tool in ("java", "mvn") if shutil.which(tool) is None]
    if missing:
        reason = f"no {' and no '.join(missing)} here: install Java 17 and Maven, or set BENCAO_TEST_NEO4J_URI"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    home = Path(os.environ.get("BENCAO_CACHE") or Path.home() / ".cache" / "bencao") / "neo4j-test"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = secrets.token_urlsafe(12)
    # The server lives until its standard input closes, so that it cannot outlive this process.
    with subprocess.Popen(
        [str(START), str(home), str(port), password], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n", f"{START} failed; its messages are above"
        yield Neo4jServer(f"bolt://127.0.0.1:{port}", "neo4j", password)


# Two kinds of things and a value, every shape of relation, every kind of qualifier and property.
SCHEMA = Schema(
    types={
        "Person": EntityType(
            "Person",
            {"zh": "人物", "en": "person"},
            properties={"age": "number", "alive": "boolean", "motto": "string"},
        ),
        "Place": EntityType("Place", {"zh": "地点", "en": "place"}, properties={"age": "number"}),
        "Source": EntityType("Source", {"zh": "来源", "en": "source"}, is_value=True),
    },
    relations={
        "LIVES_IN": Relation(
            "LIVES_IN", ("Person",), ("Place",), {"zh": "居住地", "en": "home"}, qualifiers=("since", "role", "open")
        ),
        "KNOWS": Relation(
            "KNOWS",
            ("Person",),
            ("Person",),
            {"zh": "熟人", "en": "acquaintances"},
            symmetric=True,
            qualifiers=("since",),
        ),
        "PART_OF": Relation("PART_OF", ("Place",), ("Place",), {"zh": "所属", "en": "larger place"}),
        "NAMED_IN": Relation("NAMED_IN", ("Person", "Place"), ("Source",), {"zh": "记载", "en": "mentions"}),
    },
    qualifiers={
        "since": Qualifier("since", "number"),
        "role": Qualifier("role", "string", ("guest", "owner"), {"guest": {"zh": "客", "en": "a guest"}}),
        "open": Qualifier("open", "boolean"),
    },
)


def fact(subject: str, predicate: str, obj: str, *, status: Status = Status.ASSERTED, **qualifiers: Scalar) -> Fact:
    """A fact with one evidence."""
    evidence = (Evidence("annals", f"{subject}, {obj}", Grade.REVIEW, Review.PRIMARY, "as told"),)
    return Fact(fact_id(subject, predicate, obj, qualifiers), subject, predicate, obj, qualifiers, evidence, status)


def small_graph(domain: str) -> Graph:
    """Eight entities and eleven facts: parallel ones, a loop, a symmetric relation, a retracted and a derived one."""
    people = (
        Entity("ann", "Person", (Name("Ann", "en"), Name("安", "zh"), Name("A.", "en", NameKind.ALIAS)), {"age": 30.0}),
        Entity("bob", "Person", (Name("Bob", "en"),), {"age": 40.0, "alive": True, "motto": "so it goes"}),
        Entity("cyd", "Person", (Name("Cyd", "en"),), {"alive": False}),
        Entity("dee", "Person", (Name("Dee", "en"),)),
    )
    places = (
        Entity("rome", "Place", (Name("Rome", "en"),), {"age": 2700.0}),
        Entity("oslo", "Place", (Name("Oslo", "en"),)),
        Entity("europe", "Place", (Name("Europe", "en"),)),
    )
    first, second = fact("ann", "LIVES_IN", "rome", since=1990.0, role="guest"), fact("rome", "PART_OF", "europe")
    derived = Fact(
        fact_id("ann", "NAMED_IN", "letter", {}),
        "ann",
        "NAMED_IN",
        "letter",
        evidence=first.evidence + second.evidence,
        status=Status.DISPUTED,
        derived_from=(first.id, second.id),
    )
    return Graph(
        domain,
        (*people, *places, Entity("letter", "Source", (Name("A letter", "en"),))),
        (
            first,
            fact("ann", "LIVES_IN", "rome", since=2000.0, role="owner", open=True),
            fact("bob", "LIVES_IN", "rome", since=1985.0),
            fact("cyd", "LIVES_IN", "oslo", open=False),
            fact("dee", "LIVES_IN", "oslo", status=Status.RETRACTED),
            fact("ann", "KNOWS", "bob", since=1999.0),
            fact("cyd", "KNOWS", "bob"),
            fact("dee", "KNOWS", "dee"),
            second,
            fact("oslo", "PART_OF", "europe"),
            derived,
        ),
        (Source("annals", "The Annals", "2nd", "CC0", Grade.TRADITIONAL, "urn:annals"), Source("none", "")),
    )


WIDER = Schema(
    {**SCHEMA.types, "Ship": EntityType("Ship", {"zh": "船", "en": "ship"}, properties={"tons": "number"})},
    {
        **SCHEMA.relations,
        "SAILS_ON": Relation(
            "SAILS_ON", ("Person",), ("Ship",), {"zh": "所乘", "en": "ships"}, qualifiers=("since", "deck")
        ),
    },
    {**SCHEMA.qualifiers, "deck": Qualifier("deck", "string")},
)


def stage(  # noqa: PLR0913  what is new and what is changed
    folder: Path,
    base: Graph | Revision,
    *,
    entities: Sequence[Entity] = (),
    facts: Sequence[Fact] = (),
    sources: Sequence[Source] = (),
    changed_entities: Sequence[Entity] = (),
    changed_facts: Sequence[Fact] = (),
    schema: Schema = WIDER,
    extension: str = '{"schema": {}}',
) -> Staged:
    """Rows for a store that holds `base`, as an import leaves them."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "entities": [entity_row(each, schema) for each in entities],
        "entities-changed": [entity_row(each, schema) for each in changed_entities],
        "sources": [source_row(each) for each in sources],
    }
    for kind, some in (("facts", facts), ("facts-changed", changed_facts)):
        for each in some:
            ends = {"from": each.subject, "to": each.object}
            files.setdefault(f"{kind}/{each.predicate}", []).append({**ends, **fact_row(each, schema)})
    columns = {
        "entities": property_columns(schema),
        "entities-changed": property_columns(schema),
        **{name: qualifier_columns(schema.relations[name.partition("/")[2]], schema) for name in files if "/" in name},
    }
    for name, rows in files.items():
        if rows:
            kinds = {column.strip("`"): _SQL_TYPES[kind] for column, kind in columns.get(name, {}).items()}
            _write_parquet(folder / f"{name}.parquet", rows, kinds)
    counts = {name: len(rows) for name, rows in files.items()}
    digest = base.digest() if isinstance(base, Graph) else base.digest
    total = hashlib.sha256((digest + extension + json.dumps(files, sort_keys=True)).encode()).hexdigest()
    domain = base.domain if isinstance(base, Graph) else ""
    return Staged(folder, domain, digest, total, schema, extension, counts)


_SQL_TYPES = {"string": "VARCHAR", "number": "DOUBLE", "boolean": "BOOLEAN"}


def _write_parquet(file: Path, rows: Sequence[Mapping[str, Scalar | None]], kinds: Mapping[str, str]) -> None:
    file.parent.mkdir(exist_ok=True)
    declared = ", ".join(f'"{name}" {kinds.get(name, "VARCHAR")}' for name in rows[0])
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE rows({declared})")
        connection.executemany(
            f"INSERT INTO rows VALUES ({', '.join('?' * len(rows[0]))})",  # noqa: S608
            [list(row.values()) for row in rows],
        )
        connection.execute(f"COPY rows TO '{file}' (FORMAT parquet)")


@dataclass(frozen=True)
class Place:
    """A place for the graph of one domain; every call opens it anew, as another process would."""

    kind: str
    domain: str
    open: Callable[..., GraphStore]


@pytest.fixture(params=["ladybug", "neo4j"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """An empty place in each kind of store."""
    return make_place(request.param, request, tmp_path)


def make_place(kind: str, request: pytest.FixtureRequest, folder: Path, domain: str = "") -> Place:
    """Return an empty place of one kind; two in one folder do not clash."""
    domain = domain or f"test-{secrets.token_hex(6)}"
    if kind == "ladybug":
        path = folder / f"{domain}.lbug"
        return Place(
            kind, domain, lambda **options: LadybugStore(path, options.pop("schema", SCHEMA), domain, **options)
        )
    server: Neo4jServer = request.getfixturevalue("neo4j_server")
    address = (server.uri, server.user, server.password, "neo4j")
    return Place(kind, domain, lambda **options: Neo4jStore(*address, options.pop("schema", SCHEMA), domain, **options))


@pytest_asyncio.fixture
async def store(place: Place) -> AsyncIterator[GraphStore]:
    """An empty store of each kind."""
    opened = place.open()
    yield opened
    await opened.close()
