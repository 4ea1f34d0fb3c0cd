from __future__ import annotations

from typing import Any

import pytest

from tests.graph.conftest import Door

CREATE = """
mutation ($input: CreateABTestInput!) {
  createABTest(input: $input) { abTest { id traffic plan { PLAN } } userErrors { code message path } }
}
"""
PLAN = """
mode serve metric alpha minimumEffect minFeedback maxFeedback maxDuration feedbackDelay equivalenceMargin
challengerWeight autoDecide autoCancel guardrails outcomeAffectedByPrediction thirdAlgorithm
outcomeSeen outcomeSeenFor outcomeSeenFrom outcomeSeenUpTo outcomeAffected costs { truth answer cost } otherwiseCosts
largestError minDuration guardrailMetric { metric margin }
"""

USUAL = {
    "mode": "PAIRED",
    "serve": "RANDOM",
    "metric": "ACCURACY",
    "alpha": 0.05,
    "minimumEffect": None,
    "minFeedback": 100,
    "maxFeedback": None,
    "maxDuration": None,
    "feedbackDelay": 0.0,
    "equivalenceMargin": None,
    "challengerWeight": 0.5,
    "autoDecide": True,
    "autoCancel": True,
    "guardrails": True,
    "outcomeAffectedByPrediction": False,
    "thirdAlgorithm": "TO_TESTING",
    "outcomeSeen": "UNKNOWN",
    "outcomeSeenFor": None,
    "outcomeSeenFrom": None,
    "outcomeSeenUpTo": None,
    "outcomeAffected": False,
    "costs": None,
    "otherwiseCosts": None,
    "largestError": None,
    "minDuration": None,
    "guardrailMetric": None,
}
LOAN: dict[str, Any] = {"outcomeSeen": "ONLY_FOR", "outcomeSeenFor": ["high"]}
AFFECTED = {"mode": "SPLIT", "outcomeAffected": True, "outcomeAffectedByPrediction": True}


async def create(door: Door, *algorithms: str, **more: Any) -> dict[str, Any]:
    input = {"title": "t", "algorithms": list(algorithms), **more}
    payload: dict[str, Any] = (await door.data(CREATE.replace("PLAN", PLAN), input=input))["createABTest"]
    return payload


async def test_a_title_and_two_algorithms_are_enough(door: Door) -> None:
    payload = await create(door, "1", "2")
    assert payload["userErrors"] == []
    assert payload["abTest"]["traffic"] == "ALL"
    assert payload["abTest"]["plan"] == USUAL


async def test_regressors_are_compared_by_their_rmse_from_a_thousand_feedbacks_on(door: Door) -> None:
    plan = (await create(door, "4", "5"))["abTest"]["plan"]
    assert plan == {**USUAL, "metric": "RMSE", "minFeedback": 1000}


async def test_everything_can_be_asked_for_and_is_kept(door: Door) -> None:
    asked = {
        "mode": "SPLIT",
        "serve": "RANDOM",
        "metric": "ACCURACY",
        "alpha": 0.01,
        "minimumEffect": 0.02,
        "minFeedback": 50,
        "maxFeedback": 5000,
        "maxDuration": 86400.0,
        "feedbackDelay": 60.0,
        "equivalenceMargin": 0.005,
        "challengerWeight": 0.1,
        "autoDecide": False,
        "autoCancel": False,
        "guardrails": False,
        "outcomeAffectedByPrediction": True,
        "thirdAlgorithm": "KEEP",
        "outcomeSeen": "ALL",
        "outcomeSeenFor": None,
        "outcomeSeenFrom": None,
        "outcomeSeenUpTo": None,
        "outcomeAffected": True,
        "costs": None,
        "otherwiseCosts": None,
        "largestError": None,
        "minDuration": 3600.0,
        "guardrailMetric": None,
    }
    payload = await create(door, "1", "2", traffic="OPT_IN", **asked)
    assert payload["userErrors"] == []
    assert payload["abTest"]["plan"] == asked
    found = await door.data(
        f"query ($id: ID!) {{ abTest(id: $id) {{ plan {{ {PLAN} }} }} }}", id=payload["abTest"]["id"]
    )
    assert found == {"abTest": {"plan": asked}}


@pytest.mark.parametrize("name", ["outcomeAffected", "outcomeAffectedByPrediction"])
async def test_an_answer_that_changes_the_outcome_makes_the_mode_split(door: Door, name: str) -> None:
    plan = (await create(door, "1", "2", **{name: True}))["abTest"]["plan"]
    assert plan == {**USUAL, **AFFECTED}


async def test_a_test_says_after_which_labels_the_truth_is_seen(door: Door) -> None:
    seen = {"outcomeSeen": "ONLY_FOR", "outcomeSeenFor": ["high"]}
    payload = await create(door, "1", "2", **seen)
    assert payload["userErrors"] == []
    assert payload["abTest"]["plan"] == {**USUAL, **seen}


async def test_a_test_of_regressors_says_between_which_values_the_truth_is_seen(door: Door) -> None:
    seen = {"outcomeSeen": "ONLY_FOR", "outcomeSeenFrom": 1.5, "outcomeSeenUpTo": 9.0, "largestError": 4.0}
    payload = await create(door, "4", "5", **seen)
    assert payload["userErrors"] == []
    plan = {**USUAL, **seen, "outcomeSeenFor": [], "metric": "RMSE"}
    assert payload["abTest"]["plan"] == {**plan, "minFeedback": payload["abTest"]["plan"]["minFeedback"]}


async def test_a_test_says_what_mistakes_cost_and_what_may_not_get_worse(door: Door) -> None:
    asked = {
        "metric": "COST",
        "costs": [
            {"truth": "high", "answer": "low", "cost": 10.0},
            {"truth": "low", "answer": "high", "cost": 1.0},
        ],
        "otherwiseCosts": 2.0,
        "guardrailMetric": {"metric": "ACCURACY", "margin": 0.05},
    }
    payload = await create(door, "1", "2", **asked)
    assert payload["userErrors"] == []
    assert payload["abTest"]["plan"] == {
        **USUAL,
        **asked,
        "minFeedback": payload["abTest"]["plan"]["minFeedback"],
    }


@pytest.mark.parametrize(
    ("options", "path"),
    [
        ({"outcomeAffectedByPrediction": True, "mode": "PAIRED"}, ["input", "mode"]),
        ({"outcomeAffected": True, "mode": "PAIRED"}, ["input", "mode"]),
        ({"outcomeSeen": "ONLY_FOR"}, ["input", "outcomeSeenFor"]),
        ({"outcomeSeen": "ONLY_FOR", "outcomeSeenFor": []}, ["input", "outcomeSeenFor"]),
        ({"outcomeSeen": "ONLY_FOR", "outcomeSeenFor": ["no class"]}, ["input", "outcomeSeenFor"]),
        ({"outcomeSeenFor": ["high"]}, ["input", "outcomeSeenFor"]),
        ({**LOAN, "mode": "SPLIT"}, ["input", "mode"]),
        ({**LOAN, "serve": "CHAMPION_ONLY"}, ["input", "serve"]),
        ({"metric": "COST"}, ["input", "costs"]),
        ({"costs": [{"truth": "high", "answer": "low", "cost": 1}]}, ["input", "costs"]),
        (
            {"metric": "COST", "costs": [{"truth": "x", "answer": "low", "cost": 1}]},
            ["input", "costs", "truth"],
        ),
        (
            {"metric": "COST", "costs": [{"truth": "high", "answer": "low", "cost": -1}]},
            ["input", "costs", "cost"],
        ),
        ({"largestError": 1.0}, ["input", "largestError"]),
        ({"minDuration": 0.5}, ["input", "minDuration"]),
        ({"minDuration": 60, "maxDuration": 60}, ["input", "minDuration"]),
        ({"guardrailMetric": {"metric": "ACCURACY", "margin": 0.1}}, ["input", "guardrailMetric", "metric"]),
        ({"mode": "SPLIT", "serve": "CHAMPION_ONLY"}, ["input", "serve"]),
        ({"metric": "RMSE"}, ["input", "metric"]),
        ({"alpha": 0.0}, ["input", "alpha"]),
        ({"alpha": 1.0}, ["input", "alpha"]),
        ({"minFeedback": 0}, ["input", "minFeedback"]),
        ({"maxFeedback": 0}, ["input", "maxFeedback"]),
        ({"maxDuration": 0.0}, ["input", "maxDuration"]),
        ({"maxDuration": 1e300}, ["input", "maxDuration"]),
        ({"feedbackDelay": -1.0}, ["input", "feedbackDelay"]),
        ({"feedbackDelay": -1e300}, ["input", "feedbackDelay"]),
        ({"equivalenceMargin": -0.1}, ["input", "equivalenceMargin"]),
        ({"challengerWeight": 0.0}, ["input", "challengerWeight"]),
        ({"challengerWeight": 1.0}, ["input", "challengerWeight"]),
        ({"minimumEffect": 0.0}, ["input", "minimumEffect"]),
        ({"minimumEffect": 1e-300}, ["input", "minimumEffect"]),
        ({"minimumEffect": 9e-7}, ["input", "minimumEffect"]),
        ({"minimumEffect": 1}, ["input", "minimumEffect"]),
        ({"alpha": 1e-300}, ["input", "alpha"]),
        ({"alpha": 0.51}, ["input", "alpha"]),
        ({"equivalenceMargin": 1e-300}, ["input", "equivalenceMargin"]),
        ({"equivalenceMargin": 0.9}, ["input", "equivalenceMargin"]),
        ({"challengerWeight": 1e-300}, ["input", "challengerWeight"]),
        ({"challengerWeight": 0.9991}, ["input", "challengerWeight"]),
        ({"maxDuration": 1e-300}, ["input", "maxDuration"]),
        ({"maxDuration": 0.9}, ["input", "maxDuration"]),
        ({"maxDuration": 60.0, "feedbackDelay": 60.0}, ["input", "feedbackDelay"]),
        ({"feedbackDelay": 1e300}, ["input", "feedbackDelay"]),
        ({"maxFeedback": 99}, ["input", "maxFeedback"]),
        ({"mode": "SPLIT", "maxFeedback": 199}, ["input", "maxFeedback"]),
        ({"minFeedback": 101, "maxFeedback": 100}, ["input", "maxFeedback"]),
        ({"minFeedback": 1, "maxFeedback": 9}, ["input", "maxFeedback"]),
        ({"mode": "SPLIT", "minFeedback": 1, "maxFeedback": 9}, ["input", "maxFeedback"]),
    ],
    ids=str,
)
async def test_a_rule_that_makes_no_sense_is_named_and_nothing_begins(
    door: Door, options: dict[str, Any], path: list[str]
) -> None:
    payload = await create(door, "1", "2", **options)
    assert payload["abTest"] is None
    (error,) = payload["userErrors"]
    assert (error["code"], error["path"]) == ("INVALID_AB_TEST", path)
    assert (await door.data("{ abTests { totalCount } }")) == {"abTests": {"totalCount": 0}}


WEIGHTS = """
mutation ($input: ChangeABTestWeightsInput!) {
  changeABTestWeights(input: $input) {
    abTest { plan { challengerWeight } events { kind } }
    userErrors { code path }
  }
}
"""


async def change(door: Door, id: str, weight: float) -> dict[str, Any]:
    input = {"id": id, "challengerWeight": weight}
    payload: dict[str, Any] = (await door.data(WEIGHTS, input=input))["changeABTestWeights"]
    return payload


@pytest.mark.parametrize("weight", [0.0, 1.0, -1.0, 1e300])
async def test_a_share_that_leaves_an_arm_nothing_is_refused(door: Door, weight: float) -> None:
    id = (await create(door, "1", "2", mode="SPLIT"))["abTest"]["id"]
    payload = await change(door, id, weight)
    assert payload == {
        "abTest": None,
        "userErrors": [{"code": "INVALID_AB_TEST", "path": ["input", "challengerWeight"]}],
    }


async def test_shares_of_a_test_that_does_not_run_cannot_change(door: Door) -> None:
    id = (await create(door, "1", "2", mode="SPLIT"))["abTest"]["id"]
    await door.data("mutation ($id: ID!) { cancelABTest(input: {id: $id}) { userErrors { code } } }", id=id)
    for wrong, code in ((id, "AB_TEST_NOT_RUNNING"), ("99", "AB_TEST_NOT_FOUND"), ("x", "INVALID_ID")):
        payload = await change(door, wrong, 0.25)
        assert payload["abTest"] is None
        assert payload["userErrors"] == [{"code": code, "path": ["input", "id"]}]


FORECAST = """
query ($id: ID!) {
  abTest(id: $id) { plan { minFeedback maxFeedback } result { state power { needed reason progress detectable } } }
}
"""


@pytest.mark.parametrize(
    "extreme",
    [
        {"minimumEffect": 1e-6},
        {"minimumEffect": 0.00001},
        {"minimumEffect": 0.999},
        {"alpha": 1e-9},
        {"alpha": 0.5},
        {"challengerWeight": 0.001},
        {"challengerWeight": 0.999},
        {"equivalenceMargin": 1e-6},
        {"equivalenceMargin": 0.5},
        {"minFeedback": 2**31 - 1, "maxFeedback": 2**31 - 1},
        {"maxDuration": 3_153_600_000.0, "feedbackDelay": 3_153_599_999.0},
    ],
    ids=str,
)
async def test_the_outermost_numbers_that_are_taken_give_a_result(
    door: Door, extreme: dict[str, Any]
) -> None:
    payload = await create(door, "1", "2", autoDecide=False, **extreme)
    assert payload["userErrors"] == []
    id = payload["abTest"]["id"]
    for x, truth in ((5, "low"), (5, "high"), (50, "high")):
        asked = await door.data(
            f'mutation {{ predict(input: {{endpoint: "levels", features: {{x: {x}, colour: "red"}}}})'
            " { request { requestId } } }"
        )
        await door.data(
            "mutation ($id: ID!, $truth: JSON) { giveFeedback(input: {requestId: $id, feedback: $truth})"
            " { userErrors { code } } }",
            id=asked["predict"]["request"]["requestId"],
            truth=truth,
        )
    found = (await door.data(FORECAST, id=id))["abTest"]
    power = found["result"]["power"]
    assert found["result"]["state"] == "RUNNING"
    assert (power["needed"] is None) == (power["reason"] is not None)


async def test_more_than_a_client_can_hold_is_no_number_but_a_reason(door: Door) -> None:
    id = (await create(door, "1", "2", autoDecide=False, minimumEffect=0.00001))["abTest"]["id"]
    for truth in ("low", "high"):
        asked = await door.data(
            'mutation { predict(input: {endpoint: "levels", features: {x: 5, colour: "red"}})'
            " { request { requestId } } }"
        )
        await door.data(
            "mutation ($id: ID!, $truth: JSON) { giveFeedback(input: {requestId: $id, feedback: $truth})"
            " { userErrors { code } } }",
            id=asked["predict"]["request"]["requestId"],
            truth=truth,
        )
    power = (await door.data(FORECAST, id=id))["abTest"]["result"]["power"]
    assert power["needed"] is None
    assert power["reason"] == (
        "more than 2,147,483,647 requests with feedback would be needed to find a difference of 1e-05: "
        "begin a test with a larger minimumEffect to be told how far it is"
    )
    assert power["progress"] is not None


async def test_a_treatment_whose_outcome_is_seen_for_some_answers_only_is_refused(door: Door) -> None:
    payload = await create(door, "1", "2", **LOAN, outcomeAffected=True)
    assert payload["abTest"] is None
    assert payload["userErrors"][0]["path"] == ["input", "outcomeAffected"]
