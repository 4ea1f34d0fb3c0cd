"""Lists of operations in one POST: off unless they are allowed, then bounded as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from graph.operation.limits import GraphLimits
from serving.callers.budgets import Budgets
from tests.graph.conftest import Door

NAME = {"query": "{ viewer { name } }"}
ANONYMOUS = {"data": {"viewer": {"name": "anonymous"}}}
COUNT = {"query": "{ requests { totalCount } }"}
PREDICT = {
    "query": 'mutation { predict(input: {endpoint: "levels", features: {x: 1, colour: "red"}}) '
    "{ request { label } query { requests { totalCount } } } }"
}
GRAPHQL = "application/graphql-response+json"


async def send(door: Door, operations: Any, batch: int = 3, **limits: Any) -> httpx.Response:
    async with replace(door, limits=GraphLimits(batch=batch, **limits)).http() as client:
        return await client.post("/graphql", json=operations)


def predicted(count: int) -> dict[str, Any]:
    return {"data": {"predict": {"request": {"label": "high"}, "query": {"requests": {"totalCount": count}}}}}


async def test_a_list_is_refused_with_the_setting_that_allows_it(door: Door) -> None:
    response = await send(door, [NAME], batch=0)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["extensions"] == {"code": "BAD_REQUEST"}
    assert error["message"] == (
        "a list of operations is not taken: send one operation in an object; predictBatch takes many rows, "
        "and ARBITER_MAX_BATCH allows lists"
    )


async def test_operations_run_one_after_the_other_in_their_order(door: Door) -> None:
    response = await send(door, [PREDICT, COUNT, PREDICT])
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == [predicted(1), {"data": {"requests": {"totalCount": 1}}}, predicted(2)]


async def test_one_that_fails_does_not_keep_the_others_from_running(door: Door) -> None:
    operations = [PREDICT, {"query": "{ no }"}, {"query": ""}, {"query": "{", "variables": None}, PREDICT]
    for accept in ("application/json", GRAPHQL):
        before = (await door.data("{ requests { totalCount } }"))["requests"]["totalCount"]
        async with replace(door, limits=GraphLimits(batch=5)).http() as client:
            response = await client.post("/graphql", json=operations, headers={"accept": accept})
        assert response.status_code == 200
        first, *wrong, last = response.json()
        assert (first, last) == (predicted(before + 1), predicted(before + 2))
        assert [[error["extensions"]["code"] for error in one["errors"]] for one in wrong] == [
            ["GRAPHQL_VALIDATION_FAILED"],
            ["BAD_REQUEST"],
            ["GRAPHQL_PARSE_FAILED"],
        ]
        assert ["data" in one for one in wrong] == [False, False, False]


@pytest.mark.parametrize("count", [0, 4, 500])
async def test_a_list_of_another_length_is_refused_whole(door: Door, count: int) -> None:
    response = await send(door, [PREDICT] * count)
    assert response.status_code == 400
    (error,) = response.json()["errors"]
    assert error["message"] == (
        f"a list must hold 1 to 3 operations (ARBITER_MAX_BATCH), not {count}; "
        "predictBatch takes many rows in one operation"
    )
    assert await door.data("{ requests { totalCount } }") == {"requests": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (1, "operation 1 of the list must be a JSON object"),
        ([NAME], "operation 1 of the list must be a JSON object"),
        ({}, "operation 1 of the list: query is absent: send an operation in it"),
        ({"query": 1}, "operation 1 of the list: query must be a text"),
        ({"query": "{ x }", "variables": []}, "operation 1 of the list: variables must be an object or null"),
    ],
)
async def test_a_list_with_something_that_is_no_operation_is_refused_before_any_runs(
    door: Door, wrong: object, says: str
) -> None:
    response = await send(door, [PREDICT, wrong])
    assert (response.status_code, [error["message"] for error in response.json()["errors"]]) == (400, [says])
    assert await door.data("{ requests { totalCount } }") == {"requests": {"totalCount": 0}}


async def test_the_objects_of_all_operations_count_together(door: Door) -> None:
    page = {"query": "{ algorithms(first: 40) { nodes { name } } }"}
    first, second, third = (await send(door, [page, page, page], nodes=100)).json()
    assert "errors" not in first
    assert "errors" not in second
    assert "may list more than 100 objects together" in third["errors"][0]["message"]


async def test_what_one_operation_loaded_is_not_kept_for_the_next(door: Door) -> None:
    algorithm = (await door.data("{ algorithms(status: TESTING) { nodes { id } } }"))["algorithms"]
    changed = algorithm["nodes"][0]["id"]
    read = {"query": f'{{ node(id: "{changed}") {{ ... on Algorithm {{ status }} }} }}'}
    write = {
        "query": f'mutation {{ setAlgorithmStatus(input: {{algorithm: "{changed}", status: PRODUCTION}}) '
        "{ userErrors { code } } }"
    }
    answers = (await send(door, [read, write, read])).json()
    assert [answers[0], answers[2]] == [
        {"data": {"node": {"status": "TESTING"}}},
        {"data": {"node": {"status": "PRODUCTION"}}},
    ]


async def test_the_body_of_a_list_is_bounded_like_any_other(door: Door) -> None:
    response = await send(door, [NAME, NAME], body=60)
    assert response.status_code == 413


async def test_the_costs_of_all_operations_are_bounded_together(door: Door) -> None:
    page = {"query": "{ algorithms(first: 40) { nodes { name } } }"}
    alone = (await send(door, [page], cost=10)).json()[0]["errors"][0]["extensions"]["cost"]
    first, second, third = (await send(door, [page, page, page], cost=2 * alone)).json()
    assert "errors" not in first
    assert "errors" not in second
    (error,) = third["errors"]
    assert error["extensions"]["code"] == "COST_LIMIT_EXCEEDED"
    assert error["message"].startswith(
        f"The operation costs {alone} points after {2 * alone} of those before it in the list, "
        f"at most {2 * alone} are allowed."
    )


async def test_the_budget_pays_for_each_operation_and_429_says_that_none_is_left(door: Door) -> None:
    page = {"query": "{ algorithms(first: 40) { nodes { name } } }"}
    alone = (await send(door, [page], cost=10)).json()[0]["errors"][0]["extensions"]["cost"]
    poor = replace(door, services=replace(door.services, budgets=Budgets(2 * alone, 1.0, timer=lambda: 0.0)))
    first = await send(poor, [page, page, page])
    assert (first.status_code, "retry-after" in first.headers) == (200, False)
    assert ["errors" in answer for answer in first.json()] == [False, False, True]
    none = await send(poor, [page, page])
    assert (none.status_code, none.headers["retry-after"]) == (429, "1")
    codes = [answer["errors"][0]["extensions"]["code"] for answer in none.json()]
    assert codes == ["RATE_LIMITED", "RATE_LIMITED"]
