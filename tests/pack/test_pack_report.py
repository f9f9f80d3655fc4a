"""Figures of a pack agree with its tables, and the page shows hostile names as text."""

import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from kg.pack.read import read_pack
from kg.pack.report import coverage
from services.cli.pack_report import page

MINERALS = Path(__file__).parents[1] / "packs" / "minerals"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(MINERALS, tmp_path / "copy")


def append(file: Path, line: str) -> None:
    with file.open("a", encoding="utf-8") as opened:
        opened.write(line + "\n")


def test_every_fact_and_entity_is_counted_once() -> None:
    pack = read_pack(MINERALS)
    found = coverage(pack)
    assert found.facts == len(pack.graph.facts)
    assert sum(each.entities for each in found.types) == len(pack.graph.entities)
    derived = sum(bool(fact.derived_from) for fact in pack.graph.facts)
    assert sum(each.derived for each in found.relations) == derived > 0
    assert sum(found.reviews.values()) == len(pack.graph.facts) - derived


def test_an_entity_without_facts_is_an_orphan(copy: Path) -> None:
    before = coverage(read_pack(copy))
    append(copy / "entities" / "minerals.csv", "moonstone,Mineral,moonstone,月光石,yuè guāng shí,,handbook")
    after = coverage(read_pack(copy))
    assert after.orphans == before.orphans + 1
    assert any("moonstone" in each.orphans for each in after.types)


def test_sources_that_differ_are_a_conflict(copy: Path) -> None:
    append(copy / "facts" / "properties.csv", "quartz,CRYSTALLISES_IN,cubic,,,,cabinet,drawer 9,single-source")
    (conflict,) = [each for each in coverage(read_pack(copy)).conflicts if each.subject == "quartz"]
    assert sorted(conflict.values.values()) == [("cabinet",), ("handbook",)]


def test_a_second_source_counts_a_fact_as_not_alone(copy: Path) -> None:
    def alone() -> int:
        return sum(each.alone for each in coverage(read_pack(copy)).sources)

    before = alone()
    append(copy / "facts" / "properties.csv", "quartz,CRYSTALLISES_IN,trigonal,,,,cabinet,drawer 9,cross-checked")
    assert alone() == before - 1


class Elements(HTMLParser):
    """Collects what a browser would make elements of, and addresses that it would load."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.loads += [name for name, _ in attrs if name in {"src", "href"}]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_is_self_contained_and_escapes_names(copy: Path, language: str) -> None:
    append(
        copy / "entities" / "minerals.csv",
        "evil,Mineral,<img src=x onerror=alert(1)>,<script>石</script>,shí,,handbook",
    )
    pack = read_pack(copy)
    written = page(pack, coverage(pack), language)
    elements = Elements()
    elements.feed(written)
    assert not elements.tags & {"img", "script", "link", "iframe"}
    assert not elements.loads
    assert all(pack.schema.relations[each.relation].label[language] in written for each in coverage(pack).relations)
