"""What a tail of the request log reads: the marks of the writers, and ids that it has not seen."""

from __future__ import annotations

from collections.abc import Mapping

from orm.connection.client import Reader
from orm.connection.statement import Statement

BUCKET_BITS = 22
"""Ids that agree above these bits are of the same second, nearly: a bucket holds 1,024 milliseconds."""


async def high_water_marks(reader: Reader) -> dict[int, int]:
    """By writer number: the millisecond (since the epoch of ids) above which its holder makes no id for now."""
    return {
        row["id"]: row["high_water"]
        for row in await Statement(reader).rows("SELECT id, high_water FROM writer")
    }


async def ids_beyond(reader: Reader, low: int, seen: Mapping[int, int], limit: int) -> list[int]:
    """Up to `limit` ids from `low` on, ascending: of each writer in `seen` only those beyond the one named there."""
    statement = Statement(reader)
    start = f"id >= {_whole(statement, low)}"
    if not seen:
        condition = start
    else:
        arms = " ".join(
            f"WHEN {_whole(statement, writer)} THEN {_whole(statement, id_)}" for writer, id_ in seen.items()
        )
        condition = f"{start} AND id > CASE (id >> 4) & 255 {arms} ELSE 0 END"
    rows = await statement.rows(
        f"SELECT id FROM ml_request WHERE {condition} ORDER BY id LIMIT {statement.bind(limit)}"
    )
    return [row["id"] for row in rows]


async def counts_by_bucket(reader: Reader, low: int) -> dict[int, int]:
    """How many ids from `low` on there are in each bucket that has some."""
    statement = Statement(reader)
    rows = await statement.rows(
        f"SELECT id >> {BUCKET_BITS} AS bucket, count(*) AS n FROM ml_request "
        f"WHERE id >= {_whole(statement, low)} GROUP BY id >> {BUCKET_BITS}"
    )
    return {row["bucket"]: row["n"] for row in rows}


async def ids_by_bucket(reader: Reader, low: int, high: int) -> dict[int, str]:
    """The ids in `low..high` (both included) by bucket, each bucket's as one text with commas, in no order.

    A row for each id would hold the event loop for a second where a bucket holds thousands.
    """
    statement = Statement(reader)
    joined = "string_agg(id::text, ',')" if statement.postgres else "group_concat(id)"
    rows = await statement.rows(
        f"SELECT id >> {BUCKET_BITS} AS bucket, {joined} AS ids FROM ml_request "
        f"WHERE id BETWEEN {_whole(statement, low)} AND {_whole(statement, high)} GROUP BY id >> {BUCKET_BITS}"
    )
    return {row["bucket"]: row["ids"] for row in rows}


def _whole(statement: Statement, number: int) -> str:
    """A parameter whose type PostgreSQL need not guess."""
    return f"CAST({statement.bind(number)} AS BIGINT)"
