"""What several processes do to one database at once: `python -m tests.orm.processes <deed> <url>` prints JSON."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from domain.words import ABTestState, Status
from orm.connection.database import Database
from orm.connection.schema import migrate
from orm.queries.ab_tests import ab_tests
from orm.queries.catalog import statuses
from orm.queries.history import writer_leases
from tests.orm.rows import NOW

TASKS = 50
ROOT = Path(__file__).parents[2]


async def run_together(deed: str, url: str, *, processes: int) -> list[Any]:
    """Runs `deed` in that many processes at once and returns what each printed; a failed one fails the test."""
    return await asyncio.gather(*(_run(deed, url) for _ in range(processes)))


async def _run(deed: str, url: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.orm.processes", deed, url),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


async def apply_migrations(url: str) -> Sequence[str]:
    return await migrate(url)


async def set_statuses(url: str) -> int:
    """Sets the status of algorithm 1 by many tasks at once."""
    database = await Database.open(url)

    async def set_one(n: int) -> None:
        async with database.transaction() as tx:
            await statuses.set_status(tx, 1, (Status.PRODUCTION, Status.TESTING)[n % 2], f"task {n}", NOW)

    await asyncio.gather(*(set_one(n) for n in range(TASKS)))
    await database.close()
    return TASKS


async def end_test(url: str) -> int:
    """Ends test 1 by many tasks at once, and counts how often that succeeded."""
    database = await Database.open(url)

    async def end_one() -> bool:
        async with database.transaction() as tx:
            return await ab_tests.end_ab_test(
                tx,
                1,
                state_from=ABTestState.RUNNING,
                state_to=ABTestState.DECIDED,
                verdict=None,
                reason=None,
                summary="",
                ended_at=NOW,
            )

    ended = await asyncio.gather(*(end_one() for _ in range(TASKS)))
    await database.close()
    return sum(ended)


async def read_then_write(url: str) -> int:
    """Adds 1 to the revision by reading it and writing it back, in many transactions."""
    database = await Database.open(url)

    async def add_one() -> None:
        async with database.transaction() as tx:
            lock = "FOR UPDATE" if database.dialect == "postgres" else ""
            rows = await tx.execute_query_dict(f"SELECT revision FROM catalog_revision {lock}")
            await asyncio.sleep(0)
            await tx.execute_query(f"UPDATE catalog_revision SET revision = {rows[0]['revision'] + 1}")

    await asyncio.gather(*(add_one() for _ in range(TASKS)))
    await database.close()
    return TASKS


async def lease_numbers(url: str) -> list[tuple[int, int, int]]:
    """Takes, extends and gives back writer numbers, and tells which milliseconds of which number it used."""
    database = await Database.open(url)
    used = []
    for turn in range(20):
        token = f"{os.getpid()}-{turn}"
        async with database.transaction() as tx:
            lease = await writer_leases.claim(tx, token, 1000 + turn, 10, 60_000)
        used.append((lease.writer, lease.first, lease.last))
        async with database.transaction() as tx:
            assert await writer_leases.extend(tx, lease.writer, token, lease.last + 5, 60_000)
        used.append((lease.writer, lease.last + 1, lease.last + 5))
        if turn % 2:
            async with database.transaction() as tx:
                await writer_leases.release(tx, lease.writer, token, lease.last + 5)
    await database.close()
    return used


DEEDS = {
    deed.__name__: deed for deed in (apply_migrations, set_statuses, end_test, read_then_write, lease_numbers)
}

if __name__ == "__main__":
    print(json.dumps(asyncio.run(DEEDS[sys.argv[1]](sys.argv[2]))))
