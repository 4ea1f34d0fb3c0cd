from __future__ import annotations

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter

import pytest

from domain.words import Traffic
from orm.queries.ab_tests import ab_tests
from orm.queries.catalog import statuses
from serving.services import Services
from tests.serving.crowd import CALLERS
from tests.serving.world import AT_TEN, AT_ZERO

FOLLOWED_WITHIN = 0.5


async def start(url: str, task: str, argument: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.serving.crowd", url, task, argument, stdout=PIPE, stderr=PIPE
    )


async def result(process: Process) -> list[str]:
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    answers: list[str] = json.loads(out.splitlines()[-1])
    return answers


async def both(url: str, task: str, first: str, second: str) -> tuple[list[str], list[str]]:
    processes = [await start(url, task, first), await start(url, task, second)]
    one, other = await asyncio.gather(*[result(process) for process in processes])
    return one, other


@pytest.mark.matrix
async def test_exactly_one_status_is_active_after_a_hundred_concurrent_changes(
    services: Services, database_url: str
) -> None:
    one, other = await both(database_url, "statuses", "one", "other")
    ids = {int(id_) for id_ in one + other}
    assert len(ids) == 2 * CALLERS
    async with services.database.reader() as reader:
        rows = await statuses.all_statuses(reader, [AT_ZERO])
    assert len(rows) == 2 * CALLERS + 1
    assert [row.id for row in rows if row.active] == [max(row.id for row in rows)]


@pytest.mark.matrix
async def test_exactly_one_of_a_hundred_concurrent_callers_decides_a_test(
    services: Services, database_url: str
) -> None:
    test = await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    one, other = await both(database_url, "conclude", str(test.id), str(test.id))
    assert Counter(one + other) == {"decided": 1, "AB_TEST_NOT_RUNNING": 2 * CALLERS - 1}
    async with services.database.reader() as reader:
        kinds = [event.kind for event in await ab_tests.events(reader, test.id)]
        active = [row for row in await statuses.all_statuses(reader) if row.active]
    assert kinds == ["created", "decided"]
    assert sorted(Counter(row.algorithm_id for row in active).values()) == [1, 1, 1, 1]


@pytest.mark.matrix
async def test_two_processes_never_make_the_same_id(services: Services, database_url: str) -> None:
    one, other = await both(database_url, "predict", "2000", "2000")
    assert len(set(one) | set(other)) == 4000


async def test_other_process_follows_a_status_change_within_half_a_second(
    services: Services, database_url: str
) -> None:
    changes = ("testing", "production", "testing")
    process = await start(database_url, "follow", ",".join(changes))
    assert process.stdout is not None
    assert await process.stdout.readline() == b"ready\n"
    delays = []
    for status in changes:
        await services.statuses.set(AT_ZERO, status, "me")
        changed = time.time()
        delays.append(float(await process.stdout.readline()) - changed)
    assert await result(process) == []
    # A busy machine may stop either process for a while: what counts is that nothing slower is in the way.
    assert min(delays) < FOLLOWED_WITHIN
