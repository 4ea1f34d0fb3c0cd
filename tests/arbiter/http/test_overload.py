"""Full queues through the front door: 503 with Retry-After over REST, OVERLOADED with retryAfter over GraphQL."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.requests.request import Answer
from registry.artifacts import Artifact
from registry.discovery import Registry
from registry.features import Row
from serving.log.request_log import RequestLog
from serving.ports import Bounds
from tests.serving.world import LEVELS, AtZero, Threshold, registered

PREDICT = """mutation ($x: Float!) {
  predict(input: {endpoint: "levels", features: {x: $x, colour: "red"}}) { request { requestId } userErrors { code } }
}"""


class Slow(Threshold, endpoint="levels", name="slow", version="1", owner="tests", status="production"):
    """Takes too long for the event loop, and as long as the test keeps the gate shut."""

    def load(self, artifact: Artifact | None) -> None:
        super().load(artifact)
        self.gate, self.entered = threading.Event(), threading.Event()
        self.gate.set()

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        self.entered.set()
        time.sleep(0.0005)
        self.gate.wait(20)
        return super().predict(rows)


class Door:
    """A whole server; one call of either edge, and what its answer says of overload."""

    def __init__(self, client: httpx.AsyncClient, edge: str) -> None:
        self.client, self.edge = client, edge

    async def call(self) -> httpx.Response:
        if self.edge == "rest":
            return await self.client.post("/api/v1/levels/predict", json={"x": 1, "colour": "red"})
        return await self.client.post("/graphql", json={"query": PREDICT, "variables": {"x": 1}})

    def served(self, response: httpx.Response) -> bool:
        body = response.json()
        if self.edge == "rest":
            return response.status_code == 200 and body["status"] == "OK"
        return "errors" not in body and body["data"]["predict"]["userErrors"] == []

    def refusal(self, response: httpx.Response) -> str:
        """The message of an overload, after everything around it was found right."""
        body: Any = response.json()
        if self.edge == "rest":
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
            assert body["status"] == "Error"
            return str(body["message"])
        (error,) = body["errors"]
        assert error["path"] == ["predict"]
        assert error["extensions"] == {"code": "OVERLOADED", "retryAfter": 1.0}
        return str(error["message"])

    async def crowd(self, count: int) -> list[httpx.Response]:
        return await asyncio.gather(*(self.call() for _ in range(count)))

    async def logged(self) -> int:
        answer = await self.client.get("/api/v1/mlrequests")
        return len(answer.json())


@asynccontextmanager
async def serving(url: str, edge: str, algorithm: type[Threshold]) -> AsyncIterator[tuple[Door, Any]]:
    only = registered(algorithm, LEVELS)
    registry = Registry({"levels": LEVELS}, (only,), ())
    settings = Settings.load(database_url=url, access_log=False)
    app = create_app(settings, build=partial(wiring.build, registry=registry))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000", timeout=30) as client,
    ):
        yield Door(client, edge), only.instance


@pytest.mark.parametrize("edge", ["rest", "graphql"])
async def test_full_queue_of_an_algorithm_refuses_at_once_and_logs_nothing(
    sqlite_url: str, edge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "Bounds", partial(Bounds, queue_rows=2))
    async with serving(sqlite_url, edge, Slow) as (door, slow):
        slow.gate.clear()
        slow.entered.clear()
        running = asyncio.create_task(door.call())
        await asyncio.to_thread(slow.entered.wait, 20)
        crowd = [asyncio.create_task(door.call()) for _ in range(5)]
        while sum(call.done() for call in crowd) < 3:
            await asyncio.sleep(0.001)
        refused = [call.result() for call in crowd if call.done()]
        slow.gate.set()
        answers = [await running, *[await call for call in crowd]]
        assert [door.refusal(answer) for answer in refused] == [
            "The algorithm slow 1 has 2 rows waiting; try again later."
        ] * 3
        assert sum(door.served(answer) for answer in answers) == 3
        assert await door.logged() == 3
        assert door.served(await door.call())


@pytest.mark.parametrize("edge", ["rest", "graphql"])
async def test_full_queue_of_the_log_refuses_at_once_and_logs_nothing(
    sqlite_url: str, edge: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wiring, "RequestLog", partial(RequestLog, queue_rows=2))
    async with serving(sqlite_url, edge, AtZero) as (door, _):
        assert door.served(await door.call())  # the writer number is leased by the first one
        holder = sqlite3.connect(Path(sqlite_url.removeprefix("sqlite://")), isolation_level=None)
        holder.execute("BEGIN IMMEDIATE")
        running = asyncio.create_task(door.call())
        while not any(task.get_name() == "request log" for task in asyncio.all_tasks()):
            await asyncio.sleep(0)
        await asyncio.sleep(0)  # the log's first step takes the row that it is to store
        crowd = [asyncio.create_task(door.call()) for _ in range(5)]
        while sum(call.done() for call in crowd) < 3:
            await asyncio.sleep(0.001)
        refused = [call.result() for call in crowd if call.done()]
        holder.execute("ROLLBACK")
        holder.close()
        answers = [await running, *[await call for call in crowd]]
        assert [door.refusal(answer) for answer in refused] == [
            "2 requests wait to be stored; try again later."
        ] * 3
        assert sum(door.served(answer) for answer in answers) == 3
        assert await door.logged() == 4
