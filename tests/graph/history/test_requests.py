from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from domain.requests.feedback import FeedbackCommand
from domain.requests.request import Prediction
from domain.words import Traffic
from graph.operation.limits import GraphLimits
from graph.vocabulary.pagination import Connection, LazyTotal, PageInfo, Total
from orm.connection.statement import Statement
from tests.graph.conftest import Door, of_operations
from tests.serving.world import EVERYBODY, command, row

Statements = Any

PAGE = """
query (
  $where: RequestWhere, $orderBy: RequestOrderBy! = CREATED_AT_DESC
  $first: Int, $after: String, $last: Int, $before: String
) {
  requests(where: $where, orderBy: $orderBy, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { requestId } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    totalCount totalCountIsCapped
  }
}
"""


async def history(door: Door, *values: float) -> list[str]:
    """One request for each value, in this order; their ids."""
    predictions: list[Prediction] = []
    for value in values:
        predictions += await door.services.predictor.predict(command(row(value)))
    return [str(prediction.request.id) for prediction in predictions]


async def page(door: Door, **arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await door.data(PAGE, **arguments))["requests"]
    return found


def ids_of(connection: dict[str, Any]) -> list[str]:
    return [edge["node"]["requestId"] for edge in connection["edges"]]


async def test_a_page_has_20_requests_unless_asked_and_the_newest_come_first(door: Door) -> None:
    await door.services.predictor.predict(command(*[row(x) for x in range(21)]))
    found = await page(door)
    ids = ids_of(found)
    assert len(ids) == 20
    assert ids == sorted(ids, key=int, reverse=True)
    assert (found["totalCount"], found["totalCountIsCapped"]) == (21, False)
    assert found["pageInfo"]["hasNextPage"] is True
    assert found["pageInfo"]["hasPreviousPage"] is False


@pytest.mark.parametrize("order", ["CREATED_AT_DESC", "CREATED_AT_ASC", "FEEDBACK_AT_DESC"])
async def test_walking_by_pages_meets_every_request_once_in_both_directions(door: Door, order: str) -> None:
    ids = await history(door, *range(7))
    for position, feedback in ((5, "high"), (1, "low"), (3, "high")):
        await door.services.feedback.give(FeedbackCommand(int(ids[position]), feedback), EVERYBODY)
    expected = {
        "CREATED_AT_DESC": ids[::-1],
        "CREATED_AT_ASC": ids,
        "FEEDBACK_AT_DESC": [ids[3], ids[1], ids[5], ids[6], ids[4], ids[2], ids[0]],
    }[order]
    forwards: list[str] = []
    cursor, more = None, True
    while more:
        found = await page(door, orderBy=order, first=2, after=cursor)
        forwards += ids_of(found)
        cursor, more = found["pageInfo"]["endCursor"], found["pageInfo"]["hasNextPage"]
    assert forwards == expected
    backwards: list[str] = []
    cursor, more = None, True
    while more:
        found = await page(door, orderBy=order, last=2, before=cursor)
        backwards = ids_of(found) + backwards
        cursor, more = found["pageInfo"]["startCursor"], found["pageInfo"]["hasPreviousPage"]
    assert backwards == expected


async def test_new_requests_do_not_shift_a_page(door: Door) -> None:
    ids = await history(door, 1, 2, 3)
    first = await page(door, first=1)
    await history(door, 4, 5)
    assert ids_of(await page(door, first=2, after=first["pageInfo"]["endCursor"])) == [ids[1], ids[0]]


async def test_after_and_before_bound_a_page_together(door: Door) -> None:
    ids = await history(door, 1, 2, 3, 4)
    cursors = [edge["cursor"] for edge in (await page(door))["edges"]]
    assert ids_of(await page(door, after=cursors[0], before=cursors[3])) == [ids[2], ids[1]]


async def test_an_empty_page_has_no_cursors(door: Door) -> None:
    assert await page(door, first=0) == {
        "edges": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
        "totalCount": 0,
        "totalCountIsCapped": False,
    }


def cursor(*content: Any) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(content)).decode().rstrip("=")


@pytest.mark.parametrize(
    "junk",
    [
        "",
        "junk",
        "ä",
        "====",
        cursor(),
        cursor("requests.ID_DESC"),
        cursor("requests.ID_DESC", None, "1"),
        cursor("requests.ID_DESC", None, -1),
        cursor("requests.ID_DESC", None, 1.5),
        cursor("requests.ID_DESC", None, 2**63),
        cursor("requests.ID_DESC", {}, 1),
        cursor("requests.ID_ASC", None, 1),
        cursor("endpoints", None, 1),
        cursor(1, None, 1),
    ],
)
async def test_a_junk_cursor_is_a_clean_error(door: Door, junk: str) -> None:
    for argument in ("after", "before"):
        error = await door.error(PAGE, **{argument: junk})
        assert error["extensions"] == {
            "code": "BAD_USER_INPUT",
            "reason": "INVALID_CURSOR",
            "argument": [argument],
        }


async def test_a_cursor_with_a_junk_time_is_a_clean_error(door: Door) -> None:
    error = await door.error(
        PAGE, orderBy="FEEDBACK_AT_DESC", after=cursor("requests.FEEDBACK_AT_DESC", "noon", 1)
    )
    assert error["extensions"]["reason"] == "INVALID_CURSOR"


@pytest.mark.parametrize(
    ("arguments", "argument"),
    [
        ({"first": 101}, "first"),
        ({"first": -1}, "first"),
        ({"last": 101}, "last"),
        ({"first": 1, "last": 1}, "first"),
    ],
)
async def test_a_page_size_without_meaning_is_a_clean_error(
    door: Door, arguments: dict[str, int], argument: str
) -> None:
    error = await door.error(PAGE, **arguments)
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "reason": "INVALID_PAGE", "argument": [argument]}


async def test_where_selects_on_every_column_it_names(door: Door) -> None:
    low, high, bad, tall = await _four_kinds(door)
    for where, expected in (
        ({}, [tall, bad, high, low]),
        ({"label": "low"}, [low]),
        ({"label": ["low", "high"]}, [high, low]),
        ({"endpoint": "levels"}, [bad, high, low]),
        ({"endpoint": ["heights", 1]}, [tall, bad, high, low]),
        ({"algorithm": 1}, [bad, high, low]),
        ({"outcome": "ERROR"}, [bad]),
        ({"fault": "CALLER"}, [bad]),
        ({"fault": "ALGORITHM"}, []),
        ({"messageContains": "colour"}, [bad]),
        ({"messageContains": "COLOUR"}, []),
        ({"value": {"min": 6}}, [tall]),
        ({"value": {"max": 5}}, []),
        ({"probability": {"min": 0.5, "max": 1}}, [high]),
        ({"latency": {"min": 3600}}, []),
        ({"withFeedback": True}, [high]),
        ({"withFeedback": False}, [tall, bad, low]),
        ({"feedback": "low"}, [high]),
        ({"correct": False}, [high]),
        ({"correct": True}, []),
        ({"feedback": ["low", "high"]}, [high]),
        ({"feedback": []}, []),
        ({"feedbackFrom": "2025-01-01"}, [high]),
        ({"feedbackBefore": "2025-01-01T00:00:00Z"}, []),
        ({"not": {"feedbackFrom": "2025-01-01"}}, [tall, bad, low]),
        ({"kind": "REGRESSOR"}, [tall]),
        ({"kind": "CLASSIFIER"}, [bad, high, low]),
        ({"kind": "REGRESSOR", "endpoint": "levels"}, []),
        ({"status": "PRODUCTION"}, [tall, bad, high, low]),
        ({"status": ["TESTING", "AB_TESTING"]}, []),
        ({"not": {"status": "TESTING"}}, [tall, bad, high, low]),
        ({"subject": "me"}, [tall]),
        ({"subject": ["me", "you"]}, [tall]),
        ({"not": {"subject": "me"}}, [bad, high, low]),
        ({"abTest": 1}, []),
        ({"arm": "CHAMPION"}, []),
        ({"id": [low, tall]}, [tall, low]),
        ({"id": []}, []),
        ({"createdFrom": "2025-01-01T00:00:00"}, [tall, bad, high, low]),
        ({"createdBefore": "2025-01-01T00:00:00Z"}, []),
        ({"or": [{"label": "low"}, {"outcome": "ERROR"}]}, [bad, low]),
        ({"or": []}, [tall, bad, high, low]),
        ({"and": [{"label": "low"}, {"label": "high"}]}, []),
        ({"not": {"label": "low"}}, [tall, bad, high]),
        ({"not": {"not": {"label": "low"}}}, [low]),
        ({"label": None, "outcome": None}, [tall, bad, high, low]),
    ):
        found = await page(door, where=where)
        assert (where, ids_of(found), found["totalCount"]) == (where, expected, len(expected))


async def _four_kinds(door: Door) -> list[str]:
    predict = door.services.predictor.predict
    low, high = await history(door, -1, 1)
    (bad,) = await predict(command({"x": 1}))
    (tall,) = await predict(command(row(5), endpoint="heights", subject="me"))
    await door.services.feedback.give(FeedbackCommand(int(high), "low"), EVERYBODY)
    return [low, high, str(bad.request.id), str(tall.request.id)]


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        ({"endpoint": "level"}, "ENDPOINT_NOT_FOUND"),
        ({"algorithm": 99}, "ALGORITHM_NOT_FOUND"),
        ({"algorithm": "x"}, "INVALID_ID"),
        ({"id": "x"}, "INVALID_ID"),
        ({"abTest": "RW5kcG9pbnQ6MQ=="}, "INVALID_ID"),
        ({"and": [{}] * 101}, "BAD_USER_INPUT"),
        ({"id": ["1"] * 1001}, "BAD_USER_INPUT"),
        ({"label": ["x"] * 1001}, "BAD_USER_INPUT"),
        ({"not": {"not": {"not": {"not": {"not": {"not": {"not": {"not": {}}}}}}}}}, "BAD_USER_INPUT"),
    ],
)
async def test_a_where_without_meaning_is_a_clean_error(
    door: Door, where: dict[str, Any], reason: str
) -> None:
    error = await door.error(PAGE, where=where)
    assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", reason)


async def test_a_where_nested_a_thousand_deep_is_a_clean_error(door: Door) -> None:
    where: dict[str, Any] = {}
    for _ in range(900):
        where = {"not": where}
    assert (await door.error(PAGE, where=where))["extensions"]["code"] == "BAD_USER_INPUT"


async def test_history_below_endpoint_and_algorithm_is_theirs_alone(door: Door) -> None:
    low, high, bad, _ = await _four_kinds(door)
    data = await door.data(
        """{
          endpoint(name: "levels") { requests(where: {withFeedback: false}) { nodes { requestId } totalCount } }
          algorithm(id: 1) { requests { nodes { requestId } totalCount } }
        }"""
    )
    assert data["endpoint"]["requests"] == {
        "nodes": [{"requestId": bad}, {"requestId": low}],
        "totalCount": 2,
    }
    assert data["algorithm"]["requests"] == {
        "nodes": [{"requestId": bad}, {"requestId": high}, {"requestId": low}],
        "totalCount": 3,
    }


FULL = """
{ requests(first: 50) {
    nodes { requestId input label feedback correct algorithm { name } endpoint { name } abTest { title } }
    totalCount
} }
"""


async def test_a_page_of_50_with_its_joins_costs_three_statements(door: Door, statements: Statements) -> None:
    test = await door.services.ab_tests.create(
        title="t", algorithms=(1, 2), traffic=Traffic.ALL, created_by="me"
    )
    for rows in (1, 49):
        await door.services.predictor.predict(command(*[row(x) for x in range(rows)]))
        with statements() as sql:
            nodes = (await door.data(FULL))["requests"]["nodes"]
        assert nodes[0]["abTest"] == {"title": test.title}
        assert len(of_operations(sql)) == 3
    assert len(nodes) == 50


async def test_what_is_not_selected_is_not_read(door: Door, statements: Statements) -> None:
    await history(door, 1)
    read = {}
    for fields in ("requestId", "input", "message", "probabilities { label }", "...F"):
        with statements() as sql:
            fragment = (
                " fragment F on Request { ... on Node { ... on Request { input } } }"
                if fields == "...F"
                else ""
            )
            await door.data(f"{{ requests {{ edges {{ node {{ {fields} }} }} }} }}{fragment}")
        (only,) = of_operations(sql)
        columns = only.split(" FROM ")[0]
        read[fields] = [name for name in ("input", "message", "full_response") if name in columns]
    assert read == {
        "requestId": [],
        "input": ["input"],
        "message": ["message"],
        "probabilities { label }": ["full_response"],
        "...F": ["input"],
    }


async def test_code_and_statuses_of_all_algorithms_cost_one_statement_each(
    door: Door, statements: Statements
) -> None:
    for selection, count in (
        ("name status endpoint { name }", 0),
        ("code", 1),
        ("statuses { nodes { status } }", 1),
    ):
        with statements() as sql:
            await door.data(f"{{ algorithms {{ nodes {{ {selection} }} }} }}")
        assert len(of_operations(sql)) == count


async def test_tests_of_all_endpoints_cost_one_statement(door: Door, statements: Statements) -> None:
    for algorithms in ((1, 2), (4, 5)):
        await door.services.ab_tests.create(
            title="t", algorithms=algorithms, traffic=Traffic.ALL, created_by="me"
        )
    with statements() as sql:
        data = await door.data(
            "{ endpoints { nodes { abTests { nodes { title } totalCount } runningABTest { title } } } }"
        )
    assert [node["abTests"]["totalCount"] for node in data["endpoints"]["nodes"]] == [1, 1]
    assert len(of_operations(sql)) == 1


async def test_lists_within_lists_are_bounded_together(door: Door) -> None:
    tight = Door(door.services, limits=GraphLimits(nodes=150))
    inside = "{ algorithms(first: 100) { nodes { requests(first: 20) { nodes { id } } } } }"
    answer = await tight.post(inside)
    reasons = {error["extensions"]["reason"] for error in answer["errors"]}
    assert reasons == {"INVALID_PAGE"}
    assert (await tight.data("{ algorithms(first: 100) { nodes { name } } }"))["algorithms"]["nodes"][0]


async def test_counting_stops_at_ten_thousand() -> None:
    async def count() -> Total:
        return Total.of(10_001)

    nowhere = PageInfo(has_next_page=False, has_previous_page=False, start_cursor=None, end_cursor=None)
    connection: Connection[Any] = Connection(total=LazyTotal(count), edges=[], nodes=[], page_info=nowhere)
    assert await connection.total_count() == 10_000
    assert await connection.total_count_is_capped() is True


LONG = (
    "query ($first: Int!) { requests(first: $first) { nodes { input requestId } edges { node { input } } } }"
)


async def store(door: Door, *inputs: str) -> None:
    """Requests as an earlier release has kept them."""
    predictions = await door.services.predictor.predict(command(*[row(1) for _ in inputs]))
    async with door.services.database.transaction() as tx:
        for prediction, text in zip(predictions, inputs, strict=True):
            statement = Statement(tx)
            values = statement.bind(text), statement.bind(prediction.request.id)
            await statement.run("UPDATE ml_request SET input = {} WHERE id = {}".format(*values))


async def test_page_of_long_rows_is_answered_row_by_row(door: Door) -> None:
    await store(door, *['{"x": "' + "y" * 60_000 + '"}'] * 9, '{"x": "' + "y" * 8_000_000 + '"}')
    found = (await door.data(LONG, first=20))["requests"]
    cut = '{"x": "' + "y" * 993 + "…"
    assert [node["input"] for node in found["nodes"]] == [cut] + [{"x": "y" * 60_000}] * 9
    assert [edge["node"]["input"] for edge in found["edges"]] == [node["input"] for node in found["nodes"]]


async def test_page_of_more_characters_than_an_answer_holds_is_refused(door: Door) -> None:
    await store(door, *['{"x": "' + "y" * 60_000 + '"}'] * 75)
    assert (await door.error(LONG, first=75))["extensions"]["reason"] == "INVALID_PAGE"
    assert len((await door.data(LONG, first=60))["requests"]["nodes"]) == 60
