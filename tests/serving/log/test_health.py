"""Whether predictions can be stored, as the request log's health tells it, on both databases."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from domain.errors import DatabaseUnavailable
from orm.connection import write_trial
from orm.connection.client import Tx
from orm.connection.database import Database
from orm.connection.sqlite import engine
from serving.log import health as log_health
from serving.log.health import LogHealth
from serving.services import Services
from tests.conftest import Statements
from tests.serving.world import Dice, command, row, services_on, small_registry

PATIENCE = 30.0
STARTED = 1000.0
TABLES = ("writer", "ml_request", "daily_summary")
TRIAL = ["INSERT", "DELETE", "UPDATE", "UPDATE"]


class Seconds:
    """A timer that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = STARTED

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def watched(url: str) -> AsyncIterator[tuple[Services, LogHealth, Seconds]]:
    services = services_on(await Database.open(url), small_registry(), Dice())
    await services.start()
    seconds = Seconds()
    services.log.health.timer = seconds
    try:
        yield services, services.log.health, seconds
    finally:
        await services.stop()


async def in_the_writer(services: Services, statement: str) -> None:
    """Runs a statement on SQLite's one writing connection, outside a transaction."""
    writer = services.database._backend._writer  # type: ignore[attr-defined]
    await writer._connection.execute_fetchall(statement)


async def until_it_fails(services: Services) -> None:
    while True:
        await services.predictor.predict(command(row(1.0)))


async def tables_of(services: Services) -> list[int]:
    async with services.database.reader() as reader:
        found = [await reader.execute_query_dict(f"SELECT count(*) AS n FROM {table}") for table in TABLES]
    return [rows[0]["n"] for rows in found]


async def test_trial_leaves_nothing_behind_and_takes_no_writer_number(database_url: str) -> None:
    async with watched(database_url) as (services, health, _):
        assert await health.problem() is None
        assert await tables_of(services) == [0, 0, 0]


async def test_server_that_commits_tries_nothing(database_url: str, statements: Statements) -> None:
    async with watched(database_url) as (services, health, seconds):
        await services.predictor.predict(command(row(1.0)))
        with statements() as sql:
            assert [await health.problem() for _ in range(3)] == [None] * 3
            seconds.now += 0.999
            assert (await health.problem(), health.last_known()) == (None, None)
        assert sql == []


async def test_idle_server_tries_one_row_a_second_however_many_ask(
    database_url: str, statements: Statements
) -> None:
    async with watched(database_url) as (_, health, seconds):
        with statements() as sql:
            assert await asyncio.gather(*(health.problem() for _ in range(20))) == [None] * 20
            seconds.now += 0.999
            await health.problem()
            assert [text.split()[0] for text in sql] == TRIAL
            seconds.now += 0.001
            await health.problem()
        assert [text.split()[0] for text in sql] == TRIAL * 2


async def turn_read_only(url: str, services: Services, on: bool) -> None:
    if services.database.dialect == "sqlite":
        # A failure closes the connection: the next one begins like it.
        writer: Any = services.database._backend._writer  # type: ignore[attr-defined]
        writer.pragmas |= {"query_only": "ON" if on else "OFF"}
        await writer.close()
        return
    connection = await asyncpg.connect(url)
    name = await connection.fetchval("SELECT current_database()")
    await connection.execute("SET default_transaction_read_only = off")
    await connection.execute(
        f"ALTER DATABASE {name} SET default_transaction_read_only = {'on' if on else 'off'}"
    )
    # Sessions keep what they began with: a failover ends them.
    await connection.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await connection.close()


async def test_read_only_database_is_told_after_a_second_and_so_is_its_recovery(database_url: str) -> None:
    async with watched(database_url) as (services, health, seconds):
        await services.predictor.predict(command(row(1.0)))
        await turn_read_only(database_url, services, True)
        found = None
        for _ in range(2):  # the first transaction on PostgreSQL meets connections that were cut
            seconds.now += 1
            found = await health.problem()
            assert found is not None
        assert found == "The database is read-only; nothing was stored; try again later."
        with pytest.raises(DatabaseUnavailable, match="read-only"):
            await services.predictor.predict(command(row(1.0)))
        await turn_read_only(database_url, services, False)
        for _ in range(10):
            seconds.now += 1
            found = await health.problem()
            if found is None:
                break
        assert found is None
        await services.predictor.predict(command(row(1.0)))


async def test_refused_prediction_is_told_at_once_without_a_trial(
    database_url: str, statements: Statements
) -> None:
    async with watched(database_url) as (services, health, _):
        assert await health.problem() is None
        await turn_read_only(database_url, services, True)
        with pytest.raises(DatabaseUnavailable):
            await services.predictor.predict(command(row(1.0)))
        with statements() as sql:
            assert await health.problem() is not None
        assert sql == []
        await turn_read_only(database_url, services, False)


async def test_lock_of_another_process_is_told_when_a_prediction_would_have_failed(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.2)
    async with watched(sqlite_url) as (_, health, seconds):
        assert await health.problem() is None
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite://"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        seconds.now += 1
        assert await health.problem() == (
            "The database is locked by another process; nothing was stored; try again later."
        )
        other.execute("ROLLBACK")
        other.close()
        seconds.now += 1
        assert await health.problem() is None


async def test_lock_shorter_than_the_busy_time_out_changes_nothing(sqlite_url: str) -> None:
    async with watched(sqlite_url) as (_, health, _seconds):
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite://"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        asking = asyncio.create_task(health.problem())
        while health._trial is None:
            await asyncio.sleep(0)
        assert not asking.done()
        other.execute("ROLLBACK")
        other.close()
        assert await asking is None


async def test_while_it_is_locked_who_asks_again_is_not_kept_waiting(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_health, "TRIAL_SECONDS", 0.05)
    monkeypatch.setattr(log_health, "RECOVERY_SECONDS", 0.01)
    async with watched(sqlite_url) as (_, health, seconds):
        other = sqlite3.connect(sqlite_url.removeprefix("sqlite://"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        told = [await health.problem() for _ in range(3)]
        assert told == ["The database has stored nothing for 0.05 seconds."] * 3
        other.execute("ROLLBACK")
        other.close()
        async with asyncio.timeout(PATIENCE):
            while await health.problem() is not None:
                seconds.now += 1


async def test_full_database_is_told_and_so_is_room(sqlite_url: str) -> None:
    async with watched(sqlite_url) as (services, health, seconds):
        async with services.database.transaction() as tx:
            pages = (await tx.execute_query_dict("PRAGMA page_count"))[0]["page_count"]
        await in_the_writer(services, f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DatabaseUnavailable, match="full"):
            await until_it_fails(services)
        for _ in range(3):
            seconds.now += 1
            assert (
                await health.problem() == "The database's disk is full; nothing was stored; try again later."
            )
        await in_the_writer(services, "PRAGMA max_page_count = 1000000")
        seconds.now += 1
        assert await health.problem() is None


async def test_disk_with_too_little_room_is_full(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with watched(sqlite_url) as (_, health, seconds):
        assert await health.problem() is None
        monkeypatch.setattr(write_trial, "LEAST_ROOM", 1 << 60)
        seconds.now += 1
        assert await health.problem() == "The database's disk is full; nothing was stored; try again later."


async def test_file_that_is_removed_or_replaced_by_an_empty_one_is_told(sqlite_url: str) -> None:
    file = Path(sqlite_url.removeprefix("sqlite://"))
    async with watched(sqlite_url) as (services, health, seconds):
        assert await health.problem() is None
        kept = file.with_name("kept.db")
        await in_the_writer(services, "PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(file, kept)
        for part in file.parent.glob("arbiter.db*"):
            part.unlink()
        seconds.now += 1
        assert (
            await health.problem()
            == "The database file cannot be opened; nothing was stored; try again later."
        )
        assert not file.exists()
        sqlite3.connect(file).executescript("CREATE TABLE other (x)")
        seconds.now += 1
        assert await health.problem() == "A row could not be stored; the server's log says why."
        for part in file.parent.glob("arbiter.db*"):
            part.unlink()
        shutil.copy(kept, file)
        seconds.now += 1
        assert await health.problem() is None
        await services.predictor.predict(command(row(1.0)))


async def test_statement_refused_for_lack_of_room_is_told(postgres_url: str) -> None:
    async with watched(postgres_url) as (_, health, seconds):
        assert await health.problem() is None
        owner = await asyncpg.connect(postgres_url)
        await owner.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'No space left on device' USING ERRCODE = 'disk_full'; END $$"
        )
        await owner.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON ml_request EXECUTE FUNCTION full_disk()"
        )
        seconds.now += 1
        assert await health.problem() == "The database's disk is full; nothing was stored; try again later."
        await owner.execute("DROP TRIGGER full_disk ON ml_request")
        await owner.close()
        seconds.now += 1
        assert await health.problem() is None


async def test_connections_to_a_database_that_turned_read_only_are_opened_anew(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    pids: list[int] = []

    async def turned(tx: Tx) -> None:
        pids.append((await tx.execute_query_dict("SELECT pg_backend_pid() AS pid"))[0]["pid"])
        await tx.execute_query("SET TRANSACTION READ ONLY")
        await database.bump_catalog(tx)

    async def run(work: Callable[[Tx], Awaitable[None]]) -> None:
        async with database.transaction() as tx:
            await work(tx)

    try:
        for _ in range(3):
            with pytest.raises(DatabaseUnavailable, match="read-only"):
                await run(turned)
        assert len(set(pids)) == 3
    finally:
        await database.close()


@pytest.mark.parametrize("table", TABLES)
async def test_every_table_that_a_prediction_writes_is_tried(database_url: str, table: str) -> None:
    async with watched(database_url) as (services, health, seconds):
        assert await health.problem() is None
        async with services.database.transaction() as tx:
            await tx.execute_query(f"ALTER TABLE {table} RENAME TO elsewhere")
        seconds.now += 1
        assert await health.problem() == "A row could not be stored; the server's log says why."
        async with services.database.transaction() as tx:
            await tx.execute_query(f"ALTER TABLE elsewhere RENAME TO {table}")
        seconds.now += 1
        assert await health.problem() is None
        await services.predictor.predict(command(row(1.0)))


@pytest.mark.parametrize("table", TABLES)
async def test_table_that_another_session_locks_is_told(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, table: str
) -> None:
    monkeypatch.setattr(log_health, "TRIAL_SECONDS", 0.3)
    async with watched(postgres_url) as (_, health, seconds):
        other = await asyncpg.connect(postgres_url)
        async with other.transaction():
            await other.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")
            assert await health.problem() == "The database has stored nothing for 0.3 seconds."
        await other.close()
        async with asyncio.timeout(PATIENCE):
            while await health.problem() is not None:
                seconds.now += 1


async def test_first_trial_after_a_recovery_sees_it(postgres_url: str) -> None:
    async with watched(postgres_url) as (services, health, seconds):
        await turn_read_only(postgres_url, services, True)
        for _ in range(3):
            seconds.now += 1
            assert await health.problem() is not None
        # Nobody ends the sessions that were opened meanwhile.
        owner = await asyncpg.connect(postgres_url, server_settings={"default_transaction_read_only": "off"})
        name = await owner.fetchval("SELECT current_database()")
        await owner.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await owner.close()
        seconds.now += 1
        assert await health.problem() is None
