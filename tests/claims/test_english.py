"""What English prose states, in active and passive wording."""

import pytest

from reasoning.domain import Domain
from tests.claims.parts import drafts, said

STATED = [
    (
        "Fu Zi (Aconiti Lateralis Radix) is acrid and sweet in flavour, very hot in nature and toxic.",
        {"附子 HAS_FLAVOUR 辛", "附子 HAS_FLAVOUR 甘", "附子 HAS_NATURE 大热", "附子 HAS_TOXICITY 有毒"},
    ),
    (
        "Fu Zi enters the heart, kidney and spleen channels.",
        {"附子 ENTERS_CHANNEL 心经", "附子 ENTERS_CHANNEL 肾经", "附子 ENTERS_CHANNEL 脾经"},
    ),
    (
        "Licorice is incompatible with kansui and sargassum.",
        {"甘草 INCOMPATIBLE_WITH 甘遂", "甘草 INCOMPATIBLE_WITH 海藻"},
    ),
    ("Ginseng should not be combined with veratrum.", {"人参 INCOMPATIBLE_WITH 藜芦"}),
    ("Ginseng and veratrum can be safely combined.", {"¬人参 INCOMPATIBLE_WITH 藜芦"}),
    ("It is safe to take ginseng together with veratrum.", {"¬人参 INCOMPATIBLE_WITH 藜芦"}),
    ("Fu Zi is contraindicated during pregnancy.", {"附子 PREGNANCY_LEVEL 妊娠禁用"}),
    ("Safflower can be safely used by pregnant women.", {"红花 PREGNANCY_LEVEL · quantifier=none"}),
    (
        "The usual dose of licorice is 2–10 g per day.",
        {"甘草 HAS_DOSE 煎服 2~10g/adult_daily"},
    ),
    ("Use up to 3 g of Xi Xin per day.", {"细辛 HAS_DOSE 煎服 ~3g/adult_daily"}),
    (
        "In Ma Huang Tang, ephedra is the monarch herb and cinnamon twig is the minister.",
        {"麻黄汤 HAS_MEMBER 麻黄 role=monarch", "麻黄汤 HAS_MEMBER 桂枝 role=minister"},
    ),
    ("Ma Huang Tang consists of four herbs.", {"麻黄汤 HAS_MEMBER · 4~4 quantifier=count"}),
    ("Ma Huang Tang comes from the Treatise on Cold Damage.", {"麻黄汤 RECORDED_IN 伤寒论"}),
    ("Headache is treated by Chuanxiong.", {"川芎 TREATS 头痛"}),
    ("Chuanxiong treats headache and amenorrhea.", {"川芎 TREATS 头痛", "川芎 TREATS 经闭"}),
    ("Danshen does not interact with warfarin.", {"¬丹参 INTERACTS_WITH 华法林"}),
    ("There are no known interactions between Danshen and warfarin.", {"¬丹参 INTERACTS_WITH 华法林"}),
    ("Radish should be avoided while taking ginseng.", {"人参 AVOID_FOOD 萝卜"}),
    ("Zhi Chuan Wu is prepared from Chuan Wu.", {"制川乌 PREPARED_FROM 川乌"}),
    ("Ban Xia is restrained by Sheng Jiang.", {"半夏 RESTRAINED_BY 生姜"}),
    ("Berberine is found in Coptis.", {"黄连 CONTAINS_COMPOUND 小檗碱"}),
    ("Neither ginseng nor licorice is toxic.", {"¬人参 HAS_TOXICITY 有毒", "¬甘草 HAS_TOXICITY 有毒"}),
    ("Magnetite must be decocted first.", {"磁石 DECOCTION_RULE 先煎"}),
]


@pytest.mark.parametrize(("text", "expected"), STATED, ids=[text for text, _ in STATED])
def test_what_is_stated_is_read(text: str, expected: set[str], herbal: Domain) -> None:
    assert said(text, herbal) == expected


def test_a_pronoun_stands_for_the_last_subject(herbal: Domain) -> None:
    text = "Fu Zi is very hot in nature. It enters the heart channel. This herb is toxic."
    assert said(text, herbal) == {"附子 HAS_NATURE 大热", "附子 ENTERS_CHANNEL 心经", "附子 HAS_TOXICITY 有毒"}


def test_a_name_with_an_invented_word_before_it_is_another_name(herbal: Domain) -> None:
    (draft,) = drafts("The recipe needs moonlight ginseng for headache.", herbal)
    assert not draft.subject


def test_a_name_of_several_things_asks(herbal: Domain) -> None:
    assert {draft.reason for draft in drafts("Aconite is toxic.", herbal)} == {"ambiguous"}
