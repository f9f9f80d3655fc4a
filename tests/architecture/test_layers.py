"""The layers that the README promises; the contracts stand in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = ("kg", "reasoning", "services")
LONGEST = 400


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_no_module_is_longer_than_a_reader_bears() -> None:
    lengths = {
        path.relative_to(ROOT).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for package in PACKAGES
        for path in (ROOT / package).rglob("*.py")
    }

    assert {path: lines for path, lines in lengths.items() if lines > LONGEST} == {}


def test_proto_is_a_source_root_and_no_package() -> None:
    assert not (ROOT / "proto" / "__init__.py").exists()
