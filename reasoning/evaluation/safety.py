"""What `bencao eval safety` prints: recall over a pack's lists, false alarms, and how long a check takes."""

import random
import time
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeAlias

from kg.messages import text
from kg.rules import SEVERITIES
from kg.store import Snapshot
from reasoning.answer import Finding
from reasoning.domain import Domain
from reasoning.evaluation.alarms import is_alarm, is_known, read_known, recorded_wholes, unjoined_pairs
from reasoning.evaluation.expected import Expected, Lists, expected
from reasoning.evaluation.report import Spread, outcome_lines
from reasoning.safety import InvalidPrescription, Subject, check

__all__ = ["Ask", "SafetyReport", "evaluate_safety"]

Ask: TypeAlias = Callable[[Sequence[Subject], Mapping[str, Any]], Awaitable[tuple[Finding, ...] | None]]
"""What is found in a request; None if it is refused."""

_FALSE: Final = 0.01  # of the recorded wholes
_MEDIAN: Final = 5  # milliseconds
_SUBJECTS: Final = 20
_TIMES: Final = 200
_PAIRS: Final = 5000


@dataclass(slots=True)
class SafetyReport:
    """How complete and how calm the safety rules are.

    Attributes:
        cases: (rule, how it is said) → number of things to be found; `found` those that were.
        wholes: recorded wholes that were looked at; `alarms` what was said of them above information, and how much of
            it `explained`; `alarmed` the wholes of which something was said without a reason written down.
        pairs: pairs that no fact joins; `wrong_pairs` those of which a rule said that one does.
        taken: how long a check of 20 subjects takes.
        misses: every failure.
    """

    cases: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    wholes: set[str] = field(default_factory=set)
    alarms: int = 0
    explained: int = 0
    alarmed: set[str] = field(default_factory=set)
    pairs: int = 0
    wrong_pairs: int = 0
    taken: Spread | None = None
    misses: list[str] = field(default_factory=list)

    @property
    def recall(self) -> float:
        """The share of what has to be found that was."""
        total = self.cases.total()
        return self.found.total() / total if total else 1.0

    @property
    def false_share(self) -> float:
        """The share of the recorded wholes with an alarm for which no reason is written down."""
        return len(self.alarmed) / len(self.wholes) if self.wholes else 0.0

    @property
    def faults(self) -> tuple[str, ...]:
        """The goals that were not reached; how fast it is depends on the machine, and is one of them."""
        reached = {
            "recall": self.found == self.cases,
            "false_alarms": self.false_share <= _FALSE,
            "non_members": not self.wrong_pairs,
            "check_time": self.taken is None or self.taken.p50 <= _MEDIAN,
        }
        return tuple(goal for goal, is_reached in reached.items() if not is_reached)

    @property
    def passed(self) -> bool:
        """Whether every goal was reached."""
        return not self.faults

    def lines(self, language: str) -> tuple[str, ...]:
        """Return the report in `zh` or `en`."""
        lines = []
        for (rule, how), number in sorted(self.cases.items()):
            found = self.found[rule, how]
            named = f"{rule} ({how})"
            lines.append(_recall(named, found, number, language))
        lines.append(_recall(text("evaluation.all", language), self.found.total(), self.cases.total(), language))
        unexplained = self.alarms - self.explained
        counts = {"wholes": len(self.wholes), "alarms": self.alarms, "known": self.explained, "wrong": unexplained}
        lines.append(text("evaluation.false_alarms", language, **counts, share=f"{self.false_share:.2%}"))
        lines.append(text("evaluation.non_members", language, pairs=self.pairs, wrong=self.wrong_pairs))
        if self.taken:
            spread = {"p50": f"{self.taken.p50:.1f}", "p95": f"{self.taken.p95:.1f}"}
            lines.append(text("evaluation.check_time", language, subjects=_SUBJECTS, **spread))
        return (*lines, *outcome_lines(self.faults, language))

    def as_json(self) -> dict[str, Any]:
        """Return the figures as plain data."""
        rules: dict[str, dict[str, list[int]]] = defaultdict(dict)
        for (rule, how), number in self.cases.items():
            rules[rule][how] = [self.found[rule, how], number]
        return {
            "passed": self.passed,
            "faults": list(self.faults),
            "recall": self.recall,
            "rules": dict(rules),
            "wholes": len(self.wholes),
            "alarms": self.alarms,
            "explained": self.explained,
            "false_share": self.false_share,
            "pairs": self.pairs,
            "wrong_pairs": self.wrong_pairs,
            "check_ms": self.taken and asdict(self.taken),
        }


def _recall(rule: str, found: int, number: int, language: str) -> str:
    share = f"{found / number:.3f}" if number else "1.000"
    return text("evaluation.recall", language, rule=rule, found=found, number=number, recall=share)


async def evaluate_safety(  # noqa: PLR0913  how much of what to measure
    domain: Domain,
    snapshot: Snapshot,
    *,
    seed: int = 0,
    share: float = 1.0,
    most_pairs: int = _PAIRS,
    ask: Ask | None = None,
) -> SafetyReport:
    """Measure the safety rules on a domain's own lists.

    Args:
        domain: whose rules and facts are looked at.
        snapshot: its store.
        seed: of what is drawn by chance.
        share: of the cases to look at, to make it quicker; 1 for all.
        most_pairs: how many pairs that no fact joins are looked at.
        ask: what is measured, if not the engine on the snapshot.

    Raises:
        GraphUnavailable: the store does not answer.
    """
    chance = random.Random(seed)  # noqa: S311  not a secret
    lists, report = Lists(domain), SafetyReport()
    ask = ask or _engine(domain, snapshot)
    by_request: dict[Any, list[Expected]] = defaultdict(list)
    for case in expected(lists):
        by_request[case.subjects, repr(case.context)].append(case)
    requests = [cases for cases in by_request.values() if share >= 1 or chance.random() < share]
    for cases in requests:
        findings = await ask(cases[0].subjects, cases[0].context)
        for case in cases:
            _count(case, findings, lists, report)
    await _false_alarms(lists, ask, report, chance, share)
    for pair in unjoined_pairs(lists, chance, int(most_pairs * share)):
        findings = await ask((Subject(entity=pair.near), Subject(entity=pair.other)), {})
        report.pairs += 1
        joined = (finding for finding in findings or () if finding.rule == pair.rule)
        if any({pair.near, pair.other} <= set(finding.subjects) for finding in joined):
            report.wrong_pairs += 1
            report.misses.append(f"not a pair: {pair.rule}: {lists.name(pair.near)}, {lists.name(pair.other)}")
    report.taken = await _check_time(lists, ask, chance)
    return report


def _engine(domain: Domain, snapshot: Snapshot) -> Ask:
    async def ask(subjects: Sequence[Subject], context: Mapping[str, Any]) -> tuple[Finding, ...] | None:
        try:
            return (await check(subjects, context, domain, snapshot)).findings
        except InvalidPrescription:
            return None

    return ask


def _count(case: Expected, findings: Iterable[Finding] | None, lists: Lists, report: SafetyReport) -> None:
    report.cases[case.rule, case.how] += 1
    fitting = [
        each
        for each in findings or ()
        if each.rule in case.rules and (not case.facts or not case.facts.isdisjoint(each.facts))
    ]
    least = SEVERITIES.index(case.level) if case.level else 0
    if any(SEVERITIES.index(each.severity.value) >= least for each in fitting):
        report.found[case.rule, case.how] += 1
        return
    said = ", ".join(" ".join(filter(None, (_named(s, lists), s.dose, s.preparation))) for s in case.subjects)
    what = "refused" if findings is None else "too mild" if fitting else "not found"
    report.misses.append(f"{what}: {case.rule} ({case.how}): {said}; {dict(case.context)}; facts {sorted(case.facts)}")


def _named(subject: Subject, lists: Lists) -> str:
    return subject.text or f"{lists.name(subject.entity)} [{subject.entity}]"


async def _false_alarms(lists: Lists, ask: Ask, report: SafetyReport, chance: random.Random, share: float) -> None:
    known = read_known(lists.domain.pack.folder / "alarms.csv", lists.rules)
    for each in recorded_wholes(lists):
        if share < 1 and chance.random() >= share:
            continue
        report.wholes.add(each.whole)
        findings = await ask(each.subjects, {})
        if findings is None:
            report.alarmed.add(each.whole)
            report.misses.append(f"refused: {lists.name(each.whole)} ({each.how})")
        for finding in filter(is_alarm, findings or ()):
            report.alarms += 1
            if is_known(finding, each.whole, known, lists):
                report.explained += 1
                continue
            report.alarmed.add(each.whole)
            said = f"{finding.rule} {finding.severity}: {finding.message}"
            report.misses.append(f"false alarm: {lists.name(each.whole)} ({each.how}): {said}")


async def _check_time(lists: Lists, ask: Ask, chance: random.Random) -> Spread | None:
    usable = [identity for identity, entity in lists.entities.items() if entity.type in lists.dosed]
    if len(usable) < _SUBJECTS:
        return None
    taken = []
    for number in range(_TIMES + 1):
        subjects = [Subject(lists.name(identity)) for identity in chance.sample(usable, _SUBJECTS)]
        started = time.perf_counter()
        await ask(subjects, {})
        taken += [time.perf_counter() - started] if number else []
    return Spread.of(taken)
