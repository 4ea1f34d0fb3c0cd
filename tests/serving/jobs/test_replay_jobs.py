from __future__ import annotations

import json

import pytest

from domain.callers import Viewer
from domain.jobs import JobState
from orm.queries.jobs import units
from serving.jobs.kinds.replay import replay_of
from serving.services import Services
from tests.serving.jobs.orders import again, fill, order, result_of, work
from tests.serving.world import AT_TEN, EVERYBODY, PLUS_TWO

SEES_ALL = Viewer(EVERYBODY)


@pytest.mark.parametrize(("endpoint", "algorithm"), [("levels", AT_TEN), ("heights", PLUS_TWO)])
async def test_a_job_finds_to_the_last_bit_what_a_replay_of_all_requests_finds(
    services: Services, endpoint: str, algorithm: int
) -> None:
    await fill(services, 150, endpoint=endpoint)
    await fill(services, 20, endpoint="heights" if endpoint == "levels" else "levels")
    job = await order(services, algorithm, rows=13)
    assert (job.state, job.units, job.rows, job.rows_done) == (JobState.WAITING, 12, 150, 0)
    await work(services)
    done = await again(services, job)
    assert (done.state, done.units_done, done.rows_done, done.error) == (JobState.DONE, 12, 150, None)
    plain = await services.ab_tests.replay(algorithm, viewer=SEES_ALL, limit=1_000_000)
    assert plain.requests > 100
    assert await replay_of(services, await result_of(services, job), SEES_ALL) == plain


async def test_the_result_is_the_same_bytes_whoever_has_worked_on_it_in_whatever_units(
    services: Services,
) -> None:
    await fill(services, 120)
    first, second, third = [await order(services, rows=rows) for rows in (7, 50, 1_000)]
    await work(services, "one", "two", "three")
    found = [await again(services, job) for job in (first, second, third)]
    assert [job.state for job in found] == [JobState.DONE] * 3
    assert len({await result_of(services, job) for job in found}) == 1


async def test_two_workers_split_the_units(services: Services) -> None:
    await fill(services, 100)
    job = await order(services, rows=4)
    one, two = await work(services, "one", "two")
    shares = await services.database.read(units.workers_of, job.id)
    assert set(shares) == {"one", "two"}
    assert (one.finished + two.finished, sum(shares.values())) == (25, 25)
    assert (shares["one"], shares["two"]) == (one.finished, two.finished)


async def test_a_job_can_be_narrowed_as_a_replay_can(services: Services) -> None:
    found = await fill(services, 60)
    job = await order(
        services,
        created_from=found[20].created_at.isoformat(),
        created_before=found[40].created_at.isoformat(),
    )
    nobody = await order(services, served_by=AT_TEN)
    await work(services)
    done = await again(services, job)
    inside = [one for one in found if found[20].created_at <= one.created_at < found[40].created_at]
    assert done.rows == len(inside)
    assert json.loads(await result_of(services, nobody))["requests"] == 0


async def test_a_job_over_nothing_is_done_at_once(services: Services) -> None:
    job = await order(services)
    assert (job.units, job.rows) == (0, 0)
    await work(services)
    done = await again(services, job)
    assert (done.state, json.loads(await result_of(services, job))["requests"]) == (JobState.DONE, 0)
