"""A PostgreSQL that has stalled: it is given up soon, with a clear error, and used again when it answers."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.errors import DatabaseUnavailable
from orm.connection import backends, config
from orm.connection import database as module
from orm.connection.catalog_revision import catalog_revision
from orm.connection.database import Database
from orm.connection.postgresql import connections
from tests.stalling_peer import StallingPeer, stalling_peer

SECONDS = 0.2
SOON = 5.0
SILENT = "The database does not answer; nothing was stored; try again later."
UNREACHED = "The database cannot be reached or is too busy; nothing was stored; try again later."


@pytest.fixture
async def behind(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[Database, StallingPeer]]:
    monkeypatch.setattr(module, "WRITE_SECONDS", SECONDS)
    monkeypatch.setattr(module, "WAIT_SECONDS", SECONDS)
    monkeypatch.setattr(backends, "WAIT_SECONDS", SECONDS)
    monkeypatch.setattr(config, "ANSWER_SECONDS", SECONDS)
    monkeypatch.setattr(connections, "LEAVE_SECONDS", SECONDS)
    async with stalling_peer(postgres_url, tmp_path) as (peer, url):
        database = await Database.open(url, read_timeout=SECONDS, migrate=False)
        yield database, peer
        await database.close()


async def bump(database: Database) -> None:
    async with database.transaction() as tx:
        await database.bump_catalog(tx)


async def revision(database: Database) -> int:
    async with database.reader() as reader:
        return await catalog_revision(reader)


def of_a_read(message: str) -> str:
    """What a read says instead: nothing of storing."""
    return message.replace("nothing was stored; ", "")


async def test_whoever_meets_a_database_that_stalls_is_told_soon(
    behind: tuple[Database, StallingPeer],
) -> None:
    database, peer = behind
    await bump(database)
    assert await revision(database) == 1
    began = time.monotonic()
    with peer.stalled():
        for ask, expected in (
            (bump, SILENT),
            (bump, UNREACHED),
            (revision, of_a_read(SILENT)),
            (revision, of_a_read(UNREACHED)),
            (Database.ping, of_a_read(SILENT)),
            (Database.ping, of_a_read(UNREACHED)),
        ):
            with pytest.raises(DatabaseUnavailable) as told:
                await ask(database)
            assert told.value.message == expected
    assert time.monotonic() - began < SOON
    await bump(database)
    assert await revision(database) == 2


async def test_it_may_stall_in_the_middle_of_a_transaction(behind: tuple[Database, StallingPeer]) -> None:
    database, peer = behind
    began = time.monotonic()

    async def bump_and_look() -> None:
        async with database.transaction() as tx:
            await database.bump_catalog(tx)
            with peer.stalled():
                await catalog_revision(tx)

    with pytest.raises(DatabaseUnavailable, match="does not answer"):
        await bump_and_look()
    assert time.monotonic() - began < SOON
    assert await revision(database) == 0


async def test_a_caller_that_leaves_does_not_wait_for_it(behind: tuple[Database, StallingPeer]) -> None:
    database, peer = behind
    began = time.monotonic()

    async def linger() -> None:
        async with database.transaction() as tx:
            await database.bump_catalog(tx)
            await asyncio.sleep(600)

    with peer.stalled():
        for ask in (linger, lambda: revision(database)):
            task = asyncio.create_task(ask())
            await asyncio.sleep(SECONDS / 4)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
    assert time.monotonic() - began < SOON
    assert await revision(database) == 0
