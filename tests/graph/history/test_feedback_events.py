from __future__ import annotations

from domain.callers import Scope
from domain.requests.feedback import FeedbackCommand
from graph.operation.loaders import SHOWN_EVENTS
from tests.graph.conftest import Door
from tests.serving.world import EVERYBODY, command, row

LOG = "query ($id: ID!) { request(id: $id) { feedback feedbackEvents { feedback createdBy createdAt } } }"


async def asked(door: Door, value: float = 1) -> int:
    (prediction,) = await door.services.predictor.predict(command(row(value)))
    return prediction.request.id


async def test_a_request_tells_each_change_of_its_truth_newest_first(door_to_each: Door) -> None:
    door = door_to_each
    id_, other = await asked(door), await asked(door, 2)
    for truth in ("high", "high", "low", None):
        await door.services.feedback.give(FeedbackCommand(id_, truth), EVERYBODY)
    found = (await door.data(LOG, id=str(id_)))["request"]
    assert found["feedback"] is None
    assert [(one["feedback"], one["createdBy"]) for one in found["feedbackEvents"]] == [
        (None, EVERYBODY.name),
        ("low", EVERYBODY.name),
        ("high", EVERYBODY.name),
    ]
    assert (await door.data(LOG, id=str(other)))["request"]["feedbackEvents"] == []


async def test_a_request_tells_the_last_twenty_changes(door: Door) -> None:
    id_ = await asked(door)
    for turn in range(SHOWN_EVENTS + 3):
        await door.services.feedback.give(FeedbackCommand(id_, ("high", "low")[turn % 2]), EVERYBODY)
    found = (await door.data(LOG, id=str(id_)))["request"]["feedbackEvents"]
    assert [one["feedback"] for one in found] == ["high", "low"] * 10


async def test_the_newest_change_is_there_in_the_answer_to_feedback(door: Door) -> None:
    id_ = await asked(door)
    data = await door.data(
        f'mutation {{ giveFeedback(input: {{requestId: "{id_}", feedback: "low"}}) '
        "{ request { feedbackAt feedbackEvents { feedback createdAt } } } }"
    )
    request = data["giveFeedback"]["request"]
    assert request["feedbackEvents"] == [{"feedback": "low", "createdAt": request["feedbackAt"]}]


async def test_who_may_not_read_requests_is_not_told_who_gave_their_truth(door: Door) -> None:
    id_ = await asked(door)
    await door.services.feedback.give(FeedbackCommand(id_, "low"), EVERYBODY)
    teller = door.seen_by(Scope.FEEDBACK)
    answer = await teller.post(
        f'mutation {{ giveFeedback(input: {{requestId: "{id_}", feedback: "high"}}) '
        "{ request { feedback feedbackEvents { createdBy } } } }"
    )
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert answer["data"] is None
    reader = door.seen_by(Scope.READ)
    found = (await reader.data(LOG, id=str(id_)))["request"]["feedbackEvents"]
    assert [one["createdBy"] for one in found] == [EVERYBODY.name]


async def test_logs_of_more_than_a_thousand_requests_are_refused_before_they_are_read(door: Door) -> None:
    page = "requests(first: 100) { nodes { feedbackEvents { feedback } } }"
    for value in range(5):
        await door.services.predictor.predict(command(*[row(value) for _ in range(20)]))
    pages = " ".join(f"p{n}: {page}" for n in range(10))
    error = await door.error(f"{{ {pages} }}")
    assert "may list more than 20000 objects together" in error["message"]
