"""Daily summaries: the proof that they equal the request log, and their correction where they do not.

Requests are scored anew where their `correct` does not follow from their ground truth any more: until a release, a
ground truth that is no declared class counted as wrong; and classes may be declared later.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date

from domain.catalog.classes import Classes
from domain.history.daily import NO_ALGORITHM, SummaryDifference, changes_of_feedback
from domain.pacing import FEEDBACK_ROWS_ON_LOOP, in_thread_if
from domain.requests.request import Request
from orm.connection.database import Database
from orm.connection.failures import telling
from orm.queries.figures import scores, summary_drift, summary_writes
from orm.queries.history import insertion, requests
from serving.catalog.catalog import Catalog, Snapshot
from serving.feedback.scoring import declared_classes, rescore, updates_of, with_scores
from serving.feedback.value_summaries import ValueSummaries

CHUNK = 1_000
"""Requests that are corrected in one transaction: others wait for no more than that."""
SHOWN_CHARACTERS = 60
UNFINISHED = "some days may be corrected already; run it again, which goes on where it stopped."


@dataclass(frozen=True, slots=True)
class ScoreCorrection:
    """Requests of a day that are alike, of which `request` is one, and that shall be scored as `right` is."""

    request: Request
    right: Request
    requests: int

    def differences(self, day: date) -> list[SummaryDifference]:
        """How many of them count as scored and as right, and how many should."""
        request, right = self.request, self.right
        columns = {
            "scored requests": (request.correct is not None, right.correct is not None),
            "correct requests": (request.correct is True, right.correct is True),
        }
        return [
            SummaryDifference(
                day=day,
                endpoint_id=request.endpoint_id,
                algorithm_id=request.algorithm_id or NO_ALGORITHM,
                arm="",
                label=request.label or "",
                feedback=(request.feedback or "")[:SHOWN_CHARACTERS],
                column=column,
                stored=self.requests * stored,
                expected=self.requests * expected,
            )
            for column, (stored, expected) in columns.items()
            if stored != expected
        ]


class Summaries:
    """Compares the summaries with the request log, day by day, and corrects them; servers may run meanwhile."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog
        self._values = ValueSummaries(database)

    async def check(self) -> list[SummaryDifference]:
        """Every number that is not what the log says, and every score that the ground truth does not say.

        None when all is right. Changes nothing.
        """
        return await self._compare(correcting=False)

    async def rebuild(self) -> list[SummaryDifference]:
        """Score the log anew where it has to be, and make the summaries equal to it; returns what was wrong.

        Running tests count what was scored anew; those that have ended keep what their verdict rests on.
        A day is compared without a lock and corrected in a short transaction: no writer waits for the counting.
        """
        return await self._compare(correcting=True)

    async def days(self) -> list[date]:
        """The UTC days that have requests or summaries, in order."""
        return await self._database.read(summary_drift.days)

    async def rebuild_day(self, day: date) -> list[SummaryDifference]:
        """The same as `rebuild` for one UTC day."""
        with telling(lambda: UNFINISHED):
            return await self._compare_day(day, correcting=True)

    async def _compare(self, *, correcting: bool) -> list[SummaryDifference]:
        found = []
        with telling(lambda: UNFINISHED) if correcting else nullcontext():
            for day in await self.days():
                found += await self._compare_day(day, correcting=correcting)
        return found

    async def _compare_day(self, day: date, *, correcting: bool) -> list[SummaryDifference]:
        classes = declared_classes(self._catalog.snapshot)
        found = await self._score_differences(day, correcting=correcting)
        if correcting:
            found += await self._rebuild(day, classes)
        else:
            found += (await self._database.read(summary_drift.drift, day, classes)).differences
        return found + await self._values.compare(day, self._catalog.snapshot, correcting=correcting)

    async def _score_differences(self, day: date, *, correcting: bool) -> list[SummaryDifference]:
        snapshot = self._catalog.snapshot
        wrong = await self._wrong_scores(day, snapshot)
        if correcting:
            await self._correct(day, wrong, snapshot)
        return [difference for one in wrong for difference in one.differences(day)]

    async def _wrong_scores(self, day: date, snapshot: Snapshot) -> list[ScoreCorrection]:
        """The requests of a UTC day whose score does not follow from their ground truth."""
        classes = declared_classes(snapshot)
        if not classes:
            return []
        async with self._database.reader() as reader:
            alike = await scores.score_groups_of_day(reader, day, classes)
            found = await requests.requests_by_ids(reader, None, [one.first_id for one in alike], frozenset())
        groups = [(found[one.first_id], one.requests) for one in alike]
        return await in_thread_if(len(groups) > FEEDBACK_ROWS_ON_LOOP, _corrections, groups, snapshot)

    async def _correct(self, day: date, wrong: list[ScoreCorrection], snapshot: Snapshot) -> None:
        """Score these requests as they should be, with the summaries and the running tests that they are in.

        Tests that have ended keep the figures on which their verdict rests.
        """
        for one in wrong:
            after: int | None = 0
            while after is not None:
                ids = await self._database.read(scores.ids_of_score_group, one.request, day, after, CHUNK)
                if ids:
                    await self._correct_some(ids, snapshot)
                after = ids[-1] if len(ids) == CHUNK else None

    async def _correct_some(self, ids: list[int], snapshot: Snapshot) -> None:
        many = len(ids) > FEEDBACK_ROWS_ON_LOOP
        async with self._database.transaction() as tx:
            # Feedback may have come since they were found: what is scored is what is there now.
            locked = await requests.lock_requests(tx, ids)
            pairs = await in_thread_if(many, _changed, list(locked.values()), snapshot)
            changed = [after for _, after in pairs]
            running = await insertion.running_tests_among(tx, (request.ab_test_id for request in changed))
            await requests.store_feedback(tx, updates_of(changed))
            await rescore(tx, [r for r in changed if r.ab_test_id in running], snapshot)
            changes = await in_thread_if(many, changes_of_feedback, pairs, declared_classes(snapshot))
            await summary_writes.add_feedback(tx, summary_drift.REPAIRS, changes)

    async def _rebuild(self, day: date, classes: Mapping[int, Classes]) -> list[SummaryDifference]:
        while True:
            drift = await self._database.read(summary_drift.drift, day, classes)
            if not drift.differences:
                return []
            async with self._database.transaction() as tx:
                # Another rebuild may have corrected the day since it was compared: then it is compared again.
                if await summary_drift.repairs(tx, day, classes) == drift.repairs:
                    await summary_writes.add_all(tx, summary_drift.REPAIRS, drift.changes)
                    return drift.differences


def _corrections(groups: list[tuple[Request, int]], snapshot: Snapshot) -> list[ScoreCorrection]:
    judged = [ScoreCorrection(request, with_scores(request, snapshot), count) for request, count in groups]
    return [one for one in judged if one.right.correct != one.request.correct]


def _changed(locked: list[Request], snapshot: Snapshot) -> list[tuple[Request, Request]]:
    pairs = [(request, with_scores(request, snapshot)) for request in locked if request.feedback is not None]
    return [(before, after) for before, after in pairs if before.correct != after.correct]
