"""The ground truth of a whole file, by request id or external id: each row is stored or refused by itself."""

from __future__ import annotations

import asyncio
import csv
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeAlias

from domain.callers import Principal
from domain.errors import InvalidFeedback, InvalidId, InvalidInput
from domain.input.cells import unescape_formula
from domain.requests.external_ids import ExternalName
from domain.requests.feedback import FeedbackCommand, FeedbackResult
from domain.requests.request_ids import MAX_ID
from domain.words import FeedbackForm
from orm.connection.failures import telling
from serving.bulk.parquet_table import ParquetTable, require_ids
from serving.bulk.row_files import RowFile, RowReader, cell_of, reader_of, survey_rows
from serving.feedback.feedback import MAX_ROWS, Feedback
from serving.ports import Progress

HEADER = ("request_id", "stored", "code", "message")
SHOWN_CHARACTERS = 60
Places: TypeAlias = tuple[int, int]
"""The columns of the id and of the truth."""
SKIPPED = "skipped: the cell has no value, and what was known of the request stays"


@dataclass(frozen=True, slots=True)
class CsvFeedbackCommand:
    """Which file to import, by whom, the names of its two columns, and where each row's result goes, if anywhere.

    With `external_id_column` it takes the place of `id_column`: the requests are those of `endpoint`.
    """

    source: Path
    principal: Principal
    id_column: str = "request_id"
    feedback_column: str = "feedback"
    results: Path | None = None
    chunk: int = MAX_ROWS
    external_id_column: str | None = None
    endpoint: str | None = None
    parquet: bool = False

    @property
    def named_by(self) -> str:
        """The column that names the requests."""
        return self.external_id_column or self.id_column


@dataclass(frozen=True, slots=True)
class RefusalCount:
    """Why rows were refused: how many, by error code, with the first of them as an example.

    `request_id` is what the file calls that one: in a file of external ids its external id.
    """

    code: str
    rows: int
    request_id: str
    message: str


@dataclass(frozen=True, slots=True)
class CsvFeedbackSummary:
    """What became of the rows, and how long it took. Skipped are those whose cell has no value."""

    rows: int
    stored: int
    skipped: int
    refused: int
    refusals: tuple[RefusalCount, ...]
    seconds: float


@dataclass(slots=True)
class RowCounts:
    """Counts rows by what became of them."""

    done: int = 0
    skipped: int = 0
    refusals: dict[str, RefusalCount] = field(default_factory=dict)

    def add(self, named: Iterable[str], results: Sequence[FeedbackResult]) -> None:
        """Count some rows; `named` is what the file calls each."""
        self.done += len(results)
        for request_id, result in zip(named, results, strict=True):
            self.skipped += result.skipped
            if result.failure is not None:
                code, message = result.failure.code, result.failure.message
                first = self.refusals.get(code) or RefusalCount(
                    code, 0, request_id[:SHOWN_CHARACTERS], message
                )
                self.refusals[code] = replace(first, rows=first.rows + 1)

    def summary(self, seconds: float) -> CsvFeedbackSummary:
        """The same for people."""
        often = sorted(self.refusals.values(), key=lambda refusal: -refusal.rows)
        refused = sum(refusal.rows for refusal in often)
        return CsvFeedbackSummary(
            self.done, self.done - self.skipped - refused, self.skipped, refused, tuple(often), seconds
        )


class CsvFeedback:
    """Imports files of ground truth. An import can be repeated: what is known already changes nothing."""

    def __init__(self, feedback: Feedback, *, timer: Callable[[], float] = time.perf_counter) -> None:
        self._feedback = feedback
        self._timer = timer

    async def run(self, command: CsvFeedbackCommand, progress: Progress) -> CsvFeedbackSummary:
        """Give the file's feedback, `chunk` rows in one transaction; a cell without a value is passed over.

        Raises InvalidInput before anything is stored when the file is no CSV or lacks a column; what `give_batch`
        raises later leaves the rows before it stored, and the import can be repeated.
        """
        started = self._timer()
        table = await asyncio.to_thread(survey_rows, command.source, command.results, parquet=command.parquet)
        places = await asyncio.to_thread(places_of, table, command)
        counts = RowCounts()
        progress(0, table.rows)
        done = telling(
            lambda: f"{counts.done} rows are done; import it again, which changes nothing that is stored."
        )
        header = HEADER if command.endpoint is None else ("external_id", *HEADER[1:])
        with (
            await asyncio.to_thread(reader_of, table) as reader,
            _results(command.results, header) as write,
            done,
        ):
            while counts.done < table.rows:
                named, results = await self.give(reader, command.chunk, places, command)
                await asyncio.to_thread(write, [line_of(*pair) for pair in zip(named, results, strict=True)])
                counts.add(named, results)
                progress(counts.done, table.rows)
        return counts.summary(self._timer() - started)

    async def give(
        self, reader: RowReader, count: int, places: Places, command: CsvFeedbackCommand
    ) -> tuple[list[str], list[FeedbackResult]]:
        """What the next `count` rows call their requests, and what became of each."""
        rows = await asyncio.to_thread(_cells, reader, count)
        named = [row[places[0]] if places[0] < len(row) else "" for row in rows]
        return named, await self._give(rows, places, command)

    async def _give(
        self, rows: Sequence[Sequence[str]], places: Places, command: CsvFeedbackCommand
    ) -> list[FeedbackResult]:
        """What became of each row; rows that name no request at all are not sent."""
        read = [_read(cells, *places, command.endpoint, escaped=not command.parquet) for cells in rows]
        commands = [one for one in read if isinstance(one, FeedbackCommand)]
        given = iter(await self._feedback.give_batch(commands, command.principal) if commands else ())
        return [next(given) if isinstance(one, FeedbackCommand) else one for one in read]


def places_of(table: RowFile, command: CsvFeedbackCommand) -> Places:
    """Where the ids and the truths stand: may read the ids, so call it in a thread. Raises InvalidInput."""
    places = table.column(command.named_by), table.column(command.feedback_column)
    if isinstance(table, ParquetTable):
        require_ids(table, command.named_by)
    if (command.external_id_column is None) is not (command.endpoint is None):
        raise InvalidInput("An endpoint and a column of external ids go together: name both, or neither.")
    return places


@contextmanager
def _results(
    path: Path | None, header: Sequence[str]
) -> Iterator[Callable[[Sequence[Sequence[str]]], object]]:
    if path is None:
        yield len
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        yield writer.writerows


def _cells(reader: RowReader, count: int) -> list[list[str]]:
    """The next rows, as CSV has them."""
    return [[cell_of(value) for value in row] for row in reader.take(count)]


def _read(
    cells: Sequence[str], id_at: int, feedback_at: int, endpoint: str | None, *, escaped: bool
) -> FeedbackCommand | FeedbackResult:
    """The command of one row, or why it is none; `endpoint` is that of external ids."""
    text = cells[id_at].strip() if id_at < len(cells) else ""
    if endpoint is None and not (text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_ID))):
        return FeedbackResult(
            None,
            InvalidId(
                "The request id must be digits, as a prediction gave it.", path=("requestId",)
            ).as_failure(),
        )
    if feedback_at >= len(cells):
        # A cell that is not there is no empty one: the row is broken, and says nothing certain.
        return FeedbackResult(
            None,
            InvalidFeedback("The row ends before the feedback's column.", path=("feedback",)).as_failure(),
        )
    if endpoint is None:
        return FeedbackCommand(int(text), cells[feedback_at], FeedbackForm.CELL)
    # An export as CSV puts a ' before what a spreadsheet would take for a formula.
    called = ExternalName(endpoint, unescape_formula(text) if escaped else text)
    return FeedbackCommand(None, cells[feedback_at], FeedbackForm.CELL, called)


def line_of(named: str, result: FeedbackResult) -> tuple[str, ...]:
    """What is written of a row."""
    if result.skipped:
        return named, "false", "", SKIPPED
    if result.failure is None:
        return named, "true", "", ""
    return named, "false", result.failure.code, result.failure.message
