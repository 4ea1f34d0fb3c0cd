"""External ids from the prediction to its ground truth, over GraphQL and on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from domain.callers import Scope
from tests.conftest import Statements
from tests.graph.conftest import Door, of_operations
from tests.serving.world import row

PREDICT = """mutation ($input: PredictInput!) { predict(input: $input) {
  request { requestId externalId label } userErrors { code path requestId message }
} }"""
BATCH = """mutation ($input: PredictBatchInput!) { predictBatch(input: $input) {
  results { request { requestId externalId outcome } userErrors { code } } userErrors { code path requestId }
} }"""
GIVE = """mutation ($input: GiveFeedbackInput!) { giveFeedback(input: $input) {
  request { requestId feedback } userErrors { code message path }
} }"""
GIVE_MANY = """mutation ($items: [GiveFeedbackInput!]!) { giveFeedbackBatch(input: {items: $items}) {
  results { request { requestId feedback externalId } userErrors { code path } } userErrors { code }
} }"""
COUNT = "{ requests { totalCount } }"


async def predict(door: Door, x: float = 1, endpoint: str = "levels", **more: Any) -> dict[str, Any]:
    asked = {"endpoint": endpoint, "features": row(x), **more}
    payload: dict[str, Any] = (await door.data(PREDICT, input=asked))["predict"]
    return payload


async def test_a_request_shows_its_external_id_and_is_found_by_it(door_to_each: Door) -> None:
    door = door_to_each
    made = (await predict(door, externalId="order 4711"))["request"]
    plain = (await predict(door))["request"]
    assert (made["externalId"], plain["externalId"]) == ("order 4711", None)
    other = (await predict(door, endpoint="heights", externalId="order 4711"))["request"]
    found = await door.data(
        """query ($id: ID!) {
          request(id: $id) { externalId }
          levels: requestByExternalId(endpoint: "levels", externalId: "order 4711") { requestId externalId }
          heights: requestByExternalId(endpoint: "2", externalId: "order 4711") { requestId }
          none: requestByExternalId(endpoint: "levels", externalId: "order") { requestId }
          impossible: requestByExternalId(endpoint: "levels", externalId: "a\\u0000b") { requestId }
          requests(where: {externalId: ["order 4711", "order"]}, orderBy: CREATED_AT_ASC) {
            nodes { requestId externalId } totalCount
          }
          others: requests(where: {not: {externalId: "order 4711"}}) { nodes { requestId externalId } }
        }""",
        id=made["requestId"],
    )
    assert found == {
        "request": {"externalId": "order 4711"},
        "levels": {"requestId": made["requestId"], "externalId": "order 4711"},
        "heights": {"requestId": other["requestId"]},
        "none": None,
        "impossible": None,
        "requests": {
            "nodes": [
                {"requestId": made["requestId"], "externalId": "order 4711"},
                {"requestId": other["requestId"], "externalId": "order 4711"},
            ],
            "totalCount": 2,
        },
        "others": {"nodes": [{"requestId": plain["requestId"], "externalId": None}]},
    }


async def test_a_used_one_is_refused_with_the_first_request(door_to_each: Door) -> None:
    door = door_to_each
    first = (await predict(door, externalId="A", idempotencyKey="k"))["request"]
    payload = await predict(door, -1, externalId="A")
    assert payload == {
        "request": None,
        "userErrors": [
            {
                "code": "EXTERNAL_ID_TAKEN",
                "path": ["input", "externalId"],
                "requestId": first["requestId"],
                "message": f"The external id 'A' is taken by request {first['requestId']} of this endpoint, so "
                "nothing was predicted anew: look at that one, or send a new id.",
            }
        ],
    }
    assert (await predict(door, externalId="A", idempotencyKey="k"))["request"] == first
    assert (await door.data(COUNT)) == {"requests": {"totalCount": 1}}


async def test_a_batch_in_which_some_are_taken_is_refused_whole_and_names_each(door_to_each: Door) -> None:
    door = door_to_each
    rows, names = [row(1), {"x": "odd"}, row(2)], ["A", "B", None]
    asked = {"endpoint": "levels", "rows": rows, "externalIds": names}
    made = (await door.data(BATCH, input=asked))["predictBatch"]
    ids = [one["request"]["requestId"] for one in made["results"]]
    assert [(one["request"]["externalId"], one["request"]["outcome"]) for one in made["results"]] == [
        ("A", "OK"),
        (None, "ERROR"),
        (None, "OK"),
    ]
    third = (await predict(door, externalId="C"))["request"]["requestId"]
    again = {"endpoint": "levels", "rows": rows, "externalIds": ["C", "B", "A"]}
    assert (await door.data(BATCH, input=again))["predictBatch"] == {
        "results": [],
        "userErrors": [
            {"code": "EXTERNAL_ID_TAKEN", "path": ["input", "externalIds", "0"], "requestId": third},
            {"code": "EXTERNAL_ID_TAKEN", "path": ["input", "externalIds", "2"], "requestId": ids[0]},
        ],
    }
    assert (await door.data(COUNT)) == {"requests": {"totalCount": 4}}


@pytest.mark.parametrize("name", ["", "a\nb", "x" * 201])
async def test_one_that_cannot_be_kept_is_a_user_error(door: Door, name: str) -> None:
    payload = await predict(door, externalId=name)
    assert [(one["code"], one["path"]) for one in payload["userErrors"]] == [
        ("BAD_USER_INPUT", ["input", "externalId"])
    ]
    assert payload["request"] is None
    assert (await door.data(COUNT)) == {"requests": {"totalCount": 0}}


async def test_a_typed_prediction_keeps_it_too(door: Door) -> None:
    payload = await door.data(
        """mutation { predictLevels(input: {features: {x: 1, colour: RED}, externalId: "A"}) {
          request { externalId } userErrors { code } } }"""
    )
    assert payload == {"predictLevels": {"request": {"externalId": "A"}, "userErrors": []}}


async def test_ground_truth_is_given_by_it(door_to_each: Door) -> None:
    door = door_to_each
    first = (await predict(door, externalId="A"))["request"]["requestId"]
    second = (await predict(door, 3, endpoint="heights", externalId="A"))["request"]["requestId"]
    given = await door.data(GIVE, input={"endpoint": "levels", "externalId": "A", "feedback": "low"})
    assert given == {"giveFeedback": {"request": {"requestId": first, "feedback": "low"}, "userErrors": []}}
    items = [
        {"endpoint": "levels", "externalId": "A", "feedback": "high"},
        {"endpoint": "levels", "externalId": "B", "feedback": "high"},
        {"endpoint": "nowhere", "externalId": "A", "feedback": "high"},
        {"endpoint": "levels", "externalId": "a\0b", "feedback": "high"},
        {"requestId": second, "feedback": 5},
        {"endpoint": "heights", "externalId": "A", "feedback": 6},
    ]
    found = (await door.data(GIVE_MANY, items=items))["giveFeedbackBatch"]
    assert found == {
        "results": [
            {"request": {"requestId": first, "feedback": "high", "externalId": "A"}, "userErrors": []},
            *(
                {"request": None, "userErrors": [{"code": code, "path": ["input", "items", str(n), place]}]}
                for n, code, place in (
                    (1, "REQUEST_NOT_FOUND", "externalId"),
                    (2, "ENDPOINT_NOT_FOUND", "endpoint"),
                    (3, "BAD_USER_INPUT", "externalId"),
                )
            ),
            # The same request twice: the later one stands.
            {"request": {"requestId": second, "feedback": "6", "externalId": "A"}, "userErrors": []},
            {"request": {"requestId": second, "feedback": "6", "externalId": "A"}, "userErrors": []},
        ],
        "userErrors": [],
    }


@pytest.mark.parametrize(
    ("named", "message", "place"),
    [
        ({}, "No request is named; send requestId, or endpoint and externalId.", "requestId"),
        (
            {"requestId": "1", "externalId": "A"},
            "The request is named twice; send requestId, or endpoint and externalId.",
            "requestId",
        ),
        ({"externalId": "A"}, "endpoint is absent; each endpoint has external ids of its own.", "endpoint"),
        (
            {"endpoint": "levels"},
            "externalId is absent; with endpoint alone no request is named.",
            "externalId",
        ),
        (
            {"endpoint": "levels", "externalId": "B"},
            "No request of levels has the external id 'B'.",
            "externalId",
        ),
    ],
)
async def test_feedback_that_names_no_request_says_so(
    door: Door, named: dict[str, str], message: str, place: str
) -> None:
    payload = (await door.data(GIVE, input={**named, "feedback": "high"}))["giveFeedback"]
    assert payload["request"] is None
    assert [(one["message"], one["path"]) for one in payload["userErrors"]] == [(message, ["input", place])]


async def test_who_may_only_give_feedback_can_give_it_by_external_id_but_not_read_the_id(door: Door) -> None:
    made = (await predict(door, externalId="A"))["request"]["requestId"]
    giver = door.seen_by(Scope.FEEDBACK)
    asked = {"endpoint": "levels", "externalId": "A", "feedback": "high"}
    assert (await giver.data(GIVE, input=asked))["giveFeedback"]["request"]["requestId"] == made
    error = await giver.error(
        "mutation ($input: GiveFeedbackInput!) { giveFeedback(input: $input) { request { externalId } } }",
        input=asked,
    )
    assert error["extensions"]["code"] == "FORBIDDEN"
    error = await giver.error('{ requestByExternalId(endpoint: "levels", externalId: "A") { requestId } }')
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_one_and_many_look_ups_and_pages_with_and_without_it_cost_the_same_statements(
    door_to_each: Door, statements: Statements
) -> None:
    door = door_to_each
    for name in "ABC":
        await predict(door, externalId=name)
    one = 'x%d: requestByExternalId(endpoint: "levels", externalId: "%s") { externalId }'
    for names in ("A", "ABCD"):
        with statements() as sql:
            await door.data(f"{{ {' '.join(one % pair for pair in enumerate(names))} }}")
        assert len(of_operations(sql)) == 2
    for selection in ("requestId", "requestId externalId"):
        with statements() as sql:
            await door.data(f"{{ requests {{ nodes {{ {selection} }} }} }}")
        assert [("external_id" in one) for one in of_operations(sql)] == ["externalId" in selection]
