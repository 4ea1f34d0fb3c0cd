"""Whose new document is checked when: one of a caller at a time, and those of strangers one after another."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from domain.errors import RateLimited
from domain.pacing import PAUSE_FACTOR

AT_ONCE = 100
"""New documents of one caller that may wait: a front-end that was just deployed sends about as many."""
AT_ONCE_WITHOUT_SCOPE = 4
"""The same from one address whose callers hold no scope."""
STRANGERS_AT_ONCE = 64
"""The same for all callers together who hold no scope: half a second of work and two of pauses."""
LONG_CHECK = 0.02
"""Seconds; a caller whose document took longer waits before the next, as all who hold no scope do."""
MOST_PLACES = 1_000
"""So many callers are remembered who still have to wait."""

STRANGERS = ""
"""The place that all share who hold no scope; no key has this name."""


class CheckQueue:
    """Where the documents of one caller, or of all strangers, wait for each other."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting: dict[str, int] = {}
        self.free_at = 0.0


class CheckTurns:
    """Gives callers their turns, in the order in which they came.

    Checking takes a fifth of the time of one core at most from strangers together, and from each other caller whose
    documents are large. `timer` and `sleep` count in seconds.
    """

    def __init__(
        self,
        *,
        timer: Callable[[], float] = time.perf_counter,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._timer = timer
        self._sleep = sleep
        self.places: dict[str, CheckQueue] = {}
        self.draining = False

    def drain(self) -> None:
        """Check no more documents of strangers, waiting ones included: their pauses would hold up the server's end."""
        self.draining = True

    @asynccontextmanager
    async def turn(self, caller: str, *, stranger: bool) -> AsyncIterator[None]:
        """One caller's turn.

        Raises RateLimited where too many of its documents, or of strangers', wait already, and for a stranger's while
        the server ends.
        """
        name = STRANGERS if stranger else caller
        place = self.places.get(name) or self._place(name)
        _require_room(place, caller, stranger=stranger)
        place.waiting[caller] = place.waiting.get(caller, 0) + 1
        try:
            async with place.lock:
                owed = place.free_at - self._timer()
                if owed > 0 and not self._refuses(stranger):
                    await self._sleep(owed)
                if self._refuses(stranger):
                    raise RateLimited(
                        "this server ends, and checks no more documents of callers without a scope: send it again",
                        retry_after=1.0,
                    )
                began = self._timer()
                try:
                    yield
                finally:
                    now = self._timer()
                    if stranger or now - began > LONG_CHECK:
                        place.free_at = now + PAUSE_FACTOR * (now - began)
        finally:
            place.waiting[caller] -= 1
            if not place.waiting[caller]:
                del place.waiting[caller]
            if self._is_idle(place):
                self.places.pop(name, None)

    def _refuses(self, stranger: bool) -> bool:
        return stranger and self.draining

    def _place(self, name: str) -> CheckQueue:
        if len(self.places) >= MOST_PLACES:
            self.places = {known: place for known, place in self.places.items() if not self._is_idle(place)}
        place = self.places[name] = CheckQueue()
        return place

    def _is_idle(self, place: CheckQueue) -> bool:
        return not place.waiting and place.free_at <= self._timer()


def _require_room(place: CheckQueue, caller: str, *, stranger: bool) -> None:
    most = AT_ONCE_WITHOUT_SCOPE if stranger else AT_ONCE
    # Where there are no budgets addresses are not told apart: then only the bound of all strangers holds.
    if (caller or not stranger) and place.waiting.get(caller, 0) >= most:
        raise RateLimited(
            f"{most} of your documents that are new to this server wait to be checked, one after another: "
            "send fewer at once, or the same ones with variables",
            retry_after=1.0,
        )
    if stranger and sum(place.waiting.values()) >= STRANGERS_AT_ONCE:
        raise RateLimited(
            f"{STRANGERS_AT_ONCE} documents of callers without a key wait to be checked, one after another: "
            "come back later, or send a key",
            retry_after=2.0,
        )
