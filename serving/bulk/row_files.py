"""The files of rows that commands take: CSV and Parquet, looked through once and then read in chunks."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol, Self, TypeAlias

from domain.words import JSONValue
from serving.bulk.csv_table import CsvReader, CsvTable, survey
from serving.bulk.parquet_table import ParquetReader, ParquetTable, survey_parquet

RowFile: TypeAlias = CsvTable | ParquetTable


class RowReader(Protocol):
    """Takes the rows of a file, one piece after the other; closes the file at the end of the block."""

    def __enter__(self) -> Self: ...
    def __exit__(self, *_: object) -> None: ...
    def take(self, count: int) -> Sequence[Sequence[JSONValue]]:
        """The cells of the next `count` rows, fewer at the end. Raises InvalidInput where the file has changed."""


def survey_rows(path: Path, target: Path | None, *, parquet: bool) -> RowFile:
    """What one look at the whole file tells: call it in a thread. Raises what `survey` and `survey_parquet` raise."""
    return survey_parquet(path, target) if parquet else survey(path, target)


def reader_of(file: RowFile, begin: int = 0) -> RowReader:
    """Takes the rows from the row `begin` on: opening it may read what lies before, so do it in a thread."""
    if isinstance(file, ParquetTable):
        return ParquetReader(file, begin)
    reader = CsvReader(file)
    reader.skip(begin)
    return reader


def text_at(cells: Sequence[JSONValue], at: int | None) -> str | None:
    """What stands in a column as a text; None where it is empty, or the row ends before it."""
    if at is None or at >= len(cells):
        return None
    return cell_of(cells[at]).strip() or None


def cell_of(value: JSONValue) -> str:
    """A value as a cell of CSV has it.

    >>> [cell_of(value) for value in (None, True, 1.0, 7, "a")]
    ['', 'true', '1.0', '7', 'a']
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else repr(value)
