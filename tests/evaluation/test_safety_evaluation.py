"""The safety evaluation finds what a broken engine leaves out, plays down, refuses or makes up."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from reasoning.answer import Finding, Severity
from reasoning.domain import Domain
from reasoning.evaluation import SafetyReport, evaluate_safety
from reasoning.evaluation.alarms import read_known
from reasoning.evaluation.safety import Ask
from reasoning.safety import Subject, check


async def measured(
    domain: Domain, change: Callable[[Finding], Finding | None] = lambda each: each, **options: Any
) -> SafetyReport:
    """The report on the engine with every finding changed; None leaves it out."""
    async with domain.store.snapshot() as snapshot:

        async def ask(subjects: Sequence[Subject], context: Mapping[str, Any]) -> tuple[Finding, ...]:
            findings = (await check(subjects, context, domain, snapshot)).findings
            return tuple(changed for each in findings if (changed := change(each)))

        return await evaluate_safety(domain, snapshot, ask=ask, **options)


async def test_an_engine_that_keeps_to_its_lists_passes(minerals: Domain) -> None:
    report = await measured(minerals)
    assert report.recall == 1
    assert set(report.faults) <= {"check_time"}
    assert {rule for rule, _ in report.cases} == {rule.id for rule in minerals.safety.rules}
    assert {how for _, how in report.cases} >= {"id", "name"}


@pytest.mark.parametrize(
    ("fault", "goal", "word"),
    [
        (lambda each: None if each.rule == "dust" else each, "recall", "not found"),
        (lambda each: replace(each, facts=()), "recall", "not found"),
        (lambda each: replace(each, severity=Severity.INFO), "recall", "too mild"),
    ],
    ids=["leaves a rule out", "names no facts", "plays down"],
)
async def test_a_broken_engine_is_found_out(
    minerals: Domain, fault: Callable[[Finding], Finding | None], goal: str, word: str
) -> None:
    report = await measured(minerals, fault)
    assert goal in report.faults
    assert not report.passed
    assert any(miss.startswith(word) for miss in report.misses)


async def test_refusing_a_request_is_not_finding_anything(minerals: Domain) -> None:
    async def refuse(_subjects: Sequence[Subject], _context: Mapping[str, Any]) -> None:
        return None

    async with minerals.store.snapshot() as snapshot:
        report = await evaluate_safety(minerals, snapshot, ask=refuse)
    assert report.found.total() == 0
    assert all(miss.startswith("refused") for miss in report.misses)


def _making_up(rule: str, ask: Ask, real: Finding) -> Ask:
    async def erring(subjects: Sequence[Subject], context: Mapping[str, Any]) -> tuple[Finding, ...]:
        named = tuple(subject.entity for subject in subjects if subject.entity) or real.subjects
        found = await ask(subjects, context) or ()
        return (*found, replace(real, rule=rule, subjects=named, facts=(), severity=Severity.MAJOR))

    return erring


async def test_alarms_about_pairs_and_recorded_formulas_without_a_reason_are_false(herbal: Domain) -> None:
    async with herbal.store.snapshot() as snapshot:

        async def ask(subjects: Sequence[Subject], context: Mapping[str, Any]) -> tuple[Finding, ...]:
            return (await check(subjects, context, herbal, snapshot)).findings

        pair = [Subject("附子"), Subject("半夏")]
        real = next(each for each in await ask(pair, {}) if each.rule == "incompatible-pair")
        calm = await evaluate_safety(herbal, snapshot, ask=ask, share=0.01, seed=2)
        loud = await evaluate_safety(
            herbal, snapshot, ask=_making_up("incompatible-pair", ask, real), share=0.01, seed=2
        )
    assert calm.wrong_pairs == 0
    assert loud.wrong_pairs > 0
    assert loud.alarmed == loud.wholes
    assert {"false_alarms", "non_members"} <= set(loud.faults)
    assert loud.pairs == calm.pairs > 0
    assert loud.recall == calm.recall


async def test_a_part_of_the_herbal_lists_is_found_in_full(herbal: Domain) -> None:
    async with herbal.store.snapshot() as snapshot:
        report = await evaluate_safety(herbal, snapshot, share=0.01, seed=1)
    assert report.misses == [miss for miss in report.misses if miss.startswith("false alarm")]
    assert report.recall == 1
    assert report.cases.total() > 300
    assert len({rule for rule, _ in report.cases}) > 12


def test_known_alarms_say_which_rules_they_explain(herbal: Domain, tmp_path: Path) -> None:
    rules = herbal.safety.rules
    file = tmp_path / "alarms.csv"
    file.write_text("formula,rules,members,reason\nA,dose-limit;dose-limit-toxic,甲、乙,old\nB,,,all of it\n", "utf-8")
    first, second = read_known(file, rules)
    assert (first.whole, first.parts) == ("A", frozenset({"甲", "乙"}))
    assert first.rules == {"dose-limit", "dose-limit-toxic"}
    assert (second.parts, second.rules) == (frozenset(), frozenset())
    assert read_known(tmp_path / "none.csv", rules) == ()


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_the_report_is_written_and_counted(minerals: Domain, language: str) -> None:
    report = await measured(minerals, share=0.5)
    lines = report.lines(language)
    assert len(lines) > len(report.cases)
    assert report.as_json()["recall"] == report.recall == 1
    assert report.as_json()["passed"] is report.passed
