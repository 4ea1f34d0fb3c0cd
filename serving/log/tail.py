"""The tail of the request log: finds each request that is committed, once, whichever process wrote it.

Ids of different writers are committed out of order, so that a tail cannot just go on from the highest id. But each
writer commits its own ids in ascending order: the request log stores one batch after the other, a batch that is
refused and halved takes new, higher ids, and whoever takes a writer number over, after a lease ran out or a clock
stepped back, begins above its high-water mark. So a `poll` asks of each writer only for ids beyond its last one. It
looks back to where a writer can be: at most so far below the mark that the writer stored before it used the ids.
Where that order breaks (a transaction that hung before its COMMIT, or whose lease ran out meanwhile), a `sweep`
compares how many ids there are in each second of the last minutes with how many were found, and finds the rest.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain

from domain.requests.request_ids import MAX_ID, compose, first_at, millisecond_of, writer_of
from orm.connection.database import Database
from orm.queries.history import tail
from serving.log.id_clock import MAX_AHEAD_MS, RESERVE_MS
from serving.ports import Clock

OVERLAP_MS = 15_000
"""How long a batch may wait for its transaction, once it has its ids: 10 s for its turn and 5 s for other processes."""

LEAD_MS = RESERVE_MS + 2 * MAX_AHEAD_MS + OVERLAP_MS
"""How far below its high-water mark a writer that works may still commit an id."""

ACTIVE_SECONDS = (LEAD_MS + 3_000) / 1000
"""A writer whose mark has not moved for so long has nothing under way, or something that a sweep finds."""

WINDOW_MS = 300_000
"""How far a sweep looks back; so long may a transaction hang, and so far may the clocks of machines differ."""

POLL_LIMIT = 1_000


class Tail:
    """Follows the log from `begin` to `end`. Its owner calls `own`, `poll` and `sweep`, one at a time.

    Each returns ids that none of them has returned before: of requests that were committed after `begin` began.
    `wake` is called when this process has committed some. A call that raises has lost nothing.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        wake: Callable[[], None],
        *,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._timer = timer
        self._running = False
        self._own: list[int] = []
        self._own_writer: tuple[int, float] | None = None
        self._last: dict[int, int] = {}
        self._found: dict[int, array[int]] = {}
        self._marks: dict[int, tuple[int, float]] = {}
        self._floor = 0

    def note_commit(self, ids: Sequence[int]) -> None:
        """Take the ids that this process has committed, ascending; called after each batch, returns at once."""
        if self._running and ids:
            self._own += ids
            self._own_writer = writer_of(ids[-1]), self._timer()
            self._wake()

    async def begin(self) -> None:
        """Learn what is there already. Raises Unavailable; then it has not begun."""
        self._running = True
        try:
            async with self._database.own_reader() as reader:
                marks = await tail.high_water_marks(reader)
                self._floor = self._window_start(marks.values())
                texts = await tail.ids_by_bucket(reader, self._floor, MAX_ID)
        except BaseException:
            self.end()
            raise
        newest = max(marks.values(), default=0)
        now = self._timer()
        self._marks = {writer: (mark, now) for writer, mark in marks.items() if mark >= newest - WINDOW_MS}
        self._found, self._last = await asyncio.to_thread(_parse, texts)

    def end(self) -> None:
        """Forget everything."""
        self._running = False
        self._own, self._own_writer = [], None
        self._last, self._found, self._marks = {}, {}, {}

    def own(self) -> list[int]:
        """What this process has committed since the last call."""
        ids, self._own = self._own, []
        return self._take_new(ids)

    async def poll(self) -> list[int]:
        """What other processes have committed; up to a thousand at a time, the rest at the next call."""
        async with self._database.own_reader() as reader:
            low = self._low(await tail.high_water_marks(reader))
            if low is None:
                return []
            last = dict(self._last)
            own = self._own_number()
            if own is not None:
                last[own] = MAX_ID
            ids = await tail.ids_beyond(reader, low, last, POLL_LIMIT)
        return self._take_new(ids)

    async def sweep(self) -> list[int]:
        """What `own` and `poll` have missed in the last minutes."""
        async with self._database.own_reader() as reader:
            low = self._window_start((await tail.high_water_marks(reader)).values())
            self._floor = max(self._floor, low)
            counts = await tail.counts_by_bucket(reader, self._floor)
            texts: dict[int, str] = {}
            for bucket, count in counts.items():
                if count > len(self._found.get(bucket, ())):
                    first = bucket << tail.BUCKET_BITS
                    texts |= await tail.ids_by_bucket(reader, first, first + (1 << tail.BUCKET_BITS) - 1)
        oldest = self._floor >> tail.BUCKET_BITS
        self._found = {bucket: ids for bucket, ids in self._found.items() if bucket >= oldest}
        there, _ = await asyncio.to_thread(_parse, texts)
        return self._take_missed(there)

    def _low(self, marks: Mapping[int, int]) -> int | None:
        """From which id on other writers may commit; None when none of them works."""
        now = self._timer()
        for writer, mark in marks.items():
            if writer not in self._marks or self._marks[writer][0] != mark:
                self._marks[writer] = mark, now
        own = self._own_number()
        working = [
            mark
            for writer, (mark, moved) in self._marks.items()
            if writer != own and now - moved <= ACTIVE_SECONDS
        ]
        return max(self._floor, compose(max(min(working) - LEAD_MS, 0), 0, 0)) if working else None

    def _own_number(self) -> int | None:
        """The writer number that is this process's alone: a lease that was used lately has not run out."""
        if self._own_writer is None or self._timer() - self._own_writer[1] > ACTIVE_SECONDS:
            return None
        return self._own_writer[0]

    def _window_start(self, marks: Iterable[int]) -> int:
        """The first id of the bucket with which the last minutes begin, by the clock that is ahead of the others."""
        newest = max([millisecond_of(first_at(self._clock())), *marks])
        return compose(max(newest - WINDOW_MS, 0), 0, 0) >> tail.BUCKET_BITS << tail.BUCKET_BITS

    def _take_new(self, ids: Iterable[int]) -> list[int]:
        """Those that lie beyond the last one of their writer, which are noted as found."""
        new = []
        for id_ in ids:
            if id_ > self._last.get(writer_of(id_), -1):
                self._note(id_)
                new.append(id_)
        return new

    def _take_missed(self, there: Mapping[int, array[int]]) -> list[int]:
        """Those that were not found before, which are noted as found."""
        new = sorted(
            id_ for bucket, ids in there.items() for id_ in set(ids).difference(self._found.get(bucket, ()))
        )
        for id_ in new:
            self._note(id_)
        return new

    def _note(self, id_: int) -> None:
        self._found.setdefault(id_ >> tail.BUCKET_BITS, array("q")).append(id_)
        writer = writer_of(id_)
        self._last[writer] = max(self._last.get(writer, -1), id_)


def _parse(texts: Mapping[int, str]) -> tuple[dict[int, array[int]], dict[int, int]]:
    """The ids by bucket, and the last one of each writer. Runs in a thread."""
    found = {bucket: array("q", map(int, text.split(","))) for bucket, text in texts.items()}
    last: dict[int, int] = {}
    for id_ in chain.from_iterable(found.values()):
        writer = writer_of(id_)
        last[writer] = max(last.get(writer, -1), id_)
    return found, last
