"""What two workers, or a worker and whoever orders, do at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from domain.errors import AlgorithmUnreachable, ArbiterError, DatabaseUnavailable, DeadlineExceeded
from domain.jobs import Job, JobKind, JobState, Unit
from domain.words import JSONValue
from orm.connection.database import Database
from orm.queries.jobs import units
from serving.jobs import queue
from serving.jobs.kinds import KINDS
from serving.jobs.kinds.kind import Advance
from serving.jobs.kinds.replay import ReplayKind
from serving.services import Services
from tests.serving.jobs.orders import again, fill, order, work, worker
from tests.serving.jobs.test_workers import Another
from tests.serving.world import LEVELS, Dice, registered, services_on, small_registry


class Interrupted(ReplayKind):
    """Something happens just before the first result is put together."""

    def __init__(self, happens: Callable[[int], Awaitable[object]]) -> None:
        super().__init__(10)
        self._happens: Callable[[int], Awaitable[object]] | None = happens

    async def result(self, services: Services, job: Job, results: AsyncIterator[Any]) -> JSONValue:
        happens, self._happens = self._happens, None
        if happens is not None:
            await happens(job.id)
        return await super().result(services, job, results)


def use(monkeypatch: pytest.MonkeyPatch, kind: ReplayKind) -> None:
    monkeypatch.setattr("serving.jobs.worker.KINDS", {**KINDS, JobKind.REPLAY: kind})


async def test_who_is_late_with_a_result_stores_and_reports_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(services, 20)
    job = await order(services, rows=10)
    use(monkeypatch, Interrupted(worker(services, "faster").end_if_complete))
    await work(services)
    ended = await again(services, job)
    assert (ended.state, ended.error, caplog.text) == (JobState.DONE, None, "")


async def test_a_result_of_before_does_not_end_a_job_that_was_begun_anew(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(services, 20)
    job = await order(services, rows=10)

    async def anew(job_id: int) -> None:
        await queue.cancel(services, job_id)
        await queue.resume(services, job_id, release="9.9.9")

    use(monkeypatch, Interrupted(anew))
    await work(services)
    found = await again(services, job)
    assert (found.state, found.release, found.units_done) == (JobState.WAITING, "9.9.9", 0)


async def test_a_worker_with_another_model_does_not_stop_a_job_of_which_it_holds_nothing_any_more(
    database: Database, dice: Dice
) -> None:
    right = services_on(database, small_registry(), dice)
    await right.start()
    await fill(right, 20)
    job = await order(right, rows=10)
    registry = small_registry()
    changed = replace(registered(Another, LEVELS), code="another")
    algorithms = tuple(changed if key.name == "at ten" else key for key in registry.algorithms)
    wrong = services_on(database, replace(registry, algorithms=algorithms), dice)
    await wrong.catalog.start()
    late = worker(wrong, "late")
    (unit,) = await late.claim()
    await queue.cancel(right, job.id)
    await queue.resume(right, job.id)
    await late.do(unit, asyncio.Event())
    assert (await again(right, job)).state is JobState.WAITING
    await work(right)
    assert (await again(right, job)).state is JobState.DONE
    await right.stop()


class Away(ReplayKind):
    """Raises for so many units, as a model's server that is away."""

    def __init__(self, error: ArbiterError, times: int) -> None:
        super().__init__(10)
        self._error = error
        self.times = times

    async def run(self, services: Services, job: Job, unit: Unit, advance: Advance) -> JSONValue:
        if self.times:
            self.times -= 1
            raise self._error
        return await super().run(services, job, unit, advance)


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("serving.jobs.worker.RETRY_SECONDS", 0.0)


@pytest.mark.usefixtures("at_once")
async def test_a_models_server_may_be_away_for_longer_than_ten_attempts(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(services, 20)
    job = await order(services, rows=10)
    use(monkeypatch, Away(AlgorithmUnreachable("its server does not answer."), 25))
    await work(services)
    assert (await again(services, job)).state is JobState.DONE


@pytest.mark.usefixtures("at_once")
async def test_a_unit_that_is_too_slow_ten_times_fails_and_says_so(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(services, 10)
    job = await order(services, rows=10)
    use(monkeypatch, Away(DeadlineExceeded("it took longer than 5 seconds."), 10))
    await work(services)
    ended = await again(services, job)
    assert (ended.state, ended.error and ended.error.partition(": ")[2].partition(": ")[2]) == (
        JobState.FAILED,
        "it was tried 10 times, at last: it took longer than 5 seconds.",
    )


async def test_a_database_that_is_away_is_spoken_of_twice(
    services: Services, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(services, 20)
    job = await order(services, rows=10)
    monkeypatch.setattr("serving.jobs.worker.RETRY_SECONDS", 0)
    times = iter([False, True, True, True, False, True, False])
    ready = units.claimable

    async def away(*given: Any, **named: Any) -> list[int]:
        if next(times, False):
            raise DatabaseUnavailable("gone")
        return await ready(*given, **named)

    monkeypatch.setattr(units, "claimable", away)
    await work(services)
    assert (await again(services, job)).state is JobState.DONE
    gone, back = "work goes on when the database does: gone", "the database is back, and work goes on"
    assert [record.getMessage() for record in caplog.records] == [gone, back] * 2
