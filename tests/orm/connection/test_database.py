from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest
from tortoise.exceptions import OperationalError

from domain.callers import asked_by
from domain.errors import DatabaseUnavailable, Overloaded, QueryTimeout
from orm.connection import database as module
from orm.connection.catalog_revision import catalog_revision
from orm.connection.client import Client
from orm.connection.database import Database
from orm.connection.sqlite.readers import YIELDING, SqliteReader

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgres": "SELECT pg_sleep(600)",
}
SECONDS = 0.3
PATIENCE = 20.0


@pytest.fixture
async def hasty(database_url: str) -> AsyncIterator[Database]:
    """A database with two readers whose statements may take 0.3 seconds."""
    opened = await Database.open(database_url, readers=2, read_timeout=SECONDS)
    yield opened
    await opened.close()


async def revision(database: Database) -> int:
    async with database.reader() as reader:
        return await catalog_revision(reader)


async def endless(database: Database) -> None:
    async with database.reader() as reader:
        await reader.execute_query_dict(ENDLESS[database.dialect])


async def test_a_block_that_ends_is_committed_and_one_that_raises_is_not(database: Database) -> None:
    async with database.transaction() as tx:
        await database.bump_catalog(tx)

    async def fail() -> None:
        async with database.transaction() as tx:
            await database.bump_catalog(tx)
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await revision(database) == 1


async def test_a_reader_sees_nothing_before_it_is_committed(database: Database) -> None:
    async with database.transaction() as tx:
        await database.bump_catalog(tx)
        assert (await catalog_revision(tx), await revision(database)) == (1, 0)
    assert await revision(database) == 1


async def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseUnavailable, match="read-only"):
        async with database.reader() as reader:
            await reader.execute_query("UPDATE catalog_revision SET revision = 7")
    assert await revision(database) == 0


async def test_a_cancelled_transaction_leaves_nothing_and_blocks_nobody(database: Database) -> None:
    inside = asyncio.Event()

    async def linger() -> None:
        async with database.transaction() as tx:
            await database.bump_catalog(tx)
            inside.set()
            await asyncio.sleep(600)

    task = asyncio.create_task(linger())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(PATIENCE):
        async with database.transaction() as tx:
            await database.bump_catalog(tx)
    assert await revision(database) == 1


async def test_callers_cancelled_at_any_moment_never_leave_a_transaction_open(database: Database) -> None:
    async def bump() -> None:
        async with database.transaction() as tx:
            await database.bump_catalog(tx)

    for turns in range(30):
        tasks = [asyncio.create_task(bump()) for _ in range(3)]
        for _ in range(turns):
            await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    before = await revision(database)
    async with asyncio.timeout(PATIENCE):
        await bump()
    assert await revision(database) == before + 1


async def test_a_statement_that_takes_too_long_is_really_stopped(hasty: Database) -> None:
    started = time.monotonic()
    with pytest.raises(QueryTimeout, match="stopped because it took too long"):
        await endless(hasty)
    assert SECONDS <= time.monotonic() - started < PATIENCE
    # Stopped means that the connection works again at once: on SQLite its thread is free.
    for _ in range(4):
        assert await revision(hasty) == 0


async def test_one_slow_read_does_not_block_another_reader(database_url: str) -> None:
    database = await Database.open(database_url, readers=2, read_timeout=600)
    slow = asyncio.create_task(endless(database))
    try:
        async with asyncio.timeout(PATIENCE):
            for _ in range(20):
                assert await revision(database) == 0
        assert not slow.done()
    finally:
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
        await database.close()


async def test_a_cancelled_read_is_stopped_and_its_connection_is_free(database_url: str) -> None:
    database = await Database.open(database_url, readers=1, read_timeout=600)
    try:
        slow = asyncio.create_task(endless(database))
        await asyncio.sleep(0.2)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        async with asyncio.timeout(PATIENCE):
            assert await revision(database) == 0
    finally:
        await database.close()


class HeldUp:
    """A reader on SQLite whose thread does not get to what it is asked until it is let go; `began` counts."""

    def __init__(self, reader: SqliteReader) -> None:
        self.connection: Any = reader._connection
        self.began = 0
        self._go = threading.Event()

    async def hold(self) -> asyncio.Future[Any]:
        def count() -> None:
            self.began += 1

        await self.connection.create_function("began", 0, count)
        held: asyncio.Future[Any] = asyncio.ensure_future(self.connection._execute(self._go.wait))
        await asyncio.sleep(0)
        return held

    def let_go(self) -> None:
        self._go.set()


@pytest.fixture
async def brief(sqlite_url: str) -> AsyncIterator[Database]:
    """A database whose statements may take no time to speak of."""
    opened = await Database.open(sqlite_url, read_timeout=0.05)
    yield opened
    await opened.close()


async def test_a_statement_whose_caller_leaves_before_it_begins_never_runs(brief: Database) -> None:
    async with brief.reader() as reader:
        thread = HeldUp(cast(SqliteReader, reader))
        held = await thread.hold()
        asked = asyncio.create_task(reader.execute_query("SELECT began()"))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.wait([asked])
        thread.let_go()
        await held
        await reader.execute_query("SELECT 1")
    assert (asked.cancelled(), thread.began) == (True, 0)


async def test_a_statement_whose_time_is_over_before_it_begins_never_runs(brief: Database) -> None:
    async with brief.reader() as reader:
        thread = HeldUp(cast(SqliteReader, reader))
        held = await thread.hold()
        asyncio.get_running_loop().call_later(0.2, thread.let_go)
        with pytest.raises(OperationalError, match="interrupted"):
            await reader.execute_query("SELECT began()")
        await held
    assert thread.began == 0


async def test_a_read_waits_only_when_all_readers_are_busy(
    hasty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LONGEST_WAIT", 0.1)
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(hasty.reader())
        second = await stack.enter_async_context(hasty.reader())
        assert first is not second
        with pytest.raises(Overloaded, match=r"kept all 2 readers busy for 0\.1 seconds"):
            await revision(hasty)
        assert (hasty.callers_turns.busy, hasty.callers_turns.refused) == (2, 1)
    assert await revision(hasty) == 0


async def test_what_the_server_needs_never_waits_for_callers(
    hasty: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAIT_SECONDS", 0.1)
    async with AsyncExitStack() as stack:
        for _ in range(hasty.callers_turns.places):
            await stack.enter_async_context(hasty.reader())
        await hasty.ping()
        async with hasty.own_reader() as one, hasty.own_reader() as other:
            assert one is not other
            assert [await catalog_revision(one), await catalog_revision(other)] == [0, 0]
            with pytest.raises(DatabaseUnavailable, match="too busy"):
                await hasty.ping()
    assert (hasty.own_turns.busy, hasty.own_turns.refused) == (0, 1)


async def test_one_caller_leaves_readers_to_the_next(database: Database) -> None:
    async with AsyncExitStack() as stack:
        with asked_by("heavy"):
            for _ in range(module.SHARE):
                await stack.enter_async_context(database.reader())
            third = asyncio.create_task(revision(database))
        await asyncio.sleep(0)
        with asked_by("other"):
            assert await revision(database) == 0
        assert (third.done(), database.callers_turns.waiting) == (False, 1)
    assert await third == 0


async def test_heavy_reads_leave_readers_to_those_that_are_quick(database: Database) -> None:
    async def add_up() -> int:
        async with database.reader(heavy=True) as reader:
            return await catalog_revision(reader)

    async with AsyncExitStack() as stack:
        for number in range(module.HEAVY):
            with asked_by(f"analyst {number}"):
                await stack.enter_async_context(database.reader(heavy=True))
        with asked_by("analyst 3"):
            heavy = asyncio.create_task(add_up())
            await asyncio.sleep(0)
            assert await revision(database) == 0
        assert (heavy.done(), database.heavy_turns.waiting, database.callers_turns.waiting) == (False, 1, 0)
    assert await heavy == 0
    assert (database.heavy_turns.busy, database.callers_turns.busy) == (0, 0)


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux alone")
async def test_only_the_threads_of_callers_reads_leave_the_processor_to_others(
    migrated_sqlite_url: str,
) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    async def of(client: Client) -> int:
        found: int = await cast("Any", client)._connection._execute(niceness)
        return found - niceness()

    database = await Database.open(migrated_sqlite_url, migrate=False)
    try:
        async with database.reader() as callers, database.own_reader() as own, database.transaction() as tx:
            assert [await of(client) for client in (callers, own, tx)] == [YIELDING, 0, 0]
    finally:
        await database.close()


async def test_it_can_be_closed_and_opened_again(database_url: str) -> None:
    for expected in range(3):
        database = await Database.open(database_url)
        assert await revision(database) == expected
        async with database.transaction() as tx:
            await database.bump_catalog(tx)
        await database.close()


async def test_without_tables_the_error_names_the_command(empty_database_url: str) -> None:
    if empty_database_url.startswith("sqlite"):
        sqlite3.connect(empty_database_url.removeprefix("sqlite://")).close()
    with pytest.raises(DatabaseUnavailable, match="`arbiter migrate`"):
        await Database.open(empty_database_url, migrate=False)
    database = await Database.open(empty_database_url)
    assert await revision(database) == 0
    await database.close()


async def test_the_listener_hears_at_once_and_of_each_change(database: Database) -> None:
    heard: asyncio.Queue[int] = asyncio.Queue()
    database.listen(heard.put)
    async with asyncio.timeout(PATIENCE):
        assert await heard.get() == 0
        for expected in (1, 2):
            async with database.transaction() as tx:
                await database.bump_catalog(tx)
            assert await heard.get() == expected
    assert heard.empty()


async def test_a_listener_that_fails_is_called_again(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    calls: asyncio.Queue[int] = asyncio.Queue()

    async def fail_once(revision: int) -> None:
        calls.put_nowait(revision)
        if calls.qsize() == 1:
            raise ZeroDivisionError

    database.listen(fail_once)
    async with asyncio.timeout(PATIENCE):
        while calls.qsize() < 2:
            await asyncio.sleep(0.01)
    assert [calls.get_nowait(), calls.get_nowait()] == [0, 0]
    assert "it is tried again" in caplog.text


async def test_a_sqlite_transaction_holds_the_write_lock_from_its_beginning(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite://"), timeout=0, isolation_level=None)
    try:
        async with database.transaction():
            with pytest.raises(sqlite3.OperationalError, match="database is locked"):
                other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")
        other.execute("ROLLBACK")
    finally:
        other.close()
        await database.close()


async def test_sqlite_is_durable_by_its_pragmas(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    try:
        async with database.transaction() as tx:
            assert await _pragmas(tx, "journal_mode", "synchronous", "foreign_keys", "busy_timeout") == [
                "wal",
                2,
                1,
                5000,
            ]
        async with database.reader() as reader:
            assert await _pragmas(reader, "query_only") == [1]
    finally:
        await database.close()


async def _pragmas(client: Client, *names: str) -> list[object]:
    return [next(iter((await client.execute_query_dict(f"PRAGMA {name}"))[0].values())) for name in names]


async def test_transactions_of_one_process_are_served_in_the_order_they_came(sqlite_url: str) -> None:
    database = await Database.open(sqlite_url)
    served: list[int] = []

    async def take_turn(n: int) -> None:
        async with database.transaction():
            served.append(n)

    try:
        await asyncio.gather(*(take_turn(n) for n in range(20)))
        assert served == list(range(20))
    finally:
        await database.close()


async def test_foreign_keys_hold_on_both_databases(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        async with database.transaction() as tx:
            await tx.execute_query("INSERT INTO ml_algorithm_code (algorithm_id, code) VALUES (99, 'x')")
