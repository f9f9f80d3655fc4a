"""A pack beside another: agreement, disagreement and gaps are told apart."""

import csv
import shutil
from pathlib import Path

import pytest

from kg.pack.compare import Difference, Standing, compare
from kg.pack.read import read_pack
from services.cli.main import run

MINERALS = Path(__file__).parents[1] / "packs" / "minerals"
PROPERTIES = "facts/properties.csv"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(MINERALS, tmp_path / "copy")


def edit(file: Path, old: str, new: str) -> None:
    written = file.read_text(encoding="utf-8")
    assert old in written
    file.write_text(written.replace(old, new, 1), encoding="utf-8")


def differences(other: Path) -> list[Difference]:
    pack = read_pack(MINERALS)
    found = compare(pack.graph, read_pack(other).graph, pack.schema)
    return [each for each in found.statements if each.standing is not Standing.AGREE]


def test_a_pack_agrees_with_itself() -> None:
    pack = read_pack(MINERALS)
    found = compare(pack.graph, pack.graph, pack.schema)
    assert found.paired == len(pack.graph.entities)
    assert {each.agreement for each in found.relations} == {1.0}


def test_another_value_of_a_relation_with_one_is_a_disagreement(copy: Path) -> None:
    edit(copy / PROPERTIES, "quartz,CRYSTALLISES_IN,trigonal", "quartz,CRYSTALLISES_IN,cubic")
    (found,) = differences(copy)
    assert (found.subject, found.standing, found.first, found.second) == ("quartz", "differ", "trigonal", "cubic")
    assert found.sources == ("handbook",)


def test_another_amount_is_a_disagreement(copy: Path) -> None:
    edit(copy / PROPERTIES, "7,7,mohs", "6,7,mohs")
    (found,) = differences(copy)
    assert found.standing is Standing.DIFFER
    assert found.first.endswith("7–7 mohs")
    assert found.second.endswith("6–7 mohs")


def test_a_missing_fact_of_a_described_subject_is_a_gap(copy: Path) -> None:
    rows = (copy / PROPERTIES).read_text(encoding="utf-8").splitlines(keepends=True)
    colours = [row for row in rows if ",SHOWS_COLOUR," in row]
    described = next(row for row in colours if sum(row.split(",")[0] == other.split(",")[0] for other in colours) > 1)
    (copy / PROPERTIES).write_text("".join(row for row in rows if row != described), encoding="utf-8")
    assert [each.standing for each in differences(copy)] == [Standing.ONLY_FIRST]


def test_a_subject_that_only_one_describes_is_no_disagreement(copy: Path) -> None:
    rows = (copy / PROPERTIES).read_text(encoding="utf-8").splitlines(keepends=True)
    kept = "".join(row for row in rows if not row.startswith("quartz,"))
    (copy / PROPERTIES).write_text(kept, encoding="utf-8")
    assert not [each for each in differences(copy) if each.subject == "quartz"]


def test_other_ids_with_the_same_names_are_the_same_things(copy: Path) -> None:
    for table in [*copy.glob("*/*.csv"), copy / "golden.yaml"]:
        written = table.read_text(encoding="utf-8")
        table.write_text(written.replace("amethyst,Mineral,", "violet-quartz,Mineral,"), encoding="utf-8")
    assert differences(copy) == []


def test_the_command_prints_a_row_a_relation_and_lists_statements(
    copy: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(copy / PROPERTIES, "quartz,CRYSTALLISES_IN,trigonal", "quartz,CRYSTALLISES_IN,cubic")
    listing = tmp_path / "statements.csv"
    assert run(["pack", "compare", str(MINERALS), str(copy), "--list", str(listing)]) == 0
    assert "CRYSTALLISES_IN" in capsys.readouterr().out
    with listing.open(encoding="utf-8", newline="") as opened:
        rows = [row for row in csv.DictReader(opened) if row["standing"] == "differ"]
    assert [(row["subject"], row["first"], row["second"]) for row in rows] == [("quartz", "trigonal", "cubic")]
