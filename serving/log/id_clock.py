"""Where request ids come from: this process's leased writer number and a clock that never goes back."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

from domain.errors import CommitUnknown, DatabaseUnavailable, Unavailable
from domain.requests.request_ids import EPOCH, SEQUENCES, compose
from orm.connection.database import Database
from orm.connection.failures import AGAIN, ending
from orm.queries.history import writer_leases
from serving.log.summary_shards import SummaryShards
from serving.ports import Clock

RESERVE_MS = 10_000
LEASE_MS = 60_000
MAX_AHEAD_MS = 1_000

log = logging.getLogger(__name__)


class IdClock:
    """Hands out ids, never twice: none above the high-water mark that the lease stores beforehand.

    A burst borrows milliseconds of the future, one second at most; then `reserve` waits for the time to come.
    One task at a time may call `reserve` and `take` (the request log's writer does).
    """

    def __init__(
        self, database: Database, clock: Clock, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._database = database
        self._clock = clock
        self._sleep = sleep
        self._token = secrets.token_hex(16)
        self._writer: int | None = None
        self._high_water = -1
        self._latest_now = -1
        self._last = -1
        self._used = SEQUENCES
        self._leasing = asyncio.Lock()
        self.shards = SummaryShards()

    async def writer(self) -> int:
        """The process's writer number, leased now if it has none yet. Any task may ask, at any time."""
        if self._writer is None:
            async with self._leasing:
                if self._writer is None:
                    await self._extend(1)
        if self._writer is None:
            raise RuntimeError("a lease without a number")
        return self._writer

    async def require_number(self) -> None:
        """Return when there is a number for this process. Raises DatabaseUnavailable where others hold all 256."""
        async with self._database.own_reader() as reader:
            await writer_leases.require_free(reader, self._now())

    async def reserve(self, count: int) -> None:
        """Make sure that `take(count)` can follow; `count` is at most 16,000.

        Waits out a burst, stores a higher mark when the present one does not suffice, and takes another writer
        number when the clock has stepped back by more than a burst may borrow.
        """
        now = self._now()
        if now < self._latest_now - MAX_AHEAD_MS:
            self._forget_number()
        self._latest_now = now
        if self._lacks(count):
            async with self._leasing:
                if self._lacks(count):
                    await self._extend(count)
        while (ahead := self._last_needed(count) - self._now()) > MAX_AHEAD_MS:
            await self._sleep((ahead - MAX_AHEAD_MS) / 1000)

    def take(self, count: int) -> list[int]:
        """The next `count` ids, ascending; `reserve(count)` must have returned just before."""
        if self._writer is None:
            raise RuntimeError("reserve() comes before take()")
        now = self._now()
        if now > self._last:
            # A jump of the clock between reserve and take must not lift ids above the stored mark.
            self._last, self._used = min(now, max(self._last + 1, self._high_water - MAX_AHEAD_MS)), 0
        ids = []
        for _ in range(count):
            if self._used == SEQUENCES:
                self._last, self._used = self._last + 1, 0
            ids.append(compose(self._last, self._writer, self._used))
            self._used += 1
        if self._last > self._high_water:
            raise RuntimeError("an id above the stored high-water mark")
        return ids

    async def close(self) -> None:
        """Give the writer number back; its next holder starts above the last id. Else the lease runs out by itself."""
        if self._writer is not None:
            try:
                async with self._database.transaction() as tx:
                    await writer_leases.release(tx, self._writer, self._token, self._last)
            except Unavailable as error:
                log.warning(
                    "writer number %d was not given back, and is free in a minute: %s", self._writer, error
                )
            self._forget_number()

    def _now(self) -> int:
        return (self._clock() - EPOCH) // timedelta(milliseconds=1)

    def _forget_number(self) -> None:
        self._writer, self._last, self._used, self._high_water = None, -1, SEQUENCES, -1

    def _lacks(self, count: int) -> bool:
        return self._writer is None or self._last_needed(count) > self._high_water

    def _last_needed(self, count: int) -> int:
        """The millisecond of the last of the next `count` ids."""
        now = self._now()
        last, used = (now, 0) if now > self._last else (self._last, self._used)
        return last + (used + count - 1) // SEQUENCES

    async def _extend(self, count: int) -> None:
        try:
            await self._lease(count)
        except CommitUnknown as error:
            # Unknown is only whether a lease has grown, which does no harm: nothing of a caller's was in it.
            raise DatabaseUnavailable(ending(error.message, AGAIN)) from error.__cause__

    async def _lease(self, count: int) -> None:
        now = self._now()
        reserve = max(self._last_needed(count) - now, 0) + RESERVE_MS
        if self._writer is not None:
            async with self._database.transaction() as tx:
                kept = await writer_leases.extend(
                    tx, self._writer, self._token, now + reserve, now + LEASE_MS
                )
            if kept:
                self._high_water = now + reserve
                return
        # In a transaction of its own: two processes that lost their leases at once would else wait for each other.
        async with self._database.transaction() as tx:
            lease = await writer_leases.claim(tx, self._token, now, reserve, LEASE_MS)
        # The former holder may have used every millisecond below the first one.
        self._writer, self._high_water = lease.writer, lease.last
        self._last, self._used = lease.first - 1, SEQUENCES
