"""A public set of questions over triples is answered with a pack that is made of the triples."""

from pathlib import Path

import pytest

from kg.errors import PackInvalid
from kg.pack.read import read_pack
from services.evaluation.kgqa import measure, read_asked
from services.evaluation.triples import build_pack, read_mapped
from tests.reasoning.parts import loaded

FILMS = Path(__file__).parents[1] / "packs" / "films"


def test_triples_become_a_pack(tmp_path: Path) -> None:
    mapped = read_mapped(FILMS)
    assert mapped.left_out == 1
    build_pack(mapped, tmp_path)
    pack = read_pack(tmp_path)
    assert len(pack.graph.facts) == len(mapped.triples)
    people = [entity for entity in pack.graph.entities if entity.type == "Person"]
    names = [entity.label("en") for entity in people]
    assert len(set(names)) == len(names)


async def test_questions_are_answered_by_hops(tmp_path: Path) -> None:
    build_pack(read_mapped(FILMS), tmp_path / "pack")
    domain = await loaded(tmp_path / "pack", tmp_path / "graph.db")
    told: list[bool] = []
    try:
        found = await measure(read_asked(FILMS), domain, 30, lambda _, exact: told.append(exact))
    finally:
        await domain.store.close()
    assert [each.number for each in found.values()] == [10, 10, 10]
    assert sum(told) == sum(each.exact for each in found.values())
    assert found[1].exact >= 8, found[1].misses
    assert found[1].hit >= found[1].exact


def test_samples_take_the_first_of_each(tmp_path: Path) -> None:
    assert [each.hops for each in read_asked(FILMS, 2)] == [1, 1, 2, 2, 3, 3]
    with pytest.raises(PackInvalid, match="has no file"):
        read_asked(tmp_path)


@pytest.mark.parametrize(
    ("file", "text", "fault"),
    [
        ("kb.txt", "a|b\n", "kb.txt:1: is not"),
        ("pack.yaml", "id: x\ntypes: {A: {label: a}}\nrelations: {r: {subject: A, object: B, label: r}}\n", "type 'B'"),
        ("pack.yaml", "id: x\ncolour: red\n", "unknown key"),
        ("qa_1hop.txt", "who is it\n", "qa_1hop.txt:1: is not"),
    ],
)
def test_faults_name_the_line(tmp_path: Path, file: str, text: str, fault: str) -> None:
    for each in FILMS.iterdir():
        (tmp_path / each.name).write_text(each.read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(PackInvalid) as raised:
        (read_asked if file.startswith("qa") else read_mapped)(tmp_path)
    assert any(fault in each for each in raised.value.faults), raised.value.faults
