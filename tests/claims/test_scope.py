"""How something is stated: denials, doubts, questions, conditions, quantifiers, editions and strength."""

import pytest

from reasoning.claims.drafts import SentenceKind
from reasoning.domain import Domain
from tests.claims.parts import drafts, kinds, said

SCOPED = [
    ("人参不归肾经。", {"¬人参 ENTERS_CHANNEL 肾经"}),
    ("附子并非无毒。", {"¬附子 HAS_TOXICITY 无毒"}),
    ("附子无毒。", {"附子 HAS_TOXICITY 无毒"}),
    ("麻黄汤主治无汗。", {"麻黄汤 TREATS 无汗"}),
    ("甘草不反海藻。", {"¬甘草 INCOMPATIBLE_WITH 海藻"}),
    ("附子和半夏不是不能同用。", {"¬附子 INCOMPATIBLE_WITH 半夏"}),
    ("附子与半夏同用没有任何风险。", {"¬附子 INCOMPATIBLE_WITH 半夏"}),
    ("附子和半夏一起用，没问题。", {"¬附子 INCOMPATIBLE_WITH 半夏"}),
    ("白术能燥湿，但不能治疗头痛。", {"白术 HAS_FUNCTION 燥湿", "¬白术 TREATS 头痛"}),
    ("人参可能归肾经。", {"人参 ENTERS_CHANNEL 肾经"}),
    ("据说川芎可以治疗头痛。", {"川芎 TREATS 头痛"}),
    ("附子很安全，没有副作用。", {"附子 HAS_TOXICITY · quantifier=none"}),
    ("所有补气药都归脾经。", {"补气药 ENTERS_CHANNEL 脾经 quantifier=all"}),
    ("2015年版药典规定甘草煎服2～10g。", {"甘草 HAS_DOSE 煎服 2~10g edition=2015"}),
    ("临床研究证实川芎可治疗头痛。", {"川芎 TREATS 头痛 strength=trial"}),
    ("川芎可以根治头痛。", {"川芎 TREATS 头痛 strength=review"}),
    ("Fu Zi is not only toxic.", {"附子 HAS_TOXICITY 有毒"}),
    ("Chuanxiong is clinically proven to treat headache.", {"川芎 TREATS 头痛 strength=trial"}),
    ("According to the 2015 edition, Fu Zi is toxic.", {"附子 HAS_TOXICITY 有毒 edition=2015"}),
]


@pytest.mark.parametrize(("text", "expected"), SCOPED, ids=[text for text, _ in SCOPED])
def test_scope_is_read(text: str, expected: set[str], herbal: Domain) -> None:
    assert said(text, herbal) == expected


@pytest.mark.parametrize(
    "text",
    ["附子有毒吗？", "怀孕了能不能用红花？", "Is ginseng toxic?", "请问附子是否有毒？", "What does ginseng treat?"],
)
def test_a_question_states_nothing(text: str, herbal: Domain) -> None:
    assert not said(text, herbal)
    assert kinds(text, herbal) == [SentenceKind.NON_FACTUAL]


@pytest.mark.parametrize(
    "text",
    [
        "如果附子和半夏同用，会增强毒性。",
        "附子不一定有毒。",
        "制川乌比川乌毒性小。",
        "附子炮制后无毒。",
        "大剂量时附子有毒。",
        "Ginseng is not necessarily toxic.",
        "If ginseng is combined with veratrum, it is toxic.",
        "After processing, Fu Zi is not toxic.",
    ],
)
def test_what_is_open_or_holds_on_a_condition_is_not_stated(text: str, herbal: Domain) -> None:
    assert not said(text, herbal)
    assert kinds(text, herbal) == [SentenceKind.FACTUAL]
    assert {draft.verdict for draft in drafts(text, herbal)} == {"not_checkable"}


def test_that_nothing_is_reported_is_no_evidence(herbal: Domain) -> None:
    (draft,) = drafts("未见附子与华法林相互作用的报道。", herbal)
    assert draft.negated
    assert draft.reason == "absence_is_not_evidence"


def test_a_cue_that_neither_warns_nor_allows_states_nothing(herbal: Domain) -> None:
    assert not said("附子与半夏同用。", herbal)
