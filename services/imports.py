"""An import from end to end: mapping, staging beside the store, one step into the store."""

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from kg.errors import ImportInvalid, SchemaViolation
from kg.imports.extension import extend
from kg.imports.files import Limits
from kg.imports.held import of_store
from kg.imports.lock import only_one
from kg.imports.mapping import Mapping, read_mapping
from kg.imports.report import Report
from kg.imports.run import relations_of, stage
from kg.imports.staged import Staged
from kg.imports.watch import Progress, Watch
from kg.model import Revision
from kg.pack.content import Pack
from kg.pack.read import read_pack
from kg.schema import Schema
from kg.store import GraphStore, Origin
from services.compose import load_missing, open_store, packs
from services.settings import Settings, data_folder

__all__ = ["Import", "import_tables"]

_LOOK: float = 0.2  # seconds between two looks at how far it is


@dataclass(frozen=True, slots=True)
class Import:
    """What is to be imported and how.

    Attributes:
        mapping: the mapping's file.
        data: the folder of its tables; the mapping's own if None.
        dry_run: change nothing, only say what would happen.
        rejected: a CSV file for everything that is not in the graph afterwards, with the reason.
        limits: how much a table may take.
    """

    mapping: Path
    data: Path | None = None
    dry_run: bool = False
    rejected: Path | None = None
    limits: Limits | None = None

    @property
    def folder(self) -> Path:
        """The folder of the tables."""
        return self.data or self.mapping.parent


async def import_tables(
    wanted: Import, settings: Settings, *, on_progress: Callable[[Progress], None] = lambda _progress: None
) -> tuple[Report, Revision]:
    """Import the tables of a mapping into the store of its domain; return what became of them and the revision.

    Cancelling the task ends the import; nothing is applied then.

    Raises:
        PackInvalid: the domain's pack breaks the contract.
        ImportInvalid: the mapping has faults, a table cannot be used, or the pack has changed; nothing was applied.
        GraphUnavailable: another import runs, or the store cannot be written.
    """
    pack = await asyncio.to_thread(read_pack, packs(settings)[settings.domain])
    with only_one(data_folder() / "imports" / f"{pack.id}.lock"):
        on_progress(Progress("graph"))
        origin = await _origin(settings, pack)
        mapping = await asyncio.to_thread(read_mapping, wanted.mapping, pack, origin.extension)
        held = extend(pack, origin.extension)
        store = open_store(settings, held)
        work = await asyncio.to_thread(_folder, pack.id)
        try:
            staged, found = await _staged(wanted, mapping, held.schema, store, origin, work, on_progress)
            if wanted.dry_run:
                return found, origin.revision
            on_progress(Progress("store", total=sum(staged.counts.values())))
            return found, await store.extend(staged)
        finally:
            await store.close()
            await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)


async def _origin(settings: Settings, pack: Pack) -> Origin:
    """Load the pack where there is nothing yet, and return where the contents come from."""
    store = open_store(settings, pack)
    try:
        await load_missing(settings, store, pack)
        origin = await store.origin()
    finally:
        await store.close()
    if origin.base != pack.graph.digest():
        message = (
            f"the graph was built from another version of the pack {pack.id!r}: run `bencao pack build`, which takes"
            " out what was imported, and then import each of your mappings again"
        )
        raise ImportInvalid(message, domain=pack.id)
    try:
        extend(pack, origin.extension)
    except SchemaViolation as error:
        message = f"the pack {pack.id!r} and an earlier import do not fit ({error}); run `bencao pack build`"
        raise ImportInvalid(message, domain=pack.id) from None
    return origin


async def _staged(  # noqa: PLR0913, PLR0917  see import_tables
    wanted: Import,
    mapping: Mapping,
    schema: Schema,
    store: GraphStore,
    origin: Origin,
    work: Path,
    on_progress: Callable[[Progress], None],
) -> tuple[Staged, Report]:
    relations = [name for name in relations_of(mapping) if name in schema.relations]
    async with store.snapshot() as snapshot:
        held = await of_store(snapshot, schema, relations, work / "held")
    watch = Watch()

    def run() -> tuple[Staged, Report]:
        return stage(
            mapping,
            wanted.folder,
            held,
            work,
            base=origin.revision.digest,
            extension=origin.extension,
            limits=wanted.limits,
            watch=watch,
            rejected=wanted.rejected,
        )

    working = asyncio.create_task(asyncio.to_thread(run))
    try:
        while not working.done():
            await asyncio.wait({working}, timeout=_LOOK)
            on_progress(watch.now())
    except asyncio.CancelledError:
        watch.cancel()
        with contextlib.suppress(Exception):
            await asyncio.wait({working})
        raise
    return working.result()


def _folder(domain: str) -> Path:
    """Return a new folder for work in progress; what a killed import into the domain left is swept."""
    folder = data_folder() / "imports" / domain
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.iterdir():
        shutil.rmtree(leftover, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=folder))
