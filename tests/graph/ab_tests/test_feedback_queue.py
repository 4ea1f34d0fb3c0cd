from __future__ import annotations

from typing import Any

from tests.graph.ab_tests.test_result import AGREED, DISPUTED, create, predict, tell
from tests.graph.conftest import Door

QUEUE = """
query ($id: ID!, $first: Int, $after: String) {
  feedbackQueue(abTest: $id, first: $first, after: $after) {
    nodes {
      request { requestId input feedback }
      champion { label value failed }
      challenger { label value failed }
    }
    pageInfo { hasNextPage hasPreviousPage endCursor }
    totalCount
  }
}
"""


async def queue(door: Door, id: str, **page: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await door.data(QUEUE, id=id, **page))["feedbackQueue"]
    return found


async def test_the_queue_holds_disagreements_without_feedback_oldest_first(door: Door) -> None:
    id = await create(door, "1", "2")
    asked = await predict(door, [AGREED, DISPUTED, AGREED, DISPUTED + 1, DISPUTED + 2])
    found = await queue(door, id)
    assert found["totalCount"] == 3
    assert found["nodes"] == [
        {
            "request": {
                "requestId": asked[index]["requestId"],
                "input": {"x": x, "colour": "red"},
                "feedback": None,
            },
            "champion": {"label": "high", "value": None, "failed": False},
            "challenger": {"label": "low", "value": None, "failed": False},
        }
        for index, x in ((1, 5.0), (3, 6.0), (4, 7.0))
    ]
    await tell(door, [asked[1]], ["low"])
    left = await queue(door, id)
    assert [node["request"]["requestId"] for node in left["nodes"]] == [
        asked[3]["requestId"],
        asked[4]["requestId"],
    ]


async def test_the_queue_is_read_page_by_page(door: Door) -> None:
    id = await create(door, "1", "2")
    asked = await predict(door, [DISPUTED] * 5)
    seen: list[str] = []
    after = None
    flags = []
    for _ in range(3):
        page = await queue(door, id, first=2, after=after)
        seen += [node["request"]["requestId"] for node in page["nodes"]]
        flags.append((page["pageInfo"]["hasPreviousPage"], page["pageInfo"]["hasNextPage"]))
        after = page["pageInfo"]["endCursor"]
        assert page["totalCount"] == 5
    assert seen == [one["requestId"] for one in asked]
    assert flags == [(False, True), (True, True), (True, False)]


async def test_a_cursor_of_another_tests_queue_is_refused(door: Door) -> None:
    id = await create(door, "1", "2")
    await predict(door, [DISPUTED] * 2)
    cursor = (await queue(door, id, first=1))["pageInfo"]["endCursor"]
    other = await create(door, "4", "5")
    error = await door.error(QUEUE, id=other, after=cursor)
    assert error["extensions"]["reason"] == "INVALID_CURSOR"


async def test_the_queue_of_a_test_that_is_none_is_an_error(door: Door) -> None:
    for id, reason in (("99", "AB_TEST_NOT_FOUND"), ("x", "INVALID_ID")):
        error = await door.error(QUEUE, id=id)
        assert (error["extensions"]["code"], error["extensions"]["reason"]) == ("BAD_USER_INPUT", reason)
