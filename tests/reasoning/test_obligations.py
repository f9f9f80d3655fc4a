"""What an answer owes besides what was asked: the herbal pack's obligations, and obligations that do not fit."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from kg.errors import PackInvalid
from reasoning.answer import Answer, Outcome
from reasoning.domain import Domain
from reasoning.obligations import obligation_faults, parse_obligations
from tests.reasoning.parts import answered

OWED: Mapping[str, object] = {"id": "o", "relations": ["TREATS"], "types": ["Herb"], "rules": ["toxicity-grade"]}


def _told(answer: Answer, name: str) -> set[str]:
    """The rules of the findings about an entity."""
    return {finding.rule for finding in answer.findings if name in finding.subjects}


@pytest.mark.parametrize("text", ["哪些药可以治疗惊悸", "Which herbs treat fright palpitations?", "治惊悸的药有哪些"])
async def test_dangers_of_what_an_answer_lists_are_told(text: str, herbal: Domain) -> None:
    answer = await answered(text, herbal)
    listed = {verdict.claim.subject for verdict in answer.claims}
    graph = herbal.pack.graph
    toxic = {f.subject for f in graph.facts if f.predicate == "HAS_TOXICITY" and f.subject in listed}
    assert answer.outcome is Outcome.ANSWERED
    told = {s for finding in answer.findings if finding.rule == "toxicity-grade" for s in finding.subjects}
    assert toxic <= told


async def test_a_dose_comes_with_what_holds_in_pregnancy_unless_that_is_settled(herbal: Domain) -> None:
    text = "附子的用量是多少"
    assert "pregnancy-level" in _told(await answered(text, herbal), "herb-fuzi")
    for context in ({"pregnant": False}, {"sex": "male"}):
        assert "pregnancy-level" not in _told(await answered(text, herbal, context=context), "herb-fuzi")


async def test_a_question_of_flavour_owes_nothing_about_pregnancy(herbal: Domain) -> None:
    assert "pregnancy-level" not in _told(await answered("附子是什么味道", herbal), "herb-fuzi")


async def test_what_an_answer_lists_is_held_against_the_drugs_of_the_person(herbal: Domain) -> None:
    answer = await answered("哪些药能活血祛瘀", herbal, context={"drugs": ["华法林"]})
    rules = {"drug-interaction", "drug-class-interaction"}
    told = [finding for finding in answer.findings if finding.rule in rules]
    assert told
    assert all("drug-warfarin" in finding.subjects for finding in told if finding.rule == "drug-interaction")


async def test_the_text_names_the_worst_and_nothing_twice(herbal: Domain) -> None:
    answer = await answered("附子的用量是多少", herbal)
    messages = [finding.message.rstrip("。") for finding in answer.findings]
    assert all(answer.text.count(message) <= 1 for message in messages)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"relations": ["CURES"]}, "CURES is not declared"),
        ({"types": ["Drug?"]}, "types"),
        ({"rules": ["nothing"]}, "rules: nothing"),
        ({"assume": ["pregnant"]}, "assume"),
        ({"at_most": -1}, "at_most"),
        ({"at_most": True}, "at_most"),
        ({"whom": "all"}, "unknown key whom"),
        ({"rules": []}, "rules must list names"),
    ],
)
def test_obligations_that_do_not_fit_are_named(changed: dict[str, object], said: str, herbal: Domain) -> None:
    with pytest.raises(PackInvalid) as invalid:
        parse_obligations(
            {"obligations": [{**OWED, **changed}]}, herbal.pack.schema, [rule.id for rule in herbal.rules]
        )
    assert any(said in fault for fault in invalid.value.faults)


def test_keys_of_the_person_are_those_of_the_pack(herbal: Domain) -> None:
    pack = replace(herbal.pack, obligations={"obligations": [{**OWED, "unless": {"wealthy": True}}]})
    assert obligation_faults(pack) == ("obligations.yaml: o: unless: wealthy is no key of the context in pack.toml",)
