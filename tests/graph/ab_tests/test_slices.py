"""A challenger that wins on the whole and loses for some: the slices show it, and only to whom they may."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.callers import Scope
from domain.words import JSONValue
from orm.connection.database import Database
from registry.discovery import Registry
from registry.endpoints import endpoint_of
from registry.json_documents import JSONDocument
from tests.graph.conftest import Door
from tests.serving.world import AtTen, AtZero, Dice, registered, services_on

DECLARED: dict[str, JSONValue] = {
    "name": "levels",
    "kind": "classifier",
    "owner": "tests",
    "description": "A use case of the tests.",
    "target": {"name": "truth", "classes": ["low", "high"], "positive_class": "high"},
    "features": [
        {"name": "x", "type": "number", "description": "What counts.", "minimum": -1e6, "maximum": 1e6},
        {"name": "colour", "type": "category", "categories": ["red", "blue"], "description": "A slice.",
         "indexed": True, "nullable": True},
        {"name": "faith", "type": "number", "description": "Nobody's business.", "indexed": True, "private": True,
         "nullable": True},
    ],
    "example": {"x": 1.0, "colour": "red", "faith": 1},
}  # fmt: skip
SPEC = endpoint_of(JSONDocument(DECLARED, "levels/endpoint.json"))

SLICES = """
query ($id: ID!, $feature: String!) {
  abTest(id: $id) {
    slices(feature: $feature) { feature value feedback champion challenger difference eValue worse }
    worstSlice { feature value difference worse }
  }
}
"""


@pytest.fixture
async def door(database_url: str, dice: Dice) -> AsyncIterator[Door]:
    """A door to services whose endpoint has two indexed features, one of them private; on each database."""
    registry = Registry({"levels": SPEC}, (registered(AtZero, SPEC), registered(AtTen, SPEC)), ())
    services = services_on(await Database.open(database_url), registry, dice)
    await services.start()
    yield Door(services)
    await services.stop()


async def running(door: Door, dice: Dice) -> str:
    """For reds the challenger is right 60 times alone, for blues the champion 20 times; two have no colour."""
    created = await door.data(
        'mutation { createABTest(input: {title: "t", algorithms: [1, 2], autoDecide: false}) { abTest { id } } }'
    )
    dice.numbers = [0.9, 0.1] * 41
    colours = ["red"] * 60 + ["blue"] * 20 + [None] * 2
    rows = [{"x": 5, "colour": colour, "faith": 1} for colour in colours]
    asked = await door.data(
        """mutation ($rows: [JSON!]!) { predictBatch(input: {endpoint: "levels", rows: $rows}) {
          results { request { requestId } } } }""",
        rows=rows,
    )
    truths = ["low"] * 60 + ["high"] * 20 + ["low"] * 2
    items = [
        {"requestId": one["request"]["requestId"], "feedback": truth}
        for one, truth in zip(asked["predictBatch"]["results"], truths, strict=True)
    ]
    await door.data(
        """mutation ($items: [GiveFeedbackInput!]!) {
          giveFeedbackBatch(input: {items: $items}) { userErrors { code } }
        }""",
        items=items,
    )
    return str(created["createABTest"]["abTest"]["id"])


async def test_slices_tell_for_whom_the_challenger_is_worse(door: Door, dice: Dice) -> None:
    id = await running(door, dice)
    found = (await door.data(SLICES, id=id, feature="colour"))["abTest"]
    shown: list[dict[str, Any]] = found["slices"]
    assert [
        (one["value"], one["feedback"], one["champion"], one["challenger"], one["difference"], one["worse"])
        for one in shown
    ] == [
        ("red", 60, 0.0, 1.0, 1.0, False),
        ("blue", 20, 1.0, 0.0, -1.0, True),
        (None, 2, 0.0, 1.0, 1.0, False),
    ]
    assert [one["eValue"] > 20 for one in shown] == [True, True, False]
    assert found["worstSlice"] == {"feature": "colour", "value": "blue", "difference": -1.0, "worse": True}


async def test_a_value_of_a_private_feature_is_shown_to_who_may_see_it_only(door: Door, dice: Dice) -> None:
    id = await running(door, dice)
    (one,) = (await door.data(SLICES, id=id, feature="faith"))["abTest"]["slices"]
    assert (one["value"], one["feedback"]) == ("1", 82)
    error = await door.seen_by(Scope.READ).error(SLICES, id=id, feature="faith")
    assert error["extensions"]["code"] == "FORBIDDEN"
    public = (await door.seen_by(Scope.READ).data(SLICES, id=id, feature="colour"))["abTest"]
    assert public["worstSlice"]["feature"] == "colour"


async def test_a_feature_that_is_not_indexed_is_refused_with_those_that_are(door: Door, dice: Dice) -> None:
    id = await running(door, dice)
    error = await door.error(SLICES, id=id, feature="x")
    assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", ["feature"])
    assert error["message"] == (
        "the endpoint of A/B test 1 does not declare the feature 'x' as indexed; indexed are: colour, faith"
    )
