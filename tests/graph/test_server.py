from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from arbiter.app import graph_options_of
from arbiter.settings import Settings
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions
from serving.callers.budgets import Budgets
from tests.graph.conftest import Door

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LIST = "query ($n: Int) { endpoints(first: $n) { nodes { name } } }"
PREDICT = (
    'mutation { predict(input: {endpoint: "levels", features: {x: 1, colour: "red"}}) { request { id } } }'
)
RATE = "{ rateLimit { cost maximum limit remaining refillPerSecond resetAt } }"
GRAPHQL = "application/graphql-response+json"


class Watch:
    """A timer that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def bounded(door: Door, watch: Watch) -> Door:
    """A door where each caller has 50 points, and 10 more every second."""
    services = replace(door.services, budgets=Budgets(50, 10.0, timer=watch), clock=lambda: NOW)
    return replace(door, services=services)


async def post(
    door: Door, query: str, *, headers: dict[str, str] | None = None, **variables: Any
) -> httpx.Response:
    async with door.http() as client:
        return await client.post(
            "/graphql", json={"query": query, "variables": variables}, headers=headers or {}
        )


async def count(door: Door) -> int:
    requests = await replace(door, services=replace(door.services, budgets=Budgets())).data(
        "{ requests { totalCount } }"
    )
    found: int = requests["requests"]["totalCount"]
    return found


async def test_the_budget_can_be_asked_for(bounded: Door) -> None:
    await post(bounded, LIST, n=8)
    assert await bounded.data(RATE) == {
        "rateLimit": {
            "cost": 1,
            "maximum": 50,
            "limit": 50,
            "remaining": 39,
            "refillPerSecond": 10.0,
            "resetAt": "2026-11-23T12:00:01.100000+00:00",
        }
    }


async def test_without_a_budget_only_the_cost_is_known(door: Door) -> None:
    assert await door.data(RATE) == {
        "rateLimit": {
            "cost": 1,
            "maximum": 100_000,
            "limit": None,
            "remaining": None,
            "refillPerSecond": None,
            "resetAt": None,
        }
    }


async def test_a_spent_budget_is_429_with_the_seconds_to_wait_and_nothing_runs(
    bounded: Door, watch: Watch
) -> None:
    for _ in range(16):
        assert (await post(bounded, PREDICT)).status_code == 200
    assert await count(bounded) == 16
    response = await post(bounded, PREDICT)
    assert (response.status_code, response.headers["retry-after"]) == (429, "1")
    assert response.json() == {
        "errors": [
            {
                "message": "this costs 3 points and 2 are left of 50: come back in 1 s, or ask for less; "
                "10 points come back every second",
                "extensions": {"code": "RATE_LIMITED", "retryAfter": 1},
            }
        ]
    }
    newer = await post(bounded, PREDICT, headers={"accept": GRAPHQL})
    assert (newer.status_code, newer.headers["content-type"]) == (429, f"{GRAPHQL}; charset=utf-8")
    assert await count(bounded) == 16
    watch.now += 1
    assert (await post(bounded, PREDICT)).status_code == 200
    assert await count(bounded) == 17


async def test_junk_costs_a_point_and_the_broke_are_refused_without_parsing(
    bounded: Door, watch: Watch
) -> None:
    for query in ("{", "{ nothing }"):
        assert (await post(bounded, query)).status_code == 200
    assert (await bounded.data(RATE))["rateLimit"]["remaining"] == 50 - 3
    for _ in range(47):
        await post(bounded, "{")
    refused = await post(bounded, "{")
    assert refused.status_code == 429
    assert refused.json()["errors"][0]["extensions"] == {"code": "RATE_LIMITED", "retryAfter": 1}


async def test_each_caller_has_a_budget_of_its_own(bounded: Door) -> None:
    assert (await post(bounded, LIST, n=40)).status_code == 200
    assert (await post(bounded, LIST, n=40)).status_code == 429
    assert (await post(bounded.seen_by(*bounded.principal.scopes), LIST, n=40)).status_code == 200


async def test_an_operation_that_costs_too_much_is_refused_before_it_runs(door: Door) -> None:
    small = replace(door, limits=GraphLimits(cost=100))
    text = "query ($n: Int) { endpoints(first: 4) { nodes { requests(first: $n) { nodes { id } } } } }"
    assert "errors" not in (await post(small, text, n=10)).json()
    response = await post(small, text, n=100)
    assert response.status_code == 200
    assert response.json() == {
        "errors": [
            {
                "message": "The operation costs 414 points, at most 100 are allowed. 400 of them are for "
                "`endpoints.nodes.requests.nodes`: ask for smaller pages there, for fewer lists within lists, or in "
                "several operations.",
                "extensions": {
                    "code": "COST_LIMIT_EXCEEDED",
                    "cost": 414,
                    "limit": 100,
                    "field": "endpoints.nodes.requests.nodes",
                },
            }
        ]
    }
    assert (await post(small, text, n=100, headers={"accept": GRAPHQL})).status_code == 400


async def test_what_costs_more_than_the_whole_budget_is_too_dear_and_not_too_early(bounded: Door) -> None:
    response = await post(bounded, LIST, n=100)
    assert response.status_code == 200
    (error,) = response.json()["errors"]
    assert (error["extensions"]["code"], error["extensions"]["limit"]) == ("COST_LIMIT_EXCEEDED", 50)
    assert (await bounded.data(RATE))["rateLimit"]["remaining"] == 49


async def test_the_cost_is_shown_to_those_who_ask(bounded: Door) -> None:
    assert "extensions" not in (await post(bounded, LIST, n=3)).json()
    response = await post(bounded, LIST, n=3, headers={"GraphQL-Cost": "1"})
    assert response.json()["extensions"] == {
        "cost": {
            "requested": 5,
            "limit": 50,
            "budget": {
                "limit": 50,
                "remaining": 40,
                "refillPerSecond": 10.0,
                "resetAt": "2026-11-23T12:00:01+00:00",
            },
        }
    }


async def test_the_cost_without_a_budget_is_shown_too(door: Door) -> None:
    response = await post(door, LIST, n=3, headers={"graphql-cost": ""})
    assert response.json()["extensions"] == {"cost": {"requested": 5, "limit": 100_000, "budget": None}}


def test_those_who_ask_see_the_cost() -> None:
    assert graph_options_of(Settings.load()).show_cost is GraphOptions().show_cost is None


async def test_a_subscriber_pays_for_the_start_and_the_broke_are_refused(bounded: Door) -> None:
    follow = "subscription { requestLogged { id } }"
    events = {"accept": "text/event-stream"}
    await post(bounded, LIST, n=38)
    async with bounded.http() as client:
        response = await client.post("/graphql", json={"query": follow}, headers=events)
    assert "RATE_LIMITED" in response.text
    assert (await bounded.data(RATE))["rateLimit"]["remaining"] == 50 - 40 - 1


@pytest.mark.parametrize(
    ("given", "budget"),
    [
        ({}, None),
        ({"budget": 0}, None),
        ({"budget": 7}, 7),
        ({"profile": "public"}, 200_000),
        ({"profile": "public", "budget": 0}, None),
    ],
)
def test_there_is_a_budget_in_public_unless_it_is_switched_off(
    given: dict[str, Any], budget: int | None
) -> None:
    assert Settings(**given).effective_budget == budget
