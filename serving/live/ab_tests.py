"""Live A/B tests: whoever follows one gets it at once, and again after each change of its state or its figures."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field

from domain.ab_tests.ab_test import ABTest
from domain.errors import Unavailable
from domain.pacing import FIGURES_PAUSE_FACTOR, RETRY_SECONDS, wait_until
from domain.words import ABTestState
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests, sums
from serving.ab_tests.endings import not_found
from serving.live.feed import Feed
from serving.live.follower import Follower

FIGURES_SECONDS = 1.0
"""The figures are looked at once a second, and less often where a look takes long."""

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _FollowedTest:
    """A test that somebody follows: as it was last shown."""

    test: ABTest
    state: Hashable
    figures: Hashable = None
    followers: set[Follower[ABTest]] = field(default_factory=set)

    def show(self) -> None:
        """Give everybody the test as it is now; one that has ended is the last thing they get."""
        for follower in list(self.followers):
            follower.offer(self.test)
            if self.test.state is not ABTestState.RUNNING:
                follower.end()


class LiveABTests(Feed):
    """Looks at the followed tests: at their states after each change of the catalogue, at their figures on a timer.

    All followed tests are looked at in one statement, however many follow them.
    """

    def __init__(self, database: Database) -> None:
        super().__init__("live A/B tests")
        self._database = database
        self._followed: dict[int, _FollowedTest] = {}

    async def follow(self, follower: Follower[ABTest], ab_test_id: int) -> None:
        """Let `follower` have the test now and after each change, until it has ended.

        Raises ABTestNotFound and Unavailable.
        """
        tests, states = await self._read([ab_test_id])
        if ab_test_id not in tests:
            raise not_found(ab_test_id)
        follower.offer(tests[ab_test_id])
        if tests[ab_test_id].state is not ABTestState.RUNNING:
            follower.end()
            return
        figures = await self._figures([ab_test_id])
        followed = self._followed.setdefault(
            ab_test_id, _FollowedTest(tests[ab_test_id], states[ab_test_id], figures[ab_test_id])
        )
        followed.followers.add(follower)
        self.wake()  # it may have changed since it was read
        self._start(self._work)

    def leave(self, follower: Follower[ABTest]) -> None:
        """Leave the feed."""
        for ab_test_id, followed in list(self._followed.items()):
            followed.followers.discard(follower)
            if not followed.followers:
                del self._followed[ab_test_id]
        if not self._followed:
            self.wake()

    async def look_at_states(self) -> None:
        """Show the tests whose state or weights have changed. Raises Unavailable."""
        tests, states = await self._read(list(self._followed))
        for ab_test_id, followed in list(self._followed.items()):
            if ab_test_id in tests and states[ab_test_id] != followed.state:
                followed.test, followed.state = tests[ab_test_id], states[ab_test_id]
                followed.show()

    async def look_at_figures(self) -> None:
        """Show the tests whose figures have changed. Raises Unavailable."""
        figures = await self._figures(list(self._followed))
        for ab_test_id, followed in list(self._followed.items()):
            if ab_test_id in figures and figures[ab_test_id] != followed.figures:
                followed.figures = figures[ab_test_id]
                followed.show()

    async def _read(self, ids: Iterable[int]) -> tuple[dict[int, ABTest], dict[int, Hashable]]:
        async with self._database.reader() as reader:
            tests = await ab_tests.ab_tests_by_ids(reader, ids)
            epochs = await ab_tests.epochs_of_running_tests(reader)
        return tests, {id_: (test.state, test.verdict, epochs.get(id_)) for id_, test in tests.items()}

    async def _figures(self, ids: list[int]) -> dict[int, Hashable]:
        marks = await self._database.read(sums.marks_of, ids)
        return {id_: marks.get(id_) for id_ in ids}

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + FIGURES_SECONDS
        while self._followed:
            await wait_until(self._wake, due)
            woken = self._wake.is_set()
            self._wake.clear()
            try:
                if woken:
                    await self.look_at_states()
                if loop.time() >= due:
                    began = time.perf_counter()
                    await self.look_at_figures()
                    pause = FIGURES_PAUSE_FACTOR * (time.perf_counter() - began)
                    due = loop.time() + max(FIGURES_SECONDS, pause)
            except Unavailable as error:
                log.warning("A/B tests cannot be followed: %s", error.message)
                await asyncio.sleep(RETRY_SECONDS)
                self.wake()
