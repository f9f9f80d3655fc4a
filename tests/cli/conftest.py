"""A `bencao` as a user has it: the installed command, in a folder of its own, with nothing pulled."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

SECONDS = 100
SMALL_PACK = Path(__file__).parents[1] / "packs" / "minerals"


class Bencao(Protocol):
    """Runs the command and returns what it printed."""

    def __call__(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]": ...


@pytest.fixture
def clean_environment(tmp_path: Path) -> Mapping[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("BENCAO_")}
    return {
        **own,
        "BENCAO_HOME": str(tmp_path / "home"),
        "BENCAO_CACHE": str(tmp_path / "cache"),
        "BENCAO_MODEL": "none",
        "COLUMNS": "200",
    }


@pytest.fixture
def bencao(tmp_path: Path, clean_environment: Mapping[str, str]) -> Bencao:
    command = Path(sys.executable).with_name("bencao")

    def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [command, *arguments],
            cwd=tmp_path,
            env={**clean_environment, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )

    return run


@pytest.fixture
def copy_of_small_pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SMALL_PACK, tmp_path / "pack"))
