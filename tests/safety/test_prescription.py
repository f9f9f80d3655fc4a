"""Prescriptions as people write them, read and checked against the herbal pack."""

import pytest

from reasoning.domain import Domain
from reasoning.safety import Conclusion, SafetyCheck, check, parse_prescription


async def checked(text: str, herbal: Domain, language: str = "zh") -> SafetyCheck:
    written = parse_prescription(text, herbal, language)
    async with herbal.store.snapshot() as snapshot:
        return await check(written.subjects, written.context, herbal, snapshot, language=language)


def rules(found: SafetyCheck) -> set[str]:
    return {finding.rule for finding in found.findings}


@pytest.mark.parametrize(
    ("text", "names", "doses", "preparations"),
    [
        ("朱砂 1g 煎服", ["朱砂"], ["1g"], ["煎服"]),
        ("太子参15 藜芦3g", ["太子参", "藜芦"], ["15", "3g"], ["", ""]),
        ("黄芪30 当归10、川芎 6", ["黄芪", "当归", "川芎"], ["30", "10", "6"], ["", "", ""]),
        ("麻黄汤 一剂 水煎服", ["麻黄汤"], [""], ["水煎服"]),
        ("细辛 5mg/kg", ["细辛"], ["5mg/kg"], [""]),
        ("10 g of licorice and 1 g of kansui", ["licorice", "kansui"], ["10 g", "1 g"], ["", ""]),
        ("丹参 10 g 华法林 3 mg", ["丹参"], ["10 g"], [""]),
        ("姓名：张三 科室：内科 诊断：失眠 Rp：丹参15g", ["丹参"], ["15g"], [""]),
    ],
)
def test_parts_of_a_line_are_told_apart(
    text: str, names: list[str], doses: list[str], preparations: list[str], herbal: Domain
) -> None:
    subjects = parse_prescription(text, herbal).subjects
    assert [each.text for each in subjects] == names
    assert [each.dose for each in subjects] == doses
    assert [each.preparation for each in subjects] == preparations


async def test_an_amount_without_a_unit_or_per_weight_is_asked_for_and_hides_nothing(herbal: Domain) -> None:
    found = await checked("黄芪30 制川乌3先煎 浙贝母10g", herbal)
    assert "incompatible-pair" in rules(found)
    assert {"subjects[0].dose", "subjects[1].dose"} <= set(found.missing_context)
    weighed = await checked("麻黄 0.1 g/kg", herbal)
    assert not weighed.unlinked
    assert weighed.missing_context[-1:] == ("subjects[0].dose",)


async def test_a_disease_counts_as_the_people_that_a_source_warns(herbal: Domain) -> None:
    assert "contraindicated-condition" in rules(await checked("尿毒症；朱砂0.3g", herbal))
    assert "contraindicated-condition" not in rules(await checked("朱砂0.3g", herbal))


@pytest.mark.parametrize(("text", "fires"), [("肾气丸", False), ("肾气丸 水煎服", True), ("四逆汤", True)])
async def test_parts_are_handled_as_the_whole_is_taken(text: str, fires: bool, herbal: Domain) -> None:  # noqa: FBT001
    assert ("decoction-safety" in rules(await checked(text, herbal))) is fires


async def test_too_much_in_another_form_is_too_much(herbal: Domain) -> None:
    found = await checked("朱砂 1g 煎服", herbal)
    assert found.conclusion is Conclusion.AVOID
    assert "dose-limit-toxic" in rules(found)
    assert "dose-limit-toxic" not in rules(await checked("朱砂 0.3g 煎服", herbal))


async def test_what_is_itself_the_hazard_says_so(herbal: Domain) -> None:
    assert "confusion-hazard" in rules(await checked("关木通6g", herbal))
    assert "confusion-hazard" not in rules(await checked("川贝母6g 煎服", herbal))


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("红花10g 怀孕 5 个月", {"pregnant": True}),
        ("罂粟壳3g 5岁儿童", {"age_years": 5.0, "conditions": ["儿童"]}),
        ("女 30岁 孕20周 白术 9g", {"sex": "female", "age_years": 30.0, "pregnant": True}),
        ("pregnant woman, 20 weeks; cinnabar 0.3 g", {"sex": "female", "pregnant": True}),
        ("白术 9 g 茯苓 12 g", {}),
    ],
)
def test_words_between_blanks_are_heard_as_of_the_person(text: str, context: dict[str, object], herbal: Domain) -> None:
    written = parse_prescription(text, herbal)
    assert dict(written.context) == context
    assert not [each.text for each in written.subjects if each.text.startswith(("孕", "怀", "5", "女", "20"))]


async def test_a_way_of_use_that_nothing_is_recorded_for_is_asked_about(herbal: Domain) -> None:
    found = await checked("青黛3g 水煎", herbal)
    assert [(each.rule, each.severity.value) for each in found.findings] == [("dose-limit", "info")]
    assert "subjects[0].preparation" in found.missing_context


async def test_one_thing_that_stands_twice_is_said_once(herbal: Domain) -> None:
    found = await checked("附子10g 先煎，附子6g 先煎", herbal)
    assert [each.rule for each in found.findings if each.rule.startswith("duplicate")] == ["duplicate-ingredient"]
    unsure = await checked("草乌2g，乌头2g", herbal)
    assert not [each for each in unsure.findings if each.rule.startswith("duplicate")]
