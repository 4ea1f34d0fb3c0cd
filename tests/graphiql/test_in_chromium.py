"""The pages in a real browser: Run is pressed, data appears, and no other host is asked for anything."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from graphql import build_schema, graphql
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from graph.http.graphiql.assets import graphiql_asset
from graph.http.graphiql.page import ExampleTab, page_headers, render_page
from tests.graphiql.chromium import Page

pytestmark = pytest.mark.browser

SCHEMA = build_schema('type Query { "A word for somebody." greeting(name: String!): String! }')
TABS = [
    ExampleTab("Greet", "query Greet($name: String!) {\n  greeting(name: $name)\n}", '{"name": "Ada"}'),
    ExampleTab("Break", "query Break { unknown }"),
]
CONTROL = 2
OPEN_TABS = "[...document.querySelectorAll('.graphiql-tab')].map(tab => tab.innerText)"


@dataclass
class Site:
    """A server with one field and the page: what it was sent, and where it is."""

    host: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)

    async def page(self, request: Request) -> Response:
        return HTMLResponse(render_page(tabs=TABS), headers=page_headers())

    async def operation(self, request: Request) -> Response:
        body = await request.json()
        self.received.append({**body, "key": request.headers.get("x-key")})
        result = await graphql(
            SCHEMA,
            body["query"],
            {"greeting": lambda _info, name: f"Good morning, {name}"},
            variable_values=body.get("variables"),
            operation_name=body.get("operationName"),
        )
        return JSONResponse(result.formatted)

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/graphql", self.page, methods=["GET"]),
                Route("/graphql", self.operation, methods=["POST"]),
                Route("/graphql/assets/{name}", graphiql_asset),
            ]
        )


@contextmanager
def served() -> Iterator[Site]:
    site = Site()
    listener = socket.create_server(("127.0.0.1", 0))
    site.host = f"127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(site.application(), log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        while not server.started:
            time.sleep(0.01)
        yield site
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@pytest.mark.usefixtures("with_graphiql")
def test_graphiql_runs_its_first_example_and_asks_no_other_host(page: Page) -> None:
    with served() as site:
        page.open(f"http://{site.host}/graphql")
        page.click(".graphiql-execute-button")
        page.wait_for("document.querySelector('.result-window')?.innerText.includes('Good morning, Ada')")
        page.settle()
        assert page.ask(OPEN_TABS) == ["Greet", "Break"]
        assert page.hosts() == {site.host}
        assert page.complaints == []
        assert [call["operationName"] for call in site.received] == ["IntrospectionQuery", "Greet"]


@pytest.mark.usefixtures("with_graphiql")
def test_graphiql_brings_back_the_tabs_and_variables_that_a_visitor_left(page: Page) -> None:
    with served() as site:
        page.open(f"http://{site.host}/graphql")
        page.click(".graphiql-execute-button")
        page.wait_for("document.querySelector('.result-window')?.innerText.includes('Good morning, Ada')")
        page.settle()

        page.open(f"http://{site.host}/graphql?second-visit")
        page.click(".graphiql-execute-button")
        page.wait_for("document.querySelector('.result-window')?.innerText.includes('Good morning, Ada')")
        assert page.ask(OPEN_TABS) == ["Greet", "Break"]
        page.click(".graphiql-tab:nth-child(2) .graphiql-tab-button")
        page.settle()

        page.open(f"http://{site.host}/graphql?third-visit")
        page.click(".graphiql-execute-button")
        page.wait_for("document.querySelector('.result-window')?.innerText.includes('Cannot query field')")
        assert page.ask(OPEN_TABS) == ["Greet", "Break"]
        names = [
            call["operationName"] for call in site.received if call["operationName"] != "IntrospectionQuery"
        ]
        assert names == ["Greet", "Greet", "Break"]


@pytest.mark.usefixtures("with_graphiql")
def test_graphiql_opens_its_panels_and_dialogs_under_the_content_security_policy(page: Page) -> None:
    with served() as site:
        page.open(f"http://{site.host}/graphql")
        page.click("[aria-label='Show Documentation Explorer']")
        page.wait_for("document.querySelector('.graphiql-doc-explorer')?.innerText.includes('Query')")
        page.click("[aria-label='Show GraphiQL Explorer']")
        page.wait_for("document.querySelector('.docExplorerWrap')?.innerText.includes('greeting')")
        page.click("[aria-label='Open settings dialog']")
        page.wait_for("document.querySelector('[role=dialog]')?.innerText.includes('Theme')")
        page.settle()
        assert page.hosts() == {site.host}
        assert page.complaints == []


@pytest.mark.usefixtures("without_graphiql")
def test_query_page_runs_its_examples_and_asks_no_other_host(page: Page) -> None:
    with served() as site:
        page.open(f"http://{site.host}/graphql")
        page.click("#run")
        page.wait_for("document.querySelector('#state').textContent.startsWith('HTTP')")
        shown = json.loads(page.ask("document.querySelector('#result').textContent"))
        assert shown == {"data": {"greeting": "Good morning, Ada"}}

        page.ask("example.selectedIndex = 1; example.dispatchEvent(new Event('change'))")
        assert page.ask("[query.value, variables.value]") == ["query Break { unknown }", ""]
        page.ask("query.focus()")
        page.press("Enter", 13, CONTROL)
        page.wait_for("document.querySelector('#state').textContent.endsWith(', 1 error')")
        shown = json.loads(page.ask("document.querySelector('#result').textContent"))
        assert [error["message"] for error in shown["errors"]] == [
            "Cannot query field 'unknown' on type 'Query'."
        ]

        page.settle()
        assert page.hosts() == {site.host}
        assert page.complaints == []
        assert [call["query"] for call in site.received] == [TABS[0].query, TABS[1].query]


@pytest.mark.usefixtures("without_graphiql")
def test_query_page_sends_headers_and_says_which_field_is_no_json(page: Page) -> None:
    with served() as site:
        page.open(f"http://{site.host}/graphql")
        page.wait_for("document.querySelector('#query')?.value")
        page.ask("headers.value = JSON.stringify({'x-key': 'secret'}); run.click()")
        page.wait_for("state.textContent.startsWith('HTTP 200')")
        assert [call["key"] for call in site.received] == ["secret"]

        page.ask("variables.value = '[1]'; run.click()")
        page.wait_for("state.textContent.startsWith('Variables: a JSON object is needed')")
        page.ask("variables.value = '{'; run.click()")
        page.wait_for("state.textContent.startsWith('Variables: this is not JSON')")
        page.ask("variables.value = ''; headers.value = 'x'; run.click()")
        page.wait_for("state.textContent.startsWith('Headers: this is not JSON')")
        assert len(site.received) == 1
