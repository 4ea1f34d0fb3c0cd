"""Live: what happens, told to subscribers; bounded, ended when a right ends, and never in the way of predictions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from domain.ab_tests.ab_test import ABTest
from domain.callers import Principal
from domain.catalog.entries import AlgorithmStatus
from domain.errors import ArbiterError, ServerStopping, SlowConsumer, TooManySubscriptions, Unauthenticated
from domain.requests.request import Request
from orm.connection.database import Database
from serving.catalog.catalog import Catalog
from serving.live.ab_tests import LiveABTests
from serving.live.follower import Follower
from serving.live.requests import LiveRequests, RequestSubscription
from serving.live.statuses import LiveStatuses, Matches
from serving.ports import Clock

T = TypeVar("T")
OnEnd = Callable[[ArbiterError], None]


@dataclass(frozen=True, slots=True)
class LiveBounds:
    """How many events may wait for one subscriber, how many subscriptions a process has, and how often it looks.

    The others are seconds. `poll` and `sweep`: between two looks for what other processes have committed, and
    between two looks at the last minutes for what was committed late. `patience`: how long a full queue may stay
    full while more is to come.
    """

    queue: int = 1_000
    """Whoever is further behind resumes from the database, which holds the events anyway."""
    subscriptions: int = 1_000
    poll: float = 0.2
    sweep: float = 30.0
    patience: float = 2.0


DEFAULT_LIVE_BOUNDS = LiveBounds()


class Live:
    """Subscriptions of one process. Each gives a Follower, which its reader closes with `aclose`."""

    def __init__(
        self, database: Database, catalog: Catalog, clock: Clock, bounds: LiveBounds = DEFAULT_LIVE_BOUNDS
    ) -> None:
        self._catalog = catalog
        self.bounds = bounds
        self.requests = LiveRequests(
            database, clock, poll=bounds.poll, sweep=bounds.sweep, patience=bounds.patience
        )
        self.statuses = LiveStatuses(database)
        self.ab_tests = LiveABTests(database)
        self._keys: dict[object, tuple[Follower[object], Principal | None]] = {}
        self._stopping = False
        self.cut_off = 0
        catalog.on_change(self._changed)

    @property
    def subscribers(self) -> int:
        """How many subscriptions there are now."""
        return len(self._keys)

    async def request_logged(
        self, subscription: RequestSubscription, after: int | None = None, on_end: OnEnd | None = None
    ) -> Follower[Request]:
        """Each request of `subscription` that is committed from now on; with `after`, first what came since that one.

        Raises TooManySubscriptions, ServerStopping, and what `LiveRequests.follow` raises.
        """
        return await self._subscribe(
            subscription.viewer.principal,
            self.requests.leave,
            on_end,
            lambda follower: self.requests.follow(follower, subscription, after),
        )

    async def status_changed(
        self, principal: Principal, matches: Matches, on_end: OnEnd | None = None
    ) -> Follower[AlgorithmStatus]:
        """Each status that an algorithm is given from now on, where it `matches`.

        Raises TooManySubscriptions, ServerStopping and Unavailable.
        """
        return await self._subscribe(
            principal, self.statuses.leave, on_end, lambda follower: self.statuses.follow(follower, matches)
        )

    async def ab_test_updated(
        self, principal: Principal, ab_test_id: int, on_end: OnEnd | None = None
    ) -> Follower[ABTest]:
        """The test now and after each change, until it has ended.

        Raises ABTestNotFound, TooManySubscriptions, ServerStopping and Unavailable.
        """
        return await self._subscribe(
            principal,
            self.ab_tests.leave,
            on_end,
            lambda follower: self.ab_tests.follow(follower, ab_test_id),
        )

    def stop(self) -> None:
        """End every subscription with ServerStopping, and refuse new ones; returns at once."""
        self._stopping = True
        for follower, _ in list(self._keys.values()):
            follower.end(ServerStopping("The server is being stopped; subscribe again in a moment."))

    async def close(self) -> None:
        """Stop everything."""
        self.stop()
        await asyncio.gather(self.requests.close(), self.statuses.close(), self.ab_tests.close())

    async def _subscribe(
        self,
        principal: Principal,
        leave: Callable[[Follower[T]], None],
        on_end: OnEnd | None,
        join: Callable[[Follower[T]], Awaitable[None]],
    ) -> Follower[T]:
        """A follower that is in its feed; when it cannot join, it is gone."""
        if self._stopping:
            raise ServerStopping("The server is being stopped; subscribe again in a moment.")
        if len(self._keys) >= self.bounds.subscriptions:
            raise TooManySubscriptions(
                f"This server has {self.bounds.subscriptions} subscriptions, the most it takes: end some, or "
                "come back later."
            )

        def left(one: Follower[T]) -> None:
            self._keys.pop(one, None)
            leave(one)

        def ended(error: ArbiterError) -> None:
            self.cut_off += isinstance(error, SlowConsumer)
            if on_end is not None:
                on_end(error)

        follower: Follower[T] = Follower(self.bounds.queue, left, ended)
        # Who was let in by a key stays as long as the key counts; tokens and keyless callers have no row there.
        key = principal if principal in self._catalog.snapshot.principals.values() else None
        # It counts before it has joined: joining may wait for the database, and the bound must hold meanwhile.
        self._keys[follower] = follower, key  # type: ignore[assignment]
        try:
            await join(follower)
        except BaseException:
            await follower.aclose()
            raise
        return follower

    def _changed(self) -> None:
        """The catalogue has changed: statuses and tests may have, and keys may have been revoked."""
        self.statuses.wake()
        self.ab_tests.wake()
        valid = set(self._catalog.snapshot.principals.values())
        for follower, key in list(self._keys.values()):
            if key is not None and key not in valid:
                follower.end(Unauthenticated("the API key was revoked"))
