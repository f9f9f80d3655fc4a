"""An import from end to end: tables in, answers with their source out; all of it, once, or nothing."""

import asyncio
import csv
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from kg.errors import GraphUnavailable, ImportInvalid
from kg.imports.lock import only_one
from kg.model import Status, fact_id
from reasoning.answer import Outcome
from services.settings import data_folder
from tests.imports.parts import MAPPING, Mines, block, fates

ROOT = Path(__file__).parents[2]
HAZARDS = """
domain: minerals
sources: {survey: {title: A made-up survey, licence: CC0-1.0}}
tables: {finds: {file: finds.csv}}
facts:
  - table: finds
    subject: {type: Mineral, name: {column: mineral}, language: en}
    predicate: CARRIES_HAZARD
    object: {type: Hazard, name: {column: hazard}, language: en}
"""
SYSTEMS = """
domain: minerals
sources: {survey: {title: A made-up survey, licence: CC0-1.0}}
tables: {finds: {file: finds.csv}}
facts:
  - table: finds
    subject: {type: Mineral, name: {column: mineral}, language: en}
    predicate: CRYSTALLISES_IN
    object: {type: CrystalSystem, name: {column: system}, language: en}
"""


QUESTIONS = {
    "Where is quartz mined?": ["North Pit"],
    "What are the mines of fluorite?": ["North Pit", "South Shaft"],
    "Which minerals are mined at Old Pit?": ["fluorite", "quartz"],
    "石英产于哪里？": ["北坑"],
    "哪些矿物产于北坑？": ["萤石", "石英"],
}


async def test_imported_facts_answer_with_their_source(mines: Mines) -> None:
    await mines.run()

    for answer, names in zip(await mines.ask(*QUESTIONS), QUESTIONS.values(), strict=True):
        assert answer.outcome is Outcome.ANSWERED
        assert all(name in answer.text for name in names)
        assert {source.key for source in answer.sources} == {"survey"}
        assert len(answer.evidence.facts) == len(names)
        assert answer.findings == ()


async def test_facts_have_their_ids_evidence_and_qualifiers(mines: Mines) -> None:
    await mines.run()
    entities, facts, _ = await mines.held()

    mined = [fact for fact in facts.values() if fact.predicate == "MINED_AT"]
    pits = {entity.label("en"): entity for entity in entities.values() if entity.type == "Mine"}
    north = pits["North Pit"].id
    (found,) = [fact for fact in mined if fact.subject == "quartz"]
    assert len(mined) == 3
    assert pits["North Pit"].standard("zh") == "北坑"
    assert found.id == fact_id("quartz", "MINED_AT", north, {"tons": 12.5})
    assert found.qualifiers == {"tons": 12.5}
    (evidence,) = found.evidence
    assert (evidence.source, evidence.locator, evidence.grade.value) == ("survey", "finds.csv:2", "observational")


async def test_an_imported_relation_fires_no_safety_rule(mines: Mines) -> None:
    text = HAZARDS.replace("predicate: CARRIES_HAZARD", "predicate: HAZARD_IMPORTED") + textwrap.dedent("""
        schema:
          relations:
            HAZARD_IMPORTED:
              {subjects: [Mineral], objects: [Hazard], label: {en: recorded hazards, zh: 收录危害}, implied: false}
    """)
    mines.map(text)
    mines.write(finds="mineral,hazard\nquartz,toxic dust\n")
    await mines.run()

    imported, curated = await mines.ask("What colour is quartz?", "What colour is galena?")

    assert imported.findings == ()
    assert [finding.rule for finding in curated.findings] == ["dust"] or curated.outcome is not Outcome.ANSWERED


async def test_a_relation_that_rules_read_needs_a_word_and_a_grade(mines: Mines) -> None:
    mines.write(finds="mineral,hazard\nquartz,toxic dust\n")
    mines.map(HAZARDS)
    with pytest.raises(ImportInvalid, match="CARRIES_HAZARD feeds safety rules"):
        await mines.run()
    mines.map(HAZARDS, safety=True)
    with pytest.raises(ImportInvalid, match="feeds safety rules"):
        await mines.run()

    graded = {"survey": {"title": "A made-up survey", "licence": "CC0-1.0", "grade": "review"}}
    mines.map(HAZARDS, safety=True, sources=graded)
    await mines.run()
    (answer,) = await mines.ask("What hazards does quartz carry?")
    assert [finding.rule for finding in answer.findings] == ["dust"]


async def test_a_dry_run_changes_nothing(mines: Mines) -> None:
    _, _, before = await mines.held()
    file = next(mines.settings.graph.glob("*.ladybug")).read_bytes()

    found, revision = await mines.run(dry_run=True)

    assert (found.entities, found.facts) == (2, 3)
    assert revision == before
    assert next(mines.settings.graph.glob("*.ladybug")).read_bytes() == file


async def test_the_same_import_again_is_the_same_revision(mines: Mines) -> None:
    _, first = await mines.run()
    found, second = await mines.run()

    assert second == first
    assert (found.entities, found.facts) == (0, 0)
    assert fates(found, "entities[0]") == {"merged": 2}
    assert fates(found, "facts[0]") == {"merged": 3}


async def test_an_ambiguous_name_joins_nothing_and_is_reported(mines: Mines) -> None:
    mines.write(finds="mineral,code,tons\nsaltpetre,N1,1\nspar,S2,2\nquartz,N1,1\n")
    found, _ = await mines.run()
    _, facts, _ = await mines.held()

    assert fates(found, "facts[0]") == {"new": 1, "ambiguous": 2}
    (reason,) = block(found, "facts[0]").reasons
    assert any("saltpetre" in said for said in block(found, "facts[0]").examples[reason])
    assert [fact.subject for fact in facts.values() if fact.predicate == "MINED_AT"] == ["quartz"]


async def test_names_join_through_aliases_width_case_and_entities(mines: Mines) -> None:
    mines.write(
        finds="mineral,code,tons\nROCK CRYSTAL,N1,1\nｑｕａｒｔｚ,N1,2\nfool&#39;s gold,S2,3\n Fluorite ,S2,4\n"
    )
    await mines.run()
    _, facts, _ = await mines.held()

    subjects = sorted(fact.subject for fact in facts.values() if fact.predicate == "MINED_AT")
    assert subjects == ["fluorite", "pyrite", "quartz", "quartz"]


async def test_names_that_another_thing_has_are_not_given(mines: Mines) -> None:
    mines.write(mines="code,en,zh,other\nN1,North Pit,北坑,South Shaft\nS2,South Shaft,南井,Deep Hole\n")
    found, _ = await mines.run()
    entities, _, _ = await mines.held()

    names = {entity.label("en"): {name.text for name in entity.names} for entity in entities.values()}
    assert names["North Pit"] == {"North Pit", "北坑"}
    assert names["South Shaft"] == {"South Shaft", "南井", "Deep Hole"}
    assert sum(found.names_dropped.values()) == 1


async def test_conflicting_values_are_kept_and_disputed(mines: Mines) -> None:
    mines.map(SYSTEMS)
    mines.write(finds="mineral,system\nquartz,cubic\nquartz,trigonal\ngalena,cubic\n")
    found, _ = await mines.run()
    _, facts, _ = await mines.held()

    said = {
        (fact.subject, fact.object): (fact.status, [each.source for each in fact.evidence])
        for fact in facts.values()
        if fact.predicate == "CRYSTALLISES_IN" and fact.subject in {"quartz", "galena"}
    }
    assert said[("quartz", "cubic")] == (Status.DISPUTED, ["survey"])
    assert said[("quartz", "trigonal")] == (Status.DISPUTED, ["handbook", "survey"])
    assert said[("galena", "cubic")] == (Status.ASSERTED, ["handbook", "survey"])
    assert found.disputed == 1
    assert fates(found, "facts[0]") == {"new": 1, "merged": 2}


async def test_every_row_is_accounted_for(mines: Mines) -> None:
    finds = [
        "mineral,code,tons",
        "quartz,N1,12.5",
        "quartz,N1,12.50",  # the same
        "quartz,N1,many",  # no number
        "quartz,X9,1",  # no such mine
        ",N1,1",  # nothing
        "spar,N1,1",  # several things
        "quartz,N1",  # half a row
        "quartz,N1,1,2",  # more than a row
    ]
    mines.write(finds="\n".join(finds) + "\n")
    found, _ = await mines.run()

    table = next(each for each in found.tables if each.table == "finds")
    facts = block(found, "facts[0]")
    assert table.rows == 8
    assert sum(table.unreadable.values()) == 2
    assert facts.rows == 6 == sum(facts.fates.values())
    assert fates(found, "facts[0]") == {"new": 1, "duplicate": 1, "rejected": 3, "ambiguous": 1}
    assert sum(facts.reasons.values()) == 4


async def test_what_is_rejected_is_written_with_the_row_of_the_file(mines: Mines, tmp_path: Path) -> None:
    mines.write(finds='mineral,code,tons\n"quartz",N1,1\n\nquartz,N1\n"spar",N1,1\nquartz,N1,many\n')
    await mines.run(dry_run=True, rejected=tmp_path / "rejected.csv")

    with (tmp_path / "rejected.csv").open(encoding="utf-8", newline="") as opened:
        said = [list(row.values()) for row in csv.DictReader(opened)]
    assert sorted(row for cells in said for row in cells if row in {"3", "4", "5", "6"}) == ["4", "5", "6"], said


async def test_two_imports_at_once_exclude_each_other(mines: Mines) -> None:
    with (
        only_one(data_folder() / "imports" / "minerals.lock"),
        pytest.raises(GraphUnavailable, match="another import into this domain is running"),
    ):
        await mines.run()
    await mines.run()


KILLED = """
import asyncio, os, signal, sys, threading
from pathlib import Path
from services.imports import Import, import_tables
from services.settings import Settings

mapping, pack, graph, step = sys.argv[1:]
settings = Settings(domain="minerals", packs=(Path(pack),), model="none", graph=Path(graph))

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def watch():
    while not list(Path(graph).glob(".minerals.ladybug.*[0-9a-f]")):
        pass
    die()

def on_progress(progress):
    if step == "file" and progress.step == "store":
        threading.Thread(target=watch).start()
    elif progress.step == step:
        die()

asyncio.run(import_tables(Import(Path(mapping)), settings, on_progress=on_progress))
"""


@pytest.mark.parametrize("step", ["graph", "store", "file"])
async def test_a_killed_import_leaves_the_old_graph_and_runs_again(mines: Mines, tmp_path: Path, step: str) -> None:
    _, _, before = await mines.held()
    settings = mines.settings
    arguments = [str(mines.folder / "mapping.yaml"), str(settings.packs[0]), str(settings.graph), step]
    process = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", KILLED, *arguments],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert process.returncode == -signal.SIGKILL, process.stderr

    _, facts, revision = await mines.held()
    assert revision == before
    assert not [fact for fact in facts.values() if fact.predicate == "MINED_AT"]
    _, after = await mines.run()

    other = Mines(mines.folder, settings.model_copy(update={"graph": tmp_path / "undisturbed"}))
    _, undisturbed = await other.run()
    assert after == undisturbed
    assert not list((data_folder() / "imports" / "minerals").iterdir())
    assert not list(settings.graph.glob(".minerals.ladybug.*[0-9a-f]"))


NUMBERS = [
    "0",
    "-0.0",
    "1",
    "12.50",
    "1e3",
    "1e15",
    "1e16",
    "123456789012345678",
    "0.1",
    "1e-5",
    "0.00001234",
    "1e300",
    "-7.25",
]
NOTES = ["plain", 'a "quoted" one', "back\\slash", "汉字", "tab\tinside", "a/b", "é"]


async def test_ids_of_facts_are_those_of_the_model(mines: Mines) -> None:
    text = MAPPING.replace("tons: {column: tons}", "tons: {column: tons}, note: {column: note}")
    text = text.replace("tons: {type: number}", "tons: {type: number}\n    note: {type: string}")
    mines.map(text.replace("qualifiers: [tons]", "qualifiers: [tons, note]"))
    cells = [*((number, "") for number in NUMBERS), *(("", note) for note in NOTES), ("2", "both")]
    quoted = ((number, note.replace('"', '""')) for number, note in cells)
    mines.write(finds="mineral,code,tons,note\n" + "".join(f'quartz,N1,{number},"{note}"\n' for number, note in quoted))
    await mines.run()
    _, facts, _ = await mines.held()

    mined = [fact for fact in facts.values() if fact.predicate == "MINED_AT"]
    assert len(mined) == len(cells)
    for fact in mined:
        assert fact.id == fact_id(fact.subject, fact.predicate, fact.object, fact.qualifiers)
