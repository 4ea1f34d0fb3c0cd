"""Operations that nobody would write, made from the schema: none breaks the server, none is told how it is made."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import httpx
import pytest
import schemathesis
from graphql import (
    NameNode,
    NullValueNode,
    ObjectFieldNode,
    ValueNode,
    introspection_from_schema,
)
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.graphql import nodes

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from graph.edge import GraphQLEdge
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions
from graph.vocabulary.ids import AB_TEST, ALGORITHM, ENDPOINT, REQUEST, global_id
from serving.services import Services
from tests.serving.world import small_registry

pytestmark = pytest.mark.matrix  # many generated operations

SHARDS, LEAST = 6, 500
VALID, INVALID = 18, 10
"""How many operations of each root field, with values of the right types and of wrong ones, of a hundred tried."""

OF_PYTHON = re.compile(
    r"Traceback|File \"|0x[0-9a-f]{6,}|object at|NoneType|<class|\b(?!GraphQL)\w+(?:Error|Exception)\b|\bsql|SELECT"
)
"""What a message never holds, unless its caller wrote it."""


@dataclass
class Server:
    """The whole application over a small database, on a loop of its own."""

    runner: asyncio.Runner
    client: httpx.AsyncClient
    introspection: dict[str, Any]
    ids: list[str]

    def ask(self, body: Any) -> httpx.Response:
        return self.runner.run(self.client.post("/graphql", json={"query": body}))


async def opened(stack: AsyncExitStack, folder: Path) -> tuple[httpx.AsyncClient, dict[str, Any], list[str]]:
    choices = Settings.load(
        database_url=f"sqlite://{folder / 'arbiter.db'}",
        access_log=False,
        budget=0,
    )
    limits = GraphLimits(
        cost=10**9,
        depth=60,
        nodes=10**6,
        tokens=20_000,
        aliases=1000,
        root_fields=1000,
        directives=1000,
        body=choices.max_body,
    )
    with mock.patch("arbiter.app.limits_of", return_value=limits):
        app = create_app(choices, build=partial(wiring.build, registry=small_registry()))
    await stack.enter_async_context(app.router.lifespan_context(app))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    client = await stack.enter_async_context(
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")
    )
    services: Services = app.state.services
    schema = await GraphQLEdge(GraphOptions(limits=GraphLimits())).schema(services)
    ids = [
        "1",
        "2",
        "levels",
        "heights",
        "4",
        global_id(ENDPOINT, 1),
        global_id(ALGORITHM, 2),
        global_id(AB_TEST, 1),
    ]
    for x in (1, 20, 666, "red"):
        made = await client.post(f"/api/v1/levels/predict?subject=s{x}", json={"x": x, "colour": "red"})
        number = made.json()["request_id"]
        ids += [str(number), global_id(REQUEST, number)]
    return client, dict(introspection_from_schema(schema._schema)), ids


def scalars(ids: list[str]) -> None:
    """Values of our own scalars, and ids among which some exist."""
    text = st.text(max_size=8)
    plain: st.SearchStrategy[ValueNode] = (
        st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float)
        | st.integers(-(2**70), 2**70).map(nodes.Int)
        | st.booleans().map(nodes.Boolean)
        | text.map(nodes.String)
        | st.just(NullValueNode())
    )
    words = st.sampled_from(["levels", "heights", "high", "low", "red", "s1", "x", "the same"])
    names = st.sampled_from(["x", "colour", "name", "value", "_"])
    entry = st.builds(
        lambda name, value: ObjectFieldNode(name=NameNode(value=name), value=value), names, plain
    )
    good = st.builds(
        lambda x, colour: nodes.Object(
            [
                ObjectFieldNode(name=NameNode(value="x"), value=nodes.Int(x)),
                ObjectFieldNode(name=NameNode(value="colour"), value=nodes.String(colour)),
            ]
        ),
        st.sampled_from([-1, 0, 5, 12, 21, 666, 667]),
        st.sampled_from(["red", "blue"]),
    )
    row = st.lists(entry, max_size=3, unique_by=lambda one: one.name.value).map(nodes.Object)
    anything: st.SearchStrategy[ValueNode] = (
        good | plain | row | words.map(nodes.String) | st.lists(plain, max_size=3).map(nodes.List)
    )
    schemathesis.graphql.scalar("JSON", anything)
    schemathesis.graphql.scalar("ID", (st.sampled_from(ids) | text).map(nodes.String))
    schemathesis.graphql.scalar("String", (words | text).map(nodes.String))
    schemathesis.graphql.scalar("Int", (st.integers(0, 12) | st.integers(-(2**31), 2**31 - 1)).map(nodes.Int))
    moments = st.datetimes().map(lambda moment: moment.isoformat() + "Z")
    schemathesis.graphql.scalar("DateTime", (moments | text).map(nodes.String))


def many(examples: int) -> Callable[..., Any]:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )


def judge(body: Any, response: httpx.Response) -> None:
    assert response.status_code < 500, (body, response.text)
    answer = response.json()
    for error in answer.get("errors", ()):
        code = error["extensions"]["code"]
        assert code != "INTERNAL_SERVER_ERROR", (body, error)
        assert code in KNOWN, (body, error)
        leaked = [found for found in OF_PYTHON.findall(error["message"]) if found not in str(body)]
        assert leaked == [], (body, error)


KNOWN = {
    "BAD_USER_INPUT",
    "GRAPHQL_VALIDATION_FAILED",
    "GRAPHQL_PARSE_FAILED",
    "BAD_REQUEST",
    "FORBIDDEN",
}


@pytest.mark.parametrize("shard", range(SHARDS))
def test_no_operation_of_the_schema_breaks_the_server_or_is_told_how_it_is_made(
    shard: int, tmp_path: Path
) -> None:
    asked, tried = 0, settings().max_examples
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        client, introspection, ids = runner.run(opened(stack, tmp_path))
        server = Server(runner, client, introspection, ids)
        scalars(ids)
        schema = schemathesis.graphql.from_dict(introspection)
        operations = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
        assert len(operations) > 25
        for operation in operations[shard::SHARDS]:
            for mode, examples in ((GenerationMode.POSITIVE, VALID), (GenerationMode.NEGATIVE, INVALID)):

                @many(examples * tried // 100)
                @given(case=operation.as_strategy(generation_mode=mode))
                def check(case: Any) -> None:
                    nonlocal asked
                    asked += 1
                    judge(case.body, server.ask(case.body))

                try:
                    check()
                except InvalidArgument:
                    assert mode is GenerationMode.NEGATIVE
        runner.run(stack.aclose())
    assert asked >= LEAST * tried / 100 / SHARDS
