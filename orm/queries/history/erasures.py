"""Forgetting a subject: its requests lose what tells of a person and keep what is counted, some at a time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from orm.connection.client import Tx, is_postgres
from orm.connection.statement import Statement

IsTruth: TypeAlias = Callable[[int, str], bool]
"""Whether a text is a ground truth of the endpoint of this id that counts."""


def every_text(_endpoint_id: int, _text: str) -> bool:
    """What keeps every ground truth as it is."""
    return True


@dataclass(frozen=True, slots=True)
class RunningErasure:
    """A subject that is being forgotten: the token that stands for it, and the newest request that is erased."""

    id: int
    subject: str
    token: str
    last_id: int


async def begin(tx: Tx, subject: str, *, token: str, created_by: str, now: datetime) -> RunningErasure:
    """Notes that `subject` is to be forgotten; one that was interrupted goes on with the token that it had."""
    statement = Statement(tx)
    values = (subject, token, await _newest(tx, subject), 0, created_by, now)
    rows = await statement.rows(
        "INSERT INTO erasure (subject, token, last_id, requests, created_by, created_at) "
        f"VALUES ({', '.join(statement.bind(value) for value in values)}) "
        "ON CONFLICT (subject) DO UPDATE SET last_id = excluded.last_id RETURNING id, token, last_id"
    )
    return RunningErasure(rows[0]["id"], subject, rows[0]["token"], rows[0]["last_id"])


async def _newest(tx: Tx, subject: str) -> int:
    statement = Statement(tx)
    newest = f"SELECT max(id) AS id FROM ml_request WHERE subject = {statement.bind(subject)}"
    return await statement.value(newest) or 0


async def erase_some(tx: Tx, erasure: RunningErasure, limit: int, is_truth: IsTruth = every_text) -> int:
    """Erases the oldest requests of the subject that are left, at most `limit`; how many they were.

    Label, value, outcome, feedback and latency stay, and so do all counts and verdicts: in the tests the token
    takes the subject's place, so that as many subjects are told apart as before.
    """
    ids = await _oldest(tx, erasure, limit)
    if ids:
        async with overwriting(tx):
            await _erase(tx, erasure, ids, is_truth)
    return len(ids)


async def erase_one(  # noqa: PLR0917  which, under which name, by whom, when, and what of it stays
    tx: Tx, request_id: int | None, token: str, created_by: str, now: datetime, is_truth: IsTruth = every_text
) -> int:
    """Erases one request, if it is there, and notes who did it; how many they were."""
    statement = Statement(tx)
    values = (request_id or 0, 0, created_by, now, now)
    rows = await statement.rows(
        "INSERT INTO erasure (last_id, requests, created_by, created_at, finished_at) "
        f"VALUES ({', '.join(statement.bind(value) for value in values)}) RETURNING id"
    )
    statement = Statement(tx)
    lock = "FOR UPDATE" if statement.postgres else ""
    found = await statement.rows(
        f"SELECT id FROM ml_request WHERE id = {statement.bind(request_id or 0)} {lock}"
    )
    ids = [row["id"] for row in found]
    if ids:
        async with overwriting(tx):
            await _erase(tx, RunningErasure(rows[0]["id"], "", token, ids[0]), ids, is_truth)
    return len(ids)


async def _erase(tx: Tx, erasure: RunningErasure, ids: list[int], is_truth: IsTruth) -> None:
    await _erase_texts(tx, ids, is_truth)
    await _run_among(tx, "DELETE FROM request_feature WHERE {ids}", "request_id", ids)
    await _run_among(tx, "DELETE FROM external_id WHERE {ids}", "request_id", ids)
    statement = Statement(tx)
    token = statement.bind(erasure.token)
    await statement.run(
        f"UPDATE ab_test_observation SET subject = {token} "
        f"WHERE {statement.among('request_id', ids)} AND subject IS NOT NULL"
    )
    await _run_among(
        tx,
        "UPDATE ml_request SET subject = NULL, input = '', message = NULL, "
        "full_response = CASE WHEN outcome = 'OK' THEN full_response ELSE '{{}}' END WHERE {ids}",
        "id",
        ids,
    )
    statement = Statement(tx)
    await statement.run(
        f"UPDATE erasure SET requests = requests + {statement.bind(len(ids))} "
        f"WHERE id = {statement.bind(erasure.id)}"
    )


async def _erase_texts(tx: Tx, ids: list[int], is_truth: IsTruth) -> None:
    """Empties ground truths that count for nothing, since they may be any text, in requests and their history."""
    for table, column in (("ml_request", "id"), ("feedback_event", "request_id")):
        statement = Statement(tx)
        rows = await statement.rows(
            f"SELECT t.id, t.feedback, r.endpoint_id FROM {table} t JOIN ml_request r ON r.id = t.{column} "
            f"WHERE {statement.among(f't.{column}', ids)} AND t.feedback IS NOT NULL"
        )
        free = [row["id"] for row in rows if not is_truth(row["endpoint_id"], row["feedback"])]
        if free:
            await _run_among(tx, f"UPDATE {table} SET feedback = '' WHERE {{ids}}", "id", free)


@asynccontextmanager
async def overwriting(tx: Tx) -> AsyncIterator[None]:
    """SQLite leaves the bytes of what was deleted in the file's free space unless it is told otherwise."""
    if is_postgres(tx):
        yield
        return
    before = next(iter((await tx.execute_query_dict("PRAGMA secure_delete"))[0].values()))
    await tx.execute_query("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        # A roll-back does not undo it, and everything that this connection writes would take longer for ever.
        await tx.execute_query(f"PRAGMA secure_delete = {int(before)}")


async def _oldest(tx: Tx, erasure: RunningErasure, limit: int) -> list[int]:
    statement = Statement(tx)
    conditions = (
        f"subject = {statement.bind(erasure.subject)} AND id <= {statement.bind(erasure.last_id)} "
        f"ORDER BY id LIMIT {statement.bind(limit)}"
    )
    lock = "FOR UPDATE" if statement.postgres else ""
    return [row["id"] for row in await statement.rows(f"SELECT id FROM ml_request WHERE {conditions} {lock}")]


async def _run_among(tx: Tx, sql: str, column: str, ids: list[int]) -> None:
    statement = Statement(tx)
    await statement.run(sql.format(ids=statement.among(column, ids)))


async def drop_some_keys(tx: Tx, after: int, limit: int, naming: int | None = None) -> int | None:
    """Deletes those of the next `limit` idempotency keys whose requests were erased; where to go on, or None.

    A key holds a digest of the input, by which a guess at it could be checked. All requests of a key have the
    same subject, so that its first one tells; of external ids each has its own: there it is those `naming` one request.
    """
    statement = Statement(tx)
    window = (
        f"SELECT id FROM idempotency_key WHERE id > {statement.bind(after)} "
        f"ORDER BY id LIMIT {statement.bind(limit)}"
    )
    rows = await statement.rows(f"SELECT max(id) AS last, count(*) AS n FROM ({window}) chunk")
    last: int | None = rows[0]["last"]
    if last is None:
        return None
    statement = Statement(tx)
    first = (
        "CAST(split_part(btrim(request_ids, '[]'), ',', 1) AS bigint)"
        if statement.postgres
        else "CAST(substr(request_ids, 2) AS INTEGER)"
    )
    among = f"id > {statement.bind(after)} AND id <= {statement.bind(last)}"
    if naming is None:
        erased = f"EXISTS (SELECT 1 FROM ml_request r WHERE r.id = {first} AND r.input = '')"
    else:
        trimmed = "btrim" if statement.postgres else "trim"
        named = statement.bind(f"%,{naming},%")
        erased = f"',' || replace({trimmed}(request_ids, '[]'), ' ', '') || ',' LIKE {named}"
    await statement.run(f"DELETE FROM idempotency_key WHERE {among} AND {erased}")
    return last if rows[0]["n"] == limit else None


async def finish(tx: Tx, erasure: RunningErasure, now: datetime) -> int:
    """Forgets the name and the token as well; how many requests were erased. Finishing twice changes nothing."""
    statement = Statement(tx)
    await statement.run(
        f"UPDATE erasure SET subject = NULL, token = NULL, finished_at = {statement.bind(now)} "
        f"WHERE id = {statement.bind(erasure.id)} AND finished_at IS NULL"
    )
    statement = Statement(tx)
    return int(await statement.value(f"SELECT requests FROM erasure WHERE id = {statement.bind(erasure.id)}"))
