"""Runs an algorithm on another server: micro-batches by the Open Inference Protocol, a deadline, and readiness."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from domain.errors import AlgorithmFailed, AlgorithmUnreachable, ArbiterError, DeadlineExceeded, Failure
from domain.pacing import in_thread_if
from domain.requests.request import Answer
from registry.algorithm import check_answers
from registry.features import Row
from registry.remote.client import RemoteClient, RemoteFault
from serving.execution.background import BackgroundTask
from serving.execution.remote.batches import Answers, Batch, FlightBatcher
from serving.execution.remote.circuit import Circuit, State
from serving.ports import Bounds

IN_FLIGHT = 4
"""Batches that are with the far side at once: it computes one while the next are on their way."""
LOOK_SECONDS = 2.0
"""How often the far side is asked whether its model is ready, and how long it may take to say so."""
LOOKS_THAT_FAIL = 2
"""Of so many in a row that fail the algorithm is unready: one may be lost."""
LARGE = 256
"""Rows whose answers are checked off the event loop."""
MOST_PARTS = 32
"""Calls into which a batch that was refused is taken apart, to find the rows that are at fault."""

log = logging.getLogger(__name__)


class RemoteExecutor:
    """Asks the far side for whatever rows have queued, in batches of a bounded size.

    No row is sent twice, but for two cases in which the far side has surely not run it: a connection that was refused,
    and a batch that was refused as a whole (400, 413, 422), which is taken apart so that one caller's row does not
    hurt another's. Rows without an answer fail as the algorithm's failures do: ALGORITHM_FAILED, DEADLINE_EXCEEDED, or
    ALGORITHM_UNREACHABLE.
    """

    cost = 0.0

    def __init__(
        self,
        client: RemoteClient,
        name: str,
        bounds: Bounds,
        *,
        circuit: Circuit | None = None,
        look_every: float = LOOK_SECONDS,
        in_flight: int = IN_FLIGHT,
    ) -> None:
        remote = client.remote
        self._client, self._name = client, name
        deadline = bounds.deadline if remote.deadline is None else min(remote.deadline, bounds.deadline)
        self.bounds = replace(bounds, deadline=deadline)
        self._circuit = circuit or Circuit()
        self._circuit.on_change(self._changed)
        self._look_every, self._in_flight = look_every, in_flight
        self._looking = BackgroundTask(f"readiness of {name}")
        self._failed_looks, self._looked, self._fits = 0, asyncio.Event(), False
        self._seen: str | None = "its server has not been asked yet"
        self._on_change: Callable[[], None] = lambda: None
        self.calls: Counter[str] = Counter()
        self._batcher = FlightBatcher(
            self._send,
            name=name,
            queue_rows=bounds.queue_rows,
            max_batch=remote.max_batch,
            width=lambda: in_flight if self._circuit.state is State.CLOSED else 1,
        )
        self.description = (
            f"on another server, {remote.url}, as its model {remote.model}"
            + ("" if remote.version is None else f" {remote.version}")
            + f": up to {remote.max_batch} rows a call and {in_flight} calls at once; "
            f"callers wait for {deadline:g} s at most"
        )

    @property
    def problem(self) -> str | None:
        """See `serving.ports.Executor`."""
        if self._circuit.state is State.OPEN:
            return f"its server {self._client.remote.url} does not answer: {self._circuit.reason}"
        return None if self._seen is None else f"its server {self._client.remote.url}: {self._seen}"

    @property
    def retries(self) -> int:
        """How many refused connections were tried once more."""
        return self._client.retried

    @property
    def circuits_opened(self) -> int:
        """How often the circuit has opened."""
        return self._circuit.opened

    def immediate(self, count: int) -> bool:
        """See `serving.ports.Executor`: never."""
        return False

    async def run(self, rows: Sequence[Row]) -> Answers:
        """See `serving.ports.Executor`; the far side's call is cancelled when its callers' deadline is over."""
        if self._circuit.state is State.OPEN:
            return self._unreachable(len(rows))
        try:
            async with asyncio.timeout(self.bounds.deadline):
                return await self._batcher.run(rows)
        except TimeoutError:
            self.calls["late"] += 1
            words = f"The algorithm did not answer within {self.bounds.deadline:g} seconds."
            return [DeadlineExceeded(words).as_failure()] * len(rows)

    async def watch(self, on_change: Callable[[], None]) -> None:
        """Look whether the far side is ready, from now on; `on_change` is called when that changes.

        Returns after the first look.
        """
        self._on_change = on_change
        self._looking.start(self._look_again_and_again)
        await self._looked.wait()
        if self.problem is not None:
            log.warning("algorithm %s cannot be asked: %s", self._name, self.problem)

    async def rest(self) -> None:
        """Look no more: the algorithm is served no longer, or by another executor. Calls on their way go on."""
        await self._looking.stop()
        self._client.close()

    @property
    def waiting(self) -> int:
        """See `serving.ports.Executor`."""
        return self._batcher.waiting

    async def close(self) -> None:
        """See `serving.ports.Executor`."""
        await self._looking.stop()
        await self._batcher.close()
        self._client.close()

    async def look(self) -> None:
        """Ask the far side whether the model is ready, and after it was not whether it is still the one published."""
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                found = await self._client.problem()
                if found is None and not self._fits:
                    found = await self._client.misfit()
                    self._fits = found is None
        except RemoteFault as error:
            found = error.message
        except TimeoutError:
            found = f"it does not say within {LOOK_SECONDS:g} seconds whether it is ready"
        before = self.problem
        self._failed_looks = 0 if found is None else self._failed_looks + 1
        if found is None:
            self._seen = None
            self._circuit.try_again()
        else:
            self._fits = False
            if self._seen is not None or self._failed_looks >= LOOKS_THAT_FAIL:
                self._seen = found
        if (before is None) is not (self.problem is None):
            self._changed()
        self._looked.set()

    async def _look_again_and_again(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(self._look_every)

    def _changed(self) -> None:
        problem = self.problem
        if problem is None:
            log.info("algorithm %s can be asked: its server is ready", self._name)
        else:
            log.warning("algorithm %s cannot be asked: %s", self._name, problem)
        self._on_change()

    async def _send(self, batch: Batch) -> Answers:
        """The answers to a batch, or why there are none; what speaks against the far side is counted."""
        if self._circuit.state is State.OPEN:
            return self._unreachable(len(batch.rows))
        try:
            return await self._ask(batch.rows, batch.callers == 1, [MOST_PARTS])
        except asyncio.CancelledError:
            if asyncio.get_running_loop().time() - batch.began >= self.bounds.deadline:
                self._circuit.failed(f"no answer within {self.bounds.deadline:g} seconds")
            raise

    async def _ask(self, rows: Sequence[Row], alone: bool, parts: list[int]) -> Answers:
        """One call for `rows`; where they are refused, halves of them, until the wrong ones stand alone."""
        try:
            answers = await self._client.ask(rows)
        except RemoteFault as error:
            if not (error.divisible and len(rows) > 1 and parts[0] > 1):
                return self._failed(error, len(rows), alone)
            self.calls["refused"] += 1
            parts[0] -= 2
            middle = len(rows) // 2
            first = await self._ask(rows[:middle], alone, parts)
            return first + await self._ask(rows[middle:], alone, parts)
        self.calls["answered"] += 1
        self._circuit.succeeded()
        return await in_thread_if(len(rows) > LARGE, partial(self._checked, answers, len(rows)))

    def _checked(self, answers: list[Answer], count: int) -> Answers:
        """The answers as the endpoint allows them; one that it does not allow fails its own row only."""
        spec = self._client.spec
        try:
            return list(check_answers(spec, answers, count))
        except AlgorithmFailed:
            return [self._one(answer) for answer in answers]

    def _one(self, answer: Answer) -> Answer | Failure:
        try:
            return check_answers(self._client.spec, [answer], 1)[0]
        except ArbiterError:
            return AlgorithmFailed(
                f"The algorithm {self._name} failed on this row: its server gave an answer that is not allowed."
            ).as_failure()

    def _failed(self, error: RemoteFault, count: int, alone: bool) -> Answers:
        """The same failure for each row. What the far side said may quote a row: only a lone caller reads it."""
        if error.weighs:
            self._circuit.failed(error.message)
        else:
            self._circuit.succeeded()
        kind = AlgorithmUnreachable if error.unreachable else AlgorithmFailed
        self.calls["unreachable" if error.unreachable else "failed"] += 1
        log.warning("algorithm %s has no answer to %d rows: its server: %s", self._name, count, error.message)
        said = f": {error.said}" if alone and error.said is not None else ""
        words = f"The algorithm {self._name} has no answer: its server: {error.message}{said}."
        return [kind(words).as_failure()] * count

    def _unreachable(self, count: int) -> Answers:
        self.calls["held_back"] += 1
        words = f"The algorithm {self._name} cannot be asked now: {self._circuit.reason}."
        return [AlgorithmUnreachable(words).as_failure()] * count
