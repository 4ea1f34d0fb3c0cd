"""Several workers on one port: whatever happens to one of them, calls are answered and nothing is lost."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import asyncpg
import httpx
import pytest

from tests.arbiter.processes import PATIENCE, ServerProcess, arbiter, serving
from tests.arbiter.workers.blocked import FOR_EVER
from tests.arbiter.workers.load import PREDICT, ROW, loaded, metric, stored_ids, value_of

pytestmark = pytest.mark.matrix  # several processes each

NOBODY_REQUESTS = "{ requests { exportUrl(format: CSV) } }"


def workers_of(server: ServerProcess) -> list[int]:
    """The ids of the processes that the server has started."""
    listed = Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text("ascii")
    return [int(pid) for pid in listed.split()]


def until(true: Callable[[], bool], patience: float = PATIENCE) -> None:
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < patience
        time.sleep(0.02)


async def most_connections(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        found = await connection.fetchrow(
            "SELECT current_setting('max_connections'), current_setting('superuser_reserved_connections')"
        )
    finally:
        await connection.close()
    return int(found[0]) - int(found[1])


async def events_of(server: ServerProcess, name: str, count: int) -> None:
    start = time.monotonic()
    while sum(event["event"] == name for event in list(server.events)) < count:
        assert time.monotonic() - start < PATIENCE, "".join(server.lines[-50:])
        await asyncio.sleep(0.05)


async def both_ready(server: ServerProcess, client: httpx.AsyncClient) -> None:
    start = time.monotonic()
    while True:
        assert time.monotonic() - start < PATIENCE, "".join(server.lines[-50:])
        with suppress(httpx.TransportError):
            if value_of((await client.get("/metrics")).text, "arbiter_workers") == 2:
                return
        await asyncio.sleep(0.1)


@pytest.mark.slow_on_postgres
@pytest.mark.parametrize("kills", [3, pytest.param(50, marks=pytest.mark.slow)])
async def test_killed_workers_lose_no_row_and_one_retry_answers_every_call(
    tmp_path: Path, database_url: str, kills: int
) -> None:
    with serving(tmp_path, database_url=database_url, workers="2", access_log="false") as server:
        async with (
            loaded(server, retries=1) as load,
            httpx.AsyncClient(base_url=server.url, timeout=PATIENCE) as watcher,
        ):
            for number in range(kills):
                await both_ready(server, watcher)
                before = len(load.ids)
                while len(load.ids) < before + 5:
                    await asyncio.sleep(0.01)
                os.kill(workers_of(server)[number % 2], signal.SIGKILL)
                await events_of(server, "a worker is replaced", number + 1)
            await both_ready(server, watcher)
        assert load.failed == []
        assert load.retried > 0
        assert metric(server, "arbiter_workers_replaced_total") == kills
        assert await asyncio.to_thread(server.stop) == 0
    stored = await stored_ids(database_url)
    assert len(load.ids) == len(set(load.ids))
    assert set(load.ids) - set(stored) == set()


@pytest.mark.slow_on_postgres
async def test_sighup_renews_workers_without_a_failed_call(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path, database_url=database_url, workers="2", access_log="false") as server:
        async with loaded(server, retries=0) as load:
            before = set(workers_of(server))
            for number in range(3):
                server.signal(signal.SIGHUP)
                await events_of(server, "workers were renewed", number + 1)
            after = set(workers_of(server))
        assert load.failed == []
        assert len(load.ids) > 100
        assert (len(before), len(after), before & after) == (2, 2, set())
        # Nothing that was counted by those who are gone is lost.
        assert metric(server, "arbiter_requests_total") == len(load.ids)
        assert metric(server, "arbiter_workers_replaced_total") == 6
        assert await asyncio.to_thread(server.stop) == 0
    assert sorted(await stored_ids(database_url)) == sorted(load.ids)
    assert [event for event in server.events if event.get("level") == "error"] == []


def test_worker_with_a_blocked_loop_is_replaced(tmp_path: Path, migrated_sqlite_url: str) -> None:
    with serving(tmp_path, "tests.arbiter.workers.blocked", database_url=migrated_sqlite_url) as server:
        assert server.url
        before = set(workers_of(server))
        with pytest.raises(httpx.TransportError):
            httpx.post(
                f"{server.url}/graphql",
                json={"query": f"{{ {FOR_EVER}: viewer {{ name }} }}"},
                timeout=PATIENCE,
            )
        until(lambda: metric(server, "arbiter_workers") == 2)
        after = set(workers_of(server))
        assert (len(before), len(after), len(before & after)) == (2, 2, 1)
        replaced = [event for event in server.events if event["event"] == "a worker is replaced"]
        assert [(event["reason"], event["worker"]) for event in replaced] == [("stalled", *(before - after))]
        assert httpx.post(f"{server.url}{PREDICT}", json=ROW).json()["status"] == "OK"
        assert server.stop() == 0


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"database_url": "sqlite:///no/such/folder/arbiter.db"}, "/no/such/folder"),
        ({"database_url": "postgres://a:s3cret@127.0.0.1:1/x"}, "database"),
        ({"host": "0.0.0.0"}, "ARBITER_HOST is '0.0.0.0', which other machines can reach"),
        ({"workers": "65"}, "ARBITER_WORKERS is '65': Input should be less than or equal to 64"),
        ({"workers": "0"}, "ARBITER_WORKERS is '0': Input should be greater than or equal to 1"),
    ],
)
def test_a_failed_start_ends_all_with_the_workers_message(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    result = arbiter("serve", "--port", "0", cwd=tmp_path, **{"workers": "2", **settings})
    assert result.returncode == 1
    said = [line for line in result.stderr.splitlines() if line.startswith("arbiter: ")]
    assert len(said) == 1
    assert message in said[0]
    assert "s3cret" not in result.stderr


def test_more_workers_than_the_database_has_connections_for_do_not_start(
    tmp_path: Path, postgres_url: str
) -> None:
    most = asyncio.run(most_connections(postgres_url))
    result = arbiter("serve", "--port", "0", "--workers", "64", cwd=tmp_path, database_url=postgres_url)
    assert result.returncode == 1
    assert (
        "arbiter: ARBITER_WORKERS is 64: with one more while they are renewed they open up to 975 connections, and "
        f"the database takes {most}: start at most {most // 15 - 1}, or raise its max_connections\n"
    ) in result.stderr


def test_more_workers_than_cores_are_a_warning(tmp_path: Path) -> None:
    count = len(os.sched_getaffinity(0)) + 1
    url = f"sqlite://{tmp_path / 'arbiter.db'}"
    with serving(tmp_path, database_url=url, workers=str(count)) as server:
        assert server.url
        assert server.stop() == 0
    warned = [event for event in server.events if event.get("level") == "warning"]
    assert [event["event"] for event in warned] == [
        "there are more workers than cores: they wait for each other"
    ]


def long_call(server: ServerProcess, rows: int) -> socket.socket:
    """A connection that a worker has taken and answered on, and on which a batch has been sent."""
    host, port = server.url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=PATIENCE)
    connection.sendall(f"GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    answer = b""
    while not answer.endswith(b"}"):  # head and body may come apart
        answer += connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200 OK")
    body = json.dumps([ROW] * rows).encode()
    head = f"POST {PREDICT}_batch HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
    connection.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return connection


def everything_of(connection: socket.socket) -> bytes:
    """What comes over a connection until its other end closes it."""
    parts = []
    while part := connection.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.mark.slow_on_postgres
def test_sigterm_drains_all_workers(tmp_path: Path, database_url: str) -> None:
    rows = 3_000
    with serving(tmp_path, database_url=database_url, workers="2") as server:
        calls = [long_call(server, rows) for _ in range(4)]
        for _ in range(20):  # by now the workers have read what was sent before
            assert httpx.get(f"{server.url}/livez", timeout=PATIENCE).status_code == 200
        pids = workers_of(server)
        server.signal()
        answers = [everything_of(one) for one in calls]
        for one in calls:
            one.close()
        assert server.wait() == 0
        assert [pid for pid in pids if Path(f"/proc/{pid}").exists()] == []
    assert [answer.partition(b"\r\n")[0] for answer in answers] == [b"HTTP/1.1 200 OK"] * 4
    answered = [
        one["request_id"] for answer in answers for one in json.loads(answer.partition(b"\r\n\r\n")[2])
    ]
    assert len(answered) == 4 * rows
    assert sorted(asyncio.run(stored_ids(database_url))) == sorted(answered)


def test_workers_whose_supervisor_is_killed_end_by_themselves(tmp_path: Path) -> None:
    with serving(tmp_path, database_url=f"sqlite://{tmp_path / 'arbiter.db'}", workers="2") as server:
        assert server.url
        pids = workers_of(server)
        assert len(pids) == 2
        server.process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids))


@pytest.mark.slow_on_postgres
def test_metrics_add_up_and_logs_name_the_process(tmp_path: Path, database_url: str) -> None:
    with serving(tmp_path, database_url=database_url, workers="2") as server:
        scrapes = []
        for number in range(1, 41):
            # A connection each: they spread over both.
            assert httpx.post(f"{server.url}{PREDICT}", json=ROW).status_code == 200
            if number % 10 == 0:
                scrapes.append(metric(server, "arbiter_requests_total"))
        assert scrapes == [10, 20, 30, 40]
        text = httpx.get(f"{server.url}/metrics").text
        assert value_of(text, "arbiter_request_latency_seconds_count") == 40
        assert value_of(text, "arbiter_database_ready") == 1
        assert value_of(text, "arbiter_workers") == 2
        pids = workers_of(server)
        os.kill(pids[0], signal.SIGKILL)
        until(lambda: metric(server, "arbiter_workers_replaced_total") == 1)
        assert metric(server, "arbiter_requests_total") == 40
        assert server.stop() == 0
    calls = [event for event in server.events if event["event"] == "request" and event["path"] == PREDICT]
    assert {event["pid"] for event in calls} == set(pids)
    assert {type(event["pid"]) for event in server.events} == {int}


def test_a_link_to_an_export_works_in_all_workers(tmp_path: Path) -> None:
    with serving(tmp_path, database_url=f"sqlite://{tmp_path / 'arbiter.db'}", workers="2") as server:
        made = httpx.post(f"{server.url}/graphql", json={"query": NOBODY_REQUESTS}).json()
        link = made["data"]["requests"]["exportUrl"]
        assert [httpx.get(f"{server.url}{link}").status_code for _ in range(20)] == [200] * 20
        assert server.stop() == 0
    calls = [event for event in server.events if event.get("path", "").startswith("/exports")]
    assert len({event["pid"] for event in calls}) == 2
