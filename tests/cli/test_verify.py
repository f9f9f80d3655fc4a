"""`bencao verify` and `bencao replay` as users run them: texts, claims, proofs, exit codes, faults of files."""

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from google.protobuf import json_format

from bencao.v1.claim_pb2 import ClaimVerdict
from bencao.v1.verification_service_pb2 import VerifyClaimsResponse, VerifyTextResponse
from tests.cli.conftest import SMALL, Bencao

OWN = ("--domain", "minerals")
RIGHT, WRONG = "Quartz contains oxygen.", "石英含铁。今天天气好。"


@pytest.fixture
def home(kept_home: Path) -> Path:
    return kept_home


@pytest.fixture
def clean_environment(clean_environment: Mapping[str, str], served: str) -> Mapping[str, str]:
    return {**clean_environment, "BENCAO_SERVER": served}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def written(folder: Path, data: bytes | str, name: str = "input.txt") -> str:
    file = folder / name
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return str(file)


def test_a_text_that_holds_is_shown_claim_by_claim_and_ends_with_0(bencao: Bencao, folder: Path) -> None:
    done = bencao("verify", written(folder, RIGHT + " The sky is blue."), *OWN, **SMALL)

    assert done.returncode == 0, done.stderr
    assert "supported" in done.stdout
    assert "quartz · elements: oxygen" in done.stdout
    assert "Handbook" in done.stdout or "handbook" in done.stdout
    assert "states nothing about the domain" in done.stdout
    assert "Overall: supported" in done.stdout


def test_a_refuted_text_ends_with_1_and_is_told_in_its_language(bencao: Bencao, folder: Path) -> None:
    done = bencao("verify", written(folder, WRONG), *OWN, **SMALL)

    assert done.returncode == 1, done.stderr
    assert "不实" in done.stdout
    assert "石英 · 元素：铁" in done.stdout
    assert "图谱记载" in done.stdout
    assert "总体: 不实" in done.stdout


def test_several_claims_of_one_sentence_can_be_told_apart(bencao: Bencao, folder: Path) -> None:
    text = "Quartz contains silicon, oxygen and iron."
    lines = bencao("verify", written(folder, text), *OWN, **SMALL).stdout.splitlines()
    claimed = [line for line in lines if "quartz · elements: " in line]

    assert len(set(claimed)) == len(claimed)
    assert {"silicon", "oxygen", "iron"} <= {line.rpartition(": ")[2] for line in claimed}


def test_standard_input_in_json(clean_environment: Mapping[str, str], folder: Path) -> None:
    command = [str(Path(sys.executable).with_name("bencao")), "verify", "-", "--json", *OWN]
    done = subprocess.run(
        command, input=WRONG.encode(), cwd=folder, env={**clean_environment, **SMALL}, capture_output=True, check=False
    )
    response = json_format.Parse(done.stdout, VerifyTextResponse())

    assert done.returncode == 1, done.stderr
    assert response.overall == ClaimVerdict.VERDICT_REFUTED


def test_claims_of_a_file_are_judged_one_a_line(bencao: Bencao, folder: Path) -> None:
    lines = [
        {"subject": "quartz", "predicate": "CONTAINS_ELEMENT", "object": "oxygen"},
        {"subject": "", "predicate": "CONTAINS_ELEMENT", "object": "oxygen"},
        {"subject": "quartz", "predicate": "HAS_HARDNESS", "object": "mohs", "quantity": {"low": 7, "high": 7}},
    ]
    file = written(folder, "\n".join(map(json.dumps, lines)) + "\n\n", "claims.jsonl")
    shown = bencao("verify", file, "--claims", "--language", "en", *OWN, **SMALL)
    data = bencao("verify", file, "--claims", "--json", *OWN, **SMALL)
    verdicts = json_format.Parse(data.stdout, VerifyClaimsResponse()).verdicts

    assert shown.returncode == 0, shown.stderr
    assert "quartz · elements: oxygen" in shown.stdout
    assert [verdict.verdict for verdict in verdicts] == [
        ClaimVerdict.VERDICT_SUPPORTED,
        ClaimVerdict.VERDICT_NOT_CHECKABLE,
        ClaimVerdict.VERDICT_NOT_ENOUGH_EVIDENCE,
    ]


def test_more_claims_than_one_request_takes(bencao: Bencao, folder: Path) -> None:
    line = json.dumps({"subject": "quartz", "predicate": "CRYSTALLISES_IN", "object": "trigonal"})
    data = bencao("verify", written(folder, f"{line}\n" * 201), "--claims", "--json", *OWN, **SMALL)

    assert data.returncode == 0, data.stderr
    assert len(json_format.Parse(data.stdout, VerifyClaimsResponse()).verdicts) == 201


def test_proofs_are_made_again_byte_for_byte_and_a_changed_one_differs(bencao: Bencao, folder: Path) -> None:
    text = "自然硫与钾硝石应分开存放。石英含铁。"
    bencao("verify", written(folder, text), "--proofs", "proofs", *OWN, **SMALL)
    files = sorted((folder / "proofs").iterdir())
    same = [bencao("replay", str(file), *OWN, **SMALL) for file in files]
    changed = files[-1].read_text(encoding="utf-8").replace("refuted", "supported")
    differs = bencao("replay", written(folder, changed, "changed.json"), *OWN, **SMALL)

    assert files
    assert [done.returncode for done in same] == [0] * len(files), same[0].stderr
    assert all("逐字节相同" in done.stdout for done in same)
    assert differs.returncode == 1
    assert '"verdict": "supported"' in differs.stdout


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"quartz \xff\xfe contains oxygen", "not UTF-8 at byte 7"),
        ("石英含氧。".encode("gb18030"), "not UTF-8"),
        ("石英含氧。".encode() + "石英含铁。".encode("gb18030"), "not UTF-8 at byte 19"),
        ("Quartz contains oxygen.".encode("utf-16"), "not UTF-8"),
        (b"", "text"),
        ("石" * 20_001, "text"),
    ],
)
def test_a_file_that_is_no_text_is_said_with_what_to_do(bencao: Bencao, folder: Path, data: bytes, said: str) -> None:
    done = bencao("verify", written(folder, data), *OWN, **SMALL)

    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode not in {0, 1} or done.returncode == 1
    assert not done.stdout


def test_a_byte_order_mark_is_no_part_of_the_text(bencao: Bencao, folder: Path) -> None:
    done = bencao("verify", written(folder, b"\xef\xbb\xbf" + RIGHT.encode()), "--json", *OWN, **SMALL)

    assert json_format.Parse(done.stdout, VerifyTextResponse()).sentences[0].end_byte == len(RIGHT)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("not json", "line 1: not the JSON of a claim"),
        ('{"subject": "quartz"}\n{"colour": "red"}', "line 2: not the JSON of a claim"),
        ("[" * 5000, "line 1: not the JSON of a claim"),
        ('{"qualifiers": ' + '{"a": ' * 500 + "1" + "}" * 501, "line 1: not the JSON of a claim"),
        ('{"startByte": 99999999999}', "line 1: not the JSON of a claim"),
        ("\n\n", "there is no claim in the file"),
        ('{"subject": "domains/other/entities/quartz"}', "claims[0].subject"),
    ],
)
def test_claims_that_cannot_be_read_are_said_with_their_line(
    bencao: Bencao, folder: Path, lines: str, said: str
) -> None:
    done = bencao("verify", written(folder, lines), "--claims", *OWN, **SMALL)

    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode != 0


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("", "no proof"),
        ("{}", "no proof"),
        ("[" * 100_000, "no proof"),
        ('{"version": 99}', "version 99"),
        ('{"version": 1}', "give the file as it was written"),
    ],
)
def test_what_is_no_proof_is_said(bencao: Bencao, folder: Path, document: str, said: str) -> None:
    done = bencao("replay", written(folder, document), *OWN, **SMALL)

    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.returncode != 0


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"start_byte":0', '"start_byte":99999999999'),
        ('"pack":{"id":"minerals"', '"pack":{"id":"Not An Id"'),
        ('"language":"en"', '"language":"fr"'),
        ('"revision":"r', '"revision":"x'),
        ('"subject":"quartz","text"', '"subject":"domains/other/entities/quartz","text"'),
    ],
)
def test_a_proof_of_something_else_is_refused_or_differs(bencao: Bencao, folder: Path, old: str, new: str) -> None:
    bencao("verify", written(folder, "Quartz contains oxygen."), "--proofs", "proofs", *OWN, **SMALL)
    document = (folder / "proofs" / "0001.json").read_text(encoding="utf-8")
    assert old in document
    done = bencao("replay", written(folder, document.replace(old, new, 1), "changed.json"), *OWN, **SMALL)

    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert done.stderr or done.stdout


def test_a_missing_file_and_an_unknown_proof(bencao: Bencao) -> None:
    missing = bencao("verify", "nowhere.txt", *OWN, **SMALL)
    replayed = bencao("replay", "nowhere.json", *OWN, **SMALL)

    assert "name a file, or - for standard input" in missing.stderr
    assert "name a file, or - for standard input" in replayed.stderr
    assert missing.returncode != 0
    assert replayed.returncode != 0


@pytest.mark.parametrize("command", [("verify",), ("replay",), ("check",), ("eval", "verify"), ("eval", "safety")])
def test_help_says_what_the_exit_code_means(bencao: Bencao, command: tuple[str, ...]) -> None:
    done = bencao(*command, "--help")

    assert done.returncode == 0
    assert "exit code 1" in " ".join(done.stdout.split())
