from __future__ import annotations

import asyncio
import signal
import sys
import time

import pytest

from domain.jobs import Job, JobState
from orm.connection.statement import Statement
from orm.queries.jobs import jobs
from serving.services import Services
from tests.arbiter.processes import ROOT, environment
from tests.serving.jobs.orders import fill, order, result_of, work

PATIENCE = 120.0


async def start(url: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.serving.jobs.working", url), cwd=ROOT, env=environment()
    )


async def until_it_holds_a_unit(services: Services, pid: int) -> bool:
    """Whether it holds one; not where nothing is left for it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        async with services.database.reader() as reader:
            rows = await Statement(reader).rows("SELECT worker FROM job_unit WHERE state = 'running'")
            left = await Statement(reader).value("SELECT count(*) AS n FROM job_unit WHERE state <> 'done'")
        if any(str(row["worker"]).endswith(f":{pid}") for row in rows):
            return True
        if not left:
            return False
        await asyncio.sleep(0.005)
    raise AssertionError("it never held a unit")


async def killed_again_and_again(services: Services, url: str, job: Job, kills: int) -> None:
    for _ in range(kills):
        process = await start(url)
        assert await until_it_holds_a_unit(services, process.pid)
        process.send_signal(signal.SIGKILL)
        assert await process.wait() == -signal.SIGKILL
    last = [await start(url) for _ in range(2)]
    async with asyncio.timeout(PATIENCE):
        assert [await process.wait() for process in last] == [0, 0]


async def check(services: Services, url: str, *, kills: int) -> None:
    await fill(services, 40 * kills + 60)
    undisturbed = await order(services, rows=10)
    await work(services)
    job = await order(services, rows=10)
    assert job.units == undisturbed.units
    await killed_again_and_again(services, url, job, kills)
    found = await services.database.read(jobs.job_of_id, job.id)
    assert (found.state, found.units_done) == (JobState.DONE, job.units)
    assert await result_of(services, job) == await result_of(services, undisturbed)
    async with services.database.reader() as reader:
        statement = Statement(reader)
        attempts = await statement.value(
            f"SELECT sum(attempts) AS n FROM job_unit WHERE job_id = {statement.bind(job.id)}"
        )
    assert attempts >= job.units + kills  # Each was killed while it held at least one.


@pytest.mark.matrix
async def test_three_kills_of_workers_leave_the_result_as_it_would_have_been_to_the_last_bit(
    services: Services, database_url: str
) -> None:
    await check(services, database_url, kills=3)


@pytest.mark.slow
async def test_twenty_kills_of_workers_leave_the_result_as_it_would_have_been_to_the_last_bit(
    services: Services, database_url: str
) -> None:
    await check(services, database_url, kills=20)
