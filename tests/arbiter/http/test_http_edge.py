"""GraphQL over HTTP through the whole application: what its middleware and its edge do together."""

from __future__ import annotations

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from serving.predictions.predict import Predictor
from serving.services import Services
from tests.serving.world import small_registry

NAME = "{ viewer { name } }"
ANONYMOUS = {"data": {"viewer": {"name": "anonymous"}}}
PREDICT = (
    'mutation { predict(input: {endpoint: "levels", features: {x: 1, colour: "red"}}) { request { label } } }'
)


class Broken:
    """A predictor with a mistake in it."""

    async def predict(self, _command: object) -> None:
        raise ZeroDivisionError("x is 1")


@asynccontextmanager
async def opened(
    url: str, *, broken: bool = False, host: str = "127.0.0.1:8000", **given: object
) -> AsyncIterator[httpx.AsyncClient]:
    async def build(settings: Settings, **how: Any) -> Services:
        services = await wiring.build(settings, registry=small_registry(), **how)
        return replace(services, predictor=cast(Predictor, Broken())) if broken else services

    app = create_app(Settings.load(database_url=url, access_log=False, **given), build=build)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=f"http://{host}") as client,
    ):
        yield client


async def test_a_masked_error_names_the_request_under_which_the_log_has_it(sqlite_url: str) -> None:
    async with opened(sqlite_url, broken=True) as client:
        response = await client.post("/graphql", json={"query": PREDICT}, headers={"x-request-id": "r-17"})
    assert response.headers["x-request-id"] == "r-17"
    (error,) = response.json()["errors"]
    assert error["message"] == "Internal server error"
    assert error["extensions"] == {
        "code": "INTERNAL_SERVER_ERROR",
        "incident": error["extensions"]["incident"],
        "requestId": "r-17",
    }


async def test_errors_that_a_caller_can_fix_name_no_request(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        response = await client.post("/graphql", json={"query": "{ no }"}, headers={"x-request-id": "r-17"})
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert response.headers["x-request-id"] == "r-17"


async def test_a_long_answer_is_compressed_and_a_prediction_is_not(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        query = "{ __schema { types { name description } } }"
        long = await client.post("/graphql", json={"query": query}, headers={"accept-encoding": "gzip"})
        async with client.stream(
            "POST", "/graphql", json={"query": query}, headers={"accept-encoding": "gzip"}
        ) as response:
            raw = b"".join([chunk async for chunk in response.aiter_raw()])
        plain = await client.post("/graphql", json={"query": query}, headers={"accept-encoding": "identity"})
        short = await client.post("/graphql", json={"query": PREDICT}, headers={"accept-encoding": "gzip"})
    assert (long.headers["content-encoding"], long.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(raw) == long.content == plain.content
    assert "content-encoding" not in plain.headers
    assert "content-encoding" not in short.headers
    assert short.json() == {"data": {"predict": {"request": {"label": "high"}}}}


async def test_the_old_urls_answer_byte_for_byte_the_same_unless_gzip_is_asked_for(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        plain = await client.get("/api/v1/mlalgorithms", headers={"accept-encoding": "identity"})
        asked = await client.get("/api/v1/mlalgorithms", headers={"accept-encoding": "gzip"})
    assert (plain.headers["vary"], plain.headers["content-length"]) == (
        "Accept, Origin",
        str(len(plain.content)),
    )
    assert asked.headers["content-encoding"] == "gzip"
    assert asked.headers["vary"] == "Accept, Origin, Accept-Encoding"
    assert asked.content == plain.content


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("127.0.0.1:8000", None, 200),
        ("localhost:8000", "http://localhost:3000", 200),
        ("localhost:8000", "https://app.example", 200),
        ("arbiter.example", None, 200),
        ("evil.example", None, 403),
        ("evil.example:8000", "http://evil.example:8000", 403),
        ("localhost:8000", "https://evil.example", 403),
        ("localhost:8000", "null", 403),
    ],
)
async def test_keyless_query_by_get_needs_a_known_host_and_origin(
    sqlite_url: str, host: str, origin: str | None, status: int
) -> None:
    headers = {} if origin is None else {"origin": origin}
    known: dict[str, Any] = {"allowed_hosts": ("arbiter.example",), "cors_origins": ("https://app.example",)}
    async with opened(sqlite_url, host=host, **known) as client:
        response = await client.get("/graphql", params={"query": NAME}, headers=headers)
    assert response.status_code == status
    if status == 200:
        assert response.json() == ANONYMOUS
    else:
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN"}
        assert error["message"].startswith("a call without an API key may not ask anything ")
        assert "data" not in response.json()


async def test_where_scopes_are_granted_by_name_every_host_may_ask(sqlite_url: str) -> None:
    async with opened(sqlite_url, host="evil.example", anonymous_scopes="read") as client:
        assert (await client.get("/graphql", params={"query": NAME})).json() == ANONYMOUS


async def test_the_settings_open_lists_of_operations(sqlite_url: str) -> None:
    async with opened(sqlite_url, max_batch=2) as client:
        response = await client.post("/graphql", json=[{"query": NAME}, {"query": PREDICT}])
        too_many = await client.post("/graphql", json=[{"query": PREDICT}] * 3)
        found = await client.post("/graphql", json={"query": "{ requests { totalCount } }"})
    assert response.json() == [ANONYMOUS, {"data": {"predict": {"request": {"label": "high"}}}}]
    assert too_many.status_code == 400
    assert found.json() == {"data": {"requests": {"totalCount": 1}}}


async def test_refusals_at_the_door_are_kept_by_nobody(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        response = await client.post("/graphql", json={"query": NAME}, headers={"x-api-key": "wrong"})
    assert response.status_code == 401
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
