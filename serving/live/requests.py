"""Live requests: whoever follows them gets each one that is committed, whichever process predicted it."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator, Hashable, Sequence
from contextvars import Context
from dataclasses import dataclass

from domain.callers import Viewer
from domain.errors import ArbiterError, InvalidInput, SlowConsumer, Unavailable
from domain.history.filters import Position, RequestFilter, RequestOrder
from domain.requests.request import Request
from domain.requests.request_ids import compose, first_at, millisecond_of
from orm.connection.database import Database
from orm.queries.history.requests import page_requests
from serving.live.follower import Follower
from serving.log.tail import LEAD_MS, POLL_LIMIT, Tail
from serving.ports import Clock

CHUNK = 100
"""Rows of one statement: as many as are turned into values without holding the event loop."""

LARGEST_BACKLOG = 100_000
OLDEST_MS = 24 * 3_600_000
REST = 4.0
"""A round is followed by a rest of so many times its own length, so that following never takes a server over."""

SHORTEST_REST = 0.05
RETRY_SECONDS = 0.5

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


class FollowerGroup:
    """Followers who want the same, and the ids that were found and not yet read for them.

    Ids wait here however long a burst is; rows are read when there is room for them. A follower that makes no
    room for `patience` seconds is cut off.
    """

    def __init__(self, database: Database, subscription: RequestSubscription, patience: float) -> None:
        self._database = database
        self._subscription = subscription
        self._patience = patience
        self._backlog: deque[int] = deque()
        self._wake = asyncio.Event()
        self.followers: dict[Follower[Request], frozenset[str]] = {}
        self.task: asyncio.Task[None] | None = None

    def add(self, ids: Sequence[int]) -> None:
        """Have these read; returns at once."""
        self._backlog.extend(ids)
        self._wake.set()
        if len(self._backlog) > LARGEST_BACKLOG:
            self.end(
                SlowConsumer(f"More than {LARGEST_BACKLOG} requests waited to be read; resume with `after`.")
            )

    def end(self, error: ArbiterError) -> None:
        """End every follower."""
        for follower in list(self.followers):
            follower.end(error)

    async def work(self) -> None:
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
            await asyncio.sleep(max(SHORTEST_REST, REST * seconds))
            if not self._backlog:
                await self._wake.wait()

    async def _deliver(self) -> float:
        """Read the next rows, offer them as there is room, and return how many seconds reading took."""
        began = time.perf_counter()
        ids = list(itertools.islice(self._backlog, CHUNK))
        columns: frozenset[str] = frozenset().union(*self.followers.values())
        rows = await read_page(self._database, self._subscription, ids, columns) if ids else []
        seconds = time.perf_counter() - began
        for _ in ids:
            self._backlog.popleft()
        for row in rows:
            for follower in list(self.followers):
                if not await follower.has_room(self._patience):
                    follower.cut_off()
                follower.offer(row)
        return seconds


class LiveRequests:
    """Reads the tail of the log while somebody follows it: one statement a batch for all who want the same."""

    def __init__(
        self, database: Database, clock: Clock, *, poll: float, sweep: float, patience: float
    ) -> None:
        self._database = database
        self._clock = clock
        self._tail = Tail(database, clock, self.wake)
        self.on_commit = self._tail.note_commit
        self._poll, self._sweep, self._patience = poll, sweep, patience
        self._groups: dict[Hashable, FollowerGroup] = {}
        self._wake = asyncio.Event()
        self._beginning = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Whether the tail of the log is being read."""
        return self._task is not None

    def wake(self) -> None:
        """Something was committed by this process."""
        self._wake.set()

    async def follow(
        self, follower: Follower[Request], subscription: RequestSubscription, after: int | None
    ) -> None:
        """Let `follower` have what is committed from now on; with `after`, what came since that request first.

        What came since is read from a little before it, since ids are not committed in order: some may be known.
        Raises what reading raises for this filter and viewer: InvalidInput, Forbidden, Unavailable.
        """
        await read_page(
            self._database, subscription, [], subscription.columns
        )  # what cannot be asked is refused here, not later
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
                group.add(())  # it wakes, and ends
        if not self._groups:
            self._wake.set()

    async def close(self) -> None:
        """Stop reading."""
        tasks = [task for task in (self._task, *(group.task for group in self._groups.values())) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

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
            if self._task is None:
                await self._tail.begin()
                # Without the caller's context: whoever subscribed first has no part in what is read for others.
                self._task = asyncio.create_task(self._work(), name="live requests", context=Context())
        key = subscription.key(follower)
        group = self._groups.get(key)
        if group is None:
            group = self._groups[key] = FollowerGroup(self._database, subscription, self._patience)
        group.followers[follower] = subscription.columns
        if group.task is None:
            group.task = asyncio.create_task(group.work(), name="live requests", context=Context())
        if follower.ended:  # closed while the tail began
            self.leave(follower)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        poll_at, sweep_at = loop.time() + self._poll, loop.time() + self._sweep
        try:
            while self._groups:
                await _wait_until(self._wake, poll_at)
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
                    poll_at = now if found >= POLL_LIMIT else now + self._poll
                if sweep:
                    sweep_at = now + self._sweep
                await asyncio.sleep(max(SHORTEST_REST, REST * (now - began)))
        except Exception:
            log.exception("following the request log has failed")
            for group in list(self._groups.values()):
                group.end(ArbiterError("Internal server error"))
        finally:
            self._tail.end()
            self._task = None

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
        """The history from `low` on, as fast as it is read; then `follower` joins, and what came meanwhile follows."""
        known: set[int] = set()
        position, joined = low, False
        while True:
            page = await self._history(subscription, position)
            for row in page:
                if row.id not in known:
                    known.add(row.id)
                    yield row
            position = page[-1].id if page else position
            if len(page) == CHUNK:
                known = {id_ for id_ in known if id_ > _id_before(position, 2 * LEAD_MS)}
            elif joined:
                break
            else:
                await self._join(follower, subscription)
                position, joined = max(low, _id_before(position, LEAD_MS)), True
        while (new := await follower.take()) is not None:
            if new.id not in known:
                yield new

    async def _history(self, subscription: RequestSubscription, position: int) -> list[Request]:
        async with self._database.reader() as reader:
            return await page_requests(
                reader,
                subscription.viewer,
                limit=CHUNK,
                where=subscription.where,
                order=RequestOrder.ID_ASC,
                after=Position(position),
                columns=subscription.columns,
            )


def _id_before(id_: int, milliseconds: int) -> int:
    """The lowest id of the time so long before that of `id_`."""
    return compose(max(millisecond_of(id_) - milliseconds, 0), 0, 0)


async def read_page(
    database: Database, subscription: RequestSubscription, ids: Sequence[int], columns: frozenset[str]
) -> list[Request]:
    """Those of `ids` that the subscription asks for, as its viewer may see them, in one statement."""
    found = RequestFilter(ids=tuple(ids), and_=(subscription.where,) if subscription.where else ())
    async with database.reader() as reader:
        return await page_requests(
            reader,
            subscription.viewer,
            limit=len(ids),
            where=found,
            order=RequestOrder.ID_ASC,
            columns=columns,
        )


async def _wait_until(event: asyncio.Event, at: float) -> None:
    try:
        async with asyncio.timeout_at(at):
            await event.wait()
    except TimeoutError:
        return
