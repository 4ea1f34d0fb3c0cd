from __future__ import annotations

import asyncio

from orm.connection.client import Client
from orm.connection.database import Database
from orm.queries.catalog import index_runs
from tests.orm.rows import NOW, insert, new_request, request_id, seed_into

WAITING = "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


async def waits(client: Client) -> bool:
    return bool((await client.execute_query_dict(WAITING))[0]["n"])


async def test_indexing_and_others_that_lock_the_same_requests_wait_for_each_other(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    try:
        seed = await seed_into(database)
        await insert(database, [new_request(seed, n) for n in range(4)])
        async with database.transaction() as tx:
            await index_runs.begin(tx, seed.endpoint.id, "age", NOW)

        async def indexed() -> list[int]:
            async with database.transaction() as tx:
                _, rows = await index_runs.next_rows(tx, seed.endpoint.id, "age", 3)
                return [row.id for row in rows]

        async with database.transaction() as other:
            lock = "SELECT id FROM ml_request WHERE id = $1 FOR UPDATE"
            await other.execute_query(lock, [request_id(1)])
            indexing = asyncio.create_task(indexed())
            async with database.reader() as reader:
                while not await waits(reader):
                    await asyncio.sleep(0.01)
            # It waits for the oldest, and has none of the younger ones meanwhile.
            await other.execute_query(f"{lock} NOWAIT", [request_id(3)])
        assert await indexing == [request_id(3), request_id(2), request_id(1)]
    finally:
        await database.close()
