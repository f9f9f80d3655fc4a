"""Editions and dates: what an earlier edition said is no longer true; and how many, how strong, opposites."""

import pytest

from kg.model import Fact, Grade, Scalar, Status
from kg.query import read
from kg.query.execute import execute
from kg.query.plan import Anchor, Check, Count, Expand
from kg.schema import Step
from reasoning.answer import Claim, Comparison, Quantity, Reason, Verdict
from reasoning.verify import check, judge
from tests.stores import Place
from tests.verify.parts import SCHEMA, SOURCES, claim, fact, graph, held, qualified

YES, NO, SILENT, NOTHING = (
    Verdict.SUPPORTED,
    Verdict.REFUTED,
    Verdict.NOT_ENOUGH_EVIDENCE,
    Verdict.NOT_CHECKABLE,
)


def lifts(low: float, high: float, source: str, **validity: str) -> Fact:
    bare = fact("oil LOADED_BY north", source=source)
    amount: dict[str, Scalar] = {"low": low, "high": high, "unit": "g", "basis": "lift"}
    stated = qualified(bare, {**amount, **validity})
    return stated if not validity.get("valid_to") else fact_superseded(stated)


def fact_superseded(stated: Fact) -> Fact:
    return Fact(
        stated.id,
        stated.subject,
        stated.predicate,
        stated.object,
        stated.qualifiers,
        stated.evidence,
        Status.SUPERSEDED,
    )


def lift(low: float, high: float) -> Quantity:
    return Quantity(low, high, "g", "lift")


OLD_FLAG = fact("anna FLIES blue", source="log2015", valid_from="2015-12-01", valid_to="2020-12-29")
NEW_FLAG = fact("anna FLIES red", source="log2020")
OLD_LIFT, NEW_LIFT = lifts(4.5, 9, "log2015", valid_to="2020-12-29"), lifts(5, 10, "log2020")
GONE = fact("bella CALLS_AT riga", source="log2015", valid_to="2020-12-29")
IN_STORM = fact("anna CALLS_AT oslo", weather="storm")
OIL, TAR = fact("anna CARRIES oil"), fact("anna CARRIES tar")
FUELS = tuple(fact(f"{cargo} IN_CLASS fuels") for cargo in ("oil", "tar", "soap"))
BARRED = tuple(fact(f"{cargo} BARRED_FROM oslo") for cargo in ("oil", "tar"))
SOAP_ELSEWHERE = fact("soap BARRED_FROM riga")
TRADITION = fact("anna CALLS_AT riga", grade=Grade.TRADITIONAL)

CARRIES_ANY, CARRIES_NONE = (
    Claim("", "anna", "CARRIES", "", qualifiers={"quantifier": quantifier}) for quantifier in ("any", "none")
)


def counted(predicate: str, low: float, high: float | None) -> Claim:
    return Claim("", "anna", predicate, "", quantity=Quantity(low, high, ""), qualifiers={"quantifier": "count"})


CASES: dict[str, tuple[tuple[Fact, ...], Claim, Verdict, Reason]] = {
    # editions and dates
    "only the old edition says so": ((OLD_FLAG, NEW_FLAG), claim("anna FLIES blue"), NO, Reason.SUPERSEDED),
    "the new edition": ((OLD_FLAG, NEW_FLAG), claim("anna FLIES red"), YES, Reason.EXACT_FACT),
    "no flag at all": ((OLD_FLAG, NEW_FLAG), claim("anna FLIES green"), SILENT, Reason.OPEN_WORLD),
    "in the old edition": ((OLD_FLAG, NEW_FLAG), claim("anna FLIES blue", edition="2015"), YES, Reason.EXACT_FACT),
    "the year as a number": ((OLD_FLAG, NEW_FLAG), claim("anna FLIES blue", edition=2015.0), YES, Reason.EXACT_FACT),
    "the new value in the old edition": (
        (OLD_FLAG, NEW_FLAG),
        claim("anna FLIES red", edition="2015"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
    ),
    "the old value in the new edition": (
        (OLD_FLAG, NEW_FLAG),
        claim("anna FLIES blue", edition="2020"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
    ),
    "in an edition of nothing": (
        (NEW_FLAG,),
        claim("anna FLIES red", edition="1999"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
    ),
    "no edition has two flags": ((NEW_FLAG,), claim("anna FLIES blue", edition="2020"), NO, Reason.OPPOSITE_FACT),
    "another edition excludes nothing": (
        (NEW_FLAG,),
        claim("anna FLIES blue", edition="2015"),
        SILENT,
        Reason.OPEN_WORLD,
    ),
    "while it held": ((OLD_FLAG, NEW_FLAG), claim("anna FLIES blue", as_of="2018-06-01"), YES, Reason.EXACT_FACT),
    "in a year in which it held": ((OLD_FLAG,), claim("anna FLIES blue", as_of="2018"), YES, Reason.EXACT_FACT),
    "in a year in which it ended": (
        (OLD_FLAG,),
        claim("anna FLIES blue", as_of="2020"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
    ),
    "on its last day": ((OLD_FLAG,), claim("anna FLIES blue", as_of="2020-12-29"), YES, Reason.EXACT_FACT),
    "the day after": ((OLD_FLAG,), claim("anna FLIES blue", as_of="2020-12-30"), SILENT, Reason.OPEN_WORLD),
    "before it began": ((OLD_FLAG,), claim("anna FLIES blue", as_of="2015-11-30"), SILENT, Reason.OPEN_WORLD),
    "after the edition": ((NEW_FLAG,), claim("anna FLIES red", as_of="2021-01-01"), YES, Reason.EXACT_FACT),
    "before the edition": ((NEW_FLAG,), claim("anna FLIES red", as_of="2018-01-01"), SILENT, Reason.QUALIFIER_MISMATCH),
    "of an undated source": (
        (fact("anna FLIES red"),),
        claim("anna FLIES red", as_of="2021-01-01"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
    ),
    "until when it held": (
        (OLD_FLAG, NEW_FLAG),
        claim("anna FLIES blue", valid_to="2020-12-29"),
        YES,
        Reason.EXACT_FACT,
    ),
    "until another day": (
        (OLD_FLAG,),
        claim("anna FLIES blue", valid_to="2019-12-29"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
    ),
    "no longer listed": ((GONE,), claim("bella CALLS_AT riga"), NO, Reason.SUPERSEDED),
    "no longer listed, denied": ((GONE,), claim("not bella CALLS_AT riga"), SILENT, Reason.ABSENCE_IS_NOT_EVIDENCE),
    "the old amount": ((OLD_LIFT, NEW_LIFT), claim("oil LOADED_BY north", lift(4.5, 9)), NO, Reason.SUPERSEDED),
    "the old limit": ((OLD_LIFT, NEW_LIFT), claim("oil LOADED_BY north", lift(4.5, 4.5)), NO, Reason.SUPERSEDED),
    "an amount of both": ((OLD_LIFT, NEW_LIFT), claim("oil LOADED_BY north", lift(6, 6)), YES, Reason.WITHIN_RANGE),
    "an amount of neither": ((OLD_LIFT, NEW_LIFT), claim("oil LOADED_BY north", lift(12, 12)), NO, Reason.OVER_LIMIT),
    "the old amount in its edition": (
        (OLD_LIFT, NEW_LIFT),
        claim("oil LOADED_BY north", lift(4.5, 9), edition="2015"),
        YES,
        Reason.EXACT_FACT,
    ),
    "the new amount in the old edition": (
        (OLD_LIFT, NEW_LIFT),
        claim("oil LOADED_BY north", lift(10, 10), edition="2015"),
        NO,
        Reason.OVER_LIMIT,
    ),
    # conditions and exclusive values
    "its condition is kept": ((IN_STORM,), claim("anna CALLS_AT oslo", weather="storm"), YES, Reason.EXACT_FACT),
    "its condition is dropped": ((IN_STORM,), claim("anna CALLS_AT oslo"), SILENT, Reason.QUALIFIER_MISMATCH),
    "dropped, and the opposite otherwise": (
        (IN_STORM, fact("anna AVOIDS oslo", weather="calm")),
        claim("anna CALLS_AT oslo"),
        NO,
        Reason.QUALIFIER_MISMATCH,
    ),
    "another condition": ((IN_STORM,), claim("anna CALLS_AT oslo", weather="calm"), SILENT, Reason.QUALIFIER_MISMATCH),
    "another berth": (
        (fact("anna CALLS_AT oslo", berth="1"),),
        claim("anna CALLS_AT oslo", berth="2"),
        NO,
        Reason.QUALIFIER_MISMATCH,
    ),
    "one of two berths": (
        (fact("anna CALLS_AT oslo", berth="1"), fact("anna CALLS_AT oslo", berth="2")),
        claim("anna CALLS_AT oslo", berth="2"),
        YES,
        Reason.EXACT_FACT,
    ),
    # opposites
    "the opposite": ((fact("anna AVOIDS oslo"),), claim("anna CALLS_AT oslo"), NO, Reason.OPPOSITE_FACT),
    "the opposite, denied": ((fact("anna AVOIDS oslo"),), claim("not anna CALLS_AT oslo"), YES, Reason.OPPOSITE_FACT),
    "the opposite the other way round": (
        (fact("bella GUARDS anna"),),
        claim("anna CHASES bella"),
        NO,
        Reason.OPPOSITE_FACT,
    ),
    "no opposite the same way round": (
        (fact("anna GUARDS bella"),),
        claim("anna CHASES bella"),
        SILENT,
        Reason.OPEN_WORLD,
    ),
    "both": (
        (fact("anna AVOIDS oslo"), fact("anna CALLS_AT oslo")),
        claim("anna CALLS_AT oslo"),
        SILENT,
        Reason.CONFLICTING_SOURCES,
    ),
    "a superseded opposite": (
        (fact("anna AVOIDS oslo", valid_to="2019-01-01"),),
        claim("anna CALLS_AT oslo"),
        SILENT,
        Reason.OPEN_WORLD,
    ),
    # strength
    "as strong as claimed": ((TRADITION,), claim("anna CALLS_AT riga", strength="traditional"), YES, Reason.EXACT_FACT),
    "weaker than claimed": ((TRADITION,), claim("anna CALLS_AT riga", strength="trial"), SILENT, Reason.OVERCLAIM),
    "weaker than claimed, denied": (
        (TRADITION,),
        claim("not anna CALLS_AT riga", strength="trial"),
        SILENT,
        Reason.ABSENCE_IS_NOT_EVIDENCE,
    ),
    "below the relation's minimum": (
        (fact("anna PRAISED_IN riga", grade=Grade.PRECLINICAL),),
        claim("anna PRAISED_IN riga"),
        SILENT,
        Reason.OVERCLAIM,
    ),
    "at the relation's minimum": (
        (fact("anna PRAISED_IN riga", grade=Grade.OBSERVATIONAL),),
        claim("anna PRAISED_IN riga"),
        YES,
        Reason.EXACT_FACT,
    ),
    # how many
    "any": ((OIL,), CARRIES_ANY, YES, Reason.EXACT_FACT),
    "none, but there is": ((OIL,), CARRIES_NONE, NO, Reason.OPPOSITE_FACT),
    "none, and none recorded": (
        (),
        CARRIES_NONE,
        SILENT,
        Reason.ABSENCE_IS_NOT_EVIDENCE,
    ),
    "only": ((OIL,), claim("anna CARRIES oil", quantifier="only"), YES, Reason.DERIVED),
    "only, but there is another": ((OIL, TAR), claim("anna CARRIES oil", quantifier="only"), NO, Reason.OPPOSITE_FACT),
    "not only": ((OIL, TAR), claim("not anna CARRIES oil", quantifier="only"), YES, Reason.DERIVED),
    "only, of an open relation": (
        (fact("anna CALLS_AT oslo"),),
        claim("anna CALLS_AT oslo", quantifier="only"),
        SILENT,
        Reason.OPEN_WORLD,
    ),
    "only, of a list of dangers": (
        (BARRED[0],),
        claim("oil BARRED_FROM oslo", quantifier="only"),
        SILENT,
        Reason.OPEN_WORLD,
    ),
    "two": ((OIL, TAR), counted("CARRIES", 2, 2), YES, Reason.DERIVED),
    "one of two": ((OIL, TAR), counted("CARRIES", 1, 1), NO, Reason.OPPOSITE_FACT),
    "three of two": ((OIL, TAR), counted("CARRIES", 3, 3), NO, Reason.OPPOSITE_FACT),
    "three, of an open relation": (
        (fact("anna CALLS_AT oslo"),),
        counted("CALLS_AT", 3, 3),
        SILENT,
        Reason.OPEN_WORLD,
    ),
    "at least one, of an open relation": (
        (fact("anna CALLS_AT oslo"),),
        counted("CALLS_AT", 1, None),
        YES,
        Reason.DERIVED,
    ),
    "every member, as far as is known": (
        (*FUELS[:2], *BARRED),
        claim("fuels BARRED_FROM oslo", quantifier="all"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
    ),
    "every member but one": (
        (*FUELS, *BARRED, SOAP_ELSEWHERE),
        claim("fuels BARRED_FROM oslo", quantifier="all"),
        NO,
        Reason.OPPOSITE_FACT,
    ),
    "not every member": (
        (*FUELS, *BARRED, SOAP_ELSEWHERE),
        claim("not fuels BARRED_FROM oslo", quantifier="all"),
        YES,
        Reason.OPPOSITE_FACT,
    ),
    "some members": ((*FUELS, *BARRED), claim("fuels BARRED_FROM oslo", quantifier="some"), YES, Reason.DERIVED),
    "a class without a quantifier": ((*FUELS, *BARRED), claim("fuels BARRED_FROM oslo"), SILENT, Reason.OPEN_WORLD),
    "any with an object": ((OIL,), claim("anna CARRIES oil", quantifier="any"), NOTHING, Reason.UNCHECKED),
    "a quantifier that there is none of": (
        (OIL,),
        claim("anna CARRIES oil", quantifier="most"),
        NOTHING,
        Reason.UNCHECKED,
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_graph_says_of_a_claim_about_editions_strength_or_numbers(name: str) -> None:
    facts, stated, verdict, reason = CASES[name]
    found = judge(stated, held(*facts), SCHEMA)
    assert (found.verdict, found.reason) == (verdict, reason)
    assert found.proof[0] == f"rules/{found.reason}"
    assert {f"facts/{each}" for each in (*found.supporting, *found.refuting)} <= set(found.proof)
    assert found.rationale
    assert "{" not in found.rationale


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_superseded_claim_names_both_editions_and_values(language: str) -> None:
    found = judge(claim("oil LOADED_BY north", lift(4.5, 9)), held(OLD_LIFT, NEW_LIFT), SCHEMA, language)
    for part in ("4.5–9 g", "5–10 g", "2015", "2020", "2020-12-29"):
        assert part in found.rationale
    assert set(found.refuting) == {OLD_LIFT.id, NEW_LIFT.id}
    flag = judge(claim("anna FLIES blue"), held(OLD_FLAG, NEW_FLAG), SCHEMA, language)
    assert all(part in flag.rationale for part in ("Blue", "Red", "2015", "2020"))


def test_a_refutation_says_what_is_recorded_and_that_the_list_is_complete() -> None:
    found = judge(claim("anna CARRIES salt"), held(OIL, TAR), SCHEMA)
    assert all(part in found.rationale for part in ("Anna", "Oil", "Tar", "complete"))


def test_an_amount_is_set_against_its_limit() -> None:
    over = judge(claim("oil LOADED_BY north", Quantity(0.03, 0.03, "kg", "lift")), held(NEW_LIFT), SCHEMA)
    assert over.comparison == Comparison(30.0, 10.0, 3.0, "g", "lift")
    under = judge(claim("oil LOADED_BY north", lift(1, 1)), held(NEW_LIFT), SCHEMA)
    assert under.comparison == Comparison(1.0, 5.0, 0.2, "g", "lift")
    huge = judge(claim("oil LOADED_BY north", lift(1e9, 1e9)), held(NEW_LIFT), SCHEMA)
    assert (huge.verdict, huge.reason) == (NO, Reason.OVER_LIMIT)


async def test_what_is_superseded_answers_nothing_and_the_verifier_reads_it(place: Place) -> None:
    store = place.open(schema=SCHEMA)
    await store.load(graph(place.domain, OLD_FLAG, NEW_FLAG, OLD_LIFT, NEW_LIFT, GONE))
    async with store.snapshot() as snapshot:
        flags = await execute(Expand(Anchor(("anna",)), Step("FLIES")), snapshot, SCHEMA)
        ships = await execute(Expand(Anchor(("blue",)), Step("FLIES", forward=False)), snapshot, SCHEMA)
        calls = await execute(Check("bella", Step("CALLS_AT"), "riga"), snapshot, SCHEMA)
        number = await execute(Count(Expand(Anchor(("bella",)), Step("CALLS_AT"))), snapshot, SCHEMA)
        touching = await read.facts_touching(snapshot, SCHEMA, ["anna", "bella", "oil"])
        counts = await read.fact_counts(snapshot, SCHEMA)
        found = await check([claim("anna FLIES blue"), claim("bella CALLS_AT riga")], snapshot, SCHEMA)
        given = await check([claim("anna FLIES blue", edition="2015")], snapshot, SCHEMA, sources=SOURCES)
    await store.close()
    assert (flags.entities, ships.entities, calls.holds, number.count) == (("red",), (), False, 0)
    assert {each.id for each in touching} == {NEW_FLAG.id, NEW_LIFT.id}
    assert counts == {"FLIES": 1, "LOADED_BY": 1}
    assert [each.reason for each in found.verdicts] == [Reason.SUPERSEDED, Reason.SUPERSEDED]
    assert set(found.facts) == {OLD_FLAG.id, NEW_FLAG.id, GONE.id}
    assert {"anna", "blue", "red", "bella", "riga"} == set(found.entities)
    assert given.verdicts[0].verdict is YES
