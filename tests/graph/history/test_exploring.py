"""What an analyst asks: the surest wrong answers, the worst groups, bins, and what there is to filter by."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import Statements
from tests.graph.conftest import Door, of_operations
from tests.graph.history.test_aggregates import ask

LIST = """query ($order: RequestOrderBy!, $after: String, $where: RequestWhere) {
  requests(orderBy: $order, first: 2, after: $after, where: $where) {
    nodes { requestId probability confidence value residual } pageInfo { hasNextPage endCursor } } }"""
GROUPS = """query ($where: RequestWhere, $by: [RequestGroupKey!], $bins: RequestBins, $order: RequestGroupOrder,
    $least: Int! = 0, $first: Int! = 100) {
  requests(where: $where) {
    groupedAggregates(by: $by, bins: $bins, orderBy: $order, minScored: $least, first: $first) {
      groupsAreCapped
      groups { bin { min max } outcome correct label algorithm { name } aggregate { count accuracy } } } } }"""


@pytest.fixture
async def busy(door_to_each: Door) -> Door:
    door = door_to_each
    await ask(
        door, "levels", (5, "high"), (-5, "high"), (6, "low"), (7, None), (666, "low"), ({"x": 1}, "low")
    )
    await ask(door, "levels", (5, "high"), (15, "low"), status="testing")
    await ask(door, "heights", (1, "1"), (2, "6"), (3, None), (-9, "9"))
    return door


async def walk(door: Door, order: str, **more: Any) -> list[dict[str, Any]]:
    """The whole list, page by page."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await door.data(LIST, order=order, after=after, **more))["requests"]
        found += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


@pytest.mark.parametrize(
    ("order", "value"),
    [
        ("PROBABILITY", lambda one: one["probability"]),
        ("CONFIDENCE", lambda one: one["confidence"]),
        ("VALUE", lambda one: one["value"]),
        ("ERROR", lambda one: None if one["residual"] is None else abs(one["residual"])),
    ],
)
async def test_pages_in_order_of_a_number_hold_each_request_once(busy: Door, order: str, value: Any) -> None:
    for direction, sign in (("DESC", -1), ("ASC", 1)):
        found = await walk(busy, f"{order}_{direction}")
        keys = [
            (value(one) is None, sign * (value(one) or 0.0), sign * int(one["requestId"])) for one in found
        ]
        assert keys == sorted(keys)
        assert len({one["requestId"] for one in found}) == len(found) == 12


async def test_a_page_in_order_of_a_number_is_one_statement(busy: Door, statements: Statements) -> None:
    for where in (None, {"correct": False, "endpoint": "levels"}, {"bothArms": {"disagree": True}}):
        with statements() as sql:
            await busy.data(LIST, order="CONFIDENCE_DESC", where=where)
        assert len(of_operations(sql)) == 1


async def test_a_cursor_of_another_order_or_without_a_number_is_refused(busy: Door) -> None:
    page = (await busy.data(LIST, order="VALUE_ASC"))["requests"]["pageInfo"]
    answer = await busy.post(LIST, order="VALUE_DESC", after=page["endCursor"])
    assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def groups(door: Door, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await door.data(GROUPS, **variables))["requests"]["groupedAggregates"][
        "groups"
    ]
    return found


async def test_the_worst_algorithm_comes_first_and_too_small_ones_not_at_all(
    busy: Door, statements: Statements
) -> None:
    where = {"endpoint": "levels"}
    order = {"figure": "ACCURACY", "direction": "ASC"}
    with statements() as sql:
        found = await groups(busy, where=where, by=["ALGORITHM"], order=order, first=2)
    assert len(of_operations(sql)) == 1
    accuracies = [one["aggregate"]["accuracy"] for one in found]
    assert accuracies == sorted(accuracies)
    least = await groups(busy, where=where, by=["ALGORITHM"], order=order, least=3)
    assert len(least) == 1


async def test_outcomes_and_right_answers_are_counted(busy: Door) -> None:
    found = await groups(busy, by=["OUTCOME"])
    assert [(one["outcome"], one["aggregate"]["count"]) for one in found] == [("ERROR", 2), ("OK", 10)]
    found = await groups(busy, by=["CORRECT"])
    assert sum(one["aggregate"]["count"] for one in found) == 12
    assert [one["correct"] for one in found] == [False, True, None]


async def test_bins_of_equal_width_meet_at_the_decimals_that_were_written(busy: Door) -> None:
    found = await groups(busy, bins={"of": "VALUE", "count": 3, "min": 0, "max": 0.3})
    assert {(one["bin"] or {"min": "none"})["min"] for one in found} <= {None, 0.0, 0.1, 0.2, 0.3, "none"}
    found = await groups(busy, bins={"of": "CONFIDENCE"}, where={"endpoint": "levels", "outcome": "OK"})
    assert all(one["bin"]["max"] - one["bin"]["min"] < 0.11 for one in found)


@pytest.mark.parametrize(
    ("bins", "words"),
    [
        ({"of": "VALUE"}, "say min and max"),
        ({"of": "VALUE", "min": 1, "max": 1}, "min must be below max"),
        ({"of": "VALUE", "min": 0, "max": 1, "count": 0}, "count must be between 1 and 100, got 0"),
        ({"of": "VALUE", "min": 0, "max": 1, "count": 101}, "count must be between 1 and 100, got 101"),
        ({"of": "VALUE", "min": 0, "max": 5e-324, "count": 2}, "no 2 numbers lie between"),
        ({"of": "VALUE", "edges": [1]}, "edges must be 2 to 101, got 1"),
        ({"of": "VALUE", "edges": [1, 1]}, "edges must be finite and ascend"),
        ({"of": "VALUE", "edges": [0, 1], "count": 2}, "give edges, or count, min and max"),
        ({"of": "FEATURE", "edges": [0, 1]}, "go together"),
        ({"of": "VALUE", "feature": "x", "edges": [0, 1]}, "go together"),
        (
            {"of": "FEATURE", "feature": "x", "edges": [0, 1]},
            "no endpoint declares the feature 'x' as indexed",
        ),
    ],
)
async def test_bins_that_are_none_are_refused_with_the_cure(
    door: Door, statements: Statements, bins: dict[str, Any], words: str
) -> None:
    with statements() as sql:
        answer = await door.post(GROUPS, bins=bins)
    (error,) = answer["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert words in error["message"]
    assert of_operations(sql) == []


async def test_a_least_number_below_nothing_is_refused(door: Door) -> None:
    (error,) = (await door.post(GROUPS, by=["LABEL"], least=-1))["errors"]
    assert "minScored must be 0 or more, got -1" in error["message"]
