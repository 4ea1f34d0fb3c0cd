"""Hears of changes of the catalogue in other processes: polling, and on PostgreSQL LISTEN/NOTIFY before it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, suppress

from domain.errors import Unavailable
from orm.connection.catalog_revision import CHANNEL, REVISION, catalog_revision
from orm.connection.client import Row
from orm.connection.config import WATCHER, PostgresLocation, SqliteLocation
from orm.connection.failures import connecting, translating
from orm.connection.postgresql.connections import connect
from orm.connection.sqlite.readers import SqliteReader

POLL_SECONDS = 0.25
POSTGRES_POLL_SECONDS = 1.0
"""How often PostgreSQL is asked beside LISTEN. Behind a pooler a LISTEN is lost without a word: then a revoked key is
refused a second later instead of never."""

RETRY_SECONDS = 0.5
READ_SECONDS = 5.0
Callback = Callable[[int], Awaitable[None]]

log = logging.getLogger(__name__)


async def watch(location: SqliteLocation | PostgresLocation, callback: Callback) -> None:
    """Calls back with the revision, once at the start and after each change, until cancelled.

    Changes in a burst may share a call. When the callback or the database fails, that is logged and tried
    again until it succeeds: no change is lost.
    """
    seen: int | None = None
    while True:
        try:
            revisions = _polled(location) if isinstance(location, SqliteLocation) else _notified(location)
            async with aclosing(revisions):
                async for current in revisions:
                    if current != seen:
                        await callback(current)
                        seen = current
        except Unavailable as error:
            log.warning("The catalogue cannot be followed: %s", error.message)
        except Exception:
            log.exception("A change of the catalogue could not be followed; it is tried again")
        await asyncio.sleep(RETRY_SECONDS)


async def _polled(location: SqliteLocation) -> AsyncGenerator[int, None]:
    """The revision, four times a second, read on a connection of its own."""
    reader = SqliteReader(str(location.path), timeout=READ_SECONDS)
    reader.log = log  # whoever counts the statements of an operation must not meet these
    try:
        while True:
            with connecting():
                await reader.ensure_connection()
            with translating():
                current = await catalog_revision(reader)
            yield current
            await asyncio.sleep(POLL_SECONDS)
    finally:
        await reader.close()


async def _notified(location: PostgresLocation) -> AsyncGenerator[int, None]:
    """The revision at the start, at each notification and once a second; ends with the connection."""
    with connecting():
        connection = await connect(location, name=WATCHER)
    wake = asyncio.Event()

    def heard(*_: object) -> None:
        wake.set()

    try:
        connection.add_termination_listener(heard)
        with translating():
            await connection.add_listener(CHANNEL, heard)
        while not connection.is_closed():
            wake.clear()
            with translating():
                row: Row = await connection.fetchrow(REVISION, timeout=READ_SECONDS)
            yield row["revision"]
            with suppress(TimeoutError):
                async with asyncio.timeout(POSTGRES_POLL_SECONDS):
                    await wake.wait()
    finally:
        await connection.close(timeout=READ_SECONDS)
