"""A Parquet file of rows, read in constant memory: looked through once, then taken in chunks."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from domain.errors import InvalidInput, Misconfigured
from domain.extras import cure
from domain.words import JSONValue
from serving.bulk.csv_table import state_of

EXTRA = "parquet"
BLOCK = 1 << 20
BATCH = 10_000
"""Rows that are decoded at a time."""

NUMBER, TRUTH, TEXT, NO_VALUES = "a number", "a truth value", "a text", "no value"
"""What a column holds, as far as a feature can be it."""


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """What one look at the whole file has told: its columns, their kinds, its rows, the sha256 of its bytes.

    `kinds` has, by column, NUMBER, TRUTH, TEXT or NO_VALUES, or what else it is in the file's
    own words. `state` is as in `CsvTable`.
    """

    path: Path
    header: tuple[str, ...]
    kinds: Mapping[str, str]
    rows: int
    digest: str
    state: tuple[int, int, int]

    def column(self, name: str) -> int:
        """The position of a column. Raises InvalidInput, which lists the columns there are."""
        if name not in self.header:
            raise InvalidInput(f"{self.path} has no column {name!r}; it has: {', '.join(self.header)}.")
        return self.header.index(name)


def survey_parquet(path: Path, target: Path | None = None) -> ParquetTable:
    """Read the file once from end to end: call it in a thread.

    Raises InvalidInput where it is no Parquet, two columns have one name, or `target`, which will be written, is the
    same file; and Misconfigured where pyarrow is not installed.
    """
    if target is not None and target.exists() and target.samefile(path):
        raise InvalidInput(f"{target} is the input itself: name another --out.")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        state = state_of(file)
        while block := file.read(BLOCK):
            digest.update(block)
    with _opened(path) as parquet:
        schema = parquet.schema_arrow
        header = tuple(schema.names)
        for name in header:
            if header.count(name) > 1:
                raise InvalidInput(f"{path}: two columns are called {name!r}; each needs a name of its own.")
        kinds = {field.name: _kind(field.type) for field in schema}
        return ParquetTable(path, header, kinds, parquet.metadata.num_rows, digest.hexdigest(), state)


class ParquetReader(AbstractContextManager["ParquetReader"]):
    """Takes the rows of a surveyed file from the row `begin` on; a context manager that closes the file.

    Its methods block: call them in a thread, one at a time.
    """

    def __init__(self, table: ParquetTable, begin: int = 0) -> None:
        self._table = table
        self._file = _opened(table.path)
        self._rows = self._from(begin)

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def skip(self, count: int) -> None:
        """Pass over `count` rows."""
        next(islice(self._rows, count, count), None)

    def take(self, count: int) -> list[list[JSONValue]]:
        """The values of the next `count` rows, fewer at the end; a missing one is None.

        Raises InvalidInput when the file is no longer what was surveyed.
        """
        with _reading(self._table.path):
            rows = list(islice(self._rows, count))
        if state_of(self._table.path) != self._table.state:
            raise InvalidInput(f"{self._table.path} has changed while it was read: run the command again.")
        return rows

    def _from(self, begin: int) -> Iterator[list[JSONValue]]:
        """The rows, without decoding the groups that lie before the first one."""
        metadata = self._file.metadata
        first, passed = 0, 0
        while first < metadata.num_row_groups and passed + metadata.row_group(first).num_rows <= begin:
            passed += metadata.row_group(first).num_rows
            first += 1
        groups = list(range(first, metadata.num_row_groups))
        rows = (
            (row for batch in self._file.iter_batches(BATCH, groups) for row in _rows(batch))
            if groups
            else ()
        )
        return islice(iter(rows), begin - passed, None)


def _rows(batch: Any) -> Iterator[list[JSONValue]]:  # noqa: ANN401  pyarrow has no types
    columns = [_values(name, column) for name, column in zip(batch.schema.names, batch.columns, strict=True)]
    return ([*values] for values in zip(*columns, strict=True))


class _Unreadable(Exception):
    """A value has no meaning in Python."""


def _values(name: str, column: Any) -> list[JSONValue]:  # noqa: ANN401
    try:
        return [_value(value) for value in column.to_pylist()]
    except (ValueError, OverflowError) as error:  # a text that is not UTF-8, a time of no calendar
        what = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({error})"
        raise _Unreadable(f"a value of the column {name} {what}") from error


def _value(value: Any) -> JSONValue:  # noqa: ANN401
    """As JSON would have it. A number that is none is a missing one, as tables write it."""
    if isinstance(value, float):
        return None if math.isnan(value) else value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if value is None or isinstance(value, str | bool | int | list | dict):
        return value
    return str(value)


def _kind(arrow: Any) -> str:  # noqa: ANN401
    from pyarrow import types

    inner = arrow.value_type if types.is_dictionary(arrow) else arrow
    if types.is_boolean(inner):
        return TRUTH
    if types.is_integer(inner) or types.is_floating(inner):
        return NUMBER
    if types.is_string(inner) or types.is_large_string(inner) or types.is_string_view(inner):
        return TEXT
    if types.is_null(inner):
        return NO_VALUES
    return str(arrow)


def require_ids(table: ParquetTable, name: str) -> None:
    """Read a column of ids to its end. Raises InvalidInput unless all are whole numbers or texts."""
    from pyarrow import types

    at = table.column(name)
    with _opened(table.path) as parquet, _reading(table.path):
        kind = parquet.schema_arrow.field(at).type
        inner = kind.value_type if types.is_dictionary(kind) else kind
        if not (types.is_integer(inner) or table.kinds[name] == TEXT):
            floats = " (a table with missing ids makes them so, and they lose their last digits)"
            raise InvalidInput(
                f"{table.path}: the column {name} holds {kind}{floats if types.is_floating(inner) else ''}: write "
                "ids as int64 or as texts."
            )
        number = 0
        for batch in parquet.iter_batches(BATCH, columns=[name]):
            if batch.column(0).null_count:
                missing = next(place for place, id_ in enumerate(batch.column(0).to_pylist()) if id_ is None)
                raise InvalidInput(
                    f"{table.path}: row {number + missing + 1} has no {name}: leave it out, or name it."
                )
            number += batch.num_rows


def _opened(path: Path) -> Any:  # noqa: ANN401
    try:
        from pyarrow import parquet
    except ModuleNotFoundError:
        raise Misconfigured(f"Parquet needs pyarrow: {cure(EXTRA)}.") from None
    with _reading(path):
        return parquet.ParquetFile(path)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say in one line that a file is no Parquet, or is torn, or holds a value that cannot be read."""
    from pyarrow import ArrowException

    try:
        yield
    except (ArrowException, OSError) as error:
        words = " ".join(str(error).split()) or type(error).__name__
        raise InvalidInput(f"{path} is no whole Parquet file: {words}") from error
    except _Unreadable as error:
        raise InvalidInput(f"{path}: {error}; correct it, or leave the column out.") from error
