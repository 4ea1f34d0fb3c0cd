from __future__ import annotations

import asyncio
import contextlib
import random
import sys
from asyncio.subprocess import PIPE, Process
from collections import Counter

import pytest

from domain.ab_tests.plan import new_plan
from domain.requests.feedback import FeedbackCommand
from domain.words import ABTestState, Kind, Status, Traffic, Verdict
from orm.queries.ab_tests import ab_tests
from orm.queries.catalog import statuses
from serving.services import Services
from tests.serving.judges import services_of
from tests.serving.world import EVERYBODY, command, row

ENOUGH = 16
CALLERS = 50


async def judge(url: str, endpoints: int, callers: int) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.serving.judges",
        url,
        str(endpoints),
        str(callers),
        stdout=PIPE,
        stderr=PIPE,
    )


async def decidable(services: Services) -> list[int]:
    """A running test on every endpoint, with feedback that promotes its challenger; nothing is decided yet."""
    found = []
    snapshot = services.catalog.snapshot
    for endpoint in list(snapshot.endpoints.values()):
        first, second = [algorithm.id for algorithm in snapshot.algorithms_of(endpoint.id)]
        test = await services.ab_tests.create(
            title="t",
            algorithms=(first, second),
            traffic=Traffic.ALL,
            created_by="me",
            plan=new_plan(Kind.CLASSIFIER, minimum_feedback=1, auto_decide=False),
        )
        rows = await services.predictor.predict(command(*[row(5)] * ENOUGH, row(50), endpoint=endpoint.name))
        said = ["low"] * ENOUGH + ["high"]
        truths = [FeedbackCommand(one.request.id, truth) for one, truth in zip(rows, said, strict=True)]
        await services.feedback.give_batch(truths, EVERYBODY)
        found.append(test.id)
    return found


async def check_each_decided_once(services: Services, test_ids: list[int]) -> None:
    await services.catalog.refresh()
    async with services.database.reader() as reader:
        tests = await ab_tests.ab_tests_by_ids(reader, test_ids)
        events = await ab_tests.events_of(reader, test_ids)
        active = Counter(row.algorithm_id for row in await statuses.all_statuses(reader) if row.active)
    table = services.catalog.snapshot.algorithms
    for id_ in test_ids:
        test = tests[id_]
        assert (test.state, test.verdict) == (ABTestState.DECIDED, Verdict.PROMOTED)
        assert [event.kind for event in events[id_]] == ["created", "decided"]
        assert table[test.challenger_id].status is Status.PRODUCTION
        assert table[test.champion_id].status is Status.TESTING
        assert (active[test.champion_id], active[test.challenger_id]) == (1, 1)
        assert (await services.ab_tests.verify(id_)).differences == ()


async def test_two_processes_with_fifty_callers_each_decide_a_test_once(database_url: str) -> None:
    services = await services_of(database_url, 1)
    test_ids = await decidable(services)
    judges = [await judge(database_url, 1, CALLERS) for _ in range(2)]
    said = [await process.communicate() for process in judges]
    assert [process.returncode for process in judges] == [0, 0], said
    decided = [int(out.split()[-1]) for out, _ in said]
    assert sum(decided) == 1
    await check_each_decided_once(services, test_ids)
    await services.stop()


@pytest.mark.parametrize(
    "endpoints", [pytest.param(6), pytest.param(100, marks=pytest.mark.matrix)], ids=lambda n: f"{n}_tests"
)
@pytest.mark.matrix
async def test_killed_while_deciding_every_test_is_decided_once_in_the_end(
    database_url: str, endpoints: int
) -> None:
    services = await services_of(database_url, endpoints)
    test_ids = await decidable(services)
    chance = random.Random(4)
    for _ in range(2 if endpoints < 10 else 10):
        judges = [await judge(database_url, endpoints, 1) for _ in range(2)]
        for process in judges:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
            await asyncio.sleep(chance.uniform(0, 0.002 * endpoints))
            with contextlib.suppress(ProcessLookupError):  # it has done its work before
                process.kill()
        await asyncio.gather(*[process.communicate() for process in judges])
        await services.catalog.refresh()
    last = await judge(database_url, endpoints, 1)
    out, err = await last.communicate()
    assert last.returncode == 0, (out, err)
    await check_each_decided_once(services, test_ids)
    await services.stop()
