"""What a command imports is what its user waits for."""

import json
import subprocess
import sys

import pytest

HEAVY = {
    "grpc",
    "google.protobuf",
    "langchain_core",
    "langgraph",
    "ladybug",
    "neo4j",
    "spacy",
    "jieba",
    "pydantic_settings",
}

PROGRAM = """
import json, sys
from services.cli.main import run
code = run(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]))
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["pack", "--help"], ["pack", "check", "--help"]])
def test_overview_imports_nothing_heavy(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stdout.splitlines()[-1])

    assert code == 0
    assert HEAVY & set(modules) - ({"pydantic_settings"} if "check" in arguments else set()) == set()


def test_help_of_a_command_needs_no_grpc_and_no_model() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, "ask", "--help"], capture_output=True, text=True, check=True)
    code, modules = json.loads(done.stdout.splitlines()[-1])

    assert code == 0
    assert HEAVY & set(modules) <= {"pydantic_settings"}
