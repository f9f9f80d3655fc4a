"""Stated amounts against recorded ones, and handling, on a made-up workshop: over, under, within, or asked for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from kg.store import Snapshot
from reasoning.answer import Finding, Severity
from reasoning.safety import Conclusion, SafetyCheck, Setting, Subject
from tests.safety.parts import fact, rule, setting_of, whole, workshop

UNITS: dict[str, Any] = {
    "units": {
        "stone": {
            "of": "g",
            "words": {"en": ["stone"]},
            "factors": [{"is": 10, "since": 1900, "source": "manual"}, {"is": 7, "until": 1800, "source": "manual"}],
        },
        "piece": {"words": {"en": ["piece", "pieces"]}},
    },
    "bases": {"each": {"en": ["each time"]}, "daily": {"en": ["a day", "daily"]}},
    "frequencies": [{"times": 3, "words": {"en": ["three times a day"]}}],
}
POLICY: dict[str, Any] = {
    "coverage": {"Tool": ["USED", "NEEDS", "BEARS"], "Kit": ["HOLDS"]},
    "forms": {
        "boiled": {"words": {"en": ["boiled"]}, "objects": ["Pot"]},
        "ground": {"words": {"en": ["ground"]}, "objects": ["Spoon"]},
        "outside": {"words": {"en": ["outside"]}, "objects": ["Skin"]},
        "raw": {"words": {"en": ["raw"]}, "names": {"en": ["raw"]}},
    },
    "handling": {"types": ["Care"], "form": "boiled", "other_forms": ["ground", "outside"], "outside": ["Melted"]},
    "dose": {
        "needed_for": {"NEEDS": ["Soaked"]}, "daily": "daily", "each": "each", "most": {"g": 1000},
        "adult": {"age": {"from": 14}}, "indefinite": {"en": ["as needed"]},
    },
}  # fmt: skip
DOSE = rule(
    id="dose",
    kind="dose",
    when={"amount": "USED", "parts": "HOLDS_MUCH"},
    prescribed=True,
    severity={"over": {1: "minor", 1.5: "moderate", "3": "major"}, "under": {1: "info"}},
    message={"en": "{subject} {given} over {limit}, {ratio}."},
    under={"en": "{subject} {given} under {range}."},
    unclear={"en": "{subject} {given}: {reason}."},
    total={"en": "{subject} {given} together."},
)
HANDLING = rule(
    id="handling",
    kind="dose",
    when={"handling": "NEEDS", "objects": ["Soaked", "Washed"], "unless": ["ground", "outside"]},
    severity={"by": "object", "values": {"Soaked": "moderate", "Washed": "moderate"}},
    unstated="minor",
    message={"en": "{subject} needs {object}."},
)
FACTS = (
    fact("saw USED pot", low=3.0, high=9.0, unit="g", basis="daily"),
    fact("axe USED pot", low=3.0, high=9.0, unit="g", basis="daily"),
    fact("axe USED spoon", low=1.0, high=3.0, unit="g", basis="each"),
    fact("bow USED spoon", low=1.0, high=3.0, unit="g", basis="each"),
    fact("rag USED skin"),
    fact("rag NEEDS soaked"),
    fact("rag NEEDS washed"),
    fact("awl NEEDS soaked"),
    fact("awl NEEDS melted"),
    fact("kit HOLDS saw"),
    fact("kit HOLDS_MUCH saw", high=6.0, unit="g", basis="daily"),
    fact("saw BEARS fire"),
)


@asynccontextmanager
async def shop(folder: Path, *rules: Any) -> AsyncIterator[tuple[Snapshot, Setting]]:
    async with workshop(folder, *FACTS) as snapshot:
        context = {"age": "number"}
        yield snapshot, await setting_of(snapshot, *rules, policy=POLICY, units=UNITS, context=context)


async def told(where: tuple[Snapshot, Setting], *subjects: Subject, **context: Any) -> SafetyCheck:
    return await whole(subjects, where, context=context)


AMOUNTS: list[tuple[str, str, str, str, tuple[float, float] | None]] = [
    ("saw", "9 g", "", "", None),
    ("saw", "3-9 g", "", "", None),
    ("saw", "10 g", "", "minor", (10, 9)),
    ("saw", "6-10 g", "", "minor", (10, 9)),
    ("saw", "13.5 g", "", "minor", (13.5, 9)),
    ("saw", "14 g", "", "moderate", (14, 9)),
    ("saw", "28 g", "", "major", (28, 9)),
    ("saw", "2 g", "", "info", (2, 3)),
    ("saw", "9000 mg", "", "", None),
    ("saw", "0.5 g", "", "info", (0.5, 3)),
    ("saw", "1 stone", "", "minor", (10, 9)),
    ("saw", "2 pieces", "", "ask:subjects[0].dose", None),
    ("saw", "9 mL", "", "ask:subjects[0].dose", None),
    ("saw", "5 g three times a day", "", "moderate", (15, 9)),
    ("saw", "3 g three times a day", "", "", None),
    ("saw", "12 g each time", "", "minor", (12, 9)),
    ("saw", "4 g each time", "", "ask:subjects[0].dose", None),
    ("saw", "as needed", "", "", None),
    ("axe", "6 g", "boiled", "", None),
    ("axe", "6 g", "", "ask:subjects[0].preparation", None),
    ("axe", "2 g", "", "", None),
    ("axe", "12 g", "", "minor", (12, 9)),
    ("axe", "12 g", "boiled", "minor", (12, 9)),
    ("axe", "12 g", "ground", "ask:subjects[0].dose", None),
    ("axe", "6 g three times a day", "ground", "moderate", (6, 3)),
    ("bow", "6 g each time", "", "moderate", (6, 3)),
    ("bow", "9 g daily, three times a day", "", "", None),
    ("saw", "9 g", "outside", "", None),
]


@pytest.mark.parametrize(("name", "dose", "preparation", "outcome", "compared"), AMOUNTS)
async def test_an_amount_is_compared_or_asked_for(  # noqa: PLR0913, PLR0917  one row of the table
    tmp_path: Path, name: str, dose: str, preparation: str, outcome: str, compared: tuple[float, float] | None
) -> None:
    async with shop(tmp_path, DOSE) as where:
        done = await told(where, Subject(name, dose=dose, preparation=preparation))
    asked = [f"ask:{key}" for key in done.missing_context]
    levels = [finding.severity.value for finding in done.findings if not asked]
    assert [*asked, *levels] == ([outcome] if outcome else [])
    held = [f.comparison for f in done.findings if f.comparison]
    assert [(c.given, c.limit) for c in held] == ([compared] if compared else [])
    assert all(c.ratio == pytest.approx(c.given / c.limit) for c in held)
    assert (done.conclusion is Conclusion.CONDITIONAL) is bool(asked)


async def test_a_converted_amount_names_the_factor(tmp_path: Path) -> None:
    async with shop(tmp_path, DOSE) as where:
        [finding] = (await told(where, Subject("saw", dose="1 stone"))).findings
    assert "1 stone = 10 g" in finding.message
    assert "The Manual" in finding.message


async def test_an_amount_with_nothing_to_set_it_against_is_not_covered(tmp_path: Path) -> None:
    async with shop(tmp_path, DOSE) as where:
        awl = await told(where, Subject("awl", dose="3 g"))
        bare = await told(where, Subject("awl"))
        kit = await told(where, Subject("kit", dose="3 g"))
    assert (awl.conclusion, awl.uncovered) == (Conclusion.INSUFFICIENT_COVERAGE, ("awl",))
    assert bare.conclusion is kit.conclusion is Conclusion.NO_KNOWN_ISSUE


async def test_too_little_for_an_adult_may_be_right_for_a_child(tmp_path: Path) -> None:
    async with shop(tmp_path, DOSE) as where:
        for age, count in ((5, 0), (40, 1)):
            assert len((await told(where, Subject("saw", dose="1 g"), age=age)).findings) == count
            assert len((await told(where, Subject("saw", dose="99 g"), age=age)).findings) == 1


async def test_amounts_of_one_thing_are_added_up(tmp_path: Path) -> None:
    async with shop(tmp_path, DOSE) as where:
        both = await told(where, Subject("saw", dose="5 g"), Subject("kit"))
        twice = await told(where, Subject("saw", dose="5 g"), Subject("saw", dose="6 g"))
        little = await told(where, Subject("saw", dose="3 g"), Subject("kit"))
    assert [f.message for f in both.findings] == ["Saw (in Kit) 11 g together."]
    assert [(f.severity, f.message) for f in twice.findings] == [(Severity.MINOR, "Saw 11 g together.")]
    assert not little.findings


def levels(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(f.severity.value, f.message) for f in findings]


async def test_a_handling_is_missed_reminded_of_or_met(tmp_path: Path) -> None:
    cases = [
        (Subject("rag"), [("minor", "Rag needs Soaked, Washed.")]),
        (Subject("rag", preparation="boiled"), [("moderate", "Rag needs Soaked, Washed.")]),
        (Subject("rag", dose="3 g"), [("moderate", "Rag needs Soaked, Washed.")]),
        (Subject("rag", preparation="soaked"), []),
        (Subject("rag", dose="3 g washed"), []),
        (Subject("rag", preparation="melted"), [("moderate", "Rag needs Soaked, Washed.")]),
        (Subject("rag", preparation="ground"), []),
        (Subject("saw", preparation="boiled"), []),
    ]
    async with shop(tmp_path, HANDLING) as where:
        for subject, expected in cases:
            assert levels((await told(where, subject)).findings) == expected, subject


async def test_one_handling_makes_a_decoction_of_all(tmp_path: Path) -> None:
    """Where one thing is soaked, the others are boiled with it, and an amount for the spoon is not meant."""
    async with shop(tmp_path, DOSE) as where:
        alone = await told(where, Subject("axe", dose="6 g"))
        with_other = await told(where, Subject("axe", dose="6 g"), Subject("rag", preparation="soaked"))
        ground = await told(
            where, Subject("axe", dose="6 g", preparation="ground"), Subject("rag", preparation="soaked")
        )
        melted = await told(where, Subject("axe", dose="6 g"), Subject("awl", preparation="melted"))
    assert alone.missing_context == melted.missing_context == ("subjects[0].preparation",)
    assert with_other.missing_context == ()
    assert ground.missing_context == ("subjects[0].dose",)


async def test_what_is_as_recorded_settles_a_general_warning(tmp_path: Path) -> None:
    burns = rule(
        id="burns",
        kind="toxicity",
        when={"fact": "BEARS"},
        severity="moderate",
        settled="info",
        message={"en": "{subject}."},
    )
    async with shop(tmp_path, DOSE, burns) as where:
        for dose, level in (("", "moderate"), ("9 g", "info"), ("12 g", "info"), ("2 pieces", "moderate")):
            found = (await told(where, Subject("saw", dose=dose))).findings
            assert {f.severity.value for f in found if f.rule == "burns"} == {level}, dose


async def test_a_form_at_the_beginning_of_a_name_counts(tmp_path: Path) -> None:
    raw = rule(
        id="raw", when={"fact": "BEARS", "stated": ["raw"], "unless": ["outside"]}, message={"en": "Raw {subject}."}
    )
    async with shop(tmp_path, raw) as where:
        found = {
            (name, preparation): len((await told(where, Subject(name, preparation=preparation))).findings)
            for name, preparation in (("raw saw", ""), ("saw", "raw"), ("saw", ""), ("raw saw", "outside"))
        }
    assert found == {("raw saw", ""): 1, ("saw", "raw"): 1, ("saw", ""): 0, ("raw saw", "outside"): 0}
