from __future__ import annotations

import asyncio

import pytest

from domain.callers import Viewer
from domain.errors import Overloaded
from domain.requests.new_request import NewRequest
from domain.words import Traffic
from orm.connection.database import Database
from orm.queries.history import requests as request_queries
from serving.services import Services
from tests.serving.world import (
    AT_TEN,
    AT_ZERO,
    EVERYBODY,
    Dice,
    command,
    row,
    services_on,
    small_registry,
)


def new(endpoint_id: int = 1) -> NewRequest:
    return NewRequest(endpoint_id=endpoint_id, input="{}", full_response="{}", latency=0.0)


async def stored_ids(services: Services) -> list[int]:
    async with services.database.reader() as reader:
        viewer = Viewer(EVERYBODY)
        return sorted(r.id for r in await request_queries.page_requests(reader, viewer, limit=1000))


async def test_row_that_the_database_refuses_fails_alone(services: Services) -> None:
    unknown_endpoint = 999
    calls = [services.log.append([new(unknown_endpoint if n in (3, 17) else 1)]) for n in range(20)]
    found = await asyncio.gather(*calls, return_exceptions=True)
    failed = [n for n, result in enumerate(found) if isinstance(result, BaseException)]
    assert failed == [3, 17]
    kept = [result[0].id for result in found if isinstance(result, list)]
    assert kept == sorted(set(kept))
    assert await stored_ids(services) == kept


async def test_cancelled_caller_does_not_hurt_its_batch_mates(services: Services) -> None:
    calls = [asyncio.create_task(services.log.append([new()])) for _ in range(10)]
    await asyncio.sleep(0)
    calls[4].cancel()
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert [n for n, result in enumerate(found) if isinstance(result, asyncio.CancelledError)] == [4]
    assert len(await stored_ids(services)) == 10


async def test_full_queue_refuses_at_once_and_stores_what_it_took(database_url: str, dice: Dice) -> None:
    services = services_on(await Database.open(database_url), small_registry(), dice, queue_rows=5)
    await services.start()
    calls = [asyncio.create_task(services.log.append([new()])) for _ in range(9)]
    found = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(result, Overloaded) for result in found] == [False] * 5 + [True] * 4
    assert len(await stored_ids(services)) == 5
    await services.stop()


async def test_closing_stores_what_waits_and_refuses_what_comes_later(services: Services) -> None:
    calls = [asyncio.create_task(services.log.append([new()])) for _ in range(50)]
    await asyncio.sleep(0)
    await services.log.close()
    kept = [rows[0].id for rows in await asyncio.gather(*calls)]
    assert await stored_ids(services) == sorted(kept)
    with pytest.raises(Overloaded, match="shutting down"):
        await services.log.append([new()])


async def test_row_of_a_test_that_has_ended_meanwhile_is_stored_without_it(services: Services) -> None:
    test = await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    (during,) = await services.predictor.predict(command(row(1)))
    late = NewRequest(
        endpoint_id=1,
        algorithm_id=AT_ZERO,
        input="{}",
        full_response="{}",
        latency=0.0,
        ab_test_id=test.id,
        epoch_id=1,
        drawn_arm=during.request.arm,
        arm=during.request.arm,
        serving_probability=0.5,
    )
    await services.ab_tests.cancel(test.id, "me", "enough")
    (stored,) = await services.log.append([late])
    assert during.request.ab_test_id == test.id
    assert (stored.ab_test_id, stored.arm, stored.epoch_id) == (None, None, None)
    assert [arm.served for arm in await services.ab_tests.figures(test.id)] == [1, 0]
