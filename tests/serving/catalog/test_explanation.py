from __future__ import annotations

from dataclasses import replace

import pytest

from domain.errors import EndpointNotFound
from domain.words import Status, Traffic
from orm.connection.database import Database
from serving.catalog.explanation import CallExplanation, explain
from serving.ports import Bounds
from serving.services import Services
from tests.serving.world import AT_TEN, AT_TWENTY, AT_ZERO, Dice, services_on, small_registry


def shares(call: CallExplanation) -> tuple[Status | None, dict[int, float], int | None]:
    return call.status, {algorithm.id: share for algorithm, share in call.shares}, call.ab_test_id


async def test_each_algorithm_tells_how_it_runs_and_each_call_who_answers(services: Services) -> None:
    found = explain(services.catalog.snapshot, "levels")
    assert [one.algorithm.id for one in found.algorithms] == [AT_ZERO, AT_TEN, AT_TWENTY]
    for one in found.algorithms:
        assert one.problem is None
        assert one.executor is not None
        assert one.executor.bounds == Bounds(queue_rows=20_000, deadline=10.0)
        assert f"{one.executor.cost * 1e6:.0f} µs" in one.executor.description
    plain, testing, ab_testing = found.calls
    assert shares(plain) == (None, {AT_ZERO: 1.0}, None)
    assert shares(testing) == (Status.TESTING, {AT_TEN: 1.0}, None)
    assert shares(ab_testing) == (Status.AB_TESTING, {}, None)
    assert ab_testing.problem == "No A/B test runs on levels: create one, or leave the status out."


@pytest.mark.parametrize(("traffic", "plain"), [(Traffic.ALL, 0.5), (Traffic.OPT_IN, 1.0)])
async def test_a_running_test_shows_both_arms(services: Services, traffic: Traffic, plain: float) -> None:
    test = await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=traffic, created_by="tests"
    )
    calls = explain(services.catalog.snapshot, "levels").calls
    both = {AT_ZERO: 0.5, AT_TEN: 0.5}
    assert shares(calls[0]) == (
        (None, both, test.id) if traffic is Traffic.ALL else (None, {AT_ZERO: plain}, None)
    )
    assert (calls[1].shares, calls[1].problem is None) == ((), False)
    assert shares(calls[2]) == (Status.AB_TESTING, both, test.id)


async def test_an_algorithm_that_is_not_loaded_says_why(sqlite_url: str) -> None:
    registry = small_registry()
    broken = replace(registry.algorithms[0], instance=None, problem="its artifact is missing")
    registry = replace(registry, algorithms=(broken, *registry.algorithms[1:]))
    bounds = Bounds(queue_rows=7, deadline=0.5)
    services = services_on(await Database.open(sqlite_url), registry, Dice(), bounds=bounds)
    await services.start()
    found = explain(services.catalog.snapshot, "levels")
    assert [(one.executor is None, one.problem) for one in found.algorithms] == [
        (True, "its artifact is missing"),
        (False, None),
        (False, None),
    ]
    assert [one.executor.bounds for one in found.algorithms if one.executor] == [bounds, bounds]
    assert found.calls[0].shares == ()
    with pytest.raises(EndpointNotFound):
        explain(services.catalog.snapshot, "nothing")
    await services.stop()
