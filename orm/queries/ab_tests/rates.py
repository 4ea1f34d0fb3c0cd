"""How much comes in at an endpoint: requests, and ground truths about them."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.ab_tests.sample_size import RATE_OF, DailyRate
from domain.requests import request_ids
from orm.connection.client import Reader
from orm.connection.statement import Statement

_SHORTEST = timedelta(hours=1)
"""An endpoint that was first asked a minute ago is taken to have been asked so for an hour."""


async def daily_rate(reader: Reader, endpoint_id: int, now: datetime) -> DailyRate | None:
    """Requests and ground truths a day over the last week, or since the first request; None without any.

    In one statement, which reads the ids of a week's requests and the week's ground truths from their indexes.
    """
    since = now - RATE_OF
    statement = Statement(reader)
    first = statement.bind(request_ids.first_at(since))
    endpoint = statement.bind(endpoint_id)
    truths_since, truths_of = statement.bind(since), statement.bind(endpoint_id)
    (row,) = await statement.rows(
        "SELECT asked.n AS requests, asked.first AS first, told.n AS feedbacks FROM "
        f"(SELECT count(*) AS n, min(id) AS first FROM ml_request WHERE id >= {first} AND endpoint_id = {endpoint}) "
        f"asked, (SELECT count(*) AS n FROM ml_request WHERE feedback_at >= {truths_since} "
        f"AND endpoint_id = {truths_of}) told"
    )
    if not row["requests"]:
        return None
    measured = min(RATE_OF, max(_SHORTEST, now - request_ids.time_of(row["first"])))
    days = measured / timedelta(days=1)
    return DailyRate(row["requests"] / days, row["feedbacks"] / days)
