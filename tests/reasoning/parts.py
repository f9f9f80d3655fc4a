"""What tests of the agent are made of: real domains in embedded stores, one way to ask, and a model that recites."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult

import kg
from kg.pack.read import read_pack
from kg.store import Dialect, GraphStore, Rows, Snapshot, Statement
from kg.stores.ladybug import LadybugStore
from reasoning.answer import Answer, Completed, Event, Question
from reasoning.ask import ask
from reasoning.budget import Budget, Deadline
from reasoning.domain import Domain, open_domain

__all__ = ["HERBAL", "MINERALS", "Reciter", "Wrapped", "answered", "events", "loaded", "opened", "plenty"]

MINERALS = Path(__file__).parents[1] / "packs" / "minerals"
HERBAL = Path(kg.__file__).parent / "packs" / "herbal"


async def loaded(pack_folder: Path, file: Path) -> Domain:
    """Load a pack into a new file and open it."""
    pack = read_pack(pack_folder)
    store = LadybugStore(file, pack.schema, pack.id)
    await store.load(pack.graph)
    return await open_domain(pack, store)


@contextmanager
def opened(pack_folder: Path, folder: Path) -> Iterator[Domain]:
    """A domain for a whole session of tests, each of which has an event loop of its own; none writes to it."""
    domain = asyncio.run(loaded(pack_folder, folder / "graph.db"))
    yield domain
    asyncio.run(domain.store.close())


def plenty(**limits: int) -> Budget:
    """A budget that no ordinary question exhausts."""
    return Budget(Deadline.after(60), **limits)


async def events(question: Question, domain: Domain, *, prose: bool = False, **limits: int) -> list[Event]:
    """Everything that happens while a question is answered."""
    return [event async for event in ask(question, domain, budget=plenty(**limits), prose=prose)]


async def answered(
    text: str,
    domain: Domain,
    language: str = "",
    *,
    context: Mapping[str, Any] | None = None,
    prose: bool = False,
    **limits: int,
) -> Answer:
    """The answer to a question."""
    last = (await events(Question(text, language, context=context or {}), domain, prose=prose, **limits))[-1]
    assert isinstance(last, Completed)
    return last.answer


class Reciter(BaseChatModel):
    """A model that gives prepared replies or raises prepared faults, the last one for ever; keeps what it is asked."""

    replies: list[Any]
    heard: list[str] = []  # noqa: RUF012  pydantic copies it for each instance

    @property
    def _llm_type(self) -> str:
        return "reciter"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        del stop, run_manager, kwargs
        reply = self.replies[min(len(self.heard), len(self.replies) - 1)]
        self.heard.append(str(messages[-1].text))
        if isinstance(reply, Exception):
            raise reply
        return ChatResult(generations=[ChatGeneration(message=AIMessage(content=reply))])


@dataclass
class Wrapped:
    """A real store whose reads a test may change or hold up (`on_rows`), and that counts open snapshots."""

    inner: GraphStore
    open_snapshots: int = 0
    reads: list[Statement] = field(default_factory=list)

    @property
    def dialect(self) -> Dialect:
        return self.inner.dialect

    async def on_rows(self, statement: Statement, rows: Rows) -> Rows:
        """Return the rows that the caller gets to see."""
        del statement
        return rows

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Snapshot]:
        async with self.inner.snapshot() as real:
            self.open_snapshots += 1
            try:
                yield _Seen(real, self)
            finally:
                self.open_snapshots -= 1

    async def load(self, graph: Any) -> Any:
        return await self.inner.load(graph)

    async def extend(self, staged: Any) -> Any:
        return await self.inner.extend(staged)

    async def origin(self) -> Any:
        return await self.inner.origin()

    async def ping(self) -> None:
        await self.inner.ping()

    async def close(self) -> None:
        await self.inner.close()


@dataclass
class _Seen:
    real: Snapshot
    store: Wrapped

    @property
    def dialect(self) -> Dialect:
        return self.real.dialect

    @property
    def revision(self) -> Any:
        return self.real.revision

    async def run(self, statement: Statement) -> Rows:
        self.store.reads.append(statement)
        return await self.store.on_rows(statement, await self.real.run(statement))
