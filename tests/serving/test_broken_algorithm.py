"""An algorithm that cannot be loaded: the log and the callers are told which one and where to look."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.types import Problem
from orm.database import Database
from registry.discovery import Registry
from serving.services import Services
from tests.serving.world import Dice, command, row, services_on, small_registry

REASON = "its digest is not the one in its manifest"


def broken_registry() -> Registry:
    whole = small_registry()
    broken = replace(whole.algorithms[0], instance=None, problem=REASON)
    problem = Problem("at zero 1", REASON, endpoint="levels")
    return replace(whole, algorithms=(broken, *whole.algorithms[1:]), problems=(problem,))


@pytest.fixture
async def services(
    database_url: str, dice: Dice, caplog: pytest.LogCaptureFixture
) -> AsyncIterator[Services]:
    found = services_on(await Database.open(database_url), broken_registry(), dice)
    with caplog.at_level(logging.ERROR, "serving.catalog"):
        await found.start()
    yield found
    await found.stop()


async def test_the_log_names_the_endpoint_the_algorithm_and_the_reason(
    services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    lines = [record.getMessage() for record in caplog.records if record.name == "serving.catalog"]
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
