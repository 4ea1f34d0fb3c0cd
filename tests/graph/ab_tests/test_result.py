from __future__ import annotations

import math
from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.callers import Scope
from domain.statistics import paired_e_value
from domain.statistics.always_valid import paired_effect, paired_n
from domain.statistics.e_value import e_value
from orm.connection.database import Database
from tests.graph.conftest import Door
from tests.serving.world import Dice, services_on, small_registry

CREATE = """
mutation ($input: CreateABTestInput!) {
  createABTest(input: $input) { abTest { id } userErrors { code message } }
}
"""
PREDICT = """
mutation ($endpoint: String!, $rows: [JSON!]!) {
  predictBatch(input: {endpoint: $endpoint, rows: $rows}) { results { request { requestId label value arm } } }
}
"""
TRUTH = """
mutation ($items: [GiveFeedbackInput!]!) {
  giveFeedbackBatch(input: {items: $items}) { results { userErrors { code } } }
}
"""
RESULT = """
query ($id: ID!) {
  abTest(id: $id) {
    state
    verdict
    result {
      state verdict reason method isExact isRetrospective eValue alwaysValidP warnings
      arms { arm algorithm { name } served withFeedback coverage errors value interval { low high } }
      difference { estimate interval { low high } ratio ratioInterval { low high } }
      discordance { challengerOnly championOnly bothRight bothWrong }
      sampleRatio { passed p epochs { challengerWeight champion challenger } }
      guardrails { name passed text }
      power { needed progress detectable }
    }
  }
}
"""
AGREED, DISPUTED = 50.0, 5.0
"""Rows that "at zero" and "at ten" both call high, and that only "at zero" does."""


async def create(door: Door, *algorithms: str, **more: Any) -> str:
    input = {"title": "t", "algorithms": list(algorithms), **more}
    payload = (await door.data(CREATE, input=input))["createABTest"]
    assert payload["userErrors"] == []
    return str(payload["abTest"]["id"])


async def predict(door: Door, xs: list[float], endpoint: str = "levels") -> list[dict[str, Any]]:
    rows = [{"x": x, "colour": "red"} for x in xs]
    results = (await door.data(PREDICT, endpoint=endpoint, rows=rows))["predictBatch"]["results"]
    return [result["request"] for result in results]


async def tell(door: Door, requests: list[dict[str, Any]], truths: list[Any]) -> None:
    items = [
        {"requestId": one["requestId"], "feedback": truth}
        for one, truth in zip(requests, truths, strict=True)
    ]
    results = (await door.data(TRUTH, items=items))["giveFeedbackBatch"]["results"]
    assert [result["userErrors"] for result in results] == [[]] * len(items)


async def result_of(door: Door, id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await door.data(RESULT, id=id))["abTest"]
    return found


@pytest.fixture
async def door_to_each(database_url: str, dice: Dice) -> AsyncIterator[Door]:
    """A door to services on SQLite, and one to services on PostgreSQL."""
    services = services_on(await Database.open(database_url), small_registry(), dice)
    await services.start()
    yield Door(services)
    await services.stop()


async def test_a_test_without_feedback_says_nothing_and_why(door: Door) -> None:
    id = await create(door, "1", "2")
    found = (await result_of(door, id))["result"]
    assert (found["state"], found["verdict"], found["isRetrospective"]) == ("RUNNING", None, False)
    assert found["reason"] == "0 of the 100 requests with feedback that a verdict needs at least"
    assert (found["difference"], found["eValue"], found["alwaysValidP"]) == (None, None, None)
    assert found["discordance"] == dict.fromkeys(
        ("challengerOnly", "championOnly", "bothRight", "bothWrong"), 0
    )
    assert found["power"] == {"needed": None, "progress": None, "detectable": None}
    assert found["warnings"] == []
    empty = {"served": 0, "withFeedback": 0, "coverage": None, "errors": 0, "value": None, "interval": None}
    assert found["arms"] == [
        {"arm": "CHAMPION", "algorithm": {"name": "at zero"}, **empty},
        {"arm": "CHALLENGER", "algorithm": {"name": "at ten"}, **empty},
    ]


async def test_one_feedback_scores_both_arms_of_a_paired_test(door_to_each: Door, dice: Dice) -> None:
    door = door_to_each
    id = await create(door, "1", "2", autoDecide=False, minimumEffect=0.05)
    # Every second request is drawn for the challenger; both run on all of them.
    dice.numbers = [0.9, 0.1] * 60
    asked = await predict(door, [AGREED] * 80 + [DISPUTED] * 40)
    assert [one["arm"] for one in asked[:4]] == ["CHAMPION", "CHALLENGER"] * 2
    assert [one["label"] for one in asked[-2:]] == ["high", "low"]
    # Of the disputed ones the challenger is right 30 times, the champion 9 times, and one is not told.
    await tell(door, asked[:119], ["high"] * 70 + ["low"] * 10 + ["low"] * 30 + ["high"] * 9)

    found = await result_of(door, id)
    assert (found["state"], found["verdict"]) == ("RUNNING", None)
    result = found["result"]
    assert (result["state"], result["verdict"]) == ("DECIDED", "PROMOTED")
    assert (result["method"], result["isExact"]) == ("paired beta-binomial e-value", True)
    assert result["discordance"] == {
        "challengerOnly": 30,
        "championOnly": 9,
        "bothRight": 70,
        "bothWrong": 10,
    }
    evidence = e_value(paired_e_value.log_e(30, 9))
    assert result["eValue"] == pytest.approx(evidence, rel=1e-12)
    assert result["alwaysValidP"] == pytest.approx(1 / evidence, rel=1e-12)
    # 40 of 120 are disagreements, one of them without a truth; of the others 30 were won and 9 lost.
    assert result["difference"]["estimate"] == pytest.approx(40 / 120 * 21 / 39, rel=1e-12)
    assert result["difference"]["interval"]["low"] < 21 / 119 < result["difference"]["interval"]["high"]
    assert (result["difference"]["ratio"], result["difference"]["ratioInterval"]) == (None, None)
    assert [
        (arm["arm"], arm["served"], arm["withFeedback"], arm["coverage"], arm["errors"], arm["value"])
        for arm in result["arms"]
    ] == [
        ("CHAMPION", 60, 119, 1.0, 0, 79 / 119),
        ("CHALLENGER", 60, 119, 1.0, 0, 100 / 119),
    ]
    for arm in result["arms"]:
        assert 0.0 < arm["interval"]["low"] < arm["value"] < arm["interval"]["high"] < 1.0
    assert result["sampleRatio"] == {
        "passed": True,
        "p": 1.0,
        "epochs": [{"challengerWeight": 0.5, "champion": 60, "challenger": 60}],
    }
    assert [(one["name"], one["passed"]) for one in result["guardrails"]] == [
        ("failures", True),
        ("latency", True),
    ]
    # Of the truths a little fewer than of the requests are of disagreements, so that each tells a little less.
    told = 39 / 119 / (40 / 120)
    needed = math.ceil(paired_n(39 / 119, 0.05 * told))
    assert result["power"]["needed"] == needed
    assert result["power"]["progress"] == pytest.approx(119 / needed, rel=1e-9)
    detectable = paired_effect(119, 39 / 119)
    assert detectable is not None
    assert result["power"]["detectable"] == pytest.approx(detectable / told, rel=1e-9)


async def test_a_test_that_knows_ends_by_itself(door: Door, dice: Dice) -> None:
    id = await create(door, "1", "2")
    dice.numbers = [0.9, 0.1] * 60
    asked = await predict(door, [AGREED] * 80 + [DISPUTED] * 40)
    await tell(door, asked, ["high"] * 80 + ["low"] * 40)
    await door.services.decider.round()
    found = await result_of(door, id)
    assert (found["state"], found["verdict"]) == ("DECIDED", "PROMOTED")
    events = (await door.data("query ($id: ID!) { abTest(id: $id) { events { kind } } }", id=id))["abTest"]
    assert [event["kind"] for event in events["events"]] == ["created", "decided"]


async def test_feedback_after_the_verdict_shows_in_the_figures_but_decides_nothing(
    door: Door, dice: Dice
) -> None:
    id = await create(door, "1", "2", minFeedback=10)
    dice.numbers = [0.9, 0.1] * 40
    asked = await predict(door, [DISPUTED] * 80)
    await tell(door, asked[:40], ["high"] + ["low"] * 39)
    await door.services.decider.round()
    assert (await result_of(door, id))["verdict"] == "PROMOTED"
    await tell(door, asked[40:], ["high"] * 40)
    found = await result_of(door, id)
    assert (found["state"], found["verdict"]) == ("DECIDED", "PROMOTED")
    assert found["result"]["verdict"] is None
    assert found["result"]["discordance"]["championOnly"] == 41


async def test_a_person_cannot_conclude_more_than_the_figures_say(door: Door) -> None:
    id = await create(door, "1", "2", autoDecide=False)
    asked = await predict(door, [DISPUTED] * 50)
    await tell(door, asked, ["low"] * 50)
    conclude = "mutation ($id: ID!) { concludeABTest(input: {id: $id}) { abTest { verdict reason } } }"
    assert (await door.data(conclude, id=id))["concludeABTest"]["abTest"] == {
        "verdict": "INCONCLUSIVE",
        "reason": "50 of the 100 requests with feedback that a verdict needs at least",
    }


async def test_regressors_are_scored_in_pairs_too(door: Door, dice: Dice) -> None:
    id = await create(door, "4", "5", autoDecide=False, metric="MAE")
    dice.numbers = [0.1] * 4
    asked = await predict(door, [1.0, 2.0, 3.0, 4.0], "heights")
    assert [(one["arm"], one["value"]) for one in asked] == [("CHALLENGER", x + 2) for x in (1, 2, 3, 4)]
    result = (await result_of(door, id))["result"]
    assert result["discordance"] is None
    await tell(door, asked, [1.0, 2.0, 3.0, 4.0])
    result = (await result_of(door, id))["result"]
    assert [(arm["served"], arm["withFeedback"], arm["value"]) for arm in result["arms"]] == [
        (0, 4, 1.0),
        (4, 4, 2.0),
    ]
    assert result["reason"] == "4 of the 1,000 requests with feedback that a verdict needs at least"


async def test_a_shadow_never_serves_and_warns(door: Door) -> None:
    id = await create(door, "1", "2", serve="CHAMPION_ONLY", autoDecide=False)
    status = await door.data("{ algorithm(id: 1) { status } }")
    assert status == {"algorithm": {"status": "PRODUCTION"}}
    asked = await predict(door, [DISPUTED] * 20)
    assert {(one["arm"], one["label"]) for one in asked} == {("CHAMPION", "high")}
    await tell(door, asked, ["low"] * 20)
    result = (await result_of(door, id))["result"]
    assert result["sampleRatio"] is None
    assert result["discordance"]["challengerOnly"] == 20
    assert [arm["served"] for arm in result["arms"]] == [20, 0]
    assert [
        warning for warning in result["warnings"] if "the champion answers every request" in warning
    ] != []


async def test_figures_of_different_shares_are_kept_apart(door: Door, dice: Dice) -> None:
    id = await create(door, "1", "2", mode="SPLIT", autoDecide=False)
    dice.numbers = [0.9, 0.1] * 5
    await predict(door, [AGREED] * 10)
    changed = await door.data(
        """mutation ($id: ID!) { changeABTestWeights(input: {id: $id, challengerWeight: 0.2}) {
          abTest { events { kind } } userErrors { code } } }""",
        id=id,
    )
    assert changed["changeABTestWeights"]["userErrors"] == []
    assert len(changed["changeABTestWeights"]["abTest"]["events"]) == 2
    dice.numbers = [0.1, 0.3, 0.4, 0.5, 0.6]
    await predict(door, [AGREED] * 5)
    assert (await result_of(door, id))["result"]["sampleRatio"]["epochs"] == [
        {"challengerWeight": 0.5, "champion": 5, "challenger": 5},
        {"challengerWeight": 0.2, "champion": 4, "challenger": 1},
    ]


async def test_a_result_costs_one_statement_a_test_and_a_classifiers_delays_another(
    door: Door, statements: Any
) -> None:
    await create(door, "1", "2")
    await create(door, "4", "5")
    with statements() as sql:
        await door.data("{ abTests { nodes { plan { mode } } } }")
    without = len(sql)
    assert without == 1
    with statements() as sql:
        await door.data("{ abTests { nodes { result { reason arms { served } } } } }")
    assert len([text for text in sql if "ab_test_observation" in text]) == 3


SERIES = """
query ($id: ID!, $points: Int!) {
  abTest(id: $id) { series(points: $points) { feedback estimate interval { low high } eValue } }
}
"""


async def test_the_series_ends_where_the_result_is(door_to_each: Door) -> None:
    door = door_to_each
    id = await create(door, "1", "2", autoDecide=False)
    for _ in range(4):
        asked = await predict(door, [DISPUTED] * 25)
        await tell(door, asked, ["low"] * 20 + ["high"] * 5)
    points = (await door.data(SERIES, id=id, points=4))["abTest"]["series"]
    assert [point["feedback"] for point in points] == [25, 50, 75, 100]
    result = (await result_of(door, id))["result"]
    assert points[-1] == {
        "feedback": 100,
        "estimate": pytest.approx(0.6),
        "interval": result["difference"]["interval"],
        "eValue": result["eValue"],
    }
    widths = [point["interval"]["high"] - point["interval"]["low"] for point in points if point["interval"]]
    assert widths == sorted(widths, reverse=True)


@pytest.mark.parametrize("points", [0, 1001, -1])
async def test_a_series_of_no_sensible_length_is_refused(door: Door, points: int) -> None:
    id = await create(door, "1", "2")
    error = await door.error(SERIES, id=id, points=points)
    assert (error["extensions"]["code"], error["extensions"]["argument"]) == ("BAD_USER_INPUT", ["points"])


@pytest.mark.parametrize("anonymous", [True, False])
async def test_results_need_the_right_to_read(door: Door, anonymous: bool) -> None:
    id = await create(door, "1", "2")
    caller = door.seen_by(Scope.PREDICT, Scope.FEEDBACK, anonymous=anonymous)
    for query in ("abTest(id: $id) { result { reason } }", "feedbackQueue(abTest: $id) { totalCount }"):
        answer = await caller.post("query ($id: ID!) { %s }" % query, id=id)  # noqa: UP031  braces
        assert [error["extensions"]["code"] for error in answer["errors"]] == [
            "UNAUTHENTICATED" if anonymous else "FORBIDDEN"
        ]
