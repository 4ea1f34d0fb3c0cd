"""A secret in a private feature, looked for at every edge."""

from __future__ import annotations

import gzip
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, build_schema, is_required_argument

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.callers import Scope
from domain.words import JSONValue
from graph.schema import print_schema
from registry.discovery import Registry
from serving.services import Services
from tests.serving.private_world import FAILS, loan, private_registry, undeclared_registry

SECRET = "q7Zx-078051120"
LOANS = "/api/v1/loans/predict"
ROWS: tuple[JSONValue, ...] = (
    loan(SECRET),
    loan(SECRET, town=FAILS),
    loan(SECRET, income="a lot"),
    loan("1", income=SECRET),
    loan("1", income=[SECRET]),
    {**loan("1"), "sssn": SECRET},
    {"ssn": SECRET},
    SECRET,
    [SECRET],
)


@dataclass
class Bank:
    """A running application, and the headers of two callers."""

    client: httpx.AsyncClient
    services: Services
    analyst: dict[str, str]
    officer: dict[str, str]
    ids: list[str] = field(default_factory=list)

    async def graphql(self, query: str, headers: dict[str, str]) -> httpx.Response:
        return await self.client.post("/graphql", json={"query": query}, headers=headers)


@asynccontextmanager
async def opened(path: Path, registry: Registry) -> AsyncIterator[Bank]:
    settings = Settings.load(database_url=f"sqlite://{path}", anonymous_scopes="", access_log=True)
    app = create_app(settings, build=partial(wiring.build, registry=registry))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        keys = app.state.services.keys
        taken = {key.name for key in await keys.list()}
        n = len(taken)
        all_but_private = frozenset(Scope) - {Scope.READ_PRIVATE}
        _, analyst = await keys.create(f"analyst {n}", all_but_private)
        _, officer = await keys.create(f"officer {n}", frozenset(Scope))
        yield Bank(client, app.state.services, {"X-API-Key": analyst}, {"X-API-Key": officer})


@pytest.fixture
async def bank(tmp_path: Path) -> AsyncIterator[Bank]:
    """With a log in which each row holds the secret, good ones and all kinds of bad ones."""
    async with opened(tmp_path / "bank.db", private_registry()) as found:
        for row in ROWS:
            answer = await found.client.post(f"{LOANS}?subject=ann", json=row, headers=found.officer)
            if "request_id" in answer.json():
                found.ids.append(str(answer.json()["request_id"]))
        yield found


def selection(type_: GraphQLObjectType, depth: int, below: tuple[str, ...] = ()) -> str:
    """Every field of a type that needs no argument, and of the objects in it."""
    parts = []
    for name, field_ in type_.fields.items():
        if name == "groupedAggregates":  # which asks for groups; they are asked for by themselves
            continue
        if any(is_required_argument(argument) for argument in field_.args.values()):
            parts.append("exportUrl(format: CSV)" if name == "exportUrl" else "")
            continue
        inner: Any = field_.type
        while isinstance(inner, GraphQLNonNull | GraphQLList):
            inner = inner.of_type
        if not isinstance(inner, GraphQLObjectType):
            parts.append(name if not hasattr(inner, "types") else "")
        elif depth and inner.name not in below:
            parts.append(f"{name} {{ {selection(inner, depth - 1, (*below, type_.name))} }}")
    return " ".join(part for part in parts if part) or "__typename"


def everything_about_requests() -> str:
    schema = build_schema(print_schema())
    found = schema.type_map["RequestConnection"]
    assert isinstance(found, GraphQLObjectType)
    return f"{{ requests {{ {selection(found, 3)} }} }}"


async def test_the_secret_is_in_no_answer_of_graphql(bank: Bank) -> None:
    query = everything_about_requests()
    assert {"input", "maskedFeatures", "message", "probabilities", "exportUrl(format:"} <= set(query.split())
    mutations = "".join(
        f'f{n}: giveFeedback(input: {{requestId: "{id_}", feedback: "yes"}}) '
        "{ request { input message maskedFeatures probabilities { label } } userErrors { message } } "
        for n, id_ in enumerate(bank.ids[:6])
    )
    queries = [
        query,
        f"mutation {{ {mutations} }}",
        f'{{ request(id: "{bank.ids[0]}") {{ input message }} }}',
        '{ endpoint(name: "loans") { requests { nodes { input message } } } }',
        "{ algorithms { nodes { requests { edges { node { input message } } } } } }",
        "{ requests { groupedAggregates(by: [SUBJECT, LABEL, FEEDBACK]) "
        "{ groups { label feedback subject featureText aggregate { count } } } } }",
        '{ replay(algorithm: "1") { requests skipped result { reason } } }',
    ]
    for text in queries:
        answer = await bank.graphql(text, bank.analyst)
        assert "errors" not in answer.json(), answer.text[:500]
        assert SECRET not in answer.text
    full = await bank.graphql("{ requests { nodes { input } } }", bank.officer)
    assert full.text.count(SECRET) == len(bank.ids)


async def test_the_secret_is_in_no_answer_of_rest(bank: Bank) -> None:
    urls = ["/api/v1/mlrequests", "/api/v1/mlrequests.json", "/api/v1/", "/", "/metrics", "/readyz"]
    urls += [f"/api/v1/mlrequests/{id_}" for id_ in bank.ids]
    for url in urls:
        answer = await bank.client.get(url, headers=bank.analyst)
        assert answer.status_code in {200, 404}, url
        assert SECRET not in answer.text, url
    for id_ in bank.ids:
        for body in ({"feedback": "yes"}, {}):
            answer = await bank.client.put(f"/api/v1/mlrequests/{id_}", json=body, headers=bank.analyst)
            assert (answer.status_code, SECRET in answer.text) == (200, False)
    full = await bank.client.get("/api/v1/mlrequests", headers=bank.officer)
    assert full.text.count(SECRET) == len(bank.ids)


async def test_the_secret_is_in_no_export_but_that_of_who_may_see_it(bank: Bank) -> None:
    for format_ in ("CSV", "NDJSON"):
        for headers, count in ((bank.analyst, 0), (bank.officer, len(bank.ids))):
            query = f'{{ requests(where: {{endpoint: "loans"}}) {{ exportUrl(format: {format_}) }} }}'
            url = (await bank.graphql(query, headers)).json()["data"]["requests"]["exportUrl"]
            plain = await bank.client.get(url, headers={"Accept-Encoding": "identity"})
            assert plain.status_code == 200
            # An analyst's CSV has no value in any private column either.
            lines = plain.text.splitlines()
            assert sum(SECRET in line for line in lines) == count
            async with bank.client.stream("GET", url, headers={"Accept-Encoding": "gzip"}) as stream:
                packed = b"".join([piece async for piece in stream.aiter_raw()])
            assert gzip.decompress(packed).decode() == plain.text


async def test_the_secret_is_in_no_log_and_no_stored_message(
    bank: Bank, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.clear()
    caplog.set_level(logging.INFO)
    for row in ROWS:
        await bank.client.post(LOANS, json=row, headers=bank.officer)
        await bank.graphql("{ requests { nodes { input message } } }", bank.officer)
    ours = [record for record in caplog.records if not record.name.startswith(("tortoise", "aiosqlite"))]
    assert "algorithm banker 1 failed on a row: ValueError" in " ".join(r.getMessage() for r in ours)
    assert SECRET not in str([(r.getMessage(), r.exc_info, r.exc_text) for r in ours])
    said = capsys.readouterr()
    assert SECRET not in said.out + said.err
    async with bank.services.database.reader() as reader:
        rows = await reader.execute_query_dict("SELECT message, full_response FROM ml_request")
    assert SECRET not in str(rows)


async def test_a_private_value_cannot_be_searched_for_by_who_may_not_see_it(bank: Bank) -> None:
    query = f'{{ requests(where: {{feature: {{name: "ssn", text: "{SECRET}"}}}}) {{ totalCount }} }}'
    answer = await bank.graphql(query, bank.analyst)
    assert [error["extensions"]["code"] for error in answer.json()["errors"]] == ["FORBIDDEN"]
    found = await bank.graphql(query, bank.officer)
    assert found.json() == {"data": {"requests": {"totalCount": 2}}}


async def test_without_its_declaration_everything_of_an_endpoint_is_private(tmp_path: Path) -> None:
    async with opened(tmp_path / "bank.db", private_registry()) as before:
        await before.client.post(LOANS, json=loan(SECRET), headers=before.officer)
    async with opened(tmp_path / "bank.db", undeclared_registry()) as later:
        query = "{ requests(orderBy: CREATED_AT_ASC, first: 1) { nodes { input maskedFeatures } } }"
        answer = await later.graphql(query, later.analyst)
        assert answer.json()["data"]["requests"]["nodes"] == [
            {
                "input": {"ssn": None, "income": None, "town": None},
                "maskedFeatures": ["ssn", "income", "town"],
            }
        ]
        full = await later.graphql(query, later.officer)
        assert full.json()["data"]["requests"]["nodes"] == [{"input": loan(SECRET), "maskedFeatures": []}]


async def test_who_predicts_sees_what_it_sent(bank: Bank) -> None:
    query = (
        'mutation { predict(input: {endpoint: "loans", features: {ssn: "%s", income: 20, town: "Ulm"}}) '
        "{ request { input maskedFeatures } } }"
    )
    answer = await bank.graphql(query % SECRET, bank.analyst)
    assert answer.json()["data"]["predict"]["request"] == {"input": loan(SECRET), "maskedFeatures": []}


async def test_a_message_about_a_private_feature_says_what_is_asked_and_not_what_came(bank: Bank) -> None:
    answer = await bank.client.post(LOANS, json=loan("1", income=SECRET), headers=bank.analyst)
    assert answer.json()["message"] == (
        "income must be a number of at most 1000; what came is private and not repeated here"
    )


async def test_features_say_whether_they_are_private_and_indexed(bank: Bank) -> None:
    query = '{ endpoint(name: "loans") { features { name indexed private } } }'
    answer = await bank.graphql(query, bank.analyst)
    assert answer.json()["data"]["endpoint"]["features"] == [
        {"name": "ssn", "indexed": True, "private": True},
        {"name": "income", "indexed": True, "private": True},
        {"name": "town", "indexed": True, "private": False},
    ]
