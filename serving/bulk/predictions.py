"""A file of rows predicted from end to end: each row logged and answered once, however often it is interrupted."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import orjson

from domain.callers import Principal, Viewer
from domain.catalog.routing import UNCONDITIONAL
from domain.errors import Conflict, ExternalIdTaken, InvalidFeatures, InvalidInput
from domain.input.csv_header import header_hint
from domain.requests.request import AlgorithmConditions, PredictCommand, Prediction
from domain.words import JSONValue, Kind, Outcome
from orm.connection.database import Database
from orm.connection.failures import telling
from orm.queries.history import requests
from registry.endpoints import EndpointSpec
from registry.features import LABEL, FeatureType
from serving.bulk.parquet_table import NO_VALUES, NUMBER, TEXT, TRUTH, ParquetTable
from serving.bulk.resumable_csv import ResumableCsv, RunIdentity
from serving.bulk.row_files import RowFile, reader_of, survey_rows, text_at
from serving.catalog.catalog import Catalog
from serving.ports import Progress
from serving.predictions.predict import Predictor

CHUNK = 1000
MAX_CONCURRENT_CALLS = 64
"""Calls of one chunk that run at the same time when each subject needs a call of its own."""

_KIND_OF = {
    FeatureType.NUMBER: NUMBER,
    FeatureType.INTEGER: NUMBER,
    FeatureType.BOOLEAN: TRUTH,
}

Line: TypeAlias = tuple[object, ...]


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


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which cell of a row is what; cells beyond the header get a name that no feature has."""

    features: tuple[tuple[int, str], ...]
    subject: int | None
    external_id: int | None
    count: int

    def row_of(self, cells: Sequence[JSONValue]) -> JSONValue:
        row: dict[str, JSONValue] = {name: cells[at] for at, name in self.features if at < len(cells)}
        return row | {f"(column {at + 1})": cells[at] for at in range(self.count, len(cells))}

    def subject_of(self, cells: Sequence[JSONValue]) -> str | None:
        return text_at(cells, self.subject)

    def names_of(self, rows: Sequence[Sequence[JSONValue]]) -> tuple[str | None, ...] | None:
        """The external id of each row; None where the file has none."""
        at = self.external_id
        return None if at is None else tuple([text_at(cells, at) for cells in rows])


@dataclass(frozen=True, slots=True)
class _Job:
    """One run: the command, how its rows are read, and the key that no other run has."""

    command: CsvCommand
    columns: _Columns
    key: str

    def call_of(
        self, rows: Sequence[Sequence[JSONValue]], subject: str | None, place: Mapping[str, JSONValue]
    ) -> PredictCommand:
        """The prediction of one chunk's rows for one subject; by its `place` the log knows it again."""
        return PredictCommand(
            endpoint=self.command.endpoint,
            rows=tuple(self.columns.row_of(cells) for cells in rows),
            principal=self.command.principal,
            conditions=self.command.conditions,
            subject=subject,
            idempotency_key=_digest({"run": self.key, "subject": subject, **place}),
            external_ids=self.columns.names_of(rows),
            from_form=not self.command.parquet,
        )


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
        self._predictor = predictor
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
        columns = _columns(command, table, spec)
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
            errors = target.errors + await self._go_on(
                _Job(command, columns, _digest(run, target.token)), table, target, progress
            )
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

    async def _go_on(self, job: _Job, table: RowFile, target: ResumableCsv, progress: Progress) -> int:
        """Predict and write the rows that are not written yet; how many of them have no answer."""
        done, errors, size = target.rows, 0, job.command.chunk
        progress(done, table.rows)
        words = telling(
            lambda: f"{done} rows are written; run it again, which goes on and predicts no row twice."
        )
        with await asyncio.to_thread(reader_of, table, done) as reader, words:
            while done < table.rows:
                rows = await asyncio.to_thread(reader.take, size)
                lines = await self._predict(job, rows, done // size)
                await asyncio.to_thread(target.append, lines)
                done += len(rows)
                errors += sum(line[1] == Outcome.ERROR for line in lines)
                progress(done, table.rows)
        return errors

    async def _predict(self, job: _Job, rows: Sequence[Sequence[JSONValue]], chunk: int) -> list[Line]:
        """The lines of one chunk. A call has one subject, so rows are called together by subject."""
        groups: dict[str | None, list[int]] = {}
        for place, cells in enumerate(rows):
            groups.setdefault(job.columns.subject_of(cells), []).append(place)
        slots = asyncio.Semaphore(MAX_CONCURRENT_CALLS)

        async def call(subject: str | None, places: list[int]) -> list[Line]:
            async with slots:
                lines = await self._call(job.call_of([rows[at] for at in places], subject, {"chunk": chunk}))
            if lines is not None:
                return lines
            # An external id of theirs is taken, or is none: then each row is asked for by itself, under a key of its
            # own. A run that is taken up again comes here again, and finds those that it has stored by these keys.
            each = await asyncio.gather(*(one(subject, at) for at in places), return_exceptions=True)
            return [line for found in each for line in _raised(found)]

        async def one(subject: str | None, at: int) -> list[Line]:
            async with slots:
                return await self._call(job.call_of([rows[at]], subject, {"chunk": chunk, "row": at})) or []

        # All calls end before the first error is raised: none may go on behind the back of the caller.
        results = await asyncio.gather(*(call(*group) for group in groups.items()), return_exceptions=True)
        lines: dict[int, Line] = {}
        for places, result in zip(groups.values(), results, strict=True):
            lines.update(zip(places, _raised(result), strict=True))
        return [lines[place] for place in range(len(rows))]

    async def _call(self, command: PredictCommand) -> list[Line] | None:
        """The lines of a call; None where it was refused and some of its rows may be stored without the others."""
        try:
            predictions = await self._predictor.predict(command)
        except (InvalidInput, ExternalIdTaken) as error:  # what cannot be stored is refused, not logged
            if len(command.rows) > 1 and command.external_ids is not None:
                return None
            return [("", Outcome.ERROR, "", "", _one_line(error.message))] * len(command.rows)
        return [_line(prediction) for prediction in predictions]


def _raised(result: list[Line] | BaseException) -> list[Line]:
    """The lines; what a call has raised is raised."""
    if isinstance(result, BaseException):
        raise result
    return result


def _columns(command: CsvCommand, table: RowFile, spec: EndpointSpec) -> _Columns:
    """Raises InvalidFeatures when the header alone makes every row wrong."""
    known = spec.features.names
    subject = None if command.subject_column is None else table.column(command.subject_column)
    external_id = None if command.external_id_column is None else table.column(command.external_id_column)
    features = tuple(
        (at, name)
        for at, name in enumerate(table.header)
        if name != LABEL and (at not in {subject, external_id} or name in known)
    )
    problems = [
        *(
            f"the column {feature.name} is absent; add it, with empty cells where it is missing"
            for feature in spec.features.features
            if feature.required and feature.name not in table.header
        ),
        *(
            f"the column {name} is no feature of {spec.name}; leave it out"
            for _, name in features
            if name not in known
        ),
        *_mistyped(table, spec),
    ]
    if problems:
        hint = None if command.parquet else header_hint(table.header, known)
        seeming = [] if hint is None else [f"{command.source} has other columns than it seems: {hint}"]
        raise InvalidFeatures(seeming or problems)
    return _Columns(features, subject, external_id, len(table.header))


def _mistyped(table: RowFile, spec: EndpointSpec) -> Iterator[str]:
    """The columns of a Parquet file whose values can be none of their feature; CSV says nothing of types."""
    if not isinstance(table, ParquetTable):
        return
    for feature in spec.features.features:
        kind, wanted = table.kinds.get(feature.name), _KIND_OF.get(feature.type, TEXT)
        if kind not in {None, wanted, NO_VALUES}:
            yield f"the column {feature.name} holds {kind}, and {feature.name} is {wanted}; write it as that"


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


def _digest(facts: Mapping[str, JSONValue], *more: str) -> str:
    return "csv " + hashlib.sha256(orjson.dumps([facts, *more], option=orjson.OPT_SORT_KEYS)).hexdigest()


def _line(prediction: Prediction) -> Line:
    request, failure = prediction.request, prediction.failure
    if failure is not None:
        return request.id, request.outcome, "", "", _one_line(failure.message)
    answer = request.value if request.label is None else request.label
    return request.id, request.outcome, answer, request.probability, ""


def _one_line(text: str) -> str:
    """The target is cut off at line ends after a crash, so no cell may hold one."""
    return " ".join(text.split())
