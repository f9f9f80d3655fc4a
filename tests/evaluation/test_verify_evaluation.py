"""The evaluation of the verifier on a whole domain, and of prose against annotated sentences."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from kg.errors import PackInvalid
from kg.pack.content import Pack
from reasoning.answer import Claim, Quantity, Verdict
from reasoning.domain import Domain
from reasoning.evaluation import evaluate_verify
from reasoning.evaluation.prose import Annotated, measure_prose, read_annotated


def annotated(domain: Domain, folder: Path, text: str) -> Pack:
    """The domain's pack with other annotated sentences."""
    (folder / "annotated").mkdir()
    (folder / "annotated" / "en.yaml").write_text(text, encoding="utf-8")
    return replace(domain.pack, folder=folder)


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_whole_domain_is_measured_through_its_store(minerals: Domain, language: str) -> None:
    async with minerals.store.snapshot() as snapshot:
        report = await evaluate_verify(minerals, snapshot, annotated=())
    assert report.measured.wrong == []
    assert report.measured.supported > 10
    assert report.claims_a_second > 0
    assert report.prose is None
    assert set(report.faults) <= {"rate"}
    assert len(report.lines(language)) > 15
    figures = json.loads(json.dumps(report.as_json()))
    assert figures["perturbed"] == report.measured.perturbed
    assert figures["typed"]["precision"] == report.measured.precision


async def test_sentences_are_scored_by_claims_and_by_verdicts(herbal: Domain) -> None:
    dose = Claim("", "herb-fuzi", "HAS_DOSE", "route-decoction", quantity=Quantity(3, 15, "g"))
    right = Annotated("附子煎服3～15g。", ((dose,),), Verdict.SUPPORTED)
    grams = Annotated("附子煎服3～15g。", ((replace(dose, quantity=Quantity(3000, 15000, "mg")),),), Verdict.SUPPORTED)
    wrong_amount = Annotated("附子煎服3～15g。", ((replace(dose, quantity=Quantity(3, 9, "g")),),), Verdict.SUPPORTED)
    wrong_verdict = Annotated("附子煎服3～15g。", ((dose,),), Verdict.REFUTED)
    denied = Annotated("附子煎服3～15g。", ((replace(dose, negated=True),),), Verdict.SUPPORTED)
    async with herbal.store.snapshot() as snapshot:
        scores = [
            await measure_prose([each], herbal, snapshot)
            for each in (right, grams, wrong_amount, wrong_verdict, denied)
        ]
    either = Annotated("附子煎服3～15g。", ((replace(dose, negated=True), dose),), Verdict.SUPPORTED)
    async with herbal.store.snapshot() as snapshot:
        assert (await measure_prose([either], herbal, snapshot)).recall == 1
    assert [score.recall for score in scores] == [1, 1, 0, 1, 0]
    assert [score.accuracy for score in scores] == [1, 1, 1, 0, 1]
    assert [bool(score.misses) for score in scores] == [False, False, True, True, True]
    assert scores[3].confusion == {("refuted", "supported"): 1}


async def test_what_states_nothing_may_not_be_given_a_verdict(herbal: Domain) -> None:
    async with herbal.store.snapshot() as snapshot:
        quiet = await measure_prose([Annotated("今天下雨了。", (), None, "non_factual")], herbal, snapshot)
        loud = await measure_prose([Annotated("附子有毒。", (), None, "non_factual")], herbal, snapshot)
    assert quiet.accuracy == 1
    assert loud.accuracy == 0
    assert loud.precision == 0


def test_the_packs_own_sentences_can_be_read(herbal: Domain) -> None:
    sentences = read_annotated(herbal.pack)
    assert len(sentences) >= 400
    assert len({each.text for each in sentences}) == len(sentences)
    assert {each.style for each in sentences} > {"plain", "colloquial"}


def test_a_claim_is_written_in_one_line(herbal: Domain, tmp_path: Path) -> None:
    pack = annotated(
        herbal,
        tmp_path,
        "- text: one\n  claims: ['附子 | HAS_DOSE | 煎服 | not | 3..15 g adult_daily']\n  verdict: refuted\n"
        "- text: two\n  claims: ['麻黄汤 | HAS_MEMBER | | 4 1 | quantifier=count || 麻黄汤 | HAS_MEMBER | 麻黄']\n"
        "  verdict: supported\n"
        "- text: three\n  kind: non_factual\n",
    )
    one, two, three = read_annotated(pack)
    assert one.claims[0][0].negated
    assert one.claims[0][0].quantity == Quantity(3, 15, "g", "adult_daily")
    assert [(each.object, each.qualifiers) for each in two.claims[0]] == [
        ("", {"quantifier": "count"}),
        ("herb-mahuang", {}),
    ]
    assert (three.claims, three.verdict) == ((), None)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("- text: a\n  claims: ['nobody | HAS_NATURE | 温']\n  verdict: supported\n", "no standard name"),
        ("- text: a\n  claims: ['附子 | SAILS | 温']\n  verdict: supported\n", "no relation"),
        ("- text: a\n  verdict: perhaps\n", "verdict one of"),
        ("- text: a\n", "needs its verdict"),
        ("- words: a\n", "a sentence has text"),
        ("- text: a\n  claims: ['附子 | HAS_DOSE | 煎服 | much']\n  verdict: supported\n", "neither"),
    ],
)
def test_faults_name_the_sentence(herbal: Domain, tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(PackInvalid) as raised:
        read_annotated(annotated(herbal, tmp_path, text))
    assert raised.value.faults[0].startswith("annotated/en.yaml:1")
    assert fault in raised.value.faults[0]
