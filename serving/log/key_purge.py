"""Forgets idempotency keys that have expired, now and then, behind the request log's back."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime, timedelta

from domain.errors import DatabaseUnavailable
from orm.connection.database import Database
from orm.queries.history import idempotency
from serving.ports import Clock

INTERVAL = timedelta(hours=1)
BATCH = 1000

log = logging.getLogger(__name__)


class KeyPurge:
    """Deletes expired keys at most once an hour, after a commit that has stored new ones.

    In transactions of a thousand keys, between which the log commits: nobody waits for more than one of them.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._last: datetime | None = None
        self._task: asyncio.Task[None] | None = None

    def after_commit(self) -> None:
        """Start a purge if it is time for one; return at once."""
        now = self._clock()
        if self._last is not None and now - self._last < INTERVAL:
            return
        if self._task is None or self._task.done():
            self._last = now
            self._task = asyncio.create_task(self._purge(now), name="idempotency key purge")

    async def close(self) -> None:
        """Wait for a purge that runs."""
        if self._task is not None:
            await self._task

    async def _purge(self, now: datetime) -> None:
        """A key that is kept too long takes room and does no harm, so a failure is logged and tried in an hour."""
        try:
            while await self._purge_some(now) == BATCH:
                pass
        except DatabaseUnavailable as error:
            log.warning("expired idempotency keys could not be deleted: %s", error.message)
        except Exception:
            log.exception("expired idempotency keys could not be deleted")

    async def _purge_some(self, now: datetime) -> int:
        async with self._database.transaction() as tx:
            return await idempotency.purge_expired(tx, now, limit=BATCH)
