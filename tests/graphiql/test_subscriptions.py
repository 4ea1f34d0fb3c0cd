"""GraphiQL follows a subscription of the real server, over its WebSocket and no other host."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.graphiql.chromium import Page
from tests.graphiql.test_with_the_server import ROOT, server

QUERY = "subscription Requests { requestLogged { requestId outcome } }"
PREDICT = """mutation { predictBatch(input: {endpoint: "income_classifier", rows: [{}]}) {
    results { request { requestId } } } }"""
RESULT = "document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()"


@pytest.mark.browser
@pytest.mark.usefixtures("with_graphiql")
def test_graphiql_shows_each_event_of_a_subscription(tmp_path: Path, page: Page) -> None:
    with server(ROOT, tmp_path) as url, httpx.Client(base_url=url) as client:
        page.open(f"{url}/graphql")
        editor = "document.querySelector('.graphiql-query-editor .CodeMirror')"
        page.wait_for(editor)
        page.ask(f"{editor}.CodeMirror.setValue({json.dumps(QUERY)})")
        # Until GraphiQL has read what it was given, it asks for the operation that stood there before.
        page.wait_for("document.querySelector('.graphiql-tab-active')?.innerText.includes('Requests')")
        page.click(".graphiql-execute-button")

        def subscriptions() -> float:
            lines = client.get("/metrics").text.splitlines()
            return next(float(line.split()[1]) for line in lines if line.startswith("arbiter_subscriptions "))

        for _ in range(600):
            if subscriptions() == 1:
                break
            page.settle(0.1)
        assert subscriptions() == 1
        for _ in range(2):
            answer = client.post("/graphql", json={"query": PREDICT}).json()
            (stored,) = [one["request"]["requestId"] for one in answer["data"]["predictBatch"]["results"]]
            page.wait_for(f"{RESULT}?.includes('{stored}')")
            shown = json.loads(page.ask(RESULT))
            assert shown == {"data": {"requestLogged": {"requestId": stored, "outcome": "ERROR"}}}
        assert page.hosts() == {url.removeprefix("http://")}
        assert page.complaints == []
