"""What goes wrong is said in a line that names it, with an exit code and never a traceback."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Bencao

FAILURE, USAGE = 1, 2


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "said"),
    [
        (["serve", "--port", "many"], {}, USAGE, "--port: "),
        (["serve"], {"BENCAO_STORE": "oracle"}, USAGE, "BENCAO_STORE: "),
        (["serve"], {"BENCAO_NEO4J_URL": "x"}, USAGE, "did you mean BENCAO_NEO4J_URI?"),
        (["serve"], {"BENCAO_CONFIG": "nowhere.toml"}, USAGE, "BENCAO_CONFIG names nowhere.toml"),
        (["serve", "--domain", "astrology"], {}, FAILURE, "astrology"),
        (["serve", "--packs", "nowhere"], {}, FAILURE, "nowhere"),
        (["serve", "--model", "nowhere.gguf", "--port", "0"], {}, FAILURE, "nowhere.gguf"),
        (["serve", "--model", "gpt", "--port", "0"], {}, FAILURE, "BENCAO_MODEL"),
        (
            ["serve"],
            {"BENCAO_MODEL": "", "BENCAO_MODEL_BASE_URL": "http://127.0.0.1:9"},
            USAGE,
            "BENCAO_MODEL names no",
        ),
        (["pack", "check", "nowhere"], {}, FAILURE, "nowhere"),
        (["ask", "x", "--context", "pregnant"], {}, FAILURE, "KEY=VALUE"),
        (["ask", "x", "--server", "127.0.0.1:9"], {}, FAILURE, "127.0.0.1:9"),
        (["entity", "x", "--server", "127.0.0.1:9"], {}, FAILURE, "127.0.0.1:9"),
        (["nonsense"], {}, USAGE, "nonsense"),
        (["ask"], {}, USAGE, "QUESTION"),
    ],
)
def test_fault_is_named_without_traceback(
    arguments: list[str], environment: dict[str, str], code: int, said: str, bencao: Bencao
) -> None:
    done = bencao(*arguments, **environment)

    assert said.lower() in done.stderr.lower()
    assert "Traceback" not in done.stdout + done.stderr
    assert "internal error" not in done.stderr
    assert done.returncode == code


def test_taken_port_is_named(taken_port: int, bencao: Bencao) -> None:
    done = bencao("serve", "--port", str(taken_port))

    assert str(taken_port) in done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert done.returncode == FAILURE


def test_unreachable_neo4j_is_named(bencao: Bencao) -> None:
    done = bencao("pack", "build", BENCAO_STORE="neo4j", BENCAO_NEO4J_URI="bolt://127.0.0.1:9")

    assert "127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr
    assert "internal error" not in done.stderr
    assert done.returncode == FAILURE


def test_pack_build_says_that_the_folder_cannot_be_written(tmp_path: Path, bencao: Bencao) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    done = bencao("pack", "build", "--graph", str(tmp_path / "file" / "graph"))

    assert "BENCAO_GRAPH" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == FAILURE


def test_pack_check_names_file_and_line(bencao: Bencao, copy_of_small_pack: Path) -> None:
    facts = next((copy_of_small_pack / "facts").glob("*.csv"))
    lines = facts.read_text(encoding="utf-8").splitlines()
    facts.write_text("\n".join([*lines, "nothing" + "," * lines[0].count(",")]) + "\n", encoding="utf-8")

    text = bencao("pack", "check", str(copy_of_small_pack))
    data = bencao("pack", "check", str(copy_of_small_pack), "--json")

    place = f"facts/{facts.name}:{len(lines) + 1}: "
    assert place in text.stderr
    assert text.returncode == data.returncode == FAILURE
    assert any(place in fault for fault in json.loads(data.stdout)["faults"])


def test_doctor_of_a_bare_machine_says_what_mends_it(bencao: Bencao) -> None:
    done = bencao("doctor", "--json", "--port", "9", BENCAO_MODEL="")
    checks = {check["name"]: check for check in json.loads(done.stdout)}

    assert checks["graph"]["mend"] == "bencao pack build"
    assert checks["model"]["mend"] == "bencao model pull"
    assert checks["server"]["mend"] == "bencao serve"
    assert done.returncode == 0
