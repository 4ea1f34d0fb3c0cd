from __future__ import annotations

from typing import Any

import pytest

from domain.callers import Scope
from tests.graph.conftest import Door

PREDICT = """
mutation ($input: PredictInput!) {
  predict(input: $input) {
    request {
      id requestId outcome fault label value probability probabilities { label probability }
      message input subject feedback correct
      endpoint { name } algorithm { name version }
    }
    userErrors { code message path }
  }
}
"""
COUNT = "{ requests { totalCount } }"
GOOD = {"x": 1.5, "colour": "red"}


async def predict(door: Door, **input: Any) -> dict[str, Any]:
    payload: dict[str, Any] = (await door.data(PREDICT, input={"endpoint": "levels", **input}))["predict"]
    return payload


async def test_a_prediction_comes_back_as_its_logged_request(door: Door) -> None:
    payload = await predict(door, features=GOOD, subject="me")
    assert payload["userErrors"] == []
    request = payload["request"]
    assert {**request, "id": "", "requestId": ""} == {
        "id": "",
        "requestId": "",
        "outcome": "OK",
        "fault": None,
        "label": "high",
        "value": None,
        "probability": 1.0,
        "probabilities": [{"label": "low", "probability": 0.0}, {"label": "high", "probability": 1.0}],
        "message": None,
        "input": GOOD,
        "subject": "me",
        "feedback": None,
        "correct": None,
        "endpoint": {"name": "levels"},
        "algorithm": {"name": "at zero", "version": "1"},
    }
    again = await door.data(
        "query ($a: ID!, $b: ID!) { a: request(id: $a) { id probabilities { label } } b: request(id: $b) { id } }",
        a=request["id"],
        b=request["requestId"],
    )
    assert again["a"] == {"id": request["id"], "probabilities": [{"label": "low"}, {"label": "high"}]}
    assert again["b"] == {"id": request["id"]}


async def test_a_regressor_answers_a_value_and_no_probabilities(door: Door) -> None:
    request = (await predict(door, endpoint="heights", features=GOOD))["request"]
    assert (request["value"], request["label"], request["probabilities"]) == (2.5, None, None)


async def test_input_keeps_its_order(door: Door) -> None:
    request = (await predict(door, features={"colour": "blue", "x": 3}))["request"]
    assert list(request["input"]) == ["colour", "x"]


@pytest.mark.parametrize(
    ("features", "path", "says"),
    [
        ({"x": 1}, ["colour"], "colour is absent"),
        ({**GOOD, "size": 3}, ["size"], "size is no feature"),
        ({"x": "1", "colour": "red"}, ["x"], "x must be a number"),
        ({"x": True, "colour": "red"}, ["x"], "x must be a number"),
        ({"x": 2e6, "colour": "red"}, ["x"], "x must be a number from -1000000.0 to 1000000.0"),
        ({"x": 1, "colour": "green"}, ["colour"], "colour must be one of 'red', 'blue'"),
        (2**60, [], "a row must be an object"),
        ("text", [], "a row must be an object"),
        ([GOOD], [], "a row must be an object"),
    ],
)
async def test_a_failed_prediction_gives_the_logged_request_and_one_user_error(
    door: Door, features: Any, path: list[str], says: str
) -> None:
    payload = await predict(door, features=features)
    (error,) = payload["userErrors"]
    assert error["code"] == "INVALID_FEATURES"
    assert error["path"] == ["input", "features", *path]
    assert says in error["message"]
    request = payload["request"]
    assert (request["outcome"], request["fault"], request["label"]) == ("ERROR", "CALLER", None)
    assert request["input"] == features
    assert request["message"] == error["message"]
    assert await door.data(COUNT) == {"requests": {"totalCount": 1}}


async def test_an_algorithm_that_fails_is_named_as_the_fault_of_the_algorithm(door: Door) -> None:
    payload = await predict(door, features={"x": 666, "colour": "red"})
    assert payload["request"]["fault"] == "ALGORITHM"
    assert [error["code"] for error in payload["userErrors"]] == ["ALGORITHM_FAILED"]


async def test_an_unknown_endpoint_is_a_user_error_and_logs_nothing(door: Door) -> None:
    payload = await predict(door, endpoint="level", features=GOOD)
    assert payload["request"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["path"]) == ("ENDPOINT_NOT_FOUND", ["input", "endpoint"])
    assert await door.data(COUNT) == {"requests": {"totalCount": 0}}


@pytest.mark.parametrize(
    ("conditions", "code"),
    [
        ({"version": "9"}, "ALGORITHM_NOT_AVAILABLE"),
        ({"status": "AB_TESTING"}, "ALGORITHM_NOT_AVAILABLE"),
        ({"algorithm": "999"}, "ALGORITHM_NOT_AVAILABLE"),
        ({"algorithm": "no such name"}, "ALGORITHM_NOT_AVAILABLE"),
    ],
)
async def test_conditions_that_nothing_meets_are_logged_and_told(
    door: Door, conditions: dict[str, str], code: str
) -> None:
    payload = await predict(door, features=GOOD, conditions=conditions)
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert payload["request"]["outcome"] == "ERROR"
    assert payload["request"]["algorithm"] is None


async def test_conditions_choose_by_status_version_id_global_id_and_name(door: Door) -> None:
    nodes = (await door.data('{ algorithms(endpoint: "levels") { nodes { id name } } }'))["algorithms"][
        "nodes"
    ]
    global_id = next(node["id"] for node in nodes if node["name"] == "at ten")
    for conditions, chosen in (
        ({"status": "TESTING"}, "at ten"),
        ({"status": "PRODUCTION", "version": "1"}, "at zero"),
        ({"algorithm": "2"}, "at ten"),
        ({"algorithm": 2}, "at ten"),
        ({"algorithm": global_id}, "at ten"),
        ({"algorithm": "at ten"}, "at ten"),
    ):
        payload = await predict(door, features=GOOD, conditions=conditions)
        assert payload["request"]["algorithm"]["name"] == chosen


async def test_an_unknown_status_fails_validation_and_logs_nothing(door: Door) -> None:
    error = await door.error(
        'mutation { predict(input: {endpoint: "levels", features: {}, conditions: {status: OFF}})'
        " { request { id } } }"
    )
    assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}
    assert await door.data(COUNT) == {"requests": {"totalCount": 0}}


async def test_a_retry_with_its_key_gets_the_first_answer(door: Door) -> None:
    first = await predict(door, features=GOOD, idempotencyKey="k")
    again = await predict(door, features=GOOD, idempotencyKey="k")
    assert first == again
    other = await predict(door, features={"x": 9, "colour": "red"}, idempotencyKey="k")
    assert [(error["code"], error["path"]) for error in other["userErrors"]] == [
        ("IDEMPOTENCY_CONFLICT", ["input", "idempotencyKey"])
    ]
    assert await door.data(COUNT) == {"requests": {"totalCount": 1}}


async def test_a_batch_answers_each_row_in_its_place(door: Door) -> None:
    data = await door.data(
        """mutation ($rows: [JSON!]!) {
          predictBatch(input: {endpoint: "levels", rows: $rows}) {
            results { request { requestId outcome label } userErrors { code path } }
            userErrors { code }
          }
        }""",
        rows=[GOOD, {"x": 1}, {"x": -1, "colour": "red"}],
    )
    payload = data["predictBatch"]
    assert payload["userErrors"] == []
    assert [result["request"]["label"] for result in payload["results"]] == ["high", None, "low"]
    assert [result["userErrors"] for result in payload["results"]] == [
        [],
        [{"code": "INVALID_FEATURES", "path": ["input", "rows", "1", "colour"]}],
        [],
    ]
    assert len({result["request"]["requestId"] for result in payload["results"]}) == 3


async def test_an_empty_batch_is_a_user_error(door: Door) -> None:
    data = await door.data(
        'mutation { predictBatch(input: {endpoint: "levels", rows: []})'
        " { results { request { id } } userErrors { code path } } }"
    )
    assert data == {
        "predictBatch": {"results": [], "userErrors": [{"code": "TOO_MANY_ROWS", "path": ["input", "rows"]}]}
    }


async def test_literals_in_a_document_are_features_as_well_as_variables_are(door: Door) -> None:
    data = await door.data(
        'mutation ($x: JSON) { predict(input: {endpoint: "levels", features: {x: $x, colour: "blue"}})'
        " { request { label input } } }",
        x=-3,
    )
    assert data == {"predict": {"request": {"label": "low", "input": {"x": -3, "colour": "blue"}}}}


async def test_integers_beyond_two_to_the_53_come_back_as_they_were_sent(door: Door) -> None:
    big = 2**53 + 1
    request = (await predict(door, features={"x": big, "colour": "red"}))["request"]
    assert request["input"]["x"] == big


async def test_the_query_of_a_payload_sees_what_the_mutation_did(door: Door) -> None:
    data = await door.data(
        'mutation { predict(input: {endpoint: "levels", features: {x: 1, colour: "red"}})'
        " { request { id } query { requests { nodes { id } } } } }"
    )
    assert data["predict"]["query"]["requests"]["nodes"] == [{"id": data["predict"]["request"]["id"]}]


async def test_who_may_only_predict_sees_its_answer_but_not_the_history(door: Door) -> None:
    caller = door.seen_by(Scope.PREDICT)
    assert (await predict(caller, features=GOOD))["request"]["label"] == "high"
    for leak in (
        "request { endpoint { requests { nodes { id } } } }",
        "request { algorithm { requests { nodes { id } } } }",
        "request { algorithm { code } }",
        "query { requests { nodes { id } } }",
    ):
        answer = await caller.post(
            f'mutation {{ predict(input: {{endpoint: "levels", features: {{x: 1, colour: "red"}}}}) {{ {leak} }} }}'
        )
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
