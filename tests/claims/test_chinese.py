"""What Chinese prose states: every kind of relation, in the wording of textbooks, leaflets and conversation."""

import pytest

from reasoning.claims.drafts import SentenceKind
from reasoning.domain import Domain
from tests.claims.parts import drafts, kinds, said

STATED = [
    (
        "附子味辛、甘，性大热，有毒；归心、肾、脾经。",
        {
            "附子 HAS_FLAVOUR 辛",
            "附子 HAS_FLAVOUR 甘",
            "附子 HAS_NATURE 大热",
            "附子 HAS_TOXICITY 有毒",
            "附子 ENTERS_CHANNEL 心经",
            "附子 ENTERS_CHANNEL 肾经",
            "附子 ENTERS_CHANNEL 脾经",
        },
    ),
    ("麻黄发汗解表，宣肺平喘。", {"麻黄 HAS_FUNCTION 发汗解表", "麻黄 HAS_FUNCTION 宣肺平喘"}),
    ("川芎主治头痛，眩晕。", {"川芎 TREATS 头痛", "川芎 TREATS 眩晕"}),
    ("头痛可用川芎治疗。", {"川芎 TREATS 头痛"}),
    ("孕妇禁用附子。", {"附子 PREGNANCY_LEVEL 妊娠禁用"}),
    (
        "红花孕妇慎用，月经过多者忌用。",
        {"红花 PREGNANCY_LEVEL 妊娠慎用", "红花 CONTRAINDICATED_IN 月经过多者 level=avoid"},
    ),
    ("孕妇可以放心服用附子。", {"附子 PREGNANCY_LEVEL · quantifier=none"}),
    ("哺乳期妇女禁用番泻叶。", {"番泻叶 CONTRAINDICATED_IN 哺乳期妇女 level=forbidden"}),
    ("附子反半夏。", {"附子 INCOMPATIBLE_WITH 半夏"}),
    ("藜芦不能和人参一起用。", {"藜芦 INCOMPATIBLE_WITH 人参"}),
    ("人参与藜芦同用没有问题。", {"¬人参 INCOMPATIBLE_WITH 藜芦"}),
    ("附子没有任何配伍禁忌。", {"附子 INCOMPATIBLE_WITH · quantifier=none"}),
    ("丹参不宜与华法林合用。", {"丹参 INTERACTS_WITH 华法林"}),
    ("附子与华法林没有相互作用。", {"¬附子 INTERACTS_WITH 华法林"}),
    ("服用人参时忌食萝卜。", {"人参 AVOID_FOOD 萝卜"}),
    ("甘草煎服2～10克。", {"甘草 HAS_DOSE 煎服 2~10g"}),
    ("附子用量每日不超过15克。", {"附子 HAS_DOSE 煎服 ~15g/adult_daily"}),
    ("附子用30克。", {"附子 HAS_DOSE 煎服 30~30g"}),
    ("成人每天吃三钱甘草。", {"甘草 HAS_DOSE 煎服 9~9g/adult_daily"}),
    ("薄荷应后下，石膏应先煎。", {"薄荷 DECOCTION_RULE 后下", "石膏 DECOCTION_RULE 先煎"}),
    ("制川乌由川乌炮制而成。", {"制川乌 PREPARED_FROM 川乌"}),
    ("川乌炮制成制川乌。", {"制川乌 PREPARED_FROM 川乌"}),
    (
        "麻黄汤由麻黄、桂枝、杏仁、甘草组成。",
        {
            "麻黄汤 HAS_MEMBER 麻黄",
            "麻黄汤 HAS_MEMBER 桂枝",
            "麻黄汤 HAS_MEMBER 苦杏仁",
            "麻黄汤 HAS_MEMBER 甘草",
            "麻黄汤 HAS_MEMBER · 4~4 quantifier=count",
        },
    ),
    ("麻黄汤由四味药组成。", {"麻黄汤 HAS_MEMBER · 4~4 quantifier=count"}),
    (
        "麻黄汤中麻黄为君，桂枝为臣。",
        {"麻黄汤 HAS_MEMBER 麻黄 role=monarch", "麻黄汤 HAS_MEMBER 桂枝 role=minister"},
    ),
    ("四君子汤不含黄芪。", {"¬四君子汤 HAS_MEMBER 黄芪"}),
    ("小柴胡汤出自《伤寒论》。", {"小柴胡汤 RECORDED_IN 伤寒论"}),
    ("石膏与知母相须为用。", {"石膏 REINFORCES 知母"}),
    ("人参恶莱菔子。", {"人参 WEAKENED_BY 莱菔子"}),
    ("莱菔子能削弱人参的药力。", {"人参 WEAKENED_BY 莱菔子"}),
    ("朱砂属于医疗用毒性药品。", {"朱砂 REGULATED_AS 医疗用毒性药品"}),
    ("关木通易与川木通混淆。", {"关木通 CONFUSED_WITH 川木通"}),
    ("三七主产于云南、广西。", {"三七 GROWN_IN 云南", "三七 GROWN_IN 广西"}),
    ("金银花采收期为夏初。", {"金银花 HARVESTED_IN 夏初"}),
    ("三七水分不得过14.0%。", {"三七 QUALITY_LIMIT 水分 ~14%"}),
    (
        "黄连含小檗碱，小檗碱不得少于5.5%。",
        {"黄连 CONTAINS_COMPOUND 小檗碱", "黄连 ASSAY_LIMIT 小檗碱 5.5~%"},
    ),
]


@pytest.mark.parametrize(("text", "expected"), STATED, ids=[text for text, _ in STATED])
def test_what_is_stated_is_read(text: str, expected: set[str], herbal: Domain) -> None:
    assert expected <= said(text, herbal)
    assert not [claim for claim in said(text, herbal) - expected if "MEMBER_DOSE" not in claim]


def test_a_subject_left_out_is_the_one_spoken_of(herbal: Domain) -> None:
    text = "附子：\n味辛、甘，大热。本品归心经。其有毒。"
    assert "附子 HAS_NATURE 大热" in said(text, herbal)
    assert "附子 ENTERS_CHANNEL 心经" in said(text, herbal)
    assert "附子 HAS_TOXICITY 有毒" in said(text, herbal)


def test_after_several_things_a_pronoun_is_not_guessed(herbal: Domain) -> None:
    assert said("附子与干姜都大热。本品归肺经。", herbal) == {"附子 HAS_NATURE 大热", "干姜 HAS_NATURE 大热"}


def test_coordinated_subjects_each_get_a_claim(herbal: Domain) -> None:
    assert said("桂枝、白芍均归肝经。", herbal) == {"桂枝 ENTERS_CHANNEL 肝经", "白芍 ENTERS_CHANNEL 肝经"}


def test_a_longer_invented_name_is_not_read_as_the_name_inside_it(herbal: Domain) -> None:
    for text in ("新麻黄汤主治咳嗽。", "龙须黄精味甘。", "加味四君子汤出自《伤寒论》。"):
        assert all(not draft.subject for draft in drafts(text, herbal)), text


def test_an_unknown_object_is_named_not_dropped(herbal: Domain) -> None:
    (draft,) = drafts("川芎主治量子纠缠症。", herbal)
    assert draft.predicate == "TREATS"
    assert draft.reason == "unlinked"
    assert draft.about.startswith("量子")


def test_an_ambiguous_name_asks_with_its_candidates(herbal: Domain) -> None:
    (draft,) = drafts("贝母归肺经。", herbal)
    assert draft.reason == "ambiguous"
    assert not draft.subject
    assert len(draft.about.split("\n")) > 2


def test_a_sentence_about_nothing_of_the_domain_is_non_factual(herbal: Domain) -> None:
    assert kinds("今天天气不错。会议定于周五下午举行。", herbal) == [SentenceKind.NON_FACTUAL] * 2


def test_what_no_claim_covers_makes_a_sentence_partly_checked(herbal: Domain) -> None:
    assert kinds("附子大热。", herbal) == [SentenceKind.FACTUAL]
    assert kinds("附子大热，曾获得国际金奖。", herbal) == [SentenceKind.PARTLY_CHECKED]
