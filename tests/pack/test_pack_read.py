"""Reading the second pack as it is: merged evidence, disputes, names, files as written by other editors."""

import shutil
from pathlib import Path

import pytest

from kg.errors import PackInvalid
from kg.model import Fact, Grade, NameKind, Status, fact_id
from kg.pack.check import check
from kg.pack.content import Pack
from kg.pack.find import find_packs
from kg.pack.read import read_pack

MINERALS = Path(__file__).parents[1] / "packs" / "minerals"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(MINERALS)


def facts(pack: Pack, predicate: str, subject: str = "") -> list[Fact]:
    return [f for f in pack.graph.facts if f.predicate == predicate and subject in {"", f.subject}]


def test_the_second_pack_is_without_fault() -> None:
    assert check(MINERALS) == ()


def test_header_and_schema_arrive(pack: Pack) -> None:
    assert (pack.id, pack.reference_language, pack.languages) == ("minerals", "en", ("en", "zh"))
    assert pack.schema.relations["CRYSTALLISES_IN"].functional
    assert [str(step) for step in pack.schema.relations["STORE_APART_FROM"].chain.steps] == [  # type: ignore[union-attr]
        "IN_STORAGE_CLASS",
        "CLASHES_WITH",
        "^IN_STORAGE_CLASS",
    ]
    assert pack.lexicon["types"]["Mineral"]["en"] == ["mineral", "minerals"]
    assert [rule["id"] for rule in pack.rules] == ["store-apart", "dust"]


def test_rows_of_one_statement_become_one_fact_with_the_strongest_evidence_first(pack: Pack) -> None:
    (fact,) = facts(pack, "CRYSTALLISES_IN", "fluorite")
    assert fact.id == fact_id("fluorite", "CRYSTALLISES_IN", "cubic", {})
    assert [(e.source, e.grade) for e in fact.evidence] == [
        ("handbook", Grade.REVIEW),
        ("cabinet", Grade.OBSERVATIONAL),
    ]
    assert fact.status is Status.ASSERTED


def test_sources_that_differ_on_a_functional_relation_are_both_kept_as_disputed(pack: Pack) -> None:
    found = facts(pack, "CRYSTALLISES_IN", "chrysocolla")
    assert {fact.object: fact.status for fact in found} == {
        "orthorhombic": Status.DISPUTED,
        "amorphous": Status.DISPUTED,
    }


def test_numbers_are_numbers(pack: Pack) -> None:
    (fact,) = facts(pack, "HAS_HARDNESS", "pyrite")
    assert fact.qualifiers == {"low": 6.0, "high": 6.5, "unit": "mohs"}
    assert {e.id: e for e in pack.graph.entities}["galena"].properties == {"density": 7.6}


def test_standard_names_come_first_and_aliases_keep_kind_and_source(pack: Pack) -> None:
    calcite = {e.id: e for e in pack.graph.entities}["calcite"]
    assert calcite.names[0].text == "calcite"
    assert [name.kind for name in calcite.names[:3]] == [NameKind.STANDARD] * 3
    assert ("spar", NameKind.COLLECTIVE, "handbook") in {(n.text, n.kind, n.source) for n in calcite.names}


def test_reading_twice_gives_the_same_digest(pack: Pack) -> None:
    assert read_pack(MINERALS).graph.digest() == pack.graph.digest()


@pytest.mark.parametrize("file", ["sources.csv", "schema.yaml", "pack.toml", "facts/storage.csv"])
def test_byte_order_marks_and_windows_line_ends_are_harmless(file: str, tmp_path: Path, pack: Pack) -> None:
    copy = shutil.copytree(MINERALS, tmp_path / "copy")
    text = (copy / file).read_bytes()
    (copy / file).write_bytes(b"\xef\xbb\xbf" + text.replace(b"\n", b"\r\n"))
    assert read_pack(copy).graph.digest() == pack.graph.digest()


def test_extra_checks_see_the_pack_and_their_faults_count() -> None:
    seen: list[str] = []

    def extra(pack: Pack) -> tuple[str, ...]:
        seen.append(pack.id)
        return ("rules.yaml:1: not to my liking",)

    with pytest.raises(PackInvalid) as raised:
        read_pack(MINERALS, [extra])
    assert (raised.value.faults, seen) == (("rules.yaml:1: not to my liking",), ["minerals"])


def test_installed_and_given_packs_are_found() -> None:
    found = find_packs([MINERALS])
    assert found["minerals"] == MINERALS
    assert (found["herbal"] / "pack.toml").is_file()


def test_a_given_folder_without_a_pack_is_named(tmp_path: Path) -> None:
    with pytest.raises(PackInvalid, match=r"pack\.toml:1: names no pack"):
        find_packs([tmp_path])


def test_the_installed_pack_is_without_fault() -> None:
    assert check(find_packs()["herbal"]) == ()
