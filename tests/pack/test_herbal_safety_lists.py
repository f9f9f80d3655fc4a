"""The herbal pack's safety lists: whole, consistent with each other, and reached by every name that the pack gives.

Everything is generated from the pack; what stands here is only how long the published lists are.
"""

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import pytest

import kg
from kg.linking.index import NameIndex, build_index
from kg.linking.link import link
from kg.model import Fact, Review, Status
from kg.pack.content import Pack
from kg.pack.read import read_pack

HERBAL = Path(kg.__file__).parent / "packs" / "herbal"
UNSPOKEN = ("（限生品）", "（二级）", "（三级）")  # statuses that are no alarm when they come in through a formula
SAFETY = ("HAS_TOXICITY", "PREGNANCY_LEVEL", "MEMBER_OF", "REGULATED_AS", "INTERNAL_USE_AS", "UNRESOLVED_WITH")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return read_pack(HERBAL)


@pytest.fixture(scope="module")
def facts(pack: Pack) -> Mapping[str, list[Fact]]:
    """Facts in force, by relation."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in pack.graph.facts:
        if fact.status in {Status.ASSERTED, Status.DISPUTED}:
            found[fact.predicate].append(fact)
    return found


@pytest.fixture(scope="module")
def names(pack: Pack) -> Mapping[str, str]:
    return {entity.id: entity.label("zh") for entity in pack.graph.entities}


@pytest.fixture(scope="module")
def index(pack: Pack) -> NameIndex:
    return build_index(pack.graph.entities)


def listed(facts: list[Fact], source: str, review: Review | None = None) -> list[Fact]:
    """Those that a source states, after so much of a check."""
    return [f for f in facts if any(e.source == source and review in {None, e.review} for e in f.evidence)]


def pairs(facts: Mapping[str, list[Fact]]) -> set[frozenset[str]]:
    return {frozenset({fact.subject, fact.object}) for fact in facts["INCOMPATIBLE_WITH"]}


def daily_limits(facts: Mapping[str, list[Fact]]) -> dict[str, tuple[float, float]]:
    """The least and the most that any route by mouth has, for adults and a day, in grams."""
    ends: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for fact in facts["HAS_DOSE"]:
        q = fact.qualifiers
        if "high" in q and (q["basis"], q["unit"]) == ("adult_daily", "g"):
            ends[fact.subject].append((float(q.get("low", 0)), float(q["high"])))
    return {herb: (min(low for low, _ in all_), max(high for _, high in all_)) for herb, all_ in ends.items()}


def test_toxic_materials_of_the_pharmacopoeia_are_all_there(
    facts: Mapping[str, list[Fact]], names: Mapping[str, str]
) -> None:
    monographs = listed(facts["HAS_TOXICITY"], "chp2020", Review.CROSS_CHECKED)
    assert Counter(names[fact.object] for fact in monographs) == {"大毒": 10, "有毒": 42, "小毒": 31}


def test_pregnancy_levels_of_the_pharmacopoeia_are_all_there(
    facts: Mapping[str, list[Fact]], names: Mapping[str, str]
) -> None:
    monographs = listed(facts["PREGNANCY_LEVEL"], "chp2020", Review.CROSS_CHECKED)
    levels = Counter(names[fact.object] for fact in monographs if fact.subject.startswith("herb-"))
    assert levels == {"妊娠禁用": 35, "妊娠忌用": 2, "妊娠慎用": 59}


def test_controlled_toxic_items_are_all_there(facts: Mapping[str, list[Fact]], pack: Pack) -> None:
    controlled = listed(facts["REGULATED_AS"], "order-23")
    items = {evidence.locator for fact in controlled for evidence in fact.evidence if fact.subject.startswith("herb-")}
    red = next(entity for entity in pack.graph.entities if entity.label("zh") == "红粉")
    assert "红升丹" in {name.text for name in red.names}, "the order lists it beside 红粉; here it is another name"
    assert len(items) + 1 == 28


def test_every_toxic_material_has_a_dose_or_is_for_processing_first(
    facts: Mapping[str, list[Fact]], names: Mapping[str, str]
) -> None:
    dosed = {fact.subject for relation in ("HAS_DOSE", "INTERNAL_USE_AS") for fact in facts[relation]}
    graded = {fact.subject for fact in listed(facts["HAS_TOXICITY"], "chp2020")}
    assert not {names[herb] for herb in graded - dosed}


def test_a_processed_form_belongs_to_the_groups_of_its_raw_material(
    facts: Mapping[str, list[Fact]], names: Mapping[str, str]
) -> None:
    groups: dict[str, set[str]] = defaultdict(set)
    for fact in facts["MEMBER_OF"]:
        groups[fact.subject].add(fact.object)
    lacking = [
        (names[f.subject], names[f.object]) for f in facts["PREPARED_FROM"] if not groups[f.object] <= groups[f.subject]
    ]
    assert not lacking


def test_groups_and_pairs_are_the_same_thing(facts: Mapping[str, list[Fact]]) -> None:
    members: dict[str, set[str]] = defaultdict(set)
    for fact in facts["MEMBER_OF"]:
        members[fact.object].add(fact.subject)
    opposed = {
        frozenset({one, other})
        for fact in facts["OPPOSES"]
        for one in members[fact.subject]
        for other in members[fact.object]
    }
    assert opposed == pairs(facts)
    assert all(members[end] for fact in facts["OPPOSES"] for end in (fact.subject, fact.object))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("三七", "藜芦"),
        ("党参", "五灵脂"),
        ("土贝母", "川乌"),
        ("生姜", "半夏"),
        ("水半夏", "附子"),
        ("太子参", "藜芦"),
        ("桂枝", "赤石脂"),
        ("胆南星", "川乌"),
        ("水牛角", "草乌"),
    ],
)
def test_what_only_looks_like_a_member_is_none(
    facts: Mapping[str, list[Fact]], names: Mapping[str, str], one: str, other: str
) -> None:
    ids = frozenset(herb for herb, name in names.items() if name in {one, other})
    assert len(ids) == 2
    assert ids not in pairs(facts)


def test_unresolved_pairs_are_not_pairs(facts: Mapping[str, list[Fact]]) -> None:
    unresolved = {frozenset({fact.subject, fact.object}) for fact in facts["UNRESOLVED_WITH"]}
    assert unresolved
    assert not unresolved & pairs(facts)


def test_documented_exceptions_are_the_formulas_that_break_a_rule(facts: Mapping[str, list[Fact]]) -> None:
    incompatible = pairs(facts)
    breaking = {
        (formula, herb)
        for formula, members in members_of(facts, "formula-").items()
        for pair in map(frozenset, combinations(members, 2))
        if pair in incompatible
        for herb in pair
    }
    assert {(fact.subject, fact.object) for fact in facts["DOCUMENTED_EXCEPTION"]} == breaking


def test_institutional_lists_stay_a_layer_of_their_own(facts: Mapping[str, list[Fact]]) -> None:
    institutional = listed(facts["PREGNANCY_LEVEL"], "tcm-cdss")
    assert institutional
    assert all(e.review is Review.PENDING for f in institutional for e in f.evidence if e.source == "tcm-cdss")
    levels: dict[str, set[str]] = defaultdict(set)
    for fact in facts["PREGNANCY_LEVEL"]:
        levels[fact.subject].add(fact.object)
    for fact in institutional:
        assert (fact.status is Status.DISPUTED) == (len(levels[fact.subject]) > 1), fact


def test_a_raw_form_and_what_internal_use_requires_are_two_things(
    facts: Mapping[str, list[Fact]], names: Mapping[str, str]
) -> None:
    raw_material = {fact.subject: fact.object for fact in facts["PREPARED_FROM"]}
    for fact in facts["INTERNAL_USE_AS"]:
        source, seen = fact.object, set[str]()
        while source != fact.subject and source in raw_material and source not in seen:
            seen.add(source)
            source = raw_material[source]
        assert source == fact.subject or names[fact.subject].startswith("生"), names[fact.object]


def test_superseded_values_are_dated_and_not_in_force(pack: Pack) -> None:
    past = [fact for fact in pack.graph.facts if fact.status is Status.SUPERSEDED]
    assert len(past) >= 40
    now = {(f.subject, f.predicate, f.object, f.qualifiers.get("low"), f.qualifiers.get("high")) for f in current(pack)}
    for fact in past:
        assert "valid_to" in fact.qualifiers
        assert all(evidence.review is Review.PENDING for evidence in fact.evidence)
        key = (fact.subject, fact.predicate, fact.object, fact.qualifiers.get("low"), fact.qualifiers.get("high"))
        assert key not in now, fact


def current(pack: Pack) -> list[Fact]:
    return [fact for fact in pack.graph.facts if fact.status is not Status.SUPERSEDED]


def test_textbook_doses_are_of_members(facts: Mapping[str, list[Fact]]) -> None:
    members = {(fact.subject, fact.object) for fact in facts["HAS_MEMBER"]}
    doses = facts["MEMBER_DOSE"]
    assert len({fact.subject for fact in doses}) >= 200
    assert {(fact.subject, fact.object) for fact in doses} <= members
    kinds = {(fact.qualifiers["unit"], fact.qualifiers["basis"]) for fact in doses}
    assert kinds == {("g", "adult_daily"), ("g", "batch")}


def amount_alarms(facts: Mapping[str, list[Fact]], names: Mapping[str, str]) -> set[tuple[str, str, str]]:
    """Textbook amounts for a day that lie outside the recorded ones."""
    limits = daily_limits(facts)
    found = set()
    for fact in facts["MEMBER_DOSE"]:
        q = fact.qualifiers
        if q["basis"] != "adult_daily" or fact.object not in limits:
            continue
        low, high = limits[fact.object]
        if float(q["high"]) > high:
            found.add((names[fact.subject], "dose-over", names[fact.object]))
        elif float(q["high"]) < low:
            found.add((names[fact.subject], "dose-under", names[fact.object]))
    return found


def member_alarms(facts: Mapping[str, list[Fact]], names: Mapping[str, str]) -> set[tuple[str, str, str]]:
    """What is recorded of single members of each formula."""
    given: dict[str, set[str]] = defaultdict(set)
    for fact in facts["GIVEN_AS"]:
        given[fact.subject].add(names[fact.object])
    recorded: dict[tuple[str, str], set[str]] = defaultdict(set)
    for relation in ("HAS_TOXICITY", "DECOCTION_RULE", "REGULATED_AS"):
        for fact in facts[relation]:
            recorded[relation, fact.subject].add(names[fact.object])
    needing = {fact.subject for fact in facts["INTERNAL_USE_AS"]}
    dosed = {(f.subject, f.object) for f in facts["MEMBER_DOSE"] if f.qualifiers["basis"] == "adult_daily"}
    found = set()
    for formula, members in members_of(facts, "formula-").items():
        for herb in members:
            key = (names[formula], names[herb])
            if herb in needing and (formula, herb) in dosed and "大毒" in recorded["HAS_TOXICITY", herb]:
                found.add((key[0], "raw-member", key[1]))
            if recorded["HAS_TOXICITY", herb] & {"大毒", "有毒", "小毒"}:
                found.add((key[0], "toxic-member", key[1]))
            rules = recorded["DECOCTION_RULE", herb]
            if ("久煎" in rules and "煎服" in given[formula]) or ("不宜入煎剂" in rules and given[formula] == {"煎服"}):
                found.add((key[0], "decoction", key[1]))
            if any(not status.endswith(UNSPOKEN) for status in recorded["REGULATED_AS", herb]):
                found.add((key[0], "regulated-member", key[1]))
    return found


def pair_alarms(facts: Mapping[str, list[Fact]], names: Mapping[str, str]) -> set[tuple[str, str, str]]:
    incompatible = pairs(facts)
    return {
        (names[formula], "incompatible-pair", "、".join(sorted(names[herb] for herb in pair)))
        for formula, members in members_of(facts, "formula-").items()
        for pair in combinations(sorted(members), 2)
        if frozenset(pair) in incompatible
    }


def members_of(facts: Mapping[str, list[Fact]], prefix: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for fact in facts["HAS_MEMBER"]:
        if fact.subject.startswith(prefix):
            found[fact.subject].add(fact.object)
    return found


def test_the_known_alarms_are_those_that_the_facts_give(
    facts: Mapping[str, list[Fact]], names: Mapping[str, str], pack: Pack
) -> None:
    with (HERBAL / "alarms.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = {(row["formula"], row["kind"], row["members"]) for row in rows}
    assert told == amount_alarms(facts, names) | member_alarms(facts, names) | pair_alarms(facts, names)
    assert all(row["reason"] for row in rows)
    rules = {str(rule["id"]) for rule in pack.rules}
    assert all(set(row["rules"].split(";")) <= rules for row in rows)


def test_every_formula_says_how_it_is_taken(facts: Mapping[str, list[Fact]], names: Mapping[str, str]) -> None:
    taken = {fact.subject for fact in facts["GIVEN_AS"]}
    assert not {names[formula] for formula in members_of(facts, "formula-").keys() - taken}


def test_every_name_of_a_listed_material_is_linked_to_it(
    facts: Mapping[str, list[Fact]], pack: Pack, index: NameIndex
) -> None:
    listed_ones = {fact.subject for relation in SAFETY for fact in facts[relation]}
    lost = []
    for entity in pack.graph.entities:
        if entity.id not in listed_ones or entity.type != "Herb":
            continue
        for name in entity.names:
            if name.language != "zh":
                continue
            mentions = link(name.text, index).mentions
            if len(mentions) != 1 or entity.id not in {candidate.entity for candidate in mentions[0].candidates}:
                lost.append((entity.label("zh"), name.text))
    assert not lost


def test_western_drugs_in_products_are_drugs_that_can_be_compared(facts: Mapping[str, list[Fact]]) -> None:
    products: dict[str, set[str]] = defaultdict(set)
    for fact in facts["CONTAINS_DRUG"]:
        products[fact.object].add(fact.subject)
    assert sum(len(each) > 1 for each in products.values()) >= 5, "duplicates across products can be found"
    ingredients: dict[str, set[str]] = defaultdict(set)
    for fact in facts["HAS_MEMBER"]:
        if fact.object.startswith("drug-"):
            ingredients[fact.subject].add(fact.object)
    for fact in facts["CONTAINS_DRUG"]:
        assert fact.object in (ingredients[fact.subject] or {fact.object}), fact
