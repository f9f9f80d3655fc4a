"""The truth table of the verifier, one row a case: what is recorded, what is claimed, what comes out."""

from itertools import pairwise

import pytest

from kg.messages import LANGUAGES
from kg.model import Fact, Status
from reasoning.answer import Claim, Reason, Verdict
from reasoning.verify import judge
from reasoning.verify.facts import DEEPEST
from tests.verify.parts import SCHEMA, claim, fact, held

YES, NO, SILENT, NOTHING = Verdict.SUPPORTED, Verdict.REFUTED, Verdict.NOT_ENOUGH_EVIDENCE, Verdict.NOT_CHECKABLE

OSLO = fact("anna CALLS_AT oslo", season="summer")
RED = fact("anna FLIES red")
RED_OR, BLUE_OR = (fact(f"anna FLIES {flag}", status=Status.DISPUTED) for flag in ("red", "blue"))
UNFIT = fact("anna RATED unfit")
UNFIT_OR, RISKY_OR = (fact(f"anna RATED {grade}", status=Status.DISPUTED) for grade in ("unfit", "risky"))
UNSAFE = fact("anna RATED unsafe")
UNFIT_KIND, RISKY_KIND = fact("unfit KIND_OF unsafe"), fact("risky KIND_OF unsafe")
GRADES = (UNFIT_KIND, RISKY_KIND)
OIL, SOAP = fact("anna CARRIES oil", hold="fore"), fact("anna CARRIES soap", hold="aft")
TAR_FROM_OIL = fact("tar MADE_FROM oil")
SKY, AZURE = fact("anna PAINTED sky"), fact("anna PAINTED azure")
SKY_TOO, AZURE_OR = fact("bella PAINTED sky"), fact("bella PAINTED azure", status=Status.DISPUTED)
SHADES = tuple(fact(f"{narrow} KIND_OF {broad}") for narrow, broad in pairwise(("sky", "azure", "tint", "hue")))
DISPUTED_SHADE = fact("sky KIND_OF green", status=Status.DISPUTED)
BARRED = fact("acid BARRED_FROM oslo")
ACID_CLASS, LIME_CLASS = fact("acid IN_CLASS fuels"), fact("lime IN_CLASS caustics")
CLASSES = fact("caustics CLASS_REACTS fuels")
REACTS = fact("acid REACTS_WITH lime", rule="acid", base=(ACID_CLASS, CLASSES, LIME_CLASS))
MAY_REACT = fact("acid REACTS_WITH salt", status=Status.DISPUTED)
GONE = fact("anna CALLS_AT riga", status=Status.RETRACTED)
NEVER_RED = fact("anna FLIES red", status=Status.RETRACTED)

CASES: dict[str, tuple[tuple[Fact, ...], Claim, Verdict, Reason, tuple[Fact, ...], tuple[Fact, ...]]] = {
    # what the graph cannot be asked
    "states nothing": ((), Claim("hello", "", "", ""), NOTHING, Reason.UNLINKED, (), ()),
    "no subject": ((OSLO,), Claim("", "", "CALLS_AT", "oslo"), NOTHING, Reason.UNLINKED, (), ()),
    "no object": ((OSLO,), Claim("", "anna", "CALLS_AT", ""), NOTHING, Reason.UNLINKED, (), ()),
    "no relation": ((OSLO,), Claim("", "anna", "", "oslo"), NOTHING, Reason.UNLINKED, (), ()),
    "unknown relation": ((OSLO,), claim("anna SAILS_TO oslo"), NOTHING, Reason.UNLINKED, (), ()),
    "unknown entity": ((OSLO,), claim("anna CALLS_AT atlantis"), SILENT, Reason.UNLINKED, (), ()),
    # direction
    "reversed": ((OSLO,), claim("oslo CALLS_AT anna"), NO, Reason.REVERSED_DIRECTION, (), (OSLO,)),
    "reversed, nothing so": ((OSLO,), claim("riga CALLS_AT anna"), SILENT, Reason.OPEN_WORLD, (), ()),
    "reversed and denied": (
        (OSLO,),
        claim("not oslo CALLS_AT anna"),
        SILENT,
        Reason.ABSENCE_IS_NOT_EVIDENCE,
        (),
        (),
    ),
    "ill-typed both ways": ((OSLO,), claim("anna CALLS_AT bella"), SILENT, Reason.OPEN_WORLD, (), ()),
    "turned within one type": ((TAR_FROM_OIL,), claim("oil MADE_FROM tar"), SILENT, Reason.OPEN_WORLD, (), ()),
    # stated
    "exact": ((OSLO,), claim("anna CALLS_AT oslo"), YES, Reason.EXACT_FACT, (OSLO,), ()),
    "exact, denied": ((OSLO,), claim("not anna CALLS_AT oslo"), NO, Reason.OPPOSITE_FACT, (), (OSLO,)),
    "derived": ((REACTS,), claim("acid REACTS_WITH lime"), YES, Reason.DERIVED, (REACTS,), ()),
    "symmetric": ((REACTS,), claim("lime REACTS_WITH acid"), YES, Reason.DERIVED, (REACTS,), ()),
    "symmetric, denied": ((REACTS,), claim("not lime REACTS_WITH acid"), NO, Reason.OPPOSITE_FACT, (), (REACTS,)),
    "narrow entails broad": ((UNFIT, *GRADES), claim("anna RATED unsafe"), YES, Reason.DERIVED, (UNFIT,), ()),
    "narrow entails broad, three up": ((SKY, *SHADES), claim("anna PAINTED hue"), YES, Reason.DERIVED, (SKY,), ()),
    "stated both ways": ((SKY, AZURE, *SHADES), claim("anna PAINTED azure"), YES, Reason.EXACT_FACT, (AZURE,), ()),
    "disputed itself, entailed by what is not": (
        (AZURE_OR, SKY_TOO, *SHADES),
        claim("bella PAINTED azure"),
        YES,
        Reason.DERIVED,
        (SKY_TOO,),
        (),
    ),
    "broad entails no narrow": ((UNSAFE, *GRADES), claim("anna RATED unfit"), SILENT, Reason.OPEN_WORLD, (), ()),
    "broad denies no narrow": (
        (UNSAFE, *GRADES),
        claim("not anna RATED unfit"),
        SILENT,
        Reason.ABSENCE_IS_NOT_EVIDENCE,
        (),
        (),
    ),
    "a disputed step entails nothing": (
        (SKY, DISPUTED_SHADE),
        claim("anna PAINTED green"),
        SILENT,
        Reason.OPEN_WORLD,
        (),
        (),
    ),
    "a disputed step denies nothing": (
        (SKY, DISPUTED_SHADE),
        claim("not anna PAINTED green"),
        SILENT,
        Reason.ABSENCE_IS_NOT_EVIDENCE,
        (),
        (),
    ),
    "broader denied": ((UNFIT, *GRADES), claim("not anna RATED unsafe"), NO, Reason.OPPOSITE_FACT, (), (UNFIT,)),
    # excluded
    "another value": ((RED,), claim("anna FLIES blue"), NO, Reason.OPPOSITE_FACT, (), (RED,)),
    "another value, denied": ((RED,), claim("not anna FLIES blue"), YES, Reason.OPPOSITE_FACT, (RED,), ()),
    "a sister value": ((UNFIT, *GRADES), claim("anna RATED risky"), NO, Reason.OPPOSITE_FACT, (), (UNFIT,)),
    "another value, safety, denied": (
        (UNFIT, *GRADES),
        claim("not anna RATED sound"),
        YES,
        Reason.OPPOSITE_FACT,
        (UNFIT,),
        (),
    ),
    "not in the list": ((OIL, SOAP), claim("anna CARRIES salt"), NO, Reason.OPPOSITE_FACT, (), (OIL, SOAP)),
    "not in the list, denied": ((OIL,), claim("not anna CARRIES salt"), YES, Reason.OPPOSITE_FACT, (OIL,), ()),
    "no list at all": ((OIL,), claim("bella CARRIES salt"), SILENT, Reason.OPEN_WORLD, (), ()),
    "no list at all, denied": (
        (OIL,),
        claim("not bella CARRIES salt"),
        SILENT,
        Reason.ABSENCE_IS_NOT_EVIDENCE,
        (),
        (),
    ),
    "a variant is in the list": (
        (OIL, TAR_FROM_OIL),
        claim("anna CARRIES tar"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
        (),
        (OIL,),
    ),
    "its raw form is in the list, denied": (
        (OIL, TAR_FROM_OIL),
        claim("not anna CARRIES tar"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
        (),
        (OIL,),
    ),
    "a safety list is silent": ((BARRED,), claim("acid BARRED_FROM riga"), NO, Reason.OPPOSITE_FACT, (), (BARRED,)),
    "a safety list is silent, denied": (
        (BARRED,),
        claim("not acid BARRED_FROM riga"),
        SILENT,
        Reason.ABSENCE_IS_NOT_EVIDENCE,
        (),
        (),
    ),
    # silence
    "open world": ((OSLO,), claim("anna CALLS_AT riga"), SILENT, Reason.OPEN_WORLD, (), ()),
    "open world, denied": (
        (OSLO,),
        claim("not anna CALLS_AT riga"),
        SILENT,
        Reason.ABSENCE_IS_NOT_EVIDENCE,
        (),
        (),
    ),
    "no reaction recorded": (
        (REACTS,),
        claim("not acid REACTS_WITH oil"),
        SILENT,
        Reason.ABSENCE_IS_NOT_EVIDENCE,
        (),
        (),
    ),
    "retracted": ((GONE,), claim("anna CALLS_AT riga"), SILENT, Reason.OPEN_WORLD, (), ()),
    "retracted, another value": ((NEVER_RED,), claim("anna FLIES blue"), SILENT, Reason.OPEN_WORLD, (), ()),
    # disagreement
    "sources disagree": (
        (RED_OR, BLUE_OR),
        claim("anna FLIES red"),
        SILENT,
        Reason.CONFLICTING_SOURCES,
        (RED_OR,),
        (BLUE_OR,),
    ),
    "sources disagree, denied": (
        (RED_OR, BLUE_OR),
        claim("not anna FLIES red"),
        SILENT,
        Reason.CONFLICTING_SOURCES,
        (BLUE_OR,),
        (RED_OR,),
    ),
    "two values that nobody marked": (
        (RED, fact("anna FLIES blue")),
        claim("anna FLIES red"),
        SILENT,
        Reason.CONFLICTING_SOURCES,
        (RED,),
        (fact("anna FLIES blue"),),
    ),
    "sources disagree, neither says so": (
        (UNFIT_OR, RISKY_OR, *GRADES),
        claim("anna RATED sound"),
        NO,
        Reason.OPPOSITE_FACT,
        (),
        (UNFIT_OR, RISKY_OR),
    ),
    "sources disagree, each entails it": (
        (UNFIT_OR, RISKY_OR, *GRADES),
        claim("anna RATED unsafe"),
        YES,
        Reason.DERIVED,
        (UNFIT_OR, RISKY_OR),
        (),
    ),
    "disputed only": (
        (MAY_REACT,),
        claim("salt REACTS_WITH acid"),
        SILENT,
        Reason.CONFLICTING_SOURCES,
        (MAY_REACT,),
        (),
    ),
    "disputed only, denied": (
        (MAY_REACT,),
        claim("not salt REACTS_WITH acid"),
        SILENT,
        Reason.CONFLICTING_SOURCES,
        (),
        (MAY_REACT,),
    ),
    # qualifiers
    "same qualifier": ((OSLO,), claim("anna CALLS_AT oslo", season="summer"), YES, Reason.EXACT_FACT, (OSLO,), ()),
    "open relation, another qualifier": (
        (OSLO,),
        claim("anna CALLS_AT oslo", season="winter"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
        (),
        (OSLO,),
    ),
    "open relation, unrecorded qualifier": (
        (OSLO,),
        claim("anna CALLS_AT oslo", berth="3"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
        (),
        (OSLO,),
    ),
    "list, another qualifier": (
        (OIL, SOAP),
        claim("anna CARRIES oil", hold="aft"),
        NO,
        Reason.QUALIFIER_MISMATCH,
        (),
        (OIL,),
    ),
    "list, another qualifier, denied": (
        (OIL, SOAP),
        claim("not anna CARRIES oil", hold="aft"),
        YES,
        Reason.QUALIFIER_MISMATCH,
        (OIL,),
        (),
    ),
    "list, unrecorded qualifier": (
        (fact("anna CARRIES oil"),),
        claim("anna CARRIES oil", hold="aft"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
        (),
        (fact("anna CARRIES oil"),),
    ),
    "safety, another qualifier, denied": (
        (REACTS,),
        claim("not acid REACTS_WITH lime", rule="fire"),
        SILENT,
        Reason.QUALIFIER_MISMATCH,
        (),
        (REACTS,),
    ),
    "one value under another qualifier": (
        (fact("anna FLIES red", since=1900.0),),
        claim("anna FLIES red", since=2000.0),
        NO,
        Reason.QUALIFIER_MISMATCH,
        (),
        (fact("anna FLIES red", since=1900.0),),
    ),
    "one of two facts has the qualifier": (
        (OSLO, fact("anna CALLS_AT oslo", season="winter")),
        claim("anna CALLS_AT oslo", season="summer"),
        YES,
        Reason.EXACT_FACT,
        (OSLO,),
        (),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_the_graph_says_of_a_claim(name: str) -> None:
    facts, stated, verdict, reason, supporting, refuting = CASES[name]
    found = judge(stated, held(*facts), SCHEMA)
    assert (found.verdict, found.reason) == (verdict, reason)
    assert set(found.supporting) == {each.id for each in supporting}
    assert set(found.refuting) == {each.id for each in refuting}
    assert found.claim == stated


@pytest.mark.parametrize("name", CASES)
def test_a_verdict_says_why_and_names_its_rule_and_facts(name: str) -> None:
    facts, stated, *_ = CASES[name]
    rationales = {judge(stated, held(*facts), SCHEMA, language).rationale for language in LANGUAGES}
    assert len(rationales) == len(LANGUAGES)
    assert all(said and "{" not in said for said in rationales)
    found = judge(stated, held(*facts), SCHEMA)
    assert found.proof[0] == f"rules/{found.reason}"
    assert {f"facts/{each}" for each in (*found.supporting, *found.refuting)} <= set(found.proof)


def test_a_derived_fact_is_proved_by_its_chain() -> None:
    found = judge(claim("lime REACTS_WITH acid"), held(REACTS, ACID_CLASS, CLASSES, LIME_CLASS), SCHEMA)
    bases = [f"facts/{each.id}" for each in (ACID_CLASS, CLASSES, LIME_CLASS)]
    assert found.proof == (
        "rules/derived",
        "rules/types:REACTS_WITH",
        f"facts/{REACTS.id}",
        "rules/symmetric:REACTS_WITH",
        "rules/chain:REACTS_WITH",
        *bases,
    )


def test_a_broader_claim_is_proved_by_the_way_up() -> None:
    found = judge(claim("anna PAINTED hue"), held(SKY, *SHADES), SCHEMA)
    steps = [f"facts/{each.id}" for each in SHADES]
    assert found.proof == (
        "rules/derived",
        "rules/types:PAINTED",
        f"facts/{SKY.id}",
        "rules/subsumption:KIND_OF",
        *steps,
    )


def test_a_circle_of_kinds_ends() -> None:
    circle = [fact("sky KIND_OF azure"), fact("azure KIND_OF sky")]
    assert judge(claim("anna PAINTED azure"), held(SKY, *circle), SCHEMA).verdict is YES
    assert judge(claim("anna PAINTED green"), held(SKY, *circle), SCHEMA).verdict is NO


@pytest.mark.parametrize("depth", [DEEPEST, DEEPEST + 1])
def test_what_is_too_far_up_is_neither_entailed_nor_excluded(depth: int) -> None:
    rungs = ["sky", *(f"rung{number}" for number in range(1, depth)), "green"]
    kinds = [fact(f"{narrow} KIND_OF {broad}") for narrow, broad in pairwise(rungs)]
    found = judge(claim("anna PAINTED green"), held(SKY, *kinds), SCHEMA)
    assert found.verdict is (YES if depth == DEEPEST else SILENT)
