from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from domain.pacing import ANSWER_OBJECTS_ON_LOOP, BODY_BYTES_ON_LOOP
from graph.http.answers import encode, encode_in_turns
from graph.operation.long_lists import LongList, LoopTurns, list_of
from tests.graph.conftest import Door
from tests.serving.world import command, row


class Clock:
    """A timer that each look moves on."""

    def __init__(self, step: float) -> None:
        self.step = step
        self.now = 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


async def turns_taken(make_turns: Callable[[], LoopTurns], items: int) -> int:
    """How often another task ran while a list of so many items was walked."""
    taken = 0
    walking = True

    async def other() -> None:
        nonlocal taken
        while walking:
            taken += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    walked = [item async for item in LongList(range(items), lambda position, source: source, make_turns)]
    walking = False
    await task
    assert walked == list(range(items))
    return taken


async def test_everything_else_gets_a_turn_whenever_the_time_is_up() -> None:
    # Ten items of 0.25 ms each make two and a half turns of a millisecond.
    assert await turns_taken(lambda: LoopTurns(0.001, Clock(0.00025)), 10) == 2
    assert await turns_taken(lambda: LoopTurns(0.001, Clock(0.001)), 10) == 10
    assert await turns_taken(lambda: LoopTurns(0.001, Clock(0.0)), 10) == 0


async def test_a_long_list_can_be_walked_twice() -> None:
    items = LongList("abc", lambda position, source: f"{position}{source}")
    for _ in range(2):
        assert [item async for item in items] == ["0a", "1b", "2c"]


def test_a_short_list_is_a_plain_one() -> None:
    assert list_of("abc", lambda position, source: source * position) == ["", "b", "cc"]
    assert isinstance(list_of(range(50), lambda position, source: source), list)
    assert isinstance(list_of(range(51), lambda position, source: source), LongList)


BATCH = """mutation ($rows: [JSON!]!) {
  predictBatch(input: {endpoint: "levels", rows: $rows}) {
    a: results { request { requestId label input } userErrors { path } }
    b: results { request { requestId } }
    userErrors { code }
  }
}"""


async def test_a_batch_of_many_rows_answers_each_in_its_place(door: Door) -> None:
    rows: list[Any] = [row(x - 400) for x in range(800)]
    rows[700] = {"x": 1, "junk": "y" * 2_000}
    payload = (await door.data(BATCH, rows=rows, unused="y" * BODY_BYTES_ON_LOOP))["predictBatch"]
    assert [result["request"]["input"] for result in payload["a"]] == rows
    labels = [result["request"]["label"] for result in payload["a"]]
    assert labels == ["low"] * 400 + ["high"] * 300 + [None] + ["high"] * 99
    errors = {
        index: result["userErrors"] for index, result in enumerate(payload["a"]) if result["userErrors"]
    }
    assert errors == {700: [{"path": ["input", "rows", "700", name]} for name in ("colour", "junk")]}
    ids = [result["request"]["requestId"] for result in payload["b"]]
    assert ids == [result["request"]["requestId"] for result in payload["a"]]
    assert len(set(ids)) == 800


@pytest.mark.parametrize("padding", [0, BODY_BYTES_ON_LOOP])
async def test_variables_of_long_and_short_bodies_are_checked_alike(door: Door, padding: int) -> None:
    error = await door.error(BATCH, rows=[None, "x" * padding])
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert "$rows" in error["message"]
    assert await door.data("{ requests { totalCount } }") == {"requests": {"totalCount": 0}}


async def test_a_long_body_may_hold_a_query_that_waits_for_nothing(door: Door) -> None:
    assert await door.data("{ viewer { name } }", unused="y" * BODY_BYTES_ON_LOOP) == {
        "viewer": {"name": "anonymous"}
    }


async def test_large_answers_of_queries_are_whole(door: Door) -> None:
    await door.services.predictor.predict(command(*[row(x) for x in range(90)]))
    query = "{ algorithms(first: 100) { nodes { name requests(first: 100) { nodes { input } } } } }"
    assert ANSWER_OBJECTS_ON_LOOP < 100 + 5 * 100
    nodes = (await door.data(query))["algorithms"]["nodes"]
    assert [len(node["requests"]["nodes"]) for node in nodes] == [90, 0, 0, 0, 0]
    assert nodes[0]["requests"]["nodes"][0] == {"input": row(89)}


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": [value]}
    return value


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"data": None},
        {"data": {"a": [{"b": [1, 2, {"c": list(range(60))}]}] * 60}},
        {"data": {"a": [{"b": list(range(60))}]}, "errors": [{"message": "ä"}] * 60},
        {"data": [float("nan"), 2**70, "\ud800"] * 60},
        {"data": {"a": [1] * 60, "b": 2**70, "c": "\ud800"}},
        {"data": deep(200)},
        {"data": [deep(200)] * 51},
    ],
)
async def test_a_large_answer_is_written_as_a_small_one_is(value: Any) -> None:
    assert json.loads(await encode_in_turns(value)) == json.loads(encode(value))
