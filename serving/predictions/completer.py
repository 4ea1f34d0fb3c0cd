"""Completes observations whose slower arm answered after the caller had left, many in one commit."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Sequence
from typing import TypeAlias

from domain.errors import Unavailable
from domain.requests.new_request import ArmAnswer, NewRequest
from orm.connection.database import Database
from orm.queries.ab_tests import observations
from orm.queries.history import insertion, requests
from serving.catalog.catalog import Catalog
from serving.execution.background import BackgroundTask
from serving.feedback.scoring import rescore
from serving.predictions.runner import PairedRun

MAX_BATCH = 512

log = logging.getLogger(__name__)


_Completion: TypeAlias = tuple[int, ArmAnswer, ArmAnswer]
"""The id of a request, and what the champion and the challenger answered."""


class Completer:
    """Waits for runs that no caller waits for. What is pending when the process dies stays so, and is left out."""

    def __init__(self, database: Database, catalog: Catalog) -> None:
        self._database = database
        self._catalog = catalog
        self._followed: set[asyncio.Task[None]] = set()
        self._queue: deque[_Completion] = deque()
        self._writer = BackgroundTask("observation writer")

    def follow(self, pending: PairedRun | None, stored: Sequence[NewRequest]) -> None:
        """Complete the observations of these rows of a call, which are stored, when both arms have answered."""
        if pending is not None:
            task = asyncio.create_task(self._follow(pending, stored), name="observation completer")
            self._followed.add(task)
            task.add_done_callback(self._followed.discard)

    async def close(self) -> None:
        """Wait for the runs that are under way and store what they said."""
        while self._followed or self._writer.running:
            await asyncio.gather(*self._followed, self._writer.finish())

    async def _follow(self, pending: PairedRun, stored: Sequence[NewRequest]) -> None:
        champion, challenger = await asyncio.gather(pending.champion, pending.challenger)
        for place, position in enumerate(pending.positions):
            row = stored[position]
            if row.ab_test_id is not None:
                first = champion.arm_answer(place, probabilities=pending.probabilities)
                second = challenger.arm_answer(place, probabilities=pending.probabilities)
                self._queue.append((row.id, first, second))
        if self._queue:
            self._writer.start(self._write)

    async def _write(self) -> None:
        while self._queue:
            batch = [self._queue.popleft() for _ in range(min(MAX_BATCH, len(self._queue)))]
            try:
                await self._store(batch)
            except Unavailable as error:
                log.warning("%d observations may stay pending: %s", len(batch), error.message)

    async def _store(self, batch: Sequence[_Completion]) -> None:
        """Complete what belongs to tests that still run; a verdict's observations never change after it."""
        async with self._database.transaction() as tx:
            locked = await requests.lock_requests(tx, [id_ for id_, *_ in batch])
            running = await insertion.running_tests_among(tx, (r.ab_test_id for r in locked.values()))
            kept = [one for one in batch if locked[one[0]].ab_test_id in running]
            await observations.complete(tx, kept)
            await rescore(
                tx,
                [locked[id_] for id_, *_ in kept if locked[id_].feedback is not None],
                self._catalog.snapshot,
            )
