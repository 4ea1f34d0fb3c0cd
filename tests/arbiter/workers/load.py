"""Callers that predict without a pause, and what they were answered."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import httpx

from tests.arbiter.processes import PATIENCE, ROOT, ServerProcess

PREDICT = "/api/v1/income_classifier/predict"
ROW = json.loads((ROOT / "artifacts/income_classifier/endpoint.json").read_text("utf-8"))["example"]
CALLERS = 8


def value_of(text: str, name: str) -> float:
    """The sum of all samples of that name."""
    lines = [line for line in text.splitlines() if line.partition(" ")[0].partition("{")[0] == name]
    return sum(float(line.rpartition(" ")[2]) for line in lines)


def metric(server: ServerProcess, name: str) -> float:
    answer = httpx.get(f"{server.url}/metrics", timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    return value_of(answer.text, name)


async def stored_ids(url: str) -> list[int]:
    if url.startswith("sqlite"):
        with sqlite3.connect(url.removeprefix("sqlite://")) as connection:
            return [id_ for (id_,) in connection.execute("SELECT id FROM ml_request")]
    connection = await asyncpg.connect(url)
    try:
        return [row["id"] for row in await connection.fetch("SELECT id FROM ml_request")]
    finally:
        await connection.close()


@dataclass
class Load:
    """What callers saw: the ids that they were answered, and calls that failed, retries included."""

    ids: list[int] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    retried: int = 0


async def caller(client: httpx.AsyncClient, load: Load, retries: int, enough: asyncio.Event) -> None:
    while not enough.is_set():
        headers = {"Idempotency-Key": str(uuid.uuid4())} if retries else {}
        for left in range(retries, -1, -1):
            try:
                answer = await client.post(PREDICT, json=ROW, headers=headers)
            except httpx.TransportError as error:
                problem = repr(error)
            else:
                if answer.status_code == 200:
                    load.ids.append(answer.json()["request_id"])
                    break
                problem = f"{answer.status_code} {answer.text}"
            if left:
                load.retried += 1
            else:
                load.failed.append(problem)


@asynccontextmanager
async def loaded(server: ServerProcess, retries: int) -> AsyncIterator[Load]:
    """Within the block CALLERS predict without a pause, each on connections that it keeps."""
    load, enough = Load(), asyncio.Event()
    url = await asyncio.to_thread(lambda: server.url)
    limits = httpx.Limits(max_connections=CALLERS, max_keepalive_connections=CALLERS)
    async with httpx.AsyncClient(base_url=url, timeout=PATIENCE, limits=limits) as client:
        callers = [asyncio.create_task(caller(client, load, retries, enough)) for _ in range(CALLERS)]
        try:
            yield load
        finally:
            enough.set()
            await asyncio.gather(*callers)
