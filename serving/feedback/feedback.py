"""Feedback: the ground truth for logged requests, kept with its history."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from domain.callers import Principal, Scope, Viewer, require_on
from domain.catalog.truth import ground_truth_of, is_empty_cell
from domain.errors import (
    ArbiterError,
    CommitUnknown,
    EndpointNotFound,
    InvalidInput,
    RequestNotFound,
    TooManyRows,
)
from domain.history.daily import changes_of_feedback
from domain.history.privacy import mask_for
from domain.pacing import FEEDBACK_ROWS_ON_LOOP, in_thread_if
from domain.requests.external_ids import ExternalName, Key, external_id_problem
from domain.requests.feedback import FeedbackCommand, FeedbackResult
from domain.requests.request import Request
from domain.requests.request_ids import time_of
from orm.connection.client import Tx
from orm.connection.database import Database
from orm.connection.failures import telling
from orm.queries.figures import summary_writes
from orm.queries.history import external_ids, insertion, requests
from orm.queries.retention.rules import rows_from
from serving.catalog.catalog import Catalog, Snapshot
from serving.feedback.scoring import classes_for, declared_classes, kind_of, rescore, updates_of, with_scores
from serving.log.id_clock import IdClock
from serving.ports import Clock

MAX_ROWS = 10_000
UNKNOWN = "whether this feedback was stored is unknown: give it again, which changes nothing where it was."


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

        Of the request comes back what the principal may see. Raises RequestNotFound, EndpointNotFound and
        InvalidInput where no request is named so, InvalidFeedback when it cannot be the truth of this request, and
        Forbidden where the principal may not give feedback to its endpoint.
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
        many = len(commands) > FEEDBACK_ROWS_ON_LOOP
        writer = await self._ids.writer()
        with self._ids.shards.enter(writer) as shard_number, telling(lambda: UNKNOWN, of=(CommitUnknown,)):
            async with self._database.transaction() as tx:
                ids = await _ids_of(tx, commands, snapshot)
                before = await requests.lock_requests(tx, {id_ for id_ in ids if id_ is not None})
                found = dict(before)
                # Read only where it explains something: requests are there as a rule.
                missing = any(id_ is None or id_ not in before for id_ in ids)
                kept = await rows_from(tx) if missing else {}
                results = await in_thread_if(
                    many,
                    lambda: [
                        _apply(one, id_, found, snapshot, now, kept, principal=principal, raising=raising)
                        for one, id_ in zip(commands, ids, strict=True)
                    ],
                )
                changed = [
                    request for id_, request in found.items() if request.feedback != before[id_].feedback
                ]
                # Locked before the history grows: a verdict sees either all of this feedback or none of it.
                running = await insertion.running_tests_among(tx, (request.ab_test_id for request in changed))
                updates = await in_thread_if(many, updates_of, changed)
                await requests.store_feedback(tx, updates)
                await requests.add_feedback_events(tx, updates, principal.name, now)
                await rescore(tx, changed, snapshot)
                changes = await in_thread_if(
                    many,
                    changes_of_feedback,
                    [(before[request.id], request) for request in changed],
                    declared_classes(snapshot),
                )
                await summary_writes.add_feedback(tx, shard_number(), changes)
        self._on_scores_changed(running)
        return await in_thread_if(many, _current_results, results, found, snapshot.viewer(principal))


def _current_results(
    results: Sequence[FeedbackResult], found: Mapping[int, Request], viewer: Viewer
) -> tuple[FeedbackResult, ...]:
    """The results with each request as the last command of the batch left it, and as `viewer` may see it."""
    return tuple(
        replace(result, request=mask_for(viewer, found[result.request.id])) if result.request else result
        for result in results
    )


async def _ids_of(tx: Tx, commands: Sequence[FeedbackCommand], snapshot: Snapshot) -> list[int | None]:
    """The id of each command's request; None where there is no request that is called so."""
    if all(one.called is None for one in commands):
        return [one.request_id for one in commands]
    many = len(commands) > FEEDBACK_ROWS_ON_LOOP
    keys = await in_thread_if(many, lambda: [_key_of(one.called, snapshot) for one in commands])
    found = await external_ids.requests_called(tx, {key for key in keys if key is not None})
    return [
        one.request_id if one.called is None else found.get(key) if key is not None else None
        for one, key in zip(commands, keys, strict=True)
    ]


def _key_of(called: ExternalName | None, snapshot: Snapshot) -> Key | None:
    """By what such a request is found; None where there can be none."""
    if called is None or external_id_problem(called.external_id) is not None:
        return None
    endpoint = snapshot.find_endpoint(called.endpoint)
    return None if endpoint is None else (endpoint.id, called.external_id)


def _not_found(command: FeedbackCommand, snapshot: Snapshot, kept: Mapping[int, int]) -> ArbiterError:
    """Why there is no request to give the command's feedback to; `kept` is from which id on there are, by endpoint."""
    called = command.called
    if called is None:
        id_ = command.request_id or 0
        gone = "; ".join(_gone(one, start, snapshot) for one, start in kept.items() if id_ < start)
        text = f"There is no request {command.request_id}"
        return RequestNotFound(f"{text}: {gone}." if gone else f"{text}.", path=("requestId",))
    problem = external_id_problem(called.external_id)
    if problem is not None:
        return InvalidInput(f"An external id {problem}.", path=("externalId",))
    endpoint = snapshot.find_endpoint(called.endpoint)
    if endpoint is None:
        # Without a guess at the name that was meant: thousands of guesses would take a second.
        return EndpointNotFound(f"There is no endpoint {called.endpoint[:128]!r}.", path=("endpoint",))
    gone = f": {_gone(endpoint.id, kept[endpoint.id], snapshot)}" if endpoint.id in kept else ""
    return RequestNotFound(
        f"No request of {called.endpoint} has the external id {called.external_id!r}{gone}.",
        path=("externalId",),
    )


def _gone(endpoint_id: int, start: int, snapshot: Snapshot) -> str:
    since = time_of(start).isoformat(timespec="seconds")
    return f"requests of {snapshot.endpoint(endpoint_id).name} before {since} are no longer kept"


def _apply(  # noqa: PLR0917  what for which request, and what is known of requests
    command: FeedbackCommand,
    request_id: int | None,
    found: dict[int, Request],
    snapshot: Snapshot,
    now: datetime,
    kept: Mapping[int, int],
    *,
    principal: Principal,
    raising: bool,
) -> FeedbackResult:
    """Put the command's feedback on its request in `found`, or say why not (raise it when `raising`)."""
    try:
        request = None if request_id is None else found.get(request_id)
        if request is None:
            raise _not_found(command, snapshot, kept)
        require_on(principal, Scope.FEEDBACK, snapshot.endpoint(request.endpoint_id).name)
        kind, classes = kind_of(request, snapshot), classes_for(request.endpoint_id, snapshot)
        if is_empty_cell(command, kind, classes):
            return FeedbackResult(request, skipped=True)
        text = ground_truth_of(command, kind, classes)
    except ArbiterError as error:
        if raising:
            raise
        return FeedbackResult(None, error.as_failure())
    if text != request.feedback:
        request = found[request.id] = with_scores(
            replace(request, feedback=text, feedback_at=None if text is None else now), snapshot
        )
    return FeedbackResult(request)
