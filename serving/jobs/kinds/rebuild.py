"""The correction of the daily summaries as a job: a unit a day."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import date
from typing import Any

from domain.jobs import Job, JobKind, Planned, Unit, UnitRange
from domain.words import JSONValue
from serving.jobs.kinds.kind import Advance, Parameters
from serving.services import Services

MOST_DIFFERENCES = 1_000
"""So many differences a job keeps; all are counted."""


class RebuildKind:
    """Compares the summaries of each day with the request log and corrects what differs."""

    kind = JobKind.REBUILD
    newest_first = False

    async def plan(self, services: Services, parameters: Parameters) -> Planned:
        """See `Kind`. One such job at a time."""
        del parameters  # There is nothing to choose.
        days = [day.toordinal() for day in await services.summaries.days()]
        units = tuple(UnitRange(day, day + 1, 1) for day in days)
        return Planned({}, self.identity(services, {}), units, slot="rebuild")

    def identity(self, services: Services, parameters: Parameters) -> dict[str, JSONValue]:
        """The digests of all declarations, which name the classes that scoring knows."""
        del parameters
        specs = services.catalog.snapshot.specs
        return {name: specs[name].digest for name in sorted(specs)}

    async def run(self, services: Services, job: Job, unit: Unit, advance: Advance) -> JSONValue:
        """Correct one day. What was corrected by a worker that ended before it could say so is not listed."""
        found = await services.summaries.rebuild_day(date.fromordinal(unit.lo))
        advance(1)
        kept: list[JSONValue] = [
            asdict(one) | {"day": one.day.isoformat()} for one in found[:MOST_DIFFERENCES]
        ]
        return {"count": len(found), "differences": kept}

    async def result(self, services: Services, job: Job, results: AsyncIterator[Any]) -> JSONValue:
        """How many numbers were corrected, and the first of them."""
        count = 0
        kept: list[Any] = []
        async for one in results:
            count += one["count"]
            kept += one["differences"][: MOST_DIFFERENCES - len(kept)]
        return {"corrected": count, "differences": kept}
