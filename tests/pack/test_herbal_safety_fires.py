"""What the herbal pack's safety lists contain, the engine says: by name, alias, processed form and through formulas.

All cases are generated from the pack; of the aliases a part is drawn, the evaluation goes through all.
"""

import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping

import pytest

from kg.model import Entity, Fact, NameKind, Status
from kg.store import Snapshot
from reasoning.answer import Finding
from reasoning.domain import Domain
from reasoning.safety import SafetyCheck, Subject, check
from tests.reasoning.parts import HERBAL, opened

PAIRS = ("INCOMPATIBLE_WITH", "UNRESOLVED_WITH", "INTERACTS_WITH")
BEYOND = 1.02  # an amount just above a limit


@pytest.fixture(scope="module")
def herbal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Domain]:
    with opened(HERBAL, tmp_path_factory.mktemp("herbal")) as domain:
        yield domain


@pytest.fixture
async def snapshot(herbal: Domain) -> AsyncIterator[Snapshot]:
    async with herbal.store.snapshot() as opened_snapshot:
        yield opened_snapshot


@pytest.fixture(scope="module")
def facts(herbal: Domain) -> Mapping[str, list[Fact]]:
    """Facts in force, by relation."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in herbal.pack.graph.facts:
        if fact.status in {Status.ASSERTED, Status.DISPUTED}:
            found[fact.predicate].append(fact)
    return found


@pytest.fixture(scope="module")
def entities(herbal: Domain) -> Mapping[str, Entity]:
    return {entity.id: entity for entity in herbal.pack.graph.entities}


async def told(domain: Domain, snapshot: Snapshot, *subjects: Subject | str, **context: object) -> SafetyCheck:
    given = [Subject(each) if isinstance(each, str) else each for each in subjects]
    return await check(given, context, domain, snapshot, language="zh")


def own_names(entity: Entity, draw: random.Random) -> tuple[str, str]:
    """The standard name and another that is the entity's alone."""
    others = [name.text for name in entity.names if name.language == "zh" and name.kind is not NameKind.COLLECTIVE]
    return entity.label("zh"), draw.choice(others)


def rests_on(findings: tuple[Finding, ...], *ids: str) -> bool:
    return any(set(ids) & set(finding.facts) for finding in findings)


async def test_every_incompatible_pair_fires_by_name_and_alias(
    herbal: Domain, snapshot: Snapshot, facts: Mapping[str, list[Fact]], entities: Mapping[str, Entity]
) -> None:
    draw = random.Random(5)  # noqa: S311  a sample, not a secret
    missed = []
    for fact in facts["INCOMPATIBLE_WITH"]:
        one, other = own_names(entities[fact.subject], draw), own_names(entities[fact.object], draw)
        for pair in ((one[0], other[0]), (other[1], one[1])):
            outcome = await told(herbal, snapshot, *pair)
            if not rests_on(outcome.findings, fact.id) or outcome.conclusion != "avoid":
                missed.append((*pair, outcome.conclusion))
    assert not missed


async def test_every_incompatible_pair_fires_through_a_formula(
    herbal: Domain, snapshot: Snapshot, facts: Mapping[str, list[Fact]], entities: Mapping[str, Entity]
) -> None:
    formulas: dict[str, list[str]] = defaultdict(list)
    for fact in facts["HAS_MEMBER"]:
        formulas[fact.object].append(fact.subject)
    missed, seen = [], 0
    for fact in facts["INCOMPATIBLE_WITH"]:
        for inside, outside in ((fact.subject, fact.object), (fact.object, fact.subject)):
            for formula in formulas[inside][:2]:
                outcome = await told(herbal, snapshot, Subject(entity=formula), Subject(entity=outside))
                seen += 1
                if not rests_on(outcome.findings, fact.id):
                    missed.append((entities[formula].label("zh"), entities[outside].label("zh")))
    assert seen > 150
    assert not missed


@pytest.mark.parametrize(
    ("relation", "context"),
    [
        ("HAS_TOXICITY", {}),
        ("PREGNANCY_LEVEL", {"pregnant": True}),
        ("UNRESOLVED_WITH", {}),
        ("INTERNAL_USE_AS", {}),
    ],
)
async def test_every_level_fires_by_name_and_alias(  # noqa: PLR0913, PLR0917  a table of cases
    herbal: Domain,
    snapshot: Snapshot,
    facts: Mapping[str, list[Fact]],
    entities: Mapping[str, Entity],
    relation: str,
    context: Mapping[str, bool],
) -> None:
    draw = random.Random(6)  # noqa: S311  a sample, not a secret
    missed = []
    for fact in facts[relation]:
        if entities[fact.object].label("zh") == "无毒":
            continue
        for name in own_names(entities[fact.subject], draw):
            also = [entities[fact.object].label("zh")] if relation in PAIRS else []
            outcome = await told(herbal, snapshot, name, *also, **context)
            if not rests_on(outcome.findings, fact.id):
                missed.append((name, entities[fact.object].label("zh")))
    assert not missed


async def test_every_condition_of_people_fires(
    herbal: Domain, snapshot: Snapshot, facts: Mapping[str, list[Fact]], entities: Mapping[str, Entity]
) -> None:
    by_context: dict[str, dict[str, object]] = {
        "哺乳期妇女": {"lactating": True},
        "运动员": {"athlete": True},
        "儿童": {"age_years": 9},
        "婴幼儿": {"age_years": 1},
        "老人": {"age_years": 80},
    }
    missed = []
    for fact in facts["CONTRAINDICATED_IN"]:
        group = entities[fact.object].label("zh")
        if entities[fact.object].type != "Population":
            continue
        context = by_context.get(group, {"conditions": [group]})
        outcome = await told(herbal, snapshot, Subject(entity=fact.subject), **context)
        if not rests_on(outcome.findings, fact.id):
            missed.append((entities[fact.subject].label("zh"), group))
    assert not missed


async def test_every_interaction_fires(
    herbal: Domain, snapshot: Snapshot, facts: Mapping[str, list[Fact]], entities: Mapping[str, Entity]
) -> None:
    draw = random.Random(7)  # noqa: S311  a sample, not a secret
    missed = []
    for fact in draw.sample(facts["INTERACTS_WITH"], 400) + facts["INTERACTS_WITH_CLASS"]:
        name, drug = own_names(entities[fact.subject], draw)[1], own_names(entities[fact.object], draw)[1]
        outcome = await told(herbal, snapshot, name, drugs=[drug])
        if not any({fact.subject, fact.object} <= set(finding.subjects) for finding in outcome.findings):
            missed.append((name, drug))
    assert not missed


async def test_every_upper_limit_fires_above_it_and_not_at_it(
    herbal: Domain, snapshot: Snapshot, facts: Mapping[str, list[Fact]], entities: Mapping[str, Entity]
) -> None:
    routes: dict[tuple[str, str], list[float]] = defaultdict(list)
    for fact in facts["HAS_DOSE"]:
        if fact.qualifiers.get("basis") == "adult_daily" and "high" in fact.qualifiers:
            routes[fact.subject, fact.object].append(float(fact.qualifiers["high"]))
    silent, false = [], []
    for (herb, route), highs in routes.items():
        if entities[route].label("zh") not in {"煎服", "内服"}:
            continue
        name, most = entities[herb].label("zh"), max(highs)
        above = await told(herbal, snapshot, Subject(name, dose=f"{most * BEYOND:g}g", preparation="煎服"))
        within = await told(herbal, snapshot, Subject(name, dose=f"{most:g}g", preparation="煎服"))
        if not over(above):
            silent.append((name, most))
        if over(within):
            false.append((name, most))
    assert not silent
    assert not false


def over(outcome: SafetyCheck) -> list[Finding]:
    return [f for f in outcome.findings if f.comparison is not None and (f.comparison.ratio or 0) > 1]
