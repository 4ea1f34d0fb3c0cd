"""A/B tests with their epochs and audit log; ending one is a conditional update that succeeds exactly once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

from tortoise.exceptions import IntegrityError

from domain.ab_tests.ab_test import ABTest, ABTestEvent
from domain.ab_tests.plan import Plan, plan_from
from domain.errors import EndpointInTest
from domain.words import ABTestState, Kind, Traffic, Verdict
from orm import models
from orm.connection.client import INT32, Client, Reader, Row, Tx, is_id
from orm.connection.statement import Statement, conjunction, keyset, moment, moment_or_none, ordering

EVIDENCE_KEPT = "evidence_kept"
"""The event that says what a test says for good, since the first of its requests goes."""
SELECT = (
    "SELECT id, endpoint_id, algorithm1_id, algorithm2_id, champion_id, model_type, title, traffic, state, "
    "verdict, reason, summary, salt, parameters, created_by, created_at, ended_at FROM ab_test"
)


async def ab_tests_by_ids(client: Client, ids: Iterable[int]) -> dict[int, ABTest]:
    """The tests of those ids that exist, by id, in one statement."""
    statement = Statement(client)
    return {
        test.id: test for test in await _select(statement, [statement.among("id", ids, largest=INT32)], "")
    }


async def ab_test(client: Client, ab_test_id: int) -> ABTest | None:
    """The test of that id, or None."""
    return (await ab_tests_by_ids(client, [ab_test_id])).get(ab_test_id)


async def page_ab_tests(
    reader: Reader,
    *,
    limit: int,
    states: Iterable[ABTestState] | None = None,
    endpoint_ids: Iterable[int] | None = None,
    after: int | None = None,
    before: int | None = None,
    backward: bool = False,
) -> list[ABTest]:
    """Up to `limit` tests, newest first, between two ids.

    `backward` takes the tests next to `before` instead of those next to `after`; the order stays.
    """
    statement = Statement(reader)
    conditions = [
        *_where(statement, states, endpoint_ids),
        *keyset(statement, "id", descending=True, after=after, before=before),
    ]
    tail = f"{ordering('id', descending=True, backward=backward)} LIMIT {statement.bind(limit)}"
    page = await _select(statement, conditions, tail)
    return page[::-1] if backward else page


async def count_ab_tests(
    reader: Reader,
    *,
    states: Iterable[ABTestState] | None = None,
    endpoint_ids: Iterable[int] | None = None,
) -> int:
    """How many tests there are of those states and endpoints."""
    statement = Statement(reader)
    where = conjunction(_where(statement, states, endpoint_ids))
    return int(await statement.value(f"SELECT count(*) AS n FROM ab_test {where}"))


async def running_tests(client: Client) -> list[ABTest]:
    """The tests that run now, at most one per endpoint, in ascending id."""
    return await _select(Statement(client), ["running_slot IS NOT NULL"], "ORDER BY id")


async def tests_on_their_rows(client: Client, endpoint_id: int) -> list[ABTest]:
    """The tests of an endpoint whose evidence is not kept apart from their requests, in ascending id."""
    statement = Statement(client)
    kept = (
        "NOT EXISTS (SELECT 1 FROM ab_test_event e WHERE e.ab_test_id = ab_test.id "
        f"AND e.kind = {statement.bind(EVIDENCE_KEPT)})"
    )
    # Parameters are numbered as the text goes on.
    return await _select(statement, [kept, f"endpoint_id = {statement.bind(endpoint_id)}"], "ORDER BY id")


async def epochs_of_running_tests(client: Client) -> dict[int, tuple[int, float]]:
    """By running test: the id of its latest epoch and the challenger's weight in it."""
    rows = await Statement(client).rows(
        "SELECT e.ab_test_id, e.id, e.challenger_weight FROM ab_test_epoch e JOIN ab_test t ON t.id = e.ab_test_id "
        "WHERE t.running_slot IS NOT NULL ORDER BY e.id"
    )
    return {row["ab_test_id"]: (row["id"], row["challenger_weight"]) for row in rows}


async def add_ab_test(
    tx: Tx,
    *,
    endpoint_id: int,
    algorithm1_id: int,
    algorithm2_id: int,
    champion_id: int,
    kind: Kind,
    title: str,
    traffic: Traffic,
    salt: str,
    created_by: str,
    created_at: datetime,
    plan: Plan,
) -> ABTest:
    """Adds a running test with its first epoch, whose weight is the plan's.

    Raises EndpointInTest when the endpoint has a running test already. After that error the transaction must end:
    PostgreSQL lets nothing else happen in it.
    """
    try:
        row = await models.ABTest.create(
            endpoint_id=endpoint_id,
            algorithm1_id=algorithm1_id,
            algorithm2_id=algorithm2_id,
            champion_id=champion_id,
            model_type=kind.value,
            title=title,
            traffic=traffic.value,
            state=ABTestState.RUNNING.value,
            running_slot=endpoint_id,
            salt=salt,
            mode=plan.mode.value,
            parameters=json.dumps(plan.as_json()),
            created_by=created_by,
            created_at=created_at,
            using_db=tx,
        )
    except IntegrityError as error:
        if "running_slot" not in str(error):
            raise
        raise EndpointInTest(
            "The endpoint has a running A/B test already; conclude or cancel it first."
        ) from error
    await add_epoch(tx, row.id, plan.challenger_weight, created_at)
    return ABTest(
        id=row.id,
        endpoint_id=endpoint_id,
        algorithm1_id=algorithm1_id,
        algorithm2_id=algorithm2_id,
        champion_id=champion_id,
        kind=kind,
        title=title,
        traffic=traffic,
        state=ABTestState.RUNNING,
        verdict=None,
        reason=None,
        summary="",
        salt=salt,
        created_by=created_by,
        created_at=created_at,
        ended_at=None,
        plan=plan,
    )


async def add_epoch(tx: Tx, ab_test_id: int, challenger_weight: float, created_at: datetime) -> None:
    """Opens an epoch: from now on requests of the test are given to its arms by this weight."""
    await models.ABTestEpoch.create(
        ab_test_id=ab_test_id, challenger_weight=challenger_weight, created_at=created_at, using_db=tx
    )


async def lock_ab_test(tx: Tx, ab_test_id: int) -> ABTest | None:
    """The test of that id, or None; nobody ends it, and no row joins it, until `tx` ends."""
    statement = Statement(tx)
    where = [statement.among("id", [ab_test_id], largest=INT32)]
    return next(iter(await _select(statement, where, "FOR UPDATE" if statement.postgres else "")), None)


async def end_ab_test(
    tx: Tx,
    ab_test_id: int,
    *,
    state_from: ABTestState,
    state_to: ABTestState,
    verdict: Verdict | None,
    reason: str | None,
    summary: str,
    ended_at: datetime | None,
) -> bool:
    """Moves the test from one state to another; False when it was no longer in the first.

    Do it before anything else in the transaction: whoever gets True is the only one. The endpoint is then
    free for a new test.
    """
    if not is_id(ab_test_id):
        return False
    changed = (
        await models.ABTest.filter(id=ab_test_id, state=state_from.value)
        .using_db(tx)
        .update(
            state=state_to.value,
            running_slot=None,
            verdict=None if verdict is None else verdict.value,
            reason=reason,
            summary=summary,
            ended_at=ended_at,
        )
    )
    return changed == 1


async def rename_ab_test(
    tx: Tx, ab_test_id: int, *, title: str | None = None, created_by: str | None = None
) -> bool:
    """Changes the title or the creator's name, where given; False when there is no such test."""
    if not is_id(ab_test_id):
        return False
    given = {
        name: value for name, value in {"title": title, "created_by": created_by}.items() if value is not None
    }
    row = models.ABTest.filter(id=ab_test_id).using_db(tx)
    return await (row.update(**given) if given else row.count()) == 1


async def add_event(  # noqa: PLR0917  read aloud, the order is a sentence: which test, what, who, when
    tx: Tx, ab_test_id: int, kind: str, created_by: str, created_at: datetime, details: str
) -> ABTestEvent:
    """Appends to the audit log of a test; `details` is JSON text, `kind` at most 16 characters."""
    row = await models.ABTestEvent.create(
        ab_test_id=ab_test_id,
        kind=kind,
        created_by=created_by,
        created_at=created_at,
        details=details,
        using_db=tx,
    )
    return ABTestEvent(
        id=row.id,
        ab_test_id=ab_test_id,
        kind=kind,
        created_by=created_by,
        created_at=created_at,
        details=details,
    )


async def events(client: Client, ab_test_id: int) -> list[ABTestEvent]:
    """The audit log of a test, oldest first."""
    return (await events_of(client, [ab_test_id])).get(ab_test_id, [])


async def events_of(client: Client, ab_test_ids: Iterable[int]) -> dict[int, list[ABTestEvent]]:
    """The audit logs of several tests, by test, oldest first, in one statement."""
    statement = Statement(client)
    rows = await statement.rows(
        "SELECT id, ab_test_id, kind, created_by, created_at, details FROM ab_test_event "
        f"WHERE {statement.among('ab_test_id', ab_test_ids, largest=INT32)} ORDER BY id"
    )
    found: dict[int, list[ABTestEvent]] = {}
    for row in rows:
        event = ABTestEvent(**{**row, "created_at": moment(row["created_at"])})
        found.setdefault(event.ab_test_id, []).append(event)
    return found


def _where(
    statement: Statement, states: Iterable[ABTestState] | None, endpoint_ids: Iterable[int] | None
) -> list[str]:
    conditions = []
    if states is not None:
        conditions.append(statement.among("state", [state.value for state in states]))
    if endpoint_ids is not None:
        conditions.append(statement.among("endpoint_id", endpoint_ids, largest=INT32))
    return conditions


async def _select(statement: Statement, conditions: list[str], tail: str) -> list[ABTest]:
    return [_test(row) for row in await statement.rows(f"{SELECT} {conjunction(conditions)} {tail}")]


def _test(row: Row) -> ABTest:
    return ABTest(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        algorithm1_id=row["algorithm1_id"],
        algorithm2_id=row["algorithm2_id"],
        champion_id=row["champion_id"],
        kind=Kind(row["model_type"]),
        title=row["title"],
        traffic=Traffic(row["traffic"]),
        state=ABTestState(row["state"]),
        verdict=None if row["verdict"] is None else Verdict(row["verdict"]),
        reason=row["reason"],
        summary=row["summary"],
        salt=row["salt"],
        created_by=row["created_by"],
        created_at=moment(row["created_at"]),
        ended_at=moment_or_none(row["ended_at"]),
        plan=plan_from(json.loads(row["parameters"])),
    )
