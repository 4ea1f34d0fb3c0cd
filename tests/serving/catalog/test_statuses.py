from __future__ import annotations

import pytest

from domain.errors import AlgorithmInTest, AlgorithmNotFound, InvalidInput, InvalidStatus
from domain.words import Status, Traffic
from serving.services import Services
from tests.serving.world import AT_TEN, AT_TWENTY, AT_ZERO, command, row


def statuses(services: Services) -> dict[int, Status | None]:
    return {id_: algorithm.status for id_, algorithm in services.catalog.snapshot.algorithms.items()}


async def test_first_statuses_are_those_of_the_classes(services: Services) -> None:
    assert statuses(services) == {
        1: Status.PRODUCTION,
        2: Status.TESTING,
        3: None,
        4: Status.PRODUCTION,
        5: Status.TESTING,
    }


async def test_new_status_takes_effect_at_once(services: Services) -> None:
    await services.statuses.set(AT_ZERO, "testing", "me")
    row_ = await services.statuses.set(AT_TWENTY, "production", "me")
    assert (row_.status, row_.active, row_.created_by) == (Status.PRODUCTION, True, "me")
    (prediction,) = await services.predictor.predict(command(row(15)))
    assert (prediction.request.algorithm_id, prediction.request.label) == (AT_TWENTY, "low")


@pytest.mark.parametrize("status", ["ab_testing", "whatever", "", "Production"])
async def test_only_production_and_testing_are_set_by_hand(services: Services, status: str) -> None:
    before = statuses(services)
    with pytest.raises(InvalidStatus):
        await services.statuses.set(AT_ZERO, status, "me")
    await services.catalog.refresh()
    assert statuses(services) == before


async def test_unknown_algorithm_and_bad_author_are_named(services: Services) -> None:
    with pytest.raises(AlgorithmNotFound, match="999"):
        await services.statuses.set(999, "testing", "me")
    with pytest.raises(InvalidInput, match="created_by"):
        await services.statuses.set(AT_ZERO, "testing", "")


async def test_arm_of_a_running_test_keeps_its_status_and_the_error_names_the_test(
    services: Services,
) -> None:
    test = await services.ab_tests.create(
        title="mine", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.OPT_IN, created_by="me"
    )
    with pytest.raises(AlgorithmInTest, match=f"A/B test {test.id} .'mine'."):
        await services.statuses.set(AT_TEN, "production", "me")
    await services.catalog.refresh()
    assert statuses(services)[AT_TEN] is Status.AB_TESTING
