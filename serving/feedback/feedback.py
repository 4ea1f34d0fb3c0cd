"""Feedback: the ground truth for logged requests, kept with its history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.callers import Principal, Viewer
from domain.catalog.truth import ground_truth_of, is_empty_cell
from domain.errors import ArbiterError, RequestNotFound, TooManyRows
from domain.history.daily import SummaryChanges, changes_of_feedback
from domain.history.privacy import mask_for
from domain.requests.feedback import FeedbackCommand, FeedbackResult, FeedbackUpdate
from domain.requests.request import Request
from orm.connection.client import Tx
from orm.connection.database import Database
from orm.queries.figures import summary_writes
from orm.queries.history import requests as request_queries
from orm.queries.history.insertion import running_tests_among
from serving.catalog.catalog import Catalog, Snapshot
from serving.execution.off_loop import off_loop
from serving.feedback.scoring import classes_for, declared_classes, kind_of, rescore, with_scores
from serving.log.id_clock import IdClock
from serving.ports import Clock

MAX_ROWS = 10_000


class Feedback:
    """Stores ground truth, one request or many at once. Giving the same again changes nothing."""

    def __init__(
        self,
        database: Database,
        catalog: Catalog,
        ids: IdClock,
        clock: Clock,
        *,
        on_scores_changed: Callable[[Iterable[int]], None],
    ) -> None:
        """`on_scores_changed` is called with the ids of the running tests whose scores a commit has changed."""
        self._database = database
        self._ids = ids
        self._catalog = catalog
        self._clock = clock
        self._on_scores_changed = on_scores_changed

    async def give(self, command: FeedbackCommand, principal: Principal) -> Request:
        """Store one request's ground truth and return the request as it is now; None and "" clear it.

        Of the request comes back what the principal may see. Raises RequestNotFound, or InvalidFeedback when it
        cannot be the truth of this request.
        """
        (result,) = await self._store([command], principal, raising=True)
        if result.request is None:
            raise RuntimeError("feedback neither stored nor refused")
        return result.request

    async def give_batch(
        self, commands: Sequence[FeedbackCommand], principal: Principal
    ) -> tuple[FeedbackResult, ...]:
        """Store many in one transaction, with a result each: a bad one is refused alone, in its own place.

        When a request is named twice, the later entry stands. Raises TooManyRows for none or more than 10,000.
        """
        if not 1 <= len(commands) <= MAX_ROWS:
            raise TooManyRows(
                f"Give 1 to {MAX_ROWS} feedbacks at once, not {len(commands)}.", path=("items",)
            )
        return await self._store(commands, principal, raising=False)

    async def _store(
        self, commands: Sequence[FeedbackCommand], principal: Principal, *, raising: bool
    ) -> tuple[FeedbackResult, ...]:
        snapshot, now = self._catalog.snapshot, self._clock()
        writer = await self._ids.writer()
        with self._ids.shards.enter(writer) as shard:
            async with self._database.transaction() as tx:
                found = dict(await request_queries.lock_requests(tx, {c.request_id for c in commands}))
                before = dict(found)
                results = await off_loop(
                    len(commands), _apply_all, commands, found, snapshot, now, raising=raising
                )
                changed = [
                    request for id_, request in found.items() if request.feedback != before[id_].feedback
                ]
                # Locked before the history grows: a verdict sees either all of this feedback or none of it.
                tests = {r.ab_test_id for r in changed if r.ab_test_id is not None}
                running = await running_tests_among(tx, tests) if tests else ()
                await self._write(tx, changed, principal, now)
                await rescore(tx, changed, snapshot)
                changes = await _changes_of(before, changed, snapshot)
                await summary_writes.add_feedback(tx, shard.number(), changes)
        self._on_scores_changed(running)
        viewer = snapshot.viewer(principal)
        return await off_loop(len(results), _current_results, results, found, viewer)

    async def _write(self, tx: Tx, changed: Sequence[Request], principal: Principal, now: datetime) -> None:
        updates = await off_loop(len(changed), _updates_of, changed)
        await request_queries.store_feedback(tx, updates)
        await request_queries.add_feedback_events(tx, updates, principal.name, now)


async def _changes_of(
    before: Mapping[int, Request], changed: Sequence[Request], snapshot: Snapshot
) -> SummaryChanges:
    """What the changed requests change in the daily summaries; many of them are worked out in a thread."""
    pairs = [(before[request.id], request) for request in changed]
    return await off_loop(len(pairs), changes_of_feedback, pairs, declared_classes(snapshot))


def _updates_of(changed: Sequence[Request]) -> list[FeedbackUpdate]:
    return [
        FeedbackUpdate(r.id, r.feedback, r.feedback_at, r.correct, r.residual)
        for r in sorted(changed, key=lambda request: request.id)
    ]


def _apply_all(
    commands: Sequence[FeedbackCommand],
    found: dict[int, Request],
    snapshot: Snapshot,
    now: datetime,
    *,
    raising: bool,
) -> list[FeedbackResult]:
    return [_apply(command, found, snapshot, now, raising=raising) for command in commands]


def _current_results(
    results: Sequence[FeedbackResult], found: Mapping[int, Request], viewer: Viewer
) -> tuple[FeedbackResult, ...]:
    """The results with each request as the last command of the batch left it, and as `viewer` may see it."""
    return tuple(
        replace(result, request=mask_for(viewer, found[result.request.id])) if result.request else result
        for result in results
    )


def _apply(
    command: FeedbackCommand,
    found: dict[int, Request],
    snapshot: Snapshot,
    now: datetime,
    *,
    raising: bool,
) -> FeedbackResult:
    """Put the command's feedback on its request in `found`, or say why not (raise it when `raising`)."""
    try:
        request = found.get(command.request_id)
        if request is None:
            raise RequestNotFound(f"There is no request {command.request_id}.", path=("requestId",))
        kind, classes = kind_of(request, snapshot), classes_for(request.endpoint_id, snapshot)
        if is_empty_cell(command, kind, classes):
            return FeedbackResult(request, skipped=True)
        text = ground_truth_of(command, kind, classes)
    except ArbiterError as error:
        if raising:
            raise
        return FeedbackResult(None, error.as_failure())
    if text != request.feedback:
        given = replace(request, feedback=text, feedback_at=None if text is None else now)
        request = found[request.id] = with_scores(given, snapshot)
    return FeedbackResult(request)
