"""Mappings and tables that are wrong, or meant to harm: what is said, with file and row, and that nothing changes."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from kg.errors import ImportInvalid
from tests.imports.parts import FINDS, MAPPING, MINES, Mines, block, fates


def mapping(**changes: Any) -> str:
    return yaml.safe_dump({**yaml.safe_load(MAPPING), **changes}, allow_unicode=True)


REFUSED = {
    "a key that is none": (MAPPING.replace("tables:", "tabels:"), r"mapping\.yaml:\d+: .*did you mean 'tables'"),
    "a column that is none": (
        MAPPING.replace("{column: tons}", "{column: tonns}"),
        r"finds\.csv.*'tonns'.*mean 'tons'",
    ),
    "a type that is none": (MAPPING.replace("type: Mineral,", "type: Minerals,"), "did you mean 'Mineral'"),
    "a relation that is none": (MAPPING.replace("predicate: MINED_AT", "predicate: MINED"), "unknown relation 'MINED'"),
    "another domain": (mapping(domain="herbal"), "herbal"),
    "a path upwards": (MAPPING.replace("mines.csv", "../mines.csv"), "inside the folder"),
    "an absolute path": (MAPPING.replace("mines.csv", "/etc/hostname"), "inside the folder"),
    "a folder": (MAPPING.replace("{file: mines.csv}", "{file: sub, format: csv}"), "no(t a)? regular file"),
    "no such file": (MAPPING.replace("mines.csv", "mine.csv"), r"mine\.csv: there is no such file"),
    "an unknown unit": (
        mapping(
            entities=[],
            facts=[
                {
                    "table": "finds",
                    "subject": {"type": "Mineral", "name": {"column": "mineral"}, "language": "en"},
                    "predicate": "HAS_HARDNESS",
                    "object": {"type": "Scale", "name": {"column": "code"}, "language": "en"},
                    "qualifiers": {"low": {"column": "tons", "unit": "moh"}},
                }
            ],
        ),
        "did you mean 'mohs'",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
async def test_a_wrong_mapping_is_refused_and_nothing_changes(mines: Mines, what: str) -> None:
    text, said = REFUSED[what]
    (mines.folder / "sub").mkdir()
    (mines.folder / "mapping.yaml").write_text(text, encoding="utf-8")
    _, _, before = await mines.held()

    with pytest.raises(ImportInvalid, match=said):
        await mines.run()

    assert (await mines.held())[2] == before


@pytest.mark.parametrize(
    ("tables", "said"),
    [
        ({"finds": FINDS + "quartz,N"}, r"finds\.csv:5: the file ends in the middle of this row"),
        ({"finds": FINDS + '"quartz,N1,1\n'}, r"finds\.csv:5: .*never closed"),
        ({"finds": "mineral,code,code\nquartz,N1,1\n"}, r"finds\.csv:1: column . is named 'code'"),
        ({"mines": b"\x1f\x8b\x08\x00cut"}, r"mines\.csv: ends in the middle of a compressed block"),
        ({"mines": MINES + "N3," + "x" * 5_000_000 + ",,\n"}, r"mines\.csv:4: column 'en': is longer than 4 MiB"),
        ({"mines": ""}, r"mines\.csv:1: is empty"),
    ],
)
async def test_a_broken_table_is_refused_and_nothing_changes(
    mines: Mines, tables: dict[str, str | bytes], said: str
) -> None:
    mines.write(**tables)
    _, _, before = await mines.held()

    with pytest.raises(ImportInvalid, match=said):
        await mines.run()

    assert (await mines.held())[2] == before


async def test_a_link_out_of_the_folder_is_not_followed(mines: Mines, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").write_text(MINES, encoding="utf-8")
    (mines.folder / "mines.csv").unlink()
    (mines.folder / "mines.csv").symlink_to(tmp_path / "outside.csv")

    with pytest.raises(ImportInvalid, match=r"mines\.csv: leads out of the folder"):
        await mines.run()


async def test_formulas_of_spreadsheets_name_nothing(mines: Mines) -> None:
    mines.write(finds="mineral,code,tons\n=cmd|'/c calc'!A1,N1,1\n@SUM(A1),N1,1\nquartz,N1,1\n")
    found, _ = await mines.run()

    assert fates(found, "facts[0]") == {"new": 1, "rejected": 2}
    (reason,) = block(found, "facts[0]").reasons
    assert "formula of a spreadsheet" in reason
    assert any("2" in said for said in block(found, "facts[0]").examples[reason])


async def test_dates_in_the_future_are_rejected(mines: Mines) -> None:
    data = yaml.safe_load(MAPPING)
    data["facts"][0] |= {"qualifiers": {}, "date": {"column": "tons"}}
    mines.map(yaml.safe_dump(data, allow_unicode=True))
    mines.write(finds="mineral,code,tons\nquartz,N1,2999-01-01\nfluorite,N1,1999-01-01\n")
    found, _ = await mines.run()

    assert fates(found, "facts[0]") == {"new": 1, "rejected": 1}
    assert "future" in next(iter(block(found, "facts[0]").reasons))
