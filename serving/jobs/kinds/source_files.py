"""The file that a job takes its rows from: the same bytes for every unit, or none is worked on."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from pathlib import Path

from domain.errors import InvalidInput, JobConflict
from domain.jobs import Job, UnitRange
from serving.bulk.csv_table import state_of
from serving.bulk.parts import PartFormat, absolute
from serving.bulk.row_files import RowFile, survey_rows
from serving.jobs.kinds.kind import Parameters

ROWS = 10_000
"""Rows of a unit: with a forest a second of work, which is what a killed worker costs."""


async def surveyed(parameters: Parameters) -> RowFile:
    """What the file of an order is. Raises InvalidInput where it cannot be read, or is none."""
    source = absolute(parameters.get("source"), "source")
    return await asyncio.to_thread(_surveyed_now, source, parameters.get("parquet") is True)


async def same(job: Job) -> RowFile:
    """The file that the job was planned with. Raises JobConflict where it is another one by now."""
    found = await surveyed(job.parameters)
    if found.digest != job.parameters["input"]:
        raise JobConflict(
            f"{found.path} has changed since the job was planned; `arbiter jobs resume {job.id}` begins it anew with "
            "what is there now"
        )
    return found


def ranges_of(rows: int, size: int) -> tuple[UnitRange, ...]:
    """Units of so many rows; the first row is 0.

    >>> [(unit.lo, unit.hi) for unit in ranges_of(25, 10)]
    [(0, 10), (10, 20), (20, 25)]
    """
    return tuple(
        UnitRange(lo, min(lo + size, rows), min(lo + size, rows) - lo) for lo in range(0, rows, size)
    )


def format_of(parameters: Parameters) -> PartFormat:
    """How answers are written: as the rows were."""
    return PartFormat.PARQUET if parameters.get("parquet") is True else PartFormat.CSV


def _surveyed_now(source: Path, parquet: bool) -> RowFile:
    try:
        return _surveyed(source, parquet, state_of(source))
    except OSError as error:
        raise InvalidInput(
            f"{source} cannot be read here: {error.strerror or error}.", path=("source",)
        ) from error


@lru_cache(maxsize=8)
def _surveyed(source: Path, parquet: bool, state: tuple[int, int, int]) -> RowFile:
    """A file is read through once a process and state of it: not for each of its units."""
    del state
    return survey_rows(source, None, parquet=parquet)
