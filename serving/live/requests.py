"""Live requests: whoever follows them gets each one that is committed, whichever process predicted it.

Three parts share the work. The tail of the log finds the ids of what was committed. LiveRequests hands every id to
all groups at once, before anything is read: so a read that fails loses no id. Each group reads the rows of its ids
in one statement for all its followers, who asked for the same, and waits for those who are slow.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Hashable, Sequence
from dataclasses import dataclass

from domain.callers import Viewer
from domain.errors import ArbiterError, InvalidInput, SlowConsumer, Unavailable
from domain.history.filters import Position, RequestFilter, RequestOrder
from domain.pacing import PAUSE_FACTOR, READ_ROWS_ON_LOOP, RETRY_SECONDS, SHORTEST_PAUSE, wait_until
from domain.requests.request import Request
from domain.requests.request_ids import compose, first_at, millisecond_of
from orm.connection.database import Database
from orm.queries.history.requests import page_requests
from serving.live.feed import Feed
from serving.live.follower import Follower
from serving.log.tail import LEAD_MS, POLL_LIMIT, Tail
from serving.ports import Clock

LARGEST_BACKLOG = 100_000
OLDEST_MS = 24 * 3_600_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RequestSubscription:
    """What one follows: requests of `where` as `viewer` may see them, with these of the wide columns.

    `alone` says that its reader may wait for others, such as a socket: then nobody shares its statements, since
    those who share them wait for each other.
    """

    where: RequestFilter | None
    viewer: Viewer
    columns: frozenset[str]
    alone: bool = False

    def key(self, follower: object) -> Hashable:
        """The same for all who are answered by one statement."""
        shared = self.where, self.viewer.principal, frozenset(self.viewer.public.items())
        return (*shared, follower) if self.alone else shared

    async def read(self, database: Database, ids: Sequence[int], columns: frozenset[str]) -> list[Request]:
        """Those of `ids` that it asks for, in ascending order and in one statement."""
        where = RequestFilter(ids=tuple(ids), and_=(self.where,) if self.where else ())
        async with database.own_reader() as reader:
            return await page_requests(
                reader,
                self.viewer,
                limit=len(ids),
                where=where,
                order=RequestOrder.ID_ASC,
                columns=columns,
            )

    async def read_after(self, database: Database, position: int) -> list[Request]:
        """The next of all that it asks for, in ascending order and in one statement."""
        async with database.reader() as reader:
            return await page_requests(
                reader,
                self.viewer,
                limit=READ_ROWS_ON_LOOP,
                where=self.where,
                order=RequestOrder.ID_ASC,
                after=Position(position),
                columns=self.columns,
            )


class FollowerGroup(Feed):
    """Followers who want the same, and the ids that were found and not yet read for them.

    Ids wait here however long a burst is; rows are read when there is room for them. A follower that makes no
    room for `patience` seconds is cut off.
    """

    def __init__(self, database: Database, subscription: RequestSubscription, patience: float) -> None:
        super().__init__("live requests")
        self._database = database
        self._subscription = subscription
        self._patience = patience
        self._backlog: deque[int] = deque()
        self.followers: dict[Follower[Request], frozenset[str]] = {}

    def join(self, follower: Follower[Request], columns: frozenset[str]) -> None:
        """Read these wide columns for `follower`, too, from now on."""
        self.followers[follower] = columns
        self._start(self._work)

    def add(self, ids: Sequence[int]) -> None:
        """Have these read; returns at once."""
        self._backlog.extend(ids)
        self.wake()
        if len(self._backlog) > LARGEST_BACKLOG:
            self.end(
                SlowConsumer(f"More than {LARGEST_BACKLOG} requests waited to be read; resume with `after`.")
            )

    def end(self, error: ArbiterError) -> None:
        """End every follower."""
        for follower in list(self.followers):
            follower.end(error)

    async def _work(self) -> None:
        """Read and offer what is added, until nobody follows any more."""
        while self.followers:
            self._wake.clear()
            try:
                seconds = await self._deliver()
            except Unavailable as error:
                log.warning("requests cannot be read for their followers: %s", error.message)
                await asyncio.sleep(RETRY_SECONDS)
                continue
            except ArbiterError as error:
                self.end(error)
                return
            except Exception:
                log.exception("requests could not be read for their followers")
                self.end(ArbiterError("Internal server error"))
                return
            await asyncio.sleep(max(SHORTEST_PAUSE, PAUSE_FACTOR * seconds))
            if not self._backlog:
                await self._wake.wait()

    async def _deliver(self) -> float:
        """Read the next rows, offer them as there is room, and return how many seconds reading took."""
        began = time.perf_counter()
        ids = list(itertools.islice(self._backlog, READ_ROWS_ON_LOOP))
        columns: frozenset[str] = frozenset().union(*self.followers.values())
        rows = await self._subscription.read(self._database, ids, columns) if ids else []
        seconds = time.perf_counter() - began
        # Only now: where reading has failed, the ids still wait.
        for _ in ids:
            self._backlog.popleft()
        for row in rows:
            for follower in list(self.followers):
                # The group waits for its slowest follower, and no longer than `patience`: one that is cut off
                # leaves, and costs the others nothing more.
                if not await follower.has_room(self._patience):
                    follower.cut_off()
                follower.offer(row)
        return seconds


class LiveRequests(Feed):
    """Reads the tail of the log while somebody follows it: one statement a batch for all who want the same."""

    def __init__(
        self, database: Database, clock: Clock, *, poll: float, sweep: float, patience: float
    ) -> None:
        super().__init__("live requests")
        self._database = database
        self._clock = clock
        self._tail = Tail(database, clock, self.wake)
        self.on_commit = self._tail.note_commit
        self._poll, self._sweep, self._patience = poll, sweep, patience
        self._groups: dict[Hashable, FollowerGroup] = {}
        self._beginning = asyncio.Lock()

    async def follow(
        self, follower: Follower[Request], subscription: RequestSubscription, after: int | None
    ) -> None:
        """Let `follower` have what is committed from now on; with `after`, what came since that request first.

        What came since is read from a little before it, since ids are not committed in order: some may be known.
        Raises what reading raises for this filter and viewer: InvalidInput, Forbidden, Unavailable.
        """
        # What may not be asked for is refused here and not later, when nobody is there to be told.
        await subscription.read(self._database, [], subscription.columns)
        if after is None:
            await self._join(follower, subscription)
        else:
            follower.source = self._replay(follower, subscription, self._before(after))

    def leave(self, follower: Follower[Request]) -> None:
        """Leave: without followers nothing is read."""
        for key, group in list(self._groups.items()):
            group.followers.pop(follower, None)
            if not group.followers:
                del self._groups[key]
                group.wake()  # and it ends
        if not self._groups:
            self.wake()

    async def close(self) -> None:
        """Stop reading."""
        await asyncio.gather(super().close(), *(group.close() for group in self._groups.values()))

    async def round(self, *, poll: bool = True, sweep: bool = False) -> int:
        """Find what is new and have it handed out; returns how many requests were found. Raises Unavailable."""
        count = self._distribute(self._tail.own())
        if poll:
            count += self._distribute(await self._tail.poll())
        if sweep:
            count += self._distribute(await self._tail.sweep())
        return count

    def _distribute(self, ids: list[int]) -> int:
        """Note ids for every group at once, so that nothing is lost when something fails."""
        if ids:
            for group in list(self._groups.values()):
                group.add(ids)
        return len(ids)

    async def _join(self, follower: Follower[Request], subscription: RequestSubscription) -> None:
        async with self._beginning:
            if not self.running:
                await self._tail.begin()
                self._start(self._work)
        # No other task runs between here and the end: the work, which ends without groups, sees this one.
        key = subscription.key(follower)
        if key not in self._groups:
            self._groups[key] = FollowerGroup(self._database, subscription, self._patience)
        self._groups[key].join(follower, subscription.columns)
        if follower.ended:  # closed while the tail began
            self.leave(follower)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        poll_at, sweep_at = loop.time() + self._poll, loop.time() + self._sweep
        try:
            while self._groups:
                await wait_until(self._wake, poll_at)
                self._wake.clear()
                began = loop.time()
                poll, sweep = began >= poll_at, began >= sweep_at
                try:
                    found = await self.round(poll=poll, sweep=sweep)
                except Unavailable as error:
                    log.warning("the request log cannot be followed: %s", error.message)
                    await asyncio.sleep(RETRY_SECONDS)
                    continue
                now = loop.time()
                if poll:
                    # A full answer has more behind it: then it is asked again at once.
                    poll_at = now if found >= POLL_LIMIT else now + self._poll
                if sweep:
                    sweep_at = now + self._sweep
                await asyncio.sleep(max(SHORTEST_PAUSE, PAUSE_FACTOR * (now - began)))
        except Exception:
            log.exception("following the request log has failed")
            for group in list(self._groups.values()):
                group.end(ArbiterError("Internal server error"))
        finally:
            self._tail.end()

    def _before(self, after: int) -> int:
        """Where a replay begins: so far before `after` that what was committed out of order is in it."""
        if after < _id_before(first_at(self._clock()), OLDEST_MS):
            raise InvalidInput(
                "after may be at most a day old: read what came before with `requests`.", path=("after",)
            )
        return _id_before(after, LEAD_MS)

    async def _replay(
        self, follower: Follower[Request], subscription: RequestSubscription, low: int
    ) -> AsyncGenerator[Request, None]:
        """The history from `low` on, as fast as it is read; then `follower` joins, and what came meanwhile follows.

        Between the last page and joining, requests may be committed with ids below that page's. So the history of
        the last seconds is read once more after joining, and what both bring is given once: `known` holds the ids
        that may still come twice.
        """
        known: set[int] = set()
        position, joined = low, False
        while True:
            page = await subscription.read_after(self._database, position)
            for row in page:
                if row.id not in known:
                    known.add(row.id)
                    yield row
            position = page[-1].id if page else position
            if len(page) == READ_ROWS_ON_LOOP:
                known = {id_ for id_ in known if id_ > _id_before(position, 2 * LEAD_MS)}
            elif joined:
                break
            else:
                await self._join(follower, subscription)
                position, joined = max(low, _id_before(position, LEAD_MS)), True
        while (new := await follower.take()) is not None:
            if new.id not in known:
                yield new


def _id_before(id_: int, milliseconds: int) -> int:
    """The lowest id of the time so long before that of `id_`."""
    return compose(max(millisecond_of(id_) - milliseconds, 0), 0, 0)
