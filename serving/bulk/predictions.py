"""A file of rows predicted from end to end: each row logged and answered once, however often it is interrupted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from domain.callers import Principal, Viewer
from domain.catalog.routing import UNCONDITIONAL
from domain.errors import Conflict
from domain.requests.request import AlgorithmConditions
from domain.words import Kind, Outcome
from orm.connection.database import Database
from orm.connection.failures import telling
from orm.queries.history import requests
from registry.endpoints import EndpointSpec
from serving.bulk.resumable_csv import ResumableCsv, RunIdentity
from serving.bulk.row_calls import FileRun, RowPredictor, columns_of, digest_of
from serving.bulk.row_files import RowFile, reader_of, survey_rows
from serving.catalog.catalog import Catalog
from serving.ports import Progress
from serving.predictions.predict import Predictor

CHUNK = 1000


@dataclass(frozen=True, slots=True)
class CsvCommand:
    """Which file to predict, by whom, and where the answers go.

    The columns of `source` are the features, in CSV or, `parquet`, with values of their own types; a column `label`
    is ignored. With `subject_column` each row has
    its own subject, with `external_id_column` what another system calls it. `chunk` rows are predicted and written
    together. `restart` asks for new predictions into an emptied file, where otherwise a run goes on or is found to be
    done.
    """

    endpoint: str
    source: Path
    target: Path
    principal: Principal
    conditions: AlgorithmConditions = UNCONDITIONAL
    subject_column: str | None = None
    external_id_column: str | None = None
    chunk: int = CHUNK
    restart: bool = False
    parquet: bool = False


@dataclass(frozen=True, slots=True)
class CsvSummary:
    """What is in the file at the end: rows, rows without an answer; how many an earlier start had written."""

    rows: int
    errors: int
    rows_before: int
    seconds: float


class CsvPredictions:
    """Predicts files. Bad rows are rows with outcome ERROR and a message; they never stop a run."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        predictor: Predictor,
        *,
        timer: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._rows = RowPredictor(predictor)
        self._timer = timer

    async def run(self, command: CsvCommand, progress: Progress) -> CsvSummary:
        """Predict what is not predicted yet, chunk by chunk; each is written and synced before the next begins.

        A chunk that was logged but not written when a run was killed is answered from the log, by its idempotency
        key. Before anything is stored it raises EndpointNotFound, NotChosen, InvalidFeatures (the columns are not
        the endpoint's), InvalidInput (no CSV) and Conflict (the target is not of this run); later what
        `Predictor.predict` raises: then running it again goes on.
        """
        started = self._timer()
        spec = self._spec(command)
        table = await asyncio.to_thread(survey_rows, command.source, command.target, parquet=command.parquet)
        columns = columns_of(
            table,
            spec,
            subject_column=command.subject_column,
            external_id_column=command.external_id_column,
        )
        run = _run_of(command, table)
        header = (
            "request_id",
            "outcome",
            "label" if spec.kind is Kind.CLASSIFIER else "value",
            "probability",
            "message",
        )
        with await asyncio.to_thread(
            lambda: ResumableCsv(
                command.target, run, header, total=table.rows, chunk=command.chunk, restart=command.restart
            )
        ) as target:
            await self._require_logged(target.last, command)
            asked = FileRun(
                command.endpoint,
                command.principal,
                command.conditions,
                columns,
                digest_of(run, target.token),
                command.parquet,
            )
            errors = target.errors + await self._go_on(asked, command.chunk, table, target, progress)
        return CsvSummary(table.rows, errors, target.rows, self._timer() - started)

    def _spec(self, command: CsvCommand) -> EndpointSpec:
        """The endpoint's declaration. Raises EndpointNotFound, and NotChosen when no row could be served now."""
        snapshot = self._catalog.snapshot
        endpoint = snapshot.endpoint_named(command.endpoint)
        snapshot.table.choose(endpoint.name, command.conditions, None, lambda: 0.5)
        return snapshot.specs[endpoint.name]

    async def _require_logged(self, request_id: str, command: CsvCommand) -> None:
        """Raises Conflict when what is written so far is not in this database's log: it is another database."""
        if not request_id:
            return
        if not (
            await self._database.read(requests.requests_by_ids, Viewer(command.principal), [int(request_id)])
        ):
            raise Conflict(
                f"{command.target} exists, but its request {request_id} is not in this database: check "
                "ARBITER_DATABASE_URL, name another --out, or add --restart to begin it anew."
            )

    async def _go_on(
        self, run: FileRun, size: int, table: RowFile, target: ResumableCsv, progress: Progress
    ) -> int:
        """Predict and write the rows that are not written yet; how many of them have no answer."""
        done, errors = target.rows, 0
        progress(done, table.rows)
        words = telling(
            lambda: f"{done} rows are written; run it again, which goes on and predicts no row twice."
        )
        with await asyncio.to_thread(reader_of, table, done) as reader, words:
            while done < table.rows:
                rows = await asyncio.to_thread(reader.take, size)
                lines = await self._rows.predict(run, rows, {"chunk": done // size})
                await asyncio.to_thread(target.append, lines)
                done += len(rows)
                errors += sum(line[1] == Outcome.ERROR for line in lines)
                progress(done, table.rows)
        return errors


def _run_of(command: CsvCommand, table: RowFile) -> RunIdentity:
    """What makes a run this one: another input, or other conditions, must not go on in the same file."""
    return {
        "input": table.digest,
        "endpoint": command.endpoint,
        "status": command.conditions.status,
        "version": command.conditions.version,
        "algorithm": command.conditions.algorithm,
        "subject column": command.subject_column,
        # Only where there is one: a run that an earlier release began is taken up as ever.
        **({} if command.external_id_column is None else {"external id column": command.external_id_column}),
        "chunk": command.chunk,
    }
