"""The herbal pack's rules over its own graph, all pairs of it, in both orders and both languages."""

from collections.abc import Iterator, Sequence
from itertools import combinations

import pytest

from kg.model import Fact, Grade, Status
from reasoning.answer import Finding, Severity
from reasoning.domain import Domain
from tests.safety.parts import check, pairs_of

PAIR, MEMBER, CLASH, GROUP = "incompatible-pair", "HAS_MEMBER", "INCOMPATIBLE_WITH", "MEMBER_OF"
PREGNANT = {"pregnant": True}
GRADED = {PAIR}  # rules that rest on graded sources alone


def facts_of(domain: Domain) -> dict[str, Fact]:
    return {fact.id: fact for fact in domain.pack.graph.facts}


def in_force(domain: Domain) -> list[Fact]:
    return [f for f in domain.pack.graph.facts if f.status in {Status.ASSERTED, Status.DISPUTED}]


def paired(findings: Sequence[Finding], domain: Domain) -> set[frozenset[str]]:
    return pairs_of(findings, PAIR, facts_of(domain))


def clashes(domain: Domain) -> set[frozenset[str]]:
    return {frozenset({f.subject, f.object}) for f in domain.pack.graph.facts if f.predicate == CLASH}


def members(domain: Domain) -> dict[str, set[str]]:
    held: dict[str, set[str]] = {}
    for fact in domain.pack.graph.facts:
        if fact.predicate == MEMBER:
            held.setdefault(fact.subject, set()).add(fact.object)
    return held


def without_group(domain: Domain) -> list[str]:
    grouped = {
        end
        for fact in domain.pack.graph.facts
        if fact.predicate in {GROUP, CLASH}
        for end in (fact.subject, fact.object)
    }
    return sorted(e.id for e in domain.pack.graph.entities if e.type == "Herb" and e.id not in grouped)


def flaws(finding: Finding) -> Iterator[str]:
    """What no finding may have."""
    for said in (finding.message, finding.management, finding.mechanism):
        if "{" in said or "}" in said:
            yield f"a brace: {said}"
    if not (finding.message and finding.management):
        yield f"nothing said: {finding}"
    if not finding.facts or (finding.rule in GRADED and finding.grade is Grade.UNSPECIFIED):
        yield f"no ground: {finding}"


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_incompatible_pair_fires_in_both_orders(herbal: Domain, language: str) -> None:
    pairs = clashes(herbal)
    assert len(pairs) > 100
    missed, odd = [], []
    for pair in sorted(map(sorted, pairs)):
        one, other = [await check(ids, herbal, language=language) for ids in (pair, pair[::-1])]
        if paired(one, herbal) != {frozenset(pair)} or one != other:
            missed.append(pair)
        odd += [flaw for finding in one for flaw in flaws(finding)]
        pressing = [f.severity for f in one if f.rule == PAIR]
        odd += [f"too mild: {pair}" for level in pressing if level not in {Severity.MAJOR, Severity.CONTRAINDICATED}]
    assert (missed, odd) == ([], [])


async def test_a_message_names_both_herbs_in_the_askers_language(herbal: Domain) -> None:
    name = {entity.id: entity for entity in herbal.pack.graph.entities}
    silent = []
    for pair in sorted(map(sorted, clashes(herbal)))[::7]:
        for language in ("zh", "en"):
            [finding] = [f for f in await check(pair, herbal, language=language) if f.rule == PAIR]
            said = finding.message.casefold()  # a sentence begins with a capital letter
            silent += [end for end in pair if name[end].label(language, "zh").casefold() not in said]
    assert not silent


async def test_herbs_in_no_group_make_no_pair(herbal: Domain) -> None:
    alone = without_group(herbal)
    assert len(alone) > 100
    assert not paired(await check(alone, herbal), herbal)


async def test_a_grouped_herb_makes_no_pair_with_herbs_in_no_group(herbal: Domain) -> None:
    alone = without_group(herbal)
    for grouped in sorted({end for pair in clashes(herbal) for end in pair}):
        assert not paired(await check([grouped, *alone[:40]], herbal), herbal), grouped


async def test_herbs_of_one_group_make_no_pair(herbal: Domain) -> None:
    """A rule on two groups says nothing of two members of one of them."""
    groups: dict[str, list[str]] = {}
    for fact in herbal.pack.graph.facts:
        if fact.predicate == GROUP:
            groups.setdefault(fact.object, []).append(fact.subject)
    known = clashes(herbal)
    for together in groups.values():
        expected = {frozenset(pair) for pair in combinations(sorted(set(together)), 2)} & known
        assert paired(await check(together, herbal), herbal) == expected


async def test_all_grouped_herbs_at_once_make_exactly_the_pairs_of_the_graph(herbal: Domain) -> None:
    known = clashes(herbal)
    found = await check(sorted({end for pair in known for end in pair}), herbal)
    assert paired(found, herbal) == known
    assert len([f for f in found if f.rule == PAIR]) < len(known) / 3  # several pairs of one kind are one finding
    assert len({(f.rule, f.subjects, f.message) for f in found}) == len(found)


async def test_every_formula_that_clashes_inside_itself_says_so(herbal: Domain) -> None:
    known, wrong, inside = clashes(herbal), [], 0
    for formula, herbs in sorted(members(herbal).items()):
        expected = {pair for pair in known if pair <= herbs}
        inside += bool(expected)
        found = await check([formula], herbal)
        if paired(found, herbal) != expected:
            wrong.append(formula)
        wrong += [formula for f in found if f.rule == PAIR and formula not in f.subjects]
    assert not wrong
    assert inside  # else this shows nothing


async def test_a_formula_clashes_with_a_named_herb_through_its_members(herbal: Domain) -> None:
    known, label = clashes(herbal), {e.id: e.label("en", "zh") for e in herbal.pack.graph.entities}
    tried = 0
    for formula, herbs in sorted(members(herbal).items())[::5]:
        for pair in sorted(map(sorted, known)):
            inner, outer = [end for end in pair if end in herbs], [end for end in pair if end not in herbs]
            if len(inner) != 1:
                continue
            found = await check([formula, outer[0]], herbal, language="en")
            [finding] = [f for f in found if frozenset(pair) in paired([f], herbal)]
            assert label[formula] in finding.message
            assert formula in finding.subjects
            tried += 1
            break
    assert tried > 5


async def test_pregnancy_is_heard_of_only_where_it_is_known(herbal: Domain) -> None:
    levelled = sorted({f.subject for f in in_force(herbal) if f.predicate == "PREGNANCY_LEVEL"})
    silent = [await check(levelled, herbal, context=context) for context in ({}, {"pregnant": False})]
    assert not [f for found in silent for f in found if f.rule == "pregnancy-level"]
    found = await check(levelled, herbal, context=PREGNANT)
    assert {subject for f in found if f.rule == "pregnancy-level" for subject in f.subjects} == set(levelled)
    assert not [flaw for finding in found for flaw in flaws(finding)]


async def test_every_toxic_herb_is_named_and_no_other(herbal: Domain) -> None:
    graded = {"toxicity-high": Severity.MAJOR, "toxicity-toxic": Severity.MODERATE, "toxicity-slight": Severity.MINOR}
    stated = [f for f in in_force(herbal) if f.predicate == "HAS_TOXICITY"]
    found = await check(sorted({fact.subject for fact in stated}), herbal, language="zh")
    said = {(subject, f.severity) for f in found if f.rule == "toxicity-grade" for subject in f.subjects}
    assert said == {(fact.subject, graded[fact.object]) for fact in stated if fact.object in graded}


async def test_findings_are_sorted_and_stay_as_they_are(herbal: Domain) -> None:
    ids = sorted({end for pair in clashes(herbal) for end in pair})[:20]
    formulas = sorted(members(herbal))[:10]
    one = await check([*ids, *formulas], herbal, context=PREGNANT)
    other = await check([*formulas[::-1], *ids[::-1]], herbal, context=PREGNANT)
    assert one == other
    levels = [list(Severity).index(finding.severity) for finding in one]
    assert levels == sorted(levels, reverse=True)


async def test_values_and_groups_alone_fire_nothing(herbal: Domain) -> None:
    """Whoever asks which herbs are toxic, or interact with a drug, is not warned of every herb."""
    warned_of = {"Herb", "Formula", "PatentMedicine", "Category"}  # categories have foods to avoid
    ids = [e.id for e in herbal.pack.graph.entities if e.type not in warned_of]
    assert not await check(ids, herbal, context=PREGNANT)
