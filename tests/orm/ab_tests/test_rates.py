from __future__ import annotations

from datetime import timedelta

import pytest

from domain.ab_tests.sample_size import DailyRate
from domain.requests import request_ids
from domain.requests.feedback import FeedbackUpdate
from orm.connection.database import Database
from orm.queries.ab_tests import rates
from orm.queries.history import requests
from tests.orm.rows import NOW, Seed, insert, new_request

DAY = 24 * 3600 * 1000
"""In milliseconds."""


async def told(database: Database, ids: list[int], days: float) -> None:
    """Ground truths that became known so many days after `NOW`."""
    moment = NOW + timedelta(days=days)
    async with database.transaction() as tx:
        await requests.store_feedback(tx, [FeedbackUpdate(id_, ">50K", moment, None, None) for id_ in ids])


@pytest.mark.parametrize(
    ("ages", "rate"),
    [
        pytest.param([10.0, 8.0], None, id="nothing in the last week"),
        pytest.param([10.0, *[6.0] * 14], DailyRate(14 / 6, 0.0), id="since the first one of the week"),
        pytest.param([0.0] * 5, DailyRate(5 * 24.0, 0.0), id="in an hour at least"),
    ],
)
async def test_requests_a_day_are_those_of_the_last_week(
    database: Database, seed: Seed, ages: list[float], rate: DailyRate | None
) -> None:
    now = NOW + timedelta(days=10)
    await insert(
        database,
        [
            new_request(
                seed, int((10 - age) * DAY), id=request_ids.first_at(now - timedelta(days=age)) + number
            )
            for number, age in enumerate(ages)
        ],
    )
    async with database.reader() as reader:
        found = await rates.daily_rate(reader, seed.endpoint.id, now)
        assert found == rate if rate is None else found == pytest.approx(rate)
        assert await rates.daily_rate(reader, seed.endpoint.id + 1, now) is None
