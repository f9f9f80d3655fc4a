"""Asks arms the questions of a pack and records what they tell, one JSON line an answer, so that a run can go on."""

import asyncio
import json
import platform
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

from reasoning.evaluation.questions import Case
from services.evaluation.arms import Arm, Told

__all__ = ["Judge", "Record", "balanced", "read_records", "run_arm", "write_circumstances"]


Judge: TypeAlias = Callable[[Case, str], Awaitable[bool | None]]


@dataclass(frozen=True, slots=True)
class Record:
    """One answer of one arm; `seconds` is what it took, `failed` why there is none, `judged` what a judge says."""

    arm: str
    case: str
    seconds: float
    told: Told
    failed: str = ""
    judged: bool | None = None

    def line(self) -> str:
        """Return the record as one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def balanced(cases: Sequence[Case], limit: int) -> tuple[Case, ...]:
    """Return at most so many cases, in turn of each kind and language, in their order; all of them for 0."""
    if not limit or limit >= len(cases):
        return tuple(cases)
    groups: dict[tuple[str, str], list[Case]] = defaultdict(list)
    for case in cases:
        groups[case.kind, case.language].append(case)
    chosen: set[str] = set()
    turn = 0
    while len(chosen) < limit:
        for group in groups.values():
            if turn < len(group) and len(chosen) < limit:
                chosen.add(group[turn].id)
        turn += 1
    return tuple(case for case in cases if case.id in chosen)


async def run_arm(  # noqa: PLR0913, PLR0917  (what a run is made of)
    arm: Arm,
    cases: Sequence[Case],
    known: Mapping[str, Case],
    folder: Path,
    on_record: Callable[[Record], None],
    judge: Judge | None = None,
) -> None:
    """Ask an arm what it was not asked yet and append each answer to `ARM.jsonl`.

    Args:
        arm: whom to ask.
        cases: what to ask.
        known: every case by id: those that others follow are asked before them.
        folder: where the records are.
        on_record: called after each answer.
        judge: says whether an answer is right, or None.
    """
    file = folder / f"{arm.name}.jsonl"
    done = {record.case for record in await asyncio.to_thread(read_file, file)}
    for case in cases:
        if case.id not in done:
            record = await _asked(arm, case, known)
            if judge is not None:
                record = replace(record, judged=await judge(case, record.told.text))
            await asyncio.to_thread(_append, file, record.line())
            on_record(record)


async def _asked(arm: Arm, case: Case, known: Mapping[str, Case]) -> Record:
    earlier: list[Case] = []
    each = case
    while each.follows and each.follows in known and known[each.follows] not in earlier:
        each = known[each.follows]
        earlier.insert(0, each)
    began = time.perf_counter()
    try:
        told = await arm.tell(case, earlier)
    except Exception as error:  # noqa: BLE001  what fails is an answer that says nothing, of any arm
        failed = f"{type(error).__name__}: {str(error)[:300]}"
        return Record(arm.name, case.id, time.perf_counter() - began, Told("", "failed"), failed)
    return Record(arm.name, case.id, time.perf_counter() - began, told)


def _append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as lines:
        lines.write(line + "\n")


def read_file(file: Path) -> tuple[Record, ...]:
    """Return the records of a file; a line that was cut off when a run was stopped counts for nothing."""
    if not file.exists():
        return ()
    found: dict[str, Record] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        try:
            data: dict[str, Any] = json.loads(line)
            told = data.pop("told")
            told = {each.name: told[each.name] for each in fields(Told)}
            record = Record(**data, told=Told(**{**told, "plan": tuple(told["plan"]), "facts": tuple(told["facts"])}))
        except (ValueError, KeyError, TypeError):
            continue
        found[record.case] = record
    return tuple(found.values())


def read_records(folder: Path) -> dict[str, tuple[Record, ...]]:
    """Return the records of a folder by arm; arms without any are left out."""
    found = {file.stem: read_file(file) for file in sorted(folder.glob("*.jsonl"))}
    return {arm: records for arm, records in found.items() if records}


def write_circumstances(folder: Path, **about: object) -> None:
    """Write date, machine and what was measured into `run.json`, which the report shows."""
    machine = f"{platform.machine()}, Python {platform.python_version()}"
    data = {"date": datetime.now(UTC).date().isoformat(), "machine": machine, **about}
    (folder / "run.json").write_text(json.dumps(data, ensure_ascii=False, indent=2), encoding="utf-8")
