"""What is heard in a question: names, words, amounts, warnings, and what nothing explains."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reasoning.ask import language_of
from reasoning.domain import Domain
from reasoning.lexicon import TagKind
from reasoning.reading import Reading, read


def heard(text: str, domain: Domain) -> Reading:
    return read(text, domain.index, domain.lexicon, language_of(text))


def entities(reading: Reading) -> list[str]:
    return [identity for name in reading.named for identity in name.ids]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("heavy spar hardness", ["baryte"]),  # not the spar of several minerals
        ("smoky quartz or quartz", ["smoky-quartz", "quartz"]),
        ("pale purple", ["pale-purple"]),
        ("native sulfur contains sulfur", ["sulfur", "element-sulfur"]),
        ("fool's gold and lead glance", ["pyrite", "galena"]),
        ("紫水晶的颜色", ["amethyst"]),  # not the 水晶 in it
        ("淡紫色和紫色", ["pale-purple", "purple"]),
        ("硅孔雀石含硅吗", ["chrysocolla", "silicon"]),
        ("ROCK CRYSTAL, ｑｕａｒｔｚ", ["quartz", "quartz"]),
        ("QUARTZ's colour", ["quartz"]),
    ],
)
def test_the_longest_name_wins(text: str, named: list[str], minerals: Domain) -> None:
    reading = heard(text, minerals)
    assert entities(reading) == named
    assert reading.leftovers == ()


def test_a_longer_word_beats_a_name_in_it(minerals: Domain) -> None:
    reading = heard("黄铁矿为什么含铁", minerals)  # 为什么 is one word, not 什么 with something before it
    assert "why" in reading.operators()
    assert "which" not in reading.operators()


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("蓝萤石有什么颜色", "蓝萤石"),
        ("龙萤石的硬度", "龙萤石"),
        ("石英王的硬度", "石英王"),
        ("硬度 石英粉", "石英粉"),
        ("硫酸有什么颜色", "硫酸"),  # 硫 is a name of one character
        ("moon fluorite hardness", "moon fluorite"),
        ("moonfluorite hardness", "moonfluorite"),
        ("hardness of Moon Fluorite", "Moon Fluorite"),
        ("Fluorite Deluxe hardness", "Fluorite Deluxe"),
    ],
)
def test_an_invented_name_around_a_real_one_stays_whole(text: str, whole: str, minerals: Domain) -> None:
    reading = heard(text, minerals)
    assert entities(reading) == []
    assert [leftover.name for leftover in reading.leftovers] == [whole]


def test_a_plain_word_before_a_capitalised_name_is_no_part_of_it(minerals: Domain) -> None:
    assert entities(heard("hardness of tested Fluorite", minerals)) == ["fluorite"]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("龙须黄精有什么功效", "龙须黄精"),
        ("紫麻黄汤由哪些药组成", "紫麻黄汤"),
        ("moonlight ginseng", "moonlight ginseng"),
    ],
)
def test_an_invented_herb_stays_whole(text: str, whole: str, herbal: Domain) -> None:
    reading = heard(text, herbal)
    assert entities(reading) == []
    assert [leftover.name for leftover in reading.leftovers] == [whole]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("哪些矿物含硫？", ["element-sulfur"]),
        ("含铁吗", ["iron"]),
        ("硫、铅", ["element-sulfur", "lead"]),
        ("硫铁", ["element-sulfur", "iron"]),
        ("硫磺泉", []),
        ("平硫含什么", []),
        ("含铁矿", []),
    ],
)
def test_a_name_of_one_character_needs_neighbours_that_are_explained(
    text: str, named: list[str], minerals: Domain
) -> None:
    assert entities(heard(text, minerals)) == named


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [
        ("萤石有什么颜色", "螢石有什麼顏色"),
        ("黄铁矿含铁吗", "黃鐵礦含鐵嗎"),
        ("钾硝石和辉锑矿能放在一起吗", "鉀硝石和輝銻礦能放在一起嗎"),
    ],
)
def test_traditional_script_is_read_as_simplified_and_kept_as_typed(
    simplified: str, traditional: str, minerals: Domain
) -> None:
    one, other = heard(simplified, minerals), heard(traditional, minerals)
    assert entities(one) == entities(other) != []
    assert [word.tags for word in one.words] == [word.tags for word in other.words]
    assert other.named[0].text == traditional[other.named[0].start : other.named[0].end]


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("3 g of quartz", (3, 3, "g")),
        ("0.5kg quartz", (0.5, 0.5, "kg")),
        ("5-10 grams of quartz", (5, 10, "g")),
        ("5 to 10 g of quartz", (5, 10, "g")),
        ("２５ mcg quartz", (25, 25, "ug")),
        ("石英３～５克", (3, 5, "g")),
        ("石英7.5毫克", (7.5, 7.5, "mg")),
        ("两公斤不算，2公斤石英", (2, 2, "kg")),
        ("1至2毫升", (1, 2, "mL")),
    ],
)
def test_amounts_have_bounds_and_units(text: str, amount: tuple[float, float, str], minerals: Domain) -> None:
    (found,) = heard(text, minerals).amounts
    assert (found.quantity.low, found.quantity.high, found.quantity.unit) == amount


@pytest.mark.parametrize("text", ["quartz 7", "5gg quartz", "7 galena", "g quartz", "the 3rd quartz"])
def test_a_number_without_a_unit_is_no_amount(text: str, minerals: Domain) -> None:
    assert heard(text, minerals).amounts == ()


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("孩子误吞下石英怎么办", {"children"}),
        ("小孩子玩方铅矿", {"children"}),
        ("女儿童装旁的石英", {"children"}),
        ("children's quartz", {"children"}),
        ("What is the hardness of quartz?", set()),
    ],
)
def test_context_is_heard_inside_longer_words(text: str, context: set[str], minerals: Domain) -> None:
    assert set(heard(text, minerals).context) == context


def test_a_collective_name_is_ambiguous_and_lists_what_it_may_mean(minerals: Domain) -> None:
    (spar,) = heard("hardness of spar", minerals).named
    assert spar.is_ambiguous
    assert set(spar.ids) == {"calcite", "fluorite", "baryte"}


def test_a_word_may_signal_several_things(minerals: Domain) -> None:
    reading = heard("Which elements?", minerals)
    tags = {(tag.kind, tag.value) for word in reading.words for tag in word.tags}
    assert {(TagKind.RELATION, "CONTAINS_ELEMENT"), (TagKind.TYPE, "Element"), (TagKind.OPERATOR, "which")} <= tags


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "石英" * 2000,
        "quartz " * 571,
        "硫" * 4000,
        "萤" * 4000,
        "q" * 4000,
        "甲乙丙丁戊己庚辛" * 500,
        "as fsdf jkl " * 333,
        "💎" * 4000,
        "石英💎" * 1300,
        "\u202e\u2066quartz\u2069" * 400,
        "كوارتز " * 500,
        "\x00\x01\x1b[31m" * 500,
        "q\u0301\u200d\ufeff" * 1000,
        "1-" * 2000,
        "(" * 4000,
        "ﷺ" * 4000,
        "İ" * 4000,
        "",
        "\n\t ",
    ],
    ids=range(19),
)
def test_hostile_text_is_read_in_time(text: str, minerals: Domain) -> None:
    reading = heard(text, minerals)
    _require_sound(reading)
    assert len(reading.leftovers) <= 20
    assert all(len(leftover.name) <= 40 for leftover in reading.leftovers)


_PIECES = [
    "石英",
    "水晶",
    "硫",
    "spar",
    "quartz",
    "fool's gold",
    "颜色",
    "hardness",
    "误吞",
    "孩子",
    "3克",
    "5 to 6 g",
    "不",
]


def test_spans_are_in_order_inside_the_text_and_never_overlap(minerals: Domain) -> None:
    @settings(max_examples=150, deadline=None)
    @given(st.lists(st.one_of(st.sampled_from(_PIECES), st.text(max_size=8)), max_size=8).map("".join))
    def holds(text: str) -> None:
        _require_sound(heard(text, minerals))

    holds()


def _require_sound(reading: Reading) -> None:
    for group in (reading.named, reading.words, reading.amounts, reading.leftovers):
        spans = [(part.start, part.end) for part in group]
        assert spans == sorted(spans)
    spans = sorted(
        (part.start, part.end)
        for group in (reading.named, reading.words, reading.amounts, reading.leftovers)
        for part in group
    )
    assert all(0 <= start < end <= len(reading.text) for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    assert all(name.text == reading.text[name.start : name.end] for name in reading.named)
