"""What should answer and cannot is named, with who answers instead."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.words import Traffic
from orm.connection.database import Database
from registry.discovery import Registry
from serving.catalog.explanation import degraded
from serving.services import Services
from tests.serving.pairs import AT_TEN, AT_ZERO, begin
from tests.serving.world import Dice, command, row, services_on, small_registry

REASON = "its file is gone"


def without_the_first() -> Registry:
    whole = small_registry()
    lost = replace(whole.algorithms[0], instance=None, problem=REASON)
    return replace(whole, algorithms=(lost, *whole.algorithms[1:]))


async def started(url: str, registry: Registry, dice: Dice) -> Services:
    services = services_on(await Database.open(url), registry, dice)
    await services.start()
    return services


def seen(services: Services) -> list[tuple[str, int, str | None, str]]:
    return [
        (one.endpoint, one.algorithm.id, one.answered_by, one.reason)
        for one in degraded(services.catalog.snapshot)
    ]


@pytest.mark.parametrize("traffic", list(Traffic))
async def test_test_that_has_lost_an_arm_is_named_with_the_other_one_that_answers(
    migrated_sqlite_url: str, dice: Dice, traffic: Traffic
) -> None:
    services = await started(migrated_sqlite_url, small_registry(), dice)
    await begin(services, traffic=traffic)
    assert seen(services) == []
    await services.stop()
    services = await started(migrated_sqlite_url, without_the_first(), dice)
    try:
        assert seen(services) == [("levels", AT_ZERO, "at ten 1", REASON)]
        (prediction,) = await services.predictor.predict(command(row(1)))
        assert prediction.request.algorithm_id == AT_TEN
    finally:
        await services.stop()


async def test_production_that_nobody_stands_in_for_is_named_and_calls_fail(
    migrated_sqlite_url: str, dice: Dice
) -> None:
    services = await started(migrated_sqlite_url, without_the_first(), dice)
    try:
        assert seen(services) == [("levels", AT_ZERO, None, REASON)]
        (prediction,) = await services.predictor.predict(command(row(1)))
        assert prediction.failure is not None
        assert prediction.failure.code == "ALGORITHM_NOT_AVAILABLE"
    finally:
        await services.stop()
