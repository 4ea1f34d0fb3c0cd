"""A PostgreSQL that is killed at any moment has lost nothing that two workers have answered, and they go on."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.arbiter.processes import PATIENCE, ServerProcess, serving
from tests.arbiter.workers.load import Load, loaded, metric, stored_ids
from tests.conftest import postgres_url_of, start_postgres, stop_postgres

pytestmark = pytest.mark.matrix


@pytest.fixture
def postgres() -> Iterator[Any]:
    """A PostgreSQL of its own, as its package sets it up: it syncs each commit."""
    server = start_postgres(Path(tempfile.gettempdir(), f"arbiter-pg-{uuid.uuid4().hex[:16]}"))
    try:
        yield server
    finally:
        stop_postgres(server)


def kill(postgres: Any) -> None:
    """SIGKILL to its first process, whose children end when they see that it is gone."""
    first = postgres.get_pid()
    children = Path(f"/proc/{first}/task/{first}/children").read_text("ascii").split()
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + PATIENCE
    while any(Path(f"/proc/{pid}").exists() for pid in (first, *children)):
        assert time.monotonic() < end
        time.sleep(0.02)


async def more_answers(load: Load, server: ServerProcess) -> None:
    """Wait until calls are answered again."""
    before = len(load.ids)
    async with asyncio.timeout(PATIENCE):
        while len(load.ids) < before + 20:
            assert server.process.poll() is None
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("kills", [1, pytest.param(10, marks=pytest.mark.slow)])
async def test_killed_postgresql_loses_no_row_and_all_workers_go_on(
    tmp_path: Path, postgres: Any, kills: int
) -> None:
    dice, url = random.Random(kills), postgres_url_of(postgres, "postgres")
    with serving(tmp_path, database_url=url, workers="2", access_log="false") as server:
        async with loaded(server, retries=0) as load:
            for _ in range(kills):
                await more_answers(load, server)
                await asyncio.sleep(dice.uniform(0, 0.5))
                await asyncio.to_thread(kill, postgres)
                await asyncio.sleep(dice.uniform(0, 0.5))
                await asyncio.to_thread(postgres.ensure_postgres_running)
            await more_answers(load, server)
        assert load.failed != []
        assert {problem.partition(" ")[0] for problem in load.failed} == {"503"}
        assert await asyncio.to_thread(metric, server, "arbiter_workers_replaced_total") == 0
        assert await asyncio.to_thread(server.stop) == 0
    stored = await stored_ids(url)
    assert len(load.ids) == len(set(load.ids))
    assert set(load.ids) - set(stored) == set()
