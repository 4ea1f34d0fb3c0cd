"""The folder that a job writes its rows to: a part a unit, and a manifest when all are there.

A part is written under a name that nobody else uses, and brought to the disk. When the job is put together, each gets
its name, and the manifest comes last: with it, the folder is whole. So a worker that was taken for dead and goes on
changes nothing.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import orjson

from domain.errors import Conflict, InvalidInput, JobConflict, Misconfigured
from domain.extras import cure
from domain.words import JSONValue
from serving.bulk.resumable_csv import sync_folder

MANIFEST = "manifest.json"
MARK = ".job"
"""Names the job whose folder this is: so a worker sees whether it is the folder that was meant."""
DIGITS = 16
"""As many as the highest id has, so that names sort as numbers do."""
BLOCK = 1 << 20


class PartFormat(StrEnum):
    """How the rows of a part are written; the value ends its name."""

    PARQUET = "parquet"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Part:
    """A part as it was written: its name so far, its rows, bytes and sha256."""

    name: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class PartFolder:
    """A folder that belongs to the job of this mark."""

    path: Path
    mark: str

    @classmethod
    def taken(cls, path: Path, mark: JSONValue = None) -> PartFolder:
        """The folder of a new job, made where it is not there, or with a `mark` that of a job that goes on.

        Raises Conflict where it holds anything already, and Misconfigured where it cannot be written.
        """
        if isinstance(mark, str):
            found = cls(path, mark)
            found._require_mark()
            return found
        mark = secrets.token_hex(8)
        with _writing(path):
            path.mkdir(parents=True, exist_ok=True)
            if next(path.iterdir(), None) is not None:
                raise Conflict(f"{path} is not empty: name another folder, or remove what is in it.")
            with (path / MARK).open("x") as file:
                file.write(mark + "\n")
        return cls(path, mark)

    def write(self, lo: int, token: str, end: str, content: bytes, rows: int) -> Part:
        """Write the part of the unit that begins at `lo`, under a name of this `token`'s own.

        Raises Misconfigured where there is no room, and where this is not the folder that the job was ordered with.
        """
        self._require_mark()
        name = f".{self._name(lo, end)}.{token[:DIGITS]}"
        with _writing(self.path / name), (self.path / name).open("wb") as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                (self.path / name).unlink(missing_ok=True)
                raise
        return Part(name, rows, len(content), hashlib.sha256(content).hexdigest())

    def finish(self, parts: Iterable[tuple[int, Part]], end: str, facts: Mapping[str, JSONValue]) -> None:
        """Give each part its name and write the manifest; doing so again changes nothing.

        Raises JobConflict where a part is gone or was changed.
        """
        self._require_mark()
        listed: list[dict[str, Any]] = []
        with _writing(self.path):
            for lo, part in parts:
                name = self._name(lo, end)
                self._settle(part, name)
                listed.append(asdict(part) | {"name": name})
            named = {one["name"] for one in listed}
            # Unfinished ones, and those of a plan that was given up after it had named them. Another worker may put
            # the job together at the same time, and remove them, too.
            for left in (*self.path.glob(f".part-*.{end}.*"), *self.path.glob(f"part-*.{end}")):
                if left.name not in named:
                    left.unlink(missing_ok=True)
            whole = {**facts, "rows": sum(one["rows"] for one in listed), "parts": listed}
            beside = self.path / f".{MANIFEST}.{secrets.token_hex(8)}"
            with beside.open("wb") as file:
                file.write(orjson.dumps(whole, option=orjson.OPT_INDENT_2))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path / MANIFEST)
            sync_folder(self.path)

    def _settle(self, part: Part, name: str) -> None:
        try:
            (self.path / part.name).replace(self.path / name)
        except FileNotFoundError:
            # Another worker has put the job together, too, or did and was killed.
            if _sha256(self.path / name) != part.sha256:
                raise JobConflict(
                    f"{self.path / name} is gone or was changed: order the job again, with another folder"
                ) from None

    def _name(self, lo: int, end: str) -> str:
        return f"part-{lo:0{DIGITS}}.{end}"

    def _require_mark(self) -> None:
        try:
            found = (self.path / MARK).read_text().strip()
        except OSError:
            found = ""
        if found != self.mark:
            raise Misconfigured(
                f"{self.path} is not the folder that the job was ordered with: every worker needs it under this name. "
                "If it was removed, order the job again, with another folder."
            )


def part_from(value: Any) -> Part:  # noqa: ANN401  what a unit has stored
    """A part of what `asdict` has made of one."""
    return Part(**value)


def require_format(format: PartFormat) -> None:
    """Raises Misconfigured where a format cannot be written here."""
    if format is PartFormat.PARQUET:
        try:
            import pyarrow  # noqa: F401
        except ModuleNotFoundError:
            raise Misconfigured(f"Parquet needs pyarrow: {cure('parquet')}.") from None


def csv_part(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV with a header."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()


def parquet_part(schema: Any, rows: Sequence[Sequence[object]]) -> bytes:  # noqa: ANN401  pyarrow has no types
    """Rows as Parquet: names in dictionaries, ids and times as differences, all compressed."""
    import pyarrow as pa
    from pyarrow import parquet

    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    sink = pa.BufferOutputStream()
    worded = [field.name for field in schema if pa.types.is_dictionary(field.type)]
    counted = {
        field.name: "DELTA_BINARY_PACKED"
        for field in schema
        if pa.types.is_int64(field.type) or pa.types.is_timestamp(field.type)
    }
    parquet.write_table(
        pa.Table.from_arrays(arrays, schema=schema),
        sink,
        compression="zstd",
        use_dictionary=worded,
        column_encoding=counted or None,
    )
    return bytes(sink.getvalue())


def absolute(value: JSONValue, name: str) -> Path:
    """The path that a job's parameter holds. Raises InvalidInput unless it means the same to every worker."""
    if not isinstance(value, str) or not Path(value).is_absolute():
        raise InvalidInput(f"{name} must be an absolute path, not {value!r}.", path=(name,))
    return Path(value)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
    except FileNotFoundError:
        return ""
    return digest.hexdigest()


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Misconfigured(
            f"{path} could not be written: {error.strerror or error}. Make room, or correct the rights, and resume the "
            "job."
        ) from error
