from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from graph.operation.limits import GraphLimits
from tests.graph.conftest import Door

LIMITS = GraphLimits(
    characters=600,
    tokens=80,
    depth=4,
    aliases=2,
    root_fields=3,
    directives=2,
    operations=2,
    list_items=3,
    cost=100,
    nodes=30,
)
NAME = "viewer { name }"
COMMENT = f"{{ {NAME} }} #"
PREDICT = 'predict(input: {endpoint: "levels", features: {x: 1, colour: "red"}}) { request { id } }'


@pytest.fixture
def narrow(door: Door) -> Door:
    return replace(door, limits=LIMITS)


@pytest.mark.parametrize(
    ("fits", "exceeds", "reason", "found", "limit"),
    [
        (COMMENT + "x" * 579, COMMENT + "x" * 580, "MAX_CHARACTERS", 601, 600),
        (f"{{ viewer {{ {'name ' * 74} }} }}", f"{{ viewer {{ {'name ' * 80} }} }}", "MAX_TOKENS", 85, 80),
        (
            "{ endpoints { nodes { algorithms { pageInfo { endCursor } } } } }",
            "{ endpoints { nodes { algorithms { nodes { endpoint { id } } } } } }",
            "MAX_DEPTH",
            5,
            4,
        ),
        ("{ viewer { a: name b: name } }", "{ viewer { a: name b: name c: name } }", "MAX_ALIASES", 3, 2),
        (
            "{ viewer { name scopes anonymous } server { version } __typename }",
            "{ viewer { name } server { version } rateLimit { cost } __typename }",
            "MAX_ROOT_FIELDS",
            4,
            3,
        ),
        (
            "{ viewer @include(if: true) @skip(if: false) { name } }",
            "{ viewer @include(if: true) @skip(if: false) { name @skip(if: false) } }",
            "MAX_DIRECTIVES",
            3,
            2,
        ),
    ],
)
async def test_each_bound_of_a_document_has_a_reason_of_its_own(
    narrow: Door, fits: str, exceeds: str, reason: str, found: int, limit: int
) -> None:
    assert "data" in await narrow.post(fits)
    answer = await narrow.post(exceeds)
    assert set(answer) == {"errors"}
    (error,) = answer["errors"]
    assert error["extensions"] == {
        "code": "GRAPHQL_VALIDATION_FAILED",
        "reason": reason,
        "found": found,
        "limit": limit,
    }
    assert str(limit) in error["message"]


async def test_a_document_holds_so_many_operations(narrow: Door) -> None:
    two = f"query A {{ {NAME} }} query B {{ {NAME} }}"
    async with narrow.http() as client:
        response = await client.post("/graphql", json={"query": two, "operationName": "B"})
        assert "data" in response.json()
        body = {"query": f"{two} query C {{ {NAME} }}", "operationName": "B"}
        (error,) = (await client.post("/graphql", json=body)).json()["errors"]
    assert error["message"] == "The document has 3 operations, at most 2 are allowed."
    assert error["extensions"] == {
        "code": "GRAPHQL_VALIDATION_FAILED",
        "reason": "MAX_OPERATIONS",
        "found": 3,
        "limit": 2,
    }


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"label": ["a", "b", "c"]}, None),
        ({"label": ["a", "b", "c", "d"]}, 4),
        ({"and": [{"or": [{"label": ["a"] * 5}]}]}, 5),
        ({"and": [{}] * 6}, 6),
    ],
)
async def test_lists_in_variables_are_bounded_wherever_they_are(
    narrow: Door, value: dict[str, Any], found: int | None
) -> None:
    query = "query ($w: RequestWhere) { requests(where: $w, first: 1) { nodes { id } } }"
    answer = await narrow.post(query, w=value)
    if found is None:
        assert "errors" not in answer
        return
    (error,) = answer["errors"]
    assert error["message"] == f"A list in the variable $w has {found} items, at most 3 are allowed."
    assert error["extensions"]["reason"] == "MAX_LIST_ITEMS"


async def test_the_nodes_of_all_lists_are_bounded_as_they_are_asked_for(narrow: Door) -> None:
    query = "{ a: endpoints(first: 10) { pageInfo { endCursor } } b: algorithms(first: 21) { pageInfo { endCursor } } }"
    error = await narrow.error(query)
    assert (error["path"], error["extensions"]["reason"]) == (["b"], "INVALID_PAGE")


async def test_a_deep_introspection_is_refused_with_a_reason_of_its_own(door: Door) -> None:
    deep = "{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }"
    assert (await door.error(deep))["extensions"] == {
        "code": "GRAPHQL_VALIDATION_FAILED",
        "reason": "INTROSPECTION_DEPTH",
    }


@pytest.mark.parametrize(
    "query",
    [
        f"mutation {{ {PREDICT} }} #{'x' * 600}",
        f"mutation {{ a: {PREDICT} b: {PREDICT} c: {PREDICT} }}",
        f"mutation {{ {PREDICT[:-1]} query {{ endpoints(first: 99) {{ nodes {{ id }} }} }} }} }}",
    ],
)
async def test_nothing_runs_of_an_operation_that_exceeds_a_bound(narrow: Door, query: str) -> None:
    assert set(await narrow.post(query)) == {"errors"}
    data = await narrow.data("{ requests(first: 1) { totalCount } }")
    assert data["requests"]["totalCount"] == 0
