"""Leases of writer numbers: two processes never make the same request id, whatever their clocks do.

A number's high-water mark is stored before the milliseconds up to it are used, and never falls below what was
used: whoever takes the number over begins above it.
"""

from __future__ import annotations

from typing import NamedTuple

from domain.errors import DatabaseUnavailable
from domain.requests.request_ids import WRITERS
from orm.connection.client import Reader, Tx, is_postgres
from orm.connection.statement import Statement

ALL_HELD = (
    f"All {WRITERS} writer numbers are held; stop some processes, or wait until the lease of one that ended without "
    "returning its number runs out."
)


class Lease(NamedTuple):
    """A writer number, and the milliseconds (since the epoch of ids) that its holder may use: `first..last`."""

    writer: int
    first: int
    last: int


async def require_free(reader: Reader, now_ms: int) -> None:
    """Raises DatabaseUnavailable when all 256 numbers are held now."""
    statement = Statement(reader)
    held = await statement.value(f"SELECT count(*) FROM writer WHERE expires_at > {statement.bind(now_ms)}")
    if held >= WRITERS:
        raise DatabaseUnavailable(ALL_HELD)


async def claim(tx: Tx, token: str, now_ms: int, reserve_ms: int, lease_ms: int) -> Lease:
    """Takes the number with the lowest high-water mark among those that nobody holds, for `lease_ms` from now.

    The lease begins now, or above what was ever used of the number; its mark lies `reserve_ms` further.
    Raises DatabaseUnavailable when all 256 numbers are held.
    """
    if is_postgres(tx):
        # A number never used has no row to lock; other transactions may still read.
        await tx.execute_query("LOCK TABLE writer IN SHARE ROW EXCLUSIVE MODE")
    rows = await tx.execute_query_dict("SELECT id, high_water, expires_at FROM writer")
    held = {row["id"] for row in rows if row["expires_at"] > now_ms}
    marks = {row["id"]: row["high_water"] for row in rows}
    free = [writer for writer in range(WRITERS) if writer not in held]
    if not free:
        raise DatabaseUnavailable(ALL_HELD)
    writer = min(free, key=lambda number: (marks.get(number, -1), number))
    first = max(now_ms, marks.get(writer, -1) + 1)
    lease = Lease(writer, first, first + reserve_ms - 1)
    await _store(tx, lease, token, now_ms + lease_ms)
    return lease


async def extend(tx: Tx, writer: int, token: str, new_high_water: int, expires: int) -> bool:
    """Raises the mark to `new_high_water` and the lease to `expires` (ms); False when the lease was lost."""
    statement = Statement(tx)
    mark = statement.bind(new_high_water)
    sql = (
        f"UPDATE writer SET high_water = {mark}, expires_at = {statement.bind(expires)} "
        f"WHERE id = {statement.bind(writer)} AND token = {statement.bind(token)} "
        f"AND high_water <= {statement.bind(new_high_water)}"
    )
    return await statement.run(sql) == 1


async def release(tx: Tx, writer: int, token: str, high_water: int) -> None:
    """Returns the number: `high_water` is the last millisecond really used. Does nothing when the lease was lost."""
    statement = Statement(tx)
    await statement.run(
        f"UPDATE writer SET high_water = {statement.bind(high_water)}, expires_at = 0 "
        f"WHERE id = {statement.bind(writer)} AND token = {statement.bind(token)}"
    )


async def _store(tx: Tx, lease: Lease, token: str, expires_at: int) -> None:
    statement = Statement(tx)
    marks = ", ".join(statement.bind(value) for value in (lease.writer, token, lease.last, expires_at))
    await statement.run(
        f"INSERT INTO writer (id, token, high_water, expires_at) VALUES ({marks}) ON CONFLICT (id) DO UPDATE SET "
        "token = excluded.token, high_water = excluded.high_water, expires_at = excluded.expires_at"
    )
