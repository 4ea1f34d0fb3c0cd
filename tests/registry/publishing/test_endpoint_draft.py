from __future__ import annotations

import json
from pathlib import Path

import pytest

from domain.errors import InvalidArtifact, InvalidManifest
from domain.words import Kind
from registry.endpoints import load_endpoint
from registry.publishing.declaring.endpoint_draft import draft_endpoint, new_endpoint
from tests.registry.conftest import weather


def test_draft_guesses_types_and_leaves_ranges_to_a_person() -> None:
    draft = draft_endpoint(weather(100, missing=0.1), "umbrella", "rain")
    assert draft["kind"] == "classifier"
    assert draft["target"] == {
        "name": "rain",
        "description": "TO BE WRITTEN: what is it, measured how?",
        "classes": ["no", "yes"],
        "positive_class": "yes",
    }
    note = "TO BE WRITTEN: from the codebook"
    open_range = {"minimum": None, "maximum": None, "unit": None}
    assert draft["features"] == [
        {"name": "clouds", "description": note, "type": "number", **open_range},
        {"name": "hour", "description": note, "type": "integer", **open_range},
        {
            "name": "wind-from",
            "description": note,
            "type": "category",
            "categories": ["east", "north", "west"],
        },
        {"name": "holiday", "description": note, "type": "boolean"},
    ]


def test_number_of_many_values_is_a_regressors_target() -> None:
    draft = draft_endpoint(weather(100), "clouds_tomorrow", "clouds")
    assert (draft["kind"], draft["target"]) == (
        "regressor",
        {"name": "clouds", "description": "TO BE WRITTEN: what is it, measured how?", "unit": None},
    )


def test_draft_is_a_valid_endpoint_as_it_stands(tmp_path: Path) -> None:
    weather(100, missing=0.1).to_csv(tmp_path / "weather.csv", index=False)
    path = new_endpoint(
        tmp_path / "weather.csv", name="umbrella", target="rain", artifacts=tmp_path, owner="Ada"
    )
    assert path == tmp_path / "umbrella" / "endpoint.json"
    spec = load_endpoint(path)
    assert (spec.kind, spec.owner, spec.classes) == (Kind.CLASSIFIER, "Ada", ("no", "yes"))
    assert None not in spec.example.values()


def test_existing_endpoint_is_not_overwritten(tmp_path: Path) -> None:
    weather(10).to_csv(tmp_path / "weather.csv", index=False)
    path = new_endpoint(tmp_path / "weather.csv", name="umbrella", target="rain", artifacts=tmp_path)
    path.write_text(json.dumps({"mine": True}))
    with pytest.raises(InvalidManifest, match=r"endpoint\.json exists; edit it"):
        new_endpoint(tmp_path / "weather.csv", name="umbrella", target="rain", artifacts=tmp_path)
    assert json.loads(path.read_text()) == {"mine": True}


def test_wrong_name_target_and_data_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidManifest, match="must begin with a letter"):
        draft_endpoint(weather(10), "../x", "rain")
    with pytest.raises(InvalidManifest, match=r"no column 'snow' .*its columns are clouds, hour"):
        draft_endpoint(weather(10), "umbrella", "snow")
    with pytest.raises(InvalidManifest, match="'label', which is reserved"):
        draft_endpoint(weather(10).rename(columns={"hour": "label"}), "umbrella", "rain")
    with pytest.raises(InvalidArtifact, match="cannot be read as CSV"):
        new_endpoint(tmp_path / "none.csv", name="umbrella", target="rain", artifacts=tmp_path)
