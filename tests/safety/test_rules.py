"""Rules as a pack declares them: every kind of fault is named, and nothing in a file makes the reader fail."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.errors import PackInvalid
from kg.rules import KINDS, SEVERITIES, parse_rules, rule_faults
from tests.safety.parts import RULE, SCHEMA, rule

FACT = {"fact": "BEARS"}
SAID = {"en": "{subject}: {object}", "zh": "{subject}：{object}"}

FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "no id": (rule(id=None), "id must be a text"),
    "id of another kind": (rule(id=["clash"]), "id must be a text"),
    "unknown key": (rule(advice="run"), "unknown key advice"),
    "no kind": (rule(kind=None), "kind must be one of interaction,"),
    "unknown kind": (rule(kind="dirt"), "kind must be one of interaction,"),
    "unknown basis": (rule(severity_basis="hearsay"), "severity_basis must be one of proposal, source"),
    "no title": (rule(title=None), "title must give a text"),
    "no message": (rule(message=None), "message must give a text"),
    "message in no language": (rule(message="They clash."), "message must give a text for each language"),
    "empty message": (rule(message={"en": ""}), "message must give a text for each language"),
    "management in no language": (rule(management="Run."), "management must give a text for each language"),
    "unknown placeholder": (rule(message={"en": "{frist} clashes."}), "unknown placeholder {frist}; there are {first}"),
    "placeholder of the other kind": (rule(message={"en": "{subject} clashes."}), "unknown placeholder {subject}"),
    "placeholder that reaches in": (rule(message={"en": "{first.__class__}"}), "unknown placeholder"),
    "placeholder with a format": (rule(message={"en": "{first:>9}"}), "unknown placeholder"),
    "open brace": (rule(message={"en": "{first clashes."}), "its braces do not match"),
    "no condition": (rule(when=None), "when must name one relation"),
    "condition of another kind": (rule(when=["CLASHES"]), "when must name one relation"),
    "two conditions": (rule(when={"pair": "CLASHES", "fact": "BEARS"}), "when must name one relation"),
    "unknown relation": (rule(when={"pair": "FIGHTS"}), "'FIGHTS' is no relation of schema.yaml"),
    "relation of another kind": (rule(when={"pair": ["CLASHES"]}), "['CLASHES'] is no relation"),
    "unknown key in the condition": (rule(when={"pair": "CLASHES", "whence": 1}), "unknown key whence in when"),
    "objects of a pair": (rule(when={"pair": "CLASHES", "objects": ["Lamp"]}), "never a `pair`"),
    "objects not listed": (rule(when={**FACT, "objects": "fire"}, message=SAID), "objects must list standard names"),
    "context not mapped": (rule(when={"pair": "CLASHES", "context": ["wet"]}), "context must map"),
    "context with an unknown bound": (rule(when={"pair": "CLASHES", "context": {"age": {"under": 3}}}), "`from` and"),
    "context with no bound": (rule(when={"pair": "CLASHES", "context": {"age": {}}}), "`from` and `below`"),
    "context with a bound in words": (rule(when={"pair": "CLASHES", "context": {"age": {"from": "3"}}}), "`from` and"),
    "what is with a fact": (rule(when={**FACT, "with": "tools"}, message=SAID), "holds the other end of a `pair`"),
    "with nothing": (rule(when={"pair": "CLASHES", "with": ""}), "holds the other end of a `pair`"),
    "with several keys": (rule(when={"pair": "CLASHES", "with": ["tools"]}), "holds the other end of a `pair`"),
    "unknown relation to expand": (rule(expand=["KEEPS"]), "'KEEPS' is no relation of schema.yaml"),
    "relations to expand not listed": (rule(expand="HOLDS"), "expand must list relations"),
    "unknown relation to word": (rule(expand={"KEEPS": {}}), "'KEEPS' is no relation of schema.yaml"),
    "stand-in in no language": (rule(expand={"HOLDS": "{name}"}), "expand: HOLDS must give a text"),
    "stand-in with an unknown placeholder": (rule(expand={"HOLDS": {"en": "{first}"}}), "unknown placeholder {first}"),
    "no severity": (rule(severity=None), "severity must be one of info,"),
    "unknown severity": (rule(severity="bad"), "severity must be one of info,"),
    "no levels": (rule(severity={"by": "why", "values": {}}), "severity must be one of info,"),
    "levels not mapped": (rule(severity={"by": "why", "values": ["major"]}), "severity must be one of info,"),
    "unknown level": (rule(severity={"by": "why", "values": {"sparks": "bad"}}), "severity must be one of info,"),
    "by nothing": (rule(severity={"values": {"sparks": "major"}}), "severity must go by one of why, within"),
    "by an unknown qualifier": (rule(severity={"by": "how", "values": {"x": "major"}}), "severity must go by one of"),
    "by the object of a pair": (rule(severity={"by": "object", "values": {"x": "major"}}), "must go by one of why"),
    "a value without a level": (rule(severity={"by": "why", "values": {"sparks": "major"}}), "no level for fumes"),
    "a level for no value": (
        rule(severity={"by": "why", "values": {"sparks": "major", "fumes": "minor", "noise": "info"}}),
        "severity grades noise, which never occurs",
    ),
    "an object without a level": (
        rule(
            when={**FACT, "objects": ["Fire", "Dust"]},
            message=SAID,
            severity={"by": "object", "values": {"Fire": "major"}},
        ),
        "no level for Dust",
    ),
}


@pytest.mark.parametrize(("record", "said"), FAULTS.values(), ids=FAULTS.keys())
def test_a_fault_is_named_with_its_rule(record: dict[str, Any], said: str) -> None:
    with pytest.raises(PackInvalid) as caught:
        parse_rules([record], SCHEMA)
    [fault] = caught.value.faults
    name = record.get("id", "number 1")
    assert fault.startswith(f"rules.yaml: {name}: ")
    assert said in fault


def test_the_rule_that_the_faults_start_from_has_none() -> None:
    assert rule_faults([RULE], SCHEMA) == []


def test_two_rules_of_one_id_are_a_fault() -> None:
    assert rule_faults([RULE, rule(kind="dose")], SCHEMA) == ["rules.yaml: clash: another rule has this id"]


def test_all_faults_of_all_rules_are_named_at_once() -> None:
    faults = rule_faults([rule(kind="dirt", severity="bad"), rule(id="other", title=None)], SCHEMA)
    assert [fault.split(": ")[1] for fault in faults] == ["clash", "clash", "other"]


anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from([*KINDS, *SEVERITIES, *SCHEMA.relations]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["pair", "fact", "by", "values", "objects", "context", "with", "from", "below", "en", "why"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(st.sampled_from([*RULE, "expand", "management", "mechanism"]), anything) | anything))
def test_nothing_in_a_file_makes_the_reader_fail(records: list[Any]) -> None:
    """It either names faults, or returns a rule for each record."""
    if faults := rule_faults(records, SCHEMA):
        with pytest.raises(PackInvalid) as caught:
            parse_rules(records, SCHEMA)
        assert list(caught.value.faults) == faults
    else:
        assert len(parse_rules(records, SCHEMA)) == len(records)


@given(st.dictionaries(st.sampled_from(list(RULE)), anything, min_size=1, max_size=2))
def test_a_rule_that_is_taken_can_be_said(changed: dict[str, Any]) -> None:
    """Whatever passes the check has a level that exists, and a message that its placeholders fill."""
    try:
        [taken] = parse_rules([{**RULE, **changed}], SCHEMA)
    except PackInvalid:
        return
    assert taken.level("", {}) in SEVERITIES
    ends = ("first", "second", "subject", "object", "why", "within")
    assert all(said.format(**dict.fromkeys(ends, "x")) for said in taken.message.values())


def test_a_level_that_no_value_maps_is_the_worst() -> None:
    [graded] = parse_rules([rule(severity={"by": "why", "values": {"sparks": "major", "fumes": "minor"}})], SCHEMA)
    assert graded.level("", {"why": "sparks"}) == "major"
    assert graded.level("", {}) == "major"
