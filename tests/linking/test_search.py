"""Search and near names: what is offered to a person, in which order."""

import pytest

from kg.linking.index import NameIndex, build_index
from kg.linking.search import near, search
from kg.model import Entity, Name, NameKind

WORLD = [
    Entity("gancao", "Herb", (Name("甘草", "zh"), Name("gān cǎo", "zh-Latn"), Name("licorice root", "en"))),
    Entity("zhigancao", "Herb", (Name("炙甘草", "zh"), Name("zhì gān cǎo", "zh-Latn"))),
    Entity("gancaotang", "Formula", (Name("甘草汤", "zh"), Name("gān cǎo tāng", "zh-Latn"))),
    Entity("gansui", "Herb", (Name("甘遂", "zh"), Name("gān suì", "zh-Latn"))),
    Entity("ginseng", "Herb", (Name("人参", "zh"), Name("rén shēn", "zh-Latn"), Name("ginseng", "en"))),
    Entity("laogan", "Herb", (Name("老干", "zh"), Name("甘草", "zh", NameKind.COLLECTIVE))),
]


@pytest.fixture(scope="module")
def index() -> NameIndex:
    return build_index(WORLD)


@pytest.mark.parametrize(
    ("query", "entities"),
    [
        ("甘草", ["gancao", "laogan", "gancaotang", "zhigancao"]),
        ("甘", ["gancao", "gansui", "gancaotang", "laogan", "zhigancao"]),
        ("GAN CAO", ["gancao", "gancaotang", "zhigancao"]),
        ("gs", ["gansui"]),
        ("rs", ["ginseng"]),
        ("licor", ["gancao"]),
        ("root", ["gancao"]),
        ("人參", ["ginseng"]),
        ("nothing", []),
        ("", []),
        ("  ", []),
    ],
)
def test_the_best_comes_first(query: str, entities: list[str], index: NameIndex) -> None:
    assert [hit.entity for hit in search(query, index)] == entities


def test_types_and_limit_narrow(index: NameIndex) -> None:
    assert [hit.entity for hit in search("甘草", index, types=["Formula"])] == ["gancaotang"]
    assert [hit.entity for hit in search("甘草", index, limit=1)] == ["gancao"]
    assert search("甘草", index, limit=0) == ()


def test_scores_fall_and_stay_within_bounds(index: NameIndex) -> None:
    scores = [hit.score for query in ("甘", "甘草", "gan") for hit in search(query, index)]
    assert all(0 < score <= 1 for score in scores)


@pytest.mark.parametrize(
    ("query", "offered"),
    [("甘芘", "甘草"), ("ginsing", "ginseng"), ("gan cap", "gān cǎo"), ("人参草", "人参"), ("甘草根汤", "甘草汤")],
)
def test_near_names_are_offered(query: str, offered: str, index: NameIndex) -> None:
    assert offered in [hit.label for hit in near(query, index)]


@pytest.mark.parametrize("query", ["龙须黄精", "moonleaf", "x", "", "123"])
def test_nothing_is_offered_for_what_is_like_no_name(query: str, index: NameIndex) -> None:
    assert near(query, index) == ()
