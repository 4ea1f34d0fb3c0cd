"""A worker: takes units of any jobs for a while, does them, and puts a job together when all of its units are done.

Any number of processes do so beside each other. What one holds when it is killed is taken over by another as soon as
its lease is over; what it stored is stored once, since only the last holder of a unit can finish it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import orjson

from domain.errors import AlgorithmFailed, AlgorithmUnreachable, ArbiterError, JobConflict, Unavailable
from domain.jobs import Job, JobState, Unit
from domain.pacing import RETRY_SECONDS, wait_until
from orm.connection.schema import this_release
from orm.queries.jobs import jobs, units
from serving.jobs.kinds import KINDS
from serving.jobs.queue import require_identity
from serving.services import Services

LEASE_SECONDS = 60.0
"""How long a unit is held without a word: longer than SQLite lets a worker wait for the lock, beside the work."""
RENEWALS = 3
"""So often a lease is renewed while it lasts."""
IDLE_SECONDS = 1.0
"""Between two looks for work where there was none."""
CLAIM_SECONDS = 2.0
"""For how long what is claimed at once should last: quick units are claimed together."""
MOST_CLAIMED = 20
RESULTS_AT_ONCE = 50
NAMED = 3
"""So many ranges are named in the error of a job; `arbiter jobs show` names more."""

log = logging.getLogger(__name__)

Told = Callable[[Job], Awaitable[None]]
"""Told of a job after one of its units has ended, and when it has ended itself."""


async def _nobody(job: Job) -> None:
    """Nobody is told."""


class Worker:
    """Works on jobs of this release until it is stopped, or with `once` until none is left."""

    def __init__(
        self,
        services: Services,
        *,
        name: str | None = None,
        release: str | None = None,
        lease: float = LEASE_SECONDS,
        idle: float = IDLE_SECONDS,
        told: Told = _nobody,
    ) -> None:
        self._services = services
        self._database = services.database
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self._release = release or this_release()
        self._lease = lease
        self._idle = idle
        self._told = told
        self._held: dict[int, Unit] = {}
        self._done: dict[int, int] = {}
        self._limit = 1
        self._running: tuple[Unit, asyncio.Task[Any]] | None = None
        self._warned: set[int] = set()
        self._away = False
        self.finished = 0

    async def run(self, stop: asyncio.Event, *, once: bool = False) -> None:
        """Work until `stop` is set: what is held then is given back at once.

        With `once` it returns when no job of its release waits or runs any more, whoever works on the last units.
        """
        async with self.holding():
            while not stop.is_set():
                try:
                    idle = not await self.round(stop)
                    self._say_away(None)
                    if idle and (await self._idle_round(stop, once=once)):
                        return
                except Unavailable as error:
                    self._say_away(error)
                    await self._pause(stop, RETRY_SECONDS)
                    await self._give_back_all()

    def _say_away(self, error: Unavailable | None) -> None:
        """Once when the database goes away, and once when it is back."""
        if error is not None and not self._away:
            log.warning("work goes on when the database does: %s", error.message)
        elif error is None and self._away:
            log.warning("the database is back, and work goes on")
        self._away = error is not None

    @asynccontextmanager
    async def holding(self) -> AsyncIterator[None]:
        """What is held is held on to in the block, and given back at its end."""
        renewing = asyncio.create_task(self._renew_for_ever(), name="leases of units")
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.gather(renewing, return_exceptions=True)
            await self._give_back_all()

    async def round(self, stop: asyncio.Event) -> bool:
        """Claim some units and do them; whether there were any."""
        claimed = deque(await self.claim())
        began, count = time.monotonic(), len(claimed)
        while claimed and not stop.is_set():
            unit = claimed.popleft()
            if unit.id in self._held:
                await self.do(unit, stop)
            if unit.job_id not in {one.job_id for one in claimed}:
                await self.end_if_complete(unit.job_id)
        if count:
            each = max((time.monotonic() - began) / count, 1e-3)
            self._limit = max(1, min(MOST_CLAIMED, int(CLAIM_SECONDS / each)))
        return count > 0

    async def claim(self, unit_id: int | None = None) -> list[Unit]:
        """Hold some units that nobody holds, or this one."""
        release, now_ms = self._release, self._now_ms()
        if unit_id is None and not await self._database.read(
            units.claimable, release, now_ms=now_ms, limit=1
        ):
            return []  # So that who has nothing to do takes no lock.
        async with self._database.transaction() as tx:
            found = await units.claim(
                tx,
                token=secrets.token_hex(16),
                worker=self.name,
                release=release,
                lease_ms=int(self._lease * 1000),
                now_ms=now_ms,
                limit=self._limit if unit_id is None else 1,
                unit_id=unit_id,
            )
            if found:
                await units.begin_jobs(tx, {unit.job_id for unit in found}, self._services.clock())
        self._held |= {unit.id: unit for unit in found}
        return found

    async def do(self, unit: Unit, stop: asyncio.Event) -> None:
        """Do a unit that is held, and store what came of it unless it is not held any more."""
        try:
            job = await self._database.read(jobs.job_of_id, unit.job_id)
            require_identity(self._services, job)
            result = await self._result_of(job, unit, stop)
        except asyncio.CancelledError:
            # The unit was cancelled: the worker is to stop, or holds it no more. Else it is this task that is.
            if not (stop.is_set() or unit.id not in self._held):
                raise
            return
        except JobConflict as error:
            await self._stop_job(unit, error.message)
        except (Unavailable, AlgorithmFailed) as error:
            log.warning("%s is tried again: %s", unit, error.message)
            # What is away comes back, however long it takes; an algorithm that is too slow is no faster then.
            away = isinstance(error, Unavailable | AlgorithmUnreachable)
            await self._give_back(unit, tried=not away, reason=error.message)
            await self._pause(stop, RETRY_SECONDS)
        except Exception as error:  # whatever a unit raises must not end the worker, nor the other units
            await self._fail(unit, error)
        else:
            await self._finish(unit, result)
            await self._tell(unit.job_id)

    async def _result_of(self, job: Job, unit: Unit, stop: asyncio.Event) -> str:
        def advance(rows: int) -> None:
            self._done[unit.id] = min(rows, unit.rows)

        task = asyncio.ensure_future(KINDS[job.kind].run(self._services, job, unit, advance))
        stopping = asyncio.ensure_future(stop.wait())
        self._running = unit, task
        try:
            await asyncio.wait((task, stopping), return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                task.cancel()
            value = await task
        finally:
            self._running = None
            task.cancel()
            stopping.cancel()
            await asyncio.gather(task, stopping, return_exceptions=True)
        return orjson.dumps(value).decode()

    async def _finish(self, unit: Unit, result: str) -> None:
        try:
            async with self._database.transaction() as tx:
                stored = await units.finish(tx, unit, result)
        finally:
            self._let_go(unit)  # What could not be stored is done again, when the lease is over.
        self.finished += stored
        if not stored:
            log.warning("%s is not held any more, and what came of it is dropped", unit)

    async def _fail(self, unit: Unit, error: Exception) -> None:
        said = f"unexpected {type(error).__name__}"
        unexpected: Exception | None = error
        if isinstance(error, ArbiterError):
            said, unexpected = error.message, None
        log.error("%s has failed: %s", unit, said, exc_info=unexpected)
        async with self._database.transaction() as tx:
            await units.fail(tx, unit, said)
        self._let_go(unit)

    async def _stop_job(self, unit: Unit, reason: str) -> None:
        """Stop a job that this process must not work on; its units wait as they are."""
        log.error("job %d is stopped: %s", unit.job_id, reason)
        async with self._database.transaction() as tx:
            held = [
                await units.give_back(tx, one, tried=False)
                for one in list(self._held.values())
                if one.job_id == unit.job_id
            ]
            # Without a unit of it the job was resumed meanwhile, with what others have: it is not for this one to stop.
            if any(held):
                await jobs.end_job(tx, unit.job_id, JobState.FAILED, now=self._services.clock(), error=reason)
        for one in [one for one in self._held.values() if one.job_id == unit.job_id]:
            self._let_go(one)
        await self._tell(unit.job_id)

    async def _give_back(self, unit: Unit, *, tried: bool, reason: str | None = None) -> None:
        self._let_go(unit)
        async with self._database.transaction() as tx:
            await units.give_back(tx, unit, tried=tried, reason=reason)

    async def _give_back_all(self) -> None:
        for unit in list(self._held.values()):
            try:
                await self._give_back(unit, tried=False)
            except Unavailable as error:
                log.warning("%s is free again when its lease is over: %s", unit, error.message)

    def _let_go(self, unit: Unit) -> None:
        self._held.pop(unit.id, None)
        self._done.pop(unit.id, None)

    async def _renew_for_ever(self) -> None:
        while True:
            await asyncio.sleep(self._lease / RENEWALS)
            try:
                await self.renew()
            except Unavailable as error:
                log.warning("leases could not be renewed: %s", error.message)

    async def renew(self) -> None:
        """Hold what is held for longer, and say how far it is; what is not held any more is done no further."""
        held = list(self._held.values())
        if not held:
            return
        lost = []
        async with self._database.transaction() as tx:
            for unit in held:
                done = self._done.get(unit.id, 0)
                kept = await units.renew(
                    tx, unit, done, lease_ms=int(self._lease * 1000), now_ms=self._now_ms()
                )
                if not kept:
                    lost.append(unit)
        for unit in lost:
            if unit.id in self._held:
                log.warning("%s is not held any more: its job has ended, or its lease was over", unit)
                self._let_go(unit)
            if self._running is not None and self._running[0].id == unit.id:
                self._running[1].cancel()

    async def _idle_round(self, stop: asyncio.Event, *, once: bool) -> bool:
        """Look after jobs that have nothing to be claimed; whether this worker may go."""
        if not await self.look_after_jobs() and once:
            return True
        await self._pause(stop, self._idle)
        return False

    async def look_after_jobs(self) -> bool:
        """End what has nothing left to be done; whether any job of this release waits or runs."""
        async with self._database.transaction() as tx:
            await units.give_up(tx, now_ms=self._now_ms())
        for job_id in await self._database.read(units.complete_jobs, self._release):
            await self._end(job_id)
        active = await self._database.read(jobs.active_jobs)
        self._warn_of_others([job for job in active if job.release != self._release])
        return any(job.release == self._release for job in active)

    def _warn_of_others(self, others: list[Job]) -> None:
        for job in others:
            if job.id not in self._warned:
                self._warned.add(job.id)
                log.warning(
                    "%s waits for workers of release %s, and this is %s: start one, or have it begin anew: "
                    "`arbiter jobs resume %d`",
                    job,
                    job.release,
                    self._release,
                    job.id,
                )

    async def end_if_complete(self, job_id: int) -> None:
        """Put a job together if none of its units is open."""
        if await self._database.read(units.is_complete, job_id):
            await self._end(job_id)

    async def _end(self, job_id: int) -> None:
        """Put a job together whose units have all ended. Several may do so: all find the same, and one stores it."""
        job = await self._database.read(jobs.job_of_id, job_id)
        if not job.active:
            return
        failed = await self._database.read(units.failed_units, job_id, NAMED)
        result, error = None, None
        if failed:
            ranges = "; ".join(f"{one.lo}..{one.hi}: {one.error}" for one in failed)
            error = f"{job.units_failed} of {job.units} units failed: {ranges}"
        else:
            try:
                found = await KINDS[job.kind].result(self._services, job, self._results(job))
                result = orjson.dumps(found, option=orjson.OPT_SORT_KEYS).decode()
            except Unavailable:
                raise
            except Exception as failure:  # a result that cannot be made must not be tried for ever
                if not (await self._database.read(jobs.job_of_id, job_id)).active:
                    return  # Another worker was faster, and what the units held is dropped.
                log.exception("the result of %s could not be made", job)
                error = failure.message if isinstance(failure, ArbiterError) else type(failure).__name__
        state = JobState.DONE if error is None else JobState.FAILED
        async with self._database.transaction() as tx:
            await jobs.locked_job(tx, job_id)
            # Where it was resumed meanwhile, after another worker had ended it, this is not what came of it.
            if await units.is_complete(tx, job_id):
                await jobs.end_job(tx, job_id, state, now=self._services.clock(), result=result, error=error)
        await self._tell(job_id)

    async def _results(self, job: Job) -> AsyncIterator[Any]:
        newest_first = KINDS[job.kind].newest_first
        beyond: int | None = None
        while True:
            found = await self._database.read(
                units.results_of,
                job.id,
                beyond,
                newest_first=newest_first,
                limit=RESULTS_AT_ONCE,
            )
            for _, text in found:
                yield await asyncio.to_thread(orjson.loads, text)
            if len(found) < RESULTS_AT_ONCE:
                return
            beyond = found[-1][0]

    async def _tell(self, job_id: int) -> None:
        await self._told(await self._database.read(jobs.job_of_id, job_id))

    async def _pause(self, stop: asyncio.Event, seconds: float) -> None:
        await wait_until(stop, asyncio.get_running_loop().time() + seconds)

    def _now_ms(self) -> int:
        return int(self._services.clock().timestamp() * 1000)
