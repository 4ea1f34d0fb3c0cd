from __future__ import annotations

from typing import Any

import pytest

from domain.types import Scope
from tests.graph.conftest import Door
from tests.serving.world import command, row

GIVE = """
mutation ($input: GiveFeedbackInput!) {
  giveFeedback(input: $input) {
    request { requestId feedback feedbackAt correct residual }
    userErrors { code message path }
  }
}
"""


async def asked(door: Door, x: float = 1, endpoint: str = "levels") -> str:
    (prediction,) = await door.services.predictor.predict(command(row(x), endpoint=endpoint))
    return str(prediction.request.id)


async def give(door: Door, **input: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await door.data(GIVE, input=input))["giveFeedback"]
    return payload


async def test_feedback_says_whether_the_label_was_right(door: Door) -> None:
    request_id = await asked(door)
    for feedback, correct in (("high", True), ("low", False), (" high ", True)):
        payload = await give(door, requestId=request_id, feedback=feedback)
        assert payload["userErrors"] == []
        assert payload["request"]["correct"] is correct
        assert payload["request"]["feedbackAt"].endswith("+00:00")


async def test_feedback_of_a_regressor_gives_the_residual(door: Door) -> None:
    payload = await give(door, requestId=await asked(door, 4, "heights"), feedback=3.5)
    assert (payload["request"]["residual"], payload["request"]["correct"]) == (1.5, None)


@pytest.mark.parametrize("nothing", [None, ""])
async def test_null_and_empty_text_take_feedback_back(door: Door, nothing: str | None) -> None:
    request_id = await asked(door)
    await give(door, requestId=request_id, feedback="high")
    payload = await give(door, requestId=request_id, feedback=nothing)
    assert payload["request"] == {
        "requestId": request_id,
        "feedback": None,
        "feedbackAt": None,
        "correct": None,
        "residual": None,
    }


async def test_feedback_left_out_changes_nothing(door: Door) -> None:
    request_id = await asked(door)
    await give(door, requestId=request_id, feedback="high")
    payload = await give(door, requestId=request_id)
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [
        ("INVALID_FEEDBACK", ["input", "feedback"])
    ]
    assert (await door.data("query ($id: ID!) { request(id: $id) { feedback } }", id=request_id)) == {
        "request": {"feedback": "high"}
    }


@pytest.mark.parametrize(
    ("request_id", "code"),
    [
        ("1", "REQUEST_NOT_FOUND"),
        (2**63 - 1, "REQUEST_NOT_FOUND"),
        (str(2**63), "INVALID_ID"),
        ("-1", "INVALID_ID"),
        ("junk", "INVALID_ID"),
        ("", "INVALID_ID"),
        ("RW5kcG9pbnQ6MQ==", "INVALID_ID"),
    ],
)
async def test_feedback_for_no_request_is_a_user_error(door: Door, request_id: Any, code: str) -> None:
    payload = await give(door, requestId=str(request_id), feedback="high")
    assert payload["request"] is None
    assert [(error["code"], error["path"]) for error in payload["userErrors"]] == [
        (code, ["input", "requestId"])
    ]


@pytest.mark.parametrize("feedback", ["tall", "NaN", [1], {"a": 1}, True])
async def test_feedback_of_the_wrong_kind_is_a_user_error_and_stores_nothing(
    door: Door, feedback: Any
) -> None:
    request_id = await asked(door, 4, "heights")
    payload = await give(door, requestId=request_id, feedback=feedback)
    assert [error["code"] for error in payload["userErrors"]] == ["INVALID_FEEDBACK"]
    assert (await door.data("query ($id: ID!) { request(id: $id) { feedback } }", id=request_id)) == {
        "request": {"feedback": None}
    }


BATCH = """
mutation ($items: [GiveFeedbackInput!]!) {
  giveFeedbackBatch(input: {items: $items}) {
    results { request { requestId correct } userErrors { code path } }
    userErrors { code path }
  }
}
"""


async def test_a_batch_stores_the_good_ones_and_names_the_bad_ones_in_their_place(door: Door) -> None:
    one, two = await asked(door, 1), await asked(door, -1)
    items = [
        {"requestId": one, "feedback": "high"},
        {"requestId": "junk", "feedback": "high"},
        {"requestId": "7", "feedback": "high"},
        {"requestId": two},
        {"requestId": two, "feedback": "high"},
    ]
    payload = (await door.data(BATCH, items=items))["giveFeedbackBatch"]
    assert payload["userErrors"] == []
    assert [result["request"] for result in payload["results"]] == [
        {"requestId": one, "correct": True},
        None,
        None,
        None,
        {"requestId": two, "correct": False},
    ]
    assert [result["userErrors"] for result in payload["results"]] == [
        [],
        [{"code": "INVALID_ID", "path": ["input", "items", "1", "requestId"]}],
        [{"code": "REQUEST_NOT_FOUND", "path": ["input", "items", "2", "requestId"]}],
        [{"code": "INVALID_FEEDBACK", "path": ["input", "items", "3", "feedback"]}],
        [],
    ]


async def test_an_empty_batch_of_feedback_is_a_user_error(door: Door) -> None:
    assert (await door.data(BATCH, items=[]))["giveFeedbackBatch"] == {
        "results": [],
        "userErrors": [{"code": "TOO_MANY_ROWS", "path": ["input", "items"]}],
    }


async def test_feedback_without_its_scope_is_denied_and_stores_nothing(door: Door) -> None:
    request_id = await asked(door)
    answer = await door.seen_by(Scope.READ, Scope.PREDICT).post(
        GIVE, input={"requestId": request_id, "feedback": "high"}
    )
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    assert (await door.data("query ($id: ID!) { request(id: $id) { feedback } }", id=request_id)) == {
        "request": {"feedback": None}
    }
