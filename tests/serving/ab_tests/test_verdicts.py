from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import orjson
import pytest

from domain.ab_tests.ab_test import ABTest
from domain.ab_tests.plan import Mode, ThirdAlgorithm, new_plan
from domain.callers import Viewer
from domain.errors import ABTestNotDecided, ABTestNotRunning, InvalidInput
from domain.requests.feedback import FeedbackCommand
from domain.statistics.counts import PairCounts
from domain.statistics.rules import CostMatrix, Metric
from domain.words import ABTestState, Kind, Status, Traffic, Verdict
from orm.queries.ab_tests import ab_tests
from serving.services import Services
from tests.serving.pairs import (
    AT_TEN,
    AT_TWENTY,
    AT_ZERO,
    BRITTLE,
    CHALLENGER,
    CHAMPION,
    PLUS_ONE,
    PLUS_TWO,
    agree,
    ask,
    begin,
    running,
    tell,
)
from tests.serving.world import EVERYBODY, Dice, command

QUICK = new_plan(Kind.CLASSIFIER, minimum_feedback=1)
BY_HAND = new_plan(Kind.CLASSIFIER, minimum_feedback=1, auto_decide=False)
VIEWER = Viewer(EVERYBODY)
ENOUGH = 16
"""Requests on which only one arm is right that make E reach 20."""


@pytest.fixture
async def services(database_url: str, dice: Dice) -> AsyncIterator[Services]:
    async with running(database_url, dice) as found:
        yield found


async def both_sides(services: Services, dice: Dice, count: int, x: float = 5) -> list[int]:
    """So many requests of which each arm is drawn for half; returns their ids."""
    found = []
    for n in range(count):
        found += await ask(services, dice, CHALLENGER if n % 2 else CHAMPION, x)
    return [request.id for request in found]


async def say(services: Services, ids: list[int], truth: str | None) -> None:
    await services.feedback.give_batch([FeedbackCommand(id_, truth) for id_ in ids], EVERYBODY)


async def ended(services: Services, test: ABTest) -> ABTest:
    async with asyncio.timeout(5):
        while True:
            async with services.database.reader() as reader:
                found = await ab_tests.ab_test(reader, test.id)
            assert found is not None
            if found.state is not ABTestState.RUNNING:
                return found
            await asyncio.sleep(0.01)


async def statuses(services: Services, *ids: int) -> list[Status | None]:
    await services.catalog.refresh()
    return [services.catalog.snapshot.algorithms[id_].status for id_ in ids]


async def test_better_challenger_is_promoted_by_the_feedback_that_proves_it(
    services: Services, dice: Dice
) -> None:
    test = await begin(services, plan=QUICK)
    await agree(services, dice, "high")
    ids = await both_sides(services, dice, ENOUGH)
    await say(services, ids, "low")
    found = await ended(services, test)
    assert (found.state, found.verdict) == (ABTestState.DECIDED, Verdict.PROMOTED)
    assert found.summary.startswith(
        "Accuracy of at zero 1: 0.058823529411764705, of at ten 1: 1.0. "
        "To production goes at ten 1, to testing at zero 1. "
    )
    assert "16 times only it was right" in found.summary
    assert await statuses(services, AT_ZERO, AT_TEN) == [Status.TESTING, Status.PRODUCTION]
    async with services.database.reader() as reader:
        created, decided = await ab_tests.events(reader, test.id)
    details = orjson.loads(decided.details)
    assert (created.kind, decided.kind, decided.created_by) == ("created", "decided", "arbiter")
    assert (details["rule"], details["engine"]) == ("always-valid", 2)
    assert details["sums"]["epochs"][0]["challenger"] == {"n": 17, "total": 17.0, "squares": 17.0}


async def test_worse_challenger_leaves_the_champion_in_production(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=QUICK)
    await agree(services, dice, "low")
    await say(services, await both_sides(services, dice, ENOUGH), "high")
    assert (await ended(services, test)).verdict is Verdict.KEPT
    assert await statuses(services, AT_ZERO, AT_TEN) == [Status.PRODUCTION, Status.TESTING]


async def test_timer_decides_what_feedback_to_another_process_made_clear(
    database_url: str, dice: Dice
) -> None:
    async with running(database_url, dice, decide_every=0.05) as services:
        test = await begin(services, plan=QUICK)
        await agree(services, dice, "high")
        ids = await both_sides(services, dice, ENOUGH)
        services.feedback._on_scores_changed = lambda _: None
        await say(services, ids, "low")
        assert (await ended(services, test)).verdict is Verdict.PROMOTED


async def test_equal_algorithms_are_inconclusive_at_the_maximum_and_keep_their_statuses(
    services: Services, dice: Dice
) -> None:
    test = await begin(services, plan=new_plan(Kind.CLASSIFIER, minimum_feedback=1, maximum_feedback=20))
    await say(services, await both_sides(services, dice, 20, x=15), "high")
    found = await ended(services, test)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason is not None
    assert found.reason.startswith("the maximum of 20 requests with feedback was reached")
    assert await statuses(services, AT_ZERO, AT_TEN) == [Status.PRODUCTION, Status.TESTING]


async def test_concluding_early_is_inconclusive_where_the_old_way_would_promote(
    services: Services, dice: Dice
) -> None:
    for _ in range(2):
        test = await begin(services, plan=BY_HAND)
        await say(services, await both_sides(services, dice, 4), "low")
        found = await services.ab_tests.conclude(test.id, "me")
        assert found.verdict is Verdict.INCONCLUSIVE
        assert found.summary.startswith("Accuracy of at zero 1: 0.0, of at ten 1: 1.0. Inconclusive: ")
    test = await begin(services, plan=BY_HAND)
    await say(services, await both_sides(services, dice, 4), "low")
    found = await services.ab_tests.stop_plainly(test.id, "me")
    assert found.verdict is Verdict.PROMOTED
    assert "compared plainly, without a test of significance" in found.summary
    assert "What the always-valid rule says of them: 4 of the 10 requests" in found.summary
    async with services.database.reader() as reader:
        event = (await ab_tests.events(reader, test.id))[-1]
    assert orjson.loads(event.details)["rule"] == "plain comparison"


async def test_failing_challenger_is_cancelled_by_the_guardrail(services: Services, dice: Dice) -> None:
    test = await begin(services, AT_ZERO, BRITTLE, QUICK)
    await both_sides(services, dice, 12, x=13)
    await services.decider.round()
    found = await ended(services, test)
    assert (found.state, found.verdict) == (ABTestState.CANCELLED, None)
    assert found.reason == "the challenger fails more often: 12 failures against the champion's 0"
    assert await statuses(services, AT_ZERO, BRITTLE) == [Status.PRODUCTION, Status.TESTING]
    assert (await services.ab_tests.verify(test.id)).matches


async def test_guardrails_that_are_off_cancel_nothing(services: Services, dice: Dice) -> None:
    test = await begin(services, AT_ZERO, BRITTLE, new_plan(Kind.CLASSIFIER, guarded=False))
    await both_sides(services, dice, 12, x=13)
    await services.decider.round()
    result = await services.ab_tests.evaluate(test.id)
    assert (result.state, result.guardrails) == (ABTestState.RUNNING, ())


async def test_sample_ratio_mismatch_cancels(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=QUICK)
    for _ in range(4):
        await ask(services, dice, CHALLENGER, *[5] * 60)
    await services.decider.round()
    found = await ended(services, test)
    assert found.state is ABTestState.CANCELLED
    assert found.reason is not None
    assert "the challenger was drawn 240 times, 120 were to be expected" in found.reason


async def test_tests_of_old_clients_go_on_until_somebody_stops_them(services: Services, dice: Dice) -> None:
    test = await services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    assert (test.plan.mode, test.plan.auto_decide, test.plan.rules.cancels) == (Mode.SPLIT, False, False)
    await ask(services, dice, CHALLENGER, *[5] * 200)
    await services.decider.round()
    assert await services.ab_tests.settle(test.id) is None


async def test_test_does_not_settle_twice(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=BY_HAND)
    await agree(services, dice, "high")
    await say(services, await both_sides(services, dice, ENOUGH), "low")
    found = await asyncio.gather(*[services.ab_tests.settle(test.id) for _ in range(10)])
    assert [test is not None for test in found].count(True) == 1
    with pytest.raises(ABTestNotRunning):
        await services.ab_tests.conclude(test.id, "me")


async def test_third_algorithm_may_be_kept_in_production(services: Services, dice: Dice) -> None:
    await services.statuses.set(AT_TWENTY, "production", "me")
    plan = new_plan(Kind.CLASSIFIER, minimum_feedback=1, third=ThirdAlgorithm.KEEP)
    test = await begin(services, plan=plan)
    await agree(services, dice, "high")
    await say(services, await both_sides(services, dice, ENOUGH), "low")
    await ended(services, test)
    assert await statuses(services, AT_TEN, AT_TWENTY) == [Status.PRODUCTION, Status.PRODUCTION]


async def test_verdict_is_recomputed_from_what_was_known_then(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=BY_HAND)
    await agree(services, dice, "high")
    ids = await both_sides(services, dice, ENOUGH + 3)
    with pytest.raises(ABTestNotDecided, match="still runs"):
        await services.ab_tests.verify(test.id)
    await say(services, ids[:ENOUGH], "high")
    await say(services, ids[:ENOUGH], "low")
    await services.ab_tests.settle(test.id)
    await say(services, ids, "high")
    after = await services.ab_tests.evaluate(test.id)
    assert after.discordant == PairCounts(both_right=1, champion_only=ENOUGH + 3)
    found = await services.ab_tests.verify(test.id)
    assert (found.matches, found.differences) == (True, ())
    assert (found.verdict, found.recomputed, found.rule) == (
        Verdict.PROMOTED,
        Verdict.PROMOTED,
        "always-valid",
    )


async def test_forged_verdict_is_found_out(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=BY_HAND)
    await agree(services, dice, "high")
    ids = await both_sides(services, dice, ENOUGH)
    await say(services, ids, "low")
    await services.ab_tests.settle(test.id)
    async with services.database.transaction() as tx:
        await tx.execute_query(
            f"UPDATE ab_test_observation SET challenger_label = 'high' WHERE request_id = {ids[0]}", []
        )
        await tx.execute_query(f"UPDATE ab_test SET verdict = 'kept' WHERE id = {test.id}", [])
    found = await services.ab_tests.verify(test.id)
    assert not found.matches
    assert "challenger total of epoch 1 was 17.0, but is 16.0" in found.differences
    assert "the verdict is kept, but the observations say promoted" in found.differences


@pytest.mark.parametrize("mode", Mode)
async def test_plain_verdict_is_verified_too(services: Services, dice: Dice, mode: Mode) -> None:
    test = await begin(services, PLUS_ONE, PLUS_TWO, new_plan(Kind.REGRESSOR, mode=mode, auto_decide=False))
    requests = await ask(services, dice, CHALLENGER, 5, 666, on="heights")
    requests += await ask(services, dice, CHAMPION, 7, 8, on="heights")
    await tell(services, requests, "9.5")
    await services.ab_tests.stop_plainly(test.id, "me")
    found = await services.ab_tests.verify(test.id)
    assert (found.differences, found.rule) == ((), "plain comparison")


async def test_a_plain_verdict_of_a_test_by_cost_that_waits_is_verified_too(
    services: Services, dice: Dice
) -> None:
    costs = CostMatrix((("high", "low", 10.0),))
    plan = new_plan(
        Kind.CLASSIFIER, metric=Metric.COST, costs=costs, auto_decide=False, feedback_delay=timedelta(hours=1)
    )
    test = await begin(services, plan=plan)
    await say(services, await both_sides(services, dice, 3), "low")
    # No request is old enough to count.
    assert (await services.ab_tests.stop_plainly(test.id, "me")).verdict is Verdict.INCONCLUSIVE
    found = await services.ab_tests.verify(test.id)
    assert (found.differences, found.rule) == ((), "plain comparison")


async def test_young_requests_are_not_scored_within_the_feedback_delay(
    services: Services, dice: Dice
) -> None:
    plan = new_plan(Kind.CLASSIFIER, minimum_feedback=1, auto_decide=False, feedback_delay=timedelta(hours=1))
    test = await begin(services, plan=plan)
    await say(services, await both_sides(services, dice, 3), "low")
    result = await services.ab_tests.evaluate(test.id)
    assert (result.figures.feedback, result.champion.served) == (0, 2)
    assert await services.ab_tests.series(test.id, 5) == ()


async def test_series_ends_at_what_the_test_says_now(services: Services, dice: Dice) -> None:
    test = await begin(services, plan=BY_HAND)
    for id_ in await both_sides(services, dice, 10):
        await say(services, [id_], "low")
    points = await services.ab_tests.series(test.id, 5)
    assert [point.feedback for point in points] == [2, 4, 6, 8, 10]
    assert [point.estimate for point in points] == [1.0] * 5
    with pytest.raises(InvalidInput, match="points must lie between 1 and 1,000"):
        await services.ab_tests.series(test.id, 0)


async def test_replay_compares_with_what_was_served_and_logs_nothing(services: Services, dice: Dice) -> None:
    found = await ask(services, dice, CHAMPION, 5, 5, 15, 6)
    await tell(services, found[:3], "low")
    (bad,) = await services.predictor.predict(command({"x": "?"}))
    await tell(services, [bad.request], "low")
    seen: list[tuple[int, int]] = []
    replayed = await services.ab_tests.replay(
        AT_TEN, viewer=VIEWER, progress=lambda done, of: seen.append((done, of))
    )
    assert (replayed.requests, replayed.skipped, seen) == (3, 1, [(4, 4)])
    assert replayed.result.discordant == PairCounts(challenger_only=2, both_wrong=1)
    assert replayed.result.retrospective
    assert (await services.ab_tests.replay(AT_TEN, viewer=VIEWER, limit=1)).skipped == 1
    (last,) = await ask(services, dice, CHAMPION, 1)
    async with services.database.reader() as reader:
        rows = await reader.execute_query_dict("SELECT count(*) AS n FROM ml_request")
    assert rows[0]["n"] == 6
    assert last.ab_test_id is None
    with pytest.raises(InvalidInput, match="limit"):
        await services.ab_tests.replay(AT_TEN, viewer=VIEWER, limit=0)
