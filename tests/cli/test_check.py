"""`bencao check` as users run it: words and files, the person, acknowledgements, exit codes, and what is refused."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from google.protobuf import json_format

from bencao.v1.decision_service_pb2 import CheckSafetyResponse
from tests.cli.conftest import SMALL, Bencao

OWN = ("--domain", "minerals")
PAIR = "native sulfur, niter"


@pytest.fixture
def home(kept_home: Path) -> Path:
    return kept_home


@pytest.fixture
def clean_environment(clean_environment: Mapping[str, str], served: str) -> Mapping[str, str]:
    return {**clean_environment, "BENCAO_SERVER": served}


def test_what_has_to_be_avoided_ends_with_1_and_names_rule_and_source(bencao: Bencao) -> None:
    done = bencao("check", PAIR, *OWN, **SMALL)

    assert done.returncode == 1, done.stderr
    assert "Conclusion: avoid" in done.stdout
    assert "Niter and native sulfur must not be stored together: danger of explosion." in done.stdout
    assert "rule store-apart" in done.stdout
    assert "basis: " in done.stdout
    assert "Keep them in separate cabinets." in done.stdout
    assert "Revision: r" in done.stdout


def test_what_is_known_of_nothing_ends_with_0_and_says_what_was_looked_at(bencao: Bencao) -> None:
    done = bencao("check", "石英", *OWN, **SMALL)

    assert done.returncode == 0, done.stderr
    assert "未发现已收录的问题" in done.stdout
    assert "存放禁忌" in done.stdout


def test_a_file_is_read_like_the_words(bencao: Bencao, tmp_path: Path) -> None:
    file = tmp_path / "prescription.txt"
    file.write_text("自然硫\n钾硝石\n", encoding="utf-8")
    done = bencao("check", str(file), *OWN, **SMALL)

    assert done.returncode == 1, done.stderr
    assert "不可同放" in done.stdout


def test_json_has_everything(bencao: Bencao) -> None:
    done = bencao("check", PAIR, "--json", *OWN, **SMALL)
    found = json_format.Parse(done.stdout, CheckSafetyResponse())

    assert done.returncode == 1
    assert found.conclusion == CheckSafetyResponse.CONCLUSION_AVOID
    assert found.findings[0].facts
    assert found.checked_at.token


def test_an_accepted_finding_is_shown_with_the_reason(bencao: Bencao) -> None:
    done = bencao("check", PAIR, "--acknowledge", "store-apart=in two cabinets", *OWN, **SMALL)

    assert "accepted by the caller: in two cabinets" in done.stdout
    assert done.returncode == 1


def test_an_unknown_and_an_ambiguous_name_are_told_apart(bencao: Bencao) -> None:
    done = bencao("check", "unobtainium, saltpetre", *OWN, **SMALL)
    (unknown,) = [line for line in done.stdout.splitlines() if line.startswith("Not recognised: ")]

    assert unknown == "Not recognised: unobtainium"
    assert "may mean niter, nitratine" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("",), "name what is to be used"),
        ((PAIR, "--context", "shoe_size=42"), "context.shoe_size"),
        ((PAIR, "--context", "children=perhaps"), "context.children"),
        ((PAIR, "--context", "children"), "KEY=VALUE"),
        ((PAIR, "--acknowledge", "store-apart"), "RULE=REASON"),
        ((PAIR, "--acknowledge", "nothing=whatever"), "ListRules"),
        ((PAIR, "--acknowledge", "Not A Rule=whatever"), "acknowledgements[0].rule"),
        (("quartz -3 g",), "subjects[0].dose"),
        (("石" * 4001,), "prescription"),
        ((",".join(["quartz"] * 51),), "subjects"),
    ],
)
def test_what_cannot_be_used_is_said_with_its_field(bencao: Bencao, arguments: tuple[str, ...], said: str) -> None:
    done = bencao("check", *arguments, *OWN, **SMALL)

    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode != 0
    assert not done.stdout


def test_a_file_of_another_encoding_is_refused(bencao: Bencao, tmp_path: Path) -> None:
    file = tmp_path / "gb.txt"
    file.write_bytes("自然硫，钾硝石".encode("gb18030"))
    done = bencao("check", str(file), *OWN, **SMALL)

    assert "not UTF-8 at byte" in done.stderr
    assert done.returncode != 0


def test_a_check_without_a_server_is_made_in_this_process(bencao: Bencao) -> None:
    done = bencao("check", PAIR, "--port", "9", **{**SMALL, "BENCAO_SERVER": ""})
    assert done.returncode == 1, done.stderr
    assert "Niter and native sulfur" in done.stdout
