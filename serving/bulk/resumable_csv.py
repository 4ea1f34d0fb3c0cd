"""A CSV file that is written chunk by chunk, and goes on after a crash exactly where it stopped.

A note beside it (`out.csv.run`) says of which run it is. A chunk is written and synced before the next one begins,
so only the last one can be torn: it is cut off, and made again.
"""

from __future__ import annotations

import csv
import fcntl
import io
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO

import orjson

from domain.errors import Conflict
from domain.words import JSONValue, Outcome

RunIdentity = Mapping[str, JSONValue]
"""What makes a run this one and no other, in words that an error message can use as they are."""

TOKEN = "token"  # noqa: S105 - it tells runs apart and opens nothing


class ResumableCsv(AbstractContextManager["ResumableCsv"]):
    """Opens the file for this run, alone. A context manager that closes it.

    `rows` are there already, `errors` of them without an answer; `last` is the first cell of the last one.

    `token` is empty, or random after a restart: what follows from the run must differ from what came before.
    The first cell of each row must be digits or empty, the second one is its outcome.
    Its methods block: call them in a thread, one at a time.
    Raises Conflict when another process has the file open, or when it is not of this run, with the cure.
    """

    def __init__(
        self,
        path: Path,
        run: RunIdentity,
        header: Sequence[str],
        *,
        total: int,
        chunk: int,
        restart: bool = False,
    ) -> None:
        self._path = path
        self._note = path.with_name(path.name + ".run")
        self._head = _encoded([header])
        self.rows, self.errors, self.last = 0, 0, ""
        self._file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o666), "r+b")
        try:
            self._lock()
            noted = self._noted()
            size = len(self._head)
            if restart or self._is_unbegun():
                self.token = self._begin(run, noted, restart=restart)
            else:
                self.token = self._check(run, noted)
                size = self._count_whole_chunks(total, chunk)
            self._file.truncate(size)
            self._file.seek(size)
        except BaseException:
            self._file.close()
            raise

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, rows: Sequence[Sequence[object]]) -> None:
        """Write one chunk; it is on the disk when this returns."""
        _write(self._file, _encoded(rows))

    def _lock(self) -> None:
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(
                f"Another process is writing {self._path}: wait for it, or name another --out."
            ) from None

    def _noted(self) -> dict[str, JSONValue] | None:
        try:
            noted = orjson.loads(self._note.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        return noted if isinstance(noted, dict) else None

    def _is_unbegun(self) -> bool:
        """Whether nothing is in the file, or a part of the first line, which a crash has left."""
        return os.fstat(self._file.fileno()).st_size < len(self._head) and self._head.startswith(
            self._file.read()
        )

    def _begin(self, run: RunIdentity, noted: dict[str, JSONValue] | None, *, restart: bool) -> str:
        """Empty the file, then write the note, then the header: at no moment an old row has a new note."""
        self._file.truncate(0)
        os.fsync(self._file.fileno())
        token = secrets.token_hex(8) if restart else ""
        if noted is not None and not restart and not _differences(run, noted):
            token = str(noted.get(TOKEN, ""))
        with self._note.open("wb") as note:
            _write(note, orjson.dumps({**run, TOKEN: token}, option=orjson.OPT_INDENT_2) + b"\n")
        self._file.seek(0)
        _write(self._file, self._head)
        sync_folder(self._path.parent)
        return token

    def _check(self, run: RunIdentity, noted: dict[str, JSONValue] | None) -> str:
        if noted is None:
            raise self._refused(f"there is no {self._note.name} beside it that says of which run it is")
        different = _differences(run, noted)
        if different:
            raise self._refused(f"it was begun with {different}")
        return str(noted.get(TOKEN, ""))

    def _count_whole_chunks(self, total: int, chunk: int) -> int:
        """Count the rows up to the last whole chunk, and return where it ends: a chunk is made again as a whole."""
        self._file.seek(0)
        if self._file.readline(len(self._head)) != self._head:
            raise self._refused("its first line is another one")
        rows = errors = 0
        size = whole = len(self._head)
        for line in self._file:
            first, _, rest = line.partition(b",")
            if not line.endswith(b"\n") or not (first.isdigit() or not first):
                break
            rows, size = rows + 1, size + len(line)
            errors += rest.startswith(Outcome.ERROR.encode() + b",")
            if rows % chunk == 0 or rows == total:
                self.rows, self.errors, self.last, whole = rows, errors, first.decode(), size
        if rows > total:
            raise self._refused(f"it has {rows} rows, more than the input's {total}")
        return whole

    def _refused(self, reason: str) -> Conflict:
        return Conflict(
            f"{self._path} exists, but {reason}: name another --out, or add --restart to begin it anew."
        )


def _differences(run: RunIdentity, noted: Mapping[str, JSONValue]) -> str:
    """What the note says otherwise, in words; empty when it is the same run."""
    return ", ".join(
        f"another {name}" + ("" if name == "input" else f" ({noted.get(name) or 'none'})")
        for name, value in run.items()
        if noted.get(name) != value
    )


def _encoded(rows: Sequence[Sequence[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _write(file: BinaryIO, data: bytes) -> None:
    file.write(data)
    file.flush()
    os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """A new name in a folder survives a power cut only when the folder is synced, too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
