"""What is said of a commit is true: stored, not stored, or unknown."""

from __future__ import annotations

import asyncpg
import pytest

from domain.errors import CommitUnknown, DatabaseUnavailable
from orm.connection import database as database_module
from orm.connection.catalog_revision import catalog_revision
from orm.connection.database import Database
from orm.connection.failures import UNKNOWN
from tests.broken_commits import Breakable, breakable_peer


async def bump(database: Database, *more: str) -> None:
    async with database.transaction() as tx:
        await database.bump_catalog(tx)
        for statement in more:
            await tx.execute_query(statement)


async def revision(database: Database) -> int:
    async with database.reader() as reader:
        return await catalog_revision(reader)


async def test_a_commit_that_is_not_answered_is_unknown_and_the_next_one_succeeds(
    breakable: Breakable,
) -> None:
    database = await Database.open(breakable.url)
    try:
        await bump(database)
        with breakable.broken(), pytest.raises(CommitUnknown) as unknown:
            await bump(database)
        assert unknown.value.code == "COMMIT_UNKNOWN"
        reason = {
            "sqlite": "The database's disk failed",
            "postgres": "The connection to the database was lost",
        }
        assert unknown.value.message == f"{reason[database.dialect]}; {UNKNOWN}"
        assert database.unknown_commits == 1
        stored = await revision(database)
        assert stored == {"sqlite": 1, "postgres": 2}[database.dialect]
        await bump(database)
        assert await revision(database) == stored + 1
        assert database.unknown_commits == 1
    finally:
        await database.close()


async def test_a_commit_that_postgres_never_heard_of_is_unknown_too(postgres_url: str) -> None:
    async with breakable_peer(postgres_url, carries_out=False) as peer:
        database = await Database.open(peer.url)
        try:
            with peer.broken(), pytest.raises(CommitUnknown, match="the same idempotency key, which tells"):
                await bump(database)
            assert await revision(database) == 0
        finally:
            await database.close()


async def test_a_commit_that_postgres_refuses_stored_nothing(postgres_url: str) -> None:
    admin = await asyncpg.connect(postgres_url)
    await admin.execute(
        "CREATE TABLE once (id INT UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO once VALUES (1)"
    )
    await admin.close()
    database = await Database.open(postgres_url)
    try:
        with pytest.raises(asyncpg.UniqueViolationError):
            await bump(database, "INSERT INTO once VALUES (1)")
        assert await revision(database) == 0
        assert database.unknown_commits == 0
    finally:
        await database.close()


async def test_a_line_that_breaks_after_the_commit_hurts_nobody(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    admin = await asyncpg.connect(postgres_url)
    try:
        async with database.transaction() as tx:
            (row,) = await tx.execute_query_dict("SELECT pg_backend_pid() AS pid")
            await database.bump_catalog(tx)
            commit = tx.commit  # type: ignore[attr-defined]

            async def commit_and_lose_the_line() -> None:
                await commit()
                await admin.execute("SELECT pg_terminate_backend($1, 5000)", row["pid"])

            tx.commit = commit_and_lose_the_line  # type: ignore[attr-defined]
        assert await revision(database) == 1
        await bump(database)
        assert await revision(database) == 2
    finally:
        await admin.close()
        await database.close()


async def test_a_failed_read_says_nothing_of_storing(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await Database.open(database_url, readers=1)
    monkeypatch.setattr(database_module, "WAIT_SECONDS", 0.05)
    try:
        async with database.reader():
            with pytest.raises(DatabaseUnavailable) as busy:
                await revision(database)
        assert busy.value.message == "The database cannot be reached or is too busy; try again later."
    finally:
        await database.close()
