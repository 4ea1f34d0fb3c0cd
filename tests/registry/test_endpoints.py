from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domain.errors import InvalidManifest
from domain.words import Kind
from registry.endpoints import load_endpoint
from tests.registry.conftest import ENDPOINT, write_endpoint

TARGET: dict[str, Any] = ENDPOINT["target"]
FEATURES: list[dict[str, Any]] = ENDPOINT["features"]


def test_endpoint_is_read_from_its_file_or_its_folder(tmp_path: Path) -> None:
    path = write_endpoint(tmp_path)
    spec = load_endpoint(path)
    assert spec == load_endpoint(path.parent)
    assert (spec.name, spec.kind, spec.owner, spec.target) == ("umbrella", Kind.CLASSIFIER, "Ada", "rain")
    assert (spec.classes, spec.positive_class, spec.numeric_classes) == (("no", "yes"), "yes", False)
    assert spec.features.names == ("clouds", "hour", "wind-from", "holiday")
    assert spec.features["hour"].unit == "hours"
    assert spec.example == ENDPOINT["example"]


def test_classes_that_are_numbers_are_compared_numerically(tmp_path: Path) -> None:
    target = {"name": "rain", "classes": [0, 1], "positive_class": 1}
    spec = load_endpoint(write_endpoint(tmp_path, target=target))
    assert (spec.classes, spec.positive_class, spec.numeric_classes) == (("0", "1"), "1", True)


def test_more_than_two_classes_need_no_positive_one(tmp_path: Path) -> None:
    target = {"name": "rain", "classes": ["a", "b", "c"]}
    assert load_endpoint(write_endpoint(tmp_path, target=target)).positive_class is None


def test_regressor_has_a_unit_and_no_classes(tmp_path: Path) -> None:
    target = {"name": "rain", "unit": "millimetres"}
    spec = load_endpoint(write_endpoint(tmp_path, kind="regressor", target=target))
    assert (spec.unit, spec.classes, spec.positive_class) == ("millimetres", None, None)


def test_regressor_may_declare_its_largest_error(tmp_path: Path) -> None:
    target = {"name": "rain", "unit": "millimetres", "largest_error": 50}
    assert load_endpoint(write_endpoint(tmp_path, kind="regressor", target=target)).largest_error == 50.0


@pytest.mark.parametrize("largest", [0, -1, 1e13])
def test_a_largest_error_that_bounds_nothing_is_refused(tmp_path: Path, largest: float) -> None:
    target = {"name": "rain", "largest_error": largest}
    with pytest.raises(InvalidManifest, match="'largest_error' must be above 0, from 1e-12 to 1e\\+12"):
        load_endpoint(write_endpoint(tmp_path, kind="regressor", target=target))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"target": {**TARGET, "largest_error": 5}}, "'largest_error' belongs to a regressor; leave it out"),
        ({"name": "no spaces"}, "'name' must begin with a letter"),
        ({"owner": ""}, "'owner' must be a text that is not empty"),
        ({"kind": "oracle"}, "'kind' must be one of 'classifier', 'regressor', not 'oracle'"),
        ({"onwer": "Ada"}, "'onwer' is no field here; did you mean 'owner'?"),
        ({"target": "rain"}, "'target' must be an object"),
        ({"target": {**TARGET, "name": "hour"}}, "is declared as a feature too"),
        ({"target": {**TARGET, "classes": ["yes"]}}, "at least two classes"),
        ({"target": {**TARGET, "classes": ["yes", "yes"]}}, "each once"),
        (
            {"target": {**TARGET, "classes": ["yes", " yes"]}},
            "names 'yes' and ' yes', which ground truth cannot",
        ),
        (
            {"target": {**TARGET, "classes": ["yes", "\u00e9", "e\u0301"]}},
            "in how letters are composed; rename one",
        ),
        (
            {"target": {**TARGET, "classes": [2**53, 2**53 + 1]}},
            "cannot tell apart: they are the same number",
        ),
        ({"target": {**TARGET, "positive_class": "maybe"}}, "'positive_class' must be one of 'classes'"),
        ({"target": {"name": "rain", "classes": ["no", "yes"]}}, "must say which of the two classes"),
        ({"kind": "regressor"}, "'classes' belongs to a classifier"),
        ({"features": []}, "declare at least one"),
        ({"features": {}}, "'features' must be a list of objects"),
        ({"features": [1]}, "number 1 is none"),
        (
            {"features": [{**FEATURES[0], "type": "float"}]},
            "features[clouds]: 'type' must be one of 'number'",
        ),
        (
            {"features": [{**FEATURES[0], "minimum": "0"}]},
            "features[clouds]: 'minimum' must be a number, or null",
        ),
        (
            {"features": [{**FEATURES[0], "required": 1}]},
            "features[clouds]: 'required' must be true or false",
        ),
        ({"features": [{**FEATURES[2], "categories": [1]}]}, "'categories' must be a list of texts"),
        ({"features": [{**FEATURES[0], "minimum": 5}]}, "feature 'clouds': 'minimum' is above 'maximum'"),
        ({"example": {"clouds": 2}}, "'example' is no valid row: clouds must be a number from 0 to 1"),
    ],
)
def test_wrong_field_is_named_with_file_and_cure(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = write_endpoint(tmp_path, **changes)
    with pytest.raises(InvalidManifest) as caught:
        load_endpoint(path)
    assert message in caught.value.message
    assert caught.value.message.startswith(str(path))


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"{", "is no valid JSON"), (b"[]", "must hold a JSON object"), (b"\xff", "is no valid JSON")],
)
def test_file_that_is_no_object_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "endpoint.json"
    path.write_bytes(content)
    with pytest.raises(InvalidManifest, match=message):
        load_endpoint(path)


def test_absent_file_is_refused_by_its_name(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifest, match=r"endpoint\.json does not exist; create it"):
        load_endpoint(tmp_path / "endpoint.json")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"owner": "o" * 129}, "'owner' must have at most 128 characters, not 129"),
        ({"owner": "o\0"}, "'owner' must not hold the NUL character (U+0000)"),
        ({"description": "d\0"}, "'description' must not hold the NUL character (U+0000)"),
        (
            {"target": {**TARGET, "classes": ["yes", "n" * 257]}},
            "'classes' names a class that must have at most 256 characters, not 257: 'nnn",
        ),
        (
            {"target": {**TARGET, "classes": ["yes", "n\0"]}},
            "'classes' names a class that must not hold the NUL character (U+0000): 'n\\x00'",
        ),
    ],
)
def test_texts_that_a_database_cannot_hold_are_refused_by_name(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    with pytest.raises(InvalidManifest) as refused:
        load_endpoint(write_endpoint(tmp_path, **change))
    assert said in refused.value.message
    assert "umbrella/endpoint.json" in refused.value.message


def test_a_class_may_be_as_long_as_its_column(tmp_path: Path) -> None:
    target = {**TARGET, "classes": ["yes", "n" * 256]}
    assert load_endpoint(write_endpoint(tmp_path, target=target)).classes == ("yes", "n" * 256)
