"""The herbal pack's rules on drugs, food, people, regulation and mistaken identity, over its own graph."""

from collections.abc import Mapping
from typing import Any

import pytest

from kg.rules import SEVERITIES
from reasoning.answer import Answer, Completed, Finding, Question
from reasoning.domain import Domain
from tests.reasoning.parts import events
from tests.safety.parts import NOTHING, check

DRUG, CLASS = "drug-interaction", "drug-class-interaction"


async def of(
    herbal: Domain, *names: str, context: Mapping[str, Any] = NOTHING, language: str = "zh"
) -> dict[str, list[Finding]]:
    """What fires on entities with these standard names, by rule."""
    ids = [e.id for e in herbal.pack.graph.entities if e.standard("zh") in names]
    assert len(ids) >= len(set(names))
    found: dict[str, list[Finding]] = {}
    for finding in await check(ids, herbal, context=context, language=language):
        found.setdefault(finding.rule, []).append(finding)
    return found


async def test_every_interaction_warns_once_for_each_pair_and_as_badly_as_the_worst_fact(herbal: Domain) -> None:
    levels: dict[tuple[str, str], list[str]] = {}
    for fact in herbal.pack.graph.facts:
        if fact.predicate in {"INTERACTS_WITH", "INTERACTS_WITH_CLASS"}:
            levels.setdefault((fact.subject, fact.object), []).append(str(fact.qualifiers["severity"]))
    assert len(levels) > 1000
    ends = sorted({end for pair in levels for end in pair})
    found = [f for f in await check(ends, herbal) if f.rule in {DRUG, CLASS}]
    facts = {fact.id: fact for fact in herbal.pack.graph.facts}
    told: dict[tuple[str, str], list[str]] = {}
    for finding in found:
        held = [
            facts[each] for each in finding.facts if facts[each].predicate in {"INTERACTS_WITH", "INTERACTS_WITH_CLASS"}
        ]
        bases = {base for each in held for base in each.derived_from}
        for pair in dict.fromkeys((each.subject, each.object) for each in held if each.id not in bases):
            told.setdefault(pair, []).append(finding.severity.value)
    assert not [pair for pair, said in told.items() if len(said) > 1]
    worst = {pair: max(graded, key=SEVERITIES.index) for pair, graded in levels.items()}
    assert [pair for pair, [said] in told.items() if said != worst[pair]] == []
    # A class that is named beside its drugs is told through them; all else is told itself.
    drugs = {pair for pair in levels if pair[1].startswith("drug-")}
    assert drugs <= set(told)
    assert len(found) < len(told) / 2  # what is said in the same words is said together


async def test_an_interaction_says_how_sure_it_is_why_it_happens_and_what_to_do(herbal: Domain) -> None:
    ends = sorted(
        {end for f in herbal.pack.graph.facts if f.predicate == "INTERACTS_WITH" for end in (f.subject, f.object)}
    )
    for language, marks in (("zh", ("严重程度建议：", "依据：")), ("en", ("proposed severity: ", "basis: "))):
        for finding in await check(ends, herbal, language=language):
            if finding.rule == DRUG:
                assert all(mark in finding.message for mark in marks)
                assert finding.mechanism
                assert finding.management
                assert "{" not in finding.message + finding.mechanism + finding.management


@pytest.mark.parametrize("said", ["华法林", "华法林钠片 2.5mg", "warfarin", "Coumadin 5 mg once a day", "抗凝药"])
async def test_what_the_person_takes_is_heard_by_any_of_its_names(herbal: Domain, said: str) -> None:
    found = await of(herbal, "丹参", context={"drugs": [said]})
    assert len([*found.get(DRUG, ()), *found.get(CLASS, ())]) == 1
    assert not (await of(herbal, "山药", context={"drugs": [said]})).keys() & {DRUG, CLASS}


async def test_a_class_and_its_drug_together_make_one_finding(herbal: Domain) -> None:
    found = await of(herbal, "甘草", "呋塞米", "袢利尿药")
    assert len(found[DRUG]) == 1
    assert CLASS not in found


async def test_a_formula_interacts_through_its_members(herbal: Domain) -> None:
    [finding] = (await of(herbal, "炙甘草汤", context={"drugs": ["地高辛"]}))[DRUG]
    assert "炙甘草汤" in finding.message


async def test_a_herb_that_the_person_takes_may_be_incompatible_with_the_one_asked_about(herbal: Domain) -> None:
    assert (await of(herbal, "海藻", context={"drugs": ["甘草片"]}))["incompatible-pair"]


PEOPLE: list[tuple[str, dict[str, Any], str, str]] = [
    ("洋金花", {"conditions": ["青光眼"]}, "contraindicated-condition", "contraindicated"),
    ("青葙子", {"conditions": ["glaucoma"]}, "contraindicated-condition", "contraindicated"),
    ("华山参", {"conditions": ["前列腺增生"]}, "contraindicated-condition", "moderate"),
    ("没药", {"conditions": ["胃弱"]}, "contraindicated-condition", "moderate"),
    ("大黄", {"lactating": True}, "contraindicated-lactation", "moderate"),
    ("马钱子", {"athlete": True}, "contraindicated-athlete", "moderate"),
    ("麻黄", {"athlete": True}, "contraindicated-athlete", "moderate"),
    ("罂粟壳", {"age_years": 6}, "contraindicated-child", "contraindicated"),
    ("苦杏仁", {"age_years": 1}, "contraindicated-infant", "moderate"),
]


@pytest.mark.parametrize(("herb", "context", "rule", "severity"), PEOPLE)
async def test_a_person_is_warned_of_what_is_wrong_for_them_and_nobody_else(
    herbal: Domain, herb: str, context: dict[str, Any], rule: str, severity: str
) -> None:
    [finding] = (await of(herbal, herb, context=context))[rule]
    assert finding.severity.value == severity
    others = {"conditions": ["骨折"], "lactating": False, "athlete": False, "age_years": 40}
    assert not any(name.startswith("contraindicated-") for name in await of(herbal, herb, context=others))


async def test_a_broader_food_counts_for_a_kind_of_it(herbal: Domain) -> None:
    [finding] = (await of(herbal, "土茯苓", "绿茶"))["food-to-avoid"]
    assert "绿茶" in finding.message
    assert "food-to-avoid" not in await of(herbal, "土茯苓", "咖啡")


async def test_a_herb_is_warned_of_for_what_it_is_mistaken_for_and_not_blamed_for_it(herbal: Domain) -> None:
    [finding] = (await of(herbal, "木通"))["confusion-hazard"]
    assert finding.message.startswith("关木通（易与木通混淆）")
    assert "aristolochic" in (await of(herbal, "木通", language="en"))["confusion-hazard"][0].message
    assert not [f for f in herbal.pack.graph.facts if (f.subject, f.predicate) == ("herb-mutong", "CONFUSION_HAZARD")]


async def test_what_is_controlled_raw_is_not_controlled_when_prepared(herbal: Domain) -> None:
    assert (await of(herbal, "半夏"))["regulatory-if-raw"]
    for prepared in ("法半夏", "姜半夏", "清半夏", "制川乌", "附子"):
        assert not {"regulatory-status", "regulatory-raw"} & (await of(herbal, prepared)).keys(), prepared


async def test_what_takes_toxicity_away_is_no_warning(herbal: Domain) -> None:
    """相畏 of the seven relations is not 十九畏."""
    found = await of(herbal, "半夏", "生姜")
    assert not {each.kind.value for each in found.get("incompatible-pair", ())}
    assert not [name for name, each in found.items() for f in each if f.kind.value == "interaction"]


async def asked(herbal: Domain, text: str, context: Mapping[str, list[str]]) -> Answer:
    last = (await events(Question(text, context={**context}), herbal))[-1]
    assert isinstance(last, Completed)
    return last.answer


async def test_an_answer_warns_of_what_the_person_takes_and_says_what_was_not_checked(herbal: Domain) -> None:
    answer = await asked(herbal, "甘草的功效", {"drugs": ["地高辛", "子虚乌有片"]})
    assert [f.rule for f in answer.findings if f.rule == DRUG] == [DRUG]
    assert "地高辛" in answer.text
    assert "子虚乌有片" in answer.text
    assert "子虚乌有片" in (await asked(herbal, "甘草的功效", {"allergies": ["子虚乌有片"]})).text


async def test_a_word_for_a_herb_and_a_food_is_heard_as_both(herbal: Domain) -> None:
    answer = await asked(herbal, "地黄能和大蒜一起吃吗", {})
    assert "food-to-avoid" in {finding.rule for finding in answer.findings}
