"""Idempotency keys: the command a caller named, and the requests it made."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orm.connection.client import Client, Tx
from orm.connection.statement import Statement


@dataclass(frozen=True, slots=True)
class IdempotencyRecord:
    """What was done under a key: the fingerprint of the command, and the ids of its requests in row order."""

    fingerprint: str
    request_ids: tuple[int, ...]


async def lookup(client: Client, principal: str, key: str, now: datetime) -> IdempotencyRecord | None:
    """What `principal` did under `key`, unless never, or so long ago that it has expired."""
    statement = Statement(client)
    conditions = (
        f"principal = {statement.bind(principal)} AND key = {statement.bind(key)} "
        f"AND expires_at > {statement.bind(now)}"
    )
    rows = await statement.rows(f"SELECT fingerprint, request_ids FROM idempotency_key WHERE {conditions}")
    if not rows:
        return None
    return IdempotencyRecord(rows[0]["fingerprint"], tuple(json.loads(rows[0]["request_ids"])))


async def add(
    tx: Tx,
    *,
    principal: str,
    key: str,
    fingerprint: str,
    request_ids: Sequence[int],
    now: datetime,
    expires_at: datetime,
) -> bool:
    """Remembers a command; False when the key is taken, so that nothing of this one may be stored.

    A key that another transaction is adding is waited for. An expired one is taken over.
    """
    statement = Statement(tx)
    values = (principal, key, fingerprint, json.dumps(list(request_ids)), expires_at)
    marks = ", ".join(statement.bind(value) for value in values)
    rows = await statement.rows(
        f"INSERT INTO idempotency_key (principal, key, fingerprint, request_ids, expires_at) VALUES ({marks}) "
        "ON CONFLICT (principal, key) DO UPDATE SET fingerprint = excluded.fingerprint, "
        "request_ids = excluded.request_ids, expires_at = excluded.expires_at "
        f"WHERE idempotency_key.expires_at <= {statement.bind(now)} RETURNING id"
    )
    return bool(rows)


async def purge_expired(tx: Tx, now: datetime, limit: int | None = None) -> int:
    """Forgets the keys that have expired, at most `limit` of them, and returns how many.

    Keys that another transaction is purging or taking over are left to it.
    """
    statement = Statement(tx)
    expired = (
        f"SELECT id FROM idempotency_key WHERE expires_at <= {statement.bind(now)} ORDER BY expires_at, id"
    )
    if limit is not None:
        expired += f" LIMIT {statement.bind(limit)}"
    if statement.postgres:
        expired += " FOR UPDATE SKIP LOCKED"
    return await statement.run(f"DELETE FROM idempotency_key WHERE id IN ({expired})")
