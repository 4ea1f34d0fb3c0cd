"""A write that is one statement is one transaction on PostgreSQL too, and what is said of it is true."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator

import asyncpg
import pytest

from domain.errors import CommitUnknown, DatabaseUnavailable
from orm.connection.database import Database
from orm.connection.failures import UNKNOWN
from orm.queries.history.insertion import writes_of
from tests.broken_commits import BreakablePeer, breakable_peer
from tests.orm.rows import Seed, new_request, seed_into

FEATURES = [("age", None, 37.0)]
"""An indexed feature: such a row stands in two tables."""


@pytest.fixture(params=[True, False], ids=["carried out", "never heard of"])
async def peer(request: pytest.FixtureRequest, postgres_url: str) -> AsyncIterator[BreakablePeer]:
    """A line to PostgreSQL that can break before it has heard of a write, or before it has said what became of it."""
    async with breakable_peer(postgres_url, carries_out=request.param) as one:
        yield one


async def write(database: Database, seed: Seed, *milliseconds: int) -> None:
    rows = [new_request(seed, one, features=FEATURES) for one in milliseconds]
    await database.write(lambda: writes_of(rows))


async def stored(database: Database) -> tuple[int, int]:
    """How many rows there are in both tables."""
    async with database.reader() as reader:
        (found,) = await reader.execute_query_dict(
            "SELECT (SELECT count(*) FROM ml_request) AS a, (SELECT count(*) FROM request_feature) AS b"
        )
    return found["a"], found["b"]


async def test_it_goes_to_postgres_without_begin_and_commit(peer: BreakablePeer) -> None:
    database = await Database.open(peer.url)
    try:
        seed = await seed_into(database)
        await write(database, seed, 1)
        peer.heard = b""
        await write(database, seed, 2)
        assert b"WITH part_1" not in peer.heard, "a prepared statement is sent by its name"
        assert b"BEGIN" not in peer.heard
        assert b"COMMIT" not in peer.heard
        assert await stored(database) == (2, 2)
    finally:
        await database.close()


async def test_a_write_that_is_not_answered_is_unknown_and_the_next_one_succeeds(
    peer: BreakablePeer, request: pytest.FixtureRequest
) -> None:
    database = await Database.open(peer.url)
    try:
        seed = await seed_into(database)
        await write(database, seed, 1)
        with peer.broken(), pytest.raises(CommitUnknown) as unknown:
            await write(database, seed, 2, 3)
        assert unknown.value.message == f"The connection to the database was lost; {UNKNOWN}"
        assert database.unknown_commits == 1
        carried_out = "carried out" in request.node.name
        assert await stored(database) == ((3, 3) if carried_out else (1, 1))
        await write(database, seed, 4)
        assert await stored(database) == ((4, 4) if carried_out else (2, 2))
    finally:
        await database.close()


async def test_a_write_that_is_refused_stored_nothing_of_any_table(database: Database, seed: Seed) -> None:
    await write(database, seed, 1)
    with pytest.raises((sqlite3.IntegrityError, asyncpg.UniqueViolationError)):
        await write(database, seed, 2, 1)
    assert await stored(database) == (1, 1)
    assert database.unknown_commits == 0
    await write(database, seed, 3)
    assert await stored(database) == (2, 2)


async def test_a_write_without_rows_asks_nothing(database: Database) -> None:
    await database.write(list)
    assert database.unknown_commits == 0


async def test_a_write_to_what_became_a_standby_stored_nothing_and_the_next_one_finds_the_primary(
    postgres_url: str,
) -> None:
    database = await Database.open(postgres_url)
    admin = await asyncpg.connect(postgres_url)
    try:
        seed = await seed_into(database)
        name = await admin.fetchval("SELECT quote_ident(current_database())")
        await admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        await admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(DatabaseUnavailable, match="The database is read-only; nothing was stored"):
            await write(database, seed, 1)
        await admin.execute(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        await write(database, seed, 2)
        assert await stored(database) == (1, 1)
        assert database.unknown_commits == 0
    finally:
        await admin.close()
        await database.close()
