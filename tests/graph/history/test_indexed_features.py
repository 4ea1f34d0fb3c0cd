"""History searched and grouped by features: declared as indexed, and private where an endpoint says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from domain.callers import Scope
from orm.connection.database import Database
from registry.discovery import Registry
from registry.endpoints import EndpointSpec
from registry.features import FeatureSchema
from tests.conftest import Statements
from tests.graph.conftest import Door, of_operations
from tests.serving.world import (
    HEIGHTS,
    LEVELS,
    AtZero,
    Dice,
    PlusOne,
    command,
    registered,
    row,
    services_on,
)


def indexed(spec: EndpointSpec, *names: str, private: str = "") -> EndpointSpec:
    """The endpoint with these features indexed, and one of them private."""
    features = [
        replace(one, indexed=one.name in names, private=one.name == private) for one in spec.features.features
    ]
    return replace(spec, features=FeatureSchema(features))


async def opened(url: str, levels: EndpointSpec, heights: EndpointSpec) -> Door:
    registry = Registry(
        {"levels": levels, "heights": heights}, (registered(AtZero, levels), registered(PlusOne, heights)), ()
    )
    services = services_on(await Database.open(url), registry, Dice())
    await services.start()
    for endpoint, x, colour in (
        ("levels", 1, "red"),
        ("levels", 5, "blue"),
        ("heights", 5, "red"),
        ("heights", None, "blue"),
    ):
        await services.predictor.predict(command(row(x, colour), endpoint=endpoint))
    return Door(services)


@pytest.fixture
async def door(database_url: str) -> AsyncIterator[Door]:
    """`colour` and `x` are indexed for levels; for heights only `x`, and there it is private."""
    found = await opened(
        database_url, indexed(LEVELS, "colour", "x"), indexed(HEIGHTS, "x", "colour", private="x")
    )
    yield found
    await found.services.stop()


SEARCH = "query ($where: RequestWhere) { requests(where: $where) { nodes { value label } totalCount } }"
GROUP = """query ($feature: String!) { requests { groupedAggregates(by: FEATURE, feature: $feature) {
  groups { featureText featureNumber aggregate { count } }
} } }"""


async def answers(door: Door, *features: dict[str, Any]) -> list[float | str]:
    found = (await door.data(SEARCH, where={"feature": list(features)}))["requests"]
    assert found["totalCount"] == len(found["nodes"])
    return [node["label"] or node["value"] for node in found["nodes"]]


async def test_texts_and_numbers_of_indexed_features_are_searched(door: Door) -> None:
    assert await answers(door, {"name": "colour", "text": "red"}) == [6.0, "high"]
    assert await answers(
        door, {"name": "colour", "text": ["red", "blue"]}, {"name": "x", "number": {"min": 2}}
    ) == [
        6.0,
        "high",
    ]
    assert await answers(door, {"name": "x", "number": {"max": 1}}) == ["high"]
    assert await answers(door, {"name": "x"}) == [6.0, "high", "high"]
    assert await answers(door, {"name": "colour", "number": {"min": 0}}) == []


async def test_requests_are_grouped_by_a_feature(door: Door) -> None:
    shown = []
    for feature in ("colour", "x"):
        groups = (await door.data(GROUP, feature=feature))["requests"]["groupedAggregates"]["groups"]
        shown.append([(g["featureText"], g["featureNumber"], g["aggregate"]["count"]) for g in groups])
    assert shown == [
        [("blue", None, 2), ("red", None, 2)],
        [(None, 1.0, 1), (None, 5.0, 2), (None, None, 1)],
    ]


async def test_without_read_private_the_private_values_are_neither_found_nor_grouped(door: Door) -> None:
    reader = door.seen_by(Scope.READ)
    assert await answers(reader, {"name": "x", "number": {"min": 2}}) == ["high"]
    assert await answers(reader, {"name": "colour", "text": "red"}) == [6.0, "high"]
    groups = (await reader.data(GROUP, feature="x"))["requests"]["groupedAggregates"]["groups"]
    assert [(g["featureNumber"], g["aggregate"]["count"]) for g in groups] == [(1.0, 1), (5.0, 1), (None, 2)]
    hidden = {"not": {"feature": {"name": "x", "number": {"min": 2}}}, "endpoint": "heights"}
    assert (await reader.data(SEARCH, where=hidden))["requests"]["totalCount"] == 2


async def test_a_feature_that_is_private_everywhere_is_refused(
    database_url: str, statements: Statements
) -> None:
    door = await opened(database_url, indexed(LEVELS, "x", private="x"), indexed(HEIGHTS))
    reader = door.seen_by(Scope.READ)
    with statements() as sql:
        for query, variables in (
            (SEARCH, {"where": {"feature": {"name": "x"}}}),
            (SEARCH, {"where": {"or": [{"not": {"feature": {"name": "x"}}}]}}),
            (GROUP, {"feature": "x"}),
        ):
            error = await reader.error(query, **variables)
            assert error["extensions"]["code"] == "FORBIDDEN"
            assert error["message"] == "the feature 'x' is private: using it takes the scope `read:private`."
    assert of_operations(sql) == []
    assert await answers(
        door.seen_by(Scope.READ, Scope.READ_PRIVATE), {"name": "x", "number": {"max": 1}}
    ) == ["high"]
    await door.services.stop()


async def test_a_feature_that_nobody_indexes_is_an_error_that_lists_those_that_are(
    door: Door, statements: Statements
) -> None:
    with statements() as sql:
        error = await door.error(SEARCH, where={"feature": {"name": "size", "text": "L"}})
    assert error["message"] == "no endpoint declares the feature 'size' as indexed; indexed are: colour, x"
    assert error["extensions"]["argument"] == ["where", "feature", "name"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert of_operations(sql) == []


async def test_conditions_on_features_count_towards_the_size_of_where(door: Door) -> None:
    error = await door.error(SEARCH, where={"feature": [{"name": "x"}] * 100})
    assert error["message"] == "where may hold at most 100 filters within each other"
