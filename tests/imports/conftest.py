"""Imports into the minerals pack in an embedded store of the test's own folder, as the command makes them."""

import shutil
from pathlib import Path

import pytest

from services.settings import Settings
from tests.imports.parts import Mines, load_pack, write_mines

PACK = Path(__file__).parents[1] / "packs" / "minerals"


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the pack's graph; tests copy it."""
    return load_pack(PACK, tmp_path_factory.mktemp("minerals"))


@pytest.fixture
def mines(loaded: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mines:
    """A store with the pack, and tables beside a mapping."""
    monkeypatch.setenv("BENCAO_HOME", str(tmp_path / "home"))
    shutil.copytree(loaded, tmp_path / "graph")
    settings = Settings(domain="minerals", packs=(PACK,), model="none", graph=tmp_path / "graph")
    return write_mines(tmp_path / "tables", settings)
