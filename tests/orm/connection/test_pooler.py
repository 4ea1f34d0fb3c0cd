"""Behind PgBouncer in transaction mode: time-outs that hold, changes that are followed, locks that are freed."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import pytest

from domain.errors import DatabaseUnavailable, InvalidSettings, Misconfigured, QueryTimeout
from domain.words import Durability
from orm.connection.catalog_revision import catalog_revision
from orm.connection.client import one_moment
from orm.connection.config import direct_location_of
from orm.connection.database import Database
from orm.connection.postgresql import migration_lock
from orm.connection.postgresql.connections import connect
from orm.connection.schema import migrate
from tests.pooler import pooler

pytestmark = pytest.mark.matrix
PATIENCE = 20.0


@dataclass(frozen=True)
class Ways:
    pooled: str
    direct: str


@pytest.fixture
def ways(postgres_url: str) -> Iterator[Ways]:
    with pooler(postgres_url) as url:
        yield Ways(url, postgres_url)


@pytest.fixture
async def database(ways: Ways) -> AsyncIterator[Database]:
    opened = await Database.open(ways.pooled, direct_url=ways.direct, read_timeout=0.5)
    yield opened
    await opened.close()


async def bump(database: Database) -> None:
    async with database.transaction() as tx:
        await database.bump_catalog(tx)


async def test_bounds_are_in_force_and_end_with_each_transaction(database: Database, ways: Ways) -> None:
    await database.require_in_force()
    with pytest.raises(QueryTimeout):
        async with database.reader() as reader:
            await reader.execute_query("SELECT pg_sleep(5)")
    connection = await connect(direct_location_of(ways.pooled, ways.direct))
    try:
        assert await connection.fetchval("SHOW statement_timeout") == "0"
    finally:
        await connection.close()


async def test_a_relaxed_commit_does_not_wait_for_the_disk(ways: Ways) -> None:
    database = await Database.open(ways.pooled, direct_url=ways.direct, durability=Durability.RELAXED)
    try:
        async with database.transaction() as tx:
            (row,) = await tx.execute_query_dict("SHOW synchronous_commit")
        assert row["synchronous_commit"] == "off"
    finally:
        await database.close()


async def test_a_reader_writes_nothing_and_sees_one_moment(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        async with database.reader() as reader:
            await reader.execute_query("UPDATE catalog_revision SET revision = 7")
    async with database.reader() as reader, one_moment(reader):
        before = await catalog_revision(reader)
        await bump(database)
        assert await catalog_revision(reader) == before
    assert await database.read(catalog_revision) == before + 1


async def test_more_callers_than_connections_meet_no_error(ways: Ways) -> None:
    """Two processes' worth of statements, prepared under the same names as asyncpg would count them."""
    with pooler(ways.direct, connections=2) as url:
        database = await Database.open(url, direct_url=ways.direct)
        try:

            async def both(number: int) -> None:
                await bump(database)
                async with database.own_reader() as reader:
                    found = await reader.execute_query_dict(
                        f"SELECT {number} AS n, revision FROM catalog_revision"
                    )
                assert found[0]["n"] == number

            await asyncio.gather(*[both(number) for number in range(300)])
            assert await database.read(catalog_revision) == 300
        finally:
            await database.close()


async def test_a_change_is_heard_over_the_direct_way(database: Database) -> None:
    heard: asyncio.Queue[int] = asyncio.Queue()
    database.listen(heard.put)
    assert await database.is_heard()
    async with asyncio.timeout(PATIENCE):
        assert await heard.get() == 0
        await bump(database)
        assert await heard.get() == 1


async def test_where_listening_is_lost_a_change_is_seen_by_asking(ways: Ways) -> None:
    """The pooler is named twice: there is no direct way."""
    database = await Database.open(ways.pooled, direct_url=ways.pooled)
    try:
        assert not await database.is_heard()
        heard: asyncio.Queue[int] = asyncio.Queue()
        database.listen(heard.put)
        async with asyncio.timeout(PATIENCE):
            assert await heard.get() == 0
            since = time.monotonic()
            await bump(database)
            assert await heard.get() == 1
        assert time.monotonic() - since < 2
    finally:
        await database.close()


@pytest.mark.parametrize("way", ["direct", "pooled"])
async def test_migrations_go_the_direct_way_or_through_the_pooler(empty_postgres_url: str, way: str) -> None:
    with pooler(empty_postgres_url) as url:
        applied = await migrate(url, direct_url={"direct": empty_postgres_url, "pooled": url}[way])
    assert len(applied) > 5
    assert await migrate(empty_postgres_url) == []


STARTS = """
import asyncio, sys
from orm.connection.config import location_of
from orm.connection.postgresql.migration_lock import migration_lock
async def main():
    async with migration_lock(location_of(sys.argv[1]), pooled=True):
        print("held", flush=True)
        await asyncio.sleep(60)
asyncio.run(main())
"""


async def test_a_start_that_is_killed_leaves_no_lock_in_the_pooler(
    ways: Ways, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration_lock, "PATIENCE_SECONDS", 0.1)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", STARTS, ways.pooled, stdout=PIPE)
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    with caplog.at_level(logging.WARNING, "orm.connection.postgresql.migration_lock"):
        waiting = asyncio.create_task(migrate(ways.direct))
        async with asyncio.timeout(PATIENCE):
            while not caplog.messages:
                await asyncio.sleep(0.02)
    assert not waiting.done()
    assert caplog.messages[0].startswith(
        "Waiting for another start that migrates the database: 'arbiter' from "
    )
    process.kill()
    await process.wait()
    async with asyncio.timeout(PATIENCE):
        assert await waiting == []


async def test_a_pooler_that_refuses_time_outs_is_named_with_its_cure(ways: Ways) -> None:
    with pytest.raises(
        DatabaseUnavailable, match="let ARBITER_DATABASE_URL name it, and ARBITER_DIRECT_DATABASE_URL"
    ):
        await Database.open(ways.pooled)


async def test_a_pooler_that_swallows_time_outs_is_refused(postgres_url: str) -> None:
    with pooler(postgres_url, ignoring=True) as url:
        with pytest.raises(
            Misconfigured, match="name the PostgreSQL server itself in ARBITER_DIRECT_DATABASE_URL"
        ):
            await Database.open(url)
        with pytest.raises(
            Misconfigured, match="name the PostgreSQL server itself in ARBITER_DIRECT_DATABASE_URL"
        ):
            await Database.open(postgres_url, direct_url=url)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"pool_mode": "statement"},
            "transaction blocks not allowed in statement pooling mode); let the pooler have pool_mode = transaction.",
        ),
        (
            {"max_client_conn": "1"},
            "The pooler of the database takes no more connections (no more connections allowed (max_client_conn)); "
            "raise max_client_conn of the pooler, or start fewer processes.",
        ),
    ],
)
async def test_a_pooler_with_a_wrong_setting_is_told_which_one(
    postgres_url: str, settings: dict[str, str], message: str
) -> None:
    with pooler(postgres_url, **settings) as url, pytest.raises(DatabaseUnavailable) as refused:
        await Database.open(url, direct_url=postgres_url)
    assert message in refused.value.message


async def test_two_ways_to_two_databases_are_refused(ways: Ways, empty_postgres_url: str) -> None:
    await migrate(empty_postgres_url)
    with pytest.raises(Misconfigured, match="both must lead to the same one"):
        await Database.open(ways.pooled, direct_url=empty_postgres_url)


@pytest.mark.parametrize("url", ["sqlite://a.db", "mysql://x", "nothing"])
async def test_the_direct_way_must_lead_to_postgres(ways: Ways, url: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^ARBITER_DIRECT_DATABASE_URL "):
        await Database.open(ways.pooled, direct_url=url)
