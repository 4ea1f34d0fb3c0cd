"""Calls of every kind while PostgreSQL has stalled: 503 with a clear error, soon, and never a 500."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from orm.connection import backends, config
from orm.connection import database as module
from orm.connection.postgresql import connections
from serving.log import health
from tests.rest.rows import POOR
from tests.stalling_peer import stalling_peer

SECONDS = 0.2
SOON = 10.0
PREDICT = "/api/v1/income_classifier/predict"
STATUS = {"status": "production", "created_by": "me", "parent_mlalgorithm": 3}
MUTATION = """mutation ($id: ID!) { giveFeedback(input: {requestId: $id, feedback: ">50K"}) {
    request { feedback } userErrors { message } } }"""
QUERY = "{ requests { nodes { id } } }"


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the constants are, in small."""
    for room, name in (
        (module, "WRITE_SECONDS"),
        (module, "WAIT_SECONDS"),
        (backends, "WAIT_SECONDS"),
        (config, "ANSWER_SECONDS"),
        (connections, "LEAVE_SECONDS"),
        (health, "TRIAL_SECONDS"),
    ):
        monkeypatch.setattr(room, name, SECONDS)
    monkeypatch.setenv("ARBITER_READ_TIMEOUT", str(SECONDS))


async def graphql(client: httpx.AsyncClient, query: str, **variables: Any) -> Any:
    return (await client.post("/graphql", json={"query": query, "variables": variables})).json()


@pytest.mark.usefixtures("hasty")
async def test_every_call_is_answered_soon_with_503(serve: Any, postgres_url: str, tmp_path: Path) -> None:
    async with stalling_peer(postgres_url, tmp_path) as (peer, url), serve(database_url=url) as client:
        first = (await client.post(PREDICT, json=POOR)).json()
        id_, row = first["request_id"], f"/api/v1/mlrequests/{first['request_id']}"
        began = time.monotonic()
        with peer.stalled():
            for method, path, body, headers in (
                ("POST", PREDICT, POOR, {}),
                ("POST", PREDICT, POOR, {}),
                ("POST", PREDICT, POOR, {"Idempotency-Key": "order-7"}),
                ("PUT", row, {"feedback": "<=50K"}, {}),
                ("POST", "/api/v1/mlalgorithmstatuses", STATUS, {}),
                ("GET", "/readyz", None, {}),
            ):
                answer = await client.request(method, path, json=body, headers=headers)
                assert (answer.status_code, path) == (503, path)
            given = await graphql(client, MUTATION, id=str(id_))
            assert [error["extensions"]["code"] for error in given["errors"]] == ["DATABASE_UNAVAILABLE"]
        assert time.monotonic() - began < SOON
        assert (await client.post(PREDICT, json=POOR)).status_code == 200
        assert (await client.put(row, json={"feedback": "<=50K"})).json()["feedback"] == "<=50K"
        assert (await client.get("/readyz")).status_code == 200
        history = await graphql(client, QUERY)
        assert len(history["data"]["requests"]["nodes"]) == 2


@pytest.mark.usefixtures("hasty")
async def test_a_read_in_a_stall_is_unavailable_too(serve: Any, postgres_url: str, tmp_path: Path) -> None:
    async with stalling_peer(postgres_url, tmp_path) as (peer, url), serve(database_url=url) as client:
        with peer.stalled():
            assert (await client.get("/api/v1/mlrequests")).status_code == 503
            asked = await graphql(client, QUERY)
            assert [error["extensions"]["code"] for error in asked["errors"]] == ["DATABASE_UNAVAILABLE"]
        assert (await client.get("/api/v1/mlrequests")).json() == []
