"""The whole check on a made-up workshop: conclusions, what is missing, what counts as covered, what is accepted."""

from pathlib import Path
from typing import Any

import pytest

from kg.model import Status
from reasoning.answer import Acknowledgement, CheckKind, Severity
from reasoning.safety import Conclusion, InvalidPrescription, Subject
from tests.safety.parts import check, fact, rule, setting_of, whole, workshop

CONTEXT = {
    "wet": "boolean",
    "male": "boolean",
    "age": "number",
    "weight": "number",
    "people": "strings",
    "note": "string",
}
POLICY: dict[str, Any] = {
    "coverage": {"Tool": ["CLASHES", "BEARS", "USED"], "Kit": ["HOLDS"]},
    "context": {
        "wet": {
            "asks": "moderate",
            "never": [{"male": True}, {"age": {"below": 9}}],
            "contradicts": [{"male": True}],
            "values": {"true": {"en": ["wet", "soaked"]}},
        },
        "age": {"bounds": [0, 130]},
        "people": {"asks": "major", "types": ["Person"]},
    },
}
BURNS = rule(
    id="burns", kind="toxicity", when={"fact": "BEARS"}, message={"en": "{subject}: {object}."}, severity="moderate"
)
WET = rule(id="wet", when={"fact": "BEARS", "context": {"wet": True}}, message={"en": "Wet {subject}."})
BAD = rule(
    id="bad",
    kind="contraindication",
    when={"pair": "BAD_FOR", "with": "people", "up": "SORT_OF"},
    message={"en": "{first} is bad for {second}."},
)


async def test_every_finding_has_its_conclusion(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("saw BEARS fire"), fact("axe BEARS fire")) as snapshot:
        for level, conclusion in (
            ("contraindicated", Conclusion.AVOID),
            ("major", Conclusion.AVOID),
            ("moderate", Conclusion.CAUTION),
            ("minor", Conclusion.CAUTION),
            ("info", Conclusion.NO_KNOWN_ISSUE),
        ):
            setting = await setting_of(snapshot, rule(severity=level), policy=POLICY, context=CONTEXT)
            done = await whole(["saw", "lamp"], (snapshot, setting))
            assert (done.conclusion, len(done.findings)) == (conclusion, 1)
            assert (await whole(["saw", "axe"], (snapshot, setting))).conclusion is Conclusion.NO_KNOWN_ISSUE


async def test_nothing_is_safe_that_was_not_understood(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("axe SEEN_WITH bow")) as snapshot:
        setting = await setting_of(snapshot, rule(), policy=POLICY, context=CONTEXT)
        unknown = await whole(["saw", "gizmo"], (snapshot, setting))
        uncovered = await whole(["saw", "bow"], (snapshot, setting))
        stranger = await whole([Subject(entity="nobody"), "saw"], (snapshot, setting))
        bad = await whole(["saw", "lamp", "gizmo"], (snapshot, setting))
    assert (unknown.conclusion, unknown.unlinked) == (Conclusion.INSUFFICIENT_COVERAGE, ("gizmo",))
    assert (uncovered.conclusion, uncovered.uncovered) == (Conclusion.INSUFFICIENT_COVERAGE, ("bow",))
    assert (stranger.conclusion, stranger.uncovered) == (Conclusion.INSUFFICIENT_COVERAGE, ("nobody",))
    assert bad.conclusion is Conclusion.AVOID  # the worst that is known is not hidden by what is not
    assert "gizmo" in bad.summary


async def test_what_would_decide_is_asked_for_unless_it_cannot_matter(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw BEARS fire"), fact("axe CLASHES lamp")) as snapshot:
        setting = await setting_of(snapshot, WET, policy=POLICY, context=CONTEXT)
        asked: list[tuple[dict[str, Any], tuple[str, ...], Conclusion]] = [
            ({}, ("wet",), Conclusion.CONDITIONAL),
            ({"wet": False}, (), Conclusion.NO_KNOWN_ISSUE),
            ({"wet": True}, (), Conclusion.AVOID),
            ({"male": True}, (), Conclusion.NO_KNOWN_ISSUE),
            ({"age": 5}, (), Conclusion.NO_KNOWN_ISSUE),
            ({"age": 50}, ("wet",), Conclusion.CONDITIONAL),
            ({"people": ["soaked"]}, (), Conclusion.AVOID),
        ]
        for context, missing, conclusion in asked:
            done = await whole(["saw"], (snapshot, setting), context=context)
            assert (done.missing_context, done.conclusion) == (missing, conclusion), context
        assert (await whole(["axe"], (snapshot, setting))).missing_context == ()


async def test_a_list_is_asked_for_where_it_could_be_bad_enough(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw BAD_FOR cook"), fact("axe BEARS fire")) as snapshot:
        for level, missing in (("major", ("people",)), ("moderate", ())):
            setting = await setting_of(snapshot, {**BAD, "severity": level}, policy=POLICY, context=CONTEXT)
            assert (await whole(["saw"], (snapshot, setting))).missing_context == missing
            assert (await whole(["axe"], (snapshot, setting))).missing_context == ()


async def test_a_person_of_a_narrower_sort_is_of_the_broader_one(tmp_path: Path) -> None:
    facts = (
        fact("saw BAD_FOR cook"),
        fact("baker SORT_OF cook"),
        fact("bakeress SORT_OF baker"),
        fact("cook SORT_OF human"),
    )
    async with workshop(tmp_path, *facts) as snapshot:
        setting = await setting_of(snapshot, BAD, policy=POLICY, context=CONTEXT)
        for named, fires in (("cook", True), ("baker", True), ("bakeress", True), ("human", False)):
            done = await whole(["saw"], (snapshot, setting), context={"people": [named]})
            assert bool(done.findings) is fires, named
        [finding] = (await whole(["saw"], (snapshot, setting), context={"people": ["bakeress"]})).findings
    assert finding.message == "Saw is bad for Cook."
    assert {"bakeress", "baker"} <= set(finding.subjects)


async def test_an_accepted_finding_is_marked_and_stays(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("saw CLASHES torch")) as snapshot:
        setting = await setting_of(snapshot, rule())
        accepted = Acknowledgement("clash", ("saw", "lamp"), "on purpose")
        done = await whole(["saw", "lamp", "torch"], (snapshot, setting), acknowledgements=[accepted])
        others = await whole(["saw", "torch"], (snapshot, setting), acknowledgements=[accepted])
        all_of_it = await whole(
            ["saw", "lamp", "torch"], (snapshot, setting), acknowledgements=[Acknowledgement("clash", (), "known")]
        )
    assert {(f.subjects, f.acknowledgement) for f in done.findings} == {
        (("saw", "lamp"), accepted),
        (("saw", "torch"), None),
    }
    assert done.conclusion is Conclusion.AVOID
    assert others.findings[0].acknowledgement is None
    assert [f.acknowledgement.reason for f in all_of_it.findings if f.acknowledgement] == ["known"]


async def test_pairs_of_one_rule_around_one_thing_are_one_finding(tmp_path: Path) -> None:
    facts = [fact(f"saw CLASHES {other}", why="sparks") for other in ("lamp", "torch", "rag")]
    async with workshop(
        tmp_path, *facts, fact("saw CLASHES bow", why="fumes"), fact("axe CLASHES rag", why="sparks")
    ) as s:
        setting = await setting_of(s, rule(message={"en": "{first} and {second} clash: {why}."}))
        done = await whole(["lamp", "rag", "saw", "axe", "bow", "torch"], (s, setting))
    assert [f.message for f in done.findings] == [
        "Axe and Rag clash: flying sparks.",
        "Saw and Bow clash: fumes.",
        "Saw and Lamp, Rag, Torch clash: flying sparks.",
    ]
    assert set(done.findings[2].facts) == {each.id for each in facts}


async def test_what_is_recorded_together_in_spite_of_a_rule_is_shown_with_it(tmp_path: Path) -> None:
    facts = fact("saw CLASHES lamp"), fact("kit SEEN_WITH saw"), fact("kit SEEN_WITH lamp"), fact("box SEEN_WITH saw")
    excepted = rule(
        when={"pair": "CLASHES", "exception": "SEEN_WITH"},
        documented={"en": " ({first}, {second}: seen in {through}.)"},
    )
    async with workshop(tmp_path, *facts) as snapshot:
        setting = await setting_of(snapshot, excepted)
        [finding] = (await whole(["saw", "lamp"], (snapshot, setting))).findings
    assert finding.message == "Saw and Lamp clash. (Saw, Lamp: seen in Kit.)"
    assert finding.severity is Severity.MAJOR
    assert {each.id for each in facts[:3]} == set(finding.facts)


async def test_what_held_in_an_earlier_edition_only_fires_nothing(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp", status=Status.SUPERSEDED)) as snapshot:
        assert not await check(["saw", "lamp"], snapshot, rule())


async def test_only_the_kinds_that_are_asked_for_are_looked_at(tmp_path: Path) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp"), fact("saw BEARS fire")) as snapshot:
        setting = await setting_of(snapshot, rule(), BURNS)
        done = await whole(["saw", "lamp"], (snapshot, setting), kinds=[CheckKind.TOXICITY])
        both = await whole(["saw", "lamp"], (snapshot, setting))
    assert [f.rule for f in done.findings] == ["burns"]
    assert [(each.rule, each.sources) for each in done.applied] == [("burns", ("The Manual 2nd edition",))]
    assert [each.rule for each in both.applied] == ["clash", "burns"]


async def test_a_thing_of_a_form_is_what_the_form_is_of_unless_it_is_recorded_itself(tmp_path: Path) -> None:
    expand = {"FORM_OF": {"en": "{through} (a form of {name})"}}
    facts = (
        fact("saw CLASHES lamp"),
        fact("minisaw FORM_OF saw"),
        fact("midisaw FORM_OF saw"),
        fact("midisaw CLASHES lamp"),
    )
    async with workshop(tmp_path, *facts) as snapshot:
        setting = await setting_of(snapshot, rule(expand=expand))
        [one] = (await whole(["minisaw", "lamp"], (snapshot, setting))).findings
        [other] = (await whole(["midisaw", "lamp"], (snapshot, setting))).findings
    assert {one.message, other.message} == {"Minisaw (a form of Saw) and Lamp clash.", "Midisaw and Lamp clash."}


async def test_what_the_person_names_is_found_in_what_is_used(tmp_path: Path) -> None:
    avoids = rule(
        id="avoids",
        when={"named": "people"},
        expand=["HOLDS"],
        message={"en": "No {object}: {subject}."},
        severity="major",
    )
    async with workshop(tmp_path, fact("kit HOLDS saw"), fact("axe BEARS fire")) as snapshot:
        setting = await setting_of(snapshot, avoids, context=CONTEXT)
        for used, said in (("saw", ["No Saw: Saw."]), ("kit", ["No Saw: Saw (in Kit)."]), ("axe", [])):
            done = await whole([used], (snapshot, setting), context={"people": ["saw"]})
            assert [f.message for f in done.findings] == said


async def test_the_same_part_in_two_things_is_told_once_for_each_two(tmp_path: Path) -> None:
    shared = rule(
        id="twice",
        when={"shared": "HOLDS"},
        prescribed=True,
        severity={"by": "type", "values": {"Tool": "minor"}},
        message={"en": "{first} and {second} share {shared}."},
        twice={"en": "{first} stands twice."},
    )
    facts = fact("kit HOLDS saw"), fact("kit HOLDS lamp"), fact("box HOLDS minisaw"), fact("minisaw FORM_OF saw")
    async with workshop(tmp_path, *facts, fact("bag HOLDS torch")) as snapshot:
        setting = await setting_of(snapshot, shared)
        told = {
            used: [f.message for f in (await whole(list(used), (snapshot, setting))).findings]
            for used in (("kit", "box"), ("kit", "bag"), ("kit", "lamp"), ("saw", "minisaw"), ("saw", "saw"))
        }
        assert not await check(["kit", "box"], snapshot, shared)  # naming two things is not using both
    assert told == {
        ("kit", "box"): ["Kit and Box share Saw."],
        ("kit", "bag"): [],
        ("kit", "lamp"): ["Kit and Lamp share Lamp."],
        ("saw", "minisaw"): [],
        ("saw", "saw"): ["Saw stands twice."],
    }


BAD_INPUT: list[tuple[list[Subject], dict[str, Any], set[str]]] = [
    ([], {}, {"subjects"}),
    ([Subject("saw")] * 51, {}, {"subjects"}),
    ([Subject()], {}, {"subjects[0]"}),
    ([Subject("saw"), Subject("\x00\x01")], {}, {"subjects[1].text"}),
    ([Subject("x" * 2000)], {}, {"subjects[0].text"}),
    ([Subject("saw", dose="-3 g")], {}, {"subjects[0].dose"}),
    ([Subject("saw", dose="0 g")], {}, {"subjects[0].dose"}),
    ([Subject("saw", dose="nan g")], {}, {"subjects[0].dose"}),
    ([Subject("saw", dose="1e400 g")], {}, {"subjects[0].dose"}),
    ([Subject("saw", dose="5 blub")], {}, {"subjects[0].dose"}),
    ([Subject("saw", dose="9-3 g")], {}, {"subjects[0].dose"}),
    ([Subject("saw")], {"wet": "yes"}, {"context.wet"}),
    ([Subject("saw")], {"age": -1}, {"context.age"}),
    ([Subject("saw")], {"age": float("nan")}, {"context.age"}),
    ([Subject("saw")], {"age": True}, {"context.age"}),
    ([Subject("saw")], {"colour": "red"}, {"context.colour"}),
    ([Subject("saw")], {"people": [3]}, {"context.people"}),
    ([Subject("saw")], {"people": {"a": 1}}, {"context.people"}),
    ([Subject("saw")], {"note": 3}, {"context.note"}),
    ([Subject("saw")], {"wet": True, "male": True}, {"context.wet"}),
    ([Subject("saw", dose="-1 g")], {"age": "x", "colour": 1}, {"subjects[0].dose", "context.age", "context.colour"}),
]


@pytest.mark.parametrize(("subjects", "context", "fields"), BAD_INPUT)
async def test_what_cannot_be_is_named_field_by_field(
    tmp_path: Path, subjects: list[Subject], context: dict[str, Any], fields: set[str]
) -> None:
    async with workshop(tmp_path, fact("saw CLASHES lamp")) as snapshot:
        setting = await setting_of(snapshot, rule(), policy=POLICY, context=CONTEXT)
        with pytest.raises(InvalidPrescription) as caught:
            await whole(subjects, (snapshot, setting), context=context)
    assert {fault.field for fault in caught.value.faults} == fields
    assert all(fault.message for fault in caught.value.faults)
    assert caught.value.reason == "INVALID_FIELD"


async def test_the_evidence_has_both_ends_of_every_fact(tmp_path: Path) -> None:
    base = fact("saw BEARS fire")
    facts = base, fact("saw CLASHES lamp", derived_from=(base,)), fact("kit HOLDS lamp")
    async with workshop(tmp_path, *facts) as snapshot:
        setting = await setting_of(snapshot, rule(expand=["HOLDS"]), BURNS)
        done = await whole(["saw", "kit", "gizmo"], (snapshot, setting))
    held = {entity.id for entity in done.evidence.entities}
    assert {end for each in done.evidence.facts for end in (each.subject, each.object)} <= held
    assert {base.id, facts[1].id, facts[2].id} == {each.id for each in done.evidence.facts}
    assert [(each.text, each.entity, each.members) for each in done.checked] == [
        ("saw", "saw", ()),
        ("kit", "kit", ("lamp",)),
        ("gizmo", "", ()),
    ]
