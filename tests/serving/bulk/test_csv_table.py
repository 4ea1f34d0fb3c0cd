from __future__ import annotations

import gzip
import hashlib
import tracemalloc
from pathlib import Path

import pytest

from domain.errors import InvalidInput
from serving.bulk import csv_table
from serving.bulk.csv_table import CsvReader, survey


def written(folder: Path, data: bytes) -> Path:
    path = folder / "in.csv"
    path.write_bytes(data)
    return path


def test_survey_tells_columns_rows_and_digest(tmp_path: Path) -> None:
    data = b'\xef\xbb\xbfx,colour\r\n1,"red, or\nblue"\r\n\r\n2,\xc3\xa9\n3'
    table = survey(written(tmp_path, data))
    assert (table.header, table.rows) == (("x", "colour"), 3)
    assert table.digest == hashlib.sha256(data).hexdigest()
    assert table.column("colour") == 1
    with CsvReader(table) as reader:
        assert reader.take(2) == [["1", "red, or\nblue"], ["2", "é"]]
        assert reader.take(2) == [["3"]]
        assert reader.take(2) == []
    with CsvReader(table) as reader:
        reader.skip(2)
        assert reader.take(9) == [["3"]]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty: its first line must name the columns."),
        (b"\n\n", "is empty"),
        (b"x,,y\n", "column 2 has no name"),
        (b"x,y,x\n", "two columns are called 'x'"),
        (b"x\n1\n\xff\n", "line 3: not UTF-8"),
        ("x\n1\n".encode("utf-16"), "line 1: not UTF-8 but probably UTF-16; save the file as UTF-8"),
        ("x\n1\n".encode("utf-16-le"), "line 1: not UTF-8 but probably UTF-16; save the file as UTF-8"),
        ("x\n1\n".encode("utf-16-be"), "line 1: not UTF-8 but probably UTF-16; save the file as UTF-8"),
        (
            gzip.compress(b"x\n1\n", mtime=0),
            "line 1: not UTF-8 but compressed with gzip; unpack the file first.",
        ),
        (b"PK\x03\x04\x14\x00\n", "line 1: not UTF-8 but a ZIP archive or a workbook"),
        (
            b'"x";"y"\n1;2\n',
            "line 1: ',' expected after '\"'. Note that its cells are separated by semicolons (;), not commas: "
            "save it with commas.",
        ),
        (b'x\n1\n"2\n3\n', "line 4: unexpected end of data."),
        (b'x\n"1"2\n', "line 2: ',' expected after '\"'."),
        (b"x\n1\r2\n", "line 2: a line ends with CR alone, as on old Macs; save the file with LF or CR LF"),
        (b"x,y\r1,2\r", "line 1: a line ends with CR alone, as on old Macs; save the file with LF or CR LF"),
        (
            b'x;y\n1;2\n"3";4\n',
            "line 3: ',' expected after '\"'. Note that its cells are separated by semicolons (;), not commas: "
            "save it with commas.",
        ),
        (b"x\n" + b"1" * 200_000 + b"\n", "line 2: field larger than field limit (131072)."),
    ],
)
def test_file_that_is_no_csv_is_refused_with_its_line(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        survey(written(tmp_path, data))
    assert says in caught.value.message


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("x;y", "its cells are separated by semicolons (;), not commas: save it with commas"),
        ("x; y", "its cells are separated by semicolons (;), not commas: save it with commas"),
        ("\ufeffx;y", "its cells are separated by semicolons (;), not commas: save it with commas"),
        ("x;price, net;y", "its cells are separated by semicolons (;), not commas: save it with commas"),
        ("x\ty", "its cells are separated by tabs, not commas: save it with commas"),
        ("x|y", "its cells are separated by bars (|), not commas: save it with commas"),
        ("x:y", "its cells are separated by colons (:), not commas: save it with commas"),
        ("x  y", "its cells are separated by spaces, not commas: save it with commas"),
        ("a;b", "its cells are separated by semicolons (;), not commas: save it with commas"),
        ("'x','y'", "its names stand in single quotes ('y'): leave them out, or use double quotes"),
        ("x, y", "its column ' y' has a space around its name: leave the space out"),
        (
            "sep=;\nx;y",
            "its first line, which is a note to Excel, names no columns: leave it out, and separate with commas",
        ),
    ],
)
def test_column_that_is_absent_only_for_the_header_s_form_says_so(
    tmp_path: Path, header: str, hint: str
) -> None:
    table = survey(written(tmp_path, f"{header}\n1;2\n".encode()))
    with pytest.raises(InvalidInput) as caught:
        table.column("y")
    assert caught.value.message.endswith(f" Note that {hint}.")


def test_broken_quotes_under_a_header_with_commas_get_no_such_note(tmp_path: Path) -> None:
    path = written(tmp_path, b'x;y,z\n"1"2,3\n')
    with pytest.raises(InvalidInput) as caught:
        survey(path)
    assert caught.value.message == f"{path}, line 2: ',' expected after '\"'."


def test_column_that_is_really_absent_gets_no_such_note(tmp_path: Path) -> None:
    path = written(tmp_path, b"x,time: utc,a|b,c d\n")
    with pytest.raises(InvalidInput) as caught:
        survey(path).column("y")
    assert caught.value.message == f"{path} has no column 'y'; it has: x, time: utc, a|b, c d."


def test_line_without_an_end_is_refused_before_it_fills_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(csv_table, "LONGEST_LINE", 1 << 20)
    with pytest.raises(InvalidInput, match="line 2: longer than 1 MiB"):
        survey(written(tmp_path, b"x\n" + b"1," * (1 << 20)))


def test_unknown_column_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="has no column 'z'; it has: x, y"):
        survey(written(tmp_path, b"x,y\n")).column("z")


@pytest.mark.parametrize("new", [b"x\n1\n2\n3\n", b"x\n1\n", b"x\n1\n9\n"])
def test_file_that_changes_while_it_is_read_is_refused(tmp_path: Path, new: bytes) -> None:
    path = written(tmp_path, b"x\n1\n2\n")
    table = survey(path)
    path.unlink()
    path.write_bytes(new)
    with CsvReader(table) as reader, pytest.raises(InvalidInput, match="has changed while it was read"):
        reader.take(1)


@pytest.mark.matrix
def test_a_long_file_needs_the_memory_of_a_chunk(tmp_path: Path) -> None:
    path = written(tmp_path, b"x,colour\n" + b"1234567,red\n" * 200_000)
    tracemalloc.start()
    table = survey(path)
    rows = 0
    with CsvReader(table) as reader:
        while taken := reader.take(1000):
            rows += len(taken)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert rows == table.rows == 200_000
    assert peak < 1_000_000
