"""What the safety pass finds, on a made-up workshop and on the minerals: what fires, how bad, in which order."""

from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest

from kg.errors import GraphUnavailable
from kg.model import Grade, Status
from kg.store import Dialect, Rows, Snapshot, Statement
from reasoning.answer import CheckKind, Severity
from reasoning.domain import Domain
from reasoning.safety import Held, check_mentions
from tests.safety.parts import SCHEMA, check, fact, rule, workshop

CLASH = rule()
VIA = rule(id="via", expand=["HOLDS"])
BURNS = rule(
    id="burns", kind="toxicity", when={"fact": "BEARS", "objects": ["Fire"]}, message={"en": "{subject}: {object}."}
)


async def test_a_pair_fires_whichever_way_round_it_is_asked_and_stored(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        one, other = await check(["saw", "lamp"], snapshot, CLASH), await check(["lamp", "saw"], snapshot, CLASH)
    assert one == other
    assert [(f.rule, f.kind, f.severity, f.message) for f in one] == [
        ("clash", CheckKind.INTERACTION, Severity.MAJOR, "Saw and Lamp clash.")
    ]


async def test_one_end_of_a_pair_fires_nothing(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("kit HOLDS lamp")) as snapshot:
        assert not await check(["saw"], snapshot, CLASH, VIA)
        assert not await check(["saw", "saw"], snapshot, CLASH, VIA)
        assert not await check(["saw", "nobody"], snapshot, CLASH, VIA)
        assert not await check(["saw", "kit"], snapshot, CLASH)
        assert not await check([], snapshot, CLASH, VIA)


async def test_a_thing_that_clashes_with_itself_is_no_pair(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES saw")) as snapshot:
        assert not await check(["saw"], snapshot, CLASH)


async def test_a_retracted_fact_fires_nothing(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp", status=Status.RETRACTED)) as snapshot:
        assert not await check(["saw", "lamp"], snapshot, CLASH)


async def test_a_disputed_fact_fires(tmp_path: Path) -> None:
    """To warn of what only some sources say is the safe side."""
    async with workshop(tmp_path, fact("saw CLASHES lamp", status=Status.DISPUTED)) as snapshot:
        assert len(await check(["saw", "lamp"], snapshot, CLASH)) == 1


async def test_a_kit_stands_for_what_it_holds(tmp_path: Path) -> None:
    clash, holds = fact("saw CLASHES lamp"), fact("kit HOLDS lamp")
    async with workshop(tmp_path, clash, holds) as snapshot:
        [finding] = await check(["saw", "kit"], snapshot, VIA)
    assert finding.message == "Saw and Lamp (in Kit) clash."
    assert finding.subjects == ("saw", "lamp", "kit")
    assert finding.facts == (clash.id, holds.id)


async def test_a_kit_may_clash_inside_itself(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("kit HOLDS lamp"), fact("kit HOLDS saw")) as snapshot:
        [finding] = await check(["kit"], snapshot, VIA)
    assert finding.message == "Saw (in Kit) and Lamp (in Kit) clash."
    assert finding.subjects == ("saw", "lamp", "kit")


async def test_a_thing_in_two_kits_is_said_once(tmp_path: Path) -> None:
    facts = fact("saw CLASHES lamp"), fact("kit HOLDS lamp"), fact("box HOLDS lamp")
    async with workshop(tmp_path, *facts) as snapshot:
        [finding] = await check(["kit", "saw", "box"], snapshot, VIA)
    assert finding.message == "Saw and Lamp (in Box, Kit) clash."
    assert finding.subjects == ("saw", "lamp", "box", "kit")


async def test_a_thing_that_is_named_is_not_said_to_be_in_a_kit(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("kit HOLDS lamp")) as snapshot:
        [finding] = await check(["kit", "saw", "lamp"], snapshot, VIA)
    assert finding.message == "Saw and Lamp clash."


async def test_only_the_relations_that_a_rule_names_expand(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("kit LENT_WITH lamp")) as snapshot:
        assert not await check(["saw", "kit"], snapshot, VIA)


async def test_a_rule_that_does_not_expand_is_not_led_by_one_that_does(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("lamp BEARS fire"), fact("kit HOLDS lamp")) as snapshot:
        assert not await check(["kit"], snapshot, BURNS, VIA)
        assert await check(["lamp"], snapshot, BURNS, VIA)


async def test_objects_narrow_what_fires(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("lamp BEARS fire"), fact("saw BEARS dust")) as snapshot:
        assert [f.message for f in await check(["saw", "lamp"], snapshot, BURNS)] == ["Lamp: Fire."]


async def test_an_object_alone_fires_nothing(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("lamp BEARS fire")) as snapshot:
        assert not await check(["fire"], snapshot, BURNS)


async def test_a_fact_of_a_symmetric_relation_hangs_on_both_ends(tmp_path: Path) -> None:
    one_end = rule(when={"fact": "CLASHES"}, message={"en": "{subject} has an enemy, {object}."})
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        said = [f.message for name in ("saw", "lamp") for f in await check([name], snapshot, one_end)]
    assert said == ["Saw has an enemy, Lamp.", "Lamp has an enemy, Saw."]


@pytest.mark.parametrize(
    ("context", "fires"),
    [({}, 0), ({"wet": False}, 0), ({"dry": True}, 0), ({"wet": True}, 1), ({"wet": True, "dry": False}, 1)],
)
async def test_a_rule_with_context_needs_it(tmp_path: Path, context: dict[str, bool], fires: int) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        wet = rule(when={"pair": "CLASHES", "context": {"wet": True}})
        assert len(await check(["saw", "lamp"], snapshot, wet, context=context)) == fires


async def test_the_level_is_read_off_the_qualifier_that_the_rule_names(tmp_path: Path) -> None:
    graded = rule(severity={"by": "why", "values": {"sparks": "contraindicated", "fumes": "minor"}})
    async with workshop(
        tmp_path, fact("saw CLASHES lamp", why="fumes"), fact("saw CLASHES torch", why="sparks")
    ) as snapshot:
        found = await check(["saw", "lamp", "torch"], snapshot, graded)
    assert [(f.severity, f.subjects) for f in found] == [
        (Severity.CONTRAINDICATED, ("saw", "torch")),
        (Severity.MINOR, ("saw", "lamp")),
    ]


async def test_two_facts_that_say_the_same_are_one_finding_as_bad_as_the_worse(tmp_path: Path) -> None:
    graded = rule(severity={"by": "why", "values": {"sparks": "contraindicated", "fumes": "minor"}})
    facts = (
        fact("saw CLASHES lamp", why="fumes", grade=Grade.REVIEW),
        fact("saw CLASHES lamp", why="sparks", grade=Grade.TRADITIONAL),
    )
    async with workshop(tmp_path, *facts) as snapshot:
        [finding] = await check(["saw", "lamp"], snapshot, graded)
    assert (finding.severity, finding.grade) == (Severity.CONTRAINDICATED, Grade.REVIEW)
    assert set(finding.facts) == {each.id for each in facts}


async def test_values_are_worded_and_what_a_fact_does_not_say_leaves_no_brace(tmp_path: Path) -> None:
    wordy = rule(message={"en": "{first}, {second}: {why} within {within} m.", "zh": "{first}，{second}：{why}。"})
    facts = fact("saw CLASHES lamp", why="sparks", within=2.0), fact("saw CLASHES torch", why="fumes")
    async with workshop(tmp_path, *facts) as snapshot:
        said = {f.message for f in await check(["saw", "lamp", "torch"], snapshot, wordy)}
        in_chinese = {f.message for f in await check(["saw", "lamp"], snapshot, wordy, language="zh")}
    assert said == {"Saw, Lamp: flying sparks within 2 m.", "Saw, Torch: fumes within  m."}
    assert in_chinese == {"Saw，Lamp：火花。"}


async def test_a_rule_without_the_askers_language_still_warns(tmp_path: Path) -> None:
    english = rule(message={"en": "{first} and {second} clash."}, management={"en": "Part them."})
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        [finding] = await check(["saw", "lamp"], snapshot, english, language="zh")
    assert (finding.message, finding.management) == ("Saw and Lamp clash.", "Part them.")


async def test_the_strongest_source_grades_a_finding(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp", grade=Grade.TRIAL)) as snapshot:
        [finding] = await check(["saw", "lamp"], snapshot, CLASH)
    assert finding.grade is Grade.TRIAL


class Silent:
    """A snapshot of a store that has gone."""

    def __init__(self, inner: Snapshot) -> None:
        self.inner = inner
        self.revision = inner.revision

    @property
    def dialect(self) -> Dialect:
        return self.inner.dialect

    async def run(self, statement: Statement) -> Rows:  # noqa: ARG002  it answers nothing
        message = "the store does not answer; try again"
        raise GraphUnavailable(message)


async def test_a_store_that_does_not_answer_never_looks_safe(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        with pytest.raises(GraphUnavailable):
            await check(["saw", "lamp"], Silent(snapshot), CLASH)


class Counting(Silent):
    """A snapshot that counts its queries."""

    queries = 0

    async def run(self, statement: Statement) -> Rows:
        self.queries += 1
        return await self.inner.run(statement)


async def test_three_queries_do_whatever_the_number_of_entities_and_rules(minerals: Domain) -> None:
    ids = [entity.id for entity in minerals.pack.graph.entities]
    async with minerals.store.snapshot() as snapshot:
        counting = Counting(snapshot)
        fresh = replace(minerals.safety, held=Held())
        found, _ = await check_mentions(ids, {}, fresh, counting, language="en")
        assert counting.queries <= 3
        again, _ = await check_mentions(ids, {}, fresh, counting, language="en")
    assert found == again
    assert len(found) > len(minerals.rules)
    assert counting.queries <= 4  # the facts of a revision are read once


async def test_minerals_that_clash_are_told_apart_from_those_that_do_not(minerals: Domain) -> None:
    found = await check(["niter", "quartz", "pyrite", "halite"], minerals)
    assert [(f.rule, f.severity, f.message) for f in found] == [
        ("store-apart", Severity.CONTRAINDICATED, "Niter and pyrite must not be stored together: danger of explosion.")
    ]


async def test_the_worst_comes_first_whatever_the_order_of_the_question(minerals: Domain) -> None:
    ids = ("galena", "niter", "stibnite", "sulfur")
    orders = [await check(order, minerals, language="zh") for order in permutations(ids)]
    assert all(found == orders[0] for found in orders)
    levels = [list(Severity).index(finding.severity) for finding in orders[0]]
    assert levels == sorted(levels, reverse=True)
    assert {finding.rule for finding in orders[0]} == {"store-apart", "dust"}
    assert len({(f.rule, f.subjects) for f in orders[0]}) == len(orders[0])
    assert {subject for f in orders[0] for subject in f.subjects} == set(ids)


async def test_a_derived_pair_rests_on_the_facts_that_it_was_derived_from(minerals: Domain) -> None:
    [finding] = await check(["niter", "pyrite"], minerals)
    [clash] = [f for f in minerals.pack.graph.facts if f.id == finding.facts[0]]
    assert finding.facts == (clash.id, *clash.derived_from)
    assert len(finding.facts) == 4


def test_the_workshop_and_the_minerals_share_no_relation(minerals: Domain) -> None:
    """So that no test of one pack can pass by the other's rules."""
    assert not SCHEMA.relations.keys() & minerals.pack.schema.relations.keys()
