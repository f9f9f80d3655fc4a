"""What the agent's steps hand to each other, and what they run with."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypedDict

from kg.layout import FACT_COLUMNS, read_fact
from kg.model import Entity, Fact, Revision, Source
from kg.query.plan import Plan
from kg.query.result import Result
from kg.store import Dialect, Rows, Snapshot, Statement, Value
from reasoning.answer import ClaimVerdict, Clarification, Degradation, Event, Finding, Outcome, Question, StepKind
from reasoning.budget import Budget
from reasoning.domain import Domain
from reasoning.draft import Draft, Rendered, Sentence
from reasoning.phrasing import Phrasing
from reasoning.planning.form import Candidate
from reasoning.reading import Reading

__all__ = ["Counted", "Run", "State"]


@dataclass(frozen=True, slots=True)
class Counted:
    """A snapshot that charges every statement to the budget of the answer, and remembers the facts that it read."""

    inner: Snapshot
    budget: Budget
    rows: dict[str, tuple[Value, ...]] = field(default_factory=dict)  # fact id → row of `FACT_COLUMNS`

    @property
    def revision(self) -> Revision:
        """The revision that is read."""
        return self.inner.revision

    @property
    def dialect(self) -> Dialect:
        """How statements are written."""
        return self.inner.dialect

    async def run(self, statement: Statement) -> Rows:
        """Run one statement; raises as the store does, and `BudgetExceeded`."""
        self.budget.spend_graph_query()
        rows = await self.inner.run(statement)
        if statement.columns[-len(FACT_COLUMNS) :] == FACT_COLUMNS:
            self.rows.update((str(row[-len(FACT_COLUMNS)]), row[-len(FACT_COLUMNS) :]) for row in rows.values)
        return rows

    def facts_read(self, ids: Iterable[str]) -> dict[str, Fact]:
        """Return those of these facts that some statement has read, by id; stores have no key on facts."""
        return {each: read_fact(self.rows[each]) for each in ids if each in self.rows}


@dataclass(frozen=True, slots=True)
class Run:
    """What one answer runs with: the question, one snapshot of the graph, the budget, the words."""

    question: Question
    domain: Domain
    snapshot: Counted
    budget: Budget
    language: str
    phrasing: Phrasing
    prose: bool = False
    leading: str = ""  # what the answer begins with, whatever it is: an emergency's first aid
    pending: list[Event] = field(default_factory=list)
    left_out: frozenset[StepKind] = frozenset()  # steps that are not done, to measure what they are worth


class State(TypedDict, total=False):
    """The state of one answer; each step returns the keys that it sets."""

    reading: Reading
    findings: tuple[Finding, ...]
    candidates: tuple[Candidate, ...]
    candidate: Candidate
    planner: str
    tried: int
    result: Result
    asked: tuple[ClaimVerdict, ...]
    premises: tuple[ClaimVerdict, ...]
    facts: dict[str, Fact]
    entities: Mapping[str, Entity]
    sources: Mapping[str, Source]
    outcome: Outcome
    notes: tuple[Sentence, ...]
    asides: tuple[Sentence, ...]
    clarification: Clarification
    draft: Draft
    rendered: Rendered
    verdicts: tuple[ClaimVerdict, ...]
    refused: frozenset[str]
    rounds: int
    plans: tuple[Plan, ...]
    shown: tuple[int, int]
    degradations: tuple[Degradation, ...]
