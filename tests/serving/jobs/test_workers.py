from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from domain.errors import AlgorithmNotFound, InvalidInput, JobConflict, JobNotFound
from domain.jobs import Job, JobKind, JobState
from domain.requests.request import Answer
from orm.connection.database import Database
from orm.connection.statement import Statement
from orm.queries.jobs import jobs, units
from registry.features import Row
from serving.jobs import queue
from serving.jobs.kinds.replay import ReplayKind
from serving.services import Services
from tests.conftest import Statements
from tests.serving.jobs.orders import again, fill, order, work, worker
from tests.serving.world import AT_TEN, LEVELS, AtTen, Dice, registered, services_on, small_registry


async def states_of(services: Services, job: Job) -> list[str]:
    async with services.database.reader() as reader:
        statement = Statement(reader)
        rows = await statement.rows(
            f"SELECT state FROM job_unit WHERE job_id = {statement.bind(job.id)} ORDER BY lo"
        )
    return [row["state"] for row in rows]


async def end_leases(services: Services) -> None:
    """As if a minute had gone by since the last claim."""
    async with services.database.transaction() as tx:
        await Statement(tx).run("UPDATE job_unit SET leased_until = leased_until - 61000")


async def test_a_claim_is_three_statements_for_one_unit_and_for_many(
    services: Services, statements: Statements
) -> None:
    await fill(services, 40)
    await order(services, rows=1)
    one = worker(services)
    with statements() as sql:
        (unit,) = await one.claim()
    assert (unit.number, len(sql)) == (1, 3)
    one._limit = 20
    with statements() as sql:
        assert [unit.number for unit in await one.claim()] == list(range(2, 22))
    assert len(sql) == 3


async def test_who_finds_nothing_to_do_asks_one_question(services: Services, statements: Statements) -> None:
    with statements() as sql:
        assert await worker(services).claim() == []
    assert len(sql) == 1


async def test_a_unit_is_held_by_one_worker_until_its_lease_is_over(services: Services) -> None:
    await fill(services, 10)
    job = await order(services, rows=10)
    first, second = worker(services, "first"), worker(services, "second")
    (unit,) = await first.claim()
    assert await second.claim() == []
    await end_leases(services)
    (taken,) = await second.claim()
    assert (taken.id, taken.attempts, taken.token == unit.token) == (unit.id, 2, False)
    await first.do(unit, asyncio.Event())
    assert (first.finished, await states_of(services, job)) == (0, ["running"])
    await second.do(taken, asyncio.Event())
    assert (second.finished, await states_of(services, job)) == (1, ["done"])


def wrong_by(hours: int) -> Callable[[], datetime]:
    return lambda: datetime.now(UTC) + timedelta(hours=hours)


async def test_a_clock_that_is_wrong_by_an_hour_takes_no_unit_away_on_postgres(
    postgres_url: str, dice: Dice
) -> None:
    database = await Database.open(postgres_url)
    right = services_on(database, small_registry(), dice)
    await right.start()
    await fill(right, 10)
    await order(right, rows=10)
    (unit,) = await worker(right).claim()
    for hours in (1, -1):
        wrong = services_on(database, small_registry(), dice, clock=wrong_by(hours))
        await wrong.catalog.start()
        assert await worker(wrong).claim() == []
    assert unit.attempts == 1
    await right.stop()


async def test_a_lease_is_renewed_and_says_how_far_the_unit_is(services: Services) -> None:
    await fill(services, 10)
    job = await order(services, rows=10)
    one = worker(services)
    (unit,) = await one.claim()
    await end_leases(services)
    one._done[unit.id] = 4
    await one.renew()
    assert await worker(services, "other").claim() == []
    assert (await again(services, job)).rows_done == 4


async def test_a_unit_that_ten_workers_did_not_survive_fails_and_the_rest_is_done(services: Services) -> None:
    found = await fill(services, 20)
    job = await order(services, rows=10)
    for _ in range(units.MOST_ATTEMPTS):
        (unit,) = await worker(services, "mortal").claim()
        assert unit.number == 1
        await end_leases(services)
    await work(services)
    ended = await again(services, job)
    assert (ended.state, ended.units_done, ended.units_failed) == (JobState.FAILED, 1, 1)
    assert ended.error is not None
    assert ended.error.startswith(
        f"1 of 2 units failed: {found[0].id}..{found[10].id}: 10 workers have ended"
    )
    resumed = await queue.resume(services, job.id)
    assert (resumed.state, resumed.units_done, resumed.error) == (JobState.WAITING, 1, None)
    await work(services)
    assert (await again(services, job)).state is JobState.DONE


async def test_a_cancelled_job_stores_nothing_more_and_goes_on_when_it_is_resumed(services: Services) -> None:
    await fill(services, 30)
    job = await order(services, rows=10)
    one = worker(services)
    (first,) = await one.claim()
    await one.do(first, asyncio.Event())
    (second,) = await one.claim()
    assert (await queue.cancel(services, job.id)).state is JobState.CANCELLED
    assert (await queue.cancel(services, job.id)).state is JobState.CANCELLED
    await one.do(second, asyncio.Event())
    assert (one.finished, await states_of(services, job)) == (1, ["done", "running", "waiting"])
    assert await one.claim() == []
    resumed = await queue.resume(services, job.id)
    assert (resumed.state, await states_of(services, job)) == (
        JobState.WAITING,
        ["done", "waiting", "waiting"],
    )
    await work(services)
    with pytest.raises(JobConflict, match="is done already"):
        await queue.cancel(services, job.id)
    with pytest.raises(JobConflict, match="nothing to resume"):
        await queue.resume(services, job.id)


async def test_what_is_no_job_is_said(services: Services) -> None:
    for id_ in (1, 2**40, 0):
        with pytest.raises(JobNotFound, match=f"There is no job with id {id_}"):
            await queue.cancel(services, id_)


@pytest.mark.parametrize(
    ("parameters", "error", "message"),
    [
        ({"algorithm": 99}, AlgorithmNotFound, "no algorithm with id 99"),
        ({"algorithm": "one"}, InvalidInput, "algorithm must be the id of an algorithm, not 'one'"),
        ({"algorithm": AT_TEN, "served_by": 99}, AlgorithmNotFound, "no algorithm with id 99"),
        ({"algorithm": AT_TEN, "created_from": "2026-01-01T00:00:00"}, InvalidInput, "must say its zone"),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused_before_anything_is_stored(
    services: Services, parameters: dict[str, object], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        await queue.create(services, JobKind.REPLAY, parameters, created_by="tests")  # type: ignore[arg-type]
    assert await services.database.read(jobs.count_jobs) == 0


async def test_a_worker_of_another_release_leaves_the_job_alone_and_resuming_begins_it_anew(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    await fill(services, 20)
    job = await order(services, rows=10)
    (unit,) = await worker(services).claim()
    await worker(services).do(unit, asyncio.Event())
    other = worker(services, "other", release="9.9.9")
    await other.run(asyncio.Event(), once=True)
    assert other.finished == 0
    assert f"job {job.id} (replay) waits for workers of release" in caplog.text
    resumed = await queue.resume(services, job.id, release="9.9.9")
    assert (resumed.release, await states_of(services, job)) == ("9.9.9", ["waiting"])
    await other.run(asyncio.Event(), once=True)
    assert (await again(services, job)).state is JobState.DONE


class Another(AtTen, endpoint="levels", name="at ten", version="1", owner="tests", status="testing"):
    """High from 15 on, under the name of the one from 10 on."""

    limit = 15.0


async def test_another_model_under_the_same_name_stops_the_job_and_resuming_begins_it_anew(
    database: Database, dice: Dice
) -> None:
    before = services_on(database, small_registry(), dice)
    await before.start()
    await fill(before, 20)
    job = await order(before, rows=10)
    one = worker(before)
    (unit,) = await one.claim()
    await one.do(unit, asyncio.Event())

    registry = small_registry()
    changed = replace(registered(Another, LEVELS), code="another")
    algorithms = tuple(changed if key.name == "at ten" else key for key in registry.algorithms)
    after = services_on(database, replace(registry, algorithms=algorithms), dice)
    await after.catalog.start()
    late = worker(after, "late")
    await late.run(asyncio.Event(), once=True)
    stopped = await again(before, job)
    assert (stopped.state, stopped.units_done, late.finished) == (JobState.FAILED, 1, 0)
    assert stopped.error is not None
    assert stopped.error.startswith("it was planned with another model than this worker has")
    assert await states_of(before, job) == ["done", "waiting"]
    await queue.resume(after, job.id, kinds={JobKind.REPLAY: ReplayKind(10)})
    assert await states_of(before, job) == ["waiting", "waiting"]
    await work(after)
    assert (await again(before, job)).state is JobState.DONE
    await before.stop()


class Gated(AtTen, endpoint="levels", name="gated", version="1", owner="tests", status=None):
    """Slow enough for a thread, and waits with several rows while its gate is closed."""

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        time.sleep(0.0005)
        if len(rows) > 1:
            self.entered.set()
            self.gate.wait(10)
        return super().predict(rows)

    entered = threading.Event()
    gate = threading.Event()


@pytest.fixture
async def gated(database: Database, dice: Dice) -> AsyncIterator[Services]:
    Gated.entered.clear()
    Gated.gate.clear()
    registry = small_registry()
    registry = replace(registry, algorithms=(*registry.algorithms, registered(Gated, LEVELS)))
    found = services_on(database, registry, dice)
    await found.start()
    yield found
    Gated.gate.set()
    await found.stop()


async def test_a_worker_that_is_stopped_gives_back_what_it_holds(gated: Services) -> None:
    await fill(gated, 20)
    (algorithm,) = [a for a in gated.catalog.snapshot.algorithms.values() if a.name == "gated"]
    job = await order(gated, algorithm.id, rows=10)
    stop = asyncio.Event()
    one = worker(gated)
    running = asyncio.create_task(one.run(stop))
    await asyncio.to_thread(Gated.entered.wait, 10)
    stop.set()
    await running
    assert (one.finished, await states_of(gated, job)) == (0, ["waiting", "waiting"])
    Gated.gate.set()
    (unit,) = await worker(gated, "other").claim()
    assert (unit.number, unit.attempts) == (1, 1)


async def test_a_unit_whose_job_is_cancelled_is_ended_at_the_next_renewal(gated: Services) -> None:
    await fill(gated, 10)
    (algorithm,) = [a for a in gated.catalog.snapshot.algorithms.values() if a.name == "gated"]
    job = await order(gated, algorithm.id, rows=10)
    one = worker(gated)
    (unit,) = await one.claim()
    doing = asyncio.create_task(one.do(unit, asyncio.Event()))
    await asyncio.to_thread(Gated.entered.wait, 10)
    await queue.cancel(gated, job.id)
    await one.renew()
    await doing
    assert (one.finished, one._held) == (0, {})
