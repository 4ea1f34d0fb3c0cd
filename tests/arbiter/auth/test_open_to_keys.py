"""What the public profile opens to callers with a key: queries by GET, the schema, and the query page."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.callers import Scope
from serving.services import Services
from tests.serving.world import small_registry

NAME = "{ viewer { name } }"
SCHEMA = "{ __schema { queryType { name } } }"
SHOWN = {"data": {"__schema": {"queryType": {"name": "Query"}}}}
PREDICT = (
    'mutation { predict(input: {endpoint: "levels", features: {x: 1, colour: "red"}}) { request { id } } }'
)
LISTED = "https://app.example"
FOREIGN = "https://evil.example"
CROSS = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"}
HTML = {"accept": "text/html"}


@dataclass
class House:
    """A running application, and the headers of callers with different rights."""

    client: httpx.AsyncClient
    callers: dict[str, dict[str, str]]

    async def get(self, query: str = NAME, caller: str = "nobody", **headers: str) -> httpx.Response:
        sent = self.callers[caller] | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get("/graphql", params={"query": query}, headers=sent)

    async def post(self, query: str, caller: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        return (await self.client.post("/graphql", json=body, headers=self.callers[caller])).json()

    async def stored(self) -> int:
        answer = await self.post("{ requests { totalCount } }", "reader")
        return int(answer["data"]["requests"]["totalCount"])


async def opened(url: str, **settings: object) -> AsyncIterator[House]:
    async def build(given: Settings, **how: Any) -> Services:
        return await wiring.build(given, registry=small_registry(), **how)

    app: Starlette = create_app(Settings.load(database_url=url, access_log=False, **settings), build=build)
    async with app.router.lifespan_context(app):
        keys = app.state.services.keys
        _, reader = await keys.create("reader", frozenset({Scope.READ, Scope.PREDICT}))
        _, predictor = await keys.create("predictor", frozenset({Scope.PREDICT}))
        callers = {
            "nobody": {},
            "reader": {"authorization": f"Bearer {reader}"},
            "reader by X-API-Key": {"x-api-key": reader},
            "predictor": {"authorization": f"Bearer {predictor}"},
        }
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield House(client, callers)


@pytest.fixture
async def public(sqlite_url: str) -> AsyncIterator[House]:
    scopes = "read predict feedback admin"
    async for house in opened(sqlite_url, profile="public", anonymous_scopes=scopes, cors_origins=(LISTED,)):
        yield house


@pytest.fixture
async def development(sqlite_url: str) -> AsyncIterator[House]:
    async for house in opened(sqlite_url, cors_origins=(LISTED,)):
        yield house


@pytest.mark.parametrize("caller", ["reader", "reader by X-API-Key", "predictor"])
@pytest.mark.parametrize("headers", [{}, CROSS, CROSS | {"origin": FOREIGN}, CROSS | {"origin": LISTED}])
async def test_a_query_by_get_is_answered_to_any_key_and_kept_by_no_proxy(
    public: House, caller: str, headers: dict[str, str]
) -> None:
    response = await public.get(caller=caller, **headers)
    assert response.status_code == 200
    assert response.json() == {"data": {"viewer": {"name": caller.partition(" ")[0]}}}
    assert response.headers["cache-control"] == "no-store"
    assert response.headers.get_list("vary")[0] == "Accept, Authorization, X-API-Key, Origin"
    allowed = response.headers.get("access-control-allow-origin")
    assert allowed == (LISTED if headers.get("origin") == LISTED else None)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 405),
        ({"sec-fetch-site": "same-origin"}, 405),
        ({"sec-fetch-site": "cross-site"}, 405),
        (CROSS | {"origin": FOREIGN}, 405),
        (CROSS | {"origin": "null"}, 405),
        (CROSS | {"origin": "http://localhost:3000"}, 200),
        (CROSS | {"origin": LISTED}, 200),
    ],
)
async def test_without_a_key_the_public_profile_answers_get_to_listed_pages_only(
    public: House, headers: dict[str, str], status: int
) -> None:
    response = await public.get(**headers)
    assert response.status_code == status
    if status == 200:
        assert response.json() == {"data": {"viewer": {"name": "anonymous"}}}
        assert response.headers["access-control-allow-origin"] == headers["origin"]
    else:
        assert response.headers["allow"] == "POST"
        assert response.headers["cache-control"] == "no-store"
        assert "ARBITER_CORS_ORIGINS" in response.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"sec-fetch-site": "same-origin"}, 200),
        ({"sec-fetch-site": "same-site", "origin": "http://localhost:3000"}, 200),
        (CROSS | {"origin": "http://localhost:5173"}, 200),
        (CROSS | {"origin": LISTED}, 200),
        (CROSS | {"origin": FOREIGN}, 403),
        (CROSS | {"origin": "null"}, 403),
        ({"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"}, 403),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"host": "evil.example"}, 403),
        ({"host": "evil.example", "origin": "http://localhost:3000"}, 403),
    ],
)
async def test_in_development_pages_that_may_call_may_use_get_without_further_headers(
    development: House, headers: dict[str, str], status: int
) -> None:
    response = await development.get(**headers)
    assert response.status_code == status
    if status == 200:
        assert response.json() == {"data": {"viewer": {"name": "anonymous"}}}
    else:
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN"}
        assert re.search("ARBITER_CORS_ORIGINS|GraphQL-Preflight|ARBITER_ALLOWED_HOSTS", error["message"])


async def test_where_scopes_are_granted_by_name_an_unlisted_page_is_told_to_be_listed(
    sqlite_url: str,
) -> None:
    async for house in opened(sqlite_url, anonymous_scopes="read"):
        response = await house.get(**CROSS, origin=FOREIGN)
        assert response.status_code == 403
        assert response.json()["errors"][0]["message"] == (
            f"a page of '{FOREIGN}' sent this query by GET: list the origin in ARBITER_CORS_ORIGINS"
        )


@pytest.mark.parametrize("profile", ["development", "public"])
@pytest.mark.parametrize("headers", [{}, CROSS | {"origin": LISTED}])
async def test_no_mutation_comes_by_get_whoever_sends_it(
    sqlite_url: str, profile: str, headers: dict[str, str]
) -> None:
    async for house in opened(sqlite_url, profile=profile, cors_origins=(LISTED,)):
        response = await house.get(PREDICT, caller="reader", **headers)
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert "data" not in response.json()
        assert await house.stored() == 0


@pytest.mark.parametrize(
    "headers", ["authorization", "authorization,content-type", "x-api-key,apollo-require-preflight"]
)
async def test_pages_that_may_call_are_told_so_before_they_send_a_key_by_get(
    public: House, headers: str
) -> None:
    asked = {"access-control-request-method": "GET", "access-control-request-headers": headers}
    for origin, status in ((LISTED, 200), (FOREIGN, 403)):
        response = await public.client.options("/graphql", headers=asked | {"origin": origin})
        assert response.status_code == status
        assert response.headers.get("access-control-allow-headers") == (headers if status == 200 else None)


async def test_a_subscription_by_get_needs_a_key_or_a_listed_page_too(public: House) -> None:
    headers = {"accept": "text/event-stream"}
    query = (
        "{ viewer { name } }"  # An event stream answers it with the reason for which it is no subscription.
    )
    assert (await public.get(query, **headers)).status_code == 405
    for more in (public.callers["reader"], CROSS | {"origin": LISTED}):
        response = await public.client.get("/graphql", params={"query": query}, headers=headers | more)
        assert response.status_code == 200
        assert "only subscriptions are taken this way" in response.text


async def test_a_key_that_may_read_sees_the_schema_and_hints_by_get_and_by_post(public: House) -> None:
    assert (await public.get(SCHEMA, caller="reader")).json() == SHOWN
    assert await public.post(SCHEMA, "reader") == SHOWN
    for caller, hinted in (("reader", True), ("predictor", False), ("nobody", False)):
        answer = await public.post("{ viewer { nam } }", caller)
        assert ("Did you mean" in answer["errors"][0]["message"]) is hinted
        query = "query ($where: RequestWhere) { requests(where: $where) { nodes { id } } }"
        answer = await public.post(query, caller, where={"labl": "x"})
        assert ("Did you mean" in answer["errors"][0]["message"]) is hinted


async def test_what_a_reader_was_shown_is_not_shown_to_those_who_ask_the_same_next(public: House) -> None:
    for _ in range(2):
        assert await public.post(SCHEMA, "reader") == SHOWN
        for caller in ("nobody", "predictor"):
            answer = await public.post(SCHEMA, caller)
            assert set(answer) == {"errors"}
            assert [error["extensions"]["reason"] for error in answer["errors"]] == ["SCHEMA_NOT_SHOWN"]


async def test_the_page_with_its_examples_comes_only_to_a_key_that_may_read(public: House) -> None:
    found = {
        caller: await public.client.get("/graphql", headers=HTML | headers)
        for caller, headers in public.callers.items()
    }
    assert {caller: response.status_code for caller, response in found.items()} == {
        "nobody": 200,
        "reader": 200,
        "reader by X-API-Key": 200,
        "predictor": 403,
    }
    assert {caller for caller, response in found.items() if "levels" in response.text} == {
        "reader",
        "reader by X-API-Key",
    }
    assert found["reader"].headers["cache-control"] == "no-store"
    assert found["predictor"].json()["errors"][0]["message"] == (
        "this page needs a key or token with the scope `read`, which 'predictor' lacks"
    )
    for response in found.values():
        assert response.headers["vary"].startswith("Accept, Authorization, X-API-Key, Origin")
    wrong = await public.client.get("/graphql", headers=HTML | {"authorization": "Bearer wrong"})
    assert (wrong.status_code, "levels" in wrong.text) == (401, False)


async def test_apollo_sends_hashed_queries_by_get(public: House) -> None:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": "0" * 64}}
    response = await public.client.get(
        "/graphql",
        params={"operationName": "A", "variables": "{}", "extensions": json.dumps(extensions)},
        headers=public.callers["reader"] | {"content-type": "application/json"},
    )
    (error,) = response.json()["errors"]
    assert error["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"
