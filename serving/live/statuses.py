"""Live statuses: whoever follows them gets each entry of the status log that is committed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextvars import Context

from domain.catalog.entries import AlgorithmStatus
from domain.errors import Unavailable
from orm.connection.database import Database
from orm.queries.catalog.statuses import page_statuses
from serving.live.follower import Follower

OVERLAP = 200
"""How many ids a look goes back: so many statuses may be under way at once, since ids are taken before the commit."""

CHUNK = 100
RETRY_SECONDS = 0.5

Matches = Callable[[AlgorithmStatus], bool]

log = logging.getLogger(__name__)


class LiveStatuses:
    """Reads what is new in the log after each change of the catalogue, while somebody follows it.

    Every transaction that changes a status counts up the catalogue's revision, by which all processes hear of it.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._followers: dict[Follower[AlgorithmStatus], Matches] = {}
        self._seen: set[int] = set()
        self._last = 0
        self._wake = asyncio.Event()
        self._beginning = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    def wake(self) -> None:
        """The catalogue has changed."""
        self._wake.set()

    async def follow(self, follower: Follower[AlgorithmStatus], matches: Matches) -> None:
        """Let `follower` have the statuses that are given from now on and that `matches`. Raises Unavailable."""
        async with self._beginning:
            if self._task is None:
                async with self._database.reader() as reader:
                    there = await page_statuses(reader, limit=OVERLAP)
                self._seen = {row.id for row in there}
                self._last = max(self._seen, default=0)
                self._task = asyncio.create_task(self._work(), name="live statuses", context=Context())
            self._followers[follower] = matches
        if follower.ended:
            self.leave(follower)

    def leave(self, follower: Follower[AlgorithmStatus]) -> None:
        """Leave the feed."""
        self._followers.pop(follower, None)
        if not self._followers:
            self._wake.set()

    async def close(self) -> None:
        """Stop reading."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def round(self) -> int:
        """Hand out what is new; returns how many entries were found. Raises Unavailable."""
        low, count = self._last - OVERLAP, 0
        while True:
            async with self._database.reader() as reader:
                # The log's order is newest first: these are the oldest entries above `low`, newest first.
                page = await page_statuses(reader, limit=CHUNK, before=low, backward=True)
            for row in reversed(page):
                if row.id not in self._seen:
                    count += 1
                    self._seen.add(row.id)
                    self._offer(row)
            if len(page) < CHUNK:
                break
            low = page[0].id
        self._last = max(self._seen, default=0)
        self._seen = {id_ for id_ in self._seen if id_ >= self._last - OVERLAP}
        return count

    def _offer(self, row: AlgorithmStatus) -> None:
        for follower, matches in list(self._followers.items()):
            if matches(row):
                follower.offer(row)

    async def _work(self) -> None:
        try:
            while self._followers:
                self._wake.clear()
                try:
                    await self.round()
                except Unavailable as error:
                    log.warning("the statuses cannot be followed: %s", error.message)
                    await asyncio.sleep(RETRY_SECONDS)
                    self._wake.set()
                await self._wake.wait()
        finally:
            self._task = None
