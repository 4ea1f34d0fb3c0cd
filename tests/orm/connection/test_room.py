"""A SQLite file gives back the room of what was removed; older files do once they were rewritten."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from domain.errors import DatabaseUnavailable
from orm.connection.config import location_of
from orm.connection.database import Database
from orm.connection.schema import migrate
from orm.connection.sqlite.engine import rewrite


def path_of(url: str) -> Path:
    location = location_of(url)
    path: Path = location.path  # type: ignore[union-attr]
    return path


def number(path: Path, pragma: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


async def emptied(url: str) -> Database:
    """A file of which most is free."""
    database = await Database.open(url)
    async with database.transaction() as tx:
        await tx.execute_query("CREATE TABLE ballast (text TEXT)")
        await tx.execute_many("INSERT INTO ballast VALUES (?)", [["x" * 4000]] * 1000)
    async with database.transaction() as tx:
        await tx.execute_query("DROP TABLE ballast")
    return database


async def test_new_file_gives_room_back_in_small_steps_and_keeps_a_twentieth(sqlite_url: str) -> None:
    await migrate(sqlite_url)
    path = path_of(sqlite_url)
    assert number(path, "auto_vacuum") == 2
    database = await emptied(sqlite_url)
    before = number(path, "page_count")
    assert number(path, "freelist_count") >= 1000
    assert await database.give_room_back(100) == 100
    assert number(path, "page_count") == before - 100
    while await database.give_room_back(100):
        pass
    assert number(path, "freelist_count") == number(path, "page_count") // 20
    await database.close()


async def test_room_is_given_back_between_transactions_and_in_none(sqlite_url: str) -> None:
    await migrate(sqlite_url)
    database = await emptied(sqlite_url)
    async with database.transaction() as tx:
        await tx.execute_query("CREATE TABLE kept (id INTEGER)")
    assert await database.give_room_back(10) == 10
    async with database.transaction() as tx:
        assert await tx.execute_query_dict("SELECT count(*) AS n FROM kept") == [{"n": 0}]
    await database.close()


async def test_older_file_gives_nothing_back_until_it_was_rewritten(sqlite_url: str) -> None:
    path = path_of(sqlite_url)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE older (id INTEGER)")
    await migrate(sqlite_url)
    assert number(path, "auto_vacuum") == 0
    database = await emptied(sqlite_url)
    assert await database.give_room_back(100) == 0
    await database.close()
    before, after = rewrite(path)
    assert before - after >= 4_000_000
    assert number(path, "auto_vacuum") == 2
    database = await emptied(sqlite_url)
    assert await database.give_room_back(100) == 100
    await database.close()


async def test_postgresql_looks_after_its_room_itself(postgres_url: str) -> None:
    database = await Database.open(postgres_url)
    assert await database.give_room_back(100) == 0
    await database.close()


async def test_file_is_not_rewritten_without_room_for_it(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(sqlite_url)
    path = path_of(sqlite_url)
    size = path.stat().st_size

    def little(_path: Any) -> Any:
        return SimpleNamespace(free=2 * size - 1)

    monkeypatch.setattr(shutil, "disk_usage", little)
    with pytest.raises(DatabaseUnavailable) as error:
        rewrite(path)
    assert error.value.message == (
        f"Rewriting {path} takes {2 * size:,} bytes of free disk, and there are {2 * size - 1:,}: make room."
    )
    assert path.stat().st_size == size


async def test_damaged_file_is_said_to_be_damaged_and_is_not_rewritten(sqlite_url: str) -> None:
    await migrate(sqlite_url)
    await (await emptied(sqlite_url)).close()
    path = path_of(sqlite_url)
    with closing(sqlite3.connect(path)) as connection:
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'aerich'").fetchone()[0]
        size = connection.execute("PRAGMA page_size").fetchone()[0]
    with path.open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\xa5" * size)
    before = number(path, "page_count")
    with pytest.raises(
        DatabaseUnavailable, match=r"nothing was changed\. The file is damaged: put a backup in"
    ):
        rewrite(path)
    assert number(path, "page_count") == before
