"""Input of A/B tests that cannot be taken, and who the champion is when an artifact is broken."""

from __future__ import annotations

from dataclasses import replace

import pytest

from domain.errors import AlgorithmInTest, AlgorithmNotFound, InvalidInput
from domain.words import ABTestState, Traffic
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests
from registry.discovery import Registry
from serving.services import Services
from tests.serving.world import AT_TEN, AT_TWENTY, AT_ZERO, Dice, services_on, small_registry


async def begin(services: Services, first: int, second: int) -> int:
    test = await services.ab_tests.create(
        title="t", algorithms=(first, second), traffic=Traffic.ALL, created_by="me"
    )
    return test.id


@pytest.mark.parametrize("reason", ["a\x00b", "x" * 10_001])
async def test_a_reason_that_cannot_be_stored_is_refused_and_the_test_runs_on(
    services: Services, reason: str
) -> None:
    test_id = await begin(services, AT_ZERO, AT_TEN)
    with pytest.raises(InvalidInput) as refused:
        await services.ab_tests.cancel(test_id, "me", reason)
    assert refused.value.path == ("reason",)
    async with services.database.reader() as reader:
        found = await ab_tests.ab_test(reader, test_id)
    assert found is not None
    assert (found.state, found.ended_at, found.summary) == (ABTestState.RUNNING, None, "")


async def test_what_is_wrong_with_an_arm_is_said_of_the_input_algorithms(services: Services) -> None:
    with pytest.raises(AlgorithmNotFound) as unknown:
        await begin(services, AT_ZERO, 99)
    assert unknown.value.path == ("algorithms",)
    await begin(services, AT_ZERO, AT_TEN)
    with pytest.raises(AlgorithmInTest) as taken:
        await begin(services, AT_TWENTY, AT_TEN)
    assert taken.value.path == ("algorithms",)


def with_a_broken_first_algorithm() -> Registry:
    whole = small_registry()
    broken = replace(whole.algorithms[0], instance=None, problem="its digest is not the one in its manifest")
    return replace(whole, algorithms=(broken, *whole.algorithms[1:]))


async def test_a_broken_algorithm_in_production_makes_nobody_else_lose_the_champions_part(
    database_url: str, dice: Dice
) -> None:
    database = await Database.open(database_url)
    services = services_on(database, with_a_broken_first_algorithm(), dice)
    await services.start()
    try:
        await services.statuses.set(AT_TEN, "production", "me")
        test = await services.ab_tests.create(
            title="t", algorithms=(AT_TWENTY, AT_TEN), traffic=Traffic.OPT_IN, created_by="me"
        )
    finally:
        await services.stop()
    # A plain prediction was answered by "at ten": "at zero" stands before it but cannot be loaded.
    assert (test.algorithm1_id, test.champion_id) == (AT_TWENTY, AT_TEN)
