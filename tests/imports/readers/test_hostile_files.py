"""Files that are cut off, damaged, too large, or something else: an error that names the place, never a traceback."""

import bz2
import gzip
import os
import random
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from kg.errors import ImportInvalid
from kg.imports.files import Limits
from kg.imports.forms import TableForm
from kg.imports.readers import read_table

GOOD = b"a,b\n1,x\n2,y\n3,z\n"
SMALL = Limits(unpacked=1 << 24, line=1 << 20, ratio=50, grace=1 << 20)


class Reading:
    """A folder of data, and what `read_table` makes of one file in it."""

    def __init__(self, folder: Path, connection: duckdb.DuckDBPyConnection) -> None:
        self.data, self.work = folder / "data", folder / "work"
        self.data.mkdir()
        self.work.mkdir()
        self.connection = connection

    def rows(
        self, file: str = "t.csv", kind: str = "csv", columns: str = "ab", encoding: str = "utf-8"
    ) -> list[tuple[object, ...]]:
        form = TableForm(file=file, encoding=encoding)
        read_table(self.connection, "t", form, kind, self.data, list(columns), SMALL, self.work)
        return self.connection.execute("SELECT * FROM raw_t ORDER BY _row").fetchall()

    def of(
        self, content: bytes, file: str = "t.csv", kind: str = "csv", columns: str = "ab"
    ) -> list[tuple[object, ...]]:
        (self.data / file).write_bytes(content)
        return self.rows(file, kind, columns)

    def rejects(self) -> list[tuple[object, ...]]:
        return self.connection.execute("SELECT file, row, col, reason FROM rejects ORDER BY row").fetchall()


@pytest.fixture
def reading(tmp_path: Path) -> Iterator[Reading]:
    config = {"memory_limit": "1GB", "temp_directory": str(tmp_path / "spill"), "threads": "2"}
    with duckdb.connect(str(tmp_path / "t.duckdb"), config=config) as connection:  # type: ignore[arg-type]
        yield Reading(tmp_path, connection)


def packed(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def noise(rows: int = 20_000) -> bytes:
    numbers = random.Random(1)  # noqa: S311  noise that does not pack well
    return b"a,b\n" + b"".join(b"%d,%d\n" % (row, numbers.randrange(10**9)) for row in range(rows))


def test_rows_are_known_by_their_lines(reading: Reading) -> None:
    assert reading.of(b'a,b\n\n1,"x\ny"\n2,z\n') == [(3, "1", "x\ny"), (5, "2", "z")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a,b\n1,x\n2,y\n3", r"t\.csv:4: the file ends in the middle of this row"),
        (b'a,b\n1,x\n2,"yy', r"t\.csv:3: the file ends in the middle of this row"),
        (b'a,b\n1,x\n2,"y\n3,z\n', r"t\.csv:3: a quotation mark is opened here and never closed"),
        (b"a,b\n1,x\n2,\0\n", r"t\.csv:3: holds a NUL character"),
        (b"a,b\n1," + b"x" * (2 << 20) + b"\n", r"t\.csv:2: column 'b': is longer than 1 MiB"),
        (b'a,b\n1,"' + b"xxxxxxxxx\n" * (1 << 18) + b'"\n2,y\n', r"t\.csv:2: is longer than a row may be"),
        (b"", r"t\.csv:1: is empty"),
        (b"\n\n", r"t\.csv:1: is empty"),
        (b"\xef\xbb\xbf", r"t\.csv:1: is empty"),
        (b"a,a\n1,x\n", r"t\.csv:1: column 1 is named 'a' like another"),
        (b"a,A\n1,x\n", r"t\.csv:1: column 1 is named 'a' like another"),
        (b"a,,b\n1,x,y\n", r"t\.csv:1: column 2 has no name"),
        (b"a,_row\n1,x\n", r"t\.csv:1: column 2 is named '_row'"),
        (b"a,bb\n1,x\n", r"t\.csv: has no column 'b'; did you mean 'bb'\?"),
        (b",".join(b"c%d" % number for number in range(3000)) + b"\n", r"t\.csv:1: has 3000 columns"),
        (GOOD.decode().encode("utf-16-le"), r"t\.csv:1: .*is it utf-16\?"),
        (bz2.compress(GOOD), r"t\.csv: is packed by bzip2"),
        (b"\x28\xb5\x2f\xfd" + GOOD, r"t\.csv: is packed by zstd"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_where_it_is_wrong(reading: Reading, content: bytes, said: str) -> None:
    with pytest.raises(ImportInvalid, match=said):
        reading.of(content)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (packed(noise())[:-1000], "ends in the middle of a compressed block"),
        (packed(noise())[:-4], "ends in the middle of a compressed block"),
        (packed(noise())[:-6] + b"\xff" + packed(noise())[-5:], "is damaged or locked .CRC check failed"),
        (packed(GOOD) + b"more", "is damaged or locked"),
        (packed(b"a,b\n" + b"1,x\n" * (1 << 20)), r"unpacks to more than \d MiB"),
    ],
)
def test_damaged_and_exploding_gzip_is_refused(reading: Reading, content: bytes, said: str) -> None:
    with pytest.raises(ImportInvalid, match=rf"t\.csv\.gz: {said}"):
        reading.of(content, "t.csv.gz")


def test_a_line_of_a_gigabyte_is_refused_before_it_is_read(reading: Reading) -> None:
    part = packed(b"x" * (1 << 20))  # members of one file: a GiB of text is a MiB of it
    with pytest.raises(ImportInvalid, match=r"t\.csv\.gz:2: column 'b': is longer than 1 MiB"):
        reading.of(packed(b"a,b\n1,") + part * 1024, "t.csv.gz")


def zip_of(path: Path, *names: str, content: bytes = GOOD) -> bytearray:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name in names:
            made.writestr(name, content)
    return bytearray(path.read_bytes())


def test_zip_archives_that_cannot_be_taken_as_one_table_are_refused(reading: Reading) -> None:
    path = reading.data / "t.csv.zip"
    zip_of(path, "one.csv", "two.csv")
    with pytest.raises(ImportInvalid, match="holds 2 files"):
        reading.rows("t.csv.zip")
    locked = zip_of(path, "one.csv")
    locked[6] |= 1
    locked[locked.rfind(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(locked)
    with pytest.raises(ImportInvalid, match="is damaged or locked"):
        reading.rows("t.csv.zip")
    path.write_bytes(zip_of(path, "one.csv")[:-10])
    with pytest.raises(ImportInvalid, match="is damaged or locked"):
        reading.rows("t.csv.zip")
    zip_of(path, "one.csv", content=b"a,b\n" + b"1,x\n" * (1 << 20))
    with pytest.raises(ImportInvalid, match=r"unpacks to more than \d MiB"):
        reading.rows("t.csv.zip")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.mkdir(), "is not a regular file"),
        (os.mkfifo, "is not a regular file"),
        (lambda path: path.symlink_to("/dev/zero"), "leads out of the folder"),
        (lambda path: path.symlink_to(path), "there is no such file"),
        (lambda _path: None, "there is no such file"),
    ],
)
def test_what_is_no_file_of_the_folder_is_never_opened(
    reading: Reading, make: Callable[[Path], None], said: str
) -> None:
    make(reading.data / "t.csv")
    with pytest.raises(ImportInvalid, match=said):
        reading.rows()


@pytest.mark.parametrize("file", ["../t.csv", "/t.csv", "a/../../t.csv", "a\\..\\t.csv"])
def test_paths_out_of_the_folder_are_refused_by_the_mapping(file: str) -> None:
    with pytest.raises(ValueError, match="inside the folder"):
        TableForm(file=file)


@pytest.mark.parametrize("encoding", ["rot13", "idna", "base64", "no-such"])
def test_an_encoding_that_is_none_of_text_is_refused(reading: Reading, encoding: str) -> None:
    (reading.data / "t.csv").write_bytes(GOOD)
    with pytest.raises(ImportInvalid, match="is no encoding of text"):
        reading.rows(encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_say_the_encoding(reading: Reading, encoding: str) -> None:
    assert reading.of("a,b\n1,当归\n".encode(encoding)) == [(2, "1", "当归")]


def test_the_encoding_of_a_mapping_is_taken(reading: Reading) -> None:
    (reading.data / "t.csv").write_bytes("a,b\n1,当归\n2,𠮷\n".encode("gb18030"))
    assert reading.rows(encoding="gb18030") == [(2, "1", "当归"), (3, "2", "𠮷")]


def test_rows_in_another_encoding_are_rejected_and_the_rest_is_kept(reading: Reading) -> None:
    content = "a,b\n1,好\n".encode() + "2,当归\n".encode("gb18030") + b"3,z\n"
    assert reading.of(content) == [(2, "1", "好"), (4, "3", "z")]
    assert reading.rejects() == [("t.csv", 3, "b", "holds bytes that are not utf-8")]


@pytest.mark.parametrize("content", [GOOD, GOOD[:-1], GOOD.replace(b"\n", b"\r\n"), b"a,b\r1,x\r\n2,y\n3,z\r"])
def test_line_breaks_of_any_kind_are_taken(reading: Reading, content: bytes) -> None:
    assert reading.of(content) == [(2, "1", "x"), (3, "2", "y"), (4, "3", "z")]


def test_ragged_rows_are_rejected_by_line_and_column(reading: Reading) -> None:
    assert reading.of(b'a,b\n1\n2,y,z\n3,"x"y\n4,w\n') == [(5, "4", "w")]
    rejects = reading.rejects()
    assert [row[:3] for row in rejects] == [("t.csv", 2, "b"), ("t.csv", 3, ""), ("t.csv", 4, "b")]


def test_many_ragged_rows_are_all_counted(reading: Reading) -> None:
    good = reading.of(b"a,b\n" + b"1\n1,2\n" * 30_000)
    assert (len(good), len(reading.rejects())) == (30_000, 30_000)
    assert good[-1] == (60_001, "1", "2")


def test_a_header_alone_is_a_table_without_rows(reading: Reading) -> None:
    assert reading.of(b"a,b\n") == []


@pytest.mark.parametrize("content", [b"hello", b"PAR1" + b"x" * 100 + b"PAR1"])
def test_what_is_no_parquet_is_refused(reading: Reading, content: bytes) -> None:
    with pytest.raises(ImportInvalid, match=r"t\.parquet: cannot be read as parquet"):
        reading.of(content, "t.parquet", "parquet")


def test_half_a_parquet_file_is_refused(reading: Reading) -> None:
    path = reading.data / "t.parquet"
    reading.connection.sql("SELECT i AS a, 'v' || i AS b FROM range(9999) t(i)").write_parquet(str(path))
    assert len(reading.rows("t.parquet", "parquet")) == 9999
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(ImportInvalid, match=r"t\.parquet: cannot be read as parquet"):
        reading.rows("t.parquet", "parquet")


def test_lines_that_are_no_objects_are_rejected(reading: Reading) -> None:
    deep = b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b',"b":4}\n'
    rows = reading.of(b'{"a":1,"b":"x"}\n[1]\nnull\nbroken\n' + deep, "t.jsonl", "jsonl")
    assert rows[0] == (1, "1", "x")
    assert [row[1] for row in reading.rejects()] == [2, 3, 4]


@pytest.mark.parametrize(
    ("content", "column", "said"),
    [
        (b'{"a":1}\n{"a":', "a", r"t\.jsonl:2: the file ends in the middle of this object"),
        (b'{"name":1}\n', "nam", r"has no column 'nam'; did you mean 'name'\?"),
        (b'{"a.b":1}\n', "a.b", "stands for a field in a field"),
        (b"", "a", "is empty"),
    ],
)
def test_objects_that_do_not_fit_the_mapping_are_refused(
    reading: Reading, content: bytes, column: str, said: str
) -> None:
    (reading.data / "t.jsonl").write_bytes(content)
    form = TableForm(file="t.jsonl")
    with pytest.raises(ImportInvalid, match=said):
        read_table(reading.connection, "t", form, "jsonl", reading.data, [column], SMALL, reading.work)


def test_lines_are_right_after_empty_lines_and_lines_of_spaces(reading: Reading) -> None:
    assert reading.of(b"a,b\n\n1\n2,y\n   \n\n3,x,x\n4,z\n") == [(4, "2", "y"), (8, "4", "z")]
    assert [row[:2] for row in reading.rejects()] == [("t.csv", 3), ("t.csv", 5), ("t.csv", 7)]
