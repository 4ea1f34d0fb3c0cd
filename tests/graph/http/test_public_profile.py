"""What the known scanners of GraphQL servers look for, asked of the whole application in its public profile.

The caller holds every scope: what is closed is closed by the profile, not by a missing right.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from registry.discovery import Registry

ALL = "read predict feedback admin"
ROW = 'predict(input: {endpoint: "income_classifier", features: {}}) { request { id } }'
TRACES = re.compile(r"traceback|stacktrace|exception|tracing|debug|\.py\b|line \d+, in", re.IGNORECASE)
HINTS = re.compile(r"did you mean|perhaps|similar|suggest", re.IGNORECASE)


@pytest.fixture
async def client(migrated_sqlite_url: str, shipped: Registry) -> AsyncIterator[httpx.AsyncClient]:
    """A caller of the public application, through its middleware."""
    app = create_app(
        Settings(
            database_url=migrated_sqlite_url,
            profile="public",
            anonymous_scopes=ALL,
            budget_per_second=0.1,
            access_log=False,
        ),
        build=partial(wiring.build, registry=shipped),
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield client


async def asked(client: httpx.AsyncClient, query: str, **more: Any) -> dict[str, Any]:
    response = await client.post("/graphql", json={"query": query, **more})
    answer: dict[str, Any] = response.json()
    return answer


async def reasons(client: httpx.AsyncClient, query: str) -> list[str | None]:
    answer = await asked(client, query)
    assert set(answer) == {"errors"}, answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"GRAPHQL_VALIDATION_FAILED"}
    return [error["extensions"].get("reason") for error in answer["errors"]]


async def test_an_honest_query_is_answered_with_its_data_and_nothing_else(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{ viewer { name } }"})
    assert response.status_code == 200
    assert response.json() == {"data": {"viewer": {"name": "anonymous"}}}
    assert not {"server", "x-powered-by"} & set(response.headers)


async def test_aliases_cannot_be_piled_up(client: httpx.AsyncClient) -> None:
    names = " ".join(f"a{number}: __typename" for number in range(101))
    assert await reasons(client, f"{{ {names} }}") == ["MAX_ALIASES", "MAX_ROOT_FIELDS"]
    guesses = " ".join(f'a{number}: endpoint(name: "{number}") {{ id }}' for number in range(101))
    assert await reasons(client, f"{{ {guesses} }}") == ["MAX_ALIASES", "MAX_ROOT_FIELDS"]


async def test_directives_cannot_be_piled_up(client: httpx.AsyncClient) -> None:
    assert len(await reasons(client, f"{{ __typename {'@aa ' * 10}}}")) == 3
    fields = "name @include(if: true) @skip(if: false) " * 30
    assert await reasons(client, f"{{ viewer {{ {fields}}} }}") == ["MAX_DIRECTIVES"]


async def test_fields_cannot_be_repeated_a_thousand_times(client: httpx.AsyncClient) -> None:
    assert "MAX_ROOT_FIELDS" in await reasons(client, f"{{ {'__typename ' * 1000}}}")
    assert await reasons(client, f"{{ viewer {{ {'name ' * 5000}}} }}") == ["MAX_TOKENS"]


@pytest.mark.parametrize("size", [1, 2, 10, 1000])
async def test_lists_of_operations_are_not_taken(client: httpx.AsyncClient, size: int) -> None:
    response = await client.post("/graphql", json=[{"query": "{ __typename }"}] * size)
    assert response.status_code == 400
    assert "data" not in response.text


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { types { name } } }",
        '{ __type(name: "Query") { name } }',
        "{ ...F } fragment F on Query { __schema { queryType { name } } }",
        f"mutation {{ {ROW} }} query I {{ __schema {{ types {{ name }} }} }}",
        "{ viewer { name } ... { x: __schema { directives { name } } } }",
        f"mutation {{ {ROW[:-1]} query {{ __schema {{ types {{ name }} }} }} }} }}",
    ],
)
async def test_the_schema_cannot_be_asked_for(client: httpx.AsyncClient, query: str) -> None:
    answer = await asked(client, query, **({"operationName": "I"} if "query I" in query else {}))
    assert set(answer) == {"errors"}
    (error,) = [one for one in answer["errors"] if one["extensions"].get("reason") == "SCHEMA_NOT_SHOWN"]
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert error["message"].endswith(
        " is answered only to a key or token with the scope `read`: send it as `Authorization: Bearer KEY`, "
        "or use the schema file that `arbiter schema` prints"
    )


async def test_introspection_in_circles_is_refused(client: httpx.AsyncClient) -> None:
    circle = "fields { type { " * 8 + "name" + " } }" * 8
    assert "data" not in await asked(client, f"{{ __schema {{ types {{ {circle} }} }} }}")


async def test_circular_fragments_are_refused(client: httpx.AsyncClient) -> None:
    circle = "{ viewer { ...A } } fragment A on Viewer { name ...B } fragment B on Viewer { ...A }"
    assert await reasons(client, circle) == [None]


async def test_nothing_comes_by_get(client: httpx.AsyncClient) -> None:
    for query in ("{ __typename }", "query { viewer { name } }", f"mutation {{ {ROW} }}"):
        response = await client.get("/graphql", params={"query": query})
        assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert "data" not in response.json()


@pytest.mark.parametrize("method", ["HEAD", "PUT", "PATCH", "DELETE"])
async def test_nothing_comes_by_other_methods(client: httpx.AsyncClient, method: str) -> None:
    response = await client.request(method, "/graphql", params={"query": "{ __typename }"})
    assert response.status_code == 405


@pytest.mark.parametrize("query", ["{ __typename }", f"mutation {{ {ROW} }}"])
async def test_no_form_of_another_page_is_taken(client: httpx.AsyncClient, query: str) -> None:
    by_url = await client.post("/graphql", params={"query": query})
    as_form = await client.post("/graphql", data={"query": query})
    in_parts = await client.post("/graphql", files={"query": (None, query)})
    as_text = await client.post(
        "/graphql", content=f'{{"query": "{query[:20]}"}}', headers={"content-type": "text/plain"}
    )
    for response in (by_url, as_form, in_parts, as_text):
        assert response.status_code == 415
        assert "data" not in response.json()


@pytest.mark.parametrize(
    "query",
    [
        "{ viewe { name } }",
        "{ viewer { nam } }",
        "{ requests(firs: 1) { nodes { id } } }",
        "{ requests(orderBy: CREATED_AT_DES) { nodes { id } } }",
        "{ requests(where: {labe: 1}) { nodes { id } } }",
        '{ node(id: "x") { ... on Reques { id } } }',
        "query ($a: RequestWher) { requests(where: $a) { nodes { id } } }",
        "{ viewer { ...Nam } } fragment Name on Viewer { name }",
        "{ viewer @inclde(if: true) { name } }",
        "mutation { predic { userErrors { code } } }",
        "subscription { requestLogge { id } }",
    ],
)
async def test_no_error_helps_to_guess_a_name(client: httpx.AsyncClient, query: str) -> None:
    answer = await asked(client, query)
    assert set(answer) == {"errors"}
    for error in answer["errors"]:
        assert not HINTS.search(error["message"])


async def test_variables_that_do_not_fit_give_no_hints_either(client: httpx.AsyncClient) -> None:
    query = (
        "query ($w: RequestWhere, $o: RequestOrderBy!) { requests(where: $w, orderBy: $o) { nodes { id } } }"
    )
    for variables in ({"w": {"labe": ["x"]}, "o": "CREATED_AT_DESC"}, {"w": {}, "o": "CREATED_AT_DES"}):
        answer = await asked(client, query, variables=variables)
        assert not HINTS.search(str(answer))


async def test_many_guesses_in_one_document_are_answered_three_at_a_time(client: httpx.AsyncClient) -> None:
    assert len(await reasons(client, f"{{ {' '.join(f'guess{number}' for number in range(15))} }}")) == 3


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"query": 1}',
        b'{"query": "qwerty cop { abc }"}',
        b'{"query": "{ viewer { name } }", "variables": "x"}',
        b'{"query": "{ node(id: \\"\\u0000\\") { id } }"}',
        b'{"query": "{ requests(first: 99999999999) { nodes { id } } }"}',
        b'{"query": "{ requests(after: \\"!\\") { nodes { id } } }"}',
        b'{"query": "' + b"{ a " * 3000 + b'"}',
    ],
)
async def test_errors_show_nothing_of_the_inside(client: httpx.AsyncClient, body: bytes) -> None:
    response = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert response.status_code < 500
    assert not TRACES.search(response.text), response.text


@pytest.mark.parametrize("header", ["x-apollo-tracing", "apollo-query-plan-experimental", "x-debug", "debug"])
async def test_no_header_switches_tracing_on(client: httpx.AsyncClient, header: str) -> None:
    response = await client.post("/graphql", json={"query": "{ __typename }"}, headers={header: "1"})
    assert response.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize(
    "path",
    [
        "/graphql/assets/graphiql.min.js",
        "/graphiql",
        "/playground",
        "/graphql/console",
        "/altair",
        "/voyager",
        "/explorer",
    ],
)
async def test_there_is_no_editor(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(path, headers={"accept": "text/html"})
    assert response.status_code in {404, 405, 406}
    assert not re.search(r"graphiql|playground|<html", response.text, re.IGNORECASE)


async def test_a_browser_without_a_key_gets_a_box_that_tells_nothing(client: httpx.AsyncClient) -> None:
    response = await client.get("/graphql", headers={"accept": "text/html"})
    assert (response.status_code, response.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["vary"].startswith("Accept, Authorization, X-API-Key, Origin")
    assert not re.search(r"graphiql|playground|income|premium|mutation|query ", response.text, re.IGNORECASE)
    asked_for = await client.get(
        "/graphql", params={"query": "{ __typename }"}, headers={"accept": "text/html"}
    )
    assert asked_for.text == response.text
    for url in re.findall(r'(?:src|href)="(/graphql/assets/[^"]+)"', response.text):
        assert (await client.get(url)).status_code == 200


async def test_a_query_as_deep_as_the_types_go_round_is_refused(client: httpx.AsyncClient) -> None:
    deep = "endpoint { algorithms(first: 1) { nodes { " * 6 + "name" + " } } }" * 6
    assert await reasons(client, f"{{ requests(first: 1) {{ nodes {{ {deep} }} }} }}") == ["MAX_DEPTH"]


async def test_a_wide_query_within_every_other_bound_is_too_dear(client: httpx.AsyncClient) -> None:
    wide = (
        "{ endpoints(first: 100) { nodes { algorithms(first: 100) { nodes { "
        "requests(first: 100) { nodes { id } } } } } } }"
    )
    answer = await asked(client, wide)
    (error,) = answer["errors"]
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("COST_LIMIT_EXCEEDED", 100_000)
    assert error["extensions"]["cost"] > 1_000_000


async def test_a_flood_of_dear_queries_runs_dry(client: httpx.AsyncClient) -> None:
    links = " ".join(f"e{number}: exportUrl(format: CSV)" for number in range(30))
    dear = f"{{ requests(first: 1) {{ {links} }} }}"
    statuses = [(await client.post("/graphql", json={"query": dear})).status_code for _ in range(9)]
    assert statuses == [200] * 6 + [429] * 3


async def test_what_cannot_be_told_by_a_stranger_is_not_told_by_the_rest_of_the_site(
    client: httpx.AsyncClient,
) -> None:
    for path in ("/openapi.json", "/docs.json", "/schema.graphql", "/graphql/schema.graphql", "/.env"):
        assert (await client.get(path)).status_code == 404
