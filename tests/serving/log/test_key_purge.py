from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from orm.connection.database import Database
from orm.queries.history import idempotency
from serving.log import key_purge
from tests.serving.world import EVERYBODY, Dice, command, row, services_on, small_registry

PURGE = "idempotency key purge"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def keys(database: Database) -> list[str]:
    async with database.reader() as reader:
        rows = await reader.execute_query_dict("SELECT key FROM idempotency_key ORDER BY key")
    return [row["key"] for row in rows]


@pytest.mark.parametrize("batch", [2, 1000])
async def test_expired_keys_go_once_an_hour_when_new_ones_come(
    database: Database, monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(key_purge, "BATCH", batch)
    time = [START]
    services = services_on(database, small_registry(), Dice(), clock=lambda: time[0])
    await services.start()
    seen = []
    for minutes, key in ((0, "a"), (30, "b"), (30, "c"), (23 * 60, "d"), (45, "e"), (16, None), (0, "f")):
        time[0] += timedelta(minutes=minutes)
        await services.predictor.predict(command(row(1), key=key))
        await asyncio.gather(*[task for task in asyncio.all_tasks() if task.get_name() == PURGE])
        seen.append("".join(await keys(database)))
    assert seen == [
        "a",
        "ab",
        "abc",
        "bcd",  # a day after a, and an hour after the last purge
        "bcde",  # b and c have expired, but no hour has passed
        "bcde",  # a call without a key starts nothing
        "def",
    ]
    await services.log.close()
    await services.catalog.close()


async def test_keys_that_are_left_are_those_that_live(database: Database) -> None:
    async with database.transaction() as tx:
        for number in range(5):
            added = await idempotency.add(
                tx,
                principal=EVERYBODY.name,
                key=f"k{number}",
                fingerprint="f",
                request_ids=[number],
                now=START,
                expires_at=START + timedelta(hours=5 - number),
            )
            assert added
        assert await idempotency.purge_expired(tx, START + timedelta(hours=3), limit=2) == 2
    assert await keys(database) == ["k0", "k1", "k2"]
    async with database.transaction() as tx:
        assert await idempotency.purge_expired(tx, START + timedelta(hours=3), limit=2) == 1
    assert await keys(database) == ["k0", "k1"]
