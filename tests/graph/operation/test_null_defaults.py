from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    Undefined,
    is_introspection_type,
    is_non_null_type,
)

from domain.requests.feedback import FeedbackCommand
from graph.operation.limits import GraphLimits
from graph.schema import Schema
from registry.discovery import discover_endpoints
from tests.graph.ab_tests.test_plan import CREATE, PLAN, USUAL
from tests.graph.conftest import Door
from tests.serving.world import EVERYBODY, command, row


def defaulted() -> dict[str, bool]:
    """Each argument and input field of the shipped schema that has a default, and whether its type is non-null."""
    schema = Schema(GraphLimits(), specs=discover_endpoints(entry_points=False))._schema
    places: dict[str, Any] = {}
    for type_ in schema.type_map.values():
        if is_introspection_type(type_):
            continue
        if isinstance(type_, GraphQLInputObjectType):
            places |= {f"{type_.name}.{name}": field for name, field in type_.fields.items()}
        elif isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            for name, field in type_.fields.items():
                places |= {f"{type_.name}.{name}({arg}:)": one for arg, one in field.args.items()}
    return {
        name: is_non_null_type(one.type) for name, one in places.items() if one.default_value is not Undefined
    }


def test_nothing_that_has_a_default_is_required_in_the_eyes_of_a_code_generator() -> None:
    found = defaulted()
    assert {"Query.requests(orderBy:)", "CreateABTestInput.alpha", "Query.replay(limit:)"} <= found.keys()
    assert [name for name, is_non_null in found.items() if is_non_null] == []


async def test_null_for_the_order_and_the_page_is_what_leaving_them_out_is(door: Door) -> None:
    await door.services.predictor.predict(command(*[row(x) for x in range(21)]))
    shown = "{ nodes { requestId } pageInfo { hasNextPage hasPreviousPage } }"
    absent = (await door.data(f"{{ requests {shown} }}"))["requests"]
    assert len(absent["nodes"]) == 20
    literal = (
        await door.data(
            f"{{ requests(orderBy: null, first: null, last: null, after: null, before: null) {shown} }}"
        )
    )["requests"]
    variable = """query ($order: RequestOrderBy, $first: Int, $where: RequestWhere) {
      requests(orderBy: $order, first: $first, where: $where) SHOWN
    }""".replace("SHOWN", shown)
    assert literal == absent
    assert (await door.data(variable, order=None, first=None, where=None))["requests"] == absent
    assert (await door.data(variable))["requests"] == absent


@pytest.mark.parametrize("name", ["endpoints", "algorithms", "abTests", "statuses", "requests"])
async def test_every_list_takes_null_for_each_argument_of_its_page(door: Door, name: str) -> None:
    await door.services.predictor.predict(command(row(1)))
    nulls = "first: null, after: null, last: null, before: null"
    found = await door.data(f"{{ a: {name} {{ nodes {{ id }} }} b: {name}({nulls}) {{ nodes {{ id }} }} }}")
    assert found["a"] == found["b"]


async def test_null_for_the_number_of_groups_is_a_hundred_and_costs_as_much(door: Door) -> None:
    await door.services.predictor.predict(command(row(1), row(2)))
    asked = """{
      requests { groupedAggregates(by: [LABEL]%s) { groups { label aggregate { count } } } }
      rateLimit { cost }
    }"""
    absent = await door.data(asked % "")
    assert absent["requests"]["groupedAggregates"]["groups"] == [{"label": "high", "aggregate": {"count": 2}}]
    assert await door.data(asked % ", first: null") == absent


async def test_null_for_every_rule_of_a_test_is_its_usual_rule(door: Door) -> None:
    nulls = dict.fromkeys(
        (
            "traffic", "mode", "metric", "alpha", "minimumEffect", "minFeedback", "maxFeedback", "maxDuration",
            "feedbackDelay", "equivalenceMargin", "challengerWeight", "autoDecide", "autoCancel", "guardrails",
            "serve", "outcomeAffectedByPrediction", "thirdAlgorithm", "outcomeSeen", "outcomeSeenFor",
            "outcomeSeenFrom", "outcomeSeenUpTo", "outcomeAffected", "costs", "otherwiseCosts", "largestError",
            "minDuration", "guardrailMetric",
        )
    )  # fmt: skip
    create = CREATE.replace("PLAN", PLAN)
    payload = (await door.data(create, input={"title": "t", "algorithms": ["1", "2"], **nulls}))[
        "createABTest"
    ]
    assert payload["userErrors"] == []
    assert (payload["abTest"]["traffic"], payload["abTest"]["plan"]) == ("ALL", USUAL)
    cancelled = """mutation ($id: ID!) {
      cancelABTest(input: {id: $id, reason: null}) { abTest { state reason } userErrors { code } }
    }"""
    first = (await door.data(cancelled, id=payload["abTest"]["id"]))["cancelABTest"]
    written = ", ".join(f"{name}: null" for name in nulls)
    literal = await door.data(
        f'mutation {{ createABTest(input: {{title: "t", algorithms: [1, 2], {written}}}) '
        f"{{ abTest {{ id traffic plan {{ {PLAN} }} }} }} }}"
    )
    again = literal["createABTest"]["abTest"]
    assert (again["traffic"], again["plan"]) == ("ALL", USUAL)
    absent = """mutation ($id: ID!) {
      cancelABTest(input: {id: $id}) { abTest { state reason } userErrors { code } }
    }"""
    assert (await door.data(absent, id=again["id"]))["cancelABTest"] == first
    assert first["abTest"]["state"] == "CANCELLED"


async def test_null_for_the_points_of_a_series_and_the_limit_of_a_replay_is_the_default(door: Door) -> None:
    (made, _) = await door.services.predictor.predict(command(row(1), row(2)))
    await door.services.feedback.give(FeedbackCommand(made.request.id, "high"), EVERYBODY)
    created = 'mutation { createABTest(input: {title: "t", algorithms: [1, 2]}) { abTest { id } } }'
    id = (await door.data(created))["createABTest"]["abTest"]["id"]
    found = await door.data(
        """query ($id: ID!, $limit: Int, $points: Int) {
          abTest(id: $id) { series(points: $points) { __typename } }
          a: replay(algorithm: "2", limit: $limit) { requests skipped }
          b: replay(algorithm: "2") { requests skipped }
        }""",
        id=id,
        limit=None,
        points=None,
    )
    assert found["a"] == found["b"] == {"requests": 1, "skipped": 0}
