"""Names and words that touch, other names of a thing, lists that go on, and claims behind other claims."""

import pytest

from reasoning.answer import Verdict
from reasoning.domain import Domain
from tests.claims.parts import checked, said, verdicts

READ = (
    ("浙贝母又叫象贝，和川乌属于十八反。", {"浙贝母 INCOMPATIBLE_WITH 川乌 rule=eighteen_incompatibilities"}),
    ("香加皮就是五加皮，没有毒。", {"香加皮 HAS_TOXICITY 无毒"}),
    ("川乌就是草乌，都有大毒。", {"川乌 HAS_TOXICITY 大毒", "草乌 HAS_TOXICITY 大毒"}),
    (
        "丹皮孕妇要慎用，月经量多者忌用。",
        {"牡丹皮 PREGNANCY_LEVEL 妊娠慎用", "牡丹皮 CONTRAINDICATED_IN 月经过多者 level=avoid"},
    ),
    ("牡蛎先煎30分钟，9～30g。", {"牡蛎 DECOCTION_RULE 先煎", "牡蛎 HAS_DOSE 煎服 9~30g"}),
    ("火麻仁10～15g，润肠通便。", {"火麻仁 HAS_DOSE 煎服 10~15g", "火麻仁 HAS_FUNCTION 润肠通便"}),
    ("天花粉10～15g。", {"天花粉 HAS_DOSE 煎服 10~15g"}),
    (
        "Huang Qin is bitter and cold and clears heat.",
        {"黄芩 HAS_FLAVOUR 苦", "黄芩 HAS_NATURE 寒", "黄芩 HAS_FUNCTION 清热"},
    ),
    (
        "Ginseng tonifies qi and is safe for everyone.",
        {"人参 HAS_FUNCTION 补气", "人参 CONTRAINDICATED_IN · quantifier=none"},
    ),
    ("Magnolia bark needs at least 15 years of growth before harvest.", {"厚朴 GROWING_RANGE 生长年限 15~year"}),
    ("Astragalus is grown for two to three years.", {"黄芪 GROWING_RANGE 生长年限 2~3year"}),
)


@pytest.mark.parametrize(("text", "expected"), READ)
def test_what_words_beside_names_mean_is_read(text: str, expected: set[str], herbal: Domain) -> None:
    assert said(text, herbal) == expected


def test_the_old_are_not_a_disease_of_the_old(herbal: Domain) -> None:
    (claim,) = said("远志可以治疗老年痴呆。", herbal)
    assert claim.endswith("!unlinked")


def test_words_for_a_limit_before_a_number_limit_no_member(herbal: Domain) -> None:
    found = said("Yin Chen Hao Tang has only three herbs: yin chen, zhi zi and da huang.", herbal)
    assert not any("only" in claim for claim in found)
    assert any("quantifier=count" in claim for claim in found)


async def test_a_powder_is_no_decoction(herbal: Domain) -> None:
    (verdict,) = await verdicts("三七粉每次2克，一天两次。", herbal)
    assert verdict.claim.object == "route-oral-powder"
    assert verdict.verdict is Verdict.SUPPORTED


async def test_a_list_after_a_name_with_words_goes_on_over_commas(herbal: Domain) -> None:
    found = await checked("六味地黄丸三补三泻：熟地、山萸肉、山药，泽泻、丹皮、茯苓。", herbal)
    assert found.overall is Verdict.SUPPORTED
    assert (
        await checked("六味地黄丸三补三泻：熟地、山萸肉、黄芪，泽泻、丹皮、茯苓。", herbal)
    ).overall is Verdict.REFUTED


async def test_a_warning_shares_its_people(herbal: Domain) -> None:
    found = await verdicts("E zhu is contraindicated in pregnancy and in women with heavy periods.", herbal)
    assert {v.claim.predicate for v in found} == {"PREGNANCY_LEVEL", "CONTRAINDICATED_IN"}
    assert {v.verdict for v in found} == {Verdict.SUPPORTED}


async def test_what_people_do_not_have_denies_no_warning(herbal: Domain) -> None:
    found = await verdicts("板蓝根凉血利咽，体虚而无实火热毒者忌服。", herbal)
    assert not any(verdict.claim.negated for verdict in found)


MORE = (
    ("当归属于补血药。", {"当归 IN_CATEGORY 补血药"}),
    ("大夫说海藻跟甘草不对付，不能搁一块儿。", {"海藻 INCOMPATIBLE_WITH 甘草"}),
    ("西洋参不是人参，可以放心跟藜芦一起煎。", {"¬西洋参 INCOMPATIBLE_WITH 藜芦"}),
    ("It mixes well with pinellia, and there is no need to cook Fu Zi first.", {"¬附子 DECOCTION_RULE 先煎"}),
    ("Nothing over 3 g of asarum per day in decoction.", {"细辛 HAS_DOSE 煎服 ~3g/adult_daily"}),
    ("甘草大量服用可引起水肿，且不宜与京大戟同用。", {"甘草 INCOMPATIBLE_WITH 京大戟"}),
    ("Fu Zi is wrongly said to be cold.", {"¬附子 HAS_NATURE 寒"}),
)


@pytest.mark.parametrize(("text", "expected"), MORE)
def test_chance_words_and_denials_elsewhere_change_nothing(text: str, expected: set[str], herbal: Domain) -> None:
    assert said(text, herbal) == expected


def test_a_name_that_goes_on_into_a_word_is_none(herbal: Domain) -> None:
    assert not any("川乌" in claim or "草乌" in claim for claim in said("何首乌能让乌头发变多，没毒。", herbal))


def test_members_by_their_role_are_not_the_whole(herbal: Domain) -> None:
    found = said("逍遥散的组成里，柴胡是君药，当归、白芍是臣药。", herbal)
    assert len(found) == 3
    assert not any("count" in claim for claim in found)


async def test_that_nothing_is_known_is_wrong_where_the_graph_knows_it(herbal: Domain) -> None:
    assert (await checked("丁香、郁金，未见配伍禁忌。", herbal)).overall is Verdict.REFUTED
    assert (await checked("丁香、人参，未见配伍禁忌。", herbal)).overall is Verdict.NOT_ENOUGH_EVIDENCE


async def test_a_mild_warning_is_any_of_the_levels(herbal: Domain) -> None:
    assert (await checked("Magnolia bark should not be given to pregnant women.", herbal)).overall is Verdict.SUPPORTED
    assert (await checked("Magnolia bark must never be taken in pregnancy.", herbal)).overall is Verdict.REFUTED


async def test_words_of_one_meaning_name_one_function(herbal: Domain) -> None:
    for words in ("strengthens the spleen", "fortifies the spleen", "invigorates the spleen"):
        (verdict,) = await verdicts(f"Bai zhu {words}.", herbal)
        assert verdict.claim.object == "function-jianpi", words


async def test_a_list_of_parts_ends_where_something_else_is_said(herbal: Domain) -> None:
    text = "Si Jun Zi Tang is composed of ginseng, poria, white atractylodes and honey-fried licorice and tonifies qi."
    found = await checked(text, herbal)
    assert found.overall is Verdict.SUPPORTED
    assert {v.claim.subject for v in found.verdicts} == {"formula-sijunzitang"}


async def test_leave_for_a_way_that_is_ruled_out_is_refuted(herbal: Domain) -> None:
    for text in ("朱砂可以入煎剂。", "Cinnabar can be decocted."):
        assert (await checked(text, herbal)).overall is Verdict.REFUTED, text
    found = await verdicts("人参可以煎服，3～9g。", herbal)
    assert {verdict.claim.predicate for verdict in found} == {"HAS_DOSE"}


def test_the_latter_is_the_second(herbal: Domain) -> None:
    assert said("三七与菊三七不同，后者有毒。", herbal) == {"菊三七 HAS_TOXICITY 有毒"}
    assert said("Peach kernel and realgar differ: the latter is toxic.", herbal) == {"雄黄 HAS_TOXICITY 有毒"}


def test_what_is_said_of_one_is_not_said_of_the_next(herbal: Domain) -> None:
    found = said("Ginseng is decocted separately and donkey-hide gelatin is melted.", herbal)
    assert found == {"人参 DECOCTION_RULE 另煎", "阿胶 DECOCTION_RULE 烊化"}
    plural = said("Peach kernel enters the heart, liver and large intestine channels and activates blood.", herbal)
    assert len(plural) == 4


POINTED = (
    (
        "孕妇忌用牛膝，禁用巴豆。",
        {"牛膝 PREGNANCY_LEVEL 妊娠忌用", "巴豆 PREGNANCY_LEVEL 妊娠禁用"},
    ),
    ("小青龙汤有石膏。", {"小青龙汤 HAS_MEMBER 石膏"}),
    ("广藿香：阴虚血燥者慎用。", {"广藿香 CONTRAINDICATED_IN 阴虚血燥证"}),
)


@pytest.mark.parametrize(("text", "expected"), POINTED)
def test_who_and_what_was_spoken_of_before_is_meant(text: str, expected: set[str], herbal: Domain) -> None:
    assert said(text, herbal) == expected


def test_both_are_the_two_that_were_named_last(herbal: Domain) -> None:
    found = said("生地黄清热凉血，熟地黄补血，二者都忌萝卜。", herbal)
    assert {"地黄 AVOID_FOOD 萝卜", "熟地黄 AVOID_FOOD 萝卜"} <= found


async def test_what_is_not_advised_without_something_is_not_allowed(herbal: Domain) -> None:
    text = "Vaccaria seed is not recommended without supervision in pregnancy; use it with caution."
    assert (await checked(text, herbal)).overall is Verdict.SUPPORTED


def test_other_people_are_not_those_of_the_clause_before(herbal: Domain) -> None:
    found = said("孕妇忌用大黄，慎用于儿童。", herbal)
    assert found == {"大黄 PREGNANCY_LEVEL 妊娠忌用", "大黄 CONTRAINDICATED_IN 儿童 level=caution"}


def test_a_value_before_a_name_is_not_of_what_the_name_is_used_with(herbal: Domain) -> None:
    found = said("有毒的附子不可与半夏同用。", herbal)
    assert found == {"附子 HAS_TOXICITY 有毒", "附子 INCOMPATIBLE_WITH 半夏"}
