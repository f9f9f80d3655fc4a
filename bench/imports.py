"""Measures imports: against the bulk loaders of the stores themselves, at growing sizes, and what answers cost after.

`make bench-import` prints one Markdown table with the sizes that take some minutes; `ARGS=--full` goes on to 2 million
entities with 20 million relations and takes most of an hour. Every line is measured in a process of its own, so that
its peak of memory is its own. Ratios are of one run on one machine.
"""

import argparse
import asyncio
import json
import os
import resource
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import ladybug

from bench.answers import RecordingStore, answer_of, machine, replay, shown
from bench.generated import generate, staged_rows
from kg.pack.content import Pack
from kg.pack.find import find_packs
from kg.pack.read import read_pack
from kg.store import GraphStore
from kg.stores.ladybug import LadybugStore
from kg.stores.neo4j import Neo4jStore
from kg.stores.neo4j_admin import import_full
from services.cli.demo import read_questions
from services.compose import embedded_file, open_service
from services.imports import Import, import_tables
from services.settings import load_settings
from services.telemetry import set_up_logs

ROOT: Final = Path(__file__).parent.parent
SMALL: Final = ((200_000, 2_000_000),)
FULL: Final = ((200_000, 2_000_000), (500_000, 5_000_000), (2_000_000, 20_000_000))
NEO4J: Final = (100_000, 1_000_000)
DOMAIN: Final = "herbal"
REAL: Final = (
    ROOT / "tests" / "imports" / "mappings" / "herbal_graph.yaml",
    ROOT.parent / "shared" / "data" / "herbal_graph",
)


async def timed(work: Callable[[], Awaitable[object]]) -> float:
    """Return the seconds that something takes."""
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began


def measured_imports(folder: Path, mapping: Path, tables: Path) -> dict[str, Any]:
    """Import tables into a new embedded graph: seconds of each step, rows, bytes."""
    settings = load_settings({"graph": folder / "graph"})
    os.environ["BENCAO_HOME"] = str(folder / "home")
    steps: list[tuple[str, float]] = []

    def on_progress(progress: Any) -> None:  # noqa: ANN401  (its step is all that is looked at)
        if not steps or steps[-1][0] != progress.step:
            steps.append((progress.step, time.perf_counter()))

    async def run() -> tuple[int, int]:
        pack = the_pack()
        store = LadybugStore(embedded_file(settings, DOMAIN), pack.schema, DOMAIN)
        await store.load(pack.graph)
        await store.close()
        before = embedded_file(settings, DOMAIN).stat().st_size
        found, _ = await import_tables(Import(mapping, tables), settings, on_progress=on_progress)
        return before, found.facts

    before, facts = asyncio.run(run())
    ends = [*(at for _, at in steps[1:]), time.perf_counter()]
    spent = {name: end - at for (name, at), end in zip(steps, ends, strict=True)}
    size = embedded_file(settings, DOMAIN).stat().st_size
    return {"seconds": sum(spent.values()), "steps": spent, "facts": facts, "bytes": size - before}


def measured_copy(folder: Path, graph: Path) -> dict[str, Any]:
    """Take out of an embedded graph what was imported into relations of its own, and COPY it into a new one."""
    pack = the_pack()
    rows = folder / "rows"
    rows.mkdir()
    with ladybug.Database(graph, read_only=True, max_db_size=1 << 35) as database, ladybug.Connection(database) as held:
        tables = [str(name) for name, kind in all_rows(held, "CALL show_tables() RETURN name, type") if kind == "REL"]
        tables = [name for name in tables if name not in pack.schema.relations]
        filters = {t: [str(c) for (c,) in all_rows(held, f"CALL table_info('{t}') RETURN name")] for t in tables}
        properties = [str(name) for (name,) in all_rows(held, "CALL table_info('Entity') RETURN name")]
        own = ", ".join(f"a.`{name}` AS `{name}`" for name in properties)
        held.execute(f"COPY (MATCH (a:Entity) RETURN {own}) TO '{rows}/entities.parquet'")
        for table in tables:
            cells = ", ".join(f"r.`{name}` AS `{name}`" for name in filters[table])
            query = f"MATCH (a:Entity)-[r:`{table}`]->(b:Entity) RETURN a.id AS s, b.id AS o, {cells}"
            held.execute(f"COPY ({query}) TO '{rows}/{table}.parquet'")
        declared = {t: all_rows(held, f"CALL table_info('{t}') RETURN name, type") for t in (*tables, "Entity")}
    with (
        ladybug.Database(folder / "copy", buffer_pool_size=5 << 29, max_db_size=1 << 35) as database,
        ladybug.Connection(database) as fresh,
    ):
        columns = {t: ", ".join(f"`{name}` {kind}" for name, kind in declared[t]) for t in declared}
        fresh.execute(f"CREATE NODE TABLE Entity({columns['Entity']}, PRIMARY KEY(id))")
        for table in tables:
            fresh.execute(f"CREATE REL TABLE `{table}`(FROM Entity TO Entity, {columns[table]})")
        began = time.perf_counter()
        fresh.execute(f"COPY Entity FROM '{rows}/entities.parquet'")
        for table in tables:
            fresh.execute(f"COPY `{table}` FROM '{rows}/{table}.parquet'")
        fresh.execute("CHECKPOINT")
        seconds = time.perf_counter() - began
    return {"seconds": seconds}


def measured_extend(folder: Path, entities: int, relations: int) -> dict[str, Any]:
    """Generate a graph and put its rows beside the pack's in an embedded graph."""
    pack = the_pack()
    generate(folder / "tables", entities, relations)
    staged = staged_rows(folder / "tables", folder / "staged", pack.graph, pack.schema)
    shutil.rmtree(folder / "tables")
    settings = load_settings({"graph": folder / "graph"})
    file = embedded_file(settings, DOMAIN)

    async def run() -> tuple[int, float]:
        store = LadybugStore(file, pack.schema, DOMAIN)
        await store.load(pack.graph)
        before = file.stat().st_size
        seconds = await timed(lambda: store.extend(staged))
        await store.close()
        return before, seconds

    before, seconds = asyncio.run(run())
    facts = sum(number for name, number in staged.counts.items() if name.startswith("facts/"))
    return {"seconds": seconds, "facts": facts, "bytes": file.stat().st_size - before}


def measured_answers(graph: Path, rounds: int) -> dict[str, Any]:
    """Ask the demo's questions of an embedded graph: seconds of opening it, of answers and of their raw queries."""
    settings = load_settings({"graph": graph, "port": 0, "model": "none"})

    async def run() -> dict[str, Any]:
        began = time.perf_counter()
        async with open_service(settings) as service:
            opened = time.perf_counter() - began
            domain = service.domains[service.default]
            asked: list[float] = []
            raw: list[float] = []
            for question in read_questions(domain.pack.folder):
                recording = RecordingStore(domain.store)
                await answer_of(question, recorded(domain, recording))
                for _ in range(rounds):
                    seen = tuple(recording.seen)
                    asked.append(await timed(lambda question=question: answer_of(question, domain)))  # type: ignore[misc]
                    raw.append(await timed(lambda seen=seen: replay(seen, domain.store)))  # type: ignore[misc]
        high = statistics.quantiles(asked, n=20)[-1]
        return {"opened": opened, "p50": statistics.median(asked), "p95": high, "raw": statistics.median(raw)}

    return asyncio.run(run())


def measured_neo4j(folder: Path, entities: int, relations: int) -> dict[str, Any]:
    """Fill a Neo4j that holds the pack in batches, and an empty one through neo4j-admin, ours and its own."""
    pack = the_pack()
    generate(folder / "tables", entities, relations)
    staged = staged_rows(folder / "tables", folder / "staged", pack.graph, pack.schema)
    facts = sum(number for name, number in staged.counts.items() if name.startswith("facts/"))
    cache = Path(os.environ.get("BENCAO_CACHE") or Path.home() / ".cache" / "bencao") / "neo4j-test"

    async def fill(uri: str, password: str) -> float:
        store: GraphStore = Neo4jStore(uri, "neo4j", password, "neo4j", pack.schema, DOMAIN, time_limit=60)
        await store.load(pack.graph)
        seconds = await timed(lambda: store.extend(staged))
        await store.close()
        return seconds

    with neo4j_server(cache) as (uri, password):
        batched = asyncio.run(fill(uri, password))
    commands: list[float] = []
    run = subprocess.run

    def watched(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401  (as subprocess.run)
        began = time.perf_counter()
        done = run(*arguments, **options)
        commands.append(time.perf_counter() - began)
        return done

    subprocess.run = watched
    began = time.perf_counter()
    import_full(folder / "home", "neo4j", pack.graph, pack.schema, staged, lib=cache / "lib")
    whole = time.perf_counter() - began
    subprocess.run = run
    return {"facts": facts, "batched": batched, "admin": commands[0], "ours": whole}


def the_pack() -> Pack:
    """Return the pack that everything is imported into."""
    return read_pack(find_packs(())[DOMAIN])


def recorded(domain: Any, store: RecordingStore) -> Any:  # noqa: ANN401  (a domain)
    """Return a domain that reads through `store`."""
    return replace(domain, store=store)


def all_rows(connection: ladybug.Connection, query: str) -> list[tuple[Any, ...]]:
    """Return the rows of one statement."""
    result = connection.execute(query)
    assert isinstance(result, ladybug.QueryResult)  # noqa: S101  (a list is for several statements)
    return [tuple(row) for row in result.get_all()]


@contextmanager
def neo4j_server(cache: Path) -> Iterator[tuple[str, str]]:
    """Run the server of the tests."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    password = secrets.token_urlsafe(12)
    start = [str(ROOT / "tests" / "neo4j" / "start.sh"), str(cache), str(port), password]
    with subprocess.Popen(start, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603  (ours)
        if process.stdout is None or process.stdout.readline() != "ready\n":
            message = "the Neo4j of the tests does not start; its messages are above"
            raise RuntimeError(message)
        yield f"bolt://127.0.0.1:{port}", password


MEASURES: Final[dict[str, Callable[..., dict[str, Any]]]] = {
    "import": lambda folder, mapping, tables: measured_imports(Path(folder), Path(mapping), Path(tables)),
    "copy": lambda folder, graph: measured_copy(Path(folder), Path(graph)),
    "extend": lambda folder, entities, relations: measured_extend(Path(folder), int(entities), int(relations)),
    "answers": lambda graph, rounds: measured_answers(Path(graph), int(rounds)),
    "neo4j": lambda folder, entities, relations: measured_neo4j(Path(folder), int(entities), int(relations)),
    "generate": lambda folder, entities, relations: {
        "mapping": str(generate(Path(folder), int(entities), int(relations)))
    },
}


def measure(what: str, *arguments: object) -> dict[str, Any]:
    """Run one measurement in a process of its own; `peak` is its peak of memory in GiB."""
    command = [sys.executable, "-m", "bench.imports", "--measure", what, *map(str, arguments)]
    print(f"{what} {' '.join(map(str, arguments))}", file=sys.stderr)
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603  (our own)
    if done.returncode:
        message = f"measuring {what} failed; its messages are above"
        raise RuntimeError(message)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(f"  {found}", file=sys.stderr)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="up to 2 million entities with 20 million relations")
    parser.add_argument("--rounds", type=int, default=20, help="how often each question is asked")
    parser.add_argument("--folder", type=Path, help="where to work; 20 GB for --full")
    parser.add_argument("--measure", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    set_up_logs("warning", "console")
    if options.measure:
        what, *arguments = options.measure
        found = MEASURES[what](*arguments)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)
        print(json.dumps({**found, "peak": peak}))
        return
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        rows = [*report(Path(folder), options)]
    print(f"Measured {machine()}:\n")
    print(
        "| what | figure | per second or ratio | peak of memory | on disk |",
        "| --- | --- | --- | --- | --- |",
        sep="\n",
    )
    print(*rows, sep="\n")


def report(folder: Path, options: argparse.Namespace) -> Iterator[str]:
    """Yield the rows of the table."""
    places: dict[str, Path] = {}

    def place(name: str) -> Path:
        places[name] = folder / name
        places[name].mkdir()
        return places[name]

    entities, relations = SMALL[0]
    tables = place("tables")
    measure("generate", tables, entities, relations)
    ours = measure("import", place("ours"), tables / "mapping.yaml", tables)
    copied = measure("copy", place("copy"), places["ours"] / "graph" / f"{DOMAIN}.ladybug")
    yield line(f"import of {entities:,} entities and {ours['facts']:,} relations from CSV", ours)
    last, base = ours["steps"]["store"], copied["seconds"]
    yield row("… its last step, into the store", f"{last:.1f} s", f"{last / base:.2f}× COPY")
    yield row("COPY of the same rows", f"{base:.1f} s", f"import: {ours['seconds'] / base:.2f}× COPY", copied["peak"])
    shutil.rmtree(tables)
    if REAL[1].is_dir():
        real = measure("import", place("real"), *REAL)
        yield line(f"import of the merged graph, {real['facts']:,} new relations", real)
    if shutil.which("java"):
        neo4j = measure("neo4j", place("neo4j"), *NEO4J)
        facts, batched, alone_there = neo4j["facts"], neo4j["batched"], neo4j["admin"]
        yield row(
            f"Neo4j with the pack: {facts:,} relations in batches", f"{batched:.1f} s", f"{facts / batched:,.0f}/s"
        )
        ratio = f"{neo4j['ours'] / alone_there:.2f}× neo4j-admin alone"
        yield row("Neo4j, empty: the same through neo4j-admin", f"{neo4j['ours']:.1f} s", ratio)
    largest = ""
    for some, more in FULL if options.full else SMALL:
        largest = f"{more // 1_000_000}M"
        found = measure("extend", place(largest), some, more)
        yield line(f"embedded: {some:,} entities, {found['facts']:,} relations into the store", found)
    alone = measure("answers", place("alone"), options.rounds)
    graphs = [("the pack alone", alone)]
    if "real" in places:
        graphs.append(("pack and merged graph", measure("answers", places["real"] / "graph", options.rounds)))
    first = measure("answers", places[largest] / "graph", options.rounds)
    graphs.append((f"pack and {largest} relations", measure("answers", places[largest] / "graph", options.rounds)))
    for what, found in graphs:
        times = f"{shown(found['p50'])} ({shown(found['p95'])}; {shown(found['raw'])})"
        opened = f"opened in {found['opened']:.1f} s"
        ratio = f"{found['p50'] / alone['p50']:.2f}×"
        yield row(f"answers of {what}, p50 (p95; raw queries p50); {opened}", times, ratio, found["peak"])
    yield row(f"names of {largest} put on disk at the first start", f"{first['opened']:.1f} s", "", first["peak"])


def row(what: str, figure: str, ratio: str = "", peak: float | None = None, disk: str = "") -> str:
    """Return a row of the table."""
    return f"| {what} | {figure} | {ratio} | {'' if peak is None else f'{peak:.1f} GiB'} | {disk} |"


def line(what: str, found: dict[str, Any]) -> str:
    """Return the row of one load."""
    rate, each = found["facts"] / found["seconds"], found["bytes"] / found["facts"]
    return row(what, f"{found['seconds']:.1f} s", f"{rate:,.0f}/s", found["peak"], f"{each:.0f} bytes a relation")


if __name__ == "__main__":
    main()
