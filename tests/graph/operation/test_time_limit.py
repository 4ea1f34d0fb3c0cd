from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from graph.operation.limits import GraphLimits
from tests.graph.conftest import Door

AT_ONCE = 1e-9
READ = "{ requests { nodes { id } } }"
PREDICT = (
    'mutation { predict(input: {endpoint: "levels", features: {x: 1, colour: "red"}}) { request { label } } }'
)


def stopped_after(seconds: str) -> dict[str, Any]:
    message = f"the query was stopped after {seconds} seconds: ask for less at once, or for fewer lists"
    return {"errors": [{"message": message, "extensions": {"code": "QUERY_TIMEOUT"}}], "data": None}


def within(door: Door, seconds: float) -> Door:
    return replace(door, limits=GraphLimits(seconds=seconds, batch=3))


async def test_a_query_that_takes_too_long_is_stopped_with_a_code(door_to_each: Door) -> None:
    async with within(door_to_each, AT_ONCE).http() as client:
        for accept in ("application/json", "application/graphql-response+json"):
            response = await client.post("/graphql", json={"query": READ}, headers={"accept": accept})
            assert (response.status_code, response.json()) == (200, stopped_after("1e-09"))
    # Its connections are free again, more often than there are any.
    for _ in range(6):
        assert await door_to_each.data(READ) == {"requests": {"nodes": []}}


async def test_a_query_that_waits_for_a_connection_is_stopped_too(door: Door) -> None:
    async with AsyncExitStack() as held:
        for _ in range(4):
            await held.enter_async_context(door.services.database.reader())
        assert await within(door, 0.05).post(READ) == stopped_after("0.05")
    assert await door.data(READ) == {"requests": {"nodes": []}}


async def test_a_mutation_is_never_stopped(door_to_each: Door) -> None:
    answer = await within(door_to_each, AT_ONCE).post(PREDICT)
    assert answer == {"data": {"predict": {"request": {"label": "high"}}}}
    assert await door_to_each.data("{ requests { totalCount } }") == {"requests": {"totalCount": 1}}


async def test_a_query_that_waits_for_nothing_is_answered(door: Door) -> None:
    assert await within(door, AT_ONCE).post("{ viewer { name } }") == {
        "data": {"viewer": {"name": "anonymous"}}
    }


async def test_operations_of_one_list_share_the_time(door: Door) -> None:
    async with within(door, AT_ONCE).http() as client:
        response = await client.post("/graphql", json=[{"query": PREDICT}, {"query": READ}])
    assert response.json() == [{"data": {"predict": {"request": {"label": "high"}}}}, stopped_after("1e-09")]


async def test_a_query_with_a_long_body_is_stopped_like_any_other(door: Door) -> None:
    variables = {"x": ["y" * 100_000]}
    query = "query ($x: [String!]) { requests(where: {subject: $x}) { nodes { id } } }"
    assert await within(door, AT_ONCE).post(query, **variables) == stopped_after("1e-09")
