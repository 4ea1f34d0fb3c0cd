"""What breaks callers when an endpoint.json is changed, and what does not."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from domain.errors import InvalidManifest
from registry.endpoint_changes import breaking_changes
from registry.endpoints import Breaking, EndpointSpec, endpoint_of
from registry.json_documents import JSONDocument
from tests.registry.conftest import ENDPOINT


def spec_of(document: dict[str, Any]) -> EndpointSpec:
    return endpoint_of(JSONDocument(document, "endpoint.json"))


def changed(**features: dict[str, Any]) -> EndpointSpec:
    """The use case with fields of its features changed; `wind` is the one named wind-from."""
    document = copy.deepcopy(ENDPOINT) | {
        "example": {"clouds": 0.5, "hour": 12, "wind-from": None, "holiday": None}
    }
    for feature in document["features"]:
        feature.update(features.get({"wind-from": "wind"}.get(feature["name"], feature["name"]), {}))
    return spec_of(document)


WITHOUT_HOLIDAY = {
    "features": ENDPOINT["features"][:3],
    "example": {"clouds": 1, "hour": 1, "wind-from": None},
}
OLD = changed()


@pytest.mark.parametrize(
    ("new", "told"),
    [
        (changed(clouds={"minimum": 0.5}), ["feature 'clouds' began at 0 and begins at 0.5"]),
        (changed(clouds={"maximum": 0.9}), ["feature 'clouds' ended at 1 and ends at 0.9"]),
        (changed(hour={"nullable": False}), ["feature 'hour' could be null and must be known"]),
        (changed(holiday={"type": "category"}), ["feature 'holiday' was of type boolean and is of type category"]),
        (changed(hour={"unit": "days"}), ["feature 'hour' was in hours and is in days"]),
        (
            changed(wind={"categories": ["west", "north", "up"]}),
            ["feature 'wind-from' no longer takes 'east', 'south'"],
        ),
        (
            spec_of(ENDPOINT | WITHOUT_HOLIDAY),
            ["feature 'holiday' is gone"],
        ),
        (
            spec_of(
                ENDPOINT
                | {
                    "features": [*ENDPOINT["features"], {"name": "rain_before", "type": "boolean"}],
                    "example": ENDPOINT["example"] | {"rain_before": True},
                }
            ),
            ["feature 'rain_before' is new and required; declare it \"required\": false to let old calls pass"],
        ),
        (
            spec_of(ENDPOINT | {"target": {"name": "rain", "classes": ["no", "yes", "snow"]}}),
            [
                "the classes were 'no', 'yes' and are 'no', 'yes', 'snow'",
                "the probability was of class 'yes' and is of None",
            ],
        ),
        (
            spec_of(ENDPOINT | {"kind": "regressor", "target": {"name": "rain", "unit": "mm"}}),
            ["the endpoint was a classifier and is a regressor"],
        ),
    ],
)  # fmt: skip
def test_change_that_breaks_callers_is_told(new: EndpointSpec, told: list[str]) -> None:
    assert breaking_changes(OLD, new) == told


@pytest.mark.parametrize(
    "new",
    [
        OLD,
        changed(clouds={"minimum": None, "description": "Share of the sky."}, hour={"type": "number"}),
        changed(clouds={"required": False}, wind={"categories": ["up", "north", "east", "south", "west"]}),
        changed(wind={"categories": None}),
        spec_of(
            ENDPOINT
            | {
                "features": [
                    *ENDPOINT["features"],
                    {"name": "rain_before", "type": "boolean", "required": False},
                ]
            }
        ),
    ],
)
def test_change_that_takes_all_that_was_taken_breaks_nobody(new: EndpointSpec) -> None:
    assert breaking_changes(OLD, new) == []


def test_open_category_that_gets_a_list_or_an_index_breaks_callers() -> None:
    any_text = changed(wind={"categories": None})
    assert breaking_changes(any_text, OLD) == [
        "feature 'wind-from' took any text and takes only 'north', 'east', 'south', 'west'"
    ]
    assert breaking_changes(any_text, changed(wind={"categories": None, "indexed": True})) == [
        "feature 'wind-from' took 1000 characters and takes 256"
    ]


def test_reason_of_a_breaking_change_stands_beside_the_declaration_and_not_in_its_digest() -> None:
    declared = spec_of(
        dict(OLD.declaration) | {"breaking": {"reason": "hours are days now", "of": OLD.digest}}
    )
    assert declared.breaking == Breaking("hours are days now", OLD.digest)
    assert declared.digest == OLD.digest
    assert changed(hour={"unit": "days"}).digest != OLD.digest
    with pytest.raises(InvalidManifest, match="breaking: 'reason' must be a text that is not empty"):
        spec_of(ENDPOINT | {"breaking": {"of": OLD.digest}})
