"""What is known of the person: things that the context names, bounds on numbers, and that nothing is said twice."""

from pathlib import Path
from typing import Any

import pytest

from kg.linking.index import build_index
from kg.model import Entity, Name
from kg.rules import parse_rules
from reasoning.safety import unheard
from tests.safety.parts import SCHEMA, check, fact, rule, workshop

WITH = rule(when={"pair": "CLASHES", "with": "tools"})
WITH_KIT = rule(when={"pair": "CLASHES", "with": "tools"}, expand=["HOLDS"])
BURNS = rule(id="burns", when={"fact": "BEARS"}, message={"en": "{subject}: {object}."})


@pytest.mark.parametrize("said", ["lamp", "LAMP", "an old lamp, daily", "lamps"])
async def test_a_pair_fires_with_what_the_person_names(tmp_path: Path, said: str) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        [finding] = await check(["saw"], snapshot, WITH, context={"tools": [said]})
        [other] = await check(["lamp"], snapshot, WITH, context={"tools": ["saw"]})
    assert finding.message == other.message == "Saw and Lamp clash."


@pytest.mark.parametrize("given", [None, [], "", 3, True, {"lamp": 1}, ["clamp"], ["", "la mp"]])
async def test_what_names_nothing_fires_nothing(tmp_path: Path, given: object) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        assert not await check(["saw"], snapshot, WITH, context={"tools": given})


async def test_only_the_key_that_the_rule_names_counts(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        assert not await check(["saw"], snapshot, WITH, context={"toys": ["lamp"]})
        assert not await check(["saw"], snapshot, rule(), context={"tools": ["lamp"]})


async def test_what_nobody_asked_about_fires_nothing(tmp_path: Path) -> None:
    """Two things that the person has anyway are not what the question is about."""
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("torch BEARS fire")) as snapshot:
        assert not await check(["torch"], snapshot, WITH, context={"tools": ["saw", "lamp"]})


async def test_a_kit_of_the_person_stands_for_what_it_holds(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("kit HOLDS lamp")) as snapshot:
        [finding] = await check(["saw"], snapshot, WITH_KIT, context={"tools": ["kit"]})
        assert not await check(["saw"], snapshot, WITH, context={"tools": ["kit"]})
    assert finding.message == "Saw and Lamp (in Kit) clash."


@pytest.mark.parametrize(
    ("bounds", "given", "fires"),
    [
        ({"below": 18}, 17.5, True),
        ({"below": 18}, 18, False),
        ({"from": 65}, 65, True),
        ({"from": 65}, 64, False),
        ({"from": 3, "below": 18}, 2, False),
        ({"from": 3, "below": 18}, 3, True),
        ({"below": 18}, None, False),
        ({"below": 18}, "6", False),
        ({"below": 18}, True, False),
        ({"below": 18}, float("nan"), False),
    ],
)
def test_a_number_may_have_bounds(bounds: dict[str, float], given: object, *, fires: bool) -> None:
    [taken] = parse_rules([rule(when={"pair": "CLASHES", "context": {"age": bounds}})], SCHEMA)
    assert taken.applies({"age": given} if given is not None else {}) is fires


async def test_what_is_derived_is_not_said_beside_what_it_derives_from(tmp_path: Path) -> None:
    base = fact("saw BEARS fire")
    async with workshop(tmp_path, base, fact("saw CLASHES lamp", derived_from=(base,))) as snapshot:
        [finding] = await check(["saw", "lamp"], snapshot, BURNS, rule())
        alone = await check(["saw"], snapshot, BURNS, rule())
    assert (finding.rule, base.id in finding.facts) == ("clash", True)
    assert [each.rule for each in alone] == ["burns"]


async def test_findings_of_another_kind_repeat_nothing(tmp_path: Path) -> None:
    base = fact("saw BEARS fire")
    async with workshop(tmp_path, base, fact("saw CLASHES lamp", derived_from=(base,))) as snapshot:
        found = await check(["saw", "lamp"], snapshot, {**BURNS, "kind": "toxicity"}, rule())
    assert {each.rule for each in found} == {"clash", "burns"}


async def test_one_fact_under_two_rules_of_a_kind_is_said_once(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        found = await check(["saw", "lamp"], snapshot, rule(), rule(id="again"))
    assert [each.rule for each in found] == ["clash"]


async def test_the_texts_are_those_of_the_worst(tmp_path: Path) -> None:
    graded = rule(
        severity={"by": "why", "values": {"sparks": "major", "fumes": "minor"}},
        message={"en": "{first}, {second}: {why}."},
        management={"en": "Mind {why}."},
        mechanism={"en": "By {why}."},
    )
    async with workshop(tmp_path, fact("saw CLASHES lamp", why="fumes"), fact("saw CLASHES lamp", why="sparks")) as s:
        [finding] = await check(["saw", "lamp"], s, graded)
    said = (finding.message, finding.management, finding.mechanism)
    assert said == ("Saw, Lamp: flying sparks.", "Mind flying sparks.", "By flying sparks.")
    assert len(finding.facts) == 2


WORDED: list[tuple[dict[str, Any], str]] = [
    ({}, "Lamp (in Kit)"),
    ({"en": "{through}, which holds {name}"}, "Kit, which holds Lamp"),
    ({"zh": "{through}里的{name}"}, "Kit里的Lamp"),
]


@pytest.mark.parametrize(("texts", "said"), WORDED)
async def test_a_rule_says_how_something_came_in(tmp_path: Path, texts: dict[str, str], said: str) -> None:
    worded = rule(when={"fact": "BEARS"}, message={"en": "{subject}: {object}."}, expand={"HOLDS": texts})
    async with workshop(tmp_path, fact("lamp BEARS fire"), fact("kit HOLDS lamp")) as snapshot:
        [finding] = await check(["kit"], snapshot, worded)
    assert finding.message == f"{said}: Fire."


async def test_a_relation_that_holds_both_ways_leads_both_ways(tmp_path: Path) -> None:
    like = rule(
        when={"fact": "BEARS"},
        message={"en": "{subject}: {object}."},
        expand={"CLASHES": {"en": "{name}, unlike {through}"}},
    )
    async with workshop(
        tmp_path, fact("saw BEARS fire"), fact("saw CLASHES lamp"), fact("axe CLASHES saw")
    ) as snapshot:
        said = [f.message for name in ("lamp", "axe", "saw") for f in await check([name], snapshot, like)]
    assert said == ["Saw, unlike Lamp: Fire.", "Saw, unlike Axe: Fire.", "Saw: Fire."]


def test_what_the_person_names_and_nothing_knows_is_told() -> None:
    rules = parse_rules([WITH, rule(id="plain")], SCHEMA)
    index = build_index([Entity("lamp", "Tool", (Name("Lamp", "en"),))])
    given = {"tools": ["a lamp", "gizmo", "", "gizmo"], "toys": ["kite"], "age": 3}
    assert unheard(given, rules, index) == ("gizmo",)
    assert unheard({"tools": "gizmo"}, rules, index) == ("gizmo",)
    assert unheard({}, rules, index) == unheard({"tools": 3}, rules, index) == ()
