"""A database that is locked, gone or slow, a client that goes away, and errors that nobody expected."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from starlette.requests import Request

from domain.callers import Principal
from rest.lists import stream
from serving.callers.budgets import Budgets
from tests.broken_commits import Breakable
from tests.rest.conftest import Serve
from tests.rest.rows import POOR

URL = "/api/v1/income_classifier/predict"


@pytest.mark.matrix
async def test_locked_database_is_503_and_then_works_again(
    client: httpx.AsyncClient, sqlite_url: str
) -> None:
    first = (await client.post(URL, json=POOR)).json()
    holder = sqlite3.connect(Path(sqlite_url.removeprefix("sqlite://")), isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    calls = [
        client.post(URL, json=POOR),
        client.put(f"/api/v1/mlrequests/{first['request_id']}", json={"feedback": ">50K"}),
    ]
    predicted, told = await asyncio.gather(*calls)
    holder.execute("ROLLBACK")
    holder.close()
    assert (predicted.status_code, predicted.headers["retry-after"]) == (503, "1")
    assert predicted.json()["status"] == "Error"
    assert (told.status_code, list(told.json())) == (503, ["detail"])
    again = await client.post(URL, json=POOR)
    assert again.json()["status"] == "OK"
    kept = (await client.get("/api/v1/mlrequests")).json()
    assert [(row["id"], row["feedback"]) for row in kept] == [
        (first["request_id"], ""),
        (again.json()["request_id"], ""),
    ]


async def test_every_edge_says_of_an_unanswered_commit_that_it_is_unknown(
    breakable: Breakable, serve: Serve
) -> None:
    mutation = (
        'mutation P($features: JSON!) { predict(input: {endpoint: "income_classifier", features: $features, '
        'idempotencyKey: "g"}) { request { requestId } userErrors { code } } }'
    )
    graph = {"query": mutation, "variables": {"features": POOR}}
    async with serve(database_url=breakable.url) as client:
        told = f"/api/v1/mlrequests/{(await client.post(URL, json=POOR)).json()['request_id']}"
        with breakable.broken():
            rest = [
                await client.post(URL, json=POOR, headers={"idempotency-key": "json"}),
                await client.post(URL, data=POOR, headers={"idempotency-key": "form"}),
                await client.post(f"{URL}_batch", json=[POOR, POOR], headers={"idempotency-key": "batch"}),
                await client.put(told, json={"feedback": ">50K"}),
                await client.post(
                    "/api/v1/mlalgorithmstatuses",
                    json={"status": "testing", "created_by": "me", "parent_mlalgorithm": 2},
                ),
            ]
            (error,) = (await client.post("/graphql", json=graph)).json()["errors"]
        assert [(r.status_code, "retry-after" in r.headers) for r in rest] == [(503, False)] * 5
        assert ["stored is unknown" in r.text for r in rest] == [True] * 5
        assert error["extensions"] == {"code": "COMMIT_UNKNOWN"}
        assert "arbiter_commits_unknown_total 6.0" in (await client.get("/metrics")).text
        first = await client.post(URL, json=POOR, headers={"idempotency-key": "json"})
        second = await client.post(URL, json=POOR, headers={"idempotency-key": "json"})
        assert first.json() == second.json()
        assert first.json()["status"] == "OK"


async def test_unexpected_error_is_masked_with_its_incident(
    client: httpx.AsyncClient, app: Any, caplog: pytest.LogCaptureFixture
) -> None:
    services = app.state.services
    del app.state.services
    with caplog.at_level(logging.ERROR, "arbiter.rest"):
        response = await client.get("/api/v1/endpoints")
    app.state.services = services
    assert response.status_code == 500
    assert response.json()["detail"] == "Internal server error"
    assert f"incident {response.json()['incident']}" in caplog.text
    assert "services" not in response.text


async def test_client_that_goes_away_is_no_error(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": URL,
        "query_string": b"",
        "headers": [
            (b"host", b"127.0.0.1"),
            (b"content-type", b"application/json"),
            (b"content-length", b"9"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
    }
    await app(scope, receive, send)
    assert sent == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def bare_request() -> Request:
    """A GET by somebody whose budget has no bound."""
    app = SimpleNamespace(state=SimpleNamespace(services=SimpleNamespace(budgets=Budgets())))
    state = {"principal": Principal("web", frozenset())}
    return Request({"type": "http", "method": "GET", "headers": [], "app": app, "state": state})


async def test_list_that_breaks_is_not_ended_as_if_it_were_whole() -> None:
    async def rows() -> Any:
        for number in range(3):
            yield {"id": number}
        raise ConnectionResetError("the database went away")

    response = await stream(bare_request(), rows())
    pieces: list[bytes] = []

    async def read() -> None:
        pieces.extend([piece async for piece in response.body_iterator])  # type: ignore[attr-defined]

    with pytest.raises(ConnectionResetError):
        await read()
    assert not b"".join(pieces).endswith(b"]")


async def test_list_needs_the_memory_of_a_piece_only() -> None:
    alive = most = 0

    async def rows() -> Any:
        nonlocal alive, most
        for number in range(20_000):
            alive += 1
            most = max(most, alive)
            yield {"id": number, "text": "x" * 100}

    response = await stream(bare_request(), rows())
    longest = total = 0
    async for piece in response.body_iterator:  # type: ignore[attr-defined]
        longest, total, alive = max(longest, len(piece)), total + len(piece), 0
    assert total > 2_000_000
    assert longest < 33_000
    assert most < 300
