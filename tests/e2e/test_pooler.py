"""Several processes behind a PgBouncer that gives them eight connections together, and what one tells the others."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, ExitStack
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.arbiter.processes import ServerProcess, arbiter, serving
from tests.e2e.load import row_of
from tests.e2e.pooled import SEEN_WITHIN as SEEN_WITHIN_UNDER_LOAD
from tests.e2e.pooled import behind_a_pooler
from tests.pooler import pooler
from tests.rest.rows import INCOME

pytestmark = pytest.mark.matrix

PROCESSES = 4
CALLERS = 8
ROUNDS = 6
SEEN_WITHIN = 5.0
TESTING = {"status": "testing", "created_by": "ann", "parent_mlalgorithm": 1}
PRODUCTION = TESTING | {"status": "production"}


@pytest.fixture
def ways(empty_postgres_url: str) -> Iterator[dict[str, str]]:
    with pooler(empty_postgres_url) as url:
        yield {"database_url": url, "direct_database_url": empty_postgres_url, "secret": "0123456789abcdef"}


@pytest.fixture
def processes(ways: dict[str, str], tmp_path: Path) -> Iterator[list[ServerProcess]]:
    with ExitStack() as stack:
        yield [stack.enter_context(serving(tmp_path, access_log="false", **ways)) for _ in range(PROCESSES)]


async def call(client: httpx.AsyncClient, dice: random.Random, seen: Counter[str]) -> None:
    """Predictions, pages of history, figures, feedback and health, one after the other."""
    for _ in range(ROUNDS):
        endpoint, text = row_of(dice)
        predicted = await client.post(f"/api/v1/{endpoint}/predict", content=text)
        seen[f"predict {predicted.status_code}"] += 1
        id_ = predicted.json()["request_id"]
        path, content = f"/api/v1/mlrequests/{id_}", json.dumps({"feedback": ""})
        seen[f"feedback {(await client.put(path, content=content)).status_code}"] += 1
        seen[f"page {(await client.get('/api/v1/mlrequests?limit=5')).status_code}"] += 1
        seen[f"ready {(await client.get('/readyz')).status_code}"] += 1
        query = json.dumps({"query": "{ endpoints { nodes { name requests(first: 1) { nodes { id } } } } }"})
        answer = (await client.post("/graphql", content=query)).json()
        seen["figures" if "errors" not in answer else f"figures: {answer['errors']}"] += 1


async def test_four_processes_share_eight_connections_without_an_error(
    processes: list[ServerProcess],
) -> None:
    seen: Counter[str] = Counter()
    headers = {"Content-Type": "application/json"}
    async with asyncio.TaskGroup() as group:
        for number in range(PROCESSES * CALLERS):
            url = processes[number % PROCESSES].url
            group.create_task(_caller(url, headers, random.Random(number), seen))
    expected = PROCESSES * CALLERS * ROUNDS
    assert seen == {
        "predict 200": expected,
        "feedback 200": expected,
        "page 200": expected,
        "ready 200": expected,
        "figures": expected,
    }


async def _caller(url: str, headers: dict[str, str], dice: random.Random, seen: Counter[str]) -> None:
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        await call(client, dice, seen)


def test_what_one_of_four_processes_sets_is_served_by_all_within_a_second_while_all_are_called(
    empty_postgres_url: str, tmp_path: Path
) -> None:
    seen = behind_a_pooler(empty_postgres_url, tmp_path, processes=PROCESSES, seconds=12, rate=16)
    assert seen.failed == {}
    assert [delay for delay in seen.delays if delay > SEEN_WITHIN_UNDER_LOAD] == []
    assert len(seen.delays) >= 2


async def seconds_until(holds: Callable[[], Awaitable[bool]]) -> float:
    since = time.monotonic()
    async with asyncio.timeout(30):
        while not await holds():
            await asyncio.sleep(0.02)
    return time.monotonic() - since


@pytest.mark.parametrize(
    "listening", [True, False], ids=["LISTEN over the direct way", "LISTEN lost in the pooler"]
)
async def test_all_processes_see_a_status_and_a_revoked_key(
    ways: dict[str, str], tmp_path: Path, listening: bool
) -> None:
    if not listening:
        ways["direct_database_url"] = ways["database_url"]
    settings = ways | {"access_log": "false"}
    async with AsyncExitStack() as stack:
        processes = [stack.enter_context(serving(tmp_path, **settings)) for _ in range(3)]
        made = json.loads(
            arbiter("keys", "create", "front-end", "--scope", "read", "--json", cwd=tmp_path, **ways).stdout
        )
        key = {"Authorization": f"Bearer {made['secret']}"}
        clients = [
            await stack.enter_async_context(httpx.AsyncClient(base_url=process.url, timeout=60))
            for process in processes
        ]

        async def all_answer(code: int) -> bool:
            answers = [await client.get("/api/v1/endpoints", headers=key) for client in clients]
            return {answer.status_code for answer in answers} == {code}

        async def all_predict(holds: bool) -> bool:
            path = "/api/v1/income_classifier/predict"
            return all([(await client.post(path, json=INCOME)).is_success is holds for client in clients])

        assert await seconds_until(lambda: all_answer(200)) < SEEN_WITHIN
        for body, holds in ((TESTING, False), (PRODUCTION, True)):
            set_by_one = await clients[0].post("/api/v1/mlalgorithmstatuses", json=body)
            assert set_by_one.status_code == 201, set_by_one.text
            assert await seconds_until(partial(all_predict, holds)) < SEEN_WITHIN
        assert arbiter("keys", "revoke", "front-end", cwd=tmp_path, **ways).returncode == 0
        assert await seconds_until(lambda: all_answer(401)) < SEEN_WITHIN


async def test_doctor_sees_that_all_is_in_force(ways: dict[str, str], tmp_path: Path) -> None:
    arbiter("migrate", cwd=tmp_path, **ways)

    def finding(**changed: str) -> tuple[bool, str]:
        said = arbiter("doctor", "--json", cwd=tmp_path, port="0", **(ways | changed))
        [found] = [one for one in json.loads(said.stdout) if one["name"] == "sessions"]
        return found["well"], found["detail"]

    assert finding() == (
        True,
        "time-outs are in force and notifications are heard, and the way past the pooler leads to the same database",
    )
    well, detail = finding(direct_database_url=ways["database_url"])
    assert well
    assert detail.startswith("warning: a notification is not heard")
    with pooler(ways["direct_database_url"], ignoring=True) as swallowing:
        well, detail = finding(database_url=swallowing, direct_database_url="")
    assert not well
    assert "statement_timeout is 0 and not 10000" in detail
