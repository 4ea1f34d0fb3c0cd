"""An export as a job: the requests of an endpoint as files, a part a range of ids."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import asdict, replace
from typing import Any

from domain.callers import Principal, Scope, Viewer
from domain.catalog.entries import Endpoint
from domain.errors import InvalidInput
from domain.history.filter_text import from_plain, to_plain
from domain.history.filters import RequestFilter
from domain.jobs import Job, JobKind, Planned, Unit
from domain.requests.request import Request
from domain.words import JSONValue
from orm.queries.history.exports import chunks_of_requests
from serving.bulk.export_rows import NEEDED, RowValues, csv_header, csv_rows
from serving.bulk.export_schema import schema_of_requests, values_of
from serving.bulk.parts import PartFolder, PartFormat, absolute, parquet_part, require_format
from serving.catalog.catalog import Snapshot
from serving.jobs.kinds.kind import Advance, Parameters
from serving.jobs.kinds.part_files import finished, folder_of
from serving.jobs.kinds.ranges import request_ranges
from serving.services import Services

ROWS = 50_000
"""Requests of a part, before the filter: some megabytes of Parquet, and so many a worker holds in memory."""
PRINCIPAL = Principal("command line", frozenset(Scope))
"""Who may order an export to the server's own disk may see what is private."""


class ExportKind:
    """Writes requests to a folder, a part a range."""

    kind = JobKind.EXPORT
    newest_first = False

    def __init__(self, rows: int = ROWS) -> None:
        self._rows = rows

    async def plan(self, services: Services, parameters: Parameters) -> Planned:
        """See `Kind`. Raises EndpointNotFound, AlgorithmNotFound, InvalidInput, Conflict (the folder is in use)."""
        snapshot = services.catalog.snapshot
        endpoint = snapshot.endpoint_named(str(parameters.get("endpoint")))
        format, where = _format_of(parameters), _where(parameters, endpoint)
        for algorithm_id in where.algorithm_ids or ():
            algorithm = snapshot.algorithm(algorithm_id)
            if algorithm.endpoint_id != endpoint.id:
                raise InvalidInput(f"{algorithm} is no algorithm of {endpoint.name}.", path=("where",))
        require_format(format)
        out = absolute(parameters.get("out"), "out")
        units = await request_ranges(services.database, endpoint.id, rows=self._rows)
        folder = await asyncio.to_thread(PartFolder.taken, out, parameters.get("_mark"))
        kept: dict[str, JSONValue] = {
            "endpoint": endpoint.name,
            "where": to_plain(where),
            "format": format.value,
            "out": str(out),
            "_mark": folder.mark,
        }
        return Planned(kept, self.identity(services, kept), units)

    def identity(self, services: Services, parameters: Parameters) -> dict[str, JSONValue]:
        """The digest of the declaration, which names the features."""
        snapshot = services.catalog.snapshot
        spec = snapshot.spec_of(snapshot.endpoint_named(str(parameters.get("endpoint"))).id)
        return {"declaration": None if spec is None else spec.digest}

    async def run(self, services: Services, job: Job, unit: Unit, advance: Advance) -> JSONValue:
        """Write the part of one range; a range of which the filter finds nothing has none."""
        snapshot = services.catalog.snapshot
        endpoint = snapshot.endpoint_named(str(job.parameters["endpoint"]))
        rows: list[Request] = []
        chunks = chunks_of_requests(
            services.database.reader,
            lambda: _viewer(services),
            list,
            where=_where(job.parameters, endpoint),
            first_id=unit.lo,
            last_id=unit.hi - 1,
            columns=NEEDED,
        )
        async with aclosing(chunks) as source:
            async for chunk in source:
                rows += chunk
                advance(len(rows))
        if not rows:
            return None
        format = _format_of(job.parameters)
        content = await asyncio.to_thread(_encoded, rows, snapshot, endpoint, format)
        part = await asyncio.to_thread(
            folder_of(job).write, unit.lo, unit.token, format.value, content, len(rows)
        )
        return {"lo": unit.lo, "part": asdict(part)}

    async def result(self, services: Services, job: Job, results: AsyncIterator[Any]) -> JSONValue:
        """How many rows and parts there are; the manifest in the folder lists them."""
        return await finished(
            job, [one async for one in results if one is not None], _format_of(job.parameters)
        )


def _encoded(rows: Sequence[Request], snapshot: Snapshot, endpoint: Endpoint, format: PartFormat) -> bytes:
    names = RowValues(snapshot)
    if format is PartFormat.PARQUET:
        return parquet_part(schema_of_requests(), [values_of(names, row) for row in rows])
    spec = snapshot.spec_of(endpoint.id)
    features = spec.features.names if spec else ()
    return csv_header(features) + csv_rows(names, features)(rows)


def _viewer(services: Services) -> Viewer:
    return services.catalog.snapshot.viewer(PRINCIPAL)


def _where(parameters: Parameters, endpoint: Endpoint) -> RequestFilter:
    given = parameters.get("where")
    try:
        where = RequestFilter() if given is None else from_plain(given)
    except (ValueError, KeyError, TypeError):
        raise InvalidInput(f"where is no filter of requests: {given!r:.100}", path=("where",)) from None
    return replace(where, endpoint_ids=(endpoint.id,))


def _format_of(parameters: Parameters) -> PartFormat:
    try:
        return PartFormat(str(parameters.get("format")))
    except ValueError:
        raise InvalidInput("format must be parquet or csv.", path=("format",)) from None
