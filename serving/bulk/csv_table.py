"""A CSV file with a header, read in constant memory: looked through once, then taken in chunks."""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import BinaryIO

from domain.errors import InvalidInput
from domain.input.csv_header import header_hint

LONGEST_LINE = 16 * 1024 * 1024
BOM = b"\xef\xbb\xbf"
UTF16 = "probably UTF-16; save the file as UTF-8 (in Excel: CSV UTF-8)"
CHARACTERS_OF_A_HINT = 10_000
LONE_CR = "a line ends with CR alone, as on old Macs; save the file with LF or CR LF, or quote the cell"
OTHER_KINDS = {
    b"\xff\xfe": UTF16,
    b"\xfe\xff": UTF16,
    b"\x1f\x8b": "compressed with gzip; unpack the file first",
    b"PK\x03\x04": "a ZIP archive or a workbook; save its table as CSV UTF-8",
}


@dataclass(frozen=True, slots=True)
class CsvTable:
    """What one look at the whole file has told: its columns, its number of rows, the sha256 of its bytes.

    `state` is the file's identity, size and time at that moment; `CsvReader` refuses a file that has changed since.
    """

    path: Path
    header: tuple[str, ...]
    rows: int
    digest: str
    state: tuple[int, int, int]

    def column(self, name: str) -> int:
        """The position of a column. Raises InvalidInput, which lists the columns there are."""
        if name not in self.header:
            hint = header_hint(self.header, [name])
            unusual = "" if hint is None else f" Note that {hint}."
            raise InvalidInput(
                f"{self.path} has no column {name!r}; it has: {', '.join(self.header)}.{unusual}"
            )
        return self.header.index(name)


def survey(path: Path, target: Path | None = None) -> CsvTable:
    """Read the file once from end to end, which takes a second or two for a million rows: call it in a thread.

    Empty lines are no rows. Raises InvalidInput with the line when the file is no CSV in UTF-8, has no header, or
    has a header with an empty or a repeated name; and when the `target`, which will be written, is the same file.
    """
    if target is not None and target.exists() and target.samefile(path):
        raise InvalidInput(f"{target} is the input itself: name another --out.")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        state = state_of(file)
        records = _records(path, file, digest.update)
        header = _header(path, records)
        rows = sum(1 for _ in records)
    return CsvTable(path, header, rows, digest.hexdigest(), state)


class CsvReader(AbstractContextManager["CsvReader"]):
    """Takes the rows of a surveyed file from its first one on; a context manager that closes the file.

    Its methods block: call them in a thread, one at a time.
    """

    def __init__(self, table: CsvTable) -> None:
        self._table = table
        self._file = table.path.open("rb")
        self._records = _records(table.path, self._file, _ignore)
        next(self._records, None)

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def skip(self, count: int) -> None:
        """Pass over `count` rows."""
        next(islice(self._records, count, count), None)

    def take(self, count: int) -> list[list[str]]:
        """The cells of the next `count` rows, fewer at the end.

        Raises InvalidInput when the file is no longer what was surveyed.
        """
        rows = list(islice(self._records, count))
        if {state_of(self._file), state_of(self._table.path)} != {self._table.state}:
            raise InvalidInput(f"{self._table.path} has changed while it was read: run the command again.")
        return rows


def _records(path: Path, file: BinaryIO, seen: Callable[[bytes], object]) -> Iterator[list[str]]:
    lines = _lines(path, file, seen)
    first = next(lines, "")
    reader = csv.reader(chain([first], lines), strict=True)
    try:
        yield from (record for record in reader if record)
    except csv.Error as error:
        # With another separator a quoted cell breaks the rules of quotes, in the header or far below it.
        hint = header_hint(_cells(first), ())
        unusual = "" if hint is None else f" Note that {hint}."
        reason = LONE_CR if "new-line" in str(error) else str(error)
        raise InvalidInput(f"{path}, line {reader.line_num}: {reason}.{unusual}") from None


def _cells(line: str) -> list[str]:
    """The cells of a line for people, whatever is wrong with its quotes; of a very long line those at its start."""
    return next(csv.reader([line.splitlines()[0][:CHARACTERS_OF_A_HINT]]), [])


def _lines(path: Path, file: BinaryIO, seen: Callable[[bytes], object]) -> Iterator[str]:
    """The lines as text; each line's bytes are shown to `seen` first."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise InvalidInput(f"{path}, line {number}: longer than {LONGEST_LINE >> 20} MiB.")
        seen(line)
        if number == 1:
            _refuse_other_kinds(path, line)
        try:
            yield (line.removeprefix(BOM) if number == 1 else line).decode()
        except UnicodeDecodeError:
            raise InvalidInput(f"{path}, line {number}: not UTF-8; save the file as UTF-8.") from None


def _refuse_other_kinds(path: Path, line: bytes) -> None:
    """Name what the first bytes of a file say that it is, where that is no CSV in UTF-8."""
    for mark, what in OTHER_KINDS.items():
        if line.startswith(mark):
            raise InvalidInput(f"{path}, line 1: not UTF-8 but {what}.")
    if b"\0" in line:
        raise InvalidInput(f"{path}, line 1: not UTF-8 but {UTF16}.")


def _header(path: Path, records: Iterator[list[str]]) -> tuple[str, ...]:
    header = tuple(next(records, ()))
    if not header:
        raise InvalidInput(f"{path} is empty: its first line must name the columns.")
    for position, name in enumerate(header, 1):
        if not name.strip():
            raise InvalidInput(f"{path}: column {position} has no name; name it, or leave it out.")
        if header.count(name) > 1:
            raise InvalidInput(f"{path}: two columns are called {name!r}; each needs a name of its own.")
    return header


def state_of(file: BinaryIO | Path) -> tuple[int, int, int]:
    """The identity, size and time of a file: what tells that it was changed."""
    found = file.stat() if isinstance(file, Path) else os.fstat(file.fileno())
    return found.st_ino, found.st_size, found.st_mtime_ns


def _ignore(_line: bytes) -> None:
    """The second reading needs no digest."""
