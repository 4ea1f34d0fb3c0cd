"""Whatever bytes are sent: an answer in GraphQL's shape, and never an error of the server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.datastructures import Headers, QueryParams

from graph.http.parameters import GraphQLRequest, check_content_type, of_body, of_query_string
from graph.http.refusal import Refusal
from tests.graph.conftest import Door

NAME = "{ viewer { name } }"
NAMES = ["query", "variables", "operationName", "extensions", "documentId", "id"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.just(NAME),
    lambda below: st.lists(below, max_size=4) | st.dictionaries(st.text(max_size=9), below, max_size=4),
    max_leaves=8,
)
REQUESTS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=6)
BODIES = (
    st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
    | (REQUESTS | JSON | st.lists(REQUESTS, max_size=3)).map(lambda value: json.dumps(value).encode())
)


def parsed(parse: Callable[..., Any], *arguments: object) -> Any:
    """What was understood, or the refusal's status."""
    try:
        return parse(*arguments)
    except Refusal as refusal:
        return refusal.status.value


@given(BODIES, st.integers(0, 3))
@settings(max_examples=500)
def test_any_body_is_a_request_or_is_refused(body: bytes, most: int) -> None:
    found = parsed(of_body, body, most)
    requests = found if isinstance(found, list) else [found]
    assert found == 400 or all(isinstance(one, GraphQLRequest) for one in requests)
    assert not isinstance(found, list) or 0 < len(found) <= most


@given(st.lists(st.tuples(st.sampled_from(NAMES) | st.text(max_size=9), st.text(max_size=40)), max_size=6))
@settings(max_examples=500)
def test_any_query_string_is_a_request_or_is_refused(pairs: list[tuple[str, str]]) -> None:
    found = parsed(of_query_string, QueryParams(pairs))
    assert found == 400 or isinstance(found, GraphQLRequest)


@given(
    st.binary(max_size=60) | st.binary(max_size=30).map(b"application/json;".__add__), st.binary(max_size=9)
)
def test_any_content_type_is_taken_or_refused(content_type: bytes, encoding: bytes) -> None:
    headers = Headers(raw=[(b"content-type", content_type), (b"content-encoding", encoding)])
    assert parsed(check_content_type, headers) in (None, 415)


@pytest.fixture
async def client(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    """Errors that nobody caught come through."""
    async with door.http(raising=True) as client:
        yield client


def check(response: httpx.Response) -> None:
    """An answer in GraphQL's shape; what was refused has errors with a code and no data."""
    assert response.status_code in (200, 400, 405, 406, 413, 415)
    body = response.json()
    assert set(body) <= {"data", "errors", "extensions"}
    if response.status_code != 200:
        assert "data" not in body
        assert all(error["extensions"]["code"] for error in body["errors"])
        assert all(error["extensions"]["code"] != "INTERNAL_SERVER_ERROR" for error in body["errors"])


async def test_any_body_gets_an_answer_in_the_right_shape(client: httpx.AsyncClient) -> None:
    loop = asyncio.get_running_loop()

    @given(BODIES)
    @settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
    def send(body: bytes) -> None:
        headers = {"content-type": "application/json"}
        sending = client.post("/graphql", content=body, headers=headers)
        check(asyncio.run_coroutine_threadsafe(sending, loop).result(30))

    await asyncio.to_thread(send)


@pytest.mark.parametrize(
    "url",
    [
        "/graphql?query",
        "/graphql?query=",
        "/graphql?query=%ff%fe",
        "/graphql?query=%00",
        "/graphql?query=%zz",
        "/graphql?&&==&query={",
        f"/graphql?query={quote(NAME)}&variables=%ff",
        f"/graphql?query={quote(NAME)}&variables={'[' * 3000}",
        f"/graphql?query={quote(NAME)}&extensions=[]",
        f"/graphql?query={quote(NAME)}&operationName=%F0%9F%98%80",
    ],
)
async def test_odd_urls_are_400_in_the_right_shape(client: httpx.AsyncClient, url: str) -> None:
    response = await client.get(url, headers={"accept": "application/graphql-response+json"})
    assert response.status_code == 400
    check(response)


@pytest.mark.parametrize("name", ["query", "variables", "operationName", "extensions", "documentId"])
async def test_a_parameter_that_stands_twice_in_the_url_is_refused(
    client: httpx.AsyncClient, name: str
) -> None:
    response = await client.get(f"/graphql?query={quote(NAME)}&{name}=&{name}=")
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == f"{name} stands in the URL more than once"


async def test_of_a_key_that_stands_twice_in_a_body_the_last_one_counts(client: httpx.AsyncClient) -> None:
    body = b'{"query": "{", "query": "{ viewer { name } }"}'
    response = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.json() == {"data": {"viewer": {"name": "anonymous"}}}


@pytest.mark.parametrize("number", ["123456789012345678901234567890", "-1e308", "1e-400", "0.1e1", "-0"])
async def test_huge_and_odd_numbers_are_numbers(client: httpx.AsyncClient, number: str) -> None:
    query = "query ($n: Int) { requests(first: $n) { nodes { id } } }"
    body = f'{{"query": "{query}", "variables": {{"n": {number}}}}}'.encode()
    response = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 200
    check(response)


@pytest.mark.parametrize("encoding", ["gzip", "br", "deflate", "x", "gzip, gzip"])
async def test_a_compressed_body_is_refused_with_the_cure(client: httpx.AsyncClient, encoding: str) -> None:
    headers = {"content-type": "application/json", "content-encoding": encoding}
    response = await client.post("/graphql", content=b"\x1f\x8b", headers=headers)
    assert (response.status_code, response.headers["accept-encoding"]) == (415, "identity")
    assert response.json()["errors"][0]["message"] == (
        f"Content-Encoding {encoding!r} is not taken: send the body as it is, without that header"
    )
    headers["content-encoding"] = "identity"
    response = await client.post("/graphql", content=b'{"query": "{ __typename }"}', headers=headers)
    assert response.json() == {"data": {"__typename": "Query"}}
