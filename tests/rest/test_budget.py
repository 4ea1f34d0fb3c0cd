from __future__ import annotations

import httpx
import pytest

from orm.connection.statement import Statement
from tests.rest.conftest import Serve
from tests.rest.rows import POOR

URL = "/api/v1/income_classifier/predict"
SLOW = 0.001


async def logged(client: httpx.AsyncClient) -> int:
    database = client.app.state.services.database  # type: ignore[attr-defined]
    async with database.reader() as reader:
        return int(await Statement(reader).value("SELECT count(*) AS n FROM ml_request"))


async def test_each_row_takes_a_point_and_a_spent_budget_is_429_in_the_old_shape(serve: Serve) -> None:
    async with serve(budget=5, budget_per_second=SLOW) as client:
        assert (await client.post(URL, json=POOR)).status_code == 200
        assert (await client.post(f"{URL}_batch", json=[POOR, POOR, POOR])).status_code == 200
        refused = await client.post(f"{URL}_batch", json=[POOR, POOR])
        assert refused.status_code == 429
        assert 990 <= int(refused.headers["retry-after"]) <= 1_000
        body = refused.json()
        assert set(body) == {"status", "message"}
        assert body["status"] == "Error"
        assert body["message"].startswith("this costs 2 points and 1 are left of 5: come back in")
        assert await logged(client) == 4
        assert (await client.post(URL, json=POOR)).status_code == 200
        assert (await client.post(URL, json=POOR)).status_code == 429
        assert await logged(client) == 5


async def test_graphql_and_rest_spend_the_same_budget(serve: Serve) -> None:
    async with serve(budget=5, budget_per_second=SLOW) as client:
        for _ in range(5):
            await client.post(URL, json=POOR)
        response = await client.post("/graphql", json={"query": "{ viewer { name } }"})
        assert response.status_code == 429
        assert response.json()["errors"][0]["extensions"]["code"] == "RATE_LIMITED"


async def test_keyless_callers_behind_a_proxy_are_told_apart_by_what_it_wrote(serve: Serve) -> None:
    async with serve(budget=1, budget_per_second=SLOW, proxies=1) as client:

        async def status(forwarded: str) -> int:
            response = await client.post(URL, json=POOR, headers={"x-forwarded-for": forwarded})
            return response.status_code

        assert await status("203.0.113.1") == 200
        assert await status("203.0.113.1") == 429
        assert await status("6.6.6.6, 203.0.113.1") == 429
        assert await status("203.0.113.1, 203.0.113.2") == 200


async def test_on_loopback_there_is_no_budget(serve: Serve) -> None:
    async with serve() as client:
        data = (await client.post("/graphql", json={"query": "{ rateLimit { limit remaining } }"})).json()
        assert data == {"data": {"rateLimit": {"limit": None, "remaining": None}}}


async def test_large_body_costs_a_point_for_each_kilobyte_at_both_edges(serve: Serve) -> None:
    padding = {"padding": "x" * 10 * 1_024}
    async with serve(budget=50, budget_per_second=SLOW) as client:
        assert (await client.post(URL, json=POOR | padding)).status_code == 200
        sent = {"query": "{ rateLimit { cost remaining } }", "extensions": padding}
        data = (await client.post("/graphql", json=sent)).json()
        assert data == {"data": {"rateLimit": {"cost": 10, "remaining": 30}}}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/", None),
        ("GET", "/endpoints", None),
        ("GET", "/mlrequests", None),
        ("GET", "/mlrequests/1", None),
        ("PUT", "/mlrequests/1", {"feedback": "<=50K"}),
        ("POST", "/mlalgorithmstatuses", {"status": "testing", "created_by": "me", "parent_mlalgorithm": 3}),
        ("POST", "/stop_ab_test/1", None),
    ],
)
async def test_reads_feedback_and_admin_calls_take_a_point_each(
    serve: Serve, method: str, path: str, body: object
) -> None:
    async with serve(budget=1, budget_per_second=SLOW) as client:
        assert (await client.request(method, f"/api/v1{path}", json=body)).status_code in {200, 201, 400, 404}
        refused = await client.request(method, f"/api/v1{path}", json=body)
        assert (refused.status_code, "retry-after" in refused.headers) == (429, True)
        assert "arbiter_budget_refusals_total 1.0" in (await client.get("/metrics")).text


async def test_list_that_has_begun_is_slowed_and_never_cut(serve: Serve) -> None:
    async with serve(budget=251, budget_per_second=SLOW) as client:
        assert (await client.post(f"{URL}_batch", json=[POOR] * 250)).status_code == 200
        budgets = client.app.state.services.budgets  # type: ignore[attr-defined]
        now, slept = budgets.timer(), []

        async def sleep(seconds: float) -> None:
            nonlocal now
            slept.append(round(seconds * SLOW))
            now += seconds

        budgets.timer, budgets.sleep = lambda: now, sleep
        listed = await client.get("/api/v1/mlrequests")
        assert (listed.status_code, len(listed.json())) == (200, 250)
        assert slept == [100, 100, 50]
        assert (await client.get("/api/v1/mlrequests")).status_code == 429
