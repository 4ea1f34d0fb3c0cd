"""What keeps a test from naming a winner by itself, how it is shown, and how a person accepts it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.graph.ab_tests.test_result import AGREED, DISPUTED, create, predict, tell
from tests.graph.conftest import Door
from tests.serving.world import Dice

LOOK = """
query ($id: ID!) {
  abTest(id: $id) {
    state verdict reason
    events { kind details }
    result {
      state verdict reason holds withheld caveat feedbackShare warnings
      selectiveFeedback { passed eValue text }
      lateTruths { passed text proposedDelay classes { truth count half most } }
      arms { value valueReason }
      difference { estimate interval { low high } }
    }
  }
}
"""
CONCLUDE = """
mutation ($id: ID!, $accept: [ABTestHold!]) {
  concludeABTest(input: {id: $id, accept: $accept}) {
    abTest { state verdict reason } userErrors { code message path }
  }
}
"""


async def look(door: Door, id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await door.data(LOOK, id=id))["abTest"]
    return found


async def conclude(door: Door, id: str, *accept: str) -> dict[str, Any]:
    payload = (await door.data(CONCLUDE, id=id, accept=list(accept)))["concludeABTest"]
    assert payload["userErrors"] == []
    found: dict[str, Any] = payload["abTest"]
    return found


async def won_by_the_challenger(door: Door, dice: Dice, **options: Any) -> str:
    """A test in whose disagreements only the challenger is right, served by each in turn."""
    id = await create(door, "1", "2", **options)
    challengers = round(10 * options.get("challengerWeight", 0.5))
    dice.numbers = ([0.9] * (10 - challengers) + [0.05] * challengers) * 12
    asked = await predict(door, [AGREED] * 60 + [DISPUTED] * 60)
    await tell(door, asked, ["high"] * 60 + ["low"] * 60)
    return id


UNSURE = [
    {"mode": "SPLIT"},
    {"challengerWeight": 0.3},
    {"serve": "CHAMPION_ONLY"},
]


@pytest.mark.parametrize("options", UNSURE, ids=str)
async def test_a_test_of_unknown_outcomes_names_no_winner_by_itself(
    door: Door, dice: Dice, options: dict[str, Any]
) -> None:
    id = await won_by_the_challenger(door, dice, autoDecide=False, minFeedback=20, **options)
    found = await look(door, id)
    result = found["result"]
    assert (found["state"], result["state"], result["verdict"]) == ("RUNNING", "RUNNING", None)
    assert "UNKNOWN_OUTCOMES" in result["holds"]
    ended = await conclude(door, id)
    assert (ended["state"], ended["verdict"]) == ("DECIDED", "INCONCLUSIVE")
    assert ended["reason"] == result["reason"]


async def test_an_even_paired_test_of_unknown_outcomes_is_held_by_nothing(door: Door, dice: Dice) -> None:
    id = await won_by_the_challenger(door, dice, autoDecide=False)
    result = (await look(door, id))["result"]
    assert (result["state"], result["verdict"], result["holds"], result["withheld"]) == (
        "DECIDED",
        "PROMOTED",
        [],
        None,
    )
    assert "probably too much" in result["caveat"]
    assert result["feedbackShare"] == 1.0
    assert result["selectiveFeedback"]["passed"] is True


async def test_an_accepted_hold_gives_the_verdict_and_stands_in_the_history(door: Door, dice: Dice) -> None:
    id = await won_by_the_challenger(door, dice, autoDecide=False, minFeedback=20, serve="CHAMPION_ONLY")
    result = (await look(door, id))["result"]
    assert (result["holds"], result["withheld"]) == (["UNKNOWN_OUTCOMES"], "PROMOTED")
    ended = await conclude(door, id, "UNKNOWN_OUTCOMES")
    assert (ended["state"], ended["verdict"]) == ("DECIDED", "PROMOTED")
    (decided,) = [event for event in (await look(door, id))["events"] if event["kind"] == "decided"]
    details = decided["details"] if isinstance(decided["details"], dict) else json.loads(decided["details"])
    assert details["accepted"] == ["unknown_outcomes"]


async def test_what_is_accepted_must_be_all_that_holds(door: Door, dice: Dice) -> None:
    id = await won_by_the_challenger(door, dice, autoDecide=False, minFeedback=20, serve="CHAMPION_ONLY")
    payload = (await door.data(CONCLUDE, id=id, accept=["LATE_TRUTHS", "LATE_TRUTHS"]))["concludeABTest"]
    assert payload == {
        "abTest": None,
        "userErrors": [
            {
                "code": "INVALID_AB_TEST",
                "message": "accept must name all that holds the verdict back: UNKNOWN_OUTCOMES is missing. Add it, or "
                "leave accept out to end the test as inconclusive.",
                "path": ["input", "accept"],
            }
        ],
    }
    assert (await look(door, id))["state"] == "RUNNING"
    assert (await conclude(door, id, "UNKNOWN_OUTCOMES", "LATE_TRUTHS"))["verdict"] == "PROMOTED"
    again = (await door.data(CONCLUDE, id=id, accept=["UNKNOWN_OUTCOMES"]))["concludeABTest"]
    assert [error["code"] for error in again["userErrors"]] == ["AB_TEST_NOT_RUNNING"]


async def test_declared_outcomes_hold_nothing_back(door: Door, dice: Dice) -> None:
    id = await won_by_the_challenger(
        door, dice, autoDecide=False, minFeedback=20, serve="CHAMPION_ONLY", outcomeSeen="ALL"
    )
    result = (await look(door, id))["result"]
    assert (result["holds"], result["verdict"]) == ([], "PROMOTED")


async def test_truths_that_follow_the_served_answer_raise_the_alarm(door: Door, dice: Dice) -> None:
    id = await create(door, "1", "2", autoDecide=False)
    dice.numbers = [0.9, 0.05] * 60
    asked = await predict(door, [DISPUTED] * 120)
    seen = [one for one in asked if one["label"] == "high"]
    await tell(door, seen, ["high"] * 15 + ["low"] * 45)
    result = (await look(door, id))["result"]
    assert result["selectiveFeedback"]["passed"] is False
    assert result["selectiveFeedback"]["eValue"] >= 1000
    assert "SELECTIVE_FEEDBACK" in result["holds"]
    assert (result["state"], result["verdict"]) == ("RUNNING", None)
    assert result["feedbackShare"] == 0.5


async def test_declared_selective_truths_raise_no_alarm(door: Door, dice: Dice) -> None:
    id = await create(
        door, "1", "2", autoDecide=False, outcomeSeen="ONLY_FOR", outcomeSeenFor=["high"], minFeedback=20
    )
    dice.numbers = [0.9, 0.05] * 60
    asked = await predict(door, [DISPUTED] * 120)
    seen = [one for one in asked if one["label"] == "high"]
    await tell(door, seen, ["high"] * 5 + ["low"] * 55)
    result = (await look(door, id))["result"]
    assert result["selectiveFeedback"]["passed"] is True
    assert result["holds"] == []
    assert result["verdict"] == "PROMOTED"
    # Of those whom both would have refused nobody knows anything, so that neither's accuracy is known.
    assert [arm["value"] for arm in result["arms"]] == [None, None]
    assert "the truth is seen for some answers only" in result["arms"][0]["valueReason"]
    await conclude(door, id)
    summary = (await door.data("query ($id: ID!) { abTest(id: $id) { summary } }", id=id))["abTest"][
        "summary"
    ]
    assert summary.startswith("The truth is seen for some answers only")
    assert "Accuracy of" not in summary


async def test_both_answers_stay_visible_after_the_truth_is_known(door: Door) -> None:
    await create(door, "1", "2", autoDecide=False)
    asked = await predict(door, [DISPUTED])
    await tell(door, asked, ["low"])
    shown = """query ($id: ID!) {
      request(id: $id) {
        feedback abTestAnswers { champion { label value failed } challenger { label value failed } }
      }
    }"""
    found = (await door.data(shown, id=asked[0]["requestId"]))["request"]
    assert found == {
        "feedback": "low",
        "abTestAnswers": {
            "champion": {"label": "high", "value": None, "failed": False},
            "challenger": {"label": "low", "value": None, "failed": False},
        },
    }


async def test_a_request_outside_a_test_has_no_second_answer(door: Door) -> None:
    (asked,) = await predict(door, [DISPUTED])
    shown = "query ($id: ID!) { request(id: $id) { abTestAnswers { champion { label } } } }"
    assert (await door.data(shown, id=asked["requestId"]))["request"] == {"abTestAnswers": None}


async def test_a_replay_lists_the_requests_on_which_it_differs(door: Door) -> None:
    asked = await predict(door, [AGREED, DISPUTED, DISPUTED + 1])
    await tell(door, asked, ["high", "low", "high"])
    query = """{ replay(algorithm: "2") {
      differing { request { requestId feedback } served { label failed } answer { label failed } }
    } }"""
    found = (await door.data(query))["replay"]["differing"]
    assert found == [
        {
            "request": {"requestId": asked[index]["requestId"], "feedback": truth},
            "served": {"label": "high", "failed": False},
            "answer": {"label": "low", "failed": False},
        }
        for index, truth in ((2, "high"), (1, "low"))
    ]
