"""Files from elsewhere as plain UTF-8 text: unpacked and decoded in one pass, with a limit on everything.

A file is hostile until it was read once: it may be a device, lead out of its folder, unfold into terabytes, have
one line without end, or stop in the middle. All of that is an error that names the file and the place; nothing has
been applied by then.
"""

import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from kg.errors import ImportInvalid

__all__ = ["Limits", "Plain", "inside", "plain_text"]

_CHUNK: Final = 1 << 20
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC_GZIP: Final = b"\x1f\x8b"
_MAGIC_ZIP: Final = b"PK\x03\x04"
_NOT_UNPACKED: Final = {b"\x28\xb5\x2f\xfd": "zstd", b"BZh": "bzip2", b"\xfd7zX": "xz", b"7z\xbc\xaf": "7-Zip"}


@dataclass(frozen=True, slots=True)
class Limits:
    """What one table may take, in bytes; `ratio` is how many times its size a file may unpack to, after `grace`."""

    unpacked: int = 1 << 37
    line: int = 1 << 22
    ratio: int = 200
    grace: int = 1 << 26
    memory: str = "2GB"


@dataclass(frozen=True, slots=True)
class Plain:
    """A decoded file of so many lines: `ends_open` if the last one has no line break, as where a file was cut off."""

    path: Path
    ends_open: bool
    lines: int


def inside(folder: Path, relative: str) -> Path:
    """Return the regular file at `relative` inside `folder`.

    Raises:
        ImportInvalid: it leads elsewhere, is missing, or is no regular file.
    """
    path = folder / relative
    try:
        resolved = path.resolve(strict=True)
    except (OSError, RuntimeError, ValueError):  # ValueError: a NUL in the name
        message = f"{relative}: there is no such file in {folder}; name the folder of the data with --data"
        raise ImportInvalid(message, file=relative) from None
    if not resolved.is_relative_to(folder.resolve()):
        message = f"{relative}: leads out of the folder of the data; copy the file into it"
        raise ImportInvalid(message, file=relative)
    if not resolved.is_file():
        message = f"{relative}: is not a regular file"
        raise ImportInvalid(message, file=relative)
    return resolved


def plain_text(folder: Path, relative: str, target: Path, *, encoding: str, limits: Limits) -> Plain:
    """Write a file, unpacked if need be, to `target` as UTF-8 with plain line breaks and without a byte order mark.

    Bytes that are not of the encoding become U+FFFD, by which their rows are rejected later. When a line is too long,
    `target` ends in the middle of it.

    Raises:
        ImportInvalid: the file is cut off, damaged, longer than the limits, or holds a NUL character.
    """
    path = inside(folder, relative)
    try:
        b"a".decode(encoding, "replace")  # refuses codecs that are no encodings of text
        codecs.getincrementaldecoder(encoding)("replace").decode(b"", final=True)
    except (LookupError, UnicodeError, TypeError, ValueError):
        message = f"{relative}: {encoding!r} is no encoding of text; write e.g. utf-8 or gb18030"
        raise ImportInvalid(message, file=relative) from None
    ends_open = False
    number, run = 1, 0  # the line, and how much of it was read
    with target.open("w", encoding="utf-8", newline="\n") as written:
        for text in filter(None, _decoded(_unpacked(path, relative, limits), encoding)):
            if (at := text.find("\0")) >= 0:
                row = number + text.count("\n", 0, at)
                message = f"{relative}:{row}: holds a NUL character; this is no text in {encoding} (is it utf-16?)"
                raise ImportInvalid(message, file=relative, row=str(row))
            written.write(text)
            first, *others = text.split("\n")
            for line in (run + len(first), *map(len, others)):
                if line > limits.line:
                    what = f"is longer than {limits.line >> 20} MiB; break the line, or name the format"
                    message = f"{relative}:{number}: {what}"
                    raise ImportInvalid(message, file=relative, row=str(number))
                run = line
                number += 1
            number -= 1
            ends_open = not text.endswith("\n")
    return Plain(target, ends_open, number if ends_open else number - 1)


def _decoded(chunks: Iterator[bytes], encoding: str) -> Iterator[str]:
    head = next(chunks, b"")
    for mark, found in _BOMS:
        if head.startswith(mark):
            head, encoding = head.removeprefix(mark), found
            break
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    yield str(decoder.decode(head))
    for chunk in chunks:
        yield str(decoder.decode(chunk))
    yield str(decoder.decode(b"", final=True))


def _unpacked(path: Path, relative: str, limits: Limits) -> Iterator[bytes]:
    """Yield the bytes of a file, unpacked, up to the limits."""
    size = path.stat().st_size
    total = 0
    try:
        with path.open("rb") as raw, _opened(raw, relative) as file:
            while chunk := file.read(_CHUNK):
                total += len(chunk)
                if total > limits.unpacked or (total > limits.grace and total > size * limits.ratio):
                    message = (
                        f"{relative}: unpacks to more than {total >> 20} MiB from {size >> 10} KiB;"
                        " unpack it yourself if that is right"
                    )
                    raise ImportInvalid(message, file=relative)
                yield chunk
    except EOFError:
        message = f"{relative}: ends in the middle of a compressed block; fetch the file again"
        raise ImportInvalid(message, file=relative) from None
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, lzma.LZMAError, RuntimeError) as error:
        message = f"{relative}: is damaged or locked ({error}); fetch the file again, or unpack it yourself"
        raise ImportInvalid(message, file=relative) from None
    except OSError as error:
        message = f"{relative}: cannot be read: {error.strerror or error}"
        raise ImportInvalid(message, file=relative) from None


def _opened(raw: IO[bytes], relative: str) -> IO[bytes]:
    """Return the file, or what is packed in it, by its first bytes and not by its name."""
    magic = raw.read(4)
    raw.seek(0)
    for mark, packer in _NOT_UNPACKED.items():
        if magic.startswith(mark):
            message = f"{relative}: is packed by {packer}; unpack it, or pack it by gzip"
            raise ImportInvalid(message, file=relative)
    if magic.startswith(_MAGIC_GZIP):
        return gzip.GzipFile(fileobj=raw)  # type: ignore[return-value]
    if magic == _MAGIC_ZIP:
        packed = zipfile.ZipFile(raw)
        members = [member for member in packed.infolist() if not member.is_dir()]
        if len(members) != 1:
            message = f"{relative}: holds {len(members)} files; unpack it and name the one that is meant"
            raise ImportInvalid(message, file=relative)
        return packed.open(members[0])
    return raw
