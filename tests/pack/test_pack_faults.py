"""One broken pack per fault: the message names the file, the line and the remedy."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.pack.check import check

MINERALS = Path(__file__).parents[1] / "packs" / "minerals"
PROPERTIES = "facts/properties.csv"
STORAGE = "facts/storage.csv"
ENTITIES = "entities/minerals.csv"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return shutil.copytree(MINERALS, tmp_path / "copy")


def lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").split("\n")


def line_of(path: Path, text: str) -> int:
    return next(number for number, line in enumerate(lines(path), start=1) if text in line)


# file, text to replace (its first line is the one reported), new text, part of the message
REPLACED = [
    (PROPERTIES, "subject,predicate,", "subject,relation,", "the column 'predicate' is missing"),
    (PROPERTIES, "low,high,unit", "lowest,high,unit", "unknown column 'lowest'"),
    (STORAGE, "object,reason,", "object,object,", "the column 'object' stands twice"),
    ("sources.csv", "key,title", "name,title", "the column 'key' is missing"),
    ("sources.csv", "observational", "hearsay", "unknown grade 'hearsay'; write one of:"),
    ("sources.csv", "cabinet,Notes", "handbook,Notes", "'handbook' stands twice"),
    ("sources.csv", "Notes of a made-up collector", "", "the title is empty"),
    (ENTITIES, "quartz,Mineral", "quartz,Stone", "unknown type 'Stone'; write one of: Colour,"),
    (ENTITIES, "quartz,Mineral", "Quartz!,Mineral", "the id 'Quartz!' does not match"),
    (ENTITIES, "amethyst,Mineral", "quartz,Mineral", "the entity 'quartz' stands twice"),
    (ENTITIES, "amethyst,紫水晶", "quartz,紫水晶", "'quartz' is the standard name of 'quartz' too"),
    (ENTITIES, "galena,方铅矿", ",方铅矿", "the name column 'en' is empty"),
    (ENTITIES, "fāng qiān kuàng,7.6,handbook", "fāng qiān kuàng,7.6,", "unknown source is empty"),
    (ENTITIES, "7.6", "heavy", "the property 'density' is 'heavy', not a number"),
    (ENTITIES, "7.6", "nan", "the property 'density' is 'nan', not a number"),
    (ENTITIES, "方铅矿,fāng", "…,fāng", "has no letters"),
    ("entities/values.csv", "id,type,en,zh,pinyin,source", "id,type,zh,pinyin,source", "the column 'en' is missing"),
    ("names/names.csv", "quartz,rock crystal", "quarz,rock crystal", "did you mean quartz"),
    ("names/names.csv", "trade", "nickname", "unknown kind 'nickname'"),
    ("names/names.csv", "rock crystal,en", "rock crystal,english language", "is no language tag"),
    ("names/names.csv", "rock crystal", "quartz", "already a name of 'quartz'"),
    ("names/names.csv", "crystal,en,trade", "crystal,en,standard", "has a standard name in 'en'"),
    ("names/names.csv", "alias,handbook", "alias,hearsay", "unknown source 'hearsay'"),
    (PROPERTIES, "quartz,CRYSTALLISES_IN", "quartz,MADE_OF", "unknown relation 'MADE_OF'; write one of:"),
    (PROPERTIES, "trigonal,,,,handbook,entry quartz", "trigonal,,,,,entry quartz", "unknown source is empty"),
    (PROPERTIES, "trigonal,,,,handbook,entry quartz", "trigonal,,,,handbook,", "the locator is empty"),
    (PROPERTIES, "entry quartz,single-source", "entry quartz,glanced-at", "unknown review 'glanced-at'"),
    (PROPERTIES, "quartz,CRYSTALLISES_IN,trigonal", "quartz,CRYSTALLISES_IN,", "object is empty"),
    (PROPERTIES, "quartz,CRYSTALLISES_IN,trigonal", "quartz,CRYSTALLISES_IN,purple", "is of type Colour"),
    (PROPERTIES, "quartz,CRYSTALLISES_IN", "rock crystal,CRYSTALLISES_IN", "is not a standard name; write 'quartz'"),
    (PROPERTIES, "quartz,CRYSTALLISES_IN", "moonstone,CRYSTALLISES_IN", "'moonstone' names no Mineral"),
    (PROPERTIES, "smoky quartz,VARIETY_OF,quartz", "quartz,VARIETY_OF,quartz", "joins 'quartz' with itself"),
    (PROPERTIES, "quartz,CRYSTALLISES_IN,trigonal,", "quartz,CRYSTALLISES_IN,trigonal,7", "takes no qualifier 'low'"),
    (PROPERTIES, "7,7,mohs", "hard,7,mohs", "the qualifier 'low' is 'hard', not a number"),
    (PROPERTIES, "7,7,mohs", "7,7,brinell", "the qualifier 'unit' is 'brinell'; write one of: mohs"),
    (PROPERTIES, "7,7,mohs", ",,mohs", "has unit but no amount"),
    (PROPERTIES, "7,7,mohs", "7,7,", "has an amount without unit"),
    (PROPERTIES, "7,7,mohs", "9,7,mohs", "low 9 is more than high 7"),
    (PROPERTIES, "7,7,mohs", "7,7", "has 8 cells, the header 9"),
    (PROPERTIES, "amorphous,,,,cabinet", "amorphous,,,,handbook", "CRYSTALLISES_IN has one value, but handbook gives"),
    (
        PROPERTIES,
        "cubic,,,,cabinet,drawer 4",
        "cubic,,,,handbook,entry fluorite",
        "says the same as facts/properties.csv:5",
    ),
    (
        STORAGE,
        "explosion,handbook,chapter storage,cross",
        "fire,handbook,chapter storage,cross",
        "the qualifier 'reason' is",
    ),
    (STORAGE, "native sulfur,", '"native sulfur,', "is not CSV"),
    (STORAGE, "pyrite,IN_", "pyr\u200bite,IN_", "invisible character U+200B"),
    (STORAGE, "pyrite,IN_", "pyr\0ite,IN_", "invisible character U+0000"),
    ("lexicon.yaml", "  HAS_HARDNESS:", "  HAS_WEIGHT:", "unknown relation 'HAS_WEIGHT'; write one of:"),
    ("lexicon.yaml", "  Element: ", "  Atom: ", "unknown type 'Atom'"),
    ("lexicon.yaml", "  reason: {en: [why]", "  motive: {en: [why]", "unknown qualifier 'motive'"),
    ("phrases.yaml", "  SHADE_OF:", "  TINT_OF:", "unknown relation 'TINT_OF'"),
    ("rules.yaml", "{pair: STORE_APART_FROM}", "{pair: STORE_APART}", "unknown relation 'STORE_APART'"),
    ("rules.yaml", "rules:", "laws:", "unknown key 'laws'"),
    ("phrases.yaml", "disclaimer:", "relations:", "the key 'relations' stands twice"),
    ("schema.yaml", "    functional: true", "    functionnal: true", "unknown key"),
    ("schema.yaml", "    functional: true", "    functional: maybe", "valid boolean"),
    ("schema.yaml", "    objects: [CrystalSystem]", "    objects: [System]", "unknown type 'System'"),
    ("schema.yaml", "    objects: [CrystalSystem]", "    objects: []", "objects is empty"),
    ("schema.yaml", "    object_subsumption: SHADE_OF", "    object_subsumption: KIND", "unknown relation 'KIND'"),
    (
        "schema.yaml",
        "    qualifiers: [low, high, unit]",
        "    qualifiers: [low, high, size]",
        "unknown qualifier 'size'",
    ),
    (
        "schema.yaml",
        "[IN_STORAGE_CLASS, CLASHES_WITH, ^IN",
        "[IN_STORAGE_CLASS, HATES, ^IN",
        "unknown relation 'HATES'",
    ),
    ("schema.yaml", "CLASHES_WITH, ^IN_STORAGE_CLASS]", "CLASHES_WITH]", "not to the objects of STORE_APART_FROM"),
    ("schema.yaml", "{en: hardness, zh: 硬度}", "{en: hardness}", "HAS_HARDNESS has no label in 'zh'"),
    ("schema.yaml", "  Mineral: {label", "  mineral: {label", "should match pattern"),
    ("schema.yaml", "  zh: {language: zh}", "  zh: {language: en}", "already the column of 'en'"),
    ("schema.yaml", "density: number", "source: number", "has the name of another column"),
    ("schema.yaml", "criticality: safety", "criticality: grave", "'safety', 'efficacy'"),
    ("schema.yaml", "types:\n", "types: &t\n", None),
    ("schema.yaml", "  Element: {label: {en: element, zh: 元素}}", "  Element: {label: {en: element", "is not YAML"),
    ("schema.yaml", "functional: true", "functional: !!python/object/apply:os.getcwd []", "is not allowed"),
    (
        "phrases.yaml",
        '"the hardness of {source}", zh',
        '"the hardness of {subject}", zh',
        "unknown placeholder '{subject}'",
    ),
    (
        "phrases.yaml",
        '"{subject} contains {object}"',
        '"{subject.id} contains {object}"',
        "unknown placeholder '{subject.id}'",
    ),
    ("phrases.yaml", '"{subject} contains {object}"', '"{subject!r} contains {object}"', "unknown placeholder"),
    ("phrases.yaml", '"{low} to {high} on the', '"{low} to {top} on the', "unknown placeholder '{top}'; write one of:"),
    ("phrases.yaml", '"{subject} may be {object}"', '"{subject} may be {object"', "do not match"),
    ("phrases.yaml", 'en: "shades of {target}", ', "", "SHADE_OF: has no text in 'en'"),
    ("phrases.yaml", "en: Test data; not", "fr: Test data; not", None),
    ("rules.yaml", "id: dust", "id: store-apart", "the rule 'store-apart' stands twice"),
    ("rules.yaml", "  - id: dust\n    kind: toxicity", "  - id: dust\n    kind: dirt", "kind must be one of"),
    ("rules.yaml", "stored together: {reason}.", "stored together: {cause}.", "unknown placeholder '{cause}'"),
    (
        "rules.yaml",
        "{fact: CARRIES_HAZARD, objects: [toxic dust]}",
        "{fact: CARRIES_HAZARD, objects: [dust]}",
        "'dust' names no Hazard",
    ),
    (
        "rules.yaml",
        "when: {fact: CARRIES_HAZARD, objects: [toxic dust]}",
        "when: [CARRIES_HAZARD]",
        "when: Input should be",
    ),
    ("rules.yaml", "    management:\n      en: Wash your", "    advice:\n      en: Wash your", "unknown key"),
    ("golden.yaml", "id: reverse-zh", "id: lookup-zh", "the case 'lookup-zh' stands twice"),
    ("golden.yaml", "outcome: PREMISE_REFUTED", "outcome: refuted", "should match pattern"),
    ("golden.yaml", "    language: en", "    tongue: en", "unknown key"),
    ("golden.yaml", "entities: [cubic]", "entities: [cube]", "'cube' names no"),
    ("golden.yaml", "pyrite, CRYSTALLISES_IN, cubic", "pyrite, CRYSTALLISES_IN, trigonal", "which no table states"),
    ("golden.yaml", "fluorite, CRYSTALLISES_IN", "fluorite, GROWS_AS", "unknown relation 'GROWS_AS'"),
    (
        "golden.yaml",
        "findings: [store-apart]",
        "findings: [burns]",
        "unknown rule 'burns'; write one of: dust, store-apart",
    ),
    ("pack.toml", 'id = "minerals"', 'id = "Minerals"', "should match pattern"),
    ("pack.toml", 'id = "minerals"', "id = ", "is not TOML"),
    ("pack.toml", 'version = "0.0.1"', 'versions = "0.0.1"', "unknown key"),
    ("pack.toml", 'reference_language = "en"', 'reference_language = "la"', "not one of languages"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), REPLACED)
def test_a_fault_is_reported_where_it_stands(copy: Path, file: str, old: str, new: str, said: str | None) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    line = text[: text.index(old)].count("\n") + 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    faults = check(copy)
    if said is None:
        assert faults == ()
        return
    matching = [fault for fault in faults if said in fault]
    assert matching, faults
    at = int(matching[0].split(":")[1])
    assert matching[0].startswith(f"{file}:")
    # A quotation mark that never closes and a bracket are noticed where they end.
    assert at == line or "is not" in said


APPENDED = [
    ("names/names.csv", "calcite,rock salt,en,alias,handbook", "'rock salt' names both 'halite' and 'calcite'"),
    ("names/names.csv", "calcite,Fool's Gold,en,alias,handbook", "mark it collective or remove it"),
    (
        STORAGE,
        "oxidisers,CLASHES_WITH,combustible sulfides,explosion,handbook,chapter storage,single-source",
        "says the same",
    ),
    ("entities/minerals.csv", "a b,Mineral,x,,,,handbook", "does not match"),
]


@pytest.mark.parametrize(("file", "row", "said"), APPENDED)
def test_a_faulty_row_is_reported_with_its_line(copy: Path, file: str, row: str, said: str) -> None:
    path = copy / file
    number = len(lines(path))
    path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8")
    assert any(fault.startswith(f"{file}:{number}: ") and said in fault for fault in check(copy)), check(copy)


def test_homophones_are_no_fault(copy: Path) -> None:
    path = copy / ENTITIES
    path.write_text(path.read_text(encoding="utf-8").replace("yíng shí", "shí yīng"), encoding="utf-8")
    assert check(copy) == ()


def test_an_ambiguous_reference_asks_for_an_id(copy: Path) -> None:
    path = copy / "entities/values.csv"
    path.write_text(path.read_text(encoding="utf-8") + "gold,Colour,native sulfur,金色,,handbook\n", encoding="utf-8")
    names = copy / "names/names.csv"
    number = len(lines(names))
    names.write_text(
        names.read_text(encoding="utf-8") + "native sulfur,brimstone,en,alias,handbook\n", encoding="utf-8"
    )
    expected = f"names/names.csv:{number}: entity 'native sulfur' is ambiguous; write one of the ids sulfur, gold"
    assert check(copy) == (expected,)


def test_an_id_is_taken_for_a_name(copy: Path) -> None:
    path = copy / PROPERTIES
    path.write_text(
        path.read_text(encoding="utf-8").replace(
            "pyrite,CONTAINS_ELEMENT,sulfur", "pyrite,CONTAINS_ELEMENT,element-sulfur"
        ),
        encoding="utf-8",
    )
    assert check(copy) == ()


def recode(encoding: str) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        path.write_bytes(path.read_text(encoding="utf-8").encode(encoding))

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (recode("utf-16"), "entities/minerals.csv:1: is UTF-16 (byte 0); save it as UTF-8"),
        (recode("gb18030"), "entities/minerals.csv:2: byte 65 (0xa8) is not UTF-8; save the file as UTF-8"),
        (lambda path: path.write_bytes(b""), "entities/minerals.csv:1: is empty; write the header id,type,en,source"),
    ],
)
def test_wrong_encodings_are_named_with_the_byte(copy: Path, change: Callable[[Path], object], said: str) -> None:
    change(copy / ENTITIES)
    assert said in check(copy)


@pytest.mark.parametrize(
    "file", ["pack.toml", "schema.yaml", "sources.csv", "lexicon.yaml", "phrases.yaml", "rules.yaml", "golden.yaml"]
)
def test_a_missing_file_is_named(copy: Path, file: str) -> None:
    (copy / file).unlink()
    assert any(fault.startswith(f"{file}:1: the file is missing") for fault in check(copy))


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    (fault,) = check(tmp_path / "nowhere")
    assert "is not a folder; name the folder of a pack" in fault


def test_links_out_of_the_folder_are_not_followed(copy: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    shutil.move(copy / STORAGE, secret)
    (copy / STORAGE).symlink_to(secret)
    assert check(copy) == (f"{STORAGE}:1: leads out of the pack's folder; copy the file into the pack",)


def test_a_linked_folder_is_not_followed(copy: Path, tmp_path: Path) -> None:
    shutil.move(copy / "names", tmp_path / "names")
    (copy / "names").symlink_to(tmp_path / "names")
    assert check(copy) == ("names:1: leads out of the pack's folder; copy the files into the pack",)


def test_a_loop_of_links_is_said(copy: Path) -> None:
    (copy / STORAGE).unlink()
    (copy / STORAGE).symlink_to(copy / STORAGE)
    (fault,) = check(copy)
    assert fault.startswith(f"{STORAGE}:1: ")


def test_stray_files_among_the_tables_are_said(copy: Path) -> None:
    (copy / "facts/storage.xlsx").write_bytes(b"PK")
    assert check(copy) == ("facts/storage.xlsx:1: is not a *.csv file; facts/ holds only such files",)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: &x [1]\nb: *x\n", "lexicon.yaml:2: uses the alias *x"),
        ("[" * 5000 + "]" * 5000, "lexicon.yaml:1: is nested deeper than"),
        ("a: 1\n\tb: 2\n", "lexicon.yaml:2: is not YAML"),
        ("- one\n- two\n", "lexicon.yaml:1: must be a mapping at the top"),
        ("? [a, b]\n: c\n", "lexicon.yaml:1: a key must be plain text"),
    ],
)
def test_hostile_yaml_is_refused(copy: Path, text: str, said: str) -> None:
    (copy / "lexicon.yaml").write_text(text, encoding="utf-8")
    assert any(fault.startswith(said) for fault in check(copy)), check(copy)


def test_words_that_old_yaml_takes_for_booleans_stay_words(copy: Path) -> None:
    from kg.pack.read import read_pack

    (copy / "lexicon.yaml").write_text("neutral: {no: [yes, no, on, 2020-01-01]}\n", encoding="utf-8")
    assert read_pack(copy).lexicon == {"neutral": {"no": ["yes", "no", "on", "2020-01-01"]}}


def test_all_faults_are_reported_at_once(copy: Path) -> None:
    for file, old, new, _ in (REPLACED[4], REPLACED[7], REPLACED[24]):
        path = copy / file
        path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    files = {fault.split(":")[0] for fault in check(copy)}
    assert {"sources.csv", ENTITIES, PROPERTIES} <= files


FILES = sorted(path.relative_to(MINERALS).as_posix() for path in MINERALS.rglob("*.*"))
DAMAGE = [
    "[",
    "]",
    "{",
    "}",
    '"',
    ",",
    ": ",
    "- ",
    "\n",
    "5",
    "null",
    "{a: 1}",
    "[[1]]",
    "*x",
    "&x ",
    "!!set ",
    "\ufeff",
    "é",
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(FILES), st.integers(0, 4000), st.sampled_from(DAMAGE), st.integers(0, 30))
def test_damage_is_a_fault_or_none_but_never_a_crash(file: str, at: int, put: str, cut: int) -> None:
    with TemporaryDirectory() as folder:
        copy = shutil.copytree(MINERALS, Path(folder) / "copy")
        text = (copy / file).read_text(encoding="utf-8")
        (copy / file).write_text(text[: at % len(text)] + put + text[at % len(text) + cut :], encoding="utf-8")
        assert all(fault.count(":") >= 2 for fault in check(copy))
