"""Completes observations whose slower arm answered after the caller had left, many in one commit."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from domain.errors import DatabaseUnavailable
from domain.requests.new_request import ArmAnswer, NewRequest
from orm.connection.database import Database
from orm.queries.ab_tests import observations
from orm.queries.history import insertion
from orm.queries.history import requests as request_queries
from serving.catalog.catalog import Catalog
from serving.feedback.scoring import rescore
from serving.predictions.runner import PairedRun

MAX_BATCH = 512

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _ArmAnswers:
    request_id: int
    champion: ArmAnswer
    challenger: ArmAnswer


class Completer:
    """Waits for runs that no caller waits for. What is pending when the process dies stays so, and is left out."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog
        self._followed: set[asyncio.Task[None]] = set()
        self._queue: deque[_ArmAnswers] = deque()
        self._writer: asyncio.Task[None] | None = None

    def follow(self, pending: PairedRun | None, stored: Sequence[NewRequest]) -> None:
        """Complete the observations of these rows of a call, which are stored, when both arms have answered."""
        if pending is not None:
            task = asyncio.create_task(self._follow(pending, stored), name="observation completer")
            self._followed.add(task)
            task.add_done_callback(self._followed.discard)

    async def close(self) -> None:
        """Wait for the runs that are under way and store what they said."""
        while self._followed or self._writer is not None:
            await asyncio.gather(*self._followed, *([self._writer] if self._writer else []))

    async def _follow(self, pending: PairedRun, stored: Sequence[NewRequest]) -> None:
        champion, challenger = await asyncio.gather(pending.champion, pending.challenger)
        for place, position in enumerate(pending.positions):
            row = stored[position]
            if row.ab_test_id is not None:
                self._queue.append(
                    _ArmAnswers(row.id, champion.arm_answer(place), challenger.arm_answer(place))
                )
        if self._queue and self._writer is None:
            self._writer = asyncio.create_task(self._write(), name="observation writer")

    async def _write(self) -> None:
        try:
            while self._queue:
                batch = [self._queue.popleft() for _ in range(min(MAX_BATCH, len(self._queue)))]
                try:
                    await self._store(batch)
                except DatabaseUnavailable as error:
                    log.warning("%d observations stay pending: %s", len(batch), error.message)
        finally:
            self._writer = None

    async def _store(self, batch: Sequence[_ArmAnswers]) -> None:
        """Complete what belongs to tests that still run; a verdict's observations never change after it."""
        async with self._database.transaction() as tx:
            requests = await request_queries.lock_requests(tx, [one.request_id for one in batch])
            tests = {r.ab_test_id for r in requests.values() if r.ab_test_id is not None}
            running = await insertion.running_tests_among(tx, tests)
            kept = [one for one in batch if requests[one.request_id].ab_test_id in running]
            await observations.complete(tx, [(one.request_id, one.champion, one.challenger) for one in kept])
            given = [requests[one.request_id] for one in kept]
            await rescore(tx, [r for r in given if r.feedback is not None], self._catalog.snapshot)
