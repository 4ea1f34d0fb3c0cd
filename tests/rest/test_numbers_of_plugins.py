"""Numbers that are no floats, from an algorithm of somebody else: every edge gives them, or says that it failed."""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncIterator, Sequence
from functools import partial
from typing import Any

import httpx
import numpy as np
import pytest

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.requests.request import Answer
from registry.algorithm import Classifier, Regressor
from registry.artifacts import Artifact
from registry.discovery import Registry
from registry.features import Row
from tests.serving.world import HEIGHTS, LEVELS, registered

VALUES: list[Any] = [
    *(1000, np.int64(1000), np.float32(1000), np.float64(1000)),
    *(True, np.bool_(True), math.nan, np.float32("inf"), "1000", None, 10**400, [1000]),
]
GOOD, BAD = range(4), range(4, len(VALUES))
ONE: Any = np.float32(1)
LABELS: list[Answer] = [
    Answer(label="high", probability=1),
    Answer(label=np.str_("high"), probability=ONE, probabilities={"high": ONE, "low": 0}),
    Answer(label=1),  # type: ignore[arg-type]
    Answer(label=None),
    Answer(label="high", probability=True),
    Answer(label="high", probability=math.nan),
    Answer(label="high", probability=1.0, probabilities={"high": math.nan, "low": 0.0}),
    Answer(label="high", probability=1.0, probabilities={"other": 1.0}),
    Answer(label="high", probability=1.0, probabilities={"high": "1"}),  # type: ignore[dict-item]
    Answer(label="high", value=1.0),
]


class Loose(Regressor, endpoint="heights", name="loose", version="1", owner="tests", status="production"):
    """Gives the value at place x, of whatever type."""

    def load(self, artifact: Artifact | None) -> None:
        pass

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return [Answer(value=VALUES[int(row[0] or 0)]) for row in rows]


class Vague(Classifier, endpoint="levels", name="vague", version="1", owner="tests", status="production"):
    """Gives the answer at place x."""

    def load(self, artifact: Artifact | None) -> None:
        pass

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return [LABELS[int(row[0] or 0)] for row in rows]


@pytest.fixture
async def anyones(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    found = Registry(
        {"heights": HEIGHTS, "levels": LEVELS}, (registered(Loose, HEIGHTS), registered(Vague, LEVELS)), ()
    )
    settings = Settings.model_validate({"database_url": database_url, "access_log": False})
    app = create_app(settings, build=partial(wiring.build, registry=found))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        yield client


def row(x: int) -> dict[str, Any]:
    return {"x": x, "colour": "red"}


async def test_whole_and_32_bit_values_are_answered_and_stored_as_floats(anyones: httpx.AsyncClient) -> None:
    for x in GOOD:
        response = await anyones.post("/api/v1/heights/predict", json=row(x))
        assert response.status_code == 200
        assert (response.json()["status"], response.json()["label"]) == ("OK", "1000")
    batch = await anyones.post("/api/v1/heights/predict_batch", json=[row(x) for x in GOOD])
    assert batch.status_code == 200
    kept = (await anyones.get("/api/v1/mlrequests?limit=100")).json()
    assert len(kept) == 2 * len(GOOD)


@pytest.mark.parametrize("x", BAD)
async def test_value_that_is_no_finite_number_is_a_failure_of_the_algorithm(
    x: int, anyones: httpx.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "serving.execution.executors"):
        response = await anyones.post("/api/v1/heights/predict", json=row(x))
    assert response.status_code == 200
    assert response.json()["status"] == "Error"
    assert response.json()["request_id"] > 0
    assert "The algorithm loose 1 failed on this row (AlgorithmFailed)" in response.text
    assert [record.getMessage().splitlines()[0] for record in caplog.records] == [
        "algorithm loose 1 failed on a row: AlgorithmFailed"
    ]
    kept = (await anyones.get("/api/v1/mlrequests")).json()
    assert [one["id"] for one in kept] == [response.json()["request_id"]]


async def test_bad_value_hurts_no_other_row_of_its_batch(anyones: httpx.AsyncClient) -> None:
    query = """
      mutation Ask($rows: [JSON!]!) {
        predictBatch(input: {endpoint: "heights", rows: $rows}) { results { request { outcome value } } }
      }
    """
    rows = [row(x) for x in range(len(VALUES))]
    answer = (await anyones.post("/graphql", json={"query": query, "variables": {"rows": rows}})).json()
    got = [result["request"] for result in answer["data"]["predictBatch"]["results"]]
    assert got == [{"outcome": "OK", "value": 1000.0}] * 4 + [{"outcome": "ERROR", "value": None}] * len(BAD)


@pytest.mark.parametrize("x", range(len(LABELS)))
async def test_label_and_probabilities_are_plain_or_a_failure(x: int, anyones: httpx.AsyncClient) -> None:
    response = await anyones.post("/api/v1/levels/predict", json=row(x))
    assert response.status_code == 200
    assert response.json()["status"] == ("OK" if x < 2 else "Error")
    query = """
      mutation Ask($row: JSON!) {
        predict(input: {endpoint: "levels", features: $row}) { request { outcome label probability } }
      }
    """
    answer = (await anyones.post("/graphql", json={"query": query, "variables": {"row": row(x)}})).json()
    assert "errors" not in answer, answer
    outcome = answer["data"]["predict"]["request"]["outcome"]
    assert outcome == ("OK" if x < 2 else "ERROR")


async def test_residual_of_a_whole_value_is_a_number(anyones: httpx.AsyncClient) -> None:
    response = await anyones.post("/api/v1/heights/predict", json=row(0))
    place = f"/api/v1/mlrequests/{response.json()['request_id']}"
    told = await anyones.put(place, json={"feedback": "990"})
    assert told.status_code == 200
    query = "{ requests(first: 1) { nodes { value residual } } }"
    answer = (await anyones.post("/graphql", json={"query": query})).json()
    assert answer["data"]["requests"]["nodes"] == [{"value": 1000.0, "residual": 10.0}]
