"""A `bencao` as a user has it: the installed command, in a folder of its own, with nothing pulled."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Protocol

import pytest

SECONDS = 100
SMALL_PACK = Path(__file__).parents[1] / "packs" / "minerals"


class Bencao(Protocol):
    """Runs the command and returns what it printed."""

    def __call__(self, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]": ...


SMALL = {"BENCAO_PACKS": str(SMALL_PACK), "BENCAO_DOMAIN": "minerals"}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of embedded graphs; modules that only read override it with `kept_home`, which is built once."""
    return tmp_path / "home"


@pytest.fixture(scope="session")
def kept_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of the small pack, for all commands that only ask."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("BENCAO_")}
    folder = tmp_path_factory.mktemp("served")
    environment = {**own, **SMALL, "BENCAO_HOME": str(folder), "BENCAO_CACHE": str(folder), "BENCAO_MODEL": "none"}
    command = [str(Path(sys.executable).with_name("bencao")), "serve", "--port", "0", "--json"]
    with subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield str(json.loads(process.stdout.readline())["address"])
        process.terminate()


@pytest.fixture
def clean_environment(tmp_path: Path, home: Path) -> Mapping[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("BENCAO_")}
    return {
        **own,
        "BENCAO_HOME": str(home),
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
