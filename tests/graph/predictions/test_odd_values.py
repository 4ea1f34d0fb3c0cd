"""Values beyond what JSON's readers, 64 bits or an index can hold: one row is wrong, and every row stays readable."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import pytest

from domain.callers import Scope
from orm.connection.database import Database
from tests.graph.conftest import Door
from tests.graph.history.test_exports import get, link
from tests.serving.private_world import private_registry
from tests.serving.world import Dice, command, row, services_on

ONE = """mutation ($f: JSON!) { predict(input: {endpoint: "levels", features: $f}) {
  request { outcome input } userErrors { code path } } }"""
BATCH = """mutation { predictBatch(input: {endpoint: "levels", rows: [%s]}) {
  results { request { requestId outcome input } userErrors { code path } } } }"""
LOAN = """mutation ($rows: [JSON!]!) { predictBatch(input: {endpoint: "loans", rows: $rows}) {
  results { request { outcome label } userErrors { code message } } } }"""
BIG = "1" + "0" * 400
HUGE = "9" * 3000


def refuse(name: str) -> NoReturn:
    raise AssertionError(f"{name} is no JSON")


async def lines(door: Door) -> list[dict[str, Any]]:
    answer = await get(door.services, await link(door, "NDJSON"))
    return [json.loads(line, parse_constant=refuse) for line in answer.text.splitlines()]


async def rewrite(door: Door, *inputs: str) -> None:
    """Logs as many requests, and puts these texts in the place of their inputs."""
    found = await door.services.predictor.predict(command(*(row(1) for _ in inputs)))
    async with door.services.database.transaction() as tx:
        for one, text in zip(found, inputs, strict=True):
            quoted = text.replace("'", "''")
            await tx.execute_query(f"UPDATE ml_request SET input = '{quoted}' WHERE id = {one.request.id}")


@pytest.mark.parametrize(
    ("literal", "kept"),
    [
        ("18446744073709551616", 2.0**64),
        ("-9223372036854775809", -(2.0**63)),
        ("1e400", "Infinity"),
        ("-1e400", "-Infinity"),
        (BIG, "Infinity"),
        (HUGE, "Infinity"),
        ("9" * 5000, "Infinity"),
    ],
)
async def test_a_number_beyond_64_bits_in_a_document_makes_one_row_wrong(
    door_to_each: Door, literal: str, kept: object
) -> None:
    rows = f'{{x: 1, colour: "red"}}, {{x: {literal}, colour: "red"}}, {{x: -1, colour: "red"}}'
    found = (await door_to_each.data(BATCH % rows))["predictBatch"]["results"]
    assert [one["request"]["outcome"] for one in found] == ["OK", "ERROR", "OK"]
    assert found[1]["userErrors"] == [
        {"code": "INVALID_FEATURES", "path": ["input", "rows", "1", "x"]},
    ]
    assert found[1]["request"]["input"] == {"x": kept, "colour": "red"}
    assert [line["input"]["x"] for line in await lines(door_to_each)] == [1, kept, -1]


@pytest.mark.parametrize("number", ["18446744073709551616", "1e400", BIG])
async def test_such_a_number_in_the_variables_makes_the_row_wrong_too(door: Door, number: str) -> None:
    body = json.dumps({"query": ONE, "variables": {"f": {"x": "HERE", "colour": "red"}}})
    async with door.http() as client:
        answer = await client.post(
            "/graphql",
            content=body.replace('"HERE"', number),
            headers={"content-type": "application/json"},
        )
    predict = answer.json()["data"]["predict"]
    assert predict["request"]["outcome"] == "ERROR"
    assert predict["userErrors"] == [{"code": "INVALID_FEATURES", "path": ["input", "features", "x"]}]


async def test_a_typed_float_that_overflows_makes_the_row_wrong(door: Door) -> None:
    found = await door.data(
        "mutation { predictLevels(input: {features: {x: 1e400, colour: RED}})"
        " { request { input } userErrors { code } } }"
    )
    assert found["predictLevels"] == {
        "request": {"input": {"x": "Infinity", "colour": "red"}},
        "userErrors": [{"code": "INVALID_FEATURES"}],
    }


async def test_one_key_tells_a_number_that_overflows_from_a_missing_one(door: Door) -> None:
    query = """mutation { predict(input: {endpoint: "levels", features: {x: %s, colour: "red"},
      idempotencyKey: "k"}) { request { outcome } userErrors { code } } }"""
    first = await door.data(query % "1e400")
    assert first["predict"]["request"] == {"outcome": "ERROR"}
    second = await door.data(query % "null")
    assert second["predict"]["userErrors"] == [{"code": "IDEMPOTENCY_CONFLICT"}]
    assert await door.data(query % "1e400") == first


@pytest.mark.parametrize("levels", [65, 254, 255, 900])
async def test_what_nests_too_deeply_is_kept_cut_and_breaks_no_export(
    door_to_each: Door, levels: int
) -> None:
    deep = json.loads("[" * levels + "]" * levels)
    rows = [{"x": 1, "colour": "red"}, {"x": deep, "colour": "red"}, {"x": 1, "colour": "red", "label": deep}]
    found = await door_to_each.data(
        BATCH.replace("mutation", "mutation ($r: [JSON!]!)").replace("[%s]", "$r"), r=rows
    )
    outcomes = [one["request"]["outcome"] for one in found["predictBatch"]["results"]]
    assert outcomes == ["OK", "ERROR", "OK"]
    exported = await lines(door_to_each)
    assert len(exported) == 3
    assert json.dumps(exported[1]["input"]["x"], ensure_ascii=False) == "[" * 63 + '"…"' + "]" * 63
    assert exported[2]["label"] == "high"


async def test_a_body_that_nests_beyond_its_reader_is_refused_with_the_reason(door: Door) -> None:
    body = f'{{"query": "{{ viewer {{ name }} }}", "variables": {{"f": {"[" * 1100}{"]" * 1100}}}}}'
    async with door.http() as client:
        answer = await client.post("/graphql", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 400
    assert "depth limit exceeded" in answer.json()["errors"][0]["message"]


ODD_INPUTS = (
    "[" * 254 + "]" * 254,
    '{"x":' + "[" * 900 + "]" * 900 + "}",
    "[" * 5000,
    '{"x":"\\ud800"}',
    "no json",
    '{"x":1e400}',
    '{"x":NaN}',
    '{"x":' + BIG + "}",
    '{"x":' + "9" * 5000 + "}",
    '{"x":"\\u0000"}',
    "",
    '{"x":18446744073709551616,"colour":null}',
)


@pytest.mark.parametrize("scopes", [(Scope.READ,), (Scope.READ, Scope.READ_PRIVATE)])
async def test_every_row_that_is_there_already_is_exported_and_shown(
    door_to_each: Door, scopes: tuple[Scope, ...]
) -> None:
    await rewrite(door_to_each, *ODD_INPUTS)
    reader = door_to_each.seen_by(*scopes)
    exported = await lines(door_to_each)
    assert [line["input"] for line in exported] == [
        "[" * 254 + "]" * 254,
        '{"x":' + "[" * 900 + "]" * 900 + "}",
        "[" * 5000,
        {"x": "\ufffd"},
        "no json",
        {"x": "Infinity"},
        {"x": "NaN"},
        {"x": "Infinity"},
        '{"x":' + "9" * 5000 + "}",
        {"x": "\0"},
        None,
        {"x": 2.0**64, "colour": None},
    ]
    for where in ("", '{endpoint: "levels"}'):
        answer = await get(door_to_each.services, await link(door_to_each, "CSV", where=where))
        assert len(list(csv.DictReader(io.StringIO(answer.text, newline="")))) == len(ODD_INPUTS)
    shown = await reader.data("{ requests(first: 100) { nodes { input probabilities { label } message } } }")
    assert len(shown["requests"]["nodes"]) == len(ODD_INPUTS)


async def test_an_answer_that_cannot_be_read_hides_no_other(door_to_each: Door) -> None:
    await door_to_each.services.predictor.predict(command(row(1), row(2)))
    async with door_to_each.services.database.transaction() as tx:
        await tx.execute_query(
            "UPDATE ml_request SET full_response = 'x' WHERE id = (SELECT min(id) FROM ml_request)"
        )
    found = await door_to_each.data("{ requests { nodes { probabilities { label } } } }")
    assert [one["probabilities"] for one in found["requests"]["nodes"]] == [
        [{"label": "low"}, {"label": "high"}],
        None,
    ]


async def test_a_bound_that_overflows_is_the_same_in_an_export(door: Door) -> None:
    await door.services.predictor.predict(command(row(1)))
    answer = await get(door.services, await link(door, "NDJSON", where="{probability: {min: 1e400}}"))
    assert answer.text == ""


@pytest.fixture
async def loans(database_url: str) -> AsyncIterator[Door]:
    """A use case with indexed texts, on each database."""
    services = services_on(await Database.open(database_url), private_registry(), Dice())
    await services.start()
    yield Door(services)
    await services.stop()


@pytest.mark.parametrize(
    ("town", "said"),
    [
        ("x" * 257, "town must be a text of at most 256 characters, got text"),
        ("x" * 1000, "town must be a text of at most 256 characters, got text"),
        ("U\0lm", "town must not hold the NUL character (U+0000); got text 'U\\x00lm'"),
    ],
)
async def test_an_indexed_text_that_an_index_cannot_hold_is_refused_alone(
    loans: Door, town: str, said: str
) -> None:
    longest = "\U0001f600" * 256
    rows = [{"ssn": "1", "income": 20, "town": text} for text in ("Ulm", town, longest)]
    found = (await loans.data(LOAN, rows=rows))["predictBatch"]["results"]
    assert [one["request"] for one in found] == [
        {"outcome": "OK", "label": "yes"},
        {"outcome": "ERROR", "label": None},
        {"outcome": "OK", "label": "yes"},
    ]
    (error,) = found[1]["userErrors"]
    assert error["code"] == "INVALID_FEATURES"
    assert error["message"].startswith(said)
    where = {"feature": [{"name": "town", "text": [longest]}]}
    counted = await loans.data("query ($w: RequestWhere) { requests(where: $w) { totalCount } }", w=where)
    assert counted == {"requests": {"totalCount": 1}}


async def test_a_private_text_that_is_too_long_is_refused_without_a_word_of_it(loans: Door) -> None:
    rows = [{"ssn": "7" * 300, "income": 20, "town": "Ulm"}]
    found = (await loans.data(LOAN, rows=rows))["predictBatch"]["results"]
    assert found[0]["userErrors"] == [
        {
            "code": "INVALID_FEATURES",
            "message": "ssn must be a text of at most 256 characters; what came is private and not repeated here",
        }
    ]


@pytest.mark.parametrize("feedback", ["18446744073709551616", "1e400", BIG, "9" * 5000])
async def test_feedback_beyond_64_bits_is_stored_or_refused_and_read_again(
    door_to_each: Door, feedback: str
) -> None:
    (one,) = await door_to_each.services.predictor.predict(command(row(1), endpoint="heights"))
    query = """mutation { giveFeedback(input: {requestId: "%s", feedback: %s}) {
      request { feedback residual } userErrors { code path } } }"""
    found = (await door_to_each.data(query % (one.request.id, feedback)))["giveFeedback"]
    if feedback == "18446744073709551616":
        assert found == {
            "request": {"feedback": feedback, "residual": 2.0 - 2.0**64},
            "userErrors": [],
        }
        return
    assert found["request"] is None
    assert found["userErrors"] == [{"code": "INVALID_FEEDBACK", "path": ["input", "feedback"]}]


async def test_feedback_for_a_classifier_is_no_infinity(door: Door) -> None:
    (one,) = await door.services.predictor.predict(command(row(1)))
    query = """mutation { giveFeedback(input: {requestId: "%s", feedback: 1e400}) {
      userErrors { code } } }"""
    found = await door.data(query % one.request.id)
    assert found["giveFeedback"]["userErrors"] == [{"code": "INVALID_FEEDBACK"}]
