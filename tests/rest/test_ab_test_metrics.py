"""What `/metrics` shows of running tests: what holds their verdicts, the alarm, and the share with a truth."""

from __future__ import annotations

import httpx
from starlette.applications import Starlette

from serving.services import Services
from tests.rest.rows import POOR

CREATE = """mutation { createABTest(input: {title: "t", algorithms: ["1", "2"], serve: CHAMPION_ONLY}) {
  abTest { id } userErrors { message }
} }"""
CANCEL = 'mutation { cancelABTest(input: {id: "1"}) { userErrors { message } } }'


async def shown(client: httpx.AsyncClient) -> list[str]:
    text = (await client.get("/metrics")).text
    return [line for line in text.splitlines() if line.startswith("arbiter_ab_test_")]


async def test_metrics_tell_what_holds_a_running_test_and_how_many_truths_it_has(
    client: httpx.AsyncClient, app: Starlette
) -> None:
    services: Services = app.state.services
    assert await shown(client) == []
    assert "errors" not in (await client.post("/graphql", json={"query": CREATE})).json()
    for number in range(4):
        answer = (await client.post("/api/v1/income_classifier/predict", json=POOR)).json()
        if number < 1:
            await client.put(f"/api/v1/mlrequests/{answer['request_id']}", json={"feedback": "<=50K"})
    await services.decider.round()
    assert await shown(client) == [
        'arbiter_ab_test_held{ab_test="1",reason="unknown_outcomes"} 1.0',
        'arbiter_ab_test_selective_feedback{ab_test="1"} 1.0',
        'arbiter_ab_test_feedback_share{ab_test="1"} 0.25',
    ]
    await client.post("/graphql", json={"query": CANCEL})
    await services.decider.round()
    assert await shown(client) == []
