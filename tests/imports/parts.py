"""What tests of imports are made of: a small set of tables with its mapping, and questions to the result."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from kg.imports.extension import extend
from kg.imports.report import BlockReport, Report
from kg.model import Entity, Fact, Revision
from kg.pack.read import read_pack
from kg.query import read
from kg.stores.ladybug import LadybugStore
from reasoning.answer import Answer, Completed, Question
from reasoning.ask import ask
from reasoning.budget import Budget, Deadline
from services.compose import embedded_file, open_service
from services.imports import Import, import_tables
from services.settings import Settings

__all__ = ["FINDS", "MAPPING", "MINES", "Mines", "block", "fates", "load_pack", "write_mines"]

MAPPING = """
domain: minerals
sources:
  survey: {title: A made-up survey of mines, licence: CC0-1.0, grade: observational}
tables:
  mines: {file: mines.csv}
  finds: {file: finds.csv}
entities:
  - table: mines
    type: Mine
    id: {column: code}
    id_prefix: mine-
    names: [{column: en, language: en}, {column: zh, language: zh}, {column: other, language: en, kind: alias}]
facts:
  - table: finds
    subject: {type: Mineral, name: {column: mineral}, language: en}
    predicate: MINED_AT
    object: {type: Mine, id: {column: code}, id_prefix: mine-}
    qualifiers: {tons: {column: tons}}
schema:
  types:
    Mine: {label: {en: mine, zh: 矿山}}
  qualifiers:
    tons: {type: number}
  relations:
    MINED_AT: {subjects: [Mineral], objects: [Mine], label: {en: mines, zh: 产出矿山}, qualifiers: [tons]}
words:
  relations:
    MINED_AT: {en: [mined, mined at], zh: [产于, 开采]}
"""
MINES = "code,en,zh,other\nN1,North Pit,北坑,Old Pit\nS2,South Shaft,南井,\n"
FINDS = "mineral,code,tons\nquartz,N1,12.5\nfluorite,N1,3\nfluorite,S2,\n"


@dataclass(frozen=True)
class Mines:
    """The tables in `folder` and what is done with them."""

    folder: Path
    settings: Settings

    def write(self, **tables: str | bytes) -> None:
        """Write tables by their name without ending."""
        for name, text in tables.items():
            (self.folder / f"{name}.csv").write_bytes(text.encode() if isinstance(text, str) else text)

    def map(self, text: str = "", **changes: Any) -> None:
        """Write the mapping: `text`, or the usual one with some of its keys changed."""
        data = yaml.safe_load(text or MAPPING)
        (self.folder / "mapping.yaml").write_text(yaml.safe_dump({**data, **changes}, allow_unicode=True))

    async def run(self, *, dry_run: bool = False, **options: Any) -> tuple[Report, Revision]:
        """Import the tables."""
        return await import_tables(Import(self.folder / "mapping.yaml", dry_run=dry_run, **options), self.settings)

    async def ask(self, *questions: str) -> list[Answer]:
        """Ask a service that is started for it."""
        answers = []
        async with open_service(self.settings) as service:
            for text in questions:
                budget = Budget(Deadline.after(60))
                events = [event async for event in ask(Question(text), service.domains["minerals"], budget=budget)]
                last = events[-1]
                assert isinstance(last, Completed)
                answers.append(last.answer)
        return answers

    async def held(self) -> tuple[dict[str, Entity], dict[str, Fact], Revision]:
        """Return what the store holds."""
        pack = read_pack(self.settings.packs[0])
        file = embedded_file(self.settings, "minerals")
        store = LadybugStore(file, pack.schema, pack.id)
        origin = await store.origin()
        await store.close()
        schema = extend(pack, origin.extension).schema
        store = LadybugStore(file, schema, pack.id)
        async with store.snapshot() as snapshot:
            entities = {each.id: each for each in await read.all_entities(snapshot)}
            facts = {each.id: each for each in await read.facts_touching(snapshot, schema, entities)}
            revision = snapshot.revision
        await store.close()
        return entities, facts, revision


def block(report: Report, name: str) -> BlockReport:
    """Return one block of a report."""
    return next(each for each in report.blocks if each.block == name)


def fates(report: Report, name: str) -> Mapping[str, int]:
    """Return the fates of a block that are not zero."""
    return {fate: number for fate, number in block(report, name).fates.items() if number}


def write_mines(folder: Path, settings: Settings) -> Mines:
    """Write the usual tables and their mapping."""
    folder.mkdir()
    mines = Mines(folder, settings)
    mines.write(mines=MINES, finds=FINDS)
    mines.map()
    return mines


def load_pack(pack_folder: Path, folder: Path) -> Path:
    """Load a pack's graph into a folder as a service would, and return the folder."""
    pack = read_pack(pack_folder)

    async def load() -> None:
        settings = Settings(domain=pack.id, packs=(pack_folder,), model="none", graph=folder)
        store = LadybugStore(embedded_file(settings, pack.id), pack.schema, pack.id)
        await store.load(pack.graph)
        await store.close()

    asyncio.run(load())
    return folder
