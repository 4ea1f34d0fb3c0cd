"""Every list is walked from either end: the same rows, and pages that say exactly where they lie."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLObjectType, get_named_type

from graph.operation.limits import GraphLimits
from graph.schema import Schema
from tests.conftest import Statements
from tests.graph.ab_tests.test_result import DISPUTED, create, predict
from tests.graph.conftest import Door, of_operations
from tests.serving.jobs.orders import order

SHOWN = (
    "edges { cursor node { ID } } nodes { ID } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
)
NAMED_BY = {"feedbackQueue": "request { requestId }", "jobs": "jobId"}
ROOTS = {
    "Query": ("", ()),
    "Endpoint": ('endpoint(name: "levels") {', ("endpoint",)),
    "Algorithm": ('algorithm(id: "1") {', ("algorithm",)),
    "ABTest": ('abTest(id: "$test") {', ("abTest",)),
}
STATEMENTS = {
    "Query.abTests": 1,
    "Query.algorithms": 0,
    "Query.endpoints": 0,
    "Query.feedbackQueue": 3,
    "Query.jobs": 1,
    "Query.requests": 1,
    "Query.statuses": 1,
    "Endpoint.abTests": 1,
    "Endpoint.algorithms": 0,
    "Endpoint.requests": 1,
    "Algorithm.requests": 1,
    "Algorithm.statuses": 1,
    "ABTest.requests": 2,
}
"""Each list of the schema, and how many statements a page of it takes, forwards or backwards."""


def lists() -> dict[str, set[str]]:
    """The fields of the schema that give a connection, and the arguments of each."""
    found = {}
    for type_ in Schema(GraphLimits())._schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                named = get_named_type(field.type)
                if isinstance(named, GraphQLObjectType) and {"edges", "pageInfo"} <= named.fields.keys():
                    found[f"{type_.name}.{name}"] = set(field.args)
    return found


def test_every_list_takes_the_arguments_of_both_directions() -> None:
    found = lists()
    assert found.keys() == STATEMENTS.keys()
    assert [name for name, args in found.items() if not {"first", "after", "last", "before"} <= args] == []


@pytest.fixture
async def full(door_to_each: Door) -> tuple[Door, str]:
    """At least two rows in each list, and the id of a test that has requests."""
    door = door_to_each
    for _ in range(3):
        await _cancel(door, await create(door, "1", "2"))
    test = await create(door, "1", "2")
    await predict(door, [DISPUTED] * 5)
    for _ in range(3):
        await order(door.services, 1)
    return door, test


async def _cancel(door: Door, test: str) -> None:
    await door.data("mutation ($id: ID!) { cancelABTest(input: {id: $id}) { abTest { id } } }", id=test)


async def page(door: Door, place: str, test: str, arguments: str) -> dict[str, Any]:
    type_, _, field = place.partition(".")
    before, path = ROOTS[type_]
    of_queue = field == "feedbackQueue"
    more = f'abTest: "{test}", ' if of_queue else ""
    shown = SHOWN.replace("ID", NAMED_BY.get(field, "id"))
    closing = " }" * len(path)
    found: Any = await door.data(
        f"{{ {before.replace('$test', test)} {field}({more}{arguments}) {{ {shown} }}{closing} }}"
    )
    for name in (*path, field):
        found = found[name]
    assert [edge["node"] for edge in found["edges"]] == found["nodes"]
    return dict(found)


@pytest.mark.parametrize("place", STATEMENTS)
@pytest.mark.matrix
async def test_a_list_walked_backwards_is_the_list_walked_forwards(
    full: tuple[Door, str], statements: Statements, place: str
) -> None:
    door, test = full
    whole = (await page(door, place, test, "first: 100"))["edges"]
    assert len(whole) >= 2
    size = 2
    forwards: list[Any] = []
    while len(forwards) < len(whole):
        cursor = f', after: "{forwards[-1]["cursor"]}"' if forwards else ""
        with statements() as sql:
            one = await page(door, place, test, f"first: {size}{cursor}")
        assert len(of_operations(sql)) == STATEMENTS[place]
        _exact(one, whole, len(forwards))
        forwards += one["edges"]
    backwards: list[Any] = []
    while len(backwards) < len(whole):
        cursor = f', before: "{backwards[0]["cursor"]}"' if backwards else ""
        with statements() as sql:
            one = await page(door, place, test, f"last: {size}{cursor}")
        assert len(of_operations(sql)) == STATEMENTS[place]
        _exact(one, whole, len(whole) - len(backwards) - len(one["edges"]))
        backwards = one["edges"] + backwards
    assert forwards == backwards == whole


def _exact(one: dict[str, Any], whole: list[Any], begin: int) -> None:
    """This page is the part of the whole list that begins there, and knows it."""
    edges = one["edges"]
    assert edges == whole[begin : begin + len(edges)]
    assert one["pageInfo"] == {
        "hasNextPage": begin + len(edges) < len(whole),
        "hasPreviousPage": begin > 0,
        "startCursor": edges[0]["cursor"],
        "endCursor": edges[-1]["cursor"],
    }


async def test_the_queue_is_cut_between_two_cursors_from_either_end(full: tuple[Door, str]) -> None:
    door, test = full
    edges = (await page(door, "Query.feedbackQueue", test, "first: 100"))["edges"]
    between = f'after: "{edges[0]["cursor"]}", before: "{edges[4]["cursor"]}"'
    first = await page(door, "Query.feedbackQueue", test, f"first: 2, {between}")
    last = await page(door, "Query.feedbackQueue", test, f"last: 2, {between}")
    assert (first["edges"], last["edges"]) == (edges[1:3], edges[2:4])
