"""A micro-batcher without a timer: while one batch runs in the worker thread, the next one queues."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from domain.errors import Failure, Overloaded
from domain.requests.request import Answer
from registry.features import Row

MAX_BATCH = 512


@dataclass(slots=True)
class _Call:
    rows: Sequence[Row]
    future: asyncio.Future[list[Answer | Failure]]


class MicroBatcher:
    """Joins the rows of concurrent callers into batches for one worker thread.

    `run_batch` must answer every row and never raise; a lone caller waits for nothing but its own rows.

    Who may cancel whom: a caller cancels its own future and nothing else. The worker is a task of the batcher, which
    no caller awaits, so a cancelled caller never takes along the rows of others. What it asked for is dropped while it
    queues; once its batch runs nothing can stop the thread, and its answers are thrown away.
    """

    def __init__(
        self,
        run_batch: Callable[[Sequence[Row]], list[Answer | Failure]],
        pool: ThreadPoolExecutor,
        *,
        name: str,
        queue_rows: int,
        max_batch: int = MAX_BATCH,
    ) -> None:
        self._run_batch = run_batch
        self._pool = pool
        self._name = name
        self._queue_rows = queue_rows
        self._max_batch = max_batch
        self._queue: deque[_Call] = deque()
        self._waiting = 0
        self._worker: asyncio.Task[None] | None = None

    @property
    def waiting(self) -> int:
        """How many rows wait for the worker thread."""
        return self._waiting

    async def run(self, rows: Sequence[Row]) -> list[Answer | Failure]:
        """Answers for `rows` in their order. Raises Overloaded when the queue is full."""
        # A call that is larger than the whole queue is let in when nothing waits: else it could never be answered.
        if self._waiting and self._waiting + len(rows) > self._queue_rows:
            raise Overloaded(f"The algorithm {self._name} has {self._waiting} rows waiting; try again later.")
        future: asyncio.Future[list[Answer | Failure]] = asyncio.get_running_loop().create_future()
        self._queue.append(_Call(rows, future))
        self._waiting += len(rows)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name=f"batcher {self._name}")
        return await future

    async def close(self) -> None:
        """Run what still waits, then end the worker thread."""
        if self._worker is not None:
            await self._worker
        await asyncio.to_thread(self._pool.shutdown)

    async def _work(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._queue:
                calls = self._take()
                if not calls:  # all of them were cancelled while they queued
                    continue
                rows = [row for call in calls for row in call.rows]
                try:
                    answers = await loop.run_in_executor(self._pool, self._run_batch, rows)
                except Exception as error:  # the worker thread itself is gone: nobody may wait for ever
                    _fail(calls, error)
                    continue
                _resolve(calls, answers)
        finally:
            # No await lies between the empty queue and here: a call that comes later finds no worker, and begins one.
            self._worker = None

    def _take(self) -> list[_Call]:
        """The next calls up to the largest batch; a cancelled caller's rows are dropped, not run."""
        calls: list[_Call] = []
        count = 0
        while self._queue and (not calls or count + len(self._queue[0].rows) <= self._max_batch):
            call = self._queue.popleft()
            self._waiting -= len(call.rows)
            if not call.future.cancelled():
                calls.append(call)
                count += len(call.rows)
        return calls


def _resolve(calls: Sequence[_Call], answers: Sequence[Answer | Failure]) -> None:
    start = 0
    for call in calls:
        end = start + len(call.rows)
        if not call.future.done():  # a caller that was cancelled while its batch ran
            call.future.set_result(list(answers[start:end]))
        start = end


def _fail(calls: Sequence[_Call], error: Exception) -> None:
    for call in calls:
        if not call.future.done():
            call.future.set_exception(error)
