"""Many processes behind a PgBouncer with few connections, for as long as one likes.

    python -m tests.e2e.pooled --processes 16 --seconds 600

Each process is called for predictions, feedback, pages, figures and its readiness, at a steady pace; meanwhile one of
them after the other sets a status, and it is measured how long it takes until all of them serve it. It exits with 1
when a call failed, or when a status was seen later than after a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.arbiter.processes import ServerProcess, serving
from tests.conftest import postgres_url_of, start_postgres, stop_postgres
from tests.e2e.load import row_of
from tests.pooler import pooler

CONNECTIONS = 8
SEEN_WITHIN = 1.0
CHANGE_EVERY = 5.0
LOOK_EVERY = 0.05
PATIENCE = 30.0
STARTED_WITHIN = 600.0
WATCHED = 9
"""The algorithm whose status changes: of an endpoint that is not called, so that no call depends on it."""
FIGURES = json.dumps({"query": "{ endpoints { nodes { name requests(first: 1) { nodes { id } } } } }"})


@dataclass(slots=True)
class Seen:
    """Calls by kind and status, and the seconds from the answer to a change until all processes served it."""

    calls: Counter[str] = field(default_factory=Counter)
    delays: list[float] = field(default_factory=list)

    @property
    def failed(self) -> dict[str, int]:
        return {what: count for what, count in self.calls.items() if not what.endswith(" 200")}


async def endure(urls: Sequence[str], *, seconds: float, rate: float, seed: int = 1) -> Seen:
    """Call all processes, `rate` calls a second together, for so long."""
    seen, until = Seen(), time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number, url in enumerate(urls):
            dice = random.Random(seed * 1000 + number)
            group.create_task(_calls(url, dice, rate / len(urls), until, seen))
        group.create_task(_changes(urls, random.Random(seed), until, seen))
    return seen


@asynccontextmanager
async def _client(url: str) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE) as client:
        yield client


async def _calls(url: str, dice: random.Random, rate: float, until: float, seen: Seen) -> None:
    """One kind of call after the other, at random moments."""
    async with _client(url) as client:
        id_ = 0
        while time.monotonic() < until:
            for kind in ("predict", "feedback", "page", "ready", "figures"):
                await asyncio.sleep(dice.expovariate(rate))
                try:
                    answer = await _call(client, kind, dice, id_)
                except httpx.TransportError as error:
                    seen.calls[f"{kind} {error!r}"] += 1
                    continue
                good = answer.status_code == httpx.codes.OK and b'"errors"' not in answer.content
                seen.calls[f"{kind} 200" if good else f"{kind} {answer.status_code}: {answer.text}"] += 1
                if kind == "predict" and good:
                    id_ = answer.json()["request_id"]


async def _call(client: httpx.AsyncClient, kind: str, dice: random.Random, id_: int) -> httpx.Response:
    if kind == "predict":
        endpoint, text = row_of(dice)
        return await client.post(f"/api/v1/{endpoint}/predict", content=text)
    if kind == "feedback":
        return await client.put(f"/api/v1/mlrequests/{id_}", content='{"feedback": ""}')
    if kind == "figures":
        return await client.post("/graphql", content=FIGURES)
    return await client.get({"page": "/api/v1/mlrequests?limit=5", "ready": "/readyz"}[kind])


async def _changes(urls: Sequence[str], dice: random.Random, until: float, seen: Seen) -> None:
    """Set a status through one process, and look until all of them serve it."""
    statuses = ["production", "testing"]
    async with AsyncExitStack() as stack:
        clients = [await stack.enter_async_context(_client(url)) for url in urls]
        while time.monotonic() < until:
            body = {"status": statuses[0], "created_by": "ann", "parent_mlalgorithm": WATCHED}
            answer = await dice.choice(clients).post("/api/v1/mlalgorithmstatuses", content=json.dumps(body))
            if answer.status_code != httpx.codes.CREATED:
                seen.calls[f"change {answer.status_code}: {answer.text}"] += 1
                return
            since = time.monotonic()
            served = [_served(client, statuses[0], since) for client in clients]
            seen.delays.append(max(await asyncio.gather(*served)))
            statuses.reverse()
            await asyncio.sleep(min(CHANGE_EVERY, max(until - time.monotonic(), 0)))


async def _served(client: httpx.AsyncClient, status: str, since: float) -> float:
    """Seconds until a process shows that status among what it serves."""
    async with asyncio.timeout(PATIENCE):
        while True:
            shown = (await client.get("/")).json()["algorithms"]
            if [one["status"] for one in shown if one["id"] == WATCHED] == [status]:
                return time.monotonic() - since
            await asyncio.sleep(LOOK_EVERY)


def _url_of(process: ServerProcess) -> str:
    """Its address. Many that start at once wait for each other, longer than a test waits for one."""
    end = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < end and process.process.poll() is None:
        if any(event["event"] == "listening" for event in list(process.events)):
            break
        time.sleep(0.1)
    return process.url


def behind_a_pooler(direct: str, folder: Path, *, processes: int, seconds: float, rate: float) -> Seen:
    """Start so many processes on a database without tables, and call them."""
    with ExitStack() as stack:
        settings = {
            "database_url": stack.enter_context(pooler(direct, connections=CONNECTIONS)),
            "direct_database_url": direct,
            "secret": "0123456789abcdef",
            "access_log": "false",
        }
        started = [stack.enter_context(serving(folder, **settings)) for _ in range(processes)]
        urls = [_url_of(one) for one in started]
        return asyncio.run(endure(urls, seconds=seconds, rate=rate))


def main() -> int:
    """Run it and print what was seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.pooled")
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--rate", type=float, default=16.0, help="calls a second, of all processes together")
    options = parser.parse_args()
    server = start_postgres(Path(tempfile.gettempdir(), f"arbiter-pg-{uuid.uuid4().hex[:16]}"))
    try:
        with tempfile.TemporaryDirectory() as folder:
            seen = behind_a_pooler(postgres_url_of(server, "postgres"), Path(folder), **vars(options))
    finally:
        stop_postgres(server)
    delays = sorted(seen.delays)
    print(f"calls: {sum(seen.calls.values())}, failed: {sum(seen.failed.values())} {seen.failed or ''}")
    print(
        f"changes: {len(delays)}, seen by all after {delays[len(delays) // 2]:.3f} s, at most {delays[-1]:.3f} s"
    )
    return int(bool(seen.failed) or delays[-1] > SEEN_WITHIN)


if __name__ == "__main__":
    sys.exit(main())
