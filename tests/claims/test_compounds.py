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
