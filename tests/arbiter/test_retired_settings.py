from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from arbiter import wiring
from arbiter.app import create_app, graph_options_of, limits_of
from arbiter.auth.tokens import TokenRules
from arbiter.retired_settings import RETIRED, warnings_of
from arbiter.settings import Settings, variables
from arbiter.wiring import link_rules_of
from domain.errors import InvalidSettings
from graph.operation.limits import GraphLimits
from graph.options import GraphOptions
from orm.connection.database import Database
from registry.discovery import discover
from rest.legacy import legacy_routes
from serving.callers.export_links import LinkRules
from serving.live.live import LiveBounds
from serving.log.request_log import RequestLog
from serving.ports import Bounds
from tests.serving.world import small_registry

TARGETS: dict[str, Callable[..., Any]] = {
    "GraphLimits": GraphLimits,
    "GraphOptions": GraphOptions,
    "LiveBounds": LiveBounds,
    "Bounds": Bounds,
    "RequestLog": RequestLog,
    "Database": Database.open,
    "TokenRules": TokenRules,
    "LinkRules": LinkRules,
    "discover": discover,
    "legacy_routes": legacy_routes,
}
OTHERS = {
    "ARBITER_SHOW_COST": ("always", True),
    "ARBITER_PLUGINS": ("false", False),
    "ARBITER_READERS": ("7", 7),
    "ARBITER_JWT_LEEWAY": ("7.5", 7.5),
}
"""What those can be set to that cannot be 700."""


def test_what_is_retired_is_no_setting() -> None:
    assert set(RETIRED) & set(variables()) == set()
    assert len(variables()) <= 36


@pytest.mark.parametrize("variable", RETIRED)
def test_each_has_a_constant_in_its_place(variable: str) -> None:
    parameter = inspect.signature(TARGETS[RETIRED[variable].target]).parameters[RETIRED[variable].parameter]
    assert parameter.default is not inspect.Parameter.empty


@pytest.mark.parametrize("variable", RETIRED)
def test_each_value_is_still_read(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    assert Settings.load().retired_values(RETIRED[variable].target) == {}
    text, value = OTHERS.get(variable, ("700", 700))
    monkeypatch.setenv(variable.lower(), text)
    settings = Settings.load()
    assert settings.retired == [variable]
    assert settings.retired_values(RETIRED[variable].target) == {RETIRED[variable].parameter: value}


@pytest.mark.parametrize(
    "parameter",
    ["tokens", "depth", "aliases", "root_fields", "directives", "nodes", "operations", "list_items"],
)
def test_each_bound_of_an_operation_still_takes_effect(
    monkeypatch: pytest.MonkeyPatch, parameter: str
) -> None:
    before = limits_of(Settings.load())
    monkeypatch.setenv(f"ARBITER_MAX_{parameter.upper()}", "2345")
    assert limits_of(Settings.load()) == dataclasses.replace(before, **{parameter: 2345})


@pytest.mark.parametrize(("text", "shown"), [("always", True), ("asked", None), ("never", False)])
def test_who_sees_the_cost_still_takes_effect(
    monkeypatch: pytest.MonkeyPatch, text: str, shown: bool | None
) -> None:
    monkeypatch.setenv("ARBITER_SHOW_COST", text)
    monkeypatch.setenv("ARBITER_MAX_SOCKETS", "0")
    monkeypatch.setenv("ARBITER_MAX_SUBSCRIPTIONS_PER_SOCKET", "7")
    options = graph_options_of(Settings.load())
    assert (options.show_cost, options.sockets, options.subscriptions_per_socket) == (shown, 0, 7)


def test_the_seconds_of_a_link_still_take_effect(monkeypatch: pytest.MonkeyPatch) -> None:
    assert link_rules_of(Settings.load()).seconds == 300
    monkeypatch.setenv("ARBITER_EXPORT_SECONDS", "7")
    assert link_rules_of(Settings.load()).seconds == 7


async def test_the_bounds_of_the_services_still_take_effect(
    monkeypatch: pytest.MonkeyPatch, sqlite_url: str
) -> None:
    given: dict[str, Any] = {}
    opening = Database.open

    async def opened(url: str, **options: Any) -> Database:
        given.update(options)
        return await opening(url, **options)

    monkeypatch.setattr(Database, "open", opened)
    for name in ("READERS", "READ_TIMEOUT", "MAX_QUEUED_ROWS", "MAX_QUEUED_LOG_ROWS", "SUBSCRIPTION_QUEUE"):
        monkeypatch.setenv(f"ARBITER_{name}", "3")
    services = await wiring.build(Settings.load(database_url=sqlite_url), registry=small_registry())
    try:
        assert (given["readers"], given["read_timeout"]) == (3, 3.0)
        assert {one.bounds.queue_rows for one in services.catalog.snapshot.executors.values()} == {3}
        assert services.log._queue_rows == 3
    finally:
        await services.stop()


@pytest.mark.parametrize(
    ("variable", "text", "part"),
    [
        ("ARBITER_MAX_DEPTH", "deep", "ARBITER_MAX_DEPTH is 'deep': Input should be a valid integer"),
        ("ARBITER_READERS", "65", "ARBITER_READERS is '65': Input should be less than or equal to 64"),
        ("ARBITER_READ_TIMEOUT", "inf", "ARBITER_READ_TIMEOUT is 'inf': Input should be a finite number"),
        ("ARBITER_SHOW_COST", "all", "Input should be 'always', 'asked' or 'never'"),
    ],
)
def test_a_bad_value_is_refused_as_before(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, part: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(InvalidSettings) as caught:
        Settings.load()
    assert part in caught.value.message
    assert caught.value.message.endswith("It is no setting any more: unset it")


async def test_the_server_warns_of_each_once_and_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, sqlite_url: str
) -> None:
    monkeypatch.setenv("ARBITER_MAX_DEPTH", "20")
    monkeypatch.setenv("ARBITER_READERS", "2")
    app = create_app(
        Settings.load(database_url=sqlite_url), build=partial(wiring.build, registry=small_registry())
    )
    async with app.router.lifespan_context(app):
        pass
    found = [line.message for line in caplog.records if "no setting any more" in line.message]
    assert found == warnings_of(["ARBITER_MAX_DEPTH", "ARBITER_READERS"])
    assert "ARBITER_MAX_COST" in found[0]
