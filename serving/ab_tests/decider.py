"""Decides running tests: after each batch of feedback, and on a timer, for those that decide by themselves."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable

from domain.errors import ArbiterError
from domain.pacing import PAUSE_FACTOR, wait_until
from serving.ab_tests.ab_tests import ABTests
from serving.catalog.catalog import Catalog
from serving.execution.background import BackgroundTask

INTERVAL = 5.0

log = logging.getLogger(__name__)


class Decider:
    """One background task a process. Any number of them may look at a test; it is decided once."""

    def __init__(self, ab_tests: ABTests, catalog: Catalog, *, interval: float = INTERVAL) -> None:
        self._ab_tests = ab_tests
        self._catalog = catalog
        self._interval = interval
        self._due: set[int] = set()
        self._wake = asyncio.Event()
        self._task = BackgroundTask("decider")

    def look_soon(self, ab_test_ids: Iterable[int]) -> None:
        """The scores of these tests have changed: look at them soon. Returns at once."""
        self._due.update(ab_test_ids)
        if self._due:
            self._wake.set()

    def start(self) -> None:
        """Begin to look."""
        self._task.start(self._work)

    async def close(self) -> None:
        """Stop looking; a decision under way is finished or rolled back as a whole."""
        await self._task.stop()

    async def round(self) -> None:
        """Look now at every running test that decides by itself."""
        self._due.clear()
        await self._look(test.id for test in self._catalog.snapshot.running_tests.values())

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._interval
        while True:
            await wait_until(self._wake, due)
            if not self._wake.is_set():
                due = loop.time() + self._interval
                self._due.update(t.id for t in self._catalog.snapshot.running_tests.values())
            self._wake.clear()
            due_tests, self._due = self._due, set()
            started = time.perf_counter()
            await self._look(due_tests)
            await asyncio.sleep(min(self._interval, PAUSE_FACTOR * (time.perf_counter() - started)))

    async def _look(self, ab_test_ids: Iterable[int]) -> None:
        deciding = {
            test.id for test in self._catalog.snapshot.running_tests.values() if test.plan.auto_decide
        }
        self._ab_tests.looks.keep_only(deciding)
        for ab_test_id in sorted(deciding.intersection(ab_test_ids)):
            try:
                await self._ab_tests.settle(ab_test_id)
            except ArbiterError as error:  # the database is away: the timer comes back
                log.warning("A/B test %d could not be looked at: %s", ab_test_id, error.message)
            except Exception:  # one test must not keep the others from their verdicts
                log.exception("A/B test %d could not be decided", ab_test_id)
