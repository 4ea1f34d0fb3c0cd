"""Daily summaries: the proof that they equal the request log, and their correction where they do not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from domain.catalog.classes import Classes
from domain.history.daily import SummaryDifference
from orm.connection.database import Database
from orm.queries.figures import summary_drift, summary_writes
from orm.queries.figures.summary_drift import REPAIRS, Drift
from serving.catalog.catalog import Catalog
from serving.feedback import rescoring
from serving.feedback.scoring import declared_classes


class Summaries:
    """Compares the summaries with the request log, day by day, and corrects them; servers may run meanwhile."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog

    async def check(self) -> list[SummaryDifference]:
        """Every number that is not what the log says, and every score that the ground truth does not say.

        None when all is right. Changes nothing.
        """
        classes = declared_classes(self._catalog.snapshot)
        found = []
        for day in await self._days():
            found += await self._score_differences(day, correcting=False)
            found += (await self._drift(day, classes)).differences
        return found

    async def rebuild(self) -> list[SummaryDifference]:
        """Score the log anew where it has to be, and make the summaries equal to it; returns what was wrong.

        Running tests count what was scored anew; those that have ended keep what their verdict rests on.
        A day is compared without a lock and corrected in a short transaction: no writer waits for the counting.
        """
        classes = declared_classes(self._catalog.snapshot)
        found = []
        for day in await self._days():
            found += await self._score_differences(day, correcting=True)
            found += await self._rebuild(day, classes)
        return found

    async def _days(self) -> list[date]:
        async with self._database.reader() as reader:
            return await summary_drift.days(reader)

    async def _score_differences(self, day: date, *, correcting: bool) -> list[SummaryDifference]:
        snapshot = self._catalog.snapshot
        wrong = await rescoring.score_corrections_on(self._database, snapshot, day)
        if correcting:
            await rescoring.correct(self._database, snapshot, day, wrong)
        return [difference for one in wrong for difference in one.differences(day)]

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
                    await summary_writes.add_all(tx, REPAIRS, drift.changes)
                    return drift.differences
