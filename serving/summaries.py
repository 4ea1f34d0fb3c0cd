"""Daily summaries: the proof that they equal the request log, and their correction where they do not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from domain.classes import Classes, classes_of
from domain.summary import SummaryDifference
from orm import summaries, summary_drift
from orm.database import Database
from orm.summary_drift import REPAIRS, Drift
from serving.catalog import Catalog, Snapshot


class Summaries:
    """Compares the summaries with the request log, day by day, and corrects them; servers may run meanwhile."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    async def check(self) -> list[SummaryDifference]:
        """Every number that is not what the log says; none when the summaries are right. Changes nothing."""
        classes = declared_classes(self._catalog.snapshot)
        found = []
        for day in await self._days():
            found += (await self._drift(day, classes)).differences
        return found

    async def rebuild(self) -> list[SummaryDifference]:
        """Make the summaries equal to the log; returns what was wrong.

        A day is compared without a lock and corrected in a short transaction: no writer waits for the counting.
        """
        classes = declared_classes(self._catalog.snapshot)
        found = []
        for day in await self._days():
            found += await self._rebuild(day, classes)
        return found

    async def _days(self) -> list[date]:
        async with self._database.reader() as reader:
            return await summary_drift.days(reader)

    async def _drift(self, day: date, classes: Mapping[int, Classes]) -> Drift:
        async with self._database.reader() as reader:
            return await summary_drift.drift(reader, day, classes)

    async def _rebuild(self, day: date, classes: Mapping[int, Classes]) -> list[SummaryDifference]:
        while True:
            drift = await self._drift(day, classes)
            if not drift.differences:
                return []
            async with self._database.transaction() as tx:
                # Another rebuild may have corrected the day since it was compared: then it is compared again.
                if await summary_drift.repairs(tx, day, classes) == drift.repairs:
                    await summaries.add_all(tx, REPAIRS, drift.changes)
                    return drift.differences


def declared_classes(snapshot: Snapshot) -> dict[int, Classes]:
    """The classes of each endpoint that declares some, by endpoint id."""
    return {
        endpoint.id: classes_of(spec.classes, numeric=spec.numeric_classes)
        for endpoint in snapshot.endpoints.values()
        if (spec := snapshot.specs.get(endpoint.name)) is not None and spec.classes is not None
    }
