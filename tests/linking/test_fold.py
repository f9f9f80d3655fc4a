"""Folding: spellings that are equal, spellings that are not, and the way back to the text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.linking.fold import fold, fold_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Gān-cǎo", "gan cao"),
        ("GANCAO", "gan  cao"),
        ("nǚ zhēn zǐ", "nu zhen zi"),
        ("当归", "當歸"),
        ("乾薑", "干姜"),
        ("Ｇｉｎｇｅｒ", "ginger"),
        ("fool's gold", "Fool’s Gold"),
        ("café", "cafe\u0301"),
        ("甘\u200b草", "甘草"),
        ("ﬂuorite", "fluorite"),
        ("  quartz ", "quartz"),
    ],
)
def test_spellings_of_one_name_fold_alike(one: str, other: str) -> None:
    assert fold_key(one) == fold_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("白 术", "白术"),  # a list of characters is no name
        ("gan, cao", "gan cao"),
        ("gan - cao", "gan cao"),
        ("c++", "c"),
        ("й", "и"),
        ("が", "か"),
    ],
)
def test_what_is_not_a_spelling_stays_apart(one: str, other: str) -> None:
    assert fold_key(one) != fold_key(other)


def test_spans_lead_back_to_the_text() -> None:
    text = "用 Gān-cǎo 与 ㎎"
    folded = fold(text)
    start = folded.text.index("gancao")
    assert text[slice(*folded.span(start, start + 6))] == "Gān-cǎo"
    start = folded.text.index("mg")
    assert text[slice(*folded.span(start, start + 2))] == "㎎"


@given(st.text())
def test_every_folded_character_has_its_place(text: str) -> None:
    folded = fold(text)
    assert len(folded.text) == len(folded.starts) == len(folded.ends)
    assert list(folded.starts) == sorted(folded.starts)
    assert all(0 <= s < e <= len(text) for s, e in zip(folded.starts, folded.ends, strict=True))


@given(st.text(), st.text(), st.text())
def test_a_name_folds_the_same_within_a_sentence(before: str, name: str, after: str) -> None:
    # Separated by full stops, which neither join nor compose.
    assert fold(f"{before}。{name}。{after}").text == "。".join(fold(part).text for part in (before, name, after))
