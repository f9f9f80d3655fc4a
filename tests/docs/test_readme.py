"""The README names what exists, and everything that exists is named."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from services.cli.docs import TABLES, spliced
from services.cli.main import COMMANDS
from services.settings import OTHER_VARIABLES, Settings, flag, variable

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROSE = re.sub(r"<!-- demo -->.*?<!-- /demo -->", "", README, flags=re.DOTALL)


def test_tables_are_those_of_the_code() -> None:
    assert all(f"<!-- {name} -->" in README for name in TABLES)
    assert spliced(README) == README, "run: python -m services.cli.docs README.md"


def test_every_variable_named_exists() -> None:
    known = {variable(name) for name in Settings.model_fields} | set(OTHER_VARIABLES)
    tests_own = {"BENCAO_TEST_NEO4J_URI"}

    assert set(re.findall(r"BENCAO_[A-Z0-9_]+", PROSE)) - known - tests_own == set()


def test_every_variable_read_by_the_code_is_documented() -> None:
    read = {
        name
        for folder in ("kg", "reasoning", "services", "proto")
        for file in (ROOT / folder).rglob("*.py")
        for name in re.findall(r"BENCAO_[A-Z0-9]+(?:_[A-Z0-9]+)*", file.read_text(encoding="utf-8"))
    }

    assert {name for name in read if name not in README and not name.startswith("BENCAO_TEST")} == set()


def test_every_command_named_exists() -> None:
    named = re.findall(r"(?:\$ |`)bencao ((?:model|pack|eval) [a-z]+|[a-z]+)", PROSE)

    assert {tuple(words.split()) for words in named} - set(COMMANDS) == set()


def test_every_flag_named_exists() -> None:
    of_commands = {
        "--json",
        "--help",
        "--server",
        "--context",
        "--language",
        "--exit",
        "--no-pull",
        "--html",
        "--dry-run",
        "--proofs",
        "--arms",
        "--set",
    }
    of_settings = {flag(name) for name in Settings.model_fields}
    of_other_tools = {"--descriptor_set_in"}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9_-]+", PROSE))

    assert named - of_commands - of_settings - of_other_tools == set()


@pytest.mark.parametrize("words", sorted(COMMANDS))
def test_flags_of_a_command_cover_all_settings(words: tuple[str, ...]) -> None:
    program = "import sys; from services.cli.main import run; sys.exit(run(sys.argv[1:]))"
    shown = subprocess.run(
        [sys.executable, "-c", program, *words, "--help"],
        capture_output=True,
        text=True,
        check=True,
        env={"COLUMNS": "300", "TERM": "dumb"},
    ).stdout

    without_settings = {("model", "pull"), ("pack", "check"), ("pack", "report"), ("pack", "compare")}
    if words in without_settings:  # these concern neither store nor server
        return
    missing = [name for name in Settings.model_fields if flag(name) not in shown]
    assert missing == ["neo4j_password", "model_api_key"]


def test_every_chore_named_exists() -> None:
    chores = set(re.findall(r"^([a-z]+):", MAKEFILE, flags=re.MULTILINE))

    assert set(re.findall(r"(?:\$ |`)make ([a-z]+)", README)) - chores == set()


def test_every_file_named_exists() -> None:
    paths = re.findall(r"`((?:kg|proto|reasoning|services|tests)/[\w./*-]*\w)`", README)

    assert paths
    assert [path for path in paths if not list(ROOT.glob(path))] == []


def test_python_example_compiles_and_its_imports_work() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    compile(example, "README.md", "exec")
    imports = "\n".join(line for line in example.splitlines() if line.startswith(("from ", "import ")))

    assert subprocess.run([sys.executable, "-c", imports], check=False).returncode == 0


def test_no_package_index_and_no_machine_path_is_written_down() -> None:
    hosts = re.compile(r"pypi\.org|pythonhosted|/home/|/root/|/work/")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    found = [
        name
        for name in tracked
        if (ROOT / name).is_file()
        and (ROOT / name) != Path(__file__)
        and hosts.search((ROOT / name).read_text(encoding="utf-8", errors="ignore"))
    ]

    assert found == []
