"""Live statuses: whoever follows them gets each entry of the status log that is committed."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from domain.catalog.entries import AlgorithmStatus
from domain.errors import Unavailable
from domain.pacing import RETRY_SECONDS
from orm.connection.database import Database
from orm.queries.catalog.statuses import page_statuses
from serving.live.feed import Feed
from serving.live.follower import Follower

OVERLAP = 200
"""How many ids a look goes back: so many statuses may be under way at once, since ids are taken before the commit."""

CHUNK = 100

Matches = Callable[[AlgorithmStatus], bool]

log = logging.getLogger(__name__)


class LiveStatuses(Feed):
    """Reads what is new in the log after each change of the catalogue, while somebody follows it.

    Every transaction that changes a status counts up the catalogue's revision, by which all processes hear of it.
    """

    def __init__(self, database: Database) -> None:
        super().__init__("live statuses")
        self._database = database
        self._followers: dict[Follower[AlgorithmStatus], Matches] = {}
        self._seen: set[int] = set()
        self._beginning = asyncio.Lock()

    async def follow(self, follower: Follower[AlgorithmStatus], matches: Matches) -> None:
        """Let `follower` have the statuses that are given from now on and that `matches`. Raises Unavailable."""
        async with self._beginning:
            if not self.running:
                async with self._database.own_reader() as reader:
                    self._seen = {row.id for row in await page_statuses(reader, limit=OVERLAP)}
                self._start(self._work)
            self._followers[follower] = matches
        if follower.ended:  # closed while the log was read
            self.leave(follower)

    def leave(self, follower: Follower[AlgorithmStatus]) -> None:
        """Leave the feed."""
        self._followers.pop(follower, None)
        if not self._followers:
            self.wake()

    async def round(self) -> None:
        """Hand out what is new. Raises Unavailable."""
        low = max(self._seen, default=0) - OVERLAP
        while True:
            async with self._database.own_reader() as reader:
                # The log's order is newest first: these are the oldest entries above `low`, newest first.
                page = await page_statuses(reader, limit=CHUNK, before=low, backward=True)
            for row in reversed(page):
                if row.id not in self._seen:
                    self._seen.add(row.id)
                    for follower in [one for one, matches in self._followers.items() if matches(row)]:
                        follower.offer(row)
            if len(page) < CHUNK:
                break
            low = page[0].id
        newest = max(self._seen, default=0)
        self._seen = {id_ for id_ in self._seen if id_ >= newest - OVERLAP}

    async def _work(self) -> None:
        while self._followers:
            self._wake.clear()
            try:
                await self.round()
            except Unavailable as error:
                log.warning("the statuses cannot be followed: %s", error.message)
                await asyncio.sleep(RETRY_SECONDS)
                self.wake()
            await self._wake.wait()
