"""Question sets are checked against the pack, and every fault is named with its line."""

from dataclasses import replace
from pathlib import Path

import pytest

from kg.errors import PackInvalid
from reasoning.domain import Domain
from reasoning.evaluation.questions import read_questions


def test_names_become_ids(minerals: Domain) -> None:
    cases = {case.id: case for case in read_questions(minerals.pack)}
    assert cases["lookup-en-001"].gold.entities == {"iron", "element-sulfur"}
    assert cases["lookup-en-001"].facts == (
        ("pyrite", "CONTAINS_ELEMENT", "iron"),
        ("pyrite", "CONTAINS_ELEMENT", "element-sulfur"),
    )
    assert cases["premise-en-001"].is_refused
    assert not cases["count-en-001"].is_refused


def test_a_pack_without_questions_has_none(minerals: Domain, tmp_path: Path) -> None:
    assert read_questions(replace(minerals.pack, folder=tmp_path)) == ()


CASE = """set: dev
cases:
  - id: a
    kind: lookup
    language: en
    question: q
    source: s
    answer: {entities: [iron], of: Element}
"""


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("set: dev", "set: other", "dev.yaml:1: must be"),
        ("kind: lookup", "kind: guess", "dev.yaml:4: kind"),
        ("kind: lookup", "kind: invented", "dev.yaml:8: the kind invented does not go"),
        ("source: s", "source: s\n    colour: red", "dev.yaml:8: colour: unknown key"),
        ("    source: s\n", "", "source: is missing"),
        ("[iron]", "[irn]", "'irn' is no standard name of Element"),
        ("of: Element", "of: Metal", "unknown type 'Metal'"),
        ("of: Element", "of: Element, number: 2", "exactly one of"),
        ("entities: [iron], of: Element", "guard: none", "unknown guard 'none'"),
        ("source: s", "source: s\n    facts: [[galena, CONTAINS_ELEMENT, iron]]", "is no fact of the pack"),
        ("source: s", "source: s\n    facts: [[galena, HOLDS, iron]]", "unknown relation 'HOLDS'"),
        ("source: s", "source: s\n    must_mention: [nothing]", "unknown rule 'nothing'"),
        ("source: s", "source: s\n    follows: b", "follows 'b', which is no case"),
        ("entities: [iron], of: Element", "refute: [[galena, CONTAINS_ELEMENT, lead]]", "which is a fact"),
    ],
)
def test_faults_are_named(minerals: Domain, tmp_path: Path, old: str, new: str, fault: str) -> None:
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / "dev.yaml").write_text(CASE.replace(old, new), encoding="utf-8")
    with pytest.raises(PackInvalid) as raised:
        read_questions(replace(minerals.pack, folder=tmp_path))
    assert any(fault in each for each in raised.value.faults), raised.value.faults


def test_a_case_stands_once(minerals: Domain, tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    for name in ("dev", "frozen"):
        (tmp_path / "questions" / f"{name}.yaml").write_text(CASE.replace("set: dev", f"set: {name}"), encoding="utf-8")
    with pytest.raises(PackInvalid, match="stands twice"):
        read_questions(replace(minerals.pack, folder=tmp_path))
