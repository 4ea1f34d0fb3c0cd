"""What one of several servers does that want the same external ids: `python -m tests.serving.log.racing <url>`.

It prints which of its rows were stored as JSON: the ids of those with an external id, by the id, and of all others.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from domain.requests.new_request import NewRequest
from orm.connection.database import Database
from serving.log.id_clock import IdClock
from serving.log.request_log import ExternalIdsTaken, RequestLog

WANTED = 200
PLAIN = 100
ROOT = Path(__file__).parents[3]


async def race(url: str, *, processes: int) -> list[Any]:
    """What each of as many processes printed."""
    return await asyncio.gather(*(_run(url) for _ in range(processes)))


async def _run(url: str) -> Any:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tests.serving.log.racing", url),
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)


def now() -> datetime:
    return datetime.now(UTC)


def new(external_id: str | None) -> NewRequest:
    return NewRequest(endpoint_id=1, input="{}", full_response="{}", latency=0.0, external_id=external_id)


async def main(url: str) -> dict[str, object]:
    database = await Database.open(url)
    ids = IdClock(database, now)
    await ids.writer()
    log = RequestLog(database, ids, now)
    stored: dict[str, int] = {}

    async def want(n: int) -> None:
        try:
            (kept,) = await log.append([new(f"order {n}")])
        except ExternalIdsTaken:
            return
        stored[f"order {n}"] = kept.id

    async def log_plainly() -> int:
        (kept,) = await log.append([new(None)])
        return kept.id

    # Half of the processes want them in the opposite order, which would make two of them wait for each other.
    order = range(WANTED) if os.getpid() % 2 else reversed(range(WANTED))
    asked = [asyncio.create_task(want(n)) for n in order]
    plain = [asyncio.create_task(log_plainly()) for _ in range(PLAIN)]
    await asyncio.gather(*asked)
    found: dict[str, object] = {"named": stored, "plain": await asyncio.gather(*plain)}
    await log.close()
    await database.close()
    return found


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(sys.argv[1]))))
