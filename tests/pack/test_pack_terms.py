"""Values of qualifiers from a table, and qualifiers that never stand alone."""

import shutil
from pathlib import Path

import pytest

from kg.pack.check import check
from kg.pack.read import read_pack
from reasoning.lexicon import lexicon_faults

MINERALS = Path(__file__).parents[1] / "packs" / "minerals"
WITH_TABLE = "  reason: {type: string, table: terms/reasons.csv}\n"
TERMS = "en,zh\nexplosion,爆炸\ncorrosion,腐蚀\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    folder = shutil.copytree(MINERALS, tmp_path / "copy")
    schema = folder / "schema.yaml"
    written = schema.read_text(encoding="utf-8")
    start, end = written.index("  reason:\n"), written.index("\nrelations:")
    schema.write_text(written[:start] + WITH_TABLE + written[end:], encoding="utf-8")
    (folder / "terms").mkdir()
    (folder / "terms" / "reasons.csv").write_text(TERMS, encoding="utf-8")
    return folder


def edit(file: Path, old: str, new: str) -> None:
    written = file.read_text(encoding="utf-8")
    assert old in written
    file.write_text(written.replace(old, new, 1), encoding="utf-8")


def test_values_and_labels_come_from_the_table(copy: Path) -> None:
    reason = read_pack(copy).schema.qualifiers["reason"]
    assert reason.values == ("explosion", "corrosion")
    assert reason.labels["corrosion"] == {"en": "corrosion", "zh": "腐蚀"}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("explosion,爆炸\n", "", "the qualifier 'reason' is 'explosion'; write one of: corrosion"),
        ("corrosion,腐蚀", "corrosion,", "terms/reasons.csv:3: the text in 'zh' is empty"),
        ("corrosion,腐蚀", "explosion,腐蚀", "terms/reasons.csv:3: 'explosion' stands twice"),
        ("en,zh", "en,fr", "terms/reasons.csv:1: the column 'zh' is missing"),
    ],
)
def test_faults_of_the_table_are_named(copy: Path, old: str, new: str, fault: str) -> None:
    edit(copy / "terms" / "reasons.csv", old, new)
    assert any(fault in found for found in check(copy)), check(copy)


def test_a_table_outside_the_pack_is_refused(copy: Path) -> None:
    edit(copy / "schema.yaml", "terms/reasons.csv", "../reasons.csv")
    assert any("schema.yaml" in found and "table" in found for found in check(copy))


def test_a_table_and_values_of_its_own_contradict_each_other(copy: Path) -> None:
    edit(copy / "schema.yaml", "{type: string, table", "{type: string, values: [dust], table")
    assert any("has a table" in found for found in check(copy))


def test_a_qualifier_that_requires_another_never_stands_alone(copy: Path) -> None:
    edit(copy / "schema.yaml", "reasons.csv}", "reasons.csv, requires: [unit]}")
    edit(copy / "schema.yaml", "qualifiers: [reason]", "qualifiers: [reason, unit]")
    assert any("has the qualifier 'reason' without 'unit'" in found for found in check(copy)), check(copy)


def test_a_name_never_joins_two_entities_silently(copy: Path) -> None:
    """Such a name would give one thing the warnings of the other, or take them away."""
    names = copy / "names" / "names.csv"
    with names.open("a", encoding="utf-8") as file:
        file.write("quartz,common stone,en,alias,handbook\ngalena,common stone,en,alias,handbook\n")
    assert any("'common stone' names both" in found for found in check(copy))
    edit(names, "quartz,common stone,en,alias", "quartz,common stone,en,collective")
    edit(names, "galena,common stone,en,alias", "galena,common stone,en,collective")
    assert check(copy) == ()


def test_faults_of_the_lexicon_are_found_by_the_check(copy: Path) -> None:
    edit(copy / "lexicon.yaml", "neutral:", "neutral: 7\nunused:")
    assert check(copy) == ()
    assert check(copy, (lexicon_faults,))
