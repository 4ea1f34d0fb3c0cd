"""`predict` and `feedback` for some endpoints only: at every edge, for keys and tokens, on every way in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.callers import Scope
from serving.services import Services
from tests.arbiter.auth.test_served_tokens import ISSUER, ask, bearer, opened

LEVEL: Any = {"x": 1, "colour": "red"}
HEIGHT: Any = {"x": 1}
BATCH = """mutation P($i: PredictBatchInput!) { predictBatch(input: $i) {
  results { request { requestId } } userErrors { code } } }"""
PREDICT = "mutation P($i: PredictInput!) { predict(input: $i) { request { requestId } userErrors { code } } }"
TYPED = "mutation { predictHeights(input: {features: {x: 1}}) { request { requestId } userErrors { code } } }"
FEEDBACK = "mutation F($i: GiveFeedbackInput!) { giveFeedback(input: $i) { request { feedback } } }"
FEEDBACKS = """mutation F($i: GiveFeedbackBatchInput!) { giveFeedbackBatch(input: $i) {
  results { request { feedback } userErrors { code path } } } }"""
COUNT = "{ requests { totalCount } }"
EVERYBODY = bearer(scope="read predict feedback")


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    path = tmp_path / "keys.json"
    path.write_bytes(ISSUER.document())
    async with opened(tmp_path, str(path)) as found:
        yield found


async def callers_of_levels(client: httpx.AsyncClient, scope: Scope) -> list[dict[str, str]]:
    """A key and a token that hold the scope for `levels`, the token in the longer spelling too."""
    services: Services = client.services  # type: ignore[attr-defined]
    _, secret = await services.keys.create("front-end", [f"{scope}:levels"])
    words = (f"{scope}:levels", f"arbiter:{scope}:levels")
    return [{"Authorization": f"Bearer {secret}"}, *(bearer(scope=word) for word in words)]


async def test_who_may_predict_one_endpoint_may_predict_no_other(client: httpx.AsyncClient) -> None:
    for headers in await callers_of_levels(client, Scope.PREDICT):
        before = await ask(client, COUNT, EVERYBODY)
        refusals = [
            await ask(client, PREDICT, headers, i={"endpoint": "heights", "features": HEIGHT}),
            await ask(client, BATCH, headers, i={"endpoint": "heights", "rows": [HEIGHT] * 2}),
            await ask(client, TYPED, headers),
            await ask(client, PREDICT, headers, i={"endpoint": "nowhere", "features": HEIGHT}),
        ]
        assert [one["errors"][0]["extensions"]["code"] for one in refusals] == ["FORBIDDEN"] * 4
        assert "holds the scope `predict` for levels" in refusals[0]["errors"][0]["message"]
        assert "`predict:heights`" in refusals[0]["errors"][0]["message"]
        for path, body in (
            ("predict", HEIGHT),
            ("predict?status=testing", HEIGHT),
            ("predict_batch", [HEIGHT]),
        ):
            answer = await client.post(f"/api/v1/heights/{path}", json=body, headers=headers)
            assert (answer.status_code, list(answer.json())) == (403, ["detail"])
        assert await ask(client, COUNT, EVERYBODY) == before
        for path, body in (("predict", LEVEL), ("predict?status=testing", LEVEL), ("predict_batch", [LEVEL])):
            assert (
                await client.post(f"/api/v1/levels/{path}", json=body, headers=headers)
            ).status_code == 200
        made = await ask(client, PREDICT, headers, i={"endpoint": "levels", "features": LEVEL})
        assert made["data"]["predict"]["userErrors"] == []


async def test_who_may_give_feedback_to_one_endpoint_gives_it_to_no_other(client: httpx.AsyncClient) -> None:
    level, height = [
        (await client.post(f"/api/v1/{name}/predict", json=row, headers=EVERYBODY)).json()["request_id"]
        for name, row in (("levels", LEVEL), ("heights", HEIGHT))
    ]
    for headers in await callers_of_levels(client, Scope.FEEDBACK):
        refused = await ask(client, FEEDBACK, headers, i={"requestId": str(height), "feedback": 3})
        assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
        for body in ({"feedback": "3"}, {}):
            answer = await client.put(f"/api/v1/mlrequests/{height}", json=body, headers=headers)
            assert answer.status_code == 403
        items = [{"requestId": str(one), "feedback": "high"} for one in (height, level)]
        given = await ask(client, FEEDBACKS, headers, i={"items": items})
        assert given["data"]["giveFeedbackBatch"]["results"] == [
            {
                "request": None,
                "userErrors": [{"code": "FORBIDDEN", "path": ["input", "items", "0", "endpoint"]}],
            },
            {"request": {"feedback": "high"}, "userErrors": []},
        ]
        found = await client.get(f"/api/v1/mlrequests/{height}", headers=EVERYBODY)
        assert found.json()["feedback"] == ""


async def test_a_caller_learns_for_which_endpoints_it_holds_a_scope(client: httpx.AsyncClient) -> None:
    asked = "{ viewer { scopes grants } }"
    found = await ask(client, asked, bearer(scope="read predict:levels predict:heights openid read:levels"))
    assert found["data"]["viewer"] == {
        "scopes": ["READ", "PREDICT"],
        "grants": ["predict:heights", "predict:levels", "read"],
    }


async def test_administrators_see_the_keys_and_nobody_else_does(client: httpx.AsyncClient) -> None:
    services: Services = client.services  # type: ignore[attr-defined]
    key, _ = await services.keys.create("front-end", ["predict:levels", "read"])
    asked = "{ apiKeys { name prefix grants lastUsedAt revokedAt formerUntil } }"
    found: Any = await ask(client, asked, bearer(scope="admin read"))
    assert found["data"]["apiKeys"] == [
        {
            "name": "front-end",
            "prefix": key.prefix,
            "grants": ["predict:levels", "read"],
            "lastUsedAt": None,
            "revokedAt": None,
            "formerUntil": None,
        }
    ]
    refused = await ask(client, asked, EVERYBODY)
    assert refused["errors"][0]["extensions"]["code"] == "FORBIDDEN"
