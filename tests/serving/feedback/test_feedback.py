from __future__ import annotations

import asyncio

import pytest

from domain.errors import InvalidFeedback, RequestNotFound, TooManyRows
from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Request
from domain.words import FeedbackForm, JSONValue
from serving.services import Services
from tests.serving.world import EVERYBODY, command, row


async def predicted(services: Services, x: float, endpoint: str = "levels") -> Request:
    (prediction,) = await services.predictor.predict(command(row(x), endpoint=endpoint))
    return prediction.request


async def give(services: Services, request: Request, feedback: JSONValue) -> Request:
    return await services.feedback.give(FeedbackCommand(request.id, feedback), EVERYBODY)


async def events(services: Services, request: Request) -> list[str | None]:
    async with services.database.reader() as reader:
        rows = await reader.execute_query_dict(
            f"SELECT feedback FROM feedback_event WHERE request_id = {request.id} ORDER BY id"
        )
    return [row["feedback"] for row in rows]


@pytest.mark.parametrize(
    ("feedback", "correct"), [("high", True), (" high ", True), ("low", False), (" low", False)]
)
async def test_label_is_compared_with_the_ground_truth(
    services: Services, feedback: str, correct: bool
) -> None:
    request = await give(services, await predicted(services, 1), feedback)
    assert (request.feedback, request.correct, request.residual) == (feedback.strip(), correct, None)
    assert request.feedback_at is not None


async def test_residual_is_value_minus_ground_truth(services: Services) -> None:
    request = await give(services, await predicted(services, 10, "heights"), "9.5")
    assert (request.value, request.residual, request.correct) == (11.0, 1.5, None)


async def test_regressor_feedback_that_is_no_number_changes_nothing(services: Services) -> None:
    request = await predicted(services, 10, "heights")
    with pytest.raises(InvalidFeedback, match="finite number"):
        await give(services, request, "tall")
    assert await events(services, request) == []


async def test_same_feedback_again_is_no_event_and_a_change_is_one(services: Services) -> None:
    request = await predicted(services, 1)
    for feedback in ("low", "low", "high", None, "", "high"):
        await give(services, request, feedback)
    assert await events(services, request) == ["low", "high", None, "high"]


async def test_clearing_feedback_clears_what_followed_from_it(services: Services) -> None:
    request = await predicted(services, 1)
    await give(services, request, "low")
    cleared = await give(services, request, None)
    assert (cleared.feedback, cleared.feedback_at, cleared.correct) == (None, None, None)


async def test_failed_classifier_is_wrong_and_failed_regressor_is_left_out(services: Services) -> None:
    failed = await give(services, await predicted(services, 666), "high")
    assert failed.correct is False
    failed = await give(services, await predicted(services, 666, "heights"), "3")
    assert (failed.correct, failed.residual) == (None, None)


async def test_row_that_the_caller_got_wrong_is_neither_right_nor_wrong(services: Services) -> None:
    (prediction,) = await services.predictor.predict(command({"x": "text"}))
    request = await give(services, prediction.request, "high")
    assert (request.feedback, request.correct) == ("high", None)


async def test_unknown_request_is_an_error(services: Services) -> None:
    with pytest.raises(RequestNotFound, match="no request 5"):
        await services.feedback.give(FeedbackCommand(5, "high"), EVERYBODY)


async def test_batch_stores_the_good_ones_and_refuses_the_bad_in_their_places(services: Services) -> None:
    first, height = await predicted(services, 1), await predicted(services, 1, "heights")
    commands = [
        FeedbackCommand(first.id, "low"),
        FeedbackCommand(5, "low"),
        FeedbackCommand(height.id, "tall"),
        FeedbackCommand(height.id, 3),
        FeedbackCommand(first.id, "high"),
    ]
    results = await services.feedback.give_batch(commands, EVERYBODY)
    codes = [None if r.failure is None else r.failure.code for r in results]
    assert codes == [None, "REQUEST_NOT_FOUND", "INVALID_FEEDBACK", None, None]
    assert [r.request.feedback if r.request else None for r in results] == ["high", None, None, "3", "high"]
    assert await events(services, first) == ["high"]


@pytest.mark.parametrize("count", [0, 10_001])
async def test_batch_has_one_to_ten_thousand_entries(services: Services, count: int) -> None:
    with pytest.raises(TooManyRows):
        await services.feedback.give_batch([FeedbackCommand(1, "x")] * count, EVERYBODY)


async def test_concurrent_feedback_for_one_request_leaves_the_last_and_every_event(
    services: Services,
) -> None:
    request = await predicted(services, 1)
    commands = [FeedbackCommand(request.id, str(number), FeedbackForm.LEGACY) for number in range(20)]
    await asyncio.gather(*[services.feedback.give(one, EVERYBODY) for one in commands])
    stored = await events(services, request)
    assert sorted(stored, key=str) == sorted(map(str, range(20)))
    again = FeedbackCommand(request.id, stored[-1], FeedbackForm.LEGACY)
    assert (await services.feedback.give(again, EVERYBODY)).feedback == stored[-1]
    assert len(await events(services, request)) == 20
