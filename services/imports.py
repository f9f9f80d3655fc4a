"""An import from end to end: mapping, staging beside the store, one step into the store."""

import asyncio
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from kg.imports.extension import extend
from kg.imports.files import Limits
from kg.imports.held import of_store
from kg.imports.lock import only_one
from kg.imports.mapping import read_mapping
from kg.imports.report import Report
from kg.imports.run import relations_of, stage
from kg.model import Revision
from kg.pack.read import read_pack
from services.compose import load_missing, open_store, packs
from services.settings import Settings, data_folder

__all__ = ["import_tables"]


async def import_tables(  # noqa: PLR0913  what, from where, into what, and who watches
    mapping_file: Path,
    data: Path | None,
    settings: Settings,
    *,
    dry_run: bool = False,
    limits: Limits | None = None,
    on_step: Callable[[str], None] = lambda _step: None,
) -> tuple[Report, Revision]:
    """Import the tables of a mapping into the store of its domain; with `dry_run` only say what would happen.

    Raises:
        PackInvalid: the mapping has faults.
        ImportInvalid: a table cannot be used; nothing was applied.
        GraphUnavailable: another import runs, or the store cannot be written.
    """
    pack = await asyncio.to_thread(read_pack, packs(settings)[settings.domain])
    store = open_store(settings, pack)
    try:
        await load_missing(settings, store, pack)
        origin = await store.origin()
        await store.close()
        held_pack = extend(pack, origin.extension)
        mapping = await asyncio.to_thread(read_mapping, mapping_file, pack, origin.extension)
        store = open_store(settings, held_pack)
        with only_one(data_folder() / "imports" / f"{pack.id}.lock"):
            work = Path(tempfile.mkdtemp(prefix=f"{pack.id}-", dir=_folder()))
            try:
                on_step("graph")
                wanted = [name for name in relations_of(mapping) if name in held_pack.schema.relations]
                async with store.snapshot() as snapshot:
                    held = await of_store(snapshot, held_pack.schema, wanted, work / "held")
                staged, found = await asyncio.to_thread(
                    stage,
                    mapping,
                    data or mapping_file.parent,
                    held,
                    work,
                    base=origin.revision.digest,
                    extension=origin.extension,
                    limits=limits,
                    on_step=on_step,
                )
                if dry_run:
                    return found, origin.revision
                on_step("store")
                return found, await store.extend(staged)
            finally:
                await asyncio.to_thread(shutil.rmtree, work, ignore_errors=True)
    finally:
        await store.close()


def _folder() -> Path:
    """Return the folder for work in progress; what a killed import left there is swept."""
    folder = data_folder() / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.iterdir():
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
    return folder
