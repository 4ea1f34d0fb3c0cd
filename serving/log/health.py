"""Could a prediction be stored now? The request log's own commits tell; where there are none, a row is tried."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable

from domain.errors import Unavailable
from orm.connection.database import Database
from serving.execution.background import BackgroundTask

FRESH_SECONDS = 1.0
"""How long what was seen counts: a server that commits more often than that tries nothing."""

TRIAL_SECONDS = 6.0
"""How long one who asks waits for a trial: a little longer than another process may hold SQLite's lock."""

RECOVERY_SECONDS = 0.5
"""The same where the last attempt has failed already: then only a recovery would be news."""

log = logging.getLogger(__name__)


class LogHealth:
    """What is known of the database as the request log meets it, at most a second old when somebody asks.

    `timer` gives seconds; it is asked, never slept by.
    """

    def __init__(self, database: Database, timer: Callable[[], float] = time.monotonic) -> None:
        self._database = database
        self.timer = timer
        self._seen_at = -math.inf
        self._problem: str | None = None
        self._news = asyncio.Event()
        self._trial = BackgroundTask("health trial")

    def record_success(self) -> None:
        """The log has just committed rows."""
        if self._problem is not None:
            log.info("predictions can be stored again")
        self._see(None)

    def record_failure(self, reason: str) -> None:
        """The database has just refused rows of the log, whatever they held."""
        if self._problem is None:
            log.warning("predictions cannot be stored: %s", reason)
        self._see(reason)

    async def problem(self) -> str | None:
        """Why a prediction could not be stored now, or None.

        Who asks again within a second gets the same answer. Else a row is tried, once for all who ask meanwhile;
        it may take as long as another process may hold SQLite's lock, since a prediction would wait as well.
        """
        if self._is_fresh():
            return self._problem
        self._try()
        patience = TRIAL_SECONDS if self._problem is None else RECOVERY_SECONDS
        try:
            async with asyncio.timeout(patience):
                await self._news.wait()
        except TimeoutError:
            if self._problem is None:
                self._problem = f"The database has stored nothing for {patience:g} seconds."
                log.warning("predictions cannot be stored: %s", self._problem)
        return self._problem

    def last_known(self) -> str | None:
        """What is known, without waiting; where that is old, a row is tried for the next one who asks."""
        if not self._is_fresh():
            self._try()
        return self._problem

    async def close(self) -> None:
        """Give up a trial that still runs."""
        await self._trial.stop()

    def _is_fresh(self) -> bool:
        return self.timer() - self._seen_at < FRESH_SECONDS

    def _see(self, problem: str | None) -> None:
        self._problem = problem
        self._seen_at = self.timer()
        self._news.set()

    def _try(self) -> None:
        if self._news.is_set():
            self._news = asyncio.Event()
        self._trial.start(self._try_row)

    async def _try_row(self) -> None:
        try:
            await self._database.try_to_store()
        except Unavailable as error:
            self.record_failure(error.message)
        except Exception:
            if self._problem is None:
                log.exception(
                    "a row could not be stored, and the database does not say that it is unavailable"
                )
            self.record_failure("A row could not be stored; the server's log says why.")
        else:
            self.record_success()
