"""A database that is locked, read-only, full or gone: a clear error, nothing half-written, then recovery."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from domain.errors import ArbiterError, DatabaseUnavailable
from orm.connection.catalog_revision import catalog_revision
from orm.connection.client import Tx
from orm.connection.database import Database
from orm.connection.sqlite import engine
from tests.conftest import postgres_url_of, start_postgres, stop_postgres

PATIENCE = 30.0
NOBODY = 65534


async def bump(database: Database) -> None:
    async with database.transaction() as tx:
        await database.bump_catalog(tx)


async def revision(database: Database) -> int:
    async with database.reader() as reader:
        return await catalog_revision(reader)


@pytest.fixture
async def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.1)
    return tmp_path / "arbiter.db"


@pytest.fixture
async def sqlite_database(file: Path) -> AsyncIterator[Database]:
    opened = await Database.open(f"sqlite://{file}")
    yield opened
    await opened.close()


async def test_a_locked_sqlite_file_is_unavailable_to_writers_until_it_is_released(
    sqlite_database: Database, file: Path
) -> None:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="locked by another process; nothing was stored"):
        await bump(sqlite_database)
    assert await revision(sqlite_database) == 0
    await sqlite_database.ping()
    other.execute("ROLLBACK")
    other.close()
    await bump(sqlite_database)
    assert await revision(sqlite_database) == 1


async def test_a_removed_sqlite_file_is_unavailable_until_it_is_back(
    sqlite_database: Database, file: Path
) -> None:
    await bump(sqlite_database)
    moved = file.with_name("moved.db")
    for suffix in ("", "-wal", "-shm"):
        shutil.move(f"{file}{suffix}", f"{moved}{suffix}")
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        await bump(sqlite_database)
    with pytest.raises(DatabaseUnavailable, match="cannot be opened"):
        await sqlite_database.ping()
    assert not file.exists()
    for suffix in ("", "-wal", "-shm"):
        if Path(f"{moved}{suffix}").exists():
            shutil.move(f"{moved}{suffix}", f"{file}{suffix}")
    await bump(sqlite_database)
    assert await revision(sqlite_database) == 2


async def test_a_full_disk_stores_nothing_and_is_survived(sqlite_database: Database) -> None:
    writer = sqlite_database._backend._writer  # type: ignore[attr-defined]
    async with sqlite_database.transaction() as tx:
        pages = (await tx.execute_query_dict("PRAGMA page_count"))[0]["page_count"]
        await tx.execute_query(f"PRAGMA max_page_count = {pages}")
    large = "INSERT INTO endpoint (name, owner, description, created_at) VALUES ('e', 'o', ?, '2026-01-01')"
    with pytest.raises(DatabaseUnavailable, match="disk is full"):
        await bump_and(sqlite_database, lambda tx: tx.execute_query(large, ["x" * 100_000]))
    assert await revision(sqlite_database) == 0
    await writer._connection.execute_fetchall("PRAGMA max_page_count = 1000000")
    await bump(sqlite_database)
    assert await revision(sqlite_database) == 1


async def test_a_sqlite_connection_that_became_read_only_is_replaced(sqlite_database: Database) -> None:
    async with sqlite_database.transaction():
        writer = sqlite_database._backend._writer  # type: ignore[attr-defined]
        await writer._connection.execute_fetchall("PRAGMA query_only = ON")
    with pytest.raises(DatabaseUnavailable, match="read-only; nothing was stored"):
        await bump(sqlite_database)
    await bump(sqlite_database)
    assert await revision(sqlite_database) == 1


@pytest.fixture
def unprivileged() -> Iterator[Path]:
    """A directory in which this process, if it is root, lacks root's right to write everything."""
    directory = Path(tempfile.mkdtemp(prefix="arbiter-unprivileged-"))
    root = os.geteuid() == 0
    if root:
        os.chown(directory, NOBODY, NOBODY)
        os.seteuid(NOBODY)
    try:
        yield directory
    finally:
        if root:
            os.seteuid(0)
        directory.chmod(0o700)
        shutil.rmtree(directory)


async def test_a_read_only_sqlite_file_can_be_read_and_is_unavailable_to_writers_until_it_may_be_written(
    unprivileged: Path,
) -> None:
    file = unprivileged / "arbiter.db"
    await (await Database.open(f"sqlite://{file}")).close()
    file.chmod(0o444)
    reading = await Database.open(f"sqlite://{file}")
    try:
        with pytest.raises(DatabaseUnavailable, match="read-only; nothing was stored"):
            await bump(reading)
        for part in unprivileged.glob("arbiter.db*"):  # its side files have its rights
            part.chmod(0o644)
        await bump(reading)
        assert await revision(reading) == 1
    finally:
        await reading.close()


async def test_a_directory_that_cannot_be_written_is_named_at_the_start(unprivileged: Path) -> None:
    unprivileged.chmod(0o555)
    with pytest.raises(
        DatabaseUnavailable,
        match=r"cannot be written: Permission denied; give this user the right to write the file and its directory\.$",
    ):
        await Database.open(f"sqlite://{unprivileged}/arbiter.db")


async def test_a_file_that_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear Ann, " * 1000)
    with pytest.raises(DatabaseUnavailable, match="no database"):
        await Database.open(f"sqlite://{file}")


@pytest.mark.matrix
async def test_postgres_that_goes_away_and_returns_needs_no_restart() -> None:
    data = Path(tempfile.gettempdir(), f"arbiter-pg-{uuid.uuid4().hex[:16]}")
    server = await asyncio.to_thread(start_postgres, data)
    database = None
    try:
        database = await Database.open(postgres_url_of(server, "postgres"))
        heard: asyncio.Queue[int] = asyncio.Queue()
        database.listen(heard.put)
        await bump(database)
        await asyncio.to_thread(server.stop)
        for _ in range(3):
            with pytest.raises(DatabaseUnavailable):
                await bump(database)
            with pytest.raises(DatabaseUnavailable):
                await database.ping()
        with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
            await bump(database)
        await asyncio.to_thread(server.start)
        await _eventually(database)
        assert await revision(database) == 2
        await _heard(heard, 2)
        await bump(database)
        await _heard(heard, 3)
    finally:
        if database is not None:
            await database.close()
        await asyncio.to_thread(stop_postgres, server)


async def _eventually(database: Database) -> None:
    """The first calls may still meet connections that died; very soon one succeeds."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                return await bump(database)
            except DatabaseUnavailable:
                await asyncio.sleep(0.05)


async def _heard(heard: asyncio.Queue[int], expected: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await heard.get() != expected:
            pass


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("postgresql://postgres@/absent?", "does not exist on its server"),
        ("postgresql://stranger@/postgres?", "refuses the user"),
    ],
)
async def test_postgres_that_refuses_says_why(postgres_server: Any, change: str, reason: str) -> None:
    host = postgres_url_of(postgres_server, "postgres").partition("?")[2]
    with pytest.raises(DatabaseUnavailable, match=reason):
        await Database.open(change + host)


async def test_a_port_where_nobody_listens_is_unavailable() -> None:
    with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
        await Database.open("postgres://ann@127.0.0.1:1/arbiter")


async def bump_and(database: Database, work: Callable[[Tx], Awaitable[object]]) -> None:
    async with database.transaction() as tx:
        await database.bump_catalog(tx)
        await work(tx)


async def test_a_lost_connection_in_the_middle_stores_nothing(postgres_url: str) -> None:
    async def lose_connection(tx: Tx) -> None:
        (row,) = await tx.execute_query_dict("SELECT pg_backend_pid() AS pid")
        other = await asyncpg.connect(postgres_url)
        await other.execute("SELECT pg_terminate_backend($1)", row["pid"])
        await other.close()
        await database.bump_catalog(tx)

    database = await Database.open(postgres_url)
    try:
        with pytest.raises(DatabaseUnavailable, match="nothing was stored"):
            await bump_and(database, lose_connection)
        await bump(database)
        assert await revision(database) == 1
    finally:
        await database.close()


async def test_a_read_only_postgres_is_unavailable_to_writers(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    try:

        async def turn_read_only(tx: Tx) -> None:
            await tx.execute_query("SET TRANSACTION READ ONLY")
            await database.bump_catalog(tx)

        with pytest.raises(DatabaseUnavailable, match="read-only; nothing was stored"):
            await bump_and(database, turn_read_only)
        await bump(database)
    finally:
        await database.close()


async def test_errors_that_are_not_the_databases_fault_pass_unchanged(database: Database) -> None:
    class Mine(ArbiterError, code="MINE"):
        """An error of a use case."""

    for error in (Mine("x"), ValueError("x"), PermissionError("x")):
        with pytest.raises(type(error)) as raised:
            async with database.transaction():
                raise error
        assert raised.value is error
