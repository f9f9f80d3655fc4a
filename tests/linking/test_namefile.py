"""Names on disk give what names in memory give."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.layout import entity_row
from kg.linking.fold import fold, fold_key, word_breaks
from kg.linking.index import NameIndex, build_index
from kg.linking.link import link
from kg.linking.namefile import NameFile, NameWriter
from kg.linking.reading import read_index
from kg.linking.search import near, search
from kg.model import Entity, Name, NameKind
from kg.schema import Schema
from kg.stores.ladybug import LadybugStore
from tests.linking.test_search import WORLD
from tests.stores import SCHEMA, small_graph

MORE = [
    *WORLD,
    Entity("qiancao", "Herb", (Name("茜草", "zh"), Name("qiàn cǎo", "zh-Latn"))),
    Entity("acid", "Compound", (Name("glycyrrhizic acid", "en"), Name("甘草-酸 A", "zh", NameKind.ALIAS, "a book"))),
    Entity("sitosterol", "Compound", (Name("β-sitosterol", "en"), Name("β-谷甾醇", "zh"))),
    Entity("nameless", "Herb", ()),
    Entity("blank", "Herb", (Name(" ", "en"), Name("", "zh"))),
    Entity("long", "Compound", (Name("x" * 150, "en"), Name("乙" * 300, "zh"))),
]


def on_disk(path: Path, entities: list[Entity]) -> NameFile:
    rows = [entity_row(each, Schema({}, {}, {})) for each in entities]
    writer = NameWriter(path)
    writer.add([(row["id"], row["type"], row["names"], row["properties"]) for row in rows])
    writer.add([])
    writer.finish()
    return NameFile(path)


@pytest.fixture(scope="module")
def memory() -> NameIndex:
    return build_index(MORE)


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    return build_index([], on_disk(tmp_path_factory.mktemp("names") / "d.names", MORE))


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> NameIndex:
    return build_index(MORE[::2], on_disk(tmp_path_factory.mktemp("names") / "d.names", MORE[1::2]))


WORDS = [name.text for entity in MORE for name in entity.names if len(name.text) < 100]
TEXTS = st.lists(st.sampled_from([*WORDS, "gancao", "gan1cao3", "roots", "的", " ", "s", "-", "和", "acids", "β"])).map(
    "".join
)


@settings(deadline=None, max_examples=200)
@given(text=TEXTS)
def test_the_same_names_are_linked(text: str, memory: NameIndex, disk: NameIndex, both: NameIndex) -> None:
    assert link(text, disk) == link(text, memory) == link(text, both)


@settings(deadline=None, max_examples=100)
@given(
    query=st.one_of(TEXTS, st.sampled_from("甘草gr酸")), types=st.sampled_from([(), ("Herb",), ("Compound", "Herb")])
)
def test_the_same_names_are_found(
    query: str, types: tuple[str, ...], memory: NameIndex, disk: NameIndex, both: NameIndex
) -> None:
    assert search(query, disk, types) == search(query, memory, types) == search(query, both, types)


@pytest.mark.parametrize("query", ["甘芷", "甘遂汤", "licorise root", "glycyrrizic acid", "茜", "人蔘", "zzz", ""])
def test_names_one_character_off_are_near(query: str, memory: NameIndex, disk: NameIndex) -> None:
    close = {hit.entity for hit in near(query, memory) if hit.score > 0.9}
    assert close <= {hit.entity for hit in near(query, disk)}


def test_what_is_no_file_of_names_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"years of work " * 1000)
    for name in ("other", "nothing"):
        with pytest.raises(OSError, match=name):
            NameFile(tmp_path / name)


@given(st.text(st.one_of(st.characters(), st.sampled_from("aB甘 -'·ｇéǎ\u0301\u3000"))))
def test_the_short_way_of_folding_comes_to_the_same(text: str) -> None:
    folded = fold(text.strip())
    assert fold_key(text) == folded.text.strip()
    assert word_breaks(text) == folded.breaks(0, len(folded.text))


def test_sources_of_names_are_kept(disk: NameIndex) -> None:
    (found,) = link("甘草-酸 a", disk).mentions[0].candidates
    assert found.name == Name("甘草-酸 A", "zh", NameKind.ALIAS, "a book")


async def test_many_names_are_kept_on_disk_and_read_again_for_the_same_revision(tmp_path: Path) -> None:
    store = LadybugStore(tmp_path / "d.lbug", SCHEMA, "d")
    graph = small_graph("d")
    people = tuple(Entity(f"p{number}", "Person", (Name(f"Person {number}", "en"),)) for number in range(50))
    names = tmp_path / "names"
    try:
        await store.load(replace(graph, entities=(*graph.entities, *people)))
        async with store.snapshot() as snapshot:
            first = await read_index(snapshot, ["ann", "gone"], names, "d", most=20)
            (file,) = names.iterdir()
            made = file.stat().st_mtime_ns
            again = await read_index(snapshot, ["ann"], names, "d", most=20)
            assert [each.stat().st_mtime_ns for each in names.iterdir()] == [made]
        for index in (first, again):
            found = [mention.candidates for mention in link("Ann knows person 49", index).mentions]
            assert [[candidate.entity for candidate in each] for each in found] == [["ann"], ["p49"]]
        await store.load(graph)
        async with store.snapshot() as snapshot:
            third = await read_index(snapshot, [], names, "d", most=2)
        assert file not in names.iterdir()
        assert not link("person 49", third).mentions
        assert search("a", third)
    finally:
        await store.close()
