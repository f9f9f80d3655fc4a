"""The data sets beside the checkout: every row of them is accounted for."""

import csv
import gzip
import os
from pathlib import Path

import pytest

from kg.imports.held import of_graph
from kg.imports.mapping import read_mapping
from kg.imports.report import Report
from kg.imports.run import stage
from kg.pack.content import Pack
from kg.pack.read import read_pack

ROOT = Path(__file__).parents[2]
MAPPINGS = Path(__file__).parent / "mappings"
DATA = Path(os.environ.get("BENCAO_TEST_DATA") or ROOT.parent / "shared" / "data")
pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(
        not DATA.is_dir(), reason="no data sets: name their folder with BENCAO_TEST_DATA, or put it beside the checkout"
    ),
]


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(ROOT / "kg" / "packs" / "herbal")


def imported(name: str, pack: Pack, work: Path) -> Report:
    mapping = read_mapping(MAPPINGS / f"{name}.yaml", pack)
    held = of_graph(pack.graph, pack.schema, work / "held")
    _, found = stage(mapping, DATA / name, held, work / "stage", base="", extension="")
    return found


def lines(file: Path) -> int:
    with gzip.open(file, "rt", encoding="utf-8-sig", newline="") as opened:
        return sum(1 for _ in csv.reader(opened)) - 1


def accounted(found: Report) -> None:
    """In every block what the rows say is told by its fate; what is not in the graph has its reason."""
    for block in found.blocks:
        assert sum(block.fates.values()) == block.said >= block.rows
        lost = ("ambiguous", "rejected", "left out")
        assert sum(block.reasons.values()) == sum(block.fates[fate] for fate in lost)
    for table in found.tables:
        assert table.untaken == 0, table
        assert sum(table.unreadable.values()) == 0, table


def test_every_node_and_edge_of_the_merged_graph_is_accounted_for(pack: Pack, tmp_path: Path) -> None:
    found = imported("herbal_graph", pack, tmp_path)

    accounted(found)
    assert {table.table: table.rows for table in found.tables} == {"nodes": 91_052, "edges": 334_458}
    assert sum(block.rows for block in found.blocks if block.table == "nodes") == 91_052
    assert sum(block.rows for block in found.blocks if block.table == "edges") == 334_458


def test_every_row_of_herbiv_is_accounted_for(pack: Pack, tmp_path: Path) -> None:
    found = imported("herbiv", pack, tmp_path)

    accounted(found)
    files = read_mapping(MAPPINGS / "herbiv.yaml", pack).form.tables
    assert len(files) == 6
    for table in found.tables:
        assert table.rows == lines(DATA / "herbiv" / files[table.table].file)
        assert sum(block.rows for block in found.blocks if block.table == table.table) >= table.rows
