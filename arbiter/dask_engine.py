"""Units of jobs on a Dask cluster: the same leases and the same results as of `arbiter work`, spread by its scheduler.

A task is the id of a unit: the process of the cluster that gets it opens database and models itself, once, as the
environment of that machine says. So nothing but ids travels, and a task that is lost or done twice stores nothing
twice.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from arbiter import wiring
from arbiter.settings import Settings
from domain.errors import ArbiterError, InvalidSettings, Unavailable
from domain.pacing import RETRY_SECONDS, wait_until
from orm.connection.schema import this_release
from orm.queries.jobs import jobs, units
from serving.jobs.worker import IDLE_SECONDS, Told, Worker
from serving.services import Services

TASKS_EACH = 3
"""Tasks that wait at each process of the cluster, so that none is idle while the next one is found."""
PATIENCE = 3600.0
"""Seconds that a read of a unit may take."""
LOOPBACK = "127.0.0.1"
KILLED = "KilledWorker"
"""What Dask raises for a task whose processes have died."""

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Cluster:
    """Which cluster: that of a scheduler's address, or one on this machine with so many processes.

    The three files are for TLS, all or none: whoever signs, and this program's own certificate and key.
    """

    scheduler: str | None = None
    workers: int | None = None
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None

    def __post_init__(self) -> None:
        files = (self.tls_ca, self.tls_cert, self.tls_key)
        if any(files) and not all(files):
            raise InvalidSettings("TLS needs all three of --tls-ca, --tls-cert and --tls-key")
        for file in files:
            if file is not None and not file.is_file():
                raise InvalidSettings(f"{file} is no file")


async def work_on_dask(
    services: Services, cluster: Cluster, stop: asyncio.Event, *, once: bool, told: Told
) -> int:
    """Have a cluster work on jobs until `stop` is set, or with `once` until none is left; how many units it was given.

    Raises InvalidSettings where the cluster cannot be reached, or runs another release.
    """
    async with _client(cluster) as client:
        await _require_same_release(client)
        driver = _Driver(services, client, stop, told)
        try:
            await driver.run(once=once)
        finally:
            await driver.end()
        return driver.given


@asynccontextmanager
async def _client(cluster: Cluster) -> AsyncIterator[Any]:
    import distributed

    dask: Any = distributed
    security = None
    if cluster.tls_ca is not None:
        security = dask.Security(
            tls_ca_file=str(cluster.tls_ca),
            tls_client_cert=str(cluster.tls_cert),
            tls_client_key=str(cluster.tls_key),
            require_encryption=True,
        )
    async with AsyncExitStack() as stack:
        address: object = cluster.scheduler
        if cluster.scheduler is None:
            # Without these two addresses its pages are served on every address of this machine.
            address = await stack.enter_async_context(
                dask.LocalCluster(
                    n_workers=cluster.workers or os.cpu_count() or 1,
                    threads_per_worker=1,
                    host=LOOPBACK,
                    dashboard_address=f"{LOOPBACK}:0",
                    worker_dashboard_address=None,
                    asynchronous=True,
                    silence_logs=logging.ERROR,
                )
            )
        try:
            client = await stack.enter_async_context(
                dask.Client(address, asynchronous=True, security=security, set_as_default=False)
            )
        except (OSError, TimeoutError) as error:
            raise InvalidSettings(f"the Dask scheduler at {address} cannot be reached: {error}") from error
        yield client


async def _require_same_release(client: Any) -> None:  # noqa: ANN401  (distributed has no type stubs)
    found = await client.run(this_release)
    others = {address: release for address, release in found.items() if release != this_release()}
    if others:
        address, release = next(iter(others.items()))
        raise InvalidSettings(
            f"the Dask worker at {address} has Arbiter {release}, and this is {this_release()}: install the same"
        )


class _Driver:
    """Gives units to a cluster, and looks after the jobs that have nothing left."""

    def __init__(self, services: Services, client: Any, stop: asyncio.Event, told: Told) -> None:  # noqa: ANN401
        self._services = services
        self._client = client
        self._stop = stop
        self._told = told
        self._keeper = Worker(services, told=told)
        self._tasks: dict[asyncio.Task[Any], int] = {}
        self.given = 0

    async def run(self, *, once: bool) -> None:
        stopping = asyncio.ensure_future(self._stop.wait())
        while not self._stop.is_set():
            try:
                await self._give()
                if not self._tasks:
                    if not await self._keeper.look_after_jobs() and once:
                        break
                    await wait_until(self._stop, asyncio.get_running_loop().time() + IDLE_SECONDS)
                    continue
                done, _ = await asyncio.wait(
                    {*self._tasks, stopping}, timeout=IDLE_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done - {stopping}:
                    await self._ended(task, self._tasks.pop(task))
            except Unavailable as error:
                log.warning("work goes on when the database does: %s", error.message)
                await wait_until(self._stop, asyncio.get_running_loop().time() + RETRY_SECONDS)
        stopping.cancel()

    async def _give(self) -> None:
        """Have some units wait at each process."""
        room = TASKS_EACH * max(1, len(self._client.scheduler_info()["workers"])) - len(self._tasks)
        if room <= 0:
            return
        out = set(self._tasks.values())
        found = await self._services.database.read(
            units.claimable,
            this_release(),
            now_ms=int(self._services.clock().timestamp() * 1000),
            limit=room + len(out),
        )
        new = [unit_id for unit_id in found if unit_id not in out][:room]
        for unit_id in new:
            future = self._client.submit(run_unit, unit_id, pure=False)
            self._tasks[asyncio.ensure_future(_outcome(future))] = unit_id
        self.given += len(new)

    async def _ended(self, task: asyncio.Task[Any], unit_id: int) -> None:
        """What became of a task.

        Dask gives up each task that waited or ran at processes that died, so the unit of one is not the reason by
        itself: it is given out again, and fails by name when it was begun as often as any unit may be.
        """
        error = task.exception()
        if error is not None and type(error).__name__ == KILLED:
            log.warning("unit %d is given out again: its process has died", unit_id)
            async with self._services.database.transaction() as tx:
                await units.free_unit(tx, unit_id)
        elif error is not None:
            log.error("unit %d has failed on the cluster", unit_id, exc_info=error)
            reason = (
                error.message if isinstance(error, ArbiterError) else f"unexpected {type(error).__name__}"
            )
            async with self._services.database.transaction() as tx:
                await units.fail_unit(tx, unit_id, reason)
        for job_id in await self._services.database.read(units.jobs_of_units, [unit_id]):
            await self._keeper.end_if_complete(job_id)
            job = await self._services.database.read(jobs.job_of_id, job_id)
            if job.active:
                await self._told(job)

    async def end(self) -> None:
        """Have every process of the cluster give back what it holds."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._client.run(leave)


async def _outcome(future: Any) -> Any:  # noqa: ANN401
    return await future


class _House:
    """The services of one process of a cluster, on an event loop and a thread of their own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="arbiter", daemon=True)
        self._thread.start()
        self._stack = AsyncExitStack()
        self._stop = asyncio.Event()
        self._worker = self._call(self._open())

    async def _open(self) -> Worker:
        services = await self._stack.enter_async_context(
            wiring.running(Settings.load(), makes=False, read_timeout=PATIENCE)
        )
        worker = Worker(services)
        await self._stack.enter_async_context(worker.holding())
        return worker

    def do(self, unit_id: int) -> int:
        return self._call(self._do(unit_id))

    async def _do(self, unit_id: int) -> int:
        claimed = await self._worker.claim(unit_id)
        for unit in claimed:
            await self._worker.do(unit, self._stop)
        return len(claimed)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._call(self._stack.aclose())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _call(self, coroutine: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()


_lock = threading.Lock()
_house: list[_House] = []


def run_unit(unit_id: int) -> int:
    """Do a unit in a process of a cluster; 0 where another one holds it, or has done it."""
    with _lock:
        if not _house:
            _house.append(_House())
    return _house[0].do(unit_id)


def leave() -> None:
    """Give back what this process of a cluster holds, and close its services."""
    with _lock:
        if _house:
            _house.pop().close()
