"""Ground truth that can be trusted: what is no declared class is refused, or stored and not scored."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import InvalidFeedback
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Request
from domain.words import FeedbackForm
from orm.connection.client import Tx
from serving.services import Services
from tests.serving.feedback.test_summaries import LEVELS_ID, cells, figures
from tests.serving.pairs import begin
from tests.serving.world import AT_TEN, AT_ZERO, EVERYBODY, Dice, command, row

LEGACY, CELL = FeedbackForm.LEGACY, FeedbackForm.CELL


async def asked(services: Services, *xs: float, endpoint: str = "levels") -> list[Request]:
    rows = [row(x) for x in xs]
    return [one.request for one in await services.predictor.predict(command(*rows, endpoint=endpoint))]


async def give(services: Services, request: Request, truth: Any, form: FeedbackForm) -> Request:
    return await services.feedback.give(FeedbackCommand(request.id, truth, form), EVERYBODY)


async def counted(services: Services) -> tuple[int, int, int]:
    """With feedback, scored, correct, as the daily summaries have it."""
    found = await figures(services)
    return found.with_feedback, found.scored, found.correct


async def old_rule(services: Services, *ids: int) -> None:
    """As an earlier release left these requests: their ground truth counts as wrong, everywhere."""
    async with services.database.transaction() as tx:
        for table, columns in (
            ("ml_request", "correct = FALSE"),
            ("ab_test_observation", "champion_correct = FALSE, challenger_correct = FALSE"),
        ):
            key = "id" if table == "ml_request" else "request_id"
            await run(tx, f"UPDATE {table} SET {columns} WHERE {key} IN ({', '.join(map(str, ids))})")
        await run(tx, f"UPDATE daily_summary SET scored = scored + {len(ids)} WHERE with_feedback > 0")


async def run(tx: Tx, sql: str) -> None:
    await tx.execute_query(sql)


async def test_over_the_old_urls_what_is_no_class_is_stored_and_not_scored(services: Services) -> None:
    one, two = await asked(services, 1, 2)
    assert (await give(services, one, "high", LEGACY)).correct is True
    stored = await give(services, two, "rich", LEGACY)
    assert (stored.feedback, stored.correct, stored.feedback_at is not None) == ("rich", None, True)
    assert await counted(services) == (2, 1, 1)
    assert await cells(services) == [(AT_ZERO, "high", "high", 1)]


async def test_a_good_truth_is_kept_where_a_bad_one_is_refused(services: Services) -> None:
    (one,) = await asked(services, 1)
    await give(services, one, "high", FeedbackForm.VALUE)
    for bad in ("HIGH", "high.", "rich"):
        with pytest.raises(InvalidFeedback, match="no class of this endpoint"):
            await give(services, one, bad, FeedbackForm.VALUE)
    kept = await give(services, one, "", CELL)
    assert (kept.feedback, kept.correct) == ("high", True)
    assert await counted(services) == (1, 1, 1)


async def test_over_the_old_urls_a_bad_truth_takes_the_score_and_a_good_one_gives_it_back(
    services: Services,
) -> None:
    (one,) = await asked(services, 1)
    for truth, correct, expected in (
        ("low", False, (1, 1, 0)),
        ("rich", None, (1, 0, 0)),
        ("high", True, (1, 1, 1)),
        ("poor", None, (1, 0, 0)),
        (None, None, (0, 0, 0)),
    ):
        assert (await give(services, one, truth, LEGACY)).correct is correct
        assert await counted(services) == expected
    assert await services.summaries.check() == []


async def test_an_own_failure_is_wrong_only_where_the_truth_is_a_class(services: Services) -> None:
    failed, other = await asked(services, 666, 666)
    assert (await give(services, failed, "high", LEGACY)).correct is False
    assert (await give(services, other, "rich", LEGACY)).correct is None
    assert await counted(services) == (2, 1, 0)


async def test_a_running_test_leaves_out_what_is_no_class_and_says_how_many(
    services: Services, dice: Dice
) -> None:
    test = await begin(services, AT_ZERO, AT_TEN)
    dice.numbers = [0.9] * 4
    requests = await asked(services, 1, 1, 1, 20)
    for request, truth in zip(requests, ["high", "rich", "poor", "high"], strict=True):
        await give(services, request, truth, LEGACY)
    result = await services.ab_tests.evaluate(test.id)
    assert (result.champion.with_feedback, result.champion.value) == (2, 1.0)
    assert (
        "2 requests have a ground truth that is no class of the endpoint and are not scored; "
        "give them a declared class"
    ) in result.warnings
    await give(services, requests[1], "low", FeedbackForm.VALUE)
    await give(services, requests[2], "low", FeedbackForm.VALUE)
    result = await services.ab_tests.evaluate(test.id)
    assert (result.champion.with_feedback, result.champion.value) == (4, 0.5)
    assert not [one for one in result.warnings if "no class" in one]


async def test_a_replay_leaves_out_what_is_no_class_and_says_how_many(services: Services) -> None:
    one, two = await asked(services, 1, 2)
    await give(services, one, "rich", LEGACY)
    await give(services, two, "high", LEGACY)
    viewer = services.catalog.snapshot.viewer(EVERYBODY)
    found = await services.ab_tests.replay(AT_TEN, viewer=viewer)
    assert found.result.champion.with_feedback == 1
    assert [text for text in found.result.warnings if text.startswith("1 request has a ground truth")]


async def test_stored_truths_that_are_no_class_are_scored_anew(services: Services, dice: Dice) -> None:
    test = await begin(services, AT_ZERO, AT_TEN)
    dice.numbers = [0.9] * 3
    requests = await asked(services, 1, 1, 1)
    for request, truth in zip(requests, ["high", "rich", "HIGH"], strict=True):
        await give(services, request, truth, LEGACY)
    await old_rule(services, requests[1].id, requests[2].id)
    assert (await services.ab_tests.evaluate(test.id)).champion.value == pytest.approx(1 / 3)
    assert await counted(services) == (3, 3, 1)

    found = await services.summaries.check()
    told = [(one.endpoint_id, one.label, one.feedback, one.column, one.stored, one.expected) for one in found]
    assert sorted(told) == [
        (LEVELS_ID, "high", "HIGH", "scored requests", 1, 0),
        (LEVELS_ID, "high", "rich", "scored requests", 1, 0),
    ]
    assert await counted(services) == (3, 3, 1)
    assert await services.summaries.rebuild() == found
    assert await counted(services) == (3, 1, 1)
    result = await services.ab_tests.evaluate(test.id)
    assert (result.champion.with_feedback, result.champion.value) == (1, 1.0)
    assert result.warnings[-1].startswith("2 requests have a ground truth that is no class")
    assert await services.summaries.check() == []
    assert await services.summaries.rebuild() == []


async def test_a_class_that_is_declared_later_is_scored_by_a_rebuild(services: Services) -> None:
    (one,) = await asked(services, 1)
    await give(services, one, "high", LEGACY)
    async with services.database.transaction() as tx:
        await run(tx, "UPDATE ml_request SET correct = NULL")
        await run(tx, "UPDATE daily_summary SET scored = 0, correct = 0")
    assert len(await services.summaries.rebuild()) == 2
    assert await counted(services) == (1, 1, 1)


async def test_a_decided_test_keeps_its_verdict_and_warns(services: Services, dice: Dice) -> None:
    test = await begin(services, AT_ZERO, AT_TEN)
    dice.numbers = [0.9] * 4
    requests = await asked(services, 1, 1, 1, 1)
    for request, truth in zip(requests, ["high", "high", "rich", "high"], strict=True):
        await give(services, request, truth, LEGACY)
    await old_rule(services, requests[2].id)
    decided = await services.ab_tests.conclude(test.id, "me")
    async with services.database.transaction() as tx:  # decisions of before do not say what they left out
        mark = '"scored":"declared classes",'
        await run(tx, f"UPDATE ab_test_event SET details = replace(details, '{mark}', '')")
    assert len(await services.summaries.rebuild()) == 1
    result = await services.ab_tests.evaluate(test.id)
    assert (result.champion.with_feedback, result.champion.value) == (4, 0.75)
    assert (
        "1 request has a ground truth that is no class of the endpoint; the figures of this test count them as "
        "wrong, and its verdict stays as it was given"
    ) in result.warnings
    verification = await services.ab_tests.verify(test.id)
    assert (verification.matches, verification.verdict) == (True, decided.verdict)


async def test_a_verdict_that_left_out_what_is_no_class_is_verified(services: Services, dice: Dice) -> None:
    test = await begin(services, AT_ZERO, AT_TEN)
    dice.numbers = [0.9] * 2
    one, two = await asked(services, 1, 1)
    await give(services, one, "high", LEGACY)
    await give(services, two, "rich", LEGACY)
    await services.ab_tests.conclude(test.id, "me")
    assert (await services.ab_tests.verify(test.id)).differences == ()
