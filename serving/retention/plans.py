"""What is to be removed of an endpoint now, and what that waits for."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.ab_tests.ab_test import ABTest
from domain.catalog.entries import Endpoint
from domain.history.retention import (
    Retention,
    RetentionWait,
    Stage,
    StagePlan,
    WaitReason,
    due_before,
)
from domain.words import ABTestState
from orm.connection.client import Reader
from orm.queries.ab_tests import ab_tests
from orm.queries.retention import removal

SET_BACK = timedelta(hours=1)
"""A clock that is set back by more than this is not believed: what it calls old may be young."""
LOOK = timedelta(hours=1)
"""So often it is written down what the clock says."""
SET_AHEAD = timedelta(days=30)
"""One that is so far ahead of the last look neither: a year ahead it would remove a year of requests."""


def clock_problem(now: datetime, looked_at: datetime | None, endpoint: str) -> RetentionWait | None:
    """Why nothing is removed by this clock, with the cure; None where it is believed."""
    if looked_at is None or looked_at - SET_BACK <= now <= looked_at + SET_AHEAD:
        return None
    last, says = (moment.isoformat(timespec="seconds") for moment in (looked_at, now))
    far = abs(now - looked_at).days
    return RetentionWait(
        Stage.ROWS,
        WaitReason.CLOCK,
        f"the clock says {says}, {f'{far} days' if far else 'an hour and more'} "
        f"{'before' if now < looked_at else 'after'} the last look of retention at {last}: set it right, or if it is "
        f"right, say so with `arbiter retention run {endpoint} --clock-is-right`",
    )


async def plans_of(
    reader: Reader, endpoint: Endpoint, retention: Retention, now: datetime
) -> list[StagePlan]:
    """What each stage is to remove, rows first: what goes as a whole need not lose its inputs before.

    A running test, and one whose truths may still come, keeps every request from its first one on; so does an
    idempotency key that holds. Two statements, and one more where something is due, one for each test.
    """
    looked = await removal.looked_at(reader)
    problem = clock_problem(now, looked, endpoint.name)
    found = []
    gone_before = retention.rows_from
    for stage in (Stage.ROWS, Stage.INPUTS):
        kept_days = retention.rule.days_of(stage)
        if kept_days is None:
            continue
        start, due = max(retention.position(stage), gone_before), due_before(now, kept_days)
        if due <= start:
            continue
        if problem is not None:
            found.append(StagePlan(stage, start, start, due, (problem,)))
            continue
        plan = await _with_waits(reader, endpoint, StagePlan(stage, start, due, due), now)
        gone_before = max(gone_before, plan.end if stage is Stage.ROWS else 0)
        found.append(plan)
    return found


async def _with_waits(reader: Reader, endpoint: Endpoint, plan: StagePlan, now: datetime) -> StagePlan:
    end, waits = plan.end, []
    for test in await ab_tests.tests_on_their_rows(reader, endpoint.id):
        if not _needs_rows(test, now):
            continue
        first = await removal.first_of_test(reader, test.id, plan.due)
        if first is not None:
            waits.append(_of_test(plan.stage, test))
            end = min(end, first)
    held = await removal.first_held_by_a_key(reader, endpoint.id, plan.due, now)
    if held is not None:
        first, until = held
        message = f"idempotency keys of some of its requests hold until {until.isoformat(timespec='seconds')}"
        waits.append(RetentionWait(plan.stage, WaitReason.KEYS, message, until))
        end = min(end, first)
    return StagePlan(plan.stage, plan.start, max(end, plan.start), plan.due, tuple(waits))


def _needs_rows(test: ABTest, now: datetime) -> bool:
    if test.state is ABTestState.RUNNING or test.ended_at is None:
        return True
    return test.ended_at + test.plan.feedback_delay > now


def _of_test(stage: Stage, test: ABTest) -> RetentionWait:
    if test.state is ABTestState.RUNNING or test.ended_at is None:
        message = f"A/B test {test.id} runs and needs its requests; they go once it has ended"
        return RetentionWait(stage, WaitReason.TEST, message, ab_test_id=test.id)
    until = test.ended_at + test.plan.feedback_delay
    message = (
        f"A/B test {test.id} has ended, and ground truth for its requests may come until "
        f"{until.isoformat(timespec='seconds')}"
    )
    return RetentionWait(stage, WaitReason.TEST, message, until, test.id)
