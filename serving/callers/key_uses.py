"""When each API key was last used, written down by and by: a key that nobody uses any more can be revoked."""

from __future__ import annotations

import asyncio
import logging
from contextvars import Context
from datetime import datetime

from domain.errors import Unavailable
from orm.connection.database import Database
from orm.queries.catalog import api_keys
from serving.execution.background import BackgroundTask

INTERVAL = 60.0
"""Seconds within which a use is written down: nobody needs to know it sooner."""

log = logging.getLogger(__name__)


class KeyUses:
    """Notes each use in memory; writes those of a minute in one transaction, behind the calls' back."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._noted: dict[str, datetime] = {}
        self._soon: asyncio.TimerHandle | None = None
        self._task = BackgroundTask("uses of API keys")

    def note(self, name: str, now: datetime) -> None:
        """The key of this name is used `now`; it is written down within a minute."""
        self._noted[name] = now
        if self._soon is None:
            self._soon = asyncio.get_running_loop().call_later(INTERVAL, self._begin, context=Context())

    async def close(self) -> None:
        """Write what has been noted and not been written."""
        if self._soon is not None:
            self._soon.cancel()
        await self._task.finish()
        await self.write()

    async def write(self) -> None:
        """Write what has been noted. A use that cannot be written a later one makes good, so a failure is logged."""
        noted, self._noted, self._soon = self._noted, {}, None
        if not noted:
            return
        try:
            async with self._database.transaction() as tx:
                await api_keys.note_uses(tx, noted)
        except Unavailable as error:
            log.warning("the last uses of API keys could not be stored: %s", error.message)
        except Exception:
            log.exception("the last uses of API keys could not be stored")

    def _begin(self) -> None:
        self._task.start(self.write)
