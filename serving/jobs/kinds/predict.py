"""Predictions of a file as a job: each row is logged and answered once, whatever becomes of the workers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict
from typing import Any

from domain.callers import Principal, Scope
from domain.catalog.routing import Route
from domain.errors import ArbiterError, JobConflict
from domain.jobs import Job, JobKind, Planned, Unit
from domain.requests.request import AlgorithmConditions
from domain.words import JSONValue, Kind, Outcome
from registry.endpoints import EndpointSpec
from serving.bulk.parts import PartFolder, PartFormat, absolute, csv_part, parquet_part, require_format
from serving.bulk.row_calls import Columns, FileRun, Line, RowPredictor, columns_of, digest_of
from serving.bulk.row_files import RowFile, reader_of
from serving.jobs.kinds.kind import Advance, Parameters
from serving.jobs.kinds.part_files import finished, folder_of
from serving.jobs.kinds.replay import model_digest
from serving.jobs.kinds.source_files import ROWS, format_of, ranges_of, same, surveyed
from serving.services import Services

CHUNK = 1_000
"""Rows that are predicted together, under one idempotency key."""
COLUMNS = ("row", "request_id", "outcome", "label", "value", "probability", "message")
NO_ID = 0
"""Stands for the id of a row that was refused and is not in the log: a column of ids must have no gap."""
PRINCIPAL = Principal("command line", frozenset(Scope))


class PredictKind:
    """Predicts the rows of a file, and writes the answers as part files."""

    kind = JobKind.PREDICT
    newest_first = False

    def __init__(self, rows: int = ROWS) -> None:
        self._rows = rows

    async def plan(self, services: Services, parameters: Parameters) -> Planned:
        """See `Kind`. Raises EndpointNotFound, NotChosen, InvalidFeatures, InvalidInput, Conflict, Misconfigured."""
        spec = _spec(services, parameters)
        _route(services, parameters)
        table = await surveyed(parameters)
        _columns(table, spec, parameters)
        out = absolute(parameters.get("out"), "out")
        require_format(format_of(parameters))
        folder = await asyncio.to_thread(PartFolder.taken, out, parameters.get("_mark"))
        kept: dict[str, JSONValue] = {
            name: parameters.get(name)
            for name in ("endpoint", "source", "status", "version", "algorithm", "subject_column")
        }
        kept |= {
            "external_id_column": parameters.get("external_id_column"),
            "parquet": parameters.get("parquet") is True,
            "out": str(out),
            "input": table.digest,
            "_mark": folder.mark,
        }
        return Planned(kept, self.identity(services, kept), ranges_of(table.rows, self._rows))

    def identity(self, services: Services, parameters: Parameters) -> dict[str, JSONValue]:
        """The digests of the file, of the declaration, and of the model that answers, or the test that draws it."""
        snapshot = services.catalog.snapshot
        spec, route = _spec(services, parameters), _route(services, parameters)
        found: dict[str, JSONValue] = {"input": parameters["input"], "declaration": spec.digest}
        if route.ab_test_id is not None:
            return found | {"test": route.ab_test_id}
        algorithm = snapshot.algorithm(route.algorithm_id)
        return found | {
            "algorithm": f"{spec.name}: {algorithm}",
            "model": model_digest(services.catalog, spec.name, algorithm),
        }

    async def run(self, services: Services, job: Job, unit: Unit, advance: Advance) -> JSONValue:
        """Predict the rows of one unit; those that a killed worker has logged are answered from the log."""
        table, spec = await same(job), _spec(services, job.parameters)
        run = FileRun(
            spec.name,
            PRINCIPAL,
            _conditions(job.parameters),
            _columns(table, spec, job.parameters),
            digest_of({"mark": job.parameters["_mark"], **job.identity}),
            typed=job.parameters["parquet"] is True,
        )
        predictor = RowPredictor(services.predictor)
        lines: list[Line] = []
        with await asyncio.to_thread(reader_of, table, unit.lo) as reader:
            while len(lines) < unit.hi - unit.lo:
                count = min(CHUNK, unit.hi - unit.lo - len(lines))
                rows = await asyncio.to_thread(reader.take, count)
                lines += await predictor.predict(run, rows, {"row": unit.lo + len(lines)})
                advance(len(lines))
        self._require_the_same(services, job)
        format = format_of(job.parameters)
        content = await asyncio.to_thread(_encoded, lines, unit.lo, spec.kind, format)
        part = await asyncio.to_thread(
            folder_of(job).write, unit.lo, unit.token, format.value, content, len(lines)
        )
        errors = sum(line[1] == Outcome.ERROR for line in lines)
        return {"lo": unit.lo, "part": asdict(part), "errors": errors}

    def _require_the_same(self, services: Services, job: Job) -> None:
        """Raises JobConflict where another one has answered since the unit was begun, for some rows or for all."""
        try:
            same = self.identity(services, job.parameters) == dict(job.identity)
        except ArbiterError as error:
            raise JobConflict(f"nobody answers any more as it was planned: {error.message}") from error
        if not same:
            raise JobConflict(
                "another algorithm, declaration or test has answered some rows; "
                f"`arbiter jobs resume {job.id}` begins it anew with that"
            )

    async def result(self, services: Services, job: Job, results: AsyncIterator[Any]) -> JSONValue:
        """How many rows were answered, and how many not."""
        units = [one async for one in results]
        errors = sum(one["errors"] for one in units)
        return await finished(job, units, format_of(job.parameters), errors=errors)


def _encoded(lines: Sequence[Line], lo: int, kind: Kind, format: PartFormat) -> bytes:
    rows = [_row(number, line, kind) for number, line in enumerate(lines, start=lo)]
    if format is PartFormat.CSV:
        return csv_part(COLUMNS, rows)
    import pyarrow as pa

    kinds = (pa.int64(), pa.int64(), pa.string(), pa.string(), pa.float64(), pa.float64(), pa.string())
    required = ("row", "request_id", "outcome")
    schema = pa.schema(
        [
            pa.field(name, each, nullable=name not in required)
            for name, each in zip(COLUMNS, kinds, strict=True)
        ]
    )
    return parquet_part(schema, rows)


def _row(number: int, line: Line, kind: Kind) -> tuple[object, ...]:
    id_, outcome, answer, probability, message = line
    said = answer if outcome == Outcome.OK else None
    label, value = (said, None) if kind is Kind.CLASSIFIER else (None, said)
    return number, int(str(id_) or NO_ID), str(outcome), label, value, _given(probability), _given(message)


def _given(cell: object) -> object:
    """What stands in a cell; None for an empty one."""
    return None if cell == "" else cell


def _spec(services: Services, parameters: Parameters) -> EndpointSpec:
    snapshot = services.catalog.snapshot
    return snapshot.specs[snapshot.endpoint_named(str(parameters.get("endpoint"))).name]


def _route(services: Services, parameters: Parameters) -> Route:
    table = services.catalog.snapshot.table
    return table.choose(str(parameters.get("endpoint")), _conditions(parameters), None, lambda: 0.5)


def _conditions(parameters: Parameters) -> AlgorithmConditions:
    return AlgorithmConditions(*(_text(parameters, name) for name in ("status", "version", "algorithm")))


def _columns(table: RowFile, spec: EndpointSpec, parameters: Parameters) -> Columns:
    return columns_of(
        table,
        spec,
        subject_column=_text(parameters, "subject_column"),
        external_id_column=_text(parameters, "external_id_column"),
    )


def _text(parameters: Parameters, name: str) -> str | None:
    value = parameters.get(name)
    return None if value is None else str(value)
