"""What a replay reads of requests, and into which ranges of ids the requests of an endpoint are divided."""

from __future__ import annotations

from typing import NamedTuple

from domain.history.filters import RequestFilter
from orm.connection.client import Reader
from orm.connection.statement import Statement
from orm.queries.history.request_filters import conditions_of
from orm.queries.history.requests import INPUT


class ReplayRow(NamedTuple):
    """The columns of a request that a replay needs, as the database has them."""

    id: int
    input: str
    subject: str | None
    outcome: str
    fault: str | None
    label: str | None
    value: float | None
    feedback: str | None


COLUMNS = ", ".join(INPUT if name == "input" else name for name in ReplayRow._fields)


async def page(reader: Reader, where: RequestFilter, *, lo: int, before: int, limit: int) -> list[ReplayRow]:
    """Up to `limit` requests from `lo` up to but not including `before`, newest first."""
    statement = Statement(reader)
    conditions = [
        *conditions_of(statement, where),
        f"id >= {statement.bind(lo)}",
        f"id < {statement.bind(before)}",
    ]
    rows = await statement.raw_rows(
        f"SELECT {COLUMNS} FROM ml_request WHERE {' AND '.join(conditions)} ORDER BY id DESC "
        f"LIMIT {statement.bind(limit)}"
    )
    return [ReplayRow(*row) for row in rows]


async def id_after(reader: Reader, endpoint_id: int, lo: int, hi: int, rows: int) -> int | None:
    """The id of the request that so many of an endpoint come before, from `lo` on; None where fewer are below `hi`."""
    statement = Statement(reader)
    found = await statement.rows(
        f"SELECT id FROM ml_request WHERE endpoint_id = {statement.bind(endpoint_id)} "
        f"AND id >= {statement.bind(lo)} AND id < {statement.bind(hi)} ORDER BY id LIMIT 1 "
        f"OFFSET {statement.bind(rows)}"
    )
    return found[0]["id"] if found else None


async def count_between(reader: Reader, endpoint_id: int, lo: int, hi: int) -> int:
    """How many requests of an endpoint have ids from `lo` up to but not including `hi`: for short ranges."""
    statement = Statement(reader)
    return int(
        await statement.value(
            f"SELECT count(*) AS n FROM ml_request WHERE endpoint_id = {statement.bind(endpoint_id)} "
            f"AND id >= {statement.bind(lo)} AND id < {statement.bind(hi)}"
        )
    )


async def newest_of(reader: Reader, endpoint_id: int) -> int:
    """The highest id of an endpoint's requests; 0 where it has none."""
    statement = Statement(reader)
    return int(
        await statement.value(
            "SELECT coalesce(max(id), 0) AS id FROM ml_request "
            f"WHERE endpoint_id = {statement.bind(endpoint_id)}"
        )
    )
