"""The old service's A/B client, against a server that listens on a real port."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from tests.rest.rows import INCOME, POOR
from training import ab_test


@pytest.fixture
async def url(app: Any) -> AsyncIterator[str]:
    """The address of the application, served on a free port; its lifespan runs already."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, lifespan="off", log_config=None))
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    await task


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A file like the Adult set: 200 rows, of which 60 are held out; every fifth lacks its workclass."""
    path = tmp_path / "adult.csv"
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*INCOME, "income"])
        for number in range(200):
            row = (INCOME, POOR)[number % 2] | ({"workclass": ""} if number % 5 == 0 else {})
            writer.writerow([*row.values(), (">50K", "<=50K")[number % 2]])
    return path


async def test_client_plays_a_test_to_its_end(
    url: str, data: Path, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(ab_test.main, ["--data", str(data), "--url", url, "--rows", "50"])
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] == "A/B test 1: 50 rows answered, 0 refused."
    assert printed[1].startswith("Algorithm #1 accuracy: ")
    requests = (await client.get("/api/v1/mlrequests")).json()
    assert len(requests) == 50
    assert {request["feedback"] for request in requests} == {">50K", "<=50K"}
    assert {request["parent_mlalgorithm"] for request in requests} == {1, 2}
    test = (await client.get("/api/v1/abtests/1")).json()
    assert (test["summary"], test["created_by"]) == (printed[1], "training.ab_test")
    assert test["ended_at"] is not None


async def test_client_needs_no_file_for_the_wines_and_their_truths_make_a_confusion_matrix(
    url: str, client: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    await asyncio.to_thread(ab_test.main, ["--endpoint", "wine_cultivar", "--url", url])
    assert capsys.readouterr().out.splitlines()[0] == "A/B test 1: 54 rows answered, 0 refused."
    where = 'where: {endpoint: "wine_cultivar", withFeedback: true}'
    query = f"{{requests({where}) {{groupedAggregates(by: [FEEDBACK]) {{groups {{feedback aggregate {{count}}}}}}}}}}"
    answer = (await client.post("/graphql", json={"query": query})).json()
    groups = answer["data"]["requests"]["groupedAggregates"]["groups"]
    assert {group["feedback"]: group["aggregate"]["count"] for group in groups} == {
        "Barbera": 16,
        "Barolo": 16,
        "Grignolino": 22,
    }


async def test_client_uses_a_given_test(url: str, data: Path, client: Any) -> None:
    body = {"title": "mine", "created_by": "me", "parent_mlalgorithm1": 2, "parent_mlalgorithm2": 1}
    test_id = (await client.post("/api/v1/abtests", json=body)).json()["id"]
    arguments = ["--data", str(data), "--url", url, "--rows", "4", "--test", str(test_id)]
    await asyncio.to_thread(ab_test.main, arguments)
    assert [test["title"] for test in (await client.get("/api/v1/abtests")).json()] == ["mine"]
    assert len((await client.get("/api/v1/mlrequests")).json()) == 4


async def test_client_ends_with_the_servers_reason(url: str, data: Path) -> None:
    arguments = ["--data", str(data), "--url", url, "--algorithms", "1", "4"]
    with pytest.raises(ab_test.Refused, match=r"POST /abtests was answered 400: .*one endpoint"):
        await asyncio.to_thread(ab_test.main, arguments)
