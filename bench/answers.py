"""Measures answers: without a model against the raw queries that they run, and with the local model.

`make bench` prints one Markdown table. All figures are of one run on one store; ratios compare
medians of the same run. `--rounds` sets how often each question is asked, `--no-model` leaves
out the model.
"""

import argparse
import asyncio
import os
import platform
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from bencao.client import Client
from kg.imports.staged import Staged
from kg.model import Graph, Revision
from kg.store import Dialect, GraphStore, Origin, Rows, Snapshot, Statement
from reasoning.answer import Answer, Completed, Question, Usage
from reasoning.ask import ask
from reasoning.budget import Budget, Deadline
from reasoning.domain import Domain
from services.cli.demo import DemoQuestion, read_questions
from services.compose import chosen_model, open_service
from services.rpc.server import serving
from services.settings import Settings, load_settings
from services.telemetry import set_up_logs

ANSWER_SECONDS: Final = 60.0
WARM_UP: Final = 1  # rounds that are not counted


@dataclass(frozen=True, slots=True)
class RecordingSnapshot:
    """A snapshot that notes every statement that it runs."""

    inner: Snapshot
    seen: list[Statement]

    @property
    def revision(self) -> Revision:
        """The revision of the snapshot behind."""
        return self.inner.revision

    @property
    def dialect(self) -> Dialect:
        """The dialect of the snapshot behind."""
        return self.inner.dialect

    async def run(self, statement: Statement) -> Rows:
        """Note the statement and run it."""
        self.seen.append(statement)
        return await self.inner.run(statement)


@dataclass(frozen=True, slots=True)
class RecordingStore:
    """A store that notes every statement that its snapshots run."""

    inner: GraphStore
    seen: list[Statement] = field(default_factory=list)

    @property
    def dialect(self) -> Dialect:
        """The dialect of the store behind."""
        return self.inner.dialect

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        """Open a snapshot of the store behind."""
        async with self.inner.snapshot() as snapshot:
            yield RecordingSnapshot(snapshot, self.seen)

    async def load(self, graph: Graph) -> Revision:
        """Load into the store behind."""
        return await self.inner.load(graph)

    async def extend(self, staged: Staged) -> Revision:
        """Extend the store behind."""
        return await self.inner.extend(staged)

    async def origin(self) -> Origin:
        """Return the origin of the contents of the store behind."""
        return await self.inner.origin()

    async def ping(self) -> None:
        """Ping the store behind."""
        await self.inner.ping()

    async def close(self) -> None:
        """Close the store behind."""
        await self.inner.close()


async def answer_of(question: DemoQuestion, domain: Domain, *, prose: bool = False) -> Answer:
    """Ask in this process."""
    budget = Budget(Deadline.after(ANSWER_SECONDS))
    async for event in ask(Question(question.text, question.language), domain, budget=budget, prose=prose):
        if isinstance(event, Completed):
            return event.answer
    message = "the answer never completed"
    raise RuntimeError(message)


async def replay(statements: Iterable[Statement], store: GraphStore) -> None:
    """Run recorded statements on one snapshot, as an answer does, and nothing else."""
    async with store.snapshot() as snapshot:
        for statement in statements:
            await snapshot.run(statement)


async def timed(work: Callable[[], Awaitable[object]], rounds: int) -> list[float]:
    """Return the seconds of each round, after a warm-up."""
    seconds = []
    for _ in range(WARM_UP + rounds):
        began = time.perf_counter()
        await work()
        seconds.append(time.perf_counter() - began)
    return seconds[WARM_UP:]


async def without_model(settings: Settings, rounds: int) -> list[str]:
    """Return the rows for answers without a model: raw queries, in process, over gRPC."""
    raw: list[float] = []
    inside: list[float] = []
    wire: list[float] = []
    statements = 0
    async with (
        open_service(settings) as service,
        serving(service, settings) as port,
        Client(f"127.0.0.1:{port}") as client,
    ):
        domain = service.domains[service.default]
        for question in read_questions(domain.pack.folder):
            recording = RecordingStore(domain.store)
            await answer_of(question, replace(domain, store=recording))
            seen = tuple(recording.seen)
            statements += len(seen)
            # The three take turns question by question, so that a slow minute of the machine hits them alike.
            raw += await timed(lambda seen=seen: replay(seen, domain.store), rounds)  # type: ignore[misc]
            inside += await timed(lambda question=question: answer_of(question, domain), rounds)  # type: ignore[misc]
            wire += await timed(lambda question=question: client.ask(question.text, language=question.language), rounds)  # type: ignore[misc]
    questions = len(raw) // rounds
    base = statistics.median(raw)
    return [
        line(f"the {statements / questions:.1f} raw queries of an answer", raw, base),
        line("the answer, in process", inside, base),
        line("the answer, over gRPC", wire, base),
    ]


async def with_model(settings: Settings) -> list[str]:
    """Return the rows for answers with a model, choosing plans and then also writing: times, tokens, calls."""
    async with open_service(settings) as service:
        domain = service.domains[service.default]
        demo = read_questions(domain.pack.folder)
        golden = [DemoQuestion(case["language"], case["question"], case["id"]) for case in domain.pack.golden]
        await answer_of(demo[0], domain, prose=True)  # fills the prompt cache, as the first question to a server does
        return [
            await _asked_with_model([*demo, *golden], domain, prose=False),
            await _asked_with_model(demo, domain, prose=True),
        ]


async def _asked_with_model(questions: Sequence[DemoQuestion], domain: Domain, *, prose: bool) -> str:
    seconds: list[float] = []
    usages: list[Usage] = []
    for question in questions:
        began = time.perf_counter()
        usages.append((await answer_of(question, domain, prose=prose)).usage)
        seconds.append(time.perf_counter() - began)
    calls = statistics.mean(usage.model_calls for usage in usages)
    tokens_in = statistics.mean(usage.input_tokens for usage in usages)
    tokens_out = statistics.mean(usage.output_tokens for usage in usages)
    kind = "choosing plans and writing" if prose else "choosing plans"
    named = f"{domain.model_name} {kind}, {len(usages)} questions"
    return line(
        f"{named}: {calls:.2f} calls, {tokens_in:.0f} tokens in, {tokens_out:.1f} out per answer", seconds, None
    )


def line(what: str, seconds: Sequence[float], base: float | None) -> str:
    """Return one row: median, 95th percentile, and the median over the raw queries' median."""
    middle = statistics.median(seconds)
    high = statistics.quantiles(seconds, n=20)[-1]
    ratio = f"{middle / base:.1f}×" if base else ""
    return f"| {what} | {shown(middle)} | {shown(high)} | {ratio} |"


def shown(seconds: float) -> str:
    """Return a time in the unit that suits it."""
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def machine() -> str:
    """Return the date and the size of this machine."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    day = datetime.now(UTC).date().isoformat()
    return f"{day}, {os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how often each question is asked without a model")
    parser.add_argument("--no-model", action="store_true", help="leave out the answers with a model")
    options = parser.parse_args()
    set_up_logs("warning", "console")
    with tempfile.TemporaryDirectory() as folder:
        own = load_settings({"graph": folder, "port": 0})
        rows = await without_model(own.model_copy(update={"model": "none"}), options.rounds)
        if not options.no_model and chosen_model(own):
            rows += await with_model(own)
    print(f"Measured {machine()}, store {own.store}, {options.rounds} rounds of the demo's questions:\n")
    print("| what | p50 | p95 | against raw |", "| --- | --- | --- | --- |", *rows, sep="\n")
    if not chosen_model(own):
        print("\nNo model: `bencao model pull` gets one.")


if __name__ == "__main__":
    asyncio.run(main())
