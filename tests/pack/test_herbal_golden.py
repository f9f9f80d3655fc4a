"""The golden questions of the herbal pack expect only what its own tables say."""

from collections import Counter
from pathlib import Path

import pytest

import kg
from kg.pack.content import Pack
from kg.pack.read import read_pack
from reasoning.answer import Outcome

HERBAL = Path(kg.__file__).parent / "packs" / "herbal"


@pytest.fixture(scope="module")
def herbal() -> Pack:
    """Return the herbal pack."""
    return read_pack(HERBAL)


def test_every_expected_fact_and_entity_stands_in_the_graph(herbal: Pack) -> None:
    labels = {entity.id: entity.label("zh") for entity in herbal.graph.entities}
    stated = {(labels[f.subject], f.predicate, labels[f.object]) for f in herbal.graph.facts}
    symmetric = {name for name, relation in herbal.schema.relations.items() if relation.symmetric}
    stated |= {(o, p, s) for s, p, o in stated if p in symmetric}

    missing = [fact for case in herbal.golden for fact in case.get("facts", ()) if tuple(fact) not in stated]
    unknown = [name for case in herbal.golden for name in case.get("entities", ()) if name not in labels.values()]

    assert not missing
    assert not unknown


def test_every_expected_finding_is_a_rule_of_the_pack(herbal: Pack) -> None:
    rules = {rule["id"] for rule in herbal.rules}
    assert {finding for case in herbal.golden for finding in case.get("findings", ())} <= rules


def test_cases_are_told_apart_and_cover_both_languages_and_every_kind_of_answer(herbal: Pack) -> None:
    ids = Counter(case["id"] for case in herbal.golden)
    languages = Counter(case["language"] for case in herbal.golden)

    assert max(ids.values()) == 1
    assert min(languages[language] for language in herbal.languages) >= 20
    assert {Outcome(case["outcome"].lower()) for case in herbal.golden} >= set(Outcome) - {Outcome.PARTIAL}


def test_no_formula_lists_a_herb_twice(herbal: Pack) -> None:
    members = Counter((f.subject, f.object) for f in herbal.graph.facts if f.predicate == "HAS_MEMBER")
    assert not [pair for pair, number in members.items() if number > 1]
