from __future__ import annotations

from typing import Any

import pytest

from domain.callers import Scope
from tests.graph.conftest import Door, of_operations
from tests.serving.world import Dice

CREATE = """
mutation ($input: CreateABTestInput!) {
  createABTest(input: $input) {
    abTest { id title state traffic champion { name } challenger { name } endpoint { runningABTest { title } } }
    userErrors { code message path }
  }
}
"""
SET = """
mutation ($input: SetAlgorithmStatusInput!) {
  setAlgorithmStatus(input: $input) {
    algorithmStatus { status active algorithm { name status } }
    userErrors { code message path }
  }
}
"""
STATUSES = "{ algorithms { nodes { name status } } }"


async def create(door: Door, *algorithms: Any, **more: Any) -> dict[str, Any]:
    input = {"title": "t", "algorithms": list(algorithms), **more}
    payload: dict[str, Any] = (await door.data(CREATE, input=input))["createABTest"]
    return payload


async def statuses_of(door: Door) -> dict[str, str | None]:
    nodes = (await door.data(STATUSES))["algorithms"]["nodes"]
    return {node["name"]: node["status"] for node in nodes}


AT_FIRST = {
    "at zero": "PRODUCTION",
    "at ten": "TESTING",
    "at twenty": None,
    "plus one": "PRODUCTION",
    "plus two": "TESTING",
}


async def test_a_new_test_names_its_champion_and_takes_both_statuses(door: Door) -> None:
    payload = await create(door, "2", "1")
    assert payload["userErrors"] == []
    test = payload["abTest"]
    assert (test["state"], test["traffic"]) == ("RUNNING", "ALL")
    assert (test["champion"]["name"], test["challenger"]["name"]) == ("at zero", "at ten")
    assert test["endpoint"]["runningABTest"] == {"title": "t"}
    assert await statuses_of(door) == {**AT_FIRST, "at zero": "AB_TESTING", "at ten": "AB_TESTING"}


@pytest.mark.parametrize(
    ("algorithms", "code", "path"),
    [
        (["1", "1"], "INVALID_AB_TEST", ["input", "algorithms"]),
        (["1", "4"], "INVALID_AB_TEST", ["input", "algorithms"]),
        (["1"], "INVALID_AB_TEST", ["input", "algorithms"]),
        (["1", "2", "3"], "INVALID_AB_TEST", ["input", "algorithms"]),
        ([], "INVALID_AB_TEST", ["input", "algorithms"]),
        (["1", "99"], "ALGORITHM_NOT_FOUND", None),
        (["1", "junk"], "INVALID_ID", ["input", "algorithms", "1"]),
    ],
)
async def test_a_test_that_makes_no_sense_is_a_user_error_and_changes_nothing(
    door: Door, algorithms: list[str], code: str, path: list[str] | None
) -> None:
    payload = await create(door, *algorithms)
    assert payload["abTest"] is None
    (error,) = payload["userErrors"]
    assert error["code"] == code
    assert path is None or error["path"] == path
    assert await statuses_of(door) == AT_FIRST
    assert (await door.data("{ abTests { totalCount } }")) == {"abTests": {"totalCount": 0}}


async def test_a_second_test_of_an_endpoint_and_of_an_arm_are_refused(door: Door) -> None:
    await create(door, "1", "2")
    for algorithms in (("1", "2"), ("2", "3")):
        payload = await create(door, *algorithms)
        assert [error["code"] for error in payload["userErrors"]] == ["ALGORITHM_IN_AB_TEST"]
    assert (await door.data("{ abTests { totalCount } }")) == {"abTests": {"totalCount": 1}}


async def test_statuses_by_hand_during_a_test_are_refused_and_name_it(door: Door) -> None:
    await create(door, "1", "2", title="the pair")
    payload = (await door.data(SET, input={"algorithm": "1", "status": "PRODUCTION"}))["setAlgorithmStatus"]
    (error,) = payload["userErrors"]
    assert error["code"] == "ALGORITHM_IN_AB_TEST"
    assert "the pair" in error["message"]
    assert (await statuses_of(door))["at zero"] == "AB_TESTING"


async def test_a_status_set_by_hand_is_the_active_one_at_once(door: Door) -> None:
    payload = (await door.data(SET, input={"algorithm": "3", "status": "TESTING"}))["setAlgorithmStatus"]
    assert payload == {
        "algorithmStatus": {
            "status": "TESTING",
            "active": True,
            "algorithm": {"name": "at twenty", "status": "TESTING"},
        },
        "userErrors": [],
    }
    await door.data(SET, input={"algorithm": "3", "status": "PRODUCTION"})
    log = await door.data(
        "{ algorithm(id: 3) { statuses { nodes { status active createdBy } totalCount } } }"
    )
    assert log["algorithm"]["statuses"] == {
        "nodes": [
            {"status": "PRODUCTION", "active": True, "createdBy": "anonymous"},
            {"status": "TESTING", "active": False, "createdBy": "anonymous"},
        ],
        "totalCount": 2,
    }
    newest = (await door.data("{ statuses(first: 1) { nodes { status algorithm { name } } } }"))["statuses"]
    assert newest == {"nodes": [{"status": "PRODUCTION", "algorithm": {"name": "at twenty"}}]}


@pytest.mark.parametrize(
    ("algorithm", "status", "code"),
    [
        ("1", "AB_TESTING", "INVALID_STATUS"),
        ("99", "TESTING", "ALGORITHM_NOT_FOUND"),
        (str(2**40), "TESTING", "ALGORITHM_NOT_FOUND"),
        ("x", "TESTING", "INVALID_ID"),
    ],
)
async def test_a_status_that_cannot_be_set_is_a_user_error(
    door: Door, algorithm: str, status: str, code: str
) -> None:
    payload = (await door.data(SET, input={"algorithm": algorithm, "status": status}))["setAlgorithmStatus"]
    assert payload["algorithmStatus"] is None
    assert [error["code"] for error in payload["userErrors"]] == [code]
    assert await statuses_of(door) == AT_FIRST


END = """
mutation ($id: ID!) {
  %s(input: {id: $id}) {
    abTest { state verdict }
    userErrors { code path }
    query { algorithms { nodes { name status } } }
  }
}
"""


@pytest.mark.parametrize("name", ["concludeABTest", "cancelABTest", "rollbackABTest"])
async def test_ending_a_test_that_is_none_is_a_user_error(door: Door, name: str) -> None:
    for id, code in (("9", "AB_TEST_NOT_FOUND"), (str(2**40), "AB_TEST_NOT_FOUND"), ("x", "INVALID_ID")):
        payload = (await door.data(END % name, id=id))[name]
        assert payload["abTest"] is None
        assert payload["userErrors"] == [{"code": code, "path": ["input", "id"]}]


async def test_cancelling_restores_the_statuses_and_happens_once(door: Door) -> None:
    test = (await create(door, "1", "2"))["abTest"]
    cancel = (
        'mutation ($id: ID!) { cancelABTest(input: {id: $id, reason: "a whim"})'
        " { abTest { state reason endedAt verdict } userErrors { code } } }"
    )
    payload = (await door.data(cancel, id=test["id"]))["cancelABTest"]
    assert (payload["abTest"]["state"], payload["abTest"]["reason"]) == ("CANCELLED", "a whim")
    assert payload["abTest"]["endedAt"] is not None
    assert payload["abTest"]["verdict"] is None
    assert await statuses_of(door) == AT_FIRST
    again = (await door.data(cancel, id=test["id"]))["cancelABTest"]
    assert again == {"abTest": None, "userErrors": [{"code": "AB_TEST_NOT_RUNNING"}]}


@pytest.mark.parametrize(
    "operation",
    [
        'createABTest(input: {title: "t", algorithms: ["1", "2"]})',
        'setAlgorithmStatus(input: {algorithm: "3", status: TESTING})',
        'concludeABTest(input: {id: "1"})',
        'cancelABTest(input: {id: "1"})',
        'rollbackABTest(input: {id: "1"})',
        'changeABTestWeights(input: {id: "1", challengerWeight: 0.1})',
    ],
)
@pytest.mark.parametrize("anonymous", [True, False])
async def test_a_denied_mutation_changes_nothing(door: Door, operation: str, anonymous: bool) -> None:
    if "id" in operation:
        await create(door, "1", "2")
    before = (
        await statuses_of(door),
        await door.data("{ abTests { nodes { state } } statuses { totalCount } }"),
    )
    caller = door.seen_by(Scope.READ, Scope.PREDICT, Scope.FEEDBACK, anonymous=anonymous)
    answer = await caller.post(f"mutation {{ {operation} {{ userErrors {{ code }} }} }}")
    assert answer["data"] is None
    assert [error["extensions"]["code"] for error in answer["errors"]] == [
        "UNAUTHENTICATED" if anonymous else "FORBIDDEN"
    ]
    after = (
        await statuses_of(door),
        await door.data("{ abTests { nodes { state } } statuses { totalCount } }"),
    )
    assert before == after


RESULTS = """
query ($id: ID!) {
  abTest(id: $id) {
    state verdict reason summary endedAt
    arms { arm algorithm { name status } served errors withFeedback correct accuracy rmse }
    events { kind createdBy details }
    requests(where: {withFeedback: true}) { totalCount }
  }
}
"""


async def test_a_whole_test_can_be_run_through_graphql_alone(door_to_each: Door, dice: Dice) -> None:
    door = door_to_each
    test = (await create(door, "1", "2", mode="SPLIT", outcomeSeen="ALL", autoDecide=False, minFeedback=10))[
        "abTest"
    ]
    # Rows of 5 are high for "at zero" and low for "at ten"; low is true, so the challenger is right.
    dice.numbers = [0.9, 0.1] * 100
    predict = (
        'mutation { predict(input: {endpoint: "levels", features: {x: 5, colour: "red"}})'
        " { request { requestId label arm abTest { title } } } }"
    )
    asked = [(await door.data(predict))["predict"]["request"] for _ in range(200)]
    assert {(one["arm"], one["label"]) for one in asked} == {("CHAMPION", "high"), ("CHALLENGER", "low")}
    assert {one["abTest"]["title"] for one in asked} == {"t"}

    give = (
        "mutation ($items: [GiveFeedbackInput!]!) { giveFeedbackBatch(input: {items: $items})"
        " { results { request { correct } } } }"
    )
    truths = ["high"] * 2 + ["low"] * 196
    items = [
        {"requestId": one["requestId"], "feedback": truth}
        for one, truth in zip(asked[:-2], truths, strict=True)
    ]
    results = (await door.data(give, items=items))["giveFeedbackBatch"]["results"]
    assert [result["request"]["correct"] for result in results] == [True, False] + [False, True] * 98

    found = (await door.data(RESULTS, id=test["id"]))["abTest"]
    assert (found["state"], found["verdict"], found["requests"]["totalCount"]) == ("RUNNING", None, 198)
    assert found["arms"] == [
        {
            "arm": "CHAMPION",
            "algorithm": {"name": "at zero", "status": "AB_TESTING"},
            **{
                "served": 100,
                "errors": 0,
                "withFeedback": 99,
                "correct": 1,
                "accuracy": 1 / 99,
                "rmse": None,
            },
        },
        {
            "arm": "CHALLENGER",
            "algorithm": {"name": "at ten", "status": "AB_TESTING"},
            **{
                "served": 100,
                "errors": 0,
                "withFeedback": 99,
                "correct": 98,
                "accuracy": 98 / 99,
                "rmse": None,
            },
        },
    ]

    concluded = (await door.data(END % "concludeABTest", id=test["id"]))["concludeABTest"]
    assert concluded["abTest"] == {"state": "DECIDED", "verdict": "PROMOTED"}
    now = {node["name"]: node["status"] for node in concluded["query"]["algorithms"]["nodes"]}
    assert now == {**AT_FIRST, "at zero": "TESTING", "at ten": "PRODUCTION"}
    assert (await door.data(predict))["predict"]["request"] == {
        **(await door.data("{ requests(first: 1) { nodes { requestId } } }"))["requests"]["nodes"][0],
        "label": "low",
        "arm": None,
        "abTest": None,
    }

    again = (await door.data(END % "concludeABTest", id=test["id"]))["concludeABTest"]
    assert again["userErrors"] == [{"code": "AB_TEST_NOT_RUNNING", "path": ["input", "id"]}]

    rolled_back = (await door.data(END % "rollbackABTest", id=test["id"]))["rollbackABTest"]
    assert rolled_back["abTest"]["state"] == "ROLLED_BACK"
    assert {node["name"]: node["status"] for node in rolled_back["query"]["algorithms"]["nodes"]} == AT_FIRST
    found = (await door.data(RESULTS, id=test["id"]))["abTest"]
    assert [event["kind"] for event in found["events"]] == ["created", "decided", "rolled_back"]
    refused = (await door.data(END % "rollbackABTest", id=test["id"]))["rollbackABTest"]
    assert refused["userErrors"] == [{"code": "ROLLBACK_REFUSED", "path": ["input", "id"]}]


async def test_regressors_are_compared_by_their_error(door: Door, dice: Dice) -> None:
    test = (await create(door, "4", "5", traffic="OPT_IN", mode="SPLIT"))["abTest"]
    dice.numbers = [0.9, 0.1]
    predict = (
        'mutation { predict(input: {endpoint: "heights", features: {x: 5, colour: "red"},'
        " conditions: {status: AB_TESTING}}) { request { requestId value } } }"
    )
    for _ in range(2):
        request = (await door.data(predict))["predict"]["request"]
        await door.data(
            "mutation ($id: ID!) { giveFeedback(input: {requestId: $id, feedback: 5}) { userErrors { code } } }",
            id=request["requestId"],
        )
    arms = (await door.data(RESULTS, id=test["id"]))["abTest"]["arms"]
    assert [(arm["algorithm"]["name"], arm["rmse"], arm["correct"], arm["accuracy"]) for arm in arms] == [
        ("plus one", 1.0, None, None),
        ("plus two", 2.0, None, None),
    ]


async def test_figures_cost_what_the_result_costs_and_nothing_unless_selected(
    door_to_each: Door, statements: Any
) -> None:
    for tests, algorithms in enumerate((("1", "2"), ("4", "5")), start=1):
        await create(door_to_each, *algorithms)
        # The tests of the page, those of the results, the sums of each, and a classifier's delays or, without a largest
        # error, a regressor's errors; both lists of arms share them.
        for selection, count in (
            ("arms { arm algorithm { name } }", 1),
            ("arms { arm served accuracy }", 2 + 2 * tests),
            ("arms { served } result { arms { served } }", 2 + 2 * tests),
        ):
            with statements() as sql:
                await door_to_each.data(f"{{ abTests {{ nodes {{ {selection} }} }} }}")
            assert len(of_operations(sql)) == count


BOTH_LISTS = """
query ($id: ID!) {
  abTest(id: $id) {
    arms { arm served errors withFeedback correct accuracy rmse }
    result { arms { arm served errors withFeedback value } }
  }
}
"""


@pytest.mark.parametrize(
    ("rules", "served", "with_feedback"),
    [
        ({}, [2, 2], [4, 4]),
        ({"serve": "CHAMPION_ONLY"}, [4, 0], [4, 4]),
        ({"mode": "SPLIT"}, [2, 2], [2, 2]),
    ],
    ids=str,
)
@pytest.mark.parametrize("metric", [None, "RMSE", "MAE"])
async def test_both_lists_of_arms_show_the_same_figures_in_every_mode(
    door_to_each: Door,
    dice: Dice,
    rules: dict[str, Any],
    served: list[int],
    with_feedback: list[int],
    metric: str | None,
) -> None:
    door = door_to_each
    endpoint, pair, truth = ("heights", ("4", "5"), 5) if metric else ("levels", ("1", "2"), "low")
    test = (await create(door, *pair, autoDecide=False, **rules, **({"metric": metric} if metric else {})))[
        "abTest"
    ]
    dice.numbers = [0.9, 0.1] * 2
    for _ in range(4):
        asked = await door.data(
            f'mutation {{ predict(input: {{endpoint: "{endpoint}", features: {{x: 5, colour: "red"}}}})'
            " { request { requestId } } }"
        )
        await door.data(
            "mutation ($id: ID!, $truth: JSON) { giveFeedback(input: {requestId: $id, feedback: $truth})"
            " { userErrors { code } } }",
            id=asked["predict"]["request"]["requestId"],
            truth=truth,
        )
    found = (await door.data(BOTH_LISTS, id=test["id"]))["abTest"]
    shared = ("arm", "served", "errors", "withFeedback")
    assert [{name: arm[name] for name in shared} for arm in found["arms"]] == [
        {name: arm[name] for name in shared} for arm in found["result"]["arms"]
    ]
    assert [arm["served"] for arm in found["arms"]] == served
    assert [arm["withFeedback"] for arm in found["arms"]] == with_feedback
    values = [arm["value"] for arm in found["result"]["arms"]]
    assert [arm["rmse" if metric else "accuracy"] for arm in found["arms"]] == values
    assert values == ([1.0, 2.0] if metric else [0.0, 1.0])
    assert [arm["correct"] for arm in found["arms"]] == ([None, None] if metric else [0, with_feedback[1]])


async def test_tests_are_listed_by_endpoint_and_state(door: Door) -> None:
    await create(door, "1", "2", title="one")
    await create(door, "4", "5", title="two")
    query = (
        "query ($endpoint: ID, $state: ABTestState) { abTests(endpoint: $endpoint, state: $state)"
        " { nodes { title } totalCount } }"
    )
    for arguments, titles in (
        ({}, ["two", "one"]),
        ({"endpoint": "levels"}, ["one"]),
        ({"endpoint": "2"}, ["two"]),
        ({"state": "RUNNING"}, ["two", "one"]),
        ({"state": "DECIDED"}, []),
    ):
        found = (await door.data(query, **arguments))["abTests"]
        assert ([node["title"] for node in found["nodes"]], found["totalCount"]) == (titles, len(titles))
