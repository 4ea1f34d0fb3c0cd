"""Scores anew what is stored: requests whose `correct` does not follow from their ground truth any more.

Until a release, a ground truth that is no declared class counted as wrong; and classes may be declared later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.history.daily import NO_ALGORITHM, SummaryDifference, changes_of_feedback
from domain.requests.feedback import FeedbackUpdate
from domain.requests.request import Request
from orm.connection.database import Database
from orm.queries.figures import scores, summary_writes
from orm.queries.figures.summary_drift import REPAIRS
from orm.queries.history import requests
from orm.queries.history.insertion import running_tests_among
from serving.catalog.catalog import Snapshot
from serving.execution.off_loop import off_loop
from serving.feedback.scoring import declared_classes, rescore, with_scores

CHUNK = 1_000
"""Requests that are corrected in one transaction: others wait for no more than that."""
SHOWN_CHARACTERS = 60


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


async def score_corrections_on(database: Database, snapshot: Snapshot, day: date) -> list[ScoreCorrection]:
    """The requests of a UTC day whose score does not follow from their ground truth; changes nothing."""
    classes = declared_classes(snapshot)
    if not classes:
        return []
    async with database.reader() as reader:
        alike = await scores.score_groups_of_day(reader, day, classes)
        found = await requests.requests_by_ids(reader, None, [one.first_id for one in alike], frozenset())
    groups = [(found[one.first_id], one.requests) for one in alike]
    return await off_loop(len(groups), _corrections, groups, snapshot)


def _corrections(groups: list[tuple[Request, int]], snapshot: Snapshot) -> list[ScoreCorrection]:
    judged = [ScoreCorrection(request, with_scores(request, snapshot), count) for request, count in groups]
    return [one for one in judged if one.right.correct != one.request.correct]


async def correct(database: Database, snapshot: Snapshot, day: date, wrong: list[ScoreCorrection]) -> None:
    """Score these requests as they should be, with the summaries and the running tests that they are in.

    Tests that have ended keep the figures on which their verdict rests.
    """
    for one in wrong:
        after = 0
        while True:
            async with database.reader() as reader:
                ids = await scores.ids_of_score_group(reader, one.request, day, after, CHUNK)
            if ids:
                await _correct(database, snapshot, ids)
            if len(ids) < CHUNK:
                break
            after = ids[-1]


async def _correct(database: Database, snapshot: Snapshot, ids: list[int]) -> None:
    async with database.transaction() as tx:
        # Feedback may have come since they were found: what is scored is what is there now.
        locked = await requests.lock_requests(tx, ids)
        pairs = await off_loop(len(locked), _changed, list(locked.values()), snapshot)
        changed = [after for _, after in pairs]
        tests = {request.ab_test_id for request in changed if request.ab_test_id is not None}
        running = await running_tests_among(tx, tests) if tests else frozenset()
        await requests.store_feedback(
            tx, [FeedbackUpdate(r.id, r.feedback, r.feedback_at, r.correct, r.residual) for r in changed]
        )
        await rescore(tx, [r for r in changed if r.ab_test_id in running], snapshot)
        changes = await off_loop(len(pairs), changes_of_feedback, pairs, declared_classes(snapshot))
        await summary_writes.add_feedback(tx, REPAIRS, changes)


def _changed(locked: list[Request], snapshot: Snapshot) -> list[tuple[Request, Request]]:
    pairs = [(request, with_scores(request, snapshot)) for request in locked if request.feedback is not None]
    return [(before, after) for before, after in pairs if before.correct != after.correct]
