"""How an algorithm runs: inline when a row costs less than the hop to a thread, else through a micro-batcher.

A row of a small forest takes 20 µs, while the hop to a thread and back takes 200: such rows run on the event
loop. Everything slower, and every batch that would hold the loop for more than a millisecond, runs in a worker
thread that belongs to the algorithm.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from domain.errors import AlgorithmFailed, DeadlineExceeded, Failure
from domain.pacing import LOOP_BUDGET
from domain.requests.request import Answer
from registry.algorithm import Algorithm, check_answers
from registry.features import Row
from serving.execution.batching import MicroBatcher
from serving.ports import Bounds, Executor

INLINE_COST = 100e-6
DEFAULT_BOUNDS = Bounds()

log = logging.getLogger(__name__)


class Waiting(Protocol):
    """Who waits for the answer to one row, such as a future; neither method raises."""

    def done(self) -> bool:
        """Whether nobody waits any more."""

    def set_result(self, result: Answer | Failure, /) -> None:
        """Take the answer."""


class BatchedExecutor:
    """Runs whatever rows have queued in the worker thread, as one batch and without an artificial wait."""

    def __init__(self, cost: float, batcher: MicroBatcher, bounds: Bounds) -> None:
        self._batcher = batcher
        self.cost = cost
        self.bounds = bounds
        self.description = (
            f"micro-batched in its worker thread: a row alone costs {cost * 1e6:.0f} µs; "
            f"callers wait for {bounds.deadline:g} s at most"
        )

    @property
    def waiting(self) -> int:
        """See `serving.ports.Executor`."""
        return self._batcher.waiting

    def immediate(self, count: int) -> bool:
        """See `serving.ports.Executor`: never, for it has a thread."""
        return False

    async def run(self, rows: Sequence[Row]) -> list[Answer | Failure]:
        """See `serving.ports.Executor`; rows still waiting at the deadline fail with DEADLINE_EXCEEDED."""
        try:
            async with asyncio.timeout(self.bounds.deadline):
                return await self._batcher.run(rows)
        except TimeoutError:
            return [
                DeadlineExceeded(
                    f"The algorithm did not answer within {self.bounds.deadline:g} seconds."
                ).as_failure()
            ] * len(rows)

    async def close(self) -> None:
        """See `serving.ports.Executor`."""
        await self._batcher.close()


class InlineExecutor(BatchedExecutor):
    """Runs rows on the event loop, and batches of more than `inline_rows` in the worker thread.

    Single rows that come in one turn of the loop run together at its end: nobody waits for a timer, and under
    load a row among others costs much less than a row alone (docs/performance.md).
    """

    def __init__(
        self, algorithm: Algorithm, name: str, cost: float, batcher: MicroBatcher, bounds: Bounds
    ) -> None:
        super().__init__(cost, batcher, bounds)
        self._algorithm = algorithm
        self._name = name
        self._inline_rows = max(1, math.floor(LOOP_BUDGET / cost)) if cost else 1
        self._singles: deque[tuple[Row, Waiting]] = deque()
        self.description = (
            f"inline: a row costs {cost * 1e6:.0f} µs, less than the hop to a thread; "
            f"batches of more than {self._inline_rows} rows run in its worker thread"
        )

    def immediate(self, count: int) -> bool:
        """See `serving.ports.Executor`."""
        return count <= self._inline_rows

    async def run(self, rows: Sequence[Row]) -> list[Answer | Failure]:
        """See `serving.ports.Executor`."""
        if len(rows) == 1:
            future: asyncio.Future[Answer | Failure] = asyncio.get_running_loop().create_future()
            self.run_soon(rows[0], future)
            return [await future]
        if self.immediate(len(rows)):
            return answer_each(self._algorithm, self._name, rows)
        return await super().run(rows)

    def run_soon(self, row: Row, waiting: Waiting) -> None:
        """Run a row at the end of the loop's turn, with all that come in it, and give `waiting` its answer."""
        if not self._singles:
            loop = asyncio.get_running_loop()
            loop.call_soon(self._run_singles, loop)
        self._singles.append((row, waiting))

    def _run_singles(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run what has come in this turn; what would hold the loop for too long is left for the next one."""
        count = min(len(self._singles), self._inline_rows)
        singles = [self._singles.popleft() for _ in range(count)]
        if self._singles:
            loop.call_soon(self._run_singles, loop)
        wanted = [(row, waiting) for row, waiting in singles if not waiting.done()]
        if not wanted:
            return
        answers = answer_each(self._algorithm, self._name, [row for row, _ in wanted])
        for (_, waiting), answer in zip(wanted, answers, strict=True):
            waiting.set_result(answer)


def executor_for(
    algorithm: Algorithm,
    name: str,
    *,
    cost: float,
    bounds: Bounds = DEFAULT_BOUNDS,
) -> Executor:
    """The executor that suits an algorithm whose single row costs `cost` seconds (see `measured_cost`)."""
    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"algorithm-{name}")
    batcher = MicroBatcher(
        partial(answer_each, algorithm, name), pool, name=name, queue_rows=bounds.queue_rows
    )
    if cost <= INLINE_COST:
        return InlineExecutor(algorithm, name, cost, batcher, bounds)
    return BatchedExecutor(cost, batcher, bounds)


def measured_cost(
    algorithm: Algorithm, row: Row, *, repeats: int = 20, timer: Callable[[], float] = time.perf_counter
) -> float:
    """Seconds that one row alone takes: the median of `repeats` runs after a first one that warms up."""
    algorithm.predict([row])
    costs = []
    for _ in range(repeats):
        start = timer()
        algorithm.predict([row])
        costs.append(timer() - start)
    return sorted(costs)[repeats // 2]


def answer_each(algorithm: Algorithm, name: str, rows: Sequence[Row]) -> list[Answer | Failure]:
    """Run `rows`; when the batch fails, halve it until the failing rows stand alone. Never raises.

    A caller learns that the algorithm failed, the log where: the text of what it raised may quote inputs.
    """
    try:
        return list(check_answers(algorithm.spec, algorithm.predict(rows), len(rows)))
    except Exception as error:  # whatever an algorithm raises must not hurt the batch mates of its row
        if len(rows) > 1:
            middle = len(rows) // 2
            return answer_each(algorithm, name, rows[:middle]) + answer_each(algorithm, name, rows[middle:])
        _log_failure(name, error)
        return [
            AlgorithmFailed(f"The algorithm {name} failed on this row ({type(error).__name__}).").as_failure()
        ]


def _log_failure(name: str, error: Exception) -> None:
    """Log where an algorithm failed, and not what it said, which may quote the row: that is in the request log."""
    log.error(
        "algorithm %s failed on a row: %s\n%s",
        name,
        type(error).__name__,
        "".join(traceback.format_tb(error.__traceback__)),
    )
