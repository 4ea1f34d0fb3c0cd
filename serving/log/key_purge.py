"""Forgets idempotency keys that have expired, now and then, behind the request log's back."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from domain.errors import Unavailable
from orm.connection.database import Database
from orm.queries.history import idempotency
from serving.execution.background import BackgroundTask
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
        self._task = BackgroundTask("idempotency key purge")

    def after_commit(self) -> None:
        """Start a purge if it is time for one; return at once."""
        now = self._clock()
        if self._last is not None and now - self._last < INTERVAL:
            return
        if not self._task.running:
            self._last = now
            self._task.start(self._purge)

    async def close(self) -> None:
        """Wait for a purge that runs."""
        await self._task.finish()

    async def _purge(self) -> None:
        """A key that is kept too long takes room and does no harm, so a failure is logged and tried in an hour."""
        try:
            count = BATCH
            while count == BATCH:
                async with self._database.transaction() as tx:
                    count = await idempotency.purge_expired(tx, self._clock(), limit=BATCH)
        except Unavailable as error:
            log.warning("expired idempotency keys could not be deleted: %s", error.message)
        except Exception:
            log.exception("expired idempotency keys could not be deleted")
