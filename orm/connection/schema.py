"""Brings a database to the newest schema: aerich's migrations, one process at a time."""

from __future__ import annotations

import asyncio
import fcntl
import os
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aerich import Command
from tortoise.context import TortoiseContext

from domain.errors import DatabaseUnavailable, InvalidSettings, Misconfigured
from orm import migrations
from orm.connection import releases
from orm.connection.client import Client
from orm.connection.config import APP, PostgresLocation, SqliteLocation, location_of, tortoise_config
from orm.connection.postgres import connect
from orm.connection.startup_errors import description_of, opening

LOCATION = Path(migrations.__file__).parent
LOCK_POLL_SECONDS = 0.05
ADVISORY_LOCK = 0x41_52_42_49_54_45_52  # "ARBITER"


async def migrate(url: str, release: str | None = None) -> list[str]:
    """Applies what is missing, under a lock that other starting processes wait for; returns the names applied.

    An existing SQLite file that is behind is copied to `<file>.before-<first migration>` first. A schema that a later
    release has made is left as it is where this `release` works on it. Raises SchemaTooNew where it does not,
    InvalidSettings and DatabaseUnavailable.
    """
    location = location_of(url)
    release = release or releases.this_release()
    with opening(location):
        # A task of its own: aerich sets Tortoise's current context, and this one must stay as it is.
        return await asyncio.create_task(_migrate(url, location, release))


async def _migrate(url: str, location: SqliteLocation | PostgresLocation, release: str) -> list[str]:
    if isinstance(location, SqliteLocation):
        async with _file_lock(location.path):
            return await _upgrade(tortoise_config(url), location, release)
    async with _advisory_lock(location):
        return await _upgrade(tortoise_config(url, statement_timeout=3600.0), location, release)


async def require_begun(url: str) -> None:
    """Returns when the database is there and has tables of Arbiter's; looking makes neither.

    Raises Misconfigured, which names the database and the cure, InvalidSettings and DatabaseUnavailable.
    """
    location = location_of(url)
    with opening(location):
        if isinstance(location, SqliteLocation):
            begun = await asyncio.to_thread(_file_is_begun, location.path)
        else:
            begun = await _is_begun(location)
    if begun is None:
        where = f"There is no {description_of(location).removeprefix('the ')}"
    elif not begun:
        where = f"T{description_of(location)[1:]} holds nothing of Arbiter's"
    else:
        return
    raise Misconfigured(
        f"{where}: go where the server was started, or say in ARBITER_DATABASE_URL which database it uses "
        "(`arbiter serve` makes a new one)."
    )


def _file_is_begun(path: Path) -> bool | None:
    """None where there is no file."""
    if not path.is_file():
        return None
    with closing(sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)) as connection:
        found = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'aerich'").fetchone()
    return bool(found[0])


async def _is_begun(location: PostgresLocation) -> bool:
    connection = await connect(location)
    try:
        return bool(
            await connection.fetchval(
                "SELECT count(*) FROM pg_tables WHERE tablename = 'aerich' "
                "AND schemaname = ANY(current_schemas(false))"
            )
        )
    finally:
        await connection.close()


async def _upgrade(
    config: dict[str, Any], location: SqliteLocation | PostgresLocation, release: str
) -> list[str]:
    async with TortoiseContext() as context:
        await context.init(config=config)
        client = context.db()
        releases.require_usable(await later_migrations(client), release, location)
        async with Command(tortoise_config=config, app=APP, location=str(LOCATION)) as command:
            pending = await pending_migrations(client)
            if pending and isinstance(location, SqliteLocation):
                await asyncio.to_thread(_copy, location.path, pending[0])
            await releases.say_usable(client, LOCATION, release)
            applied = await command.upgrade() if pending else []
            await releases.say_usable(client, LOCATION, release)
            return applied


async def later_migrations(client: Client) -> list[releases.LaterMigration]:
    """Those that the database has and this release does not know, in the order in which they were applied."""
    return await releases.later_migrations(client, LOCATION)


async def pending_migrations(client: Client) -> list[str]:
    """Names of the migrations that the database's own list lacks, in the order in which they are applied."""
    applied = await releases.applied_migrations(client)
    return [file.name for file in releases.files_in(LOCATION) if file.name not in applied]


def _copy(path: Path, first: str) -> None:
    """Copies a file that holds tables already: SQLite's schema changes are not all undone by a roll-back."""
    with closing(sqlite3.connect(path)) as source:
        if source.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            return
        with closing(sqlite3.connect(path.with_name(f"{path.name}.before-{Path(first).stem}"))) as target:
            source.backup(target)


@asynccontextmanager
async def _file_lock(path: Path) -> AsyncIterator[None]:
    """Holds `<file>.migrate.lock`, which stays: removing it would let two processes hold a lock each."""
    _require_place(path)
    try:
        descriptor = os.open(f"{path}.migrate.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise DatabaseUnavailable(f"its directory cannot be written: {error.strerror}.") from error
    try:
        while not _locked(descriptor):  # noqa: ASYNC110  nothing but asking again tells of another process's lock
            await asyncio.sleep(LOCK_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)


def _require_place(path: Path) -> None:
    """Raises InvalidSettings where no file can be: without its directory, or in the place of one."""
    if not path.parent.is_dir():
        raise InvalidSettings(
            f"ARBITER_DATABASE_URL names a file in the directory {path.parent.absolute()}, which does not exist; "
            "create it, or name another file.",
            path=("ARBITER_DATABASE_URL",),
        )
    if path.is_dir():
        raise InvalidSettings(
            f"ARBITER_DATABASE_URL names {path.absolute()}, which is a directory; name a file, such as one in it.",
            path=("ARBITER_DATABASE_URL",),
        )


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@asynccontextmanager
async def _advisory_lock(location: PostgresLocation) -> AsyncIterator[None]:
    """Holds an advisory lock on a connection of its own; PostgreSQL frees it when the process ends."""
    connection = await connect(location)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", ADVISORY_LOCK)
        yield
    finally:
        await connection.close()
