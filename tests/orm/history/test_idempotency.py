from __future__ import annotations

import asyncio
from datetime import timedelta

from orm.connection.database import Database
from orm.queries.history import idempotency
from orm.queries.history.idempotency import IdempotencyRecord
from tests.orm.rows import NOW

HOUR = timedelta(hours=1)


async def add(
    database: Database, key: str, *ids: int, fingerprint: str = "f", after: timedelta = timedelta()
) -> bool:
    async with database.transaction() as tx:
        return await idempotency.add(
            tx,
            principal="ann",
            key=key,
            fingerprint=fingerprint,
            request_ids=ids,
            now=NOW + after,
            expires_at=NOW + after + HOUR,
        )


async def test_the_first_command_under_a_key_is_remembered(database: Database) -> None:
    assert await add(database, "k", 3, 1, 2**53 - 1) is True
    assert await add(database, "k", 9, fingerprint="other") is False
    async with database.reader() as reader:
        assert await idempotency.lookup(reader, "ann", "k", NOW) == IdempotencyRecord("f", (3, 1, 2**53 - 1))
        assert await idempotency.lookup(reader, "ben", "k", NOW) is None
        assert await idempotency.lookup(reader, "ann", "K", NOW) is None


async def test_an_expired_key_is_free_again(database: Database) -> None:
    await add(database, "k", 1)
    async with database.reader() as reader:
        assert await idempotency.lookup(reader, "ann", "k", NOW + HOUR) is None
    assert await add(database, "k", 2, after=HOUR) is True
    async with database.reader() as reader:
        assert await idempotency.lookup(reader, "ann", "k", NOW + HOUR) == IdempotencyRecord("f", (2,))


async def test_only_expired_keys_are_purged(database: Database) -> None:
    await add(database, "old", 1)
    await add(database, "new", 2, after=HOUR)
    async with database.transaction() as tx:
        assert await idempotency.purge_expired(tx, NOW + HOUR) == 1
        assert await idempotency.lookup(tx, "ann", "old", NOW) is None
        assert await idempotency.lookup(tx, "ann", "new", NOW) == IdempotencyRecord("f", (2,))


async def test_of_many_callers_with_one_key_exactly_one_wins(database: Database) -> None:
    won = await asyncio.gather(*(add(database, "k", n) for n in range(20)))
    assert sorted(won) == [False] * 19 + [True]
    async with database.reader() as reader:
        assert await idempotency.lookup(reader, "ann", "k", NOW) == IdempotencyRecord("f", (won.index(True),))
