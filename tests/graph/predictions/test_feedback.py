from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLObjectType, build_schema

from domain.callers import Scope
from graph.schema import print_schema
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


ENOUGH = "id requestId feedback feedbackAt correct"
MORE = [
    "input",
    "maskedFeatures",
    "label",
    "value",
    "probability",
    "confidence",
    "probabilities { label }",
    "residual",
    "outcome",
    "subject",
    "externalId",
    "fault",
    "arm",
    "abTestAnswers { champion { label } }",
    "message",
    "latency",
    "createdAt",
    "endpoint { name }",
    "algorithm { name }",
    "abTest { title }",
    "feedbackEvents { feedback }",
]
ONE = """mutation ($id: ID!) {
  giveFeedback(input: {requestId: $id, feedback: "high"}) { request { %s } userErrors { code } }
}"""
MANY = """mutation ($id: ID!) {
  giveFeedbackBatch(input: {items: {requestId: $id, feedback: "high"}}) {
    results { request { %s } } userErrors { code }
  }
}"""


@pytest.mark.parametrize("mutation", [ONE, MANY])
async def test_who_may_only_give_feedback_gets_back_what_it_needs(door: Door, mutation: str) -> None:
    request_id = await asked(door)
    data = await door.seen_by(Scope.FEEDBACK).data(mutation % f"__typename {ENOUGH}", id=request_id)
    (payload,) = data.values()
    request = payload["request"] if "request" in payload else payload["results"][0]["request"]
    assert (request["requestId"], request["feedback"], request["correct"]) == (request_id, "high", True)
    assert payload["userErrors"] == []


@pytest.mark.parametrize("mutation", [ONE, MANY])
@pytest.mark.parametrize("anonymous", [True, False])
async def test_more_of_a_request_needs_the_scope_read_and_is_refused_before_anything_is_stored(
    door: Door, mutation: str, anonymous: bool
) -> None:
    request_id = await asked(door)
    caller = door.seen_by(Scope.PREDICT, Scope.FEEDBACK, anonymous=anonymous)
    for field in [*MORE, "... on Node { ... on Request { input } }"]:
        answer = await caller.post(mutation % f"{ENOUGH} {field}", id=request_id)
        (error,) = answer["errors"]
        assert answer["data"] is None
        assert error["extensions"] == {"code": "UNAUTHENTICATED" if anonymous else "FORBIDDEN"}
        name = "input" if "..." in field else field.split()[0]
        assert error["message"].startswith(f"{name} of the request: this needs a key with `read`")
    kept = await door.data("query ($id: ID!) { request(id: $id) { feedback } }", id=request_id)
    assert kept == {"request": {"feedback": None}}
    both = door.seen_by(Scope.READ, Scope.FEEDBACK)
    assert "errors" not in await both.post(mutation % f"{ENOUGH} {' '.join(MORE)}", id=request_id)


def test_every_field_of_a_request_is_either_enough_or_more() -> None:
    request = build_schema(print_schema()).type_map["Request"]
    assert isinstance(request, GraphQLObjectType)
    named = {part for text in [ENOUGH, *MORE] for part in text.split(" {")[0].split()}
    assert set(request.fields) == named


async def test_a_long_batch_of_feedback_answers_as_a_short_one_does(door: Door) -> None:
    ids = [await asked(door, 1), await asked(door, -1)]
    items = [{"requestId": ids[index % 2], "feedback": "high"} for index in range(120)]
    items[7] = {"requestId": "junk", "feedback": "high"}
    items[8] = {"requestId": ids[0]}
    padding = {"requestId": "0" * 19, "feedback": "x" * 70_000}
    payload = (await door.data(BATCH, items=[*items, padding]))["giveFeedbackBatch"]
    results = payload["results"]
    assert len(results) == 121
    assert results[0] == {"request": {"requestId": ids[0], "correct": True}, "userErrors": []}
    assert results[119] == {"request": {"requestId": ids[1], "correct": False}, "userErrors": []}
    assert {index: result["userErrors"] for index, result in enumerate(results) if result["userErrors"]} == {
        7: [{"code": "INVALID_ID", "path": ["input", "items", "7", "requestId"]}],
        8: [{"code": "INVALID_FEEDBACK", "path": ["input", "items", "8", "feedback"]}],
        120: [{"code": "REQUEST_NOT_FOUND", "path": ["input", "items", "120", "requestId"]}],
    }


LITERAL = """
mutation ($id: ID!) {{
  giveFeedback(input: {{requestId: $id, feedback: {}}}) {{
    request {{ requestId }} userErrors {{ code message path }}
  }}
}}
"""
STORED = "query ($id: ID!) { request(id: $id) { feedback correct } }"


@pytest.mark.parametrize("literal", [False, True])
@pytest.mark.parametrize(
    ("feedback", "nearest"),
    [("HIGH", "high"), ("high.", "high"), ("Low ", "low"), ("rich", "high"), ("nan", None), ("5", None)],
)
async def test_a_ground_truth_that_is_no_class_is_refused_and_names_the_nearest(
    door_to_each: Door, feedback: str, nearest: str | None, literal: bool
) -> None:
    door = door_to_each
    request_id = await asked(door)
    await give(door, requestId=request_id, feedback="high")
    if literal:
        query = LITERAL.format(f'"{feedback}"')
        payload = (await door.data(query, id=request_id))["giveFeedback"]
    else:
        payload = await give(door, requestId=request_id, feedback=feedback)
    told = "" if nearest is None else f"; the nearest is '{nearest}'"
    assert payload == {
        "request": None,
        "userErrors": [
            {
                "code": "INVALID_FEEDBACK",
                "message": f"feedback '{feedback.strip()}' is no class of this endpoint{told}. "
                "Send one of: 'low', 'high'.",
                "path": ["input", "feedback"],
            }
        ],
    }
    assert await door.data(STORED, id=request_id) == {"request": {"feedback": "high", "correct": True}}


@pytest.mark.parametrize("literal", ["5", "1.5", "HIGH", "high"])
async def test_a_literal_that_is_no_text_is_no_class_either(door: Door, literal: str) -> None:
    request_id = await asked(door)
    answer = await door.post(LITERAL.format(literal), id=request_id)
    if "errors" not in answer and literal != "high":
        (error,) = answer["data"]["giveFeedback"]["userErrors"]
        assert error["code"] == "INVALID_FEEDBACK"
        assert await door.data(STORED, id=request_id) == {"request": {"feedback": None, "correct": None}}


async def test_in_a_batch_a_truth_that_is_no_class_is_refused_alone(door_to_each: Door) -> None:
    door = door_to_each
    ids = [await asked(door, 1) for _ in range(3)]
    truths = ["high", "HIGH", "low"]
    items = [{"requestId": id_, "feedback": truth} for id_, truth in zip(ids, truths, strict=True)]
    results = (await door.data(BATCH, items=items))["giveFeedbackBatch"]["results"]
    assert [result["request"] and result["request"]["correct"] for result in results] == [True, None, False]
    assert [result["userErrors"] for result in results] == [
        [],
        [{"code": "INVALID_FEEDBACK", "path": ["input", "items", "1", "feedback"]}],
        [],
    ]
    assert await door.data(STORED, id=ids[1]) == {"request": {"feedback": None, "correct": None}}
