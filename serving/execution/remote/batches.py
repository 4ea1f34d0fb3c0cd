"""Batches in flight: what queues while all places are taken goes together, and nobody waits for a timer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from domain.errors import Failure, Overloaded
from domain.requests.request import Answer
from registry.features import Row

Answers = list[Answer | Failure]


@dataclass(slots=True, eq=False)
class _Piece:
    rows: Sequence[Row]
    future: asyncio.Future[Answers]
    began: float


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows that go together, from so many callers, the first of whom began to wait at `began` (the loop's time)."""

    rows: Sequence[Row]
    callers: int
    began: float


class FlightBatcher:
    """Joins the rows of callers into batches of at most `max_batch`, of which up to `width()` are in flight.

    `send` answers every row of its batch. It is cancelled when nobody waits for any of them any more, and only then:
    a caller that leaves does not take along the rows of others.
    """

    def __init__(
        self,
        send: Callable[[Batch], Awaitable[Answers]],
        *,
        name: str,
        queue_rows: int,
        max_batch: int,
        width: Callable[[], int],
    ) -> None:
        self._send, self._name, self._width = send, name, width
        self._queue_rows, self._max_batch = queue_rows, max_batch
        self._queue: deque[_Piece] = deque()
        self.waiting = 0
        self._flying: set[asyncio.Task[None]] = set()

    async def run(self, rows: Sequence[Row]) -> Answers:
        """Answers for `rows` in their order. Raises Overloaded when the queue is full."""
        if self.waiting and self.waiting + len(rows) > self._queue_rows:
            raise Overloaded(f"The algorithm {self._name} has {self.waiting} rows waiting; try again later.")
        loop, most = asyncio.get_running_loop(), self._max_batch
        parts = [rows[start : start + most] for start in range(0, len(rows), most)]
        pieces = [_Piece(part, loop.create_future(), loop.time()) for part in parts]
        self._queue.extend(pieces)
        self.waiting += len(rows)
        self.begin()
        if len(pieces) == 1:
            return await pieces[0].future
        return [answer for found in await asyncio.gather(*(p.future for p in pieces)) for answer in found]

    def begin(self) -> None:
        """Send what waits, as far as there are places."""
        while self._queue and len(self._flying) < self._width():
            pieces = self._take()
            if pieces:
                task = asyncio.create_task(self._fly(pieces), name=f"batch for {self._name}")
                self._flying.add(task)
                task.add_done_callback(self._landed)
                _cancel_when_nobody_waits(task, pieces)

    async def close(self) -> None:
        """Wait until all that waits is answered."""
        while self._flying:
            await asyncio.wait(self._flying)
            await asyncio.sleep(0)  # for what was done to be taken away, and the next to begin

    def _landed(self, task: asyncio.Task[None]) -> None:
        self._flying.discard(task)
        self.begin()

    def _take(self) -> list[_Piece]:
        """The next pieces up to the largest batch; those whose caller has left are dropped, not sent."""
        pieces: list[_Piece] = []
        count = 0
        while self._queue and (not pieces or count + len(self._queue[0].rows) <= self._max_batch):
            piece = self._queue.popleft()
            self.waiting -= len(piece.rows)
            if not piece.future.cancelled():
                pieces.append(piece)
                count += len(piece.rows)
        return pieces

    async def _fly(self, pieces: Sequence[_Piece]) -> None:
        rows = pieces[0].rows if len(pieces) == 1 else [row for piece in pieces for row in piece.rows]
        try:
            answers = await self._send(Batch(rows, len(pieces), pieces[0].began))
        except Exception as error:  # what nobody foresaw: nobody may wait for ever
            for piece in pieces:
                if not piece.future.done():
                    piece.future.set_exception(error)
            return
        start = 0
        for piece in pieces:
            end = start + len(piece.rows)
            if not piece.future.done():
                piece.future.set_result(answers[start:end])
            start = end


def _cancel_when_nobody_waits(task: asyncio.Task[None], pieces: Sequence[_Piece]) -> None:
    left = len(pieces)

    def gone(_: asyncio.Future[Answers]) -> None:
        nonlocal left
        left -= 1
        if not left:
            task.cancel()

    for piece in pieces:
        piece.future.add_done_callback(gone)
