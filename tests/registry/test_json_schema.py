"""The JSON Schema of an endpoint and our own check of a row say the same, by a validator that is not ours."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from domain.errors import InvalidFeatures
from domain.words import JSONValue
from registry.discovery import discover_endpoints
from registry.endpoints import EndpointSpec
from tests.graph.odd_world import ODD

SPECS = [*discover_endpoints(entry_points=False).values(), ODD]
VALIDATORS = {spec.name: Draft202012Validator(spec.json_schema()) for spec in SPECS}
each_endpoint = pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)


def is_row(spec: EndpointSpec, row: JSONValue) -> bool:
    try:
        spec.features.validate(row)
    except InvalidFeatures:
        return False
    return True


@each_endpoint
def test_the_schema_is_one_of_the_draft_and_its_example_is_valid(spec: EndpointSpec) -> None:
    schema = spec.json_schema()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)
    assert (schema["title"], schema["description"]) == (spec.name, spec.description)
    assert schema["examples"] == [spec.example]
    assert VALIDATORS[spec.name].is_valid(spec.example)


@each_endpoint
def test_each_property_tells_range_unit_texts_and_meaning(spec: EndpointSpec) -> None:
    properties = cast("dict[str, dict[str, Any]]", spec.json_schema()["properties"])
    assert list(properties) == list(spec.features.names)
    for feature in spec.features.features:
        found = properties[feature.name]
        assert found.get("x-unit") == feature.unit
        assert found.get("description", "") == feature.description
        if feature.categories is not None:
            assert found["enum"] == [*feature.categories, *([None] if feature.nullable else [])]
        elif feature.type in ("number", "integer"):
            assert (found["minimum"], found["maximum"]) == feature.bounds


@each_endpoint
def test_a_row_without_a_required_feature_or_with_an_unknown_one_is_invalid(spec: EndpointSpec) -> None:
    for feature in spec.features.features:
        row = {name: value for name, value in spec.example.items() if name != feature.name}
        assert VALIDATORS[spec.name].is_valid(row) is not feature.required
    assert not VALIDATORS[spec.name].is_valid({**spec.example, "unknown": 1})


@each_endpoint
def test_a_value_outside_the_range_or_the_texts_is_invalid(spec: EndpointSpec) -> None:
    for feature in spec.features.features:
        low, high = feature.bounds
        bad: list[JSONValue] = (
            ["no such text"] if feature.categories else [low - abs(low) - 1, high + abs(high) + 1]
        )
        if feature.type == "category" and not feature.categories:
            bad = ["x" * 1001, 1]
        for value in bad:
            assert not VALIDATORS[spec.name].is_valid({**spec.example, feature.name: value})


VALUES: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.sampled_from([0, 1, 0.0, 1.0, 37, 120, 121, 168.0, "Private", "HS-grad", "<=50K", [], {}])
)


@given(st.data())
def test_the_schema_allows_a_row_where_we_do(data: st.DataObject) -> None:
    spec = data.draw(st.sampled_from(SPECS))
    row: dict[str, JSONValue] = dict(spec.example)
    for name in data.draw(st.lists(st.sampled_from([*spec.features.names, "unknown"]), max_size=3)):
        row[name] = data.draw(VALUES)
    for name in data.draw(st.lists(st.sampled_from(spec.features.names), max_size=1)):
        row.pop(name, None)
    assert VALIDATORS[spec.name].is_valid(row) is is_row(spec, row)
