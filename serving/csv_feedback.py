"""The ground truth of a whole CSV file, by request id: each row is stored or refused by itself."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from domain.errors import InvalidFeedback, InvalidId, InvalidInput
from domain.request_ids import MAX_ID
from domain.types import FeedbackCommand, FeedbackResult, Principal
from serving.csv_table import CsvReader, CsvTable, survey
from serving.feedback import MAX_ROWS, Feedback

HEADER = ("request_id", "stored", "code", "message")

Told: TypeAlias = Callable[[int, int], None]
"""Told after each call: rows done, rows in all."""


@dataclass(frozen=True, slots=True)
class CsvFeedbackCommand:
    """Which file to import, by whom, the names of its two columns, and where each row's result goes, if anywhere."""

    source: Path
    principal: Principal
    id_column: str = "request_id"
    feedback_column: str = "feedback"
    results: Path | None = None
    chunk: int = MAX_ROWS


@dataclass(frozen=True, slots=True)
class CsvFeedbackSummary:
    """What became of the rows, stored and refused, and how long it took."""

    rows: int
    stored: int
    refused: int
    seconds: float


class CsvFeedback:
    """Imports files of ground truth. An import can be repeated: what is known already changes nothing."""

    def __init__(self, feedback: Feedback, *, timer: Callable[[], float] = time.perf_counter) -> None:
        self._feedback = feedback
        self._timer = timer

    async def run(self, command: CsvFeedbackCommand, told: Told) -> CsvFeedbackSummary:
        """Give the file's feedback, `chunk` rows in one transaction; an empty cell clears what was given.

        Raises InvalidInput before anything is stored when the file is no CSV or lacks a column; what `give_batch`
        raises later leaves the rows before it stored, and the import can be repeated.
        """
        started = self._timer()
        table = await asyncio.to_thread(_surveyed, command)
        places = table.column(command.id_column), table.column(command.feedback_column)
        done = stored = 0
        told(done, table.rows)
        with CsvReader(table) as reader, _results(command.results) as write:
            while done < table.rows:
                cells = await asyncio.to_thread(reader.take, command.chunk)
                lines = await self._give(cells, places, command.principal)
                await asyncio.to_thread(write, lines)
                done, stored = done + len(lines), stored + sum(line[1] == "true" for line in lines)
                told(done, table.rows)
        return CsvFeedbackSummary(table.rows, stored, table.rows - stored, self._timer() - started)

    async def _give(
        self, rows: Sequence[Sequence[str]], places: tuple[int, int], principal: Principal
    ) -> list[tuple[str, ...]]:
        """A line of the results for each row; rows that name no request at all are not sent."""
        read = [_read(cells, *places) for cells in rows]
        commands = [one for one in read if isinstance(one, FeedbackCommand)]
        given = iter(await self._feedback.give_batch(commands, principal) if commands else ())
        results = [next(given) if isinstance(one, FeedbackCommand) else one for one in read]
        return [_line(cells, places[0], result) for cells, result in zip(rows, results, strict=True)]


def _surveyed(command: CsvFeedbackCommand) -> CsvTable:
    results = command.results
    if results is not None and results.exists() and results.samefile(command.source):
        raise InvalidInput(f"{results} is the input itself: name another --out.")
    return survey(command.source)


@contextmanager
def _results(path: Path | None) -> Iterator[Callable[[Sequence[Sequence[str]]], object]]:
    if path is None:
        yield len
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        yield writer.writerows


def _read(cells: Sequence[str], id_at: int, feedback_at: int) -> FeedbackCommand | FeedbackResult:
    """The command of one row, or why it is none."""
    text = cells[id_at].strip() if id_at < len(cells) else ""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_ID))):
        wrong = InvalidId("The request id must be digits, as a prediction gave it.", path=("requestId",))
        return FeedbackResult(None, wrong.as_failure())
    if feedback_at >= len(cells):
        # A cell that is not there is no empty cell, which would clear the feedback.
        short = InvalidFeedback("The row ends before the feedback's column.", path=("feedback",))
        return FeedbackResult(None, short.as_failure())
    return FeedbackCommand(int(text), cells[feedback_at])


def _line(cells: Sequence[str], id_at: int, result: FeedbackResult) -> tuple[str, ...]:
    named = cells[id_at] if id_at < len(cells) else ""
    if result.failure is None:
        return named, "true", "", ""
    return named, "false", result.failure.code, result.failure.message
