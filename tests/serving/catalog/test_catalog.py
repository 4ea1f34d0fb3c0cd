from __future__ import annotations

import pytest

from domain.errors import AlgorithmNotFound, EndpointNotFound
from domain.requests.request import Answer
from domain.words import Status
from orm.connection.database import Database
from registry.discovery import Registry
from serving.services import Services
from tests.serving.world import (
    AT_TEN,
    AT_ZERO,
    HEIGHTS,
    LEVELS,
    AtTen,
    AtZero,
    Dice,
    command,
    registered,
    row,
    services_on,
    small_registry,
)


class Broken(AtZero, endpoint="levels", name="broken", version="1", owner="tests", status="production"):
    """Fails on everything, its endpoint's example too."""

    def predict(self, rows: object) -> list[Answer]:
        raise RuntimeError("no model")


async def started(url: str, registry: Registry) -> Services:
    services = services_on(await Database.open(url), registry, Dice())
    await services.start()
    return services


async def test_restart_leaves_what_is_known_as_it_is(database_url: str) -> None:
    first = await started(database_url, small_registry())
    await first.statuses.set(AT_ZERO, "testing", "me")
    before = dict(first.catalog.snapshot.algorithms)
    await first.stop()
    second = await started(database_url, small_registry())
    assert dict(second.catalog.snapshot.algorithms) == before
    assert before[AT_ZERO].status is Status.TESTING
    await second.stop()


async def test_algorithm_whose_code_is_gone_is_known_but_never_chosen(database_url: str) -> None:
    await (await started(database_url, small_registry())).stop()
    without = Registry({"levels": LEVELS, "heights": HEIGHTS}, (registered(AtTen, LEVELS),), ())
    services = await started(database_url, without)
    assert services.catalog.snapshot.unready[AT_ZERO] == "its code is not installed in this server"
    (plain,) = await services.predictor.predict(command(row(1)))
    assert plain.failure is not None
    assert plain.failure.code == "ALGORITHM_NOT_AVAILABLE"
    (testing,) = await services.predictor.predict(command(row(15), status="testing"))
    assert (testing.request.algorithm_id, testing.request.label) == (AT_TEN, "high")
    await services.stop()


async def test_endpoint_whose_declaration_is_gone_answers_that_nothing_is_available(
    database_url: str,
) -> None:
    await (await started(database_url, small_registry())).stop()
    services = await started(database_url, Registry({"heights": HEIGHTS}, (), ()))
    (prediction,) = await services.predictor.predict(command(row(1)))
    assert prediction.failure is not None
    assert prediction.failure.code == "ALGORITHM_NOT_AVAILABLE"
    await services.stop()


async def test_algorithm_that_fails_on_the_example_never_stops_the_others(database_url: str) -> None:
    registry = Registry({"levels": LEVELS}, (registered(Broken, LEVELS), registered(AtZero, LEVELS)), ())
    services = await started(database_url, registry)
    assert services.catalog.snapshot.unready == {
        1: "it fails on the endpoint's example (RuntimeError: no model)"
    }
    (prediction,) = await services.predictor.predict(command(row(1)))
    assert prediction.request.algorithm_id == 2
    await services.stop()


async def test_snapshot_finds_things_or_names_what_there_is(services: Services) -> None:
    snapshot = services.catalog.snapshot
    assert snapshot.endpoint_named("levels") == snapshot.endpoint(1)
    assert [algorithm.id for algorithm in snapshot.algorithms_of(1)] == [1, 2, 3]
    with pytest.raises(EndpointNotFound, match="did you mean 'heights'"):
        snapshot.endpoint_named("hights")
    with pytest.raises(EndpointNotFound, match="id 99"):
        snapshot.endpoint(99)
    with pytest.raises(AlgorithmNotFound, match="id 99"):
        snapshot.algorithm(99)
