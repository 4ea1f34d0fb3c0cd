"""Carries the rules of retention out: a few requests at a time, with pauses in which everything else is written.

One process removes at a time, by a lease in the database. What a chunk removed and how far it came commit together, so
that another process goes on where one was killed, and every count is exact.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.catalog.entries import Endpoint
from domain.history.retention import Retention, StagePlan
from domain.pacing import PAUSE_FACTOR
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests
from orm.queries.history import idempotency
from orm.queries.retention import removal, rules
from serving.ab_tests.ab_tests import ABTests
from serving.ports import Clock, Progress
from serving.retention.plans import plans_of

SQLITE_ROWS = 50
"""Requests of a transaction: the one writer is held for a few milliseconds, and whoever predicts waits for no more."""
POSTGRES_ROWS = 1_000
"""Nobody waits there but for these very rows; 10,000 are no faster."""
LEASE = timedelta(seconds=60)
SHORTEST_PAUSE = 0.02
"""Seconds between two chunks: without a pause other processes hardly get SQLite's lock, which is not fair."""
LEASE_POLL = 1.0
"""Seconds between two looks whether another process has given the lease back."""
KEYS_AT_ONCE = 1_000
FREE_PAGES = 100
"""Pages of a SQLite file that are given back in one go: 3 to 6 ms."""

Sleep = Callable[[float], Awaitable[None]]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Preview:
    """What a run would remove now, by the stages that have something due."""

    plan: StagePlan
    requests: int


class Removal:
    """Removes what is due. `removed` counts what this process has removed, by endpoint id and stage."""

    def __init__(
        self,
        database: Database,
        ab_tests_: ABTests,
        clock: Clock,
        *,
        at_once: int | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._ab_tests = ab_tests_
        self._clock = clock
        self._at_once = at_once or (SQLITE_ROWS if database.dialect == "sqlite" else POSTGRES_ROWS)
        self._sleep = sleep
        self._token = secrets.token_hex(16)
        self.removed: dict[tuple[int, str], int] = {}

    async def plans(self, endpoint: Endpoint) -> list[StagePlan]:
        """What is due of an endpoint, with what that waits for."""
        async with self._database.reader(heavy=True) as reader:
            found = await rules.retentions_of(reader, [endpoint.id])
            if endpoint.id not in found:
                return []
            return await plans_of(reader, endpoint, found[endpoint.id], self._clock())

    async def preview(self, endpoint: Endpoint) -> list[Preview]:
        """The same with how many requests each stage would change; changes nothing."""
        found = []
        for plan in await self.plans(endpoint):
            async with self._database.reader(heavy=True) as reader:
                count = await removal.count_requests(reader, endpoint.id, plan.start, plan.end)
            found.append(Preview(plan, count))
        return found

    async def run(
        self, endpoint: Endpoint, *, progress: Progress | None = None, waiting: bool = True
    ) -> Retention | None:
        """Remove all that may go now, and return how far that is; None where the endpoint never had a rule.

        `progress` is called with (done, of) after each chunk. Where another process removes, its lease is waited for;
        unless `waiting`, the work is left to it. Raises DatabaseUnavailable.
        """
        plans = await self.plans(endpoint)
        total, done, told = 0, 0, False
        if progress is not None:
            total = sum(one.requests for one in await self.preview(endpoint))
        try:
            for plan in plans:
                if plan.empty:
                    continue
                await self._make_ready(endpoint, plan)
                finished = False
                while not finished:
                    began = time.perf_counter()
                    chunk = await self._chunk(endpoint, plan)
                    if chunk is None:
                        if not waiting:
                            return await self._current(endpoint)
                        if not told:
                            told = True
                            log.warning(
                                "another process removes requests just now, or was killed while it did: this one goes "
                                "on when that has ended, or has said nothing for %d s",
                                LEASE.total_seconds(),
                            )
                        await self._sleep(LEASE_POLL)
                        continue
                    done, finished = done + chunk.requests, chunk.finished
                    if progress is not None:
                        progress(done, max(total, done))
                    await self._pause(began)
        finally:
            await self._give_back()
        return await self._current(endpoint)

    async def _current(self, endpoint: Endpoint) -> Retention | None:
        async with self._database.own_reader() as reader:
            return (await rules.retentions_of(reader, [endpoint.id])).get(endpoint.id)

    async def _make_ready(self, endpoint: Endpoint, plan: StagePlan) -> None:
        """Keep the evidence of the tests whose requests go, and drop the keys that hold no longer."""
        async with self._database.reader() as reader:
            tests = [
                test.id
                for test in await ab_tests.tests_on_their_rows(reader, endpoint.id)
                if await removal.first_of_test(reader, test.id, plan.end) is not None
            ]
        for test in tests:
            await self._ab_tests.keep_evidence(test)
        count = KEYS_AT_ONCE
        while count == KEYS_AT_ONCE:
            began = time.perf_counter()
            async with self._database.transaction() as tx:
                count = await idempotency.purge_expired(tx, self._clock(), limit=KEYS_AT_ONCE)
            await self._pause(began)

    async def _chunk(self, endpoint: Endpoint, plan: StagePlan) -> removal.Chunk | None:
        """Remove some; None while another process has the lease."""
        now = self._clock()
        async with self._database.transaction() as tx:
            if not await removal.take_lease(tx, self._token, now, LEASE):
                return None
            chunk = await removal.remove_some(tx, endpoint.id, plan.stage, plan.end, self._at_once, now)
        key = (endpoint.id, plan.stage.value)
        self.removed[key] = self.removed.get(key, 0) + chunk.requests
        return chunk

    async def _give_back(self) -> None:
        async with self._database.transaction() as tx:
            await removal.give_lease_back(tx, self._token)

    async def _pause(self, began: float) -> None:
        await self._sleep(max(SHORTEST_PAUSE, PAUSE_FACTOR * (time.perf_counter() - began)))

    async def believe_clock(self, now: datetime | None = None) -> None:
        """Write down that the clock is right, whatever the last look said."""
        async with self._database.transaction() as tx:
            await removal.note_clock(tx, now or self._clock(), believed=True)
