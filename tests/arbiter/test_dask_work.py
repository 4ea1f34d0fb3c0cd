"""`arbiter work --engine dask` as an operator runs it: a cluster of processes on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import orjson
import psutil
import pytest

from arbiter import wiring
from arbiter.cli.application import run
from arbiter.settings import Settings
from bench.jobs import fill
from domain.jobs import JobKind
from serving.jobs import queue
from serving.jobs.kinds import KINDS
from serving.jobs.kinds.replay import ReplayKind
from serving.jobs.worker import Worker
from tests.arbiter.processes import ROOT, environment

pytestmark = pytest.mark.matrix  # a cluster of processes
PATIENCE = 240.0
FOREST = 1


async def order(url: str, rows: int) -> int:
    async with wiring.running(Settings.load(database_url=url)) as services:
        kinds = {**KINDS, JobKind.REPLAY: ReplayKind(rows)}
        parameters: Any = {"algorithm": FOREST}
        job = await queue.create(services, JobKind.REPLAY, parameters, created_by="tests", kinds=kinds)
        return job.id


async def work(url: str) -> None:
    async with wiring.running(Settings.load(database_url=url)) as services:
        await Worker(services).run(asyncio.Event(), once=True)


def start(url: str, **settings: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "arbiter", "work", "--engine", "dask", "--workers", "2", "--once"],
        cwd=ROOT,
        env=environment(database_url=url) | settings,
        stdout=subprocess.PIPE,
        text=True,
    )


def ask(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        return connection.execute(sql).fetchall()


def until_held(path: Path) -> tuple[int, int]:
    """The process that holds the first unit, and that unit."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for worker, unit in ask(path, "SELECT worker, number FROM job_unit WHERE state = 'running'"):
            return int(worker.rpartition(":")[2]), unit
        time.sleep(0.002)
    raise AssertionError("no unit was ever held")


def listening(process: psutil.Process) -> list[str]:
    """The addresses on which a process and those that it has started listen."""
    found = []
    for one in (process, *process.children(recursive=True)):
        found += [c.laddr.ip for c in one.net_connections("inet") if c.status == psutil.CONN_LISTEN]
    return found


def test_a_cluster_finds_the_same_bytes_and_listens_on_this_machine_only(tmp_path: Path) -> None:
    path = tmp_path / "arbiter.db"
    url = f"sqlite://{path}"
    fill(path, 6_000)
    alone = asyncio.run(order(url, 1_500))
    asyncio.run(work(url))
    job = asyncio.run(order(url, 1_500))
    process = start(url)
    until_held(path)
    addresses = listening(psutil.Process(process.pid))
    said = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0, said
    assert f"job {job} (replay) is done" in said
    assert len(addresses) >= 3  # the scheduler and two workers
    assert set(addresses) == {"127.0.0.1"}
    results = dict(ask(path, "SELECT id, result FROM job"))
    assert results[job] == results[alone]
    assert orjson.loads(results[job])["requests"] == 6_000
    assert ask(path, f"SELECT count(*) FROM job_unit WHERE job_id = {job} AND state = 'done'") == [(4,)]


def test_units_that_dask_gives_up_with_a_killed_process_are_done_by_another(tmp_path: Path) -> None:
    path = tmp_path / "arbiter.db"
    url = f"sqlite://{path}"
    fill(path, 60_000)
    job = asyncio.run(order(url, 20_000))
    process = start(url, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    killed, unit = until_held(path)
    os.kill(killed, signal.SIGKILL)
    said = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 0, said
    assert ask(path, f"SELECT state, error FROM job WHERE id = {job}") == [("done", None)]
    attempts = dict(ask(path, f"SELECT number, attempts FROM job_unit WHERE job_id = {job}"))
    assert attempts == {1: 1, 2: 1, 3: 1} | {unit: 2}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--scheduler", "tcp://127.0.0.1:1"], "go with --engine dask"),
        (["--engine", "dask", "--tls-ca", "ca.pem"], "TLS needs all three"),
    ],
)
def test_options_that_do_not_fit_are_refused(
    options: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["work", "--once", *options]) != 0
    assert says in " ".join(capsys.readouterr().err.replace("│", " ").split())
