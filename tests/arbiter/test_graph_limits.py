from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from arbiter.app import graph_options_of, limits_of
from arbiter.settings import Settings
from domain.errors import InvalidSettings
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions

BY_SETTING = {
    "max_characters": "characters",
    "max_tokens": "tokens",
    "max_depth": "depth",
    "max_aliases": "aliases",
    "max_root_fields": "root_fields",
    "max_directives": "directives",
    "max_nodes": "nodes",
    "max_body": "body",
    "max_batch": "batch",
    "max_cost": "cost",
    "max_operations": "operations",
    "max_list_items": "list_items",
    "max_seconds": "seconds",
}


@pytest.mark.parametrize(("setting", "limit"), BY_SETTING.items())
def test_each_limit_of_an_operation_has_its_setting(
    monkeypatch: pytest.MonkeyPatch, setting: str, limit: str
) -> None:
    before = limits_of(Settings.load())
    monkeypatch.setenv(f"ARBITER_{setting.upper()}", "2345")
    assert limits_of(Settings.load()) == dataclasses.replace(before, **{limit: 2345})


def test_only_how_many_documents_are_kept_is_no_setting() -> None:
    assert {field.name for field in dataclasses.fields(GraphLimits)} - set(BY_SETTING.values()) == {
        "documents"
    }


def test_the_settings_default_to_the_limits_of_the_edge() -> None:
    own = GraphLimits()
    assert limits_of(Settings.load()) == dataclasses.replace(own, body=8 * 2**20)


@pytest.mark.parametrize(
    "setting", ["ARBITER_MAX_NODES", "ARBITER_MAX_ROOT_FIELDS", "ARBITER_MAX_CHARACTERS"]
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
        ({"trusted_documents": "documents.json"}, "trusted", Path("documents.json")),
        ({"show_cost": "always"}, "show_cost", True),
        ({"max_sockets": "7"}, "sockets", 7),
        ({"max_subscriptions_per_socket": "7"}, "subscriptions_per_socket", 7),
    ],
)
def test_each_option_of_the_edge_has_its_setting(
    monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], option: str, value: object
) -> None:
    for name, text in settings.items():
        monkeypatch.setenv(f"ARBITER_{name.upper()}", text)
    assert getattr(graph_options_of(Settings.load()), option) == value != getattr(GraphOptions(), option)
