"""Finding packs: installed ones by entry point, others by the folder that they are in."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from kg.errors import PackInvalid

__all__ = ["GROUP", "find_packs"]

GROUP: Final = "bencao.packs"


def find_packs(extra: Iterable[Path] = ()) -> Mapping[str, Path]:
    """Return pack id → folder: the installed packs, then the given folders, which win over installed ones.

    Nothing but `pack.toml` is read, and no code of a pack runs except that of its parent packages.

    Raises:
        PackInvalid: a folder has no readable `pack.toml`, or an entry point names no package.
    """
    folders: dict[str, Path] = {}
    faults: list[str] = []
    for entry in entry_points(group=GROUP):
        try:
            spec = find_spec(entry.value)
        except (ImportError, ValueError):
            spec = None
        locations = list(spec.submodule_search_locations or ()) if spec else []
        if locations:
            folders[entry.name] = Path(locations[0])
        else:
            faults.append(f"entry point {GROUP}:{entry.name}: {entry.value!r} is no package; install the pack again")
    for folder in extra:
        try:
            with (folder / "pack.toml").open("rb") as file:
                folders[str(tomllib.load(file)["id"])] = folder
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
            faults.append(
                f"{folder / 'pack.toml'}:1: names no pack ({type(error).__name__}: {error}); name a folder with one"
            )
    if faults:
        raise PackInvalid(faults)
    return folders
