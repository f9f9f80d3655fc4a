"""Systems are asked, their answers recorded and drawn; stopped runs go on; what is left out makes errors."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from reasoning.answer import Completed, Question, StepKind
from reasoning.ask import ask
from reasoning.domain import Domain
from reasoning.evaluation.questions import Case, read_questions
from reasoning.evaluation.scoring import Scorer
from services.evaluation.arms import Arm, ArmUnavailable, Peers, Told, open_arm
from services.evaluation.page import markdown, page
from services.evaluation.run import Record, balanced, read_records, run_arm
from services.evaluation.tallies import compared, scored, tally
from tests.reasoning.parts import Reciter, plenty

NOWHERE = Peers("bolt://127.0.0.1:1")


async def asked(domain: Domain, name: str, folder: Path) -> dict[str, Record]:
    cases = read_questions(domain.pack)
    async with open_arm(name, domain, NOWHERE, 30) as arm:
        await run_arm(arm, cases, {case.id: case for case in cases}, folder, lambda _: None)
    return {record.case: record for record in read_records(folder)[name]}


async def test_the_graph_alone_answers_without_a_model(minerals: Domain, tmp_path: Path) -> None:
    records = await asked(minerals, "graph", tmp_path)
    assert not any(record.failed for record in records.values())
    scorer = Scorer(minerals.pack)
    cases = {case.id: case for case in read_questions(minerals.pack)}
    answers = scored(cases, {"graph": list(records.values())}, scorer)["graph"]
    figures = tally(answers)
    assert figures.exact.value >= 0.8, [(each.case.id, each.record.told.text) for each in answers]
    assert figures.abstention_recall.value == 1, [(e.case.id, e.record.told.text, e.score) for e in answers]
    assert figures.model_calls == 0


async def test_a_bare_model_says_what_it_says_and_is_counted(minerals: Domain, tmp_path: Path) -> None:
    model = Reciter(replies=["Pyrite contains iron, sulfur and lead."])
    records = await asked(replace(minerals, model=model), "bare", tmp_path)
    told = records["lookup-en-001"].told
    assert told.text == "Pyrite contains iron, sulfur and lead."
    assert told.model_calls == 1
    assert told.output_tokens > 0
    cases = {case.id: case for case in read_questions(minerals.pack)}
    answers = scored(cases, {"bare": list(records.values())}, Scorer(minerals.pack))["bare"]
    assert tally(answers).hallucinated.value == 1


@pytest.mark.parametrize("name", ["bare", "whole", "no_verifier", "text2cypher", "nobody"])
async def test_what_cannot_run_says_what_it_needs(minerals: Domain, name: str) -> None:
    with pytest.raises(ArmUnavailable):
        async with open_arm(name, minerals, NOWHERE, 30):
            pass


async def test_without_verifier_whatever_the_model_writes_is_told(minerals: Domain) -> None:
    model = Reciter(replies=["Fluorite is trigonal and made of cheese."])
    domain = replace(minerals, model=model, model_name="reciter")
    texts = {}
    for left_out in (frozenset[StepKind](), frozenset({StepKind.VERIFY})):
        question = Question("What is the crystal system of fluorite?")
        async for event in ask(question, domain, budget=plenty(), prose=True, left_out=left_out):
            if isinstance(event, Completed):
                texts[left_out] = event.answer.text
    assert "cheese" not in texts[frozenset()]
    assert "cheese" in texts[frozenset({StepKind.VERIFY})]


async def test_without_the_safety_pass_there_are_no_warnings(minerals: Domain) -> None:
    found = {}
    for left_out in (frozenset[StepKind](), frozenset({StepKind.CHECK_SAFETY})):
        question = Question("Which elements does galena contain?")
        async for event in ask(question, minerals, budget=plenty(), left_out=left_out):
            if isinstance(event, Completed):
                found[left_out] = event.answer.findings
    assert found[frozenset()]
    assert not found[frozenset({StepKind.CHECK_SAFETY})]


async def test_a_stopped_run_goes_on_where_it_stopped(minerals: Domain, tmp_path: Path) -> None:
    cases = read_questions(minerals.pack)
    known = {case.id: case for case in cases}
    seen: list[str] = []

    async def tell(case: Case, _: Sequence[Case]) -> Told:
        seen.append(case.id)
        if case.id == cases[1].id:
            message = "the line is dead"
            raise OSError(message)
        return Told("yes")

    for upto in (3, 5):
        await run_arm(Arm("mine", tell), cases[:upto], known, tmp_path, lambda _: None)
        with (tmp_path / "mine.jsonl").open("a", encoding="utf-8") as file:
            file.write('{"arm": "mine", "cas')
            file.write("\n")
    assert seen == [case.id for case in cases[:5]]
    records = read_records(tmp_path)["mine"]
    assert [record.case for record in records] == seen
    assert "the line is dead" in records[1].failed


async def test_what_was_asked_before_is_asked_before(minerals: Domain, tmp_path: Path) -> None:
    first, second, *_ = read_questions(minerals.pack)
    after = replace(second, follows=first.id)
    heard: list[str] = []

    async def tell(_: Case, earlier: Sequence[Case]) -> Told:
        heard.extend(each.id for each in earlier)
        return Told("yes")

    await run_arm(Arm("mine", tell), [after], {first.id: first, after.id: after}, tmp_path, lambda _: None)
    assert heard == [first.id]


def test_samples_are_balanced(minerals: Domain) -> None:
    cases = read_questions(minerals.pack)
    doubled = [*(replace(case, id=f"{case.id}-b") for case in cases[:1]), *cases]
    assert len({(case.kind, case.language) for case in balanced(doubled, 9)}) == 9
    assert balanced(doubled, 0) == tuple(doubled)


def test_the_page_shows_wrong_answers_as_text(minerals: Domain) -> None:
    cases = {case.id: case for case in read_questions(minerals.pack)}
    wrong = Record("bare", "lookup-en-001", 1.0, Told("<script>alert(1)</script> calcium"))
    right = Record("graph", "lookup-en-001", 0.5, Told("Iron and sulfur."))
    arms = scored(cases, {"bare": [wrong], "graph": [right]}, Scorer(minerals.pack))
    drawn = page(minerals.pack, arms, {"date": "today"}, "en")
    assert "&lt;script&gt;alert(1)" in drawn
    assert "<script" not in drawn
    assert "http" not in drawn.replace('xmlns="http', "")
    assert "<svg" in drawn
    table = markdown(arms, {"date": "today"})
    assert "| bare model | 0.000" in table
    assert "| graph only | 1.000" in table
    assert compared(arms["graph"], arms["bare"]) == (1, 0, 1.0)
