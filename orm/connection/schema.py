"""Brings a database to the newest schema, one process at a time, and knows which releases work on which schema.

Each migration says how old a release may be that does not know it.
"""

from __future__ import annotations

import asyncio
import fcntl
import importlib.metadata
import logging
import os
import re
import runpy
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aerich import Command
from tortoise.context import TortoiseContext

from domain.errors import DatabaseUnavailable, InvalidSettings, Misconfigured, SchemaTooNew
from orm import migrations
from orm.connection.client import Client, is_postgres
from orm.connection.config import (
    APP,
    MILLISECOND,
    PostgresLocation,
    SqliteLocation,
    direct_location_of,
    location_of,
    tortoise_config,
)
from orm.connection.postgresql.connections import connect
from orm.connection.postgresql.migration_lock import LONGEST, migration_lock
from orm.connection.startup_errors import Location, description_of, opening

LOCATION = Path(migrations.__file__).parent
LOCK_POLL_SECONDS = 0.05
DISTRIBUTION = "arbiter-server"
TABLE = "migration"

log = logging.getLogger(__name__)


async def migrate(
    url: str, release: str | None = None, *, direct_url: str | None = None, folder: Path | None = None
) -> list[str]:
    """Applies what is missing, under a lock that other starting processes wait for; returns the names applied.

    What there is stands in `folder`: those of this release, or the older ones of them, to restore what is older.

    An existing SQLite file that is behind is copied to `<file>.before-<first migration>` first. A schema that a later
    release has made is left as it is where this `release` works on it. `direct_url` is the way past the pooler that
    `url` names; where both are the same, there is none. Raises SchemaTooNew where it does not, InvalidSettings and
    DatabaseUnavailable.
    """
    pooled = direct_url == url
    location = location_of(url)
    if direct_url is not None:
        url, location = direct_url, direct_location_of(direct_url, url)
    release = release or this_release()
    with opening(location):
        # A task of its own: aerich sets Tortoise's current context, and this one must stay as it is.
        return await asyncio.create_task(_migrate(url, location, release, pooled, folder or LOCATION))


async def _migrate(
    url: str, location: SqliteLocation | PostgresLocation, release: str, pooled: bool, folder: Path
) -> list[str]:
    if isinstance(location, SqliteLocation):
        async with file_lock(location.path):
            return await _upgrade(tortoise_config(url), location, release, folder)
    async with migration_lock(location, pooled=pooled):
        config = tortoise_config(url, statement_timeout=int(LONGEST) / MILLISECOND, pooled=pooled)
        return await _upgrade(config, location, release, folder)


async def require_begun(url: str, *, direct_url: str | None = None) -> None:
    """Returns when the database is there and has tables of Arbiter's; looking makes neither.

    Raises Misconfigured, which names the database and the cure, InvalidSettings and DatabaseUnavailable.
    """
    location = location_of(url) if direct_url is None else direct_location_of(direct_url, url)
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
    config: dict[str, Any], location: SqliteLocation | PostgresLocation, release: str, folder: Path
) -> list[str]:
    async with TortoiseContext() as context:
        await context.init(config=config)
        client = context.db()
        require_usable(await later_migrations(client), release, location)
        async with Command(tortoise_config=config, app=APP, location=str(folder)) as command:
            pending = await pending_migrations(client, folder)
            if pending and isinstance(location, SqliteLocation):
                await asyncio.to_thread(_copy, location.path, pending[0])
            await record_releases(client, folder, release)
            applied = await command.upgrade() if pending else []
            await record_releases(client, folder, release)
            return applied


async def pending_migrations(client: Client, folder: Path | None = None) -> list[str]:
    """Names of the migrations that the database's own list lacks, in the order in which they are applied."""
    applied = await applied_migrations(client)
    return [file.name for file in files_in(folder or LOCATION) if file.name not in applied]


def _copy(path: Path, first: str) -> None:
    """Copies a file that holds tables already: SQLite's schema changes are not all undone by a roll-back."""
    with closing(sqlite3.connect(path)) as source:
        if source.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
            return
        with closing(sqlite3.connect(path.with_name(f"{path.name}.before-{Path(first).stem}"))) as target:
            source.backup(target)


@asynccontextmanager
async def file_lock(path: Path) -> AsyncIterator[None]:
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


@dataclass(frozen=True, slots=True)
class LaterMigration:
    """A migration that the database has and this release does not know.

    `usable_from` is the oldest release that works on it, and `made_by` the one that has made it; None where the
    database does not say.
    """

    name: str
    usable_from: str | None
    made_by: str | None

    def is_usable(self, release: str) -> bool:
        """Whether `release` works on it."""
        return self.usable_from is not None and order_of(release) >= order_of(self.usable_from)


def this_release() -> str:
    """The version of the installed distribution."""
    return importlib.metadata.version(DISTRIBUTION)


def order_of(release: str) -> tuple[int, ...]:
    """By what releases are compared.

    >>> order_of("0.10.0") > order_of("0.9.2"), order_of("1.0.0rc1")
    (True, (1, 0, 0))
    """
    return tuple(int(number) for number in re.findall(r"(?:^|\.)(\d+)", release)[:3])


def files_in(folder: Path) -> list[Path]:
    """The migrations of this release, in the order in which they are applied."""
    return sorted((folder / APP).glob("[0-9]*_*.py"), key=lambda file: _number(file.name))


def _number(name: str) -> int:
    return int(name.split("_", maxsplit=1)[0])


async def applied_migrations(client: Client) -> list[str]:
    """What the database's own list holds, in the order in which it was applied."""
    if "aerich" not in await tables(client):
        return []
    rows = await client.execute_query_dict(f"SELECT version FROM aerich WHERE app = '{APP}' ORDER BY id")
    return [row["version"] for row in rows]


async def tables(client: Client) -> frozenset[str]:
    """The names of the database's tables."""
    query = (
        "SELECT tablename AS name FROM pg_tables WHERE schemaname = ANY(current_schemas(false))"
        if is_postgres(client)
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    return frozenset(row["name"] for row in await client.execute_query_dict(query))


async def later_migrations(client: Client) -> list[LaterMigration]:
    """Those of the database that this release does not know, in the order in which they were applied."""
    known = {file.name for file in files_in(LOCATION)}
    later = [name for name in await applied_migrations(client) if name not in known]
    if not later:
        return []
    releases = await _releases_by_migration(client)
    return [LaterMigration(name, *releases.get(name, (None, None))) for name in later]


async def _releases_by_migration(client: Client) -> dict[str, tuple[str, str]]:
    """By migration, the oldest release that works on it and the one that has made it."""
    if TABLE not in await tables(client):
        return {}
    rows = await client.execute_query_dict(f"SELECT name, usable_from, made_by FROM {TABLE}")
    return {row["name"]: (row["usable_from"], row["made_by"]) for row in rows}


async def record_releases(client: Client, folder: Path, release: str) -> None:
    """Writes down, for releases that do not know them, from which release on the migrations of `folder` are usable.

    Once before they are applied, so that a start that is killed leaves no migration of which nobody knows, and once
    after the first that makes the table.
    """
    if TABLE not in await tables(client):
        return
    releases = await _releases_by_migration(client)
    for file in files_in(folder):
        if file.name not in releases:
            usable_from = runpy.run_path(str(file))["USABLE_FROM"]
            # All three are texts of ours: names of files, and versions.
            await client.execute_script(
                f"INSERT INTO {TABLE} (name, usable_from, made_by) "
                f"VALUES ('{file.name}', '{usable_from}', '{release}')"
            )


def require_usable(later: list[LaterMigration], release: str, location: Location) -> None:
    """Warns of a schema of a later release on which this one works. Raises SchemaTooNew where it does not."""
    if not later:
        return
    where = f"T{description_of(location)[1:]}"
    unusable = [one for one in later if not one.is_usable(release)]
    if not unusable:
        log.warning("%s %s", where, described(later, release))
        return
    raise SchemaTooNew(
        f"{where} was brought up to date by a later release than this one, {release}, which does not work on it: "
        f"{', '.join(map(_needs, unusable))}. {_cure(later, unusable, location)}"
    )


def described(later: list[LaterMigration], release: str) -> str:
    """In words: which migrations of a later release the database has, on which this one works."""
    least = max((one.usable_from for one in later if one.usable_from is not None), key=order_of)
    names = ", ".join(one.name for one in later)
    return f"is of a later release, which has made {names}; this one, {release}, works on it, as do all from {least} on"


def _needs(one: LaterMigration) -> str:
    if one.usable_from is None:
        return f"{one.name} (which releases work on it is not written down)"
    return f"{one.name} (needs {one.usable_from} or later)"


def _cure(later: list[LaterMigration], unusable: list[LaterMigration], location: Location) -> str:
    needed = [one.usable_from or one.made_by for one in unusable]
    known = [release for release in needed if release is not None]
    install = (
        f"release {max(known, key=order_of)} or later" if len(known) == len(needed) else "the later release"
    )
    copy = _copy_before(later[0], location)
    if copy is None:
        return f"Install {install}, or restore the copy that you made before the upgrade."
    return (
        f"Install {install}, or name a file in ARBITER_DATABASE_URL that you make from the copy from before, "
        f"{copy}, which lacks everything that came after."
    )


def _copy_before(first: LaterMigration, location: Location) -> Path | None:
    """The copy of a SQLite file that was made last before the first migration that this release does not know."""
    if not isinstance(location, SqliteLocation):
        return None
    path = location.path.absolute()
    start = f"{path.name}.before-"
    found = {
        _number(file.name.removeprefix(start)): file
        for file in path.parent.iterdir()
        if re.fullmatch(rf"{re.escape(start)}\d+_\w+", file.name)
    }
    earlier = [number for number in found if number <= _number(first.name)]
    return found[max(earlier)] if earlier else None
