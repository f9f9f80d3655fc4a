"""How much the herbal pack holds: the least that a release may have, and what may never be missing from a row."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from kg.model import Fact, Review
from kg.pack.content import Pack
from kg.pack.read import read_pack

HERBAL = Path(__file__).parents[2] / "kg" / "packs" / "herbal"
MONOGRAPH = ("HAS_NATURE", "HAS_FLAVOUR", "ENTERS_CHANNEL", "HAS_FUNCTION", "TREATS", "HAS_DOSE")
SEVEN_RELATIONS = ("REINFORCES", "ASSISTED_BY", "RESTRAINED_BY", "NEUTRALISES", "WEAKENED_BY")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(HERBAL)


@pytest.fixture(scope="module")
def facts(pack: Pack) -> Mapping[str, list[Fact]]:
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in pack.graph.facts:
        found[fact.predicate].append(fact)
    return found


def subjects(facts: Mapping[str, list[Fact]], *relations: str) -> set[str]:
    return {fact.subject for relation in relations for fact in facts[relation]}


@pytest.mark.parametrize(
    ("kind", "least"),
    [("Herb", 420), ("Formula", 200), ("PatentMedicine", 40), ("Pattern", 150), ("Drug", 40), ("Compound", 40)],
)
def test_entities(pack: Pack, kind: str, least: int) -> None:
    assert Counter(entity.type for entity in pack.graph.entities)[kind] >= least


def test_herbs_have_whole_monographs(facts: Mapping[str, list[Fact]]) -> None:
    assert len(set.intersection(*(subjects(facts, relation) for relation in MONOGRAPH))) >= 420


def test_names_of_herbs_are_there_in_four_forms(pack: Pack) -> None:
    herbs = [entity for entity in pack.graph.entities if entity.type == "Herb"]
    whole = [herb for herb in herbs if all(herb.standard(language) for language in ("zh", "en", "la", "zh-Latn"))]
    assert len(whole) >= 420


def test_formulas_are_described(facts: Mapping[str, list[Fact]], pack: Pack) -> None:
    formulas = {entity.id for entity in pack.graph.entities if entity.type == "Formula"}
    for relation in ("HAS_MEMBER", "HAS_FUNCTION", "TREATS", "RECORDED_IN", "KEY_SIGN"):
        assert len(subjects(facts, relation) & formulas) >= 200, relation
    patents = {entity.id for entity in pack.graph.entities if entity.type == "PatentMedicine"}
    assert len(subjects(facts, "HAS_MEMBER") & patents) >= 40


@pytest.mark.parametrize(
    ("relations", "least"),
    [
        (("HAS_SPECIES",), 80),
        (("PROCESSED_BY",), 80),
        (("GROWN_IN",), 80),
        (("NEEDS_CONDITION", "GROWING_RANGE"), 80),
        (("HARVESTED_IN",), 80),
        (("SUFFERS_FROM",), 40),
        (("ASSAY_LIMIT",), 60),
        (("RESIDUE_LIMIT", "QUALITY_LIMIT"), 40),
        (("ACTS_ON",), 40),
        (("HAS_SYMPTOM",), 150),
    ],
)
def test_subjects_described(facts: Mapping[str, list[Fact]], relations: tuple[str, ...], least: int) -> None:
    assert len(subjects(facts, *relations)) >= least


def test_interactions_carry_severity_with_its_evidence(facts: Mapping[str, list[Fact]]) -> None:
    interactions = facts["INTERACTS_WITH"] + facts["INTERACTS_WITH_CLASS"]
    assert len(interactions) >= 200
    for fact in interactions:
        assert {"severity", "evidence"} <= fact.qualifiers.keys(), fact


def test_the_seven_relations_are_kept_apart(facts: Mapping[str, list[Fact]]) -> None:
    assert sum(len(facts[relation]) for relation in SEVEN_RELATIONS) >= 60
    assert all(facts[relation] for relation in SEVEN_RELATIONS)


def test_substitution_hazards(facts: Mapping[str, list[Fact]]) -> None:
    assert len(facts["CONFUSED_WITH"]) >= 60


def test_nothing_claims_a_check_that_nobody_made(pack: Pack) -> None:
    reviews = {evidence.review for fact in pack.graph.facts for evidence in fact.evidence}
    assert Review.PRIMARY not in reviews


def test_amounts_carry_unit_and_basis(facts: Mapping[str, list[Fact]], pack: Pack) -> None:
    for relation in pack.schema.relations.values():
        if not relation.quantity:
            continue
        for fact in facts[relation.id]:
            if {"low", "high"} & fact.qualifiers.keys():
                assert {"unit", "basis"} <= fact.qualifiers.keys(), fact
