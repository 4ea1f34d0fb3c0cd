"""Every time that a client may write as a bound is answered, on both databases and from each source of figures."""

from __future__ import annotations

from typing import Any

import pytest

from domain.requests.feedback import FeedbackCommand
from tests.graph.conftest import Door
from tests.graph.history.test_exports import get, link
from tests.serving.world import EVERYBODY, command, row

ASK = """query ($where: RequestWhere) { requests(where: $where) {
  totalCount totalCountIsCapped nodes { label } aggregate { count }
  groupedAggregates(by: [LABEL], bucket: MONTH) { groups { aggregate { count } } }
} }"""
FIRST = [
    "0001-01-01T00:00:00+01:00",
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00-14:00",
    "0001-01-01T00:00:00",
    "1601-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z",
    "2016-12-31T23:59:60Z",
    "2024-12-31T23:59:59.999+00:00",
]
LAST = [
    "9999-12-31T23:59:59-01:00",
    "9999-12-31T23:59:59.9999999Z",
    "9999-12-31T23:59:59+14:00",
    "9999-12-31T23:59:59",
    "9999-12-31T24:00:00Z",
    "2262-04-11T23:47:16Z",
    "2100-01-01T00:00:00Z",
]


async def counts(door: Door, where: dict[str, Any]) -> tuple[int, ...]:
    found = (await door.data(ASK, where=where))["requests"]
    grouped = sum(group["aggregate"]["count"] for group in found["groupedAggregates"]["groups"])
    return found["totalCount"], len(found["nodes"]), found["aggregate"]["count"], grouped


async def ask(door: Door) -> None:
    """Two requests, of which one has its ground truth."""
    first, _ = await door.services.predictor.predict(command(row(1), row(-1)))
    await door.services.feedback.give(FeedbackCommand(first.request.id, "high"), EVERYBODY)


@pytest.mark.parametrize(("moments", "early"), [(FIRST, True), (LAST, False)])
async def test_the_first_and_the_last_moments_that_clients_know_are_bounds_like_any_other(
    door_to_each: Door, moments: list[str], early: bool
) -> None:
    await ask(door_to_each)
    everything, nothing = (2,) * 4, (0,) * 4
    given = (1,) * 4
    for moment in moments:
        assert await counts(door_to_each, {"createdFrom": moment}) == (everything if early else nothing), (
            moment
        )
        assert await counts(door_to_each, {"createdBefore": moment}) == (nothing if early else everything)
        assert await counts(door_to_each, {"feedbackFrom": moment}) == (given if early else nothing), moment
        assert await counts(door_to_each, {"feedbackBefore": moment}) == (nothing if early else given), moment


async def test_bounds_within_other_conditions_are_answered_too(door_to_each: Door) -> None:
    await ask(door_to_each)
    both = {"createdFrom": FIRST[0], "createdBefore": LAST[0]}
    assert await counts(door_to_each, both) == (2,) * 4
    assert await counts(door_to_each, {"and": [{"or": [both, {"label": "low"}]}]}) == (2,) * 4
    assert await counts(door_to_each, {"not": both}) == (0,) * 4
    assert await counts(door_to_each, {"not": {"createdFrom": LAST[0]}}) == (2,) * 4
    assert await counts(door_to_each, {"withFeedback": True, **both}) == (1,) * 4


async def test_an_export_takes_the_same_bounds(door_to_each: Door) -> None:
    await ask(door_to_each)
    for moment, count in ((FIRST[0], 2), (LAST[0], 0)):
        url = await link(door_to_each, "NDJSON", where=f'{{createdFrom: "{moment}"}}')
        assert len((await get(door_to_each.services, url)).text.splitlines()) == count


@pytest.mark.parametrize(
    "moment",
    ["0000-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T00:00:61Z", "10000-01-01", "soon", ""],
)
async def test_what_is_no_time_is_refused_with_the_value(door: Door, moment: str) -> None:
    for query, variables in (
        (ASK, {"where": {"createdFrom": moment}}),
        (ASK.replace("$where)", f'{{createdFrom: "{moment}"}})').replace("($where: RequestWhere)", ""), {}),
    ):
        error = await door.error(query, **variables)
        assert error["extensions"]["code"] in ("BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED")
        assert moment in error["message"]


async def test_a_time_in_an_argument_that_is_no_text_is_refused(door: Door) -> None:
    error = await door.error(ASK, where={"createdFrom": 1})
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
