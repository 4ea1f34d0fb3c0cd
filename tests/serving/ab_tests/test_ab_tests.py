from __future__ import annotations

import asyncio

import orjson
import pytest

from domain.ab_tests.ab_test import ABTest
from domain.errors import (
    ABTestNotFound,
    ABTestNotRunning,
    AlgorithmInTest,
    AlgorithmNotFound,
    EndpointInTest,
    InvalidABTest,
    InvalidInput,
    RollbackRefused,
)
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Request
from domain.statistics.plain_comparison import ArmFigures
from domain.words import ABTestState, Status, Traffic, Verdict
from orm.queries.ab_tests import ab_tests
from serving.services import Services
from tests.serving.world import (
    AT_TEN,
    AT_TWENTY,
    AT_ZERO,
    EVERYBODY,
    PLUS_ONE,
    PLUS_TWO,
    Dice,
    command,
    row,
)

CHALLENGER, CHAMPION = 0.1, 0.9


async def begin(services: Services, first: int = AT_ZERO, second: int = AT_TEN) -> ABTest:
    return await services.ab_tests.create(
        title="t", algorithms=(first, second), traffic=Traffic.OPT_IN, created_by="me"
    )


async def ask(
    services: Services, dice: Dice, draw: float, x: float, truth: str | None, on: str = "levels"
) -> Request:
    """One prediction in the test, by the arm that `draw` takes, with its ground truth."""
    dice.numbers = [draw]
    (prediction,) = await services.predictor.predict(command(row(x), endpoint=on, status="ab_testing"))
    if truth is not None:
        await services.feedback.give(FeedbackCommand(prediction.request.id, truth), EVERYBODY)
    return prediction.request


def statuses(services: Services, *ids: int) -> list[Status | None]:
    return [services.catalog.snapshot.algorithms[id_].status for id_ in ids]


async def kinds(services: Services, test: ABTest) -> list[str]:
    async with services.database.reader() as reader:
        return [event.kind for event in await ab_tests.events(reader, test.id)]


async def test_better_challenger_is_promoted_and_the_other_goes_to_testing(
    services: Services, dice: Dice
) -> None:
    test = await begin(services)
    assert statuses(services, AT_ZERO, AT_TEN) == [Status.AB_TESTING, Status.AB_TESTING]
    assert (test.champion_id, test.challenger_id) == (AT_ZERO, AT_TEN)
    for x, truth in ((5, "low"), (5, "low"), (15, "high")):
        await ask(services, dice, CHALLENGER, x, truth)
        await ask(services, dice, CHAMPION, x, truth)
    ended = await services.ab_tests.stop_plainly(test.id, "me")
    assert (ended.state, ended.verdict) == (ABTestState.DECIDED, Verdict.PROMOTED)
    assert ended.summary.startswith("Algorithm #1 accuracy: 0.3333333333333333, Algorithm #2 accuracy: 1.0")
    assert statuses(services, AT_ZERO, AT_TEN) == [Status.TESTING, Status.PRODUCTION]
    assert await kinds(services, test) == ["created", "decided"]
    (plain,) = await services.predictor.predict(command(row(5)))
    assert plain.request.algorithm_id == AT_TEN


async def test_better_champion_is_kept(services: Services, dice: Dice) -> None:
    test = await begin(services)
    await ask(services, dice, CHALLENGER, 5, "high")
    await ask(services, dice, CHAMPION, 5, "high")
    ended = await services.ab_tests.stop_plainly(test.id, "me")
    assert ended.verdict is Verdict.KEPT
    assert statuses(services, AT_ZERO, AT_TEN) == [Status.PRODUCTION, Status.TESTING]


async def test_champion_is_the_arm_in_production_even_when_named_second(
    services: Services, dice: Dice
) -> None:
    test = await begin(services, AT_TEN, AT_ZERO)
    assert (test.algorithm1_id, test.champion_id) == (AT_TEN, AT_ZERO)
    await ask(services, dice, CHALLENGER, 5, "low")
    await ask(services, dice, CHAMPION, 5, "low")
    ended = await services.ab_tests.stop_plainly(test.id, "me")
    assert ended.summary.startswith(
        "Algorithm #1 accuracy: 1.0, Algorithm #2 accuracy: 0.0. Algorithm #1 (at ten 1)"
    )
    assert ended.verdict is Verdict.PROMOTED


async def test_champion_is_the_first_named_when_neither_would_answer_plainly(services: Services) -> None:
    test = await begin(services, AT_TWENTY, AT_TEN)
    assert test.champion_id == AT_TWENTY


async def test_lower_rmse_wins(services: Services, dice: Dice) -> None:
    test = await begin(services, PLUS_ONE, PLUS_TWO)
    await ask(services, dice, CHALLENGER, 5, "7", "heights")
    await ask(services, dice, CHAMPION, 5, "8", "heights")
    ended = await services.ab_tests.stop_plainly(test.id, "me")
    assert ended.summary.startswith("Algorithm #1 RMSE: 2.0, Algorithm #2 RMSE: 0.0")
    assert statuses(services, PLUS_ONE, PLUS_TWO) == [Status.TESTING, Status.PRODUCTION]


async def test_third_production_algorithm_is_moved_and_remembered_for_rollback(
    services: Services, dice: Dice
) -> None:
    await services.statuses.set(AT_TWENTY, "production", "me")
    test = await begin(services)
    await ask(services, dice, CHALLENGER, 5, "low")
    await ask(services, dice, CHAMPION, 5, "low")
    await services.ab_tests.stop_plainly(test.id, "me")
    assert statuses(services, AT_ZERO, AT_TEN, AT_TWENTY) == [
        Status.TESTING,
        Status.PRODUCTION,
        Status.TESTING,
    ]
    rolled = await services.ab_tests.rollback(test.id, "me")
    assert rolled.state is ABTestState.ROLLED_BACK
    assert statuses(services, AT_ZERO, AT_TEN, AT_TWENTY) == [
        Status.PRODUCTION,
        Status.TESTING,
        Status.PRODUCTION,
    ]
    assert await kinds(services, test) == ["created", "decided", "rolled_back"]
    with pytest.raises(RollbackRefused, match="was rolled back before"):
        await services.ab_tests.rollback(test.id, "me")


async def test_rollback_is_refused_when_a_status_has_been_changed_since(
    services: Services, dice: Dice
) -> None:
    test = await begin(services)
    await ask(services, dice, CHALLENGER, 5, "low")
    await ask(services, dice, CHAMPION, 5, "low")
    await services.ab_tests.stop_plainly(test.id, "me")
    await services.statuses.set(AT_ZERO, "testing", "me")
    with pytest.raises(RollbackRefused, match=f"algorithm {AT_ZERO} has been changed since"):
        await services.ab_tests.rollback(test.id, "me")
    assert statuses(services, AT_ZERO, AT_TEN) == [Status.TESTING, Status.PRODUCTION]


@pytest.mark.parametrize(
    ("first", "second", "reason"),
    [
        (None, None, "no request of at zero 1 and at twenty 1 has feedback"),
        ("low", None, "no request of at zero 1 has feedback"),
        ("high", "low", "both accuracies are equal"),
    ],
)
async def test_tie_or_no_feedback_is_inconclusive_and_restores_statuses(
    services: Services, dice: Dice, first: str | None, second: str | None, reason: str
) -> None:
    await services.statuses.set(AT_TWENTY, "testing", "me")
    test = await begin(services, AT_ZERO, AT_TWENTY)
    await ask(services, dice, CHALLENGER, 5, first and "low")
    await ask(services, dice, CHAMPION, 5, second and "high")
    ended = await services.ab_tests.stop_plainly(test.id, "me")
    assert (ended.verdict, ended.reason) == (Verdict.INCONCLUSIVE, reason)
    assert statuses(services, AT_ZERO, AT_TWENTY) == [Status.PRODUCTION, Status.TESTING]


async def test_cancelling_restores_statuses_even_none(services: Services) -> None:
    test = await begin(services, AT_ZERO, AT_TWENTY)
    ended = await services.ab_tests.cancel(test.id, "me", "wrong idea")
    assert (ended.state, ended.verdict, ended.reason) == (ABTestState.CANCELLED, None, "wrong idea")
    assert ended.summary == "Cancelled: wrong idea. Both statuses were restored."
    assert statuses(services, AT_ZERO, AT_TWENTY) == [Status.PRODUCTION, None]
    with pytest.raises(RollbackRefused, match="is cancelled"):
        await services.ab_tests.rollback(test.id, "me")


async def test_only_requests_of_the_test_with_feedback_count(services: Services, dice: Dice) -> None:
    test = await begin(services)
    await ask(services, dice, CHAMPION, 5, "low")
    await ask(services, dice, CHAMPION, 5, None)
    await ask(services, dice, CHAMPION, 666, "low")
    (plain,) = await services.predictor.predict(command(row(5)))
    await services.feedback.give(FeedbackCommand(plain.request.id, "high"), EVERYBODY)
    champion, challenger = await services.ab_tests.figures(test.id)
    assert champion == ArmFigures(served=3, errors=1, with_feedback=2, correct=0)
    assert challenger == ArmFigures()


async def test_failing_regressor_is_counted_as_error_only(services: Services, dice: Dice) -> None:
    test = await begin(services, PLUS_ONE, PLUS_TWO)
    await ask(services, dice, CHAMPION, 666, "1", "heights")
    await ask(services, dice, CHAMPION, 1, "4", "heights")
    champion, _ = await services.ab_tests.figures(test.id)
    assert champion == ArmFigures(served=2, errors=1, with_feedback=1, squares=4.0)


async def test_plain_prediction_is_answered_by_the_champion_while_a_test_runs(services: Services) -> None:
    await begin(services)
    (plain,) = await services.predictor.predict(command(row(5)))
    assert (plain.request.algorithm_id, plain.request.ab_test_id) == (AT_ZERO, None)


async def test_feedback_after_the_verdict_is_stored_and_changes_no_verdict(
    services: Services, dice: Dice
) -> None:
    test = await begin(services)
    late = await ask(services, dice, CHAMPION, 5, None)
    ended = await services.ab_tests.stop_plainly(test.id, "me")
    await services.feedback.give(FeedbackCommand(late.id, "high"), EVERYBODY)
    champion, _ = await services.ab_tests.figures(test.id)
    assert champion.with_feedback == 1
    again = await services.ab_tests.rename(test.id, title="renamed", created_by=None)
    assert (again.verdict, again.summary, again.title) == (ended.verdict, ended.summary, "renamed")


async def test_bad_pairs_are_refused_and_change_nothing(services: Services) -> None:
    for first, second, error, text in (
        (AT_ZERO, AT_ZERO, InvalidABTest, "two different algorithms"),
        (AT_ZERO, PLUS_ONE, InvalidABTest, "belong to levels and heights"),
        (AT_ZERO, 999, AlgorithmNotFound, "999"),
    ):
        with pytest.raises(error, match=text):
            await begin(services, first, second)
    with pytest.raises(InvalidInput, match="title"):
        await services.ab_tests.create(
            title=" ", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
        )
    await services.catalog.refresh()
    assert statuses(services, AT_ZERO, AT_TEN, PLUS_ONE) == [
        Status.PRODUCTION,
        Status.TESTING,
        Status.PRODUCTION,
    ]
    assert dict(services.catalog.snapshot.running_tests) == {}


async def test_one_running_test_per_endpoint_and_per_algorithm(services: Services) -> None:
    test = await begin(services)
    with pytest.raises(AlgorithmInTest, match=f"A/B test {test.id}"):
        await begin(services, AT_ZERO, AT_TWENTY)
    await services.ab_tests.cancel(test.id, "me", "")
    found = await asyncio.gather(begin(services), begin(services), begin(services), return_exceptions=True)
    assert sum(isinstance(result, ABTest) for result in found) == 1
    assert all(isinstance(r, ABTest | AlgorithmInTest | EndpointInTest) for r in found)


async def test_test_is_decided_exactly_once(services: Services) -> None:
    test = await begin(services)
    found = await asyncio.gather(
        *[services.ab_tests.stop_plainly(test.id, f"caller {n}") for n in range(20)],
        return_exceptions=True,
    )
    assert sum(isinstance(result, ABTest) for result in found) == 1
    assert sum(isinstance(result, ABTestNotRunning) for result in found) == 19
    assert await kinds(services, test) == ["created", "decided"]


async def test_unknown_test_is_an_error(services: Services) -> None:
    for call in (
        services.ab_tests.stop_plainly(999, "me"),
        services.ab_tests.cancel(999, "me", ""),
        services.ab_tests.rollback(999, "me"),
        services.ab_tests.rename(999, title="t", created_by=None),
        services.ab_tests.figures(999),
    ):
        with pytest.raises(ABTestNotFound, match="999"):
            await call


async def test_audit_log_says_who_changed_which_status_and_with_which_counts(
    services: Services, dice: Dice
) -> None:
    test = await begin(services)
    await ask(services, dice, CHALLENGER, 5, "low")
    await ask(services, dice, CHAMPION, 5, "low")
    await services.ab_tests.stop_plainly(test.id, "judge")
    async with services.database.reader() as reader:
        created, decided = await ab_tests.events(reader, test.id)
    before = orjson.loads(created.details)["statuses"]
    assert [(s["algorithm"], s["before"], s["after"]) for s in before] == [
        (AT_ZERO, "production", "ab_testing"),
        (AT_TEN, "testing", "ab_testing"),
    ]
    details = orjson.loads(decided.details)
    assert decided.created_by == "judge"
    assert (details["verdict"], details["rule"]) == ("promoted", "plain comparison")
    assert details["counts"]["algorithm2"] == {
        "served": 1,
        "errors": 0,
        "with_feedback": 1,
        "correct": 1,
        "squares": 0.0,
    }
