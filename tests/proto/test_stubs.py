"""The committed stubs are what the contract makes, and the descriptor set is enough for any other language."""

import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

PROTO = Path(__file__).parents[2] / "proto"
SET = PROTO / "bencao" / "bencao.binpb"


def run(*command: str, cwd: Path = PROTO) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, timeout=60)


def generated(root: Path) -> dict[str, bytes]:
    made = [*root.rglob("*_pb2.py"), *root.rglob("*_pb2.pyi"), *root.rglob("*_grpc.py*"), *root.rglob("*.binpb")]
    return {str(file.relative_to(root)): file.read_bytes() for file in made if "__pycache__" not in file.parts}


def test_regenerating_changes_nothing(tmp_path: Path) -> None:
    done = run(sys.executable, "generate.py", str(tmp_path))

    assert done.returncode == 0, done.stderr
    fresh, committed = generated(tmp_path), generated(PROTO)
    assert fresh.keys() == committed.keys()
    differing = [name for name in fresh if fresh[name] != committed[name]]
    assert not differing, "run `python proto/generate.py`"


def test_every_contract_file_has_stubs() -> None:
    made = generated(PROTO)

    for file in PROTO.rglob("*.proto"):
        stem = str(file.relative_to(PROTO).with_suffix(""))
        assert {f"{stem}_pb2.py", f"{stem}_pb2.pyi"} <= made.keys()


@pytest.mark.parametrize(
    "chore",
    [
        ("lint", "bencao/bencao.binpb", "--config", "buf.yaml", "--path", "bencao/v1"),
        ("format", "--diff", "--exit-code", "."),
    ],
    ids=lambda chore: chore[0],
)
def test_buf_is_content(chore: tuple[str, ...]) -> None:
    done = run(str(Path(sys.executable).parent / "buf"), *chore)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_lint_sees_a_fault(tmp_path: Path) -> None:
    """A lint that passes everything would pass the test above too."""
    contract = FileDescriptorSet.FromString(SET.read_bytes())
    graph = next(file for file in contract.file if file.name.endswith("/graph.proto"))
    graph.message_type[0].field[0].name = "NotSnake"
    broken = tmp_path / "broken.binpb"
    broken.write_bytes(contract.SerializeToString())

    done = run(
        str(Path(sys.executable).parent / "buf"),
        *("lint", str(broken), "--config", "buf.yaml", "--path", "bencao/v1"),
    )

    assert "NotSnake" in done.stdout


ELSEWHERE = """
from bencao.v1 import answer_service_pb2, answer_service_pb2_grpc
from buf.validate import validate_pb2

assert "generated" in answer_service_pb2.__file__
rules = answer_service_pb2.Question.DESCRIPTOR.fields_by_name["text"].GetOptions().Extensions[validate_pb2.field]
print(rules.string.max_len, answer_service_pb2_grpc.AnswerServiceStub.__name__)
"""


def test_a_client_is_generated_from_the_descriptor_set_alone(tmp_path: Path) -> None:
    out = tmp_path / "generated"
    out.mkdir()
    files = [file.name for file in FileDescriptorSet.FromString(SET.read_bytes()).file]
    own = [name for name in files if name.startswith(("bencao/", "buf/"))]

    made = run(
        *(sys.executable, "-m", "grpc_tools.protoc", f"--descriptor_set_in={SET}"),
        *(f"--python_out={out}", f"--grpc_python_out={out}", *own),
        cwd=tmp_path,
    )
    (out / "bencao" / "__init__.py").touch()  # a package of that name is installed here; it must not win
    used = run(sys.executable, "-c", f"import sys; sys.path.insert(0, {str(out)!r})\n{ELSEWHERE}", cwd=tmp_path)

    assert made.returncode == 0, made.stderr
    assert (used.stdout.split(), used.stderr) == (["4000", "AnswerServiceStub"], "")


def test_the_descriptor_set_keeps_the_comments() -> None:
    contract = FileDescriptorSet.FromString(SET.read_bytes())

    answer = next(file for file in contract.file if file.name.endswith("/answer_service.proto"))
    comments = [place.leading_comments for place in answer.source_code_info.location]
    assert any("AskQuestion runs one question to its end" in comment for comment in comments)


SERVER = {"kg", "reasoning", "services", "langchain", "langchain_core", "langgraph", "spacy", "neo4j", "ladybug", "buf"}


@pytest.mark.parametrize("module", ["bencao.client", "bencao.sync", "bencao.v1.answer_service_pb2_grpc"])
def test_the_client_loads_nothing_of_the_server(module: str, tmp_path: Path) -> None:
    script = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"

    done = run(sys.executable, "-W", "error", "-c", script, cwd=tmp_path)

    assert done.returncode == 0, done.stderr
    assert "grpc" in done.stdout.split()
    assert not SERVER & set(done.stdout.split())
