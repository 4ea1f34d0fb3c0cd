"""The ground truth of a file as a job: each row is stored or refused by itself, and doing it again changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from domain.callers import Principal, Scope
from domain.jobs import Job, JobKind, Planned, Unit
from domain.requests.feedback import FeedbackResult
from domain.words import JSONValue
from serving.bulk.feedback import CsvFeedback, CsvFeedbackCommand, RowCounts, line_of, places_of
from serving.bulk.parts import PartFolder, PartFormat, absolute, csv_part, parquet_part, require_format
from serving.bulk.row_files import reader_of
from serving.jobs.kinds.kind import Advance, Parameters
from serving.jobs.kinds.part_files import finished, folder_of
from serving.jobs.kinds.source_files import ROWS, format_of, ranges_of, same, surveyed
from serving.services import Services

COLUMNS = ("row", "id", "stored", "code", "message")
PRINCIPAL = Principal("command line", frozenset(Scope))


class FeedbackKind:
    """Gives the ground truth of a file, and writes what became of each row as part files where it is told to."""

    kind = JobKind.FEEDBACK
    newest_first = False

    def __init__(self, rows: int = ROWS) -> None:
        self._rows = rows

    async def plan(self, services: Services, parameters: Parameters) -> Planned:
        """See `Kind`. Raises EndpointNotFound, InvalidInput, Conflict, Misconfigured."""
        command = _command(parameters)
        if command.endpoint is not None:
            services.catalog.snapshot.endpoint_named(command.endpoint)
        table = await surveyed(parameters)
        await asyncio.to_thread(places_of, table, command)
        kept: dict[str, JSONValue] = {
            "source": str(command.source),
            "parquet": command.parquet,
            "id_column": command.id_column,
            "feedback_column": command.feedback_column,
            "external_id_column": command.external_id_column,
            "endpoint": command.endpoint,
            "input": table.digest,
            "out": None,
        }
        if parameters.get("out") is not None:
            out = absolute(parameters.get("out"), "out")
            require_format(format_of(parameters))
            folder = await asyncio.to_thread(PartFolder.taken, out, parameters.get("_mark"))
            kept |= {"out": str(out), "_mark": folder.mark}
        return Planned(kept, self.identity(services, kept), ranges_of(table.rows, self._rows))

    def identity(self, services: Services, parameters: Parameters) -> dict[str, JSONValue]:
        """The digests of the file and of all declarations, which name the classes that scoring knows."""
        specs = services.catalog.snapshot.specs
        return {"input": parameters["input"]} | {name: specs[name].digest for name in sorted(specs)}

    async def run(self, services: Services, job: Job, unit: Unit, advance: Advance) -> JSONValue:
        """Give the truths of one unit, in one transaction."""
        table, command = await same(job), _command(job.parameters)
        places = table.column(command.named_by), table.column(command.feedback_column)
        counts = RowCounts()
        with await asyncio.to_thread(reader_of, table, unit.lo) as reader:
            named, results = await CsvFeedback(services.feedback).give(
                reader, unit.hi - unit.lo, places, command
            )
        counts.add(named, results)
        advance(len(results))
        found: dict[str, Any] = {
            "rows": counts.done,
            "skipped": counts.skipped,
            "refusals": [asdict(one) for one in counts.refusals.values()],
        }
        if job.parameters["out"] is not None:
            format = format_of(job.parameters)
            content = await asyncio.to_thread(_encoded, named, results, unit.lo, format)
            part = await asyncio.to_thread(
                folder_of(job).write, unit.lo, unit.token, format.value, content, len(named)
            )
            found |= {"lo": unit.lo, "part": asdict(part)}
        return found

    async def result(self, services: Services, job: Job, results: AsyncIterator[Any]) -> JSONValue:
        """How many rows were stored, passed over and refused, and why; of each reason the first as an example."""
        units = [one async for one in results]
        refusals: dict[str, dict[str, Any]] = {}
        for one in units:
            for refusal in one["refusals"]:
                first = refusals.setdefault(refusal["code"], {**refusal, "rows": 0})
                first["rows"] += refusal["rows"]
        rows, skipped = sum(one["rows"] for one in units), sum(one["skipped"] for one in units)
        refused = sum(one["rows"] for one in refusals.values())
        listed: list[Any] = sorted(refusals.values(), key=_often)
        facts: dict[str, JSONValue] = {
            "stored": rows - skipped - refused,
            "skipped": skipped,
            "refused": refused,
            "refusals": listed,
        }
        if job.parameters["out"] is None:
            return {"rows": rows, **facts}
        return await finished(job, units, format_of(job.parameters), **facts)


def _often(refusal: Mapping[str, Any]) -> tuple[int, str]:
    return -refusal["rows"], refusal["code"]


def _encoded(named: Sequence[str], results: Sequence[FeedbackResult], lo: int, format: PartFormat) -> bytes:
    lines = [line_of(*pair) for pair in zip(named, results, strict=True)]
    if format is PartFormat.CSV:
        return csv_part(COLUMNS, [(number, *line) for number, line in enumerate(lines, start=lo)])
    import pyarrow as pa

    kinds = (pa.int64(), pa.string(), pa.bool_(), pa.string(), pa.string())
    required = ("row", "stored")
    schema = pa.schema(
        [
            pa.field(name, each, nullable=name not in required)
            for name, each in zip(COLUMNS, kinds, strict=True)
        ]
    )
    rows = [
        (number, id_, stored == "true", code or None, message or None)
        for number, (id_, stored, code, message) in enumerate(lines, start=lo)
    ]
    return parquet_part(schema, rows)


def _command(parameters: Parameters) -> CsvFeedbackCommand:
    def text(name: str) -> str | None:
        value = parameters.get(name)
        return None if value is None else str(value)

    return CsvFeedbackCommand(
        absolute(parameters.get("source"), "source"),
        PRINCIPAL,
        text("id_column") or "request_id",
        text("feedback_column") or "feedback",
        external_id_column=text("external_id_column"),
        endpoint=text("endpoint"),
        parquet=parameters.get("parquet") is True,
    )
