"""Removing old requests, some at a time: each chunk is a range of an endpoint's ids, in one transaction.

How far it is and how many went commit with the chunk: whoever is killed goes on from there, and the counts are exact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.history.daily import IDS_PER_DAY
from domain.history.retention import Retention, Stage, due_before
from domain.requests import request_ids
from orm.connection.client import Client, Tx
from orm.connection.statement import Statement, moment
from orm.queries.figures.aggregate_sources import NEVER_SCORED, UNSCORED
from orm.queries.history.erasures import overwriting
from orm.queries.retention.rules import REMOVED, retention_from

FAILURE_COUNTS = ("requests", "scored", "errors", "caller_errors", "unscored", "never_scored")


@dataclass(frozen=True, slots=True)
class Chunk:
    """What one transaction has done: the retention as it is now, and whether the stage is through."""

    retention: Retention
    requests: int
    finished: bool


async def looked_at(client: Client) -> datetime | None:
    """When a process last looked at a clock that was believed; None before the first time."""
    rows = await Statement(client).rows("SELECT looked_at FROM retention_lease WHERE id = 1")
    return moment(rows[0]["looked_at"]) if rows else None


async def note_clock(tx: Tx, now: datetime, *, believed: bool = False) -> None:
    """Writes down that the clock says so: once, or anew where it is `believed`."""
    statement = Statement(tx)
    never = request_ids.EPOCH
    values = f"1, '', {statement.bind(never)}, {statement.bind(now)}"
    anew = "DO UPDATE SET looked_at = excluded.looked_at" if believed else "DO NOTHING"
    await statement.run(
        f"INSERT INTO retention_lease (id, token, leased_until, looked_at) VALUES ({values}) "
        f"ON CONFLICT (id) {anew}"
    )


async def take_lease(tx: Tx, token: str, now: datetime, lasting: timedelta) -> bool:
    """Takes the lease of removing, or extends one's own; False where another process has it.

    PostgreSQL goes by its own clock, which all processes share.
    """
    statement = Statement(tx)
    if statement.postgres:
        seconds = statement.bind(lasting.total_seconds())
        until = f"now() + CAST({seconds} AS float8) * interval '1 second'"
    else:
        until = statement.bind(now + lasting)
    changes = f"leased_until = {until}, token = {statement.bind(token)}, looked_at = {statement.bind(now)}"
    mine = f"token = {statement.bind(token)}"
    over = "leased_until <= now()" if statement.postgres else f"leased_until <= {statement.bind(now)}"
    return (
        await statement.run(f"UPDATE retention_lease SET {changes} WHERE id = 1 AND ({mine} OR {over})") == 1
    )


async def give_lease_back(tx: Tx, token: str) -> None:
    """Lets the next process have it at once."""
    statement = Statement(tx)
    never = statement.bind(request_ids.EPOCH)
    await statement.run(
        f"UPDATE retention_lease SET leased_until = {never} WHERE id = 1 AND token = {statement.bind(token)}"
    )


async def remove_some(  # noqa: PLR0917  of what, what, up to where, how many, and when
    tx: Tx, endpoint_id: int, stage: Stage, end: int, limit: int, now: datetime
) -> Chunk:
    """Removes what the stage removes of the next requests of an endpoint below `end`, at most `limit` of them.

    Never more than the rule says now: one that was changed or cleared since `end` was planned holds from here on.
    """
    statement = Statement(tx)
    lock = "FOR UPDATE" if statement.postgres else ""
    rows = await statement.rows(
        f"SELECT * FROM retention WHERE endpoint_id = {statement.bind(endpoint_id)} {lock}"
    )
    retention = retention_from(rows[0])
    kept_days = retention.rule.days_of(stage)
    end = 0 if kept_days is None else min(end, due_before(now, kept_days))
    ids = await _next(tx, endpoint_id, retention.position(stage), end, limit)
    counts = dict.fromkeys(REMOVED, 0)
    if ids:
        async with overwriting(tx):
            counts |= await (_remove_rows(tx, ids) if stage is Stage.ROWS else _remove_inputs(tx, ids))
    finished = len(ids) < limit
    position = max(retention.position(stage), end if finished else ids[-1] + 1)
    retention = await _advance(tx, endpoint_id, stage, position, counts, now)
    return Chunk(retention, len(ids), finished)


async def _next(tx: Tx, endpoint_id: int, start: int, end: int, limit: int) -> list[int]:
    statement = Statement(tx)
    # Whoever gives feedback to them, or indexes them, is waited for.
    lock = "FOR UPDATE" if statement.postgres else ""
    rows = await statement.rows(
        f"SELECT id FROM ml_request WHERE endpoint_id = {statement.bind(endpoint_id)} "
        f"AND id >= {statement.bind(start)} AND id < {statement.bind(end)} "
        f"ORDER BY id LIMIT {statement.bind(limit)} {lock}"
    )
    return [row["id"] for row in rows]


async def _remove_rows(tx: Tx, ids: Sequence[int]) -> dict[str, int]:
    await _keep_failures(tx, ids)
    return {
        "feedback_events": await _run(tx, "DELETE FROM feedback_event WHERE {ids}", "request_id", ids),
        "features": await _run(tx, "DELETE FROM request_feature WHERE {ids}", "request_id", ids),
        "observations": await _run(tx, "DELETE FROM ab_test_observation WHERE {ids}", "request_id", ids),
        "external_ids": await _run(tx, "DELETE FROM external_id WHERE {ids}", "request_id", ids),
        "rows": await _run(tx, "DELETE FROM ml_request WHERE {ids}", "id", ids),
    }


async def _remove_inputs(tx: Tx, ids: Sequence[int]) -> dict[str, int]:
    subjects = "UPDATE ab_test_observation SET subject = NULL WHERE {ids} AND subject IS NOT NULL"
    inputs = (
        "UPDATE ml_request SET subject = NULL, input = '', message = NULL, "
        "full_response = CASE WHEN outcome = 'OK' THEN full_response ELSE '{{}}' END "
        "WHERE {ids} AND (input <> '' OR subject IS NOT NULL OR message IS NOT NULL)"
    )
    features = await _run(tx, "DELETE FROM request_feature WHERE {ids}", "request_id", ids)
    await _run(tx, subjects, "request_id", ids)
    return {"features": features, "inputs": await _run(tx, inputs, "id", ids)}


async def _keep_failures(tx: Tx, ids: Sequence[int]) -> None:
    """Counts the failed requests with a ground truth among those that go: no daily table tells them apart."""
    statement = Statement(tx)
    epoch = request_ids.EPOCH.date().isoformat()
    number = f"id / {IDS_PER_DAY}"
    day = (
        f"DATE '{epoch}' + CAST({number} AS INT)"
        if statement.postgres
        else f"date('{epoch}', '+' || ({number}) || ' days')"
    )
    sums = {
        "requests": "1",
        "scored": "CASE WHEN correct IS NULL THEN 0 ELSE 1 END",
        "errors": "CASE WHEN outcome = 'ERROR' AND coalesce(fault, '') <> 'caller' THEN 1 ELSE 0 END",
        "caller_errors": "CASE WHEN outcome = 'ERROR' AND fault = 'caller' THEN 1 ELSE 0 END",
        "unscored": f"CASE WHEN {UNSCORED} THEN 1 ELSE 0 END",
        "never_scored": NEVER_SCORED,
    }
    lines = (
        f"SELECT {day} AS day, endpoint_id, coalesce(algorithm_id, 0) AS algorithm_id, coalesce(arm, '') AS arm, "
        "CASE WHEN correct IS NULL THEN '' ELSE feedback END AS feedback, "
        f"{', '.join(f'{sql} AS {name}' for name, sql in sums.items())} FROM ml_request "
        f"WHERE {statement.among('id', ids)} AND feedback_at IS NOT NULL AND label IS NULL AND value IS NULL"
    )
    key = "day, endpoint_id, algorithm_id, arm, feedback"
    await statement.run(
        f"INSERT INTO removed_failure ({key}, {', '.join(FAILURE_COUNTS)}) "
        f"SELECT {key}, {', '.join(f'sum({name})' for name in FAILURE_COUNTS)} FROM ({lines}) lines GROUP BY {key} "
        "ON CONFLICT (endpoint_id, day, algorithm_id, arm, feedback) DO UPDATE SET "
        + ", ".join(f"{name} = removed_failure.{name} + excluded.{name}" for name in FAILURE_COUNTS)
    )


async def _advance(  # noqa: PLR0917  of what, what, how far, how many, and when
    tx: Tx, endpoint_id: int, stage: Stage, position: int, counts: dict[str, int], now: datetime
) -> Retention:
    statement = Statement(tx)
    changes = [f"{stage}_from = {statement.bind(position)}"]
    changes += [f"{name}_removed = {name}_removed + {statement.bind(counts[name])}" for name in REMOVED]
    if any(counts.values()):
        changes.append(f"{stage}_removed_at = {statement.bind(now)}")
    rows = await statement.rows(
        f"UPDATE retention SET {', '.join(changes)} WHERE endpoint_id = {statement.bind(endpoint_id)} RETURNING *"
    )
    return retention_from(rows[0])


async def _run(tx: Tx, sql: str, column: str, ids: Sequence[int]) -> int:
    statement = Statement(tx)
    return await statement.run(sql.format(ids=statement.among(column, ids)))


async def first_request(client: Client, endpoint_id: int, start: int, end: int) -> int | None:
    """The oldest request of an endpoint between two ids, the second one excluded: an index finds it."""
    statement = Statement(client)
    found: int | None = await statement.value(
        f"SELECT min(id) AS id FROM ml_request WHERE endpoint_id = {statement.bind(endpoint_id)} "
        f"AND id >= {statement.bind(start)} AND id < {statement.bind(end)}"
    )
    return found


async def count_requests(client: Client, endpoint_id: int, start: int, end: int) -> int:
    """How many requests of an endpoint there are between two ids, the second one excluded."""
    statement = Statement(client)
    return int(
        await statement.value(
            f"SELECT count(*) AS n FROM ml_request WHERE endpoint_id = {statement.bind(endpoint_id)} "
            f"AND id >= {statement.bind(start)} AND id < {statement.bind(end)}"
        )
    )


async def first_held_by_a_key(
    client: Client, endpoint_id: int, end: int, now: datetime
) -> tuple[int, datetime] | None:
    """The oldest request below `end` whose idempotency key still holds, and until when; None where there is none.

    Reads the keys that hold: those of a day.
    """
    statement = Statement(client)
    first = (
        "CAST(split_part(btrim(request_ids, '[]'), ',', 1) AS bigint)"
        if statement.postgres
        else "CAST(substr(request_ids, 2) AS INTEGER)"
    )
    keys = f"SELECT {first} AS first_id, expires_at FROM idempotency_key WHERE expires_at > {statement.bind(now)}"
    rows = await statement.rows(
        f"SELECT k.first_id, k.expires_at FROM ({keys}) k WHERE k.first_id < {statement.bind(end)} AND EXISTS "
        f"(SELECT 1 FROM ml_request r WHERE r.id = k.first_id AND r.endpoint_id = {statement.bind(endpoint_id)}) "
        "ORDER BY k.first_id LIMIT 1"
    )
    return (rows[0]["first_id"], moment(rows[0]["expires_at"])) if rows else None


async def first_of_test(client: Client, ab_test_id: int, end: int) -> int | None:
    """The oldest request of a test below `end`: an index finds it."""
    statement = Statement(client)
    found: int | None = await statement.value(
        f"SELECT min(id) AS id FROM ml_request WHERE ab_test_id = {statement.bind(ab_test_id)} "
        f"AND id < {statement.bind(end)}"
    )
    return found
