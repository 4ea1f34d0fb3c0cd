from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.callers import Scope
from domain.requests.feedback import FeedbackCommand
from domain.words import Traffic
from graph.history.groupings import MOST_GROUPS
from graph.operation.limits import GraphLimits
from tests.conftest import Statements
from tests.graph.conftest import Door, of_operations
from tests.serving.world import (
    AT_TEN,
    AT_ZERO,
    EVERYBODY,
    Dice,
    command,
    row,
)

FIGURES = "count errors callerErrors withFeedback scored correct accuracy rmse mae bias"


async def ask(door: Door, endpoint: str, *asked: tuple[Any, str | None], **more: Any) -> None:
    """A request for each pair of x (or a whole row) and ground truth."""
    for x, truth in asked:
        features = x if isinstance(x, dict) else row(x)
        (found,) = await door.services.predictor.predict(command(features, endpoint=endpoint, **more))
        if truth is not None:
            await door.services.feedback.give(FeedbackCommand(found.request.id, truth), EVERYBODY)


@pytest.fixture
async def busy(door_to_each: Door) -> Door:
    door = door_to_each
    await ask(door, "levels", (5, "high"), (-5, "high"), (6, "high"), (7, None), subject="ann")
    await ask(door, "levels", (666, "low"), ({"x": 1}, "low"))
    await ask(door, "levels", (5, "high"), (15, "high"), status="testing")
    await ask(door, "heights", (1, "1"), (2, "6"), (3, None))
    return door


async def test_the_aggregate_of_everything_divides_by_what_it_says(busy: Door) -> None:
    found = (await busy.data(f"{{ requests {{ aggregate {{ {FIGURES} }} }} }}"))["requests"]["aggregate"]
    assert found == {
        "count": 11,
        "errors": 1,
        "callerErrors": 1,
        "withFeedback": 9,
        "scored": 8,
        "correct": 3,
        "accuracy": 3 / 6,
        "rmse": pytest.approx(((1 + 9) / 2) ** 0.5),
        "mae": 2.0,
        "bias": -1.0,
    }


async def test_a_filter_gives_the_same_figures_from_the_rows(busy: Door) -> None:
    query = f"""{{
      days: requests {{ aggregate {{ {FIGURES} latency {{ p50 p95 p99 }} }} }}
      rows: requests(where: {{latency: {{min: 0}}}}) {{ aggregate {{ {FIGURES} latency {{ p50 p95 p99 }} }} }}
    }}"""
    data = await busy.data(query)
    assert data["days"] == data["rows"]
    latency = data["rows"]["aggregate"]["latency"]
    assert 0 < latency["p50"] <= latency["p95"] <= latency["p99"]


async def test_figures_of_nothing_are_null(door: Door) -> None:
    for where in ("", '(where: {subject: "nobody"})'):
        data = await door.data(
            f"""{{ requests{where} {{
              totalCount
              aggregate {{ {FIGURES} latency {{ p50 p95 p99 }} }}
              groupedAggregates(by: LABEL) {{ groups {{ label }} groupsAreCapped }}
            }} }}"""
        )
        assert data["requests"] == {
            "totalCount": 0,
            "aggregate": dict.fromkeys(
                ("count", "errors", "callerErrors", "withFeedback", "scored", "correct"), 0
            )
            | dict.fromkeys(("accuracy", "rmse", "mae", "bias"))
            | {"latency": {"p50": None, "p95": None, "p99": None}},
            "groupedAggregates": {"groups": [], "groupsAreCapped": False},
        }


CONFUSION = """
query ($where: RequestWhere) {
  requests(where: $where) {
    groupedAggregates(by: [LABEL, FEEDBACK]) { groups { label feedback aggregate { count } } }
  }
}
"""


async def groups(door: Door, query: str, **variables: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await door.data(query, **variables))["requests"]["groupedAggregates"][
        "groups"
    ]
    return found


async def test_a_confusion_matrix_is_one_query(busy: Door) -> None:
    where = {"endpoint": "levels", "withFeedback": True}
    for asked in (where, {**where, "latency": {"min": 0}}):
        assert await groups(busy, CONFUSION, where=asked) == [
            {"label": "high", "feedback": "high", "aggregate": {"count": 3}},
            {"label": "low", "feedback": "high", "aggregate": {"count": 2}},
            {"label": None, "feedback": "low", "aggregate": {"count": 2}},
        ]


async def test_accuracy_per_week_and_algorithm_is_one_query(busy: Door) -> None:
    query = """{ requests(where: {kind: CLASSIFIER}) {
      groupedAggregates(by: ALGORITHM, bucket: WEEK) {
        groups { bucketStart algorithm { name } aggregate { accuracy scored } }
      }
    } }"""
    today = datetime.now(UTC).date()
    monday = f"{today - timedelta(days=today.weekday())}T00:00:00+00:00"
    found = await groups(busy, query)
    assert found == [
        {
            "bucketStart": monday,
            "algorithm": {"name": "at zero"},
            "aggregate": {"accuracy": 0.5, "scored": 4},
        },
        {"bucketStart": monday, "algorithm": {"name": "at ten"}, "aggregate": {"accuracy": 0.5, "scored": 2}},
    ]


async def test_every_key_comes_back_as_what_it_is(busy: Door, dice: Dice) -> None:
    test = await busy.services.ab_tests.create(
        title="t", algorithms=(AT_ZERO, AT_TEN), traffic=Traffic.ALL, created_by="me"
    )
    dice.numbers = [0.9]
    await ask(busy, "levels", (5, "high"))
    query = """{ requests(where: {abTest: 1}) {
      groupedAggregates(by: [ENDPOINT, ALGORITHM, AB_TEST, ARM, LABEL, FEEDBACK, SUBJECT], bucket: HOUR) {
        groups {
          bucketStart endpoint { name } algorithm { name } abTest { title } arm label feedback subject
          featureText featureNumber aggregate { count accuracy }
        }
      }
    } }"""
    (found,) = await groups(busy, query)
    start = datetime.fromisoformat(found.pop("bucketStart"))
    assert (start.minute, start.second, start.tzinfo) == (0, 0, UTC)
    assert found == {
        "endpoint": {"name": "levels"},
        "algorithm": {"name": "at zero"},
        "abTest": {"title": test.title},
        "arm": "CHAMPION",
        "label": "high",
        "feedback": "high",
        "subject": None,
        "featureText": None,
        "featureNumber": None,
        "aggregate": {"count": 1, "accuracy": 1.0},
    }


async def test_groups_are_capped_and_say_so(busy: Door) -> None:
    query = """query ($first: Int!) { requests {
      groupedAggregates(by: [LABEL], first: $first) { groups { label aggregate { count } } groupsAreCapped }
    } }"""
    shown = [("high", 4), ("low", 2), (None, 5)]
    for first, capped in ((1, True), (2, True), (3, False), (MOST_GROUPS, False)):
        found = (await busy.data(query, first=first))["requests"]["groupedAggregates"]
        assert [(g["label"], g["aggregate"]["count"]) for g in found["groups"]] == shown[:first]
        assert found["groupsAreCapped"] is capped


@pytest.mark.parametrize(
    ("arguments", "reason", "argument"),
    [
        ("first: 3", "BAD_USER_INPUT", "by"),
        ("by: []", "BAD_USER_INPUT", "by"),
        ("by: LABEL, first: 0", "INVALID_PAGE", "first"),
        ("by: LABEL, first: 1001", "INVALID_PAGE", "first"),
        ("by: FEATURE", "BAD_USER_INPUT", "feature"),
        ('by: LABEL, feature: "x"', "BAD_USER_INPUT", "feature"),
        ('by: FEATURE, feature: "x"', "BAD_USER_INPUT", "feature"),
    ],
)
async def test_a_grouping_without_meaning_is_a_clean_error(
    door: Door, statements: Statements, arguments: str, reason: str, argument: str
) -> None:
    with statements() as sql:
        error = await door.error(
            f"{{ requests {{ groupedAggregates({arguments}) {{ groups {{ label }} }} }} }}"
        )
    assert error["extensions"] == {"code": "BAD_USER_INPUT", "reason": reason, "argument": [argument]}
    assert of_operations(sql) == []


async def test_groups_count_as_objects_of_the_operation(busy: Door) -> None:
    tight = replace(busy, limits=GraphLimits(nodes=150))
    query = "{ algorithms(first: 10) { nodes { requests { groupedAggregates(by: LABEL) { groups { label } } } } } }"
    answer = await tight.post(query)
    assert {error["extensions"]["reason"] for error in answer["errors"]} == {"INVALID_PAGE"}
    assert await tight.data(query.replace("by: LABEL", "by: LABEL, first: 5"))


BELOW = {
    "aggregate { count accuracy }": 1,
    "aggregate { count } totalCount": 1,
    "groupedAggregates(by: [ARM], bucket: DAY) { groups { arm aggregate { rmse } } }": 1,
    "groupedAggregates(by: [SUBJECT]) { groups { subject aggregate { count } } }": 1,
    "nodes { requestId } aggregate { count } groupedAggregates(bucket: DAY) { groups { bucketStart } }": 3,
    "groupedAggregates(by: [AB_TEST]) { groups { abTest { title } } }": 1,
}


@pytest.mark.parametrize("parents", ["endpoints", "algorithms"])
@pytest.mark.parametrize("selection", BELOW)
async def test_figures_below_one_parent_and_below_many_cost_the_same(
    busy: Door, statements: Statements, parents: str, selection: str
) -> None:
    for page in (f"{parents}(first: 1)", parents):
        with statements() as sql:
            await busy.data(f"{{ {page} {{ nodes {{ requests(first: 3) {{ {selection} }} }} }} }}")
        assert len(of_operations(sql)) == BELOW[selection]


async def test_confusion_matrices_below_many_endpoints_cost_two_statements(
    busy: Door, statements: Statements
) -> None:
    for page in ("endpoints(first: 1)", "endpoints"):
        with statements() as sql:
            await busy.data(
                f"""{{ {page} {{ nodes {{ requests(where: {{withFeedback: true}}) {{
                  groupedAggregates(by: [LABEL, FEEDBACK]) {{ groups {{ label aggregate {{ count }} }} }}
                }} }} }} }}"""
            )
        assert len(of_operations(sql)) == 2


async def test_figures_below_a_parent_are_its_own(busy: Door) -> None:
    nodes = (
        await busy.data(
            """{ algorithms { nodes { name requests {
              totalCount aggregate { count accuracy bias }
              groupedAggregates(by: LABEL, first: 1) { groups { label aggregate { count } } groupsAreCapped }
            } } } }"""
        )
    )["algorithms"]["nodes"]
    found = {node["name"]: node["requests"] for node in nodes}
    assert {name: one["totalCount"] for name, one in found.items()} == {
        "at zero": 6,
        "at ten": 2,
        "at twenty": 0,
        "plus one": 3,
        "plus two": 0,
    }
    assert found["at zero"]["aggregate"] == {"count": 6, "accuracy": 0.5, "bias": None}
    assert found["plus one"]["aggregate"] == {"count": 3, "accuracy": None, "bias": -1.0}
    assert found["at zero"]["groupedAggregates"] == {
        "groups": [{"label": "high", "aggregate": {"count": 3}}],
        "groupsAreCapped": True,
    }
    assert found["at twenty"]["groupedAggregates"] == {"groups": [], "groupsAreCapped": False}


async def test_a_page_is_read_only_where_something_of_it_is_selected(
    busy: Door, statements: Statements
) -> None:
    for selection, count in (
        ("aggregate { count }", 1),
        ("__typename", 0),
        ("totalCount totalCountIsCapped", 1),
        ("pageInfo { hasNextPage }", 1),
        ("nodes { requestId } aggregate { count }", 2),
    ):
        with statements() as sql:
            await busy.data(f"{{ requests {{ {selection} }} }}")
        assert len(of_operations(sql)) == count


async def test_only_the_figures_that_are_selected_are_read(busy: Door, statements: Statements) -> None:
    for where in ("", "(where: {latency: {min: 0}})"):
        with statements() as sql:
            await busy.data(f"{{ requests{where} {{ aggregate {{ count accuracy }} }} }}")
        (only,) = of_operations(sql)
        figures = re.findall(
            r" AS (count|correct|errors|residual_sum|latency_0|up_to_0)\b", only.split("FROM (")[0]
        )
        assert figures == ["count", "correct"]


async def test_the_total_is_exact_where_the_daily_summary_knows_it(
    busy: Door, statements: Statements
) -> None:
    for where, total, table in (
        ("{}", 11, "daily_summary"),
        ('{endpoint: "levels"}', 8, "daily_summary"),
        ("{kind: REGRESSOR}", 3, "daily_summary"),
        ("{status: TESTING}", 2, "daily_summary"),
        ("{status: [PRODUCTION, TESTING]}", 11, "daily_summary"),
        ("{withFeedback: true}", 9, "daily_summary"),
        ("{withFeedback: false}", 2, "daily_summary"),
        ('{createdFrom: "2026-01-01", not: {algorithm: 1}}', 5, "daily_summary"),
        ('{subject: "ann"}', 4, "ml_request"),
        ('{createdFrom: "2026-01-01T00:00:01Z"}', 11, "ml_request"),
    ):
        with statements() as sql:
            found = (await busy.data(f"{{ requests(where: {where}) {{ totalCount totalCountIsCapped }} }}"))[
                "requests"
            ]
        assert (where, found) == (where, {"totalCount": total, "totalCountIsCapped": False})
        assert [f"FROM {table}" in one for one in of_operations(sql)] == [True]


async def test_figures_need_the_scope_read(busy: Door, statements: Statements) -> None:
    with statements() as sql:
        answer = await busy.seen_by(Scope.PREDICT).post("{ requests { aggregate { count } } }")
    assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert of_operations(sql) == []
