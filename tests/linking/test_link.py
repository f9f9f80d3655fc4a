"""Linking on a small made-up world: which names are found, what they mean, what is left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.linking.index import NameIndex, build_index
from kg.linking.link import Match, link
from kg.model import Entity, Name, NameKind

ALIAS, COLLECTIVE = NameKind.ALIAS, NameKind.COLLECTIVE


def entity(identity: str, kind: str, *names: tuple[str, str] | tuple[str, str, NameKind]) -> Entity:
    return Entity(identity, kind, tuple(Name(*name[:2], *name[2:]) for name in names))


WORLD = [
    entity("gancao", "Herb", ("甘草", "zh"), ("gān cǎo", "zh-Latn"), ("licorice root", "en"), ("国老", "zh", ALIAS)),
    entity("zhigancao", "Herb", ("炙甘草", "zh"), ("zhì gān cǎo", "zh-Latn"), ("honey-fried licorice root", "en")),
    entity("gansui", "Herb", ("甘遂", "zh"), ("gān suì", "zh-Latn")),
    entity("sweet", "Taste", ("甘", "zh"), ("gān", "zh-Latn"), ("sweet", "en")),
    entity("bohe", "Herb", ("薄荷", "zh"), ("bò he", "zh-Latn"), ("mint", "en")),
    entity("peppermint-oil", "Herb", ("薄荷油", "zh"), ("peppermint oil", "en")),
    entity("chuanbei", "Herb", ("川贝母", "zh"), ("贝母", "zh", COLLECTIVE), ("fritillaria", "en", COLLECTIVE)),
    entity("zhebei", "Herb", ("浙贝母", "zh"), ("贝母", "zh", COLLECTIVE), ("fritillaria", "en", COLLECTIVE)),
    entity("general", "Herb", ("大黄", "zh"), ("dà huáng", "zh-Latn"), ("将军", "zh", COLLECTIVE)),
    entity("banxia", "Herb", ("半夏", "zh"), ("bàn xià", "zh-Latn")),
    entity(
        "houpo-decoction",
        "Formula",
        ("半夏厚朴汤", "zh"),
    ),
    entity("zhibanxia", "Herb", ("制半夏", "zh")),
    entity("shanyao", "Herb", ("山药", "zh"), ("shān yào", "zh-Latn")),
    entity("shanyaoqi", "Herb", ("善药", "zh"), ("shàn yào", "zh-Latn")),
    entity("nuzhenzi", "Herb", ("女贞子", "zh"), ("nǚ zhēn zǐ", "zh-Latn")),
    entity("lily", "Herb", ("百合", "zh"), ("bǎi hé", "zh-Latn")),
    entity("harmony", "Function", ("和", "zh"), ("hé", "zh-Latn"), ("harmonise", "en")),
    entity("ada", "Language", ("Ada", "en"), ("C++", "en", ALIAS)),
    entity("ada-lovelace", "Person", ("ADA", "en", ALIAS), ("Lovelace", "en")),
    entity("jiayao", "Herb", ("丹参", "zh"), ("丹葠", "zh", ALIAS)),
    entity("aiye", "Herb", ("艾叶", "zh"), ("ài yè", "zh-Latn")),
    entity("water", "Symptom", ("水肿", "zh"), ("edema", "en")),
    entity("water-disease", "Disease", ("水肿", "zh")),
    entity("sanqi", "Herb", ("三七", "zh"), ("Panax notoginseng", "la", NameKind.BOTANICAL)),
    entity("sanqi-plant", "Species", ("三七（植物）", "zh"), ("Panax notoginseng", "la")),
]


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return build_index(WORLD)


def found(text: str, index: NameIndex) -> list[tuple[str, list[str]]]:
    return [(m.text, [c.entity for c in m.candidates]) for m in link(text, index).mentions]


@pytest.mark.parametrize(
    ("text", "mention", "entities"),
    [
        ("甘草有什么功效？", "甘草", ["gancao"]),
        ("炙甘草和生姜", "炙甘草", ["zhigancao"]),
        ("国老是什么", "国老", ["gancao"]),
        ("What is Licorice Root?", "Licorice Root", ["gancao"]),
        ("two licorice roots", "licorice root", ["gancao"]),
        ("the licorice root's taste", "licorice root", ["gancao"]),
        ("honey fried licorice root", "honey fried licorice root", ["zhigancao"]),
        ("what is gan cao for", "gan cao", ["gancao"]),
        ("what is gancao for", "gancao", ["gancao"]),
        ("what is Gān-cǎo for", "Gān-cǎo", ["gancao"]),
        ("what is gan1cao3 for", "gan1cao3", ["gancao"]),
        ("what is gan1 cao3 for", "gan1 cao3", ["gancao"]),
        ("甘草mint甘草", "mint", ["bohe"]),
        ("用薄荷油", "薄荷油", ["peppermint-oil"]),
        ("贝母的功效", "贝母", ["chuanbei", "zhebei"]),
        ("what is Fritillaria", "Fritillaria", ["chuanbei", "zhebei"]),
        ("将军有毒吗", "将军", ["general"]),
        ("nü zhen zi", "nü zhen zi", ["nuzhenzi"]),
        ("tell me about nv zhen zi", "nv zhen zi", ["nuzhenzi"]),
        ("tell me about nǚ zhēn zǐ", "nǚ zhēn zǐ", ["nuzhenzi"]),
        ("does shan yao help", "shan yao", ["shanyao", "shanyaoqi"]),
        ("does shān yào help", "shān yào", ["shanyao"]),
        ("does shàn yao help", "shàn yao", ["shanyaoqi"]),
        ("hé", "hé", ["harmony"]),
        ("he", "he", ["harmony"]),
        ("what is hé", "hé", ["harmony"]),
        ("what is ai ye", "ai ye", ["aiye"]),
        ("aiye", "aiye", ["aiye"]),
        ("水肿怎么办", "水肿", ["water", "water-disease"]),
        ("what is Ada", "Ada", ["ada"]),
        ("who is ADA", "ADA", ["ada", "ada-lovelace"]),
        ("why C++?", "C++", ["ada"]),
        ("制半夏厚朴汤", "半夏厚朴汤", ["houpo-decoction"]),
        ("甘\u200b草", "甘\u200b草", ["gancao"]),
        ("🌿甘草🌿", "甘草", ["gancao"]),
        ("\u202e甘草\u202c", "甘草", ["gancao"]),
    ],
)
def test_a_name_is_found(text: str, mention: str, entities: list[str], index: NameIndex) -> None:
    assert (mention, entities) in found(text, index)


@pytest.mark.parametrize(
    "text",
    [
        "peppermint tea",  # mint
        "minty",
        "sweetness",
        "he said",  # hé
        "began caoutchouc",  # gan cao
        "ganc ao",
        "gan, cao",
        "gàn cǎo",  # another tone is another name
        "gan cai",
        "lic orice root",
        "see aiye here",  # too short to be surely pinyin when written as one word
        "licoriceroots1",
        "",
        "   ",
        "?!",
        "白 合",
    ],
)
def test_what_is_no_name_is_left_alone(text: str, index: NameIndex) -> None:
    assert found(text, index) == []


def test_hits_keep_what_the_mention_covers(index: NameIndex) -> None:
    links = link("炙甘草", index)
    assert [m.text for m in links.mentions] == ["炙甘草"]
    assert [(m.text, m.candidates[0].entity) for m in links.hits] == [
        ("炙甘草", "zhigancao"),
        ("甘", "sweet"),
        ("甘草", "gancao"),
    ]


@pytest.mark.parametrize(
    ("text", "how"),
    [
        ("甘草", Match.EXACT),
        ("licorice root", Match.EXACT),
        ("Licorice Root", Match.FOLDED),
        ("國老", Match.ALIAS),
        ("gan cao", Match.PINYIN),
        ("gān cǎo", Match.PINYIN),
        ("貝母", Match.COLLECTIVE),
    ],
)
def test_it_is_said_how_a_name_was_found(text: str, how: Match, index: NameIndex) -> None:
    assert {c.how for c in link(text, index).mentions[0].candidates} == {how}


@pytest.mark.parametrize(
    ("text", "is_ambiguous"),
    [
        ("甘草", False),
        ("贝母", True),
        ("将军", True),  # collective: asks, though only one thing of that name is known
        ("水肿", True),
        ("shan yao", True),
        ("shān yào", False),
        ("Ada", False),  # as written it is a standard name
        ("丹葠", False),
    ],
)
def test_ambiguity(text: str, is_ambiguous: object, index: NameIndex) -> None:
    assert link(text, index).mentions[0].is_ambiguous is is_ambiguous


@pytest.mark.parametrize("text", ["Panax notoginseng", "panax notoginseng"])
def test_a_botanical_name_means_the_herb_as_much_as_the_plant(text: str, index: NameIndex) -> None:
    assert {c.entity for c in link(text, index).mentions[0].candidates} == {"sanqi", "sanqi-plant"}


def test_offsets_count_characters_of_the_text(index: NameIndex) -> None:
    text = "𠀀：Ｇａｎ－ｃａｏ，當歸與國老 and gān cǎo"
    for mention in link(text, index).mentions:
        assert text[mention.start : mention.end] == mention.text
    assert [m.text for m in link(text, index).mentions] == ["Ｇａｎ－ｃａｏ", "國老", "gān cǎo"]


def test_an_index_of_nothing_finds_nothing() -> None:
    assert link("甘草", build_index([])).mentions == ()


NAMES = [name.text for member in WORLD for name in member.names]


@given(st.lists(st.one_of(st.sampled_from(NAMES), st.text(max_size=12)), max_size=12).map("".join))
def test_any_text_is_linked_without_overlap(index: NameIndex, text: str) -> None:
    links = link(text, index)
    ends = 0
    for mention in links.mentions:
        assert mention.start >= ends
        assert text[mention.start : mention.end] == mention.text
        assert mention in links.hits
        ends = mention.end


@pytest.mark.parametrize("name", [n.text for m in WORLD for n in m.names])
def test_every_name_alone_finds_its_owner(name: str, index: NameIndex) -> None:
    owners = {m.id for m in WORLD for n in m.names if n.text == name}
    (mention,) = link(name, index).mentions
    assert owners <= {c.entity for c in mention.candidates}


@pytest.mark.parametrize("noise", ["甘", "gan cao ", "a\u0301\u0301" * 20, "\u202e", "((((", "licorice root ", "'- "])
def test_long_hostile_text_is_survived(noise: str, index: NameIndex) -> None:
    text = (noise * 4000)[:4000]
    assert all(m.end <= len(text) for m in link(text, index).hits)
