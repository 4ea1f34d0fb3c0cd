"""An algorithm that cannot be loaded: the log and the callers are told which one and where to look."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.catalog.entries import LoadProblem
from orm.connection.database import Database
from registry.discovery import Registry
from serving.services import Services
from tests.serving.world import Dice, command, row, services_on, small_registry

REASON = "its digest is not the one in its manifest"


def broken_registry() -> Registry:
    whole = small_registry()
    broken = replace(whole.algorithms[0], instance=None, problem=REASON)
    problem = LoadProblem("at zero 1", REASON, endpoint="levels")
    return replace(whole, algorithms=(broken, *whole.algorithms[1:]), problems=(problem,))


@pytest.fixture
async def services(
    database_url: str, dice: Dice, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Services]:
    found = services_on(await Database.open(database_url), broken_registry(), dice)
    with caplog.at_level(logging.ERROR, "serving.catalog.catalog"):
        await found.start()
    yield found
    await found.stop()


async def test_the_log_names_the_endpoint_the_algorithm_and_the_reason(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [
        record.getMessage()
        for record in caplog.get_records("setup")
        if record.name == "serving.catalog.catalog"
    ]
    assert lines == [f"levels: at zero 1 is not available: {REASON}"]
    assert [problem.name for problem in services.catalog.snapshot.problems] == ["at zero 1"]


async def test_a_plain_call_is_told_that_the_algorithm_in_production_is_not_loaded(
    services: Services,
) -> None:
    (prediction,) = await services.predictor.predict(command(row(1)))
    assert prediction.failure is not None
    assert (prediction.failure.code, prediction.failure.message) == (
        "ALGORITHM_NOT_AVAILABLE",
        "at zero 1 (id 1) of levels is in production but not loaded; the server's /readyz says why. "
        "Set another one to production, or ask for another status.",
    )
    assert prediction.request.message == prediction.failure.message


async def test_algorithm_in_doubt_is_served_and_named_in_the_log(
    database_url: str, dice: Dice, caplog: pytest.LogCaptureFixture
) -> None:
    whole = small_registry()
    doubted = replace(whole.algorithms[0], doubt="it was published long ago")
    registry = replace(whole, algorithms=(doubted, *whole.algorithms[1:]))
    found = services_on(await Database.open(database_url), registry, dice)
    with caplog.at_level(logging.WARNING, "serving.catalog.catalog"):
        await found.start()
    (prediction,) = await found.predictor.predict(command(row(1)))
    await found.stop()
    assert (prediction.failure, prediction.request.label) == (None, "high")
    assert dict(found.catalog.snapshot.doubts) == {1: "it was published long ago"}
    assert [record.getMessage() for record in caplog.records if record.name == "serving.catalog.catalog"] == [
        "levels: at zero 1 is served, but its answers are in doubt: it was published long ago"
    ]
