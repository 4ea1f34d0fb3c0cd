from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.errors import EndpointNotFound, InvalidInput, JobConflict
from domain.jobs import Job, JobKind, JobState
from orm.connection.database import Database
from orm.connection.statement import Statement
from orm.queries.jobs import jobs
from registry.endpoints import EndpointSpec, endpoint_of
from registry.json_documents import JSONDocument
from serving.jobs import queue
from serving.services import Services
from tests.serving.jobs.orders import again, fill, result_of, work, worker
from tests.serving.world import LEVELS, AtTen, AtZero, Dice, registered, services_on, small_registry


async def order(services: Services, kind: JobKind, **parameters: object) -> Job:
    return await queue.create(services, kind, parameters, created_by="tests")  # type: ignore[arg-type]


async def run_sql(services: Services, sql: str) -> None:
    async with services.database.transaction() as tx:
        await Statement(tx).run(sql)


async def entries(services: Services) -> int:
    async with services.database.reader() as reader:
        return int(await Statement(reader).value("SELECT count(*) AS n FROM request_feature"))


def indexed() -> EndpointSpec:
    """The endpoint with its colour declared as indexed."""
    declared = json.loads(json.dumps(dict(LEVELS.declaration)))
    declared["features"][1]["indexed"] = True
    return endpoint_of(JSONDocument(declared, "levels/endpoint.json"))


@pytest.fixture
async def later(database: Database, dice: Dice) -> AsyncIterator[Services]:
    """Services that know the colour as indexed, over forty requests that came before."""
    before = services_on(database, small_registry(), dice)
    await before.start()
    await fill(before, 40)
    await before.log.close()
    spec, registry = indexed(), small_registry()
    algorithms = (registered(AtZero, spec), registered(AtTen, spec))
    found = services_on(
        database,
        replace(registry, endpoints={**registry.endpoints, "levels": spec}, algorithms=algorithms),
        dice,
    )
    await found.start()
    yield found
    await found.stop()


async def test_an_index_job_adds_each_request_once_and_says_what_the_command_says(later: Services) -> None:
    job = await order(later, JobKind.INDEX, endpoint="levels", feature="colour")
    assert (job.units, job.rows) == (1, 40)
    await work(later, "one", "two")
    done = await again(later, job)
    assert (done.state, done.rows_done, await entries(later)) == (JobState.DONE, 40, 40)
    assert json.loads(await result_of(later, job)) == [
        {"feature": "colour", "requests": 40, "indexed": 40, "refused": 0}
    ]


async def test_a_unit_that_was_done_but_not_stored_is_not_gone_through_again(later: Services) -> None:
    await order(later, JobKind.INDEX, endpoint="levels", feature="colour")
    killed = worker(later, "killed")
    (unit,) = await killed.claim()
    endpoint = later.catalog.snapshot.endpoint_named("levels")
    before = await later.indexed_features.index_one(endpoint, "colour")
    await run_sql(later, "UPDATE job_unit SET leased_until = 0")
    await work(later)
    assert await later.indexed_features.run_of(endpoint, "colour") == before
    assert await entries(later) == 40
    await killed.do(unit, asyncio.Event())
    assert (killed.finished, await entries(later)) == (0, 40)


async def test_a_second_job_of_an_endpoints_index_is_refused_and_names_the_first(later: Services) -> None:
    first = await order(later, JobKind.INDEX, endpoint="levels", feature="colour")
    with pytest.raises(JobConflict, match=rf"Job {first.id} \(index\) does this already"):
        await order(later, JobKind.INDEX, endpoint="levels")
    await queue.cancel(later, first.id)
    second = await order(later, JobKind.INDEX, endpoint="levels")
    with pytest.raises(JobConflict, match=rf"Job {second.id} \(index\) does this already"):
        await queue.resume(later, first.id)
    await work(later)
    assert (await queue.resume(later, first.id)).state is JobState.WAITING


async def test_what_cannot_be_indexed_is_refused_before_anything_is_stored(services: Services) -> None:
    with pytest.raises(EndpointNotFound, match="no endpoint 'heigths'; did you mean 'heights'"):
        await order(services, JobKind.INDEX, endpoint="heigths")
    with pytest.raises(InvalidInput, match="levels does not declare 'colour' as indexed"):
        await order(services, JobKind.INDEX, endpoint="levels", feature="colour")
    assert await services.database.read(jobs.count_jobs) == 0


async def test_a_rebuild_job_corrects_each_day_once_and_lists_what_was_wrong(services: Services) -> None:
    await fill(services, 30)
    assert await services.summaries.check() == []
    await run_sql(services, "UPDATE daily_summary SET requests = requests + 5 WHERE algorithm_id = 1")
    wrong = await services.summaries.check()
    job = await order(services, JobKind.REBUILD)
    assert job.units == 1
    with pytest.raises(JobConflict, match=rf"Job {job.id} \(rebuild\) does this already"):
        await order(services, JobKind.REBUILD)
    await work(services, "one", "two")
    done = await again(services, job)
    result = json.loads(await result_of(services, job))
    assert (done.state, result["corrected"], len(result["differences"])) == (JobState.DONE, 1, 1)
    assert [one["column"] for one in result["differences"]] == [one.column for one in wrong] == ["requests"]
    assert await services.summaries.check() == []
    await order(services, JobKind.REBUILD)
