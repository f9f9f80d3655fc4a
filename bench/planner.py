"""Measures what the model planner is worth: rules alone, the model asked every time, and the model where rules waver.

`python -m bench.planner --limit 60` prints one Markdown table per kind of question of the set `dev`: how many plans
yield exactly the entities of the gold answer, and what the model cost. Only questions whose gold is a set of entities
are measured, and only their plan: what is drafted from it is measured by `bencao eval answers`.
"""

import argparse
import asyncio
import math
import os
import platform
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from kg.errors import BencaoError
from kg.query import read as graph
from kg.query.check import check
from kg.query.execute import execute
from kg.store import Snapshot
from reasoning.budget import Budget, Deadline
from reasoning.domain import Domain
from reasoning.evaluation.questions import Case, read_questions
from reasoning.phrasing import Naming, Phrasing
from reasoning.planning.candidates import propose
from reasoning.planning.choose import choose_candidate
from reasoning.planning.form import Candidate
from reasoning.reading import read
from services.compose import chosen_model, open_service
from services.settings import load_settings
from services.telemetry import set_up_logs

SURE_BY: Final = {"rules": -math.inf, "model": math.inf, "both": 0.5}  # score gap from which the model is not asked
SECONDS: Final = 60.0


@dataclass(slots=True)
class Tally:
    """What one planner reached on one kind."""

    right: int = 0
    calls: int = 0
    tokens: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Row:
    """All planners on one kind."""

    asked: int = 0
    by: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in SURE_BY})


def sample(cases: Iterable[Case], limit: int) -> list[Case]:
    """Return at most `limit` cases of the set `dev` whose gold is a set of entities, the kinds in turn."""
    kinds: dict[str, list[Case]] = defaultdict(list)
    for case in cases:
        if case.part == "dev" and case.gold.form == "entities" and not case.follows:
            kinds[case.kind].append(case)
    most = max(map(len, kinds.values()), default=0)
    turns = [kind[turn] for turn in range(most) for kind in kinds.values() if turn < len(kind)]
    return turns[:limit]


async def measure(case: Case, domain: Domain, snapshot: Snapshot, row: Row) -> None:
    """Plan one question with every planner and compare what the plans yield with the gold."""
    language = "en" if case.language == "en" else "zh"
    reading = read(case.question, domain.index, domain.lexicon, language)
    entities = await graph.entities(snapshot, [i for named in reading.named for i in named.ids])
    types = {entity.id: entity.type for entity in entities.values()}
    schema, phrasing = domain.pack.schema, Phrasing(domain.pack, language)
    found = [c for c in propose(reading, schema, domain.moves, max_hops=4) if _fits(c, domain, types)]
    naming = Naming(domain.pack, language, entities)
    row.asked += 1
    for name, sure_by in SURE_BY.items():
        budget, tally = Budget(Deadline.after(SECONDS)), row.by[name]
        held = domain
        if name == "rules":
            held = replace(domain, model=None, model_name="")
        began = time.monotonic()
        choice = await choose_candidate(
            reading, found, held, budget, lambda c: phrasing.noun(c.plan, naming.short), sure_by=sure_by
        )
        tally.seconds += time.monotonic() - began
        tally.calls += budget.model_calls
        tally.tokens += budget.input_tokens + budget.output_tokens
        if choice.candidate is not None and choice.candidate.signalled:
            result = await execute(choice.candidate.plan, snapshot, schema, row_limit=domain.row_limit)
            tally.right += set(result.entities) == set(case.gold.entities)


def _fits(candidate: Candidate, domain: Domain, types: dict[str, str]) -> bool:
    try:
        check(candidate.plan, domain.pack.schema, types)
    except BencaoError:
        return False
    return True


def table(rows: dict[str, Row]) -> str:
    """Return the rows and their sum as Markdown: exact plans of each planner; calls, tokens, seconds a question."""
    whole = Row()
    for row in rows.values():
        whole.asked += row.asked
        for name, tally in row.by.items():
            sum_ = whole.by[name]
            sum_.right += tally.right
            sum_.calls += tally.calls
            sum_.tokens += tally.tokens
            sum_.seconds += tally.seconds
    heads = ["kind", "questions", "rules", "model asked always", "both", "calls", "tokens", "seconds"]
    lines = [f"| {' | '.join(heads)} |", f"|---|{'--:|' * (len(heads) - 1)}"]
    for kind, row in [*sorted(rows.items()), ("all", whole)]:
        right = " | ".join(str(row.by[name].right) for name in SURE_BY)
        always, both = row.by["model"], row.by["both"]
        cost = f"{always.calls} / {both.calls} | {always.tokens} / {both.tokens}"
        seconds = f"{always.seconds / row.asked:.1f} / {both.seconds / row.asked:.1f}" if row.asked else ""
        lines.append(f"| {kind} | {row.asked} | {right} | {cost} | {seconds} |")
    return "\n".join(lines)


async def run(limit: int) -> str:
    """Open the default domain with its model and measure."""
    settings = load_settings()
    rows: dict[str, Row] = defaultdict(Row)
    async with open_service(settings) as service:
        domain = service.domains[service.default]
        async with domain.store.snapshot() as snapshot:
            for case in sample(read_questions(domain.pack), limit):
                await measure(case, domain, snapshot, rows[case.kind])
        model = domain.model_name or "none"
    head = f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, model {model}"
    return f"{head}\n\n{table(rows)}\n\nPairs: the model asked always / both."


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=60, help="questions, the kinds in turn")
    set_up_logs("warning", "console")
    chosen_model(load_settings())
    print(asyncio.run(run(parser.parse_args(arguments).limit)))


if __name__ == "__main__":
    main()
