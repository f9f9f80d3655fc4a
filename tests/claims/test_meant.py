"""What words mean beside each other: limits, leave, denials after what they are about, names of several things."""

import pytest

from reasoning.answer import Verdict
from reasoning.domain import Domain
from tests.claims.parts import checked, said, verdicts

ONLY = (
    ("黄芩只归肺经。", {"黄芩 ENTERS_CHANNEL 肺经 quantifier=only"}),
    ("黄芩仅入肺经。", {"黄芩 ENTERS_CHANNEL 肺经 quantifier=only"}),
    ("Huang qin enters only the lung channel.", {"黄芩 ENTERS_CHANNEL 肺经 quantifier=only"}),
    ("Huang qin enters the lung channel only.", {"黄芩 ENTERS_CHANNEL 肺经 quantifier=only"}),
    ("只有黄芩归肺经。", {"黄芩 ENTERS_CHANNEL 肺经"}),
    ("黄芩不只归肺经。", {"黄芩 ENTERS_CHANNEL 肺经"}),
)
AMOUNTS = (
    ("附子一天别超过15克。", {"附子 HAS_DOSE 煎服 ~15g/adult_daily"}),
    ("The daily dose of Fu Zi must not exceed 15 g.", {"附子 HAS_DOSE 煎服 ~15g/adult_daily"}),
    ("The maximum daily dose of Fu Zi is 15 g.", {"附子 HAS_DOSE 煎服 ~15g"}),
    ("Platycodon root should not go above 10 grams a day.", {"桔梗 HAS_DOSE 煎服 ~10g/adult_daily"}),
    ("Do not use more than 15 g of Fu Zi per day.", {"附子 HAS_DOSE 煎服 ~15g/adult_daily"}),
)
MEANT = (
    ("桂枝汤重用桂枝为君药。", {"桂枝汤 HAS_MEMBER 桂枝 role=monarch"}),
    ("半夏与附子，二者相反。", {"半夏 INCOMPATIBLE_WITH 附子"}),
    ("川牛膝不是牛膝，两者容易弄混。", {"川牛膝 CONFUSED_WITH 牛膝"}),
    ("Do not confuse ginseng root with xi yang shen.", {"人参 CONFUSED_WITH 西洋参"}),
    ("豆蔻要最后放。", {"豆蔻 DECOCTION_RULE 后下"}),
    ("Add round cardamom fruit last.", {"豆蔻 DECOCTION_RULE 后下"}),
    ("旋覆花煎的时候得用纱布包上。", {"旋覆花 DECOCTION_RULE 包煎"}),
    ("归肺经的药有黄芩。", {"黄芩 ENTERS_CHANNEL 肺经"}),
    ("吃华法林的老人，别再吃银杏叶了。", {"银杏叶 INTERACTS_WITH 华法林"}),
    ("有人以为附子性寒，其实不是。", {"¬附子 HAS_NATURE 寒"}),
)


@pytest.mark.parametrize(("text", "expected"), [*ONLY, *AMOUNTS, *MEANT])
def test_what_is_meant_is_all_that_is_read(text: str, expected: set[str], herbal: Domain) -> None:
    assert said(text, herbal) == expected


async def test_what_may_be_used_for_a_complaint_is_for_it(herbal: Domain) -> None:
    for text in ("口舌生疮可以用导赤散治疗。", "口舌生疮宜用导赤散。", "遇到口舌生疮，可以用导赤散。"):
        (verdict,) = await verdicts(text, herbal)
        assert (verdict.claim.predicate, verdict.verdict) == ("TREATS", Verdict.SUPPORTED), text


@pytest.mark.parametrize(
    "text",
    [
        "川贝母和制草乌放一块儿煎，一点事没有。",
        "川贝母与制草乌同用没有任何问题。",
        "Sichuan fritillaria bulb and prepared aconite root may be used together.",
    ],
)
async def test_leave_for_what_is_incompatible_is_refuted(text: str, herbal: Domain) -> None:
    assert (await checked(text, herbal)).overall is Verdict.REFUTED


async def test_herbs_beside_a_drug_are_not_paired_with_each_other(herbal: Domain) -> None:
    found = await verdicts("桃仁、红花可以放心和华法林一起吃。", herbal)
    assert {verdict.claim.predicate for verdict in found} == {"INTERACTS_WITH"}
    assert {verdict.verdict for verdict in found} == {Verdict.REFUTED}
    assert len(found) == 2


async def test_a_mild_warning_is_no_prohibition(herbal: Domain) -> None:
    for text in ("孕期使用麻黄要小心。", "Use ma huang cautiously during pregnancy."):
        assert (await checked(text, herbal)).overall is Verdict.SUPPORTED, text


async def test_a_complete_list_has_what_a_name_of_several_things_says(herbal: Domain) -> None:
    assert (await checked("桂枝汤含芍药。", herbal)).overall is Verdict.SUPPORTED
    assert (await checked("桂枝汤不含芍药。", herbal)).overall is Verdict.REFUTED


async def test_what_is_said_of_one_and_of_all_that_a_name_means_counts_once(herbal: Domain) -> None:
    found = await verdicts("白及反乌头，不宜与川乌、草乌、附子同用。", herbal)
    stated = [(verdict.claim.subject, verdict.claim.object) for verdict in found]
    assert len(stated) == len(set(stated))


async def test_safe_for_somebody_is_not_harmless(herbal: Domain) -> None:
    (verdict,) = await verdicts("雄黄对孕妇无害。", herbal)
    assert (verdict.claim.predicate, verdict.verdict) == ("PREGNANCY_LEVEL", Verdict.REFUTED)
