"""The files of a pack as text: found without leaving the folder, decoded, checked for hidden characters."""

import unicodedata
from pathlib import Path
from typing import Final

from kg.pack.faults import Faults, Place

__all__ = ["files_in", "read_text"]

MAX_BYTES: Final = 16 * 1024 * 1024
_OTHER_ENCODINGS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_BOM: Final = b"\xef\xbb\xbf"
# Joiners are letters of some scripts; every other invisible character can only hide something.
_ALLOWED_INVISIBLE: Final = frozenset("\t\n\r\u200c\u200d")


def files_in(root: Path, subfolder: str, suffix: str, faults: Faults) -> tuple[str, ...]:
    """Return the files of `root/subfolder` that end in `suffix`, sorted, as paths relative to `root`."""
    folder = root / subfolder
    if not folder.exists():
        return ()
    if not folder.is_dir():
        faults.add(Place(subfolder), "is not a folder; put the tables into a folder of this name")
        return ()
    if not folder.resolve().is_relative_to(root.resolve()):
        faults.add(Place(subfolder), "leads out of the pack's folder; copy the files into the pack")
        return ()
    names = []
    for path in sorted(folder.iterdir()):
        relative = path.relative_to(root).as_posix()
        if path.name.startswith("."):
            continue
        if path.suffix == suffix:
            names.append(relative)
        else:
            faults.add(Place(relative), f"is not a *{suffix} file; {subfolder}/ holds only such files")
    return tuple(names)


def read_text(root: Path, relative: str, faults: Faults) -> str | None:
    """Return the text of one file in Unicode's composed form (NFC), or None after reporting why not."""
    place = Place(relative)
    path = root / relative
    try:
        resolved = path.resolve(strict=True)
        if not resolved.is_relative_to(root.resolve()):
            faults.add(place, "leads out of the pack's folder; copy the file into the pack")
            return None
        if not resolved.is_file():
            faults.add(place, "is not a regular file")
            return None
        if resolved.stat().st_size > MAX_BYTES:
            faults.add(place, f"is larger than {MAX_BYTES >> 20} MiB; split it into several files")
            return None
        content = resolved.read_bytes()
    except FileNotFoundError:
        faults.add(place, "the file is missing; every pack has it")
        return None
    except (OSError, RuntimeError) as error:  # RuntimeError: a loop of symbolic links, before Python 3.13
        faults.add(place, f"cannot be read: {getattr(error, 'strerror', None) or error}")
        return None
    return _decoded(content, place, faults)


def _decoded(content: bytes, place: Place, faults: Faults) -> str | None:
    for mark, encoding in _OTHER_ENCODINGS.items():
        if content.startswith(mark):
            faults.add(place, f"is {encoding} (byte 0); save it as UTF-8")
            return None
    skipped = len(_BOM) if content.startswith(_BOM) else 0
    try:
        text = content[skipped:].decode()
    except UnicodeDecodeError as error:
        offset = error.start + skipped
        line = content.count(b"\n", 0, offset) + 1
        message = f"byte {offset} (0x{content[offset]:02x}) is not UTF-8; save the file as UTF-8"
        faults.add(place._replace(line=line), message)
        return None
    hidden = False
    for number, line_text in enumerate(text.split("\n"), start=1):
        if line_text.isprintable():
            continue
        for character in line_text:
            if unicodedata.category(character) in {"Cc", "Cf", "Co"} and character not in _ALLOWED_INVISIBLE:
                message = f"holds the invisible character U+{ord(character):04X}; remove it"
                faults.add(place._replace(line=number), message)
                hidden = True
                break
    return None if hidden else unicodedata.normalize("NFC", text)
