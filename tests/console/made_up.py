"""Some history for the console to show: predictions, truths and tests, asked of a running server."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from tests.arbiter.processes import ROOT


def ask(url: str, text: str, **variables: Any) -> dict[str, Any]:
    body = json.dumps({"query": text, "variables": variables}).encode()
    request = urllib.request.Request(f"{url}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        found: dict[str, Any] = json.loads(answer.read())
    assert "errors" not in found, found
    data: dict[str, Any] = found["data"]
    return data


def predicted(url: str, endpoint: str, subject: str = "person 7", **changed: Any) -> dict[str, Any]:
    example = json.loads((ROOT / f"artifacts/{endpoint}/endpoint.json").read_text())["example"]
    text = "mutation P($i: PredictInput!) { predict(input: $i) { request { requestId label value } } }"
    given = {"endpoint": endpoint, "features": example | changed, "subject": subject}
    request: dict[str, Any] = ask(url, text, i=given)["predict"]["request"]
    return request


def tell(url: str, request_id: str, truth: object) -> None:
    text = "mutation T($i: GiveFeedbackInput!) { giveFeedback(input: $i) { userErrors { message } } }"
    assert ask(url, text, i={"requestId": request_id, "feedback": truth})["giveFeedback"]["userErrors"] == []


def paired_test(url: str, title: str) -> None:
    """Begin a paired test of the two algorithms of the income classifier that have a status."""
    nodes = ask(url, "{ algorithms(first: 20) { nodes { id status endpoint { name } } } }")["algorithms"][
        "nodes"
    ]
    arms = [one["id"] for one in nodes if one["endpoint"]["name"] == "income_classifier" and one["status"]]
    text = "mutation C($i: CreateABTestInput!) { createABTest(input: $i) { userErrors { message } } }"
    made = ask(url, text, i={"title": title, "algorithms": arms, "mode": "PAIRED"})
    assert made["createABTest"]["userErrors"] == []
