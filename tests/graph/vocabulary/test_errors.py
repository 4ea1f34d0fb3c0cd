from __future__ import annotations

import json
import logging
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, cast

import pytest

from domain.ab_tests.results.result import Result
from domain.errors import CommitUnknown, DatabaseUnavailable, Overloaded
from domain.requests.request import PredictCommand, Prediction
from graph.http.answers import encode
from graph.operation.context import Context
from graph.operation.limits import GraphLimits
from graph.schema import Schema
from serving.ab_tests.ab_tests import ABTests
from serving.predictions.predict import Predictor
from tests.graph.conftest import Door


class Failing:
    """A predictor that raises what the test asks for."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def prepare(self, *_asked: object) -> None:
        """Nothing goes the short way."""

    async def predict(self, _command: PredictCommand) -> tuple[Prediction, ...]:
        raise self.error


def failing(door: Door, error: Exception) -> Door:
    return replace(door, services=replace(door.services, predictor=cast(Predictor, Failing(error))))


PREDICT = 'mutation { predict(input: {endpoint: "levels", features: {}}) { userErrors { code } } }'


async def test_an_unexpected_error_is_masked_and_logged_under_its_incident(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR, "arbiter.graph"):
        error = await failing(door, ZeroDivisionError("secret")).error(PREDICT)
    assert error["message"] == "Internal server error"
    assert error["path"] == ["predict"]
    assert set(error["extensions"]) == {"code", "incident"}
    assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
    (record,) = [record for record in caplog.records if record.name == "arbiter.graph"]
    assert error["extensions"]["incident"] in record.getMessage()
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError


async def test_overload_is_a_top_level_error_that_says_when_to_come_back(door: Door) -> None:
    error = await failing(door, Overloaded("too many calls wait", retry_after=2.5)).error(PREDICT)
    assert error["message"] == "too many calls wait"
    assert error["extensions"] == {"code": "OVERLOADED", "retryAfter": 2.5}


async def test_an_unavailable_database_is_a_top_level_error(door: Door) -> None:
    error = await failing(door, DatabaseUnavailable("the database is gone")).error(PREDICT)
    assert error["extensions"] == {"code": "DATABASE_UNAVAILABLE"}


async def test_an_unknown_commit_is_a_top_level_error_without_a_time_to_come_back(door: Door) -> None:
    error = await failing(door, CommitUnknown("nobody knows")).error(PREDICT)
    assert error["message"] == "nobody knows"
    assert error["extensions"] == {"code": "COMMIT_UNKNOWN"}


class Unreadable:
    """Tests that begin, and whose results cannot be read."""

    def __init__(self, tests: ABTests) -> None:
        self.create = tests.create

    async def evaluate_many(self, _ids: Iterable[int]) -> dict[int, Result]:
        raise DatabaseUnavailable("The database is gone; try again later.")


async def test_what_fails_below_a_mutation_says_that_the_mutation_was_done(door: Door) -> None:
    tests = cast(ABTests, Unreadable(door.services.ab_tests))
    answer = await replace(door, services=replace(door.services, ab_tests=tests)).post(
        'mutation { createABTest(input: {title: "t", algorithms: ["1", "2"]}) { abTest { id result { reason } } } }'
    )
    (error,) = answer["errors"]
    assert error["path"] == ["createABTest", "abTest", "result"]
    assert error["message"] == (
        "The database is gone; try again later. Only this field could not be read: the mutation itself was done."
    )
    assert error["extensions"] == {"code": "DATABASE_UNAVAILABLE"}
    assert (await door.data("{ abTest(id: 1) { state } }"))["abTest"] == {"state": "RUNNING"}


@pytest.mark.parametrize("query", ["{", "{ viewer { name }", "{ a(b: ) }", "\ufeff}", "{ a: 1 }"])
async def test_a_syntax_error_has_its_code(door: Door, query: str) -> None:
    assert (await door.error(query))["extensions"] == {"code": "GRAPHQL_PARSE_FAILED"}


@pytest.mark.parametrize(
    "query",
    [
        "{ no }",
        "{ viewer }",
        "{ viewer { name { x } } }",
        "{ endpoint(x: 1) { id } }",
        "{ ...F }",
        "query ($a: No) { viewer { name } }",
    ],
)
async def test_a_validation_error_has_its_code(door: Door, query: str) -> None:
    for error in (await door.post(query))["errors"]:
        assert error["extensions"] == {"code": "GRAPHQL_VALIDATION_FAILED"}


@pytest.mark.parametrize(
    "variables", [{}, {"first": "x"}, {"first": 1.5}, {"first": 2**31}, {"first": None}, {"first": []}]
)
async def test_a_wrong_variable_is_bad_user_input(door: Door, variables: dict[str, Any]) -> None:
    answer = await door.post("query ($first: Int!) { requests(first: $first) { nodes { id } } }", **variables)
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["BAD_USER_INPUT"]
    assert "data" not in answer


async def test_a_second_look_at_a_wrong_document_gives_the_same_errors(door: Door) -> None:
    async with door.http() as client:
        answers = [(await client.post("/graphql", json={"query": "{ no }"})).json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["errors"][0]["locations"] == [{"line": 1, "column": 3}]


async def test_the_public_profile_gives_no_hints_and_no_introspection(door: Door) -> None:
    public = replace(door, development=False)
    for query in ("{ viewr { name } }", "{ requests(frst: 1) { nodes { id } } }", "{ viewer { nam } }"):
        assert "Did you mean" in (await door.error(query))["message"]
        assert "Did you mean" not in (await public.error(query))["message"]
    variables = {"where": {"labl": "x"}}
    query = "query ($where: RequestWhere) { requests(where: $where) { nodes { id } } }"
    assert "Did you mean" in (await door.error(query, **variables))["message"]
    assert "Did you mean" not in (await public.error(query, **variables))["message"]
    for query in ("{ __schema { types { name } } }", '{ __type(name: "Query") { name } }'):
        assert "errors" not in await door.post(query)
        errors = (await public.post(query))["errors"]
        assert {error["extensions"]["code"] for error in errors} == {"GRAPHQL_VALIDATION_FAILED"}
    assert await public.data("{ __typename viewer { __typename } }") == {
        "__typename": "Query",
        "viewer": {"__typename": "Viewer"},
    }


def nested(depth: int) -> str:
    return (
        "{ endpoint(id: 1) "
        + "{ algorithms { nodes { endpoint " * depth
        + "{ name }"
        + " } } }" * depth
        + " }"
    )


@pytest.mark.parametrize(
    ("query", "says"),
    [
        (nested(5), "16 levels deep, at most 15"),
        ("query { ...F } fragment F on Query " + nested(5), "16 levels deep"),
        (
            "{{ {} }}".format(" ".join(f"a{i}: viewer {{ name }}" for i in range(31))),
            "31 aliases, at most 30",
        ),
        (
            "{{ viewer {{ {} }} }}".format(" ".join(f"a{i}: name" for i in range(31))),
            "31 aliases, at most 30",
        ),
        ("{ %s }" % ("viewer { name } " * 21), "21 root fields, at most 20"),
        ("{ ... { ...F } } fragment F on Query { %s }" % ("viewer { name } " * 21), "21 root fields"),
        (
            "{ viewer { name %s } }" % ("@skip(if: false) @include(if: true) " * 26),
            "52 directives, at most 50",
        ),
        ("{ viewer { name } } #" + "x" * 40_000, "characters, at most 40000"),
        ("{ viewer { %s } }" % ("name " * 4_000), "at most 4000 are"),
        ("{ a(b: " + "[" * 900 + "]" * 900 + ") }", "nested too deeply"),
        ("{ a " * 900 + "}" * 900, "nested too deeply"),
    ],
)
async def test_an_operation_that_is_too_large_is_refused(door: Door, query: str, says: str) -> None:
    errors = (await door.post(query))["errors"]
    assert says in " ".join(error["message"] for error in errors)
    assert {error["extensions"]["code"] for error in errors} <= {
        "GRAPHQL_VALIDATION_FAILED",
        "GRAPHQL_PARSE_FAILED",
    }


async def test_fragments_that_multiply_are_counted_fast(door: Door) -> None:
    doubling = " ".join(
        f"fragment F{i} on Query {{ a: viewer {{ name }} ...F{i + 1} ...F{i + 1} }}" for i in range(60)
    )
    answer = await door.post("{ ...F0 } " + doubling + " fragment F60 on Query { viewer { name } }")
    assert "root fields" not in answer["errors"][0]["message"]
    assert f"{2**60 - 1} aliases" in answer["errors"][0]["message"]


async def test_fragments_in_a_circle_are_refused(door: Door) -> None:
    errors = (await door.post("{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }"))["errors"]
    assert ["Cannot spread fragment" in error["message"] for error in errors] == [True]


async def test_the_largest_operation_that_is_allowed_runs(door: Door) -> None:
    limits = GraphLimits(depth=2, aliases=1, root_fields=3, directives=1)
    tight = replace(door, limits=limits)
    assert (
        await tight.data("{ a: viewer @skip(if: false) { name } viewer { name } endpoints { __typename } }")
        is not None
    )


async def test_documents_are_forgotten_when_there_are_too_many(door: Door) -> None:
    schema = Schema(GraphLimits(kept=12))
    context = Context(door.services, door.principal, schema.documents.limits)
    for index in range(10):
        await schema.execute(f"{{ __typename }} #{index}", context_value=context)
    assert list(schema.documents.kept) == [f"{{ __typename }} #{index}" for index in (7, 8, 9)]
    document = schema.documents.kept["{ __typename } #7"].document
    await schema.execute("{ __typename } #7", context_value=context)
    await schema.execute("{ __typename } #10", context_value=context)
    assert list(schema.documents.kept) == [f"{{ __typename }} #{index}" for index in (9, 7, 10)]
    assert schema.documents.kept["{ __typename } #7"].document is document


def test_what_is_no_json_never_comes_out() -> None:
    deep: list[Any] = []
    for _ in range(400):
        deep = [deep]
    payload = {"a": math.nan, "b": [math.inf, -math.inf], "c": 10**30, "d": "\ud800", "e": deep}
    assert json.loads(encode(payload)) == {
        "a": None,
        "b": [None, None],
        "c": 10**30,
        "d": "\ud800",
        "e": deep,
    }
    assert json.loads(encode({"a": math.nan})) == {"a": None}
