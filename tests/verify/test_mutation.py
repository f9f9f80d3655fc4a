"""The mutation test: no perturbed claim is supported by mistake, and a verifier that errs is found out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

import kg.packs.herbal
from kg.model import Entity, Evidence, Fact, Grade, Graph, Name, Source, Status
from kg.pack.read import read_pack
from kg.schema import Schema
from reasoning.answer import Claim, Quantity, Verdict
from reasoning.evaluation.mutations import PERTURBED, RESTATED
from reasoning.evaluation.second import Second
from reasoning.evaluation.verification import Decide, Measured, measure
from reasoning.verify import facts_of, judge
from tests.verify.parts import ENTITIES, SCHEMA, claim, fact

HERBAL = Path(next(iter(kg.packs.herbal.__path__)))
MINERALS = Path(__file__).parents[1] / "packs" / "minerals"
YES, NO, SILENT = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.NOT_ENOUGH_EVIDENCE


def verifier(graph: Graph, schema: Schema) -> Decide:
    sources = {source.key: source for source in graph.sources}
    held = facts_of({entity.id: entity for entity in graph.entities}, graph.facts, sources)

    async def decide(claims: Sequence[Claim]) -> list[Verdict]:
        return [judge(each, held, schema).verdict for each in claims]

    return decide


def harbour(*facts: Fact) -> Graph:
    return Graph("harbour", tuple(ENTITIES.values()), facts, (Source("log", "The Log", "1990"),))


@pytest.mark.parametrize(("folder", "share"), [(HERBAL, 0.02), (MINERALS, 1.0)], ids=["herbal", "minerals"])
async def test_no_perturbed_claim_is_supported_by_mistake(folder: Path, share: float) -> None:
    pack = read_pack(folder)
    found = await measure(pack.graph, pack.schema, verifier(pack.graph, pack.schema), share=share, seed=5)
    assert found.wrong == []
    assert found.precision >= 0.99
    assert found.recall >= 0.99
    assert found.perturbed > 3 * found.facts
    assert found.verdicts.total() == found.claims
    assert {kind for kind, _ in found.verdicts} <= {*PERTURBED, *RESTATED}
    assert not any(verdict is Verdict.NOT_CHECKABLE for _, verdict in found.verdicts)


def _ignoring(part: str) -> Callable[[Claim], Claim]:
    """Return a verifier's blindness to one part of claims, as a change of the claim before it is judged."""
    blind: dict[str, Callable[[Claim], Claim]] = {
        "polarity": lambda each: replace(each, negated=False),
        "amount": lambda each: each if "quantifier" in each.qualifiers else replace(each, quantity=None),
        "unit": lambda each: replace(each, quantity=each.quantity and replace(each.quantity, unit="g")),
        "qualifiers": lambda each: replace(each, qualifiers={k: v for k, v in each.qualifiers.items() if k in ASKED}),
        "edition": lambda each: replace(each, qualifiers={k: v for k, v in each.qualifiers.items() if k not in TIMES}),
        "strength": lambda each: replace(
            each, qualifiers={k: v for k, v in each.qualifiers.items() if k != "strength"}
        ),
        "only": lambda each: replace(
            each, qualifiers={k: v for k, v in each.qualifiers.items() if (k, v) != ("quantifier", "only")}
        ),
    }
    return blind[part]


ASKED = {"edition", "as_of", "strength", "quantifier"}
TIMES = {"edition", "as_of"}
HARBOUR = (
    fact("anna CALLS_AT oslo", season="summer"),
    fact("anna FLIES red"),
    fact("anna CARRIES oil", hold="fore"),
    fact("anna CARRIES soap", hold="aft"),
    fact("anna RATED unfit"),
    fact("unfit KIND_OF unsafe"),
    fact("bella CALLS_AT riga", season="winter"),
    fact("bella FLIES blue"),
    fact("bella CARRIES salt", hold="aft"),
    fact("oil LOADED_BY north", low=3.0, high=9.0, unit="g", basis="lift"),
    fact("salt LOADED_BY south", low=1.0, high=2.0, unit="mg", basis="day"),
    fact("acid BARRED_FROM oslo"),
    fact("tar MADE_FROM oil"),
)


async def measured(blind: Callable[[Claim], Claim] | None = None, facts: Iterable[Fact] = HARBOUR) -> Measured:
    graph = harbour(*facts)
    decide = verifier(graph, SCHEMA)

    async def erring(claims: Sequence[Claim]) -> Sequence[Verdict]:
        return await decide([blind(each) if blind else each for each in claims])

    return await measure(graph, SCHEMA, erring, seed=1)


async def test_the_two_judges_agree_on_a_small_harbour() -> None:
    found = await measured()
    assert found.differences == []
    assert found.supported == len(HARBOUR)


@pytest.mark.parametrize(
    ("part", "kinds"),
    [
        ("polarity", {"negated"}),
        ("amount", {"scaled_up", "scaled_down", "shifted", "widened", "other_unit", "other_basis"}),
        ("unit", {"other_unit"}),
        ("qualifiers", {"other_value"}),
        ("edition", {"before_edition"}),
        ("strength", {"stronger_evidence"}),
        ("only", {"only"}),
    ],
)
async def test_a_verifier_that_does_not_look_at_a_part_of_claims_is_found_out(part: str, kinds: set[str]) -> None:
    # The harbour's facts are of the strongest grade below a review; an edition before theirs is asked for by year.
    found = await measured(_ignoring(part))
    assert kinds <= {each.kind for each in found.wrong}
    assert found.precision < 0.99


async def test_a_verifier_that_takes_no_notice_of_direction_is_found_out() -> None:
    def either_way(each: Claim) -> Claim:
        is_turned = (each.subject, each.object) == ("oil", "tar")
        return replace(each, subject=each.object, object=each.subject) if is_turned else each

    found = await measured(either_way)
    assert {each.kind for each in found.wrong} == {"reversed"}


async def test_a_verifier_that_never_decides_has_no_recall() -> None:
    async def silent(claims: Sequence[Claim]) -> Sequence[Verdict]:
        return [YES if not each.negated and each.qualifiers.keys() <= {"season"} else SILENT for each in claims]

    found = await measure(harbour(*HARBOUR), SCHEMA, silent, seed=1)
    assert found.recall < 0.5
    assert found.precision < 1


OLD = replace(fact("anna FLIES blue", valid_to="1989-12-31", valid_from="1980-01-01"), status=Status.SUPERSEDED)
TRIED = Evidence("log", "p. 1", Grade.TRIAL)
TAUGHT = Evidence("log", "p. 2", Grade.TRADITIONAL)
GROUP, CLASSES = (
    (
        replace(fact("acid IN_CLASS fuels"), evidence=(TRIED,)),
        replace(fact("lime IN_CLASS caustics"), evidence=(TRIED,)),
    ),
    replace(fact("caustics CLASS_REACTS fuels"), evidence=(TAUGHT,)),
)
DERIVED = replace(fact("acid REACTS_WITH lime", base=(GROUP[0], CLASSES, GROUP[1])), evidence=(TRIED, TAUGHT))
GRAMS = fact("oil LOADED_BY north", low=3.0, high=9.0, unit="g", basis="lift")
LIMIT = fact("soap LOADED_BY north", high=5.0, unit="mg")
FLOOR = fact("lime LOADED_BY north", low=5.0, unit="mg")

CHAINED = (*GROUP, CLASSES, DERIVED)


def amount(low: float | None, high: float | None, unit: str = "g", basis: str = "lift") -> Quantity:
    return Quantity(low, high, unit, basis)


LABELS: dict[str, tuple[tuple[Fact, ...], Claim, Verdict]] = {
    "recorded": (HARBOUR, claim("anna FLIES red"), YES),
    "denied": (HARBOUR, claim("not anna FLIES red"), NO),
    "another value": (HARBOUR, claim("anna FLIES blue"), NO),
    "another value, denied": (HARBOUR, claim("not anna FLIES blue"), YES),
    "not listed": (HARBOUR, claim("anna CARRIES lime"), NO),
    "a form of what is listed": (HARBOUR, claim("anna CARRIES tar"), SILENT),
    "nothing of it recorded": (HARBOUR, claim("clara CALLS_AT oslo"), SILENT),
    "nothing of it recorded, denied": (HARBOUR, claim("not clara CALLS_AT oslo"), SILENT),
    "a danger that is not listed": (HARBOUR, claim("acid BARRED_FROM riga"), NO),
    "a danger that is not listed, denied": (HARBOUR, claim("not acid BARRED_FROM riga"), SILENT),
    "broader": (HARBOUR, claim("anna RATED unsafe"), YES),
    "narrower": ((fact("anna RATED unsafe"), fact("unfit KIND_OF unsafe")), claim("anna RATED unfit"), SILENT),
    "ends turned": (HARBOUR, claim("oslo CALLS_AT anna"), NO),
    "another value of a qualifier": (HARBOUR, claim("anna CALLS_AT oslo", season="winter"), SILENT),
    "another value of a qualifier in a list": (HARBOUR, claim("anna CARRIES oil", hold="aft"), NO),
    "the very amount": ((GRAMS,), claim("oil LOADED_BY north", amount(3, 9)), YES),
    "the very amount in mg": ((GRAMS,), claim("oil LOADED_BY north", amount(3000, 9000, "mg")), YES),
    "an amount inside": ((GRAMS,), claim("oil LOADED_BY north", amount(5, 5)), YES),
    "too much": ((GRAMS,), claim("oil LOADED_BY north", amount(30, 30)), NO),
    "overlapping": ((GRAMS,), claim("oil LOADED_BY north", amount(6, 12)), NO),
    "the upper limit": ((GRAMS,), claim("oil LOADED_BY north", amount(None, 9)), YES),
    "a stricter limit": ((GRAMS,), claim("oil LOADED_BY north", amount(None, 8)), SILENT),
    "another basis": ((GRAMS,), claim("oil LOADED_BY north", amount(3, 9, "g", "day")), SILENT),
    "another kind of unit": ((GRAMS,), claim("oil LOADED_BY north", amount(3, 9, "mL")), SILENT),
    "a stricter upper limit than a limit": ((LIMIT,), claim("soap LOADED_BY north", amount(None, 4, "mg", "")), SILENT),
    "a stricter lower limit than a limit": ((FLOOR,), claim("lime LOADED_BY north", amount(6, None, "mg", "")), SILENT),
    "a weaker lower limit than a limit": ((FLOOR,), claim("lime LOADED_BY north", amount(4, None, "mg", "")), NO),
    "formerly": ((OLD,), claim("anna FLIES blue"), NO),
    "formerly, then": ((OLD,), claim("anna FLIES blue", as_of="1985"), YES),
    "formerly, by its edition": ((OLD,), claim("anna FLIES blue", edition="1990"), YES),
    "before it was so": ((OLD,), claim("anna FLIES blue", as_of="1975-06-01"), SILENT),
    "in another edition": (HARBOUR, claim("anna FLIES red", edition="2020"), SILENT),
    "no stronger than the weakest step": (CHAINED, claim("acid REACTS_WITH lime", strength="trial"), SILENT),
    "as strong as the weakest step": (CHAINED, claim("acid REACTS_WITH lime", strength="traditional"), YES),
    "the other way round": (CHAINED, claim("lime REACTS_WITH acid"), YES),
    "only, one value": (HARBOUR, claim("anna FLIES red", quantifier="only"), YES),
    "only, of two": (HARBOUR, claim("anna CARRIES oil", quantifier="only"), NO),
    "only, open list": (HARBOUR, claim("anna CALLS_AT oslo", quantifier="only"), SILENT),
    "any": (HARBOUR, replace(claim("anna CALLS_AT oslo", quantifier="any"), object=""), YES),
    "none": (HARBOUR, replace(claim("anna CALLS_AT oslo", quantifier="none"), object=""), NO),
    "none recorded": (HARBOUR, replace(claim("clara CALLS_AT oslo", quantifier="none"), object=""), SILENT),
    "two": (HARBOUR, replace(claim("anna CARRIES oil", amount(2, 2, "", ""), quantifier="count"), object=""), YES),
    "three": (HARBOUR, replace(claim("anna CARRIES oil", amount(3, 3, "", ""), quantifier="count"), object=""), NO),
    "two of an open list": (
        HARBOUR,
        replace(claim("anna CALLS_AT oslo", amount(2, 2, "", ""), quantifier="count"), object=""),
        SILENT,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", LABELS)
def test_the_second_judge_follows_the_design(case: str) -> None:
    facts, stated, expected = LABELS[case]
    assert Second(harbour(*facts), SCHEMA).label(stated) is expected


def test_of_disputed_values_only_what_all_entail_is_supported() -> None:
    disputed = [replace(fact(f"anna RATED {each}"), status=Status.DISPUTED) for each in ("unfit", "risky")]
    second = Second(harbour(*disputed, fact("unfit KIND_OF unsafe"), fact("risky KIND_OF unsafe")), SCHEMA)
    assert second.label(claim("anna RATED unfit")) is SILENT
    assert second.label(claim("anna RATED unsafe")) is YES
    assert second.label(claim("anna RATED sound")) is NO


def test_names_that_nothing_has_are_not_enough_and_no_relation_is_not_checkable() -> None:
    second = Second(harbour(*HARBOUR), SCHEMA)
    assert second.label(Claim("", "nobody", "FLIES", "red")) is SILENT
    assert second.label(Claim("", "anna", "SAILS", "red")) is Verdict.NOT_CHECKABLE


def test_an_entity_without_facts_leaves_everything_open() -> None:
    graph = Graph("harbour", (Entity("anna", "Ship", (Name("Anna", "en"),)),), (), ())
    assert Second(graph, SCHEMA).label(claim("anna FLIES anna")) is SILENT
