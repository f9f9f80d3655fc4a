"""The scorer reads hand-written texts, right and wrong, without help of what it measures."""

import pytest

from reasoning.domain import Domain
from reasoning.evaluation.questions import read_questions
from reasoning.evaluation.scoring import Score, Scorer
from reasoning.evaluation.significance import bootstrap, mcnemar, percentile


def scored(domain: Domain, case: str, text: str) -> Score:
    cases = {each.id: each for each in read_questions(domain.pack)}
    return Scorer(domain.pack).score(cases[case], text)


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("lookup-en-001", "Pyrite consists of iron and sulfur."),
        ("lookup-en-001", "黄铁矿含铁和硫[1]。"),
        ("lookup-en-001", "Iron, sulfur. It contains no lead."),
        ("reverse-zh-001", "方铅礦含铅。注意粉尘有害。"),
        ("count-en-001", "There are 4 such minerals[1]."),
        ("count-en-001", "一共有四种。"),
        ("count-en-001", "Each weighs 5 g. There are 4 in all."),
        ("count-en-001", "Four: fluorite, halite, pyrite and galena are cubic."),
        ("yes-zh-001", "不可以，钾硝石与黄铁矿须分开存放。"),
        ("yes-zh-001", "钾硝石与黄铁矿不可同放。"),
        ("numeric-en-001", "The hardness of pyrite is 6–6.5 mohs."),
        ("invented-en-001", "The graph does not hold anything called kryptonite."),
        ("premise-en-001", "Pyrite is not trigonal; it is cubic."),
        ("premise-en-001", "Pyrite crystallises in the cubic system."),
        ("ambiguous-zh-001", "请问您是指钾硝石还是钠硝石？"),
        ("emergency-en-001", "Call the local emergency number now."),
    ],
)
def test_right_texts(minerals: Domain, case: str, text: str) -> None:
    found = scored(minerals, case, text)
    assert found.exact, found
    assert not found.wrong
    assert not found.unsupported


@pytest.mark.parametrize(
    ("case", "text"),
    [
        ("lookup-en-001", "Pyrite consists of iron, sulfur and lead."),
        ("lookup-en-001", "It is made of calcium."),
        ("reverse-zh-001", "含铅的是辉锑矿。"),
        ("count-en-001", "There are 5 such minerals."),
        ("yes-zh-001", "可以，没有问题。"),
        ("yes-zh-001", "钾硝石与黄铁矿可以同放。"),
        ("numeric-en-001", "The hardness of pyrite is 3 mohs."),
        ("invented-en-001", "Kryptonite is green and purple."),
        ("premise-en-001", "Because its atoms are arranged so, pyrite is trigonal."),
        ("ambiguous-zh-001", "硝石具有氧化性。"),
        ("emergency-en-001", "Galena contains lead."),
    ],
)
def test_wrong_texts(minerals: Domain, case: str, text: str) -> None:
    found = scored(minerals, case, text)
    assert not found.exact
    assert found.wrong
    assert found.hallucinated


def test_an_incomplete_answer_is_neither_exact_nor_made_up(minerals: Domain) -> None:
    found = scored(minerals, "lookup-en-001", "Pyrite contains iron.")
    assert (found.exact, found.wrong, found.hallucinated) == (False, False, False)
    assert (found.true_positives, found.told, found.gold) == (1, 1, 2)


def test_silence_on_a_good_question_is_abstention(minerals: Domain) -> None:
    for text in ("The graph does not say.", ""):
        found = scored(minerals, "lookup-en-001", text)
        assert (found.abstained, found.wrong, found.exact) == (True, False, False)


def test_right_answers_may_stand_beside_unsupported_sentences(minerals: Domain) -> None:
    found = scored(minerals, "lookup-en-001", "Pyrite contains iron and sulfur. Galena is purple.")
    assert found.exact
    assert found.hallucinated
    assert found.unsupported == ("galena is purple.",)


def test_amounts_need_a_fact(minerals: Domain) -> None:
    assert not scored(minerals, "lookup-en-001", "Pyrite has iron and sulfur, 6.5 mohs.").unsupported
    assert scored(minerals, "lookup-en-001", "Pyrite has iron and sulfur, 9 mohs.").unsupported


def test_missing_warnings_are_omissions(minerals: Domain) -> None:
    assert scored(minerals, "reverse-zh-001", "方铅矿含铅。").omitted == ("dust",)
    assert not scored(minerals, "reverse-zh-001", "方铅矿含铅。粉尘有害。").omitted


def test_statistics() -> None:
    low, high = bootstrap([1.0] * 80 + [0.0] * 20)
    assert 0.68 < low < 0.8 < high < 0.9
    assert bootstrap([]) == (0, 0)
    assert mcnemar([True] * 10, [True] * 10) == pytest.approx(1)
    assert mcnemar([True] * 6 + [False], [False] * 6 + [False]) == pytest.approx(2 / 64)
    assert mcnemar([True, False], [False, True]) == pytest.approx(1)
    assert percentile([4, 1, 3, 2], 0.5) == pytest.approx(2.5)
    assert percentile([], 0.5) == pytest.approx(0)
