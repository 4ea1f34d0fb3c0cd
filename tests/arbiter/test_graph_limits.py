from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from arbiter.app import graph_options_of, limits_of
from arbiter.settings import Settings
from domain.errors import InvalidSettings
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions

BY_SETTING = {"max_body": "body", "max_batch": "batch", "max_cost": "cost", "max_seconds": "seconds"}
CONSTANTS = {
    *(
        "characters",
        "tokens",
        "fields",
        "fragments",
        "comparisons",
        "steps",
        "depth",
        "aliases",
        "root_fields",
        "directives",
        "nodes",
        "operations",
        "list_items",
    ),
    "kept",
}


@pytest.mark.parametrize(("setting", "limit"), BY_SETTING.items())
def test_each_limit_of_an_operation_has_its_setting(
    monkeypatch: pytest.MonkeyPatch, setting: str, limit: str
) -> None:
    before = limits_of(Settings.load())
    monkeypatch.setenv(f"ARBITER_{setting.upper()}", "2345")
    assert limits_of(Settings.load()) == dataclasses.replace(before, **{limit: 2345})


def test_what_the_price_of_an_operation_bounds_is_no_setting() -> None:
    assert {field.name for field in dataclasses.fields(GraphLimits)} - set(BY_SETTING.values()) == CONSTANTS


def test_the_settings_default_to_the_limits_of_the_edge() -> None:
    own = GraphLimits()
    assert limits_of(Settings.load()) == dataclasses.replace(own, body=8 * 2**20)


@pytest.mark.parametrize(
    "setting", ["ARBITER_MAX_COST", "ARBITER_MAX_NODES", "ARBITER_MAX_ROOT_FIELDS", "ARBITER_MAX_CHARACTERS"]
)
def test_a_limit_that_forbids_every_operation_is_refused(
    monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    monkeypatch.setenv(setting, "0")
    with pytest.raises(InvalidSettings, match=setting):
        Settings.load()


@pytest.mark.parametrize(
    ("settings", "option", "value"),
    [
        ({"profile": "public"}, "development", False),
        ({"typed_predictions": "false"}, "typed_predictions", False),
        ({"compiled": "false"}, "compiled", False),
        ({"trusted_documents": "documents.json"}, "trusted", Path("documents.json")),
    ],
)
def test_each_option_of_the_edge_has_its_setting(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], option: str, value: object
) -> None:
    for name, text in settings.items():
        monkeypatch.setenv(f"ARBITER_{name.upper()}", text)
    assert getattr(graph_options_of(Settings.load()), option) == value != getattr(GraphOptions(), option)
