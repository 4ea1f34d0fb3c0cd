"""Backing up and restoring, whichever database it is."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path

from domain.errors import Conflict
from orm.backups import postgres_tables, sqlite_file
from orm.backups.archive import ArchiveReader, ArchiveWriter, Manifest, Pace
from orm.connection.config import SqliteLocation, direct_location_of, location_of
from orm.connection.failures import translating
from orm.connection.schema import file_lock, require_begun, this_release
from orm.connection.sqlite.readers import yield_the_processor
from orm.connection.startup_errors import opening


async def back_up(
    url: str,
    target: Path,
    now: datetime,
    *,
    direct_url: str | None = None,
    release: str | None = None,
    pace: Pace | None = None,
) -> Manifest:
    """Write the database of `url`, as it is when this begins, to the file `target`; servers go on meanwhile.

    `direct_url` is the way past a pooler. What was acknowledged before is in it, it is of one moment, and a file of
    that name is whole: until then it has another one. Raises InvalidSettings, DatabaseUnavailable, Misconfigured
    (no database, no room, no folder), SchemaTooNew (tables that this release does not know) and Conflict (`target` is
    something else than a backup, or being written).
    """
    await require_begun(url, direct_url=direct_url)
    location, release, pace = location_of(url), release or this_release(), pace or Pace()
    # Whoever answers predictions on this machine has the processor first.
    pool = ThreadPoolExecutor(1, "backup", initializer=yield_the_processor)
    with pool, opening(location), translating():
        thread = partial(asyncio.get_running_loop().run_in_executor, pool)
        if isinstance(location, SqliteLocation):
            copy = partial(sqlite_file.back_up, location.path, target, release=release, now=now, pace=pace)
            return await thread(copy)
        direct = location if direct_url is None else direct_location_of(direct_url, url)
        archive = await thread(ArchiveWriter, target, pace)
        try:
            return await postgres_tables.back_up(direct, archive, thread, release=release, now=now)
        finally:
            await thread(archive.__exit__, None, None, None)


async def restore(
    url: str,
    source: Path,
    now: datetime,
    *,
    direct_url: str | None = None,
    release: str | None = None,
    replace: bool = False,
) -> Manifest:
    """Make the database of `url` what it was when `source` was taken, all of it or nothing.

    Servers must be stopped. Unless `replace`, it must hold no data. Raises InvalidBackup (torn, changed, of another
    kind of database), SchemaTooNew (of a later release), Conflict (data, other tables, a process that uses it),
    InvalidSettings, Misconfigured and DatabaseUnavailable; then the database is as it was.
    """
    location, release = location_of(url), release or this_release()
    archive = await asyncio.to_thread(ArchiveReader, source)
    with archive, opening(location), translating():
        if isinstance(location, SqliteLocation):
            if location.path.exists() and location.path.samefile(source):
                raise Conflict(f"{source} is what ARBITER_DATABASE_URL names: name the database there.")
            async with file_lock(location.path):
                await asyncio.to_thread(
                    sqlite_file.restore, archive, location.path, release=release, now=now, replace=replace
                )
        else:
            direct = location if direct_url is None else direct_location_of(direct_url, url)
            await postgres_tables.restore(
                archive, direct_url or url, direct, release=release, now=now, replace=replace
            )
        return archive.manifest


def looked_through(source: Path) -> Manifest:
    """What a backup says of itself, when every byte of it is as it was written. Raises InvalidBackup."""
    with ArchiveReader(source) as archive:
        archive.check()
        return archive.manifest
