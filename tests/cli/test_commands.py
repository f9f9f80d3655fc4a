"""The commands as users run them, on the small pack: what they print, for people and for programs."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from google.protobuf import json_format

from bencao.v1.answer_service_pb2 import Answer, AskQuestionResponse
from bencao.v1.graph_service_pb2 import GetEntityResponse
from tests.cli.conftest import SMALL_PACK, Bencao

SMALL = {"BENCAO_PACKS": str(SMALL_PACK), "BENCAO_DOMAIN": "minerals"}


@pytest.fixture
def server(tmp_path: Path, clean_environment: Mapping[str, str]) -> Iterator["subprocess.Popen[str]"]:
    command = [str(Path(sys.executable).with_name("bencao")), "serve", "--port", "0", "--json"]
    environment = {**clean_environment, **SMALL, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


def address_of(server: "subprocess.Popen[str]") -> str:
    assert server.stdout is not None
    return str(json.loads(server.stdout.readline())["address"])


def test_question_is_answered_in_this_process_if_no_server_runs(bencao: Bencao) -> None:
    done = bencao("ask", "What is quartz made of?", "--json", "--port", "9", **SMALL)
    answer = json_format.Parse(done.stdout, AskQuestionResponse()).answer

    assert done.returncode == 0, done.stderr
    assert answer.outcome != Answer.OUTCOME_UNSPECIFIED
    assert answer.answered_at.token


def test_people_see_answer_outcome_and_revision(bencao: Bencao) -> None:
    data = bencao("ask", "quartz", "--json", "--port", "9", **SMALL)
    answer = json_format.Parse(data.stdout, AskQuestionResponse()).answer
    shown = bencao("ask", "quartz", "--port", "9", **SMALL).stdout

    assert answer.text.strip() in shown
    assert answer.answered_at.token in shown
    assert "Outcome: " in shown


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_server_answers_and_stops_when_told(server: "subprocess.Popen[str]", stop: int, bencao: Bencao) -> None:
    address = address_of(server)
    asked = bencao("ask", "quartz", "--json", "--server", address)
    entity = bencao("entity", "quartz", "--json", "--server", address, "--domain", "minerals")
    server.send_signal(stop)
    _, errors = server.communicate()

    assert json_format.Parse(asked.stdout, AskQuestionResponse()).answer.text, asked.stderr
    assert json_format.Parse(entity.stdout, GetEntityResponse()).entity.display_name, entity.stderr
    assert server.returncode == 0
    assert "Traceback" not in errors


def test_entity_of_no_name_is_said(bencao: Bencao) -> None:
    done = bencao("entity", "unobtainium", "--port", "9", **SMALL)

    assert "unobtainium" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1


def test_build_is_repeatable_and_its_json_says_what_is_there(bencao: Bencao) -> None:
    first = json.loads(bencao("pack", "build", str(SMALL_PACK), "--json").stdout)
    second = json.loads(bencao("pack", "build", str(SMALL_PACK), "--json").stdout)

    assert first == second
    assert first["id"] == "minerals"
    assert first["facts"] > 0


def test_valid_pack_is_said_to_be_valid(bencao: Bencao) -> None:
    done = bencao("pack", "check", str(SMALL_PACK), "--json")

    assert json.loads(done.stdout)["valid"] is True
    assert done.returncode == 0


def test_demo_asks_the_questions_of_the_pack(copy_of_small_pack: Path, bencao: Bencao) -> None:
    (copy_of_small_pack / "demo.yaml").write_text(
        '- {language: en, text: "What is quartz?", shows: {zh: 甲, en: first}}\n'
        '- {language: zh, text: "石英是什么？", shows: {zh: 第二, en: b}}\n',
        encoding="utf-8",
    )
    done = bencao(
        "demo", "--exit", "--no-pull", "--port", "0", BENCAO_PACKS=str(copy_of_small_pack), BENCAO_DOMAIN="minerals"
    )

    assert done.returncode == 0, done.stderr
    for words in ("1 · first", "What is quartz?", "2 · 第二", "石英是什么？", "grpcurl -plaintext"):
        assert words in done.stdout


def test_broken_demo_file_is_named(copy_of_small_pack: Path, bencao: Bencao) -> None:
    (copy_of_small_pack / "demo.yaml").write_text("- just words\n", encoding="utf-8")
    done = bencao(
        "demo", "--exit", "--no-pull", "--port", "0", BENCAO_PACKS=str(copy_of_small_pack), BENCAO_DOMAIN="minerals"
    )

    assert "demo.yaml" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode == 1
