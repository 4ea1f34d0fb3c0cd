"""Two servers on one PostgreSQL: what is done to one of them the other does not notice."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.history import fill
from orm.connection.database import Database
from tests.arbiter.attacked import SLOW
from tests.arbiter.processes import PATIENCE, ROOT, ServerProcess, arbiter, serving

pytestmark = pytest.mark.matrix  # two servers, and rows enough to be slow

ROWS = 20_000
PREDICTIONS = 200
GENEROUS = 2.0
"""Seconds: one takes some 5 ms where nobody else wants the processor."""
AGGREGATE = """{ requests(where: {latency: {min: 0}}) { totalCount
  groupedAggregates(by: [ALGORITHM], bucket: WEEK) {
    groups { bucketStart aggregate { accuracy rmse latency { p95 } } } } } }"""
PREDICT = """mutation ($input: PredictInput!) {
  predict(input: $input) { request { outcome } userErrors { code } } }"""
ROW = json.loads((ROOT / "artifacts/income_classifier/endpoint.json").read_text("utf-8"))["example"]


def key(folder: Path, name: str, *scopes: str, **settings: str) -> dict[str, str]:
    options = [option for scope in scopes for option in ("--scope", scope)]
    made = arbiter("keys", "create", name, *options, "--json", cwd=folder, **settings)
    return {"Authorization": f"Bearer {json.loads(made.stdout)['secret']}"}


async def filled(url: str) -> None:
    database = await Database.open(url)
    try:
        await fill(database, ROWS)
    finally:
        await database.close()


@contextmanager
def attackers(count: int, attack: Callable[[], str]) -> Iterator[Counter[str]]:
    """Within the block as many attack again and again; what they were answered, by its kind."""
    answers: Counter[str] = Counter()
    enough = threading.Event()

    def work() -> None:
        while not enough.is_set():
            answers[attack()] += 1

    with ThreadPoolExecutor(count) as pool:
        working = [pool.submit(work) for _ in range(count)]
        try:
            yield answers
        finally:
            enough.set()
        for one in working:
            one.result()


def code_of(answer: httpx.Response) -> str:
    body: Any = answer.json()
    return str(body["errors"][0]["extensions"]["code"]) if "errors" in body else "answered"


def seconds_of_predictions(server: ServerProcess, headers: dict[str, str]) -> list[float]:
    """What each of PREDICTIONS took, in turns over both edges; all are answered."""
    found = []
    with server.client(**headers) as client:
        for number in range(PREDICTIONS):
            began = time.monotonic()
            if number % 2:
                answer: Any = client.post("/api/v1/income_classifier/predict", json=ROW).json()
                assert answer["status"] == "OK", answer
            else:
                given = {"input": {"endpoint": "income_classifier", "features": ROW}}
                answer = client.post("/graphql", json={"query": PREDICT, "variables": given}).json()
                expected = {"predict": {"request": {"outcome": "OK"}, "userErrors": []}}
                assert answer == {"data": expected}
            found.append(time.monotonic() - began)
    return found


def test_an_attack_on_one_server_is_not_noticed_on_the_other(postgres_url: str, tmp_path: Path) -> None:
    settings = {"database_url": postgres_url, "anonymous_scopes": "", "secret": "s" * 32}
    analyst = key(tmp_path, "analyst", "read", **settings)
    front_end = key(tmp_path, "front-end", "predict", "read", **settings)
    new = itertools.count()
    with (
        serving(tmp_path, "tests.arbiter.attacked", **settings) as attacked,
        serving(tmp_path, **settings) as other,
    ):
        assert attacked.url != other.url
        asyncio.run(filled(postgres_url))

        def asked(query: str, headers: dict[str, str] | None = None) -> str:
            url = f"{attacked.url}/graphql"
            return code_of(httpx.post(url, json={"query": query}, headers=headers, timeout=PATIENCE))

        def aggregate() -> str:
            return asked(AGGREGATE, analyst)

        def document() -> str:
            return asked(f"{{ {SLOW}: viewer {{ name }} one{next(new)}: viewer {{ name }} }}")

        with attackers(4, aggregate) as aggregates, attackers(4, document) as documents:
            slowest = max(seconds_of_predictions(other, front_end))
            ready = httpx.get(f"{other.url}/readyz", timeout=PATIENCE)
        assert slowest < GENEROUS
        assert ready.status_code == 200
        assert aggregates["answered"] >= 1
        assert documents["answered"] >= 1
        assert [event for event in other.events if event.get("level") in ("error", "warning")] == []
