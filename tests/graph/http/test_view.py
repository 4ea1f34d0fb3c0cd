from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from domain.pacing import BODY_BYTES_ON_LOOP
from graph.operation.limits import GraphLimits
from tests.graph.conftest import Door
from tests.serving.world import row

NAME = "{ viewer { name } }"
ANSWER = {"data": {"viewer": {"name": "anonymous"}}}
GRAPHQL = "application/graphql-response+json"
UTF8 = "; charset=utf-8"
PREDICT = (
    'mutation { predict(input: {endpoint: "levels", features: {x: 1, colour: "red"}}) { request { id } } }'
)
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
async def client(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    async with door.http() as client:
        yield client


def reason(response: httpx.Response) -> str:
    """The message of a refusal, which has the shape of every GraphQL error."""
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    message: str = error["message"]
    return message


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, "application/json"),
        ("", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/json", "application/json"),
        ("Application/JSON", "application/json"),
        (GRAPHQL, GRAPHQL),
        (f"{GRAPHQL}, application/json;q=0.9", GRAPHQL),
        (f"application/json;q=0.5, {GRAPHQL};q=0.6", GRAPHQL),
        (f"text/html, {GRAPHQL}", GRAPHQL),
        (f"{GRAPHQL};q=0, */*;q=0.1", "application/json"),
        (BROWSER, "application/json"),
    ],
)
async def test_the_answer_has_the_media_type_that_is_asked_for(
    client: httpx.AsyncClient, accept: str | None, media_type: str
) -> None:
    if accept is None:
        del client.headers["accept"]
    headers = {} if accept is None else {"accept": accept}
    response = await client.post("/graphql", json={"query": NAME}, headers=headers)
    assert (response.status_code, response.headers["content-type"]) == (200, media_type + UTF8)
    assert response.json() == ANSWER
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "accept", ["text/html", "text/plain", "application/json;q=0", "image/*", "application/json;q=x"]
)
async def test_a_media_type_that_is_not_given_is_406(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.post("/graphql", json={"query": NAME}, headers={"accept": accept})
    assert response.status_code == 406
    assert "application/graphql-response+json" in reason(response)


@pytest.mark.parametrize(
    "body",
    [
        {"query": "{"},
        {"query": "{ no }"},
        {"query": "query ($a: Int!) { requests(first: $a) { nodes { id } } }"},
    ],
)
async def test_what_is_refused_before_it_runs_is_400_for_the_newer_media_type(
    client: httpx.AsyncClient, body: dict[str, str]
) -> None:
    for accept, status in ((GRAPHQL, 400), ("application/json", 200)):
        response = await client.post("/graphql", json=body, headers={"accept": accept})
        assert response.status_code == status
        assert set(response.json()) == {"errors"}


async def test_an_error_while_it_runs_is_200_with_its_data(client: httpx.AsyncClient) -> None:
    response = await client.post(
        "/graphql", json={"query": '{ viewer { name } node(id: "x") { id } }'}, headers={"accept": GRAPHQL}
    )
    assert response.status_code == 200
    assert response.json()["data"] == {**ANSWER["data"], "node": None}


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"{'query': 1}", "no JSON"),
        (b'{"query": "{ viewer { name } }", "variables": {"a": NaN}}', "no JSON"),
        ('{"query": "ä"}'.encode("latin-1"), "no JSON"),
        (b'{"query": "\\ud800"}', "no JSON"),
        (b"[" * 2000 + b"]" * 2000, "no JSON"),
        (b"null", "must be a JSON object"),
        (b"1", "must be a JSON object"),
        (b'"{ viewer { name } }"', "must be a JSON object"),
        (b"[]", "a list of operations is not taken"),
        (b'[{"query": "{ viewer { name } }"}]', "a list of operations is not taken"),
        (b"{}", "query is absent"),
        (b'{"query": null}', "query is absent"),
        (b'{"query": ""}', "query is empty"),
        (b'{"query": 1}', "query must be a text"),
        (b'{"query": ["{ viewer { name } }"]}', "query must be a text"),
        (b'{"query": "{ viewer { name } }", "variables": []}', "variables must be an object"),
        (b'{"query": "{ viewer { name } }", "variables": "{}"}', "variables must be an object"),
        (b'{"query": "{ viewer { name } }", "operationName": 1}', "operationName must be a text"),
        (b'{"query": "{ viewer { name } }", "extensions": 1}', "extensions must be an object"),
        (b'{"query": "{ viewer { name } }", "operationName": "A"}', "names no operation"),
        (b'{"query": "query A { __typename } query B { __typename }"}', "exactly one operation"),
        (b'{"query": "fragment F on Query { __typename }"}', "exactly one operation"),
    ],
)
async def test_a_body_that_is_no_request_is_400_with_the_reason(
    client: httpx.AsyncClient, body: bytes, says: str
) -> None:
    response = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert says in reason(response)


async def test_operation_name_and_nulls_are_taken(client: httpx.AsyncClient) -> None:
    body: dict[str, Any] = {
        "query": "query A { __typename } query B { viewer { name } }",
        "operationName": "B",
    }
    assert (await client.post("/graphql", json=body)).json() == ANSWER
    body = {"query": NAME, "operationName": None, "variables": None, "extensions": None}
    assert (await client.post("/graphql", json=body)).json() == ANSWER
    body = {"query": NAME, "operationName": "", "extensions": {"a": 1}, "id": 1}
    assert (await client.post("/graphql", json=body)).json() == ANSWER


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=latin-1",
    ],
)
async def test_only_json_is_taken_so_that_no_form_of_another_site_can_call(
    client: httpx.AsyncClient, door: Door, content_type: str | None
) -> None:
    headers = {} if content_type is None else {"content-type": content_type}
    response = await client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.status_code == 415
    assert "json" in reason(response).lower() or "utf-8" in reason(response)


async def test_utf_8_is_taken_by_name_and_by_default(client: httpx.AsyncClient) -> None:
    for content_type in (
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
    ):
        response = await client.post(
            "/graphql",
            content='{"query": "{ endpoint(name: \\"ä\\") { id } }"}'.encode(),
            headers={"content-type": content_type},
        )
        assert response.json() == {"data": {"endpoint": None}}


async def test_a_body_beyond_the_limit_is_413(door: Door) -> None:
    async with replace(door, limits=GraphLimits(body=1_000)).http() as client:
        response = await client.post("/graphql", json={"query": NAME + "#" + "x" * 1_000})
    assert response.status_code == 413
    assert "1000 bytes" in reason(response)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
async def test_another_method_is_405(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, POST")


async def test_queries_may_come_by_get_but_mutations_may_not(client: httpx.AsyncClient, door: Door) -> None:
    assert (await client.get("/graphql", params={"query": NAME})).json() == ANSWER
    parameters = {
        "query": "query A ($n: String) { endpoint(name: $n) { name } } query B { __typename }",
        "variables": '{"n": "levels"}',
        "operationName": "A",
    }
    response = await client.get("/graphql", params=parameters)
    assert response.json() == {"data": {"endpoint": {"name": "levels"}}}
    response = await client.get("/graphql", params={"query": PREDICT})
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert "POST" in reason(response)
    assert await door.data("{ requests { totalCount } }") == {"requests": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        ({}, "query is absent"),
        ({"query": NAME, "variables": "{"}, "variables is no JSON"),
        ({"query": NAME, "variables": "1"}, "variables must be an object"),
        ({"query": NAME, "extensions": "x"}, "extensions is no JSON"),
    ],
)
async def test_a_url_that_is_no_request_is_400(
    client: httpx.AsyncClient, parameters: dict[str, str], says: str
) -> None:
    response = await client.get("/graphql", params=parameters)
    assert response.status_code == 400
    assert says in reason(response)


async def test_a_browser_gets_the_page_and_all_its_assets_from_here(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", headers={"accept": BROWSER})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert "levels" in response.text
    urls = [part.split('"')[0] for part in response.text.split('"/graphql/assets/')[1:]]
    assert len(urls) > 1
    for url in urls:
        assert (await client.get(f"/graphql/assets/{url}")).status_code == 200
    assert (await client.get(f"/graphql/assets/{quote('../page.py', safe='')}")).status_code == 404


async def test_the_public_profile_has_no_get_and_no_examples_for_strangers(door: Door) -> None:
    async with replace(door, development=False).http() as client:
        response = await client.get("/graphql", params={"query": NAME}, headers={"accept": "*/*"})
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        response = await client.get("/graphql", headers={"accept": BROWSER})
        assert response.status_code == 200
        assert "levels" not in response.text
        assert (await client.get("/graphql/assets/icon.svg")).status_code == 404
        assert (await client.post("/graphql", json={"query": NAME})).json() == ANSWER


async def test_a_long_call_is_read_counted_and_freed_in_threads(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[str] = []
    to_thread = asyncio.to_thread

    async def counted(function: Callable[..., Any], *args: object, **kwargs: object) -> Any:
        left.append(getattr(function, "__qualname__", type(function).__qualname__))
        return await to_thread(function, *args, **kwargs)

    monkeypatch.setattr(asyncio, "to_thread", counted)
    rows = [row(number) for number in range(800)]
    text = """mutation ($input: PredictBatchInput!) {
      predictBatch(input: $input) { results { request { label } } userErrors { code } } }"""
    variables = {"input": {"endpoint": "levels", "rows": rows}, "unused": "y" * BODY_BYTES_ON_LOOP}
    response = await client.post("/graphql", json={"query": text, "variables": variables})
    assert len(response.json()["data"]["predictBatch"]["results"]) == 800
    # JSON, results, the text of the answer; then what came and what was answered are freed.
    wanted = {"of_body", "_Results", "dumps", "dict.clear", "list.clear"}
    assert wanted <= set(left), sorted(set(left))
