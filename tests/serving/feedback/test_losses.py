"""What both arms' answers cost is stored with the truth, for tests that ask for it, and follows corrections."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.ab_tests.plan import Plan, new_plan
from domain.requests.feedback import FeedbackCommand
from domain.statistics.rules import CostMatrix, GuardrailMetric, Metric
from domain.statistics.units import GRID
from domain.words import Kind
from orm.queries.ab_tests import sums
from serving.services import Services
from tests.conftest import Statements
from tests.serving.pairs import (
    AT_ZERO,
    BRITTLE,
    CHALLENGER,
    CHAMPION,
    GATED,
    PLUS_ONE,
    PLUS_TWO,
    Gated,
    ask,
    begin,
    running,
    tell,
)
from tests.serving.world import EVERYBODY, Dice

DISPUTED = 5
COSTS = CostMatrix((("high", "low", 10.0),), otherwise=1.0)
COST = new_plan(Kind.CLASSIFIER, metric=Metric.COST, costs=COSTS, auto_decide=False)
GUARDED = new_plan(
    Kind.CLASSIFIER, costs=COSTS, guardrail_metric=GuardrailMetric(Metric.COST, 0.5), auto_decide=False
)
BRIER = new_plan(Kind.CLASSIFIER, metric=Metric.BRIER, auto_decide=False)
NAMES = "champion_loss, challenger_loss, champion_probabilities, challenger_probabilities"


@pytest.fixture
async def services(database_url: str, dice: Dice) -> AsyncIterator[Services]:
    async with running(database_url, dice) as found:
        yield found


async def kept(services: Services) -> list[tuple[Any, ...]]:
    async with services.database.reader() as reader:
        rows = await reader.execute_query_dict(f"SELECT {NAMES} FROM ab_test_observation ORDER BY request_id")
    return [tuple(row.values()) for row in rows]


@pytest.mark.parametrize("plan", [COST, GUARDED], ids=["metric", "guardrail"])
async def test_costs_follow_the_truth_and_its_corrections(services: Services, dice: Dice, plan: Plan) -> None:
    test = await begin(services, plan=plan)
    found = await ask(services, dice, CHAMPION, DISPUTED)
    assert await kept(services) == [(None, None, None, None)]
    # The champion says high, the challenger low.
    await tell(services, found, "high")
    assert await kept(services) == [(0, GRID, None, None)]
    await tell(services, found, "low")
    assert await kept(services) == [(round(GRID / 10), 0, None, None)]
    await tell(services, found, None)
    assert await kept(services) == [(None, None, None, None)]
    await services.ab_tests.cancel(test.id, "me", "")
    await tell(services, found, "high")
    assert await kept(services) == [(0, GRID, None, None)]


async def test_a_failure_costs_the_most_that_its_truth_can(services: Services, dice: Dice) -> None:
    await begin(services, AT_ZERO, BRITTLE, COST)
    await tell(services, await ask(services, dice, CHALLENGER, 13), "high")
    await tell(services, await ask(services, dice, CHALLENGER, 13), "low")
    assert [row[:2] for row in await kept(services)] == [(0, GRID), (round(GRID / 10), round(GRID / 10))]


async def test_probabilities_of_both_arms_are_kept_where_they_are_scored(
    services: Services, dice: Dice
) -> None:
    await begin(services, plan=BRIER)
    await tell(services, await ask(services, dice, CHAMPION, DISPUTED), "high")
    high, low = '{"low":0.0,"high":1.0}', '{"low":1.0,"high":0.0}'
    assert await kept(services) == [(0, GRID, high, low)]


async def test_probabilities_of_a_challenger_that_comes_later_are_kept_too(
    services: Services, dice: Dice
) -> None:
    await begin(services, AT_ZERO, GATED, BRIER)
    Gated.gate.clear()
    found = await ask(services, dice, CHAMPION, DISPUTED)
    await tell(services, found, "low")
    assert await kept(services) == [(None, None, '{"low":0.0,"high":1.0}', None)]
    Gated.gate.set()
    async with asyncio.timeout(5):
        while (await kept(services))[0][3] is None:
            await asyncio.sleep(0.01)
    assert await kept(services) == [(GRID, 0, '{"low":0.0,"high":1.0}', '{"low":1.0,"high":0.0}')]


async def test_errors_are_bounded_by_the_largest_one(services: Services, dice: Dice) -> None:
    plan = new_plan(Kind.REGRESSOR, largest_error=4.0, auto_decide=False)
    test = await begin(services, PLUS_ONE, PLUS_TWO, plan)
    (one, far, failed) = [(await ask(services, dice, CHAMPION, x, on="heights"))[0] for x in (10, 1_000, 666)]
    for request, truth in ((one, "10"), (far, "10"), (failed, "10")):
        await services.feedback.give(FeedbackCommand(request.id, truth), EVERYBODY)
    assert [row[:2] for row in await kept(services)] == [
        (GRID // 16, GRID // 4),
        (GRID, GRID),
        (GRID, GRID),
    ]
    (unit,) = (await services.ab_tests.evaluate(test.id)).figures.units
    assert (unit.gains.either.n, unit.gains.either.total) == (3, GRID // 16 - GRID // 4)


async def test_tests_by_accuracy_store_and_send_nothing_more(
    services: Services, dice: Dice, statements: Statements
) -> None:
    await begin(services)
    with statements() as sql:
        found = await ask(services, dice, CHAMPION, DISPUTED)
    assert not any("probabilities" in one for one in sql)
    await tell(services, found, "high")
    assert await kept(services) == [(None, None, None, None)]


async def test_verdicts_by_cost_and_brier_score_are_recomputed(services: Services, dice: Dice) -> None:
    for plan in (COST, GUARDED, BRIER):
        test = await begin(services, plan=plan)
        await tell(services, await ask(services, dice, CHAMPION, *range(0, 20, 3)), "high")
        await tell(services, await ask(services, dice, CHALLENGER, *range(1, 20, 3), 8), "low")
        await services.ab_tests.conclude(test.id, "me")
        assert (await services.ab_tests.verify(test.id)).differences == ()


async def test_marks_change_with_a_cost_that_leaves_right_and_wrong_as_they_are(
    services: Services, dice: Dice
) -> None:
    test = await begin(services, plan=COST)
    found = await ask(services, dice, CHAMPION, DISPUTED)
    await tell(services, found, "high")
    before = await services.database.read(sums.marks_of, [test.id])
    async with services.database.transaction() as tx:
        await tx.execute_query("UPDATE ab_test_observation SET challenger_loss = 1", [])
    assert await services.database.read(sums.marks_of, [test.id]) != before
