"""Answers a public set of questions over triples: hits@1 and the exact set, by hops.

The form is that of MetaQA: `kb.txt`, `pack.yaml` (see `triples`), and a file of questions for each number of hops,
whose name holds `1hop`, `2hop` or `3hop`; a line is `question with [topic]`, a tab, and answers joined by `|`.
Answers are read from the final text; what is named there in the first place is hit@1.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from kg.errors import PackInvalid
from reasoning.answer import Completed, Outcome, Question
from reasoning.ask import ask
from reasoning.budget import Budget, Deadline
from reasoning.domain import Domain
from reasoning.evaluation.told import Names, fold

__all__ = ["Asked", "Hops", "measure", "read_asked"]

_FILE: Final = re.compile(r"(\d)[-_ ]?hop")
_TOPIC: Final = re.compile(r"\[([^\]]+)\]")
_ANSWERED: Final = frozenset({Outcome.ANSWERED, Outcome.PARTIAL, Outcome.CONTRADICTED})


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: its words without brackets, what stood in them, the whole answer, folded."""

    hops: int
    text: str
    topics: tuple[str, ...]
    answers: frozenset[str]


@dataclass(slots=True)
class Hops:
    """What was reached on questions of so many hops; `misses` are question, right answers and what was told."""

    number: int = 0
    hit: int = 0
    exact: int = 0
    silent: int = 0
    misses: list[tuple[str, tuple[str, ...], tuple[str, ...]]] = field(default_factory=list)


def read_asked(folder: Path, limit: int = 0) -> tuple[Asked, ...]:
    """Return the questions of a folder, at most so many of each number of hops; 0 for all.

    Raises:
        PackInvalid: there is no file of questions, or a line has not the form.
    """
    found: list[Asked] = []
    faults: list[str] = []
    files = [(int(match[1]), file) for file in sorted(folder.rglob("*.txt")) if (match := _FILE.search(str(file.name)))]
    for hops, file in files:
        lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
        for number, line in enumerate(lines[: limit or None], start=1):
            text, tab, answers = line.partition("\t")
            if not tab or not answers.strip():
                faults.append(f"{file.name}:{number}: is not `question`, a tab, `answer|answer`; correct the line")
                continue
            right = frozenset(fold(each.strip()) for each in answers.split("|") if each.strip())
            found.append(Asked(hops, _TOPIC.sub(r"\1", text), tuple(map(fold, _TOPIC.findall(text))), right))
    if not files:
        faults.append(f"{folder}: has no file with `1hop`, `2hop` or `3hop` in its name; add the questions")
    if faults:
        raise PackInvalid(faults)
    return tuple(found)


async def measure(
    questions: Sequence[Asked], domain: Domain, seconds: float, on_answer: Callable[[Asked, bool], None]
) -> dict[int, Hops]:
    """Ask every question and count, by hops.

    Args:
        questions: what to ask.
        domain: the pack made of the triples, opened.
        seconds: what one answer may take.
        on_answer: called with each question and whether its answer was exact.
    """
    names = Names(domain.pack.graph.entities)
    standard = {entity.id: fold(entity.names[0].text) for entity in domain.pack.graph.entities}
    found: dict[int, Hops] = {}
    for each in questions:
        counts = found.setdefault(each.hops, Hops())
        told = await _told(each, domain, seconds, names, standard)
        counts.number += 1
        counts.hit += bool(told) and told[0] in each.answers
        counts.exact += set(told) == each.answers
        counts.silent += not told
        if set(told) != each.answers:
            counts.misses.append((each.text, tuple(sorted(each.answers)), told))
        on_answer(each, set(told) == each.answers)
    return dict(sorted(found.items()))


async def _told(
    question: Asked, domain: Domain, seconds: float, names: Names, standard: dict[str, str]
) -> tuple[str, ...]:
    """Return what the answer names as the answer, in its order: the list that it gives, not what it is about."""
    async for event in ask(Question(question.text, language="en"), domain, budget=Budget(Deadline.after(seconds))):
        if isinstance(event, Completed) and event.answer.outcome in _ANSWERED:
            text = event.answer.text
            head, colon, body = text.partition(": ")
            sentences = names.read(body if colon and _is_about(head, question) else text)
            said = dict.fromkeys(standard[next(iter(sorted(ids)))] for each in sentences for ids in each.named)
            return tuple(name for name in said if name in question.answers or name not in question.topics)
    return ()


def _is_about(head: str, question: Asked) -> bool:
    """Say whether what stands before a colon repeats the question."""
    folded = fold(head)
    return any(topic in folded for topic in question.topics)
