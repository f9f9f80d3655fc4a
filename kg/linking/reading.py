"""The name index of what a store holds: in memory, or on disk where there is too much of it."""

import asyncio
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kg.linking.index import NameIndex, build_index
from kg.linking.namefile import NameFile, NameWriter
from kg.query import read
from kg.store import Snapshot

__all__ = ["read_index"]

_IN_MEMORY: Final = 150_000  # entities whose names take a few hundred megabytes and some seconds at each start


async def read_index(
    snapshot: Snapshot, own: Iterable[str], folder: Path | None, domain: str, *, most: int = _IN_MEMORY
) -> NameIndex:
    """Return the index over the names of all entities of a snapshot.

    Args:
        snapshot: where to read.
        own: ids of entities that are in memory in any case: near names among them are all found.
        folder: where to keep names on disk, in one file for each revision; None keeps all in memory.
        domain: the id of the domain, which the names of the files begin with.
        most: entities that are held in memory.

    Raises:
        GraphUnavailable: the store does not answer.
        OSError: the folder cannot be used.
    """
    if folder is None or sum((await read.type_counts(snapshot)).values()) <= most:
        return await asyncio.to_thread(build_index, await read.all_entities(snapshot))
    file = folder / f"{domain}-{snapshot.revision.digest[:16]}.names"
    try:
        names = await asyncio.to_thread(NameFile, file)
    except OSError:
        await _write(snapshot, file)
        names = await asyncio.to_thread(NameFile, file)
    await asyncio.to_thread(_sweep, file, domain)
    held = await read.entities(snapshot, own)
    return await asyncio.to_thread(build_index, held.values(), names)


async def _write(snapshot: Snapshot, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(f".{secrets.token_hex(4)}")
    try:
        writer = await asyncio.to_thread(NameWriter, fresh)
        async for rows in read.entity_pages(snapshot):
            await asyncio.to_thread(writer.add, rows)
        await asyncio.to_thread(writer.finish)
        fresh.replace(file)
    finally:
        fresh.unlink(missing_ok=True)


def _sweep(file: Path, domain: str) -> None:
    """Remove the names of other revisions; who has them open keeps them."""
    for other in file.parent.glob(f"{domain}-*.names"):
        if other != file:
            other.unlink(missing_ok=True)
