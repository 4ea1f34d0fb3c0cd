"""One entry of `userErrors` for each wrong field, wherever several can be wrong at once."""

from __future__ import annotations

from typing import Any

import pytest

from domain.errors import InvalidFeatures
from tests.graph.ab_tests.test_plan import CREATE
from tests.graph.conftest import Door
from tests.graph.odd_world import ODD_ROW
from tests.graph.predictions.test_typed_predict import ODD_INPUT, generic, typed
from tests.graph.predictions.test_typed_predict import door as odd_door

__all__ = ["odd_door"]

ERRORS = "userErrors { code message path }"
PREDICT = (
    f"mutation ($input: PredictInput!) {{ predict(input: $input) {{ request {{ message }} {ERRORS} }} }}"
)
BATCH = f"""mutation ($rows: [JSON!]!, $key: String) {{
  predictBatch(input: {{endpoint: "levels", rows: $rows, idempotencyKey: $key}}) {{
    results {{ request {{ requestId outcome message }} {ERRORS} }}
  }}
}}"""
GOOD = {"x": 1.0, "colour": "red"}
BAD = {"x": "a", "colour": "b", "z": 1}
OF_X = "x must be a number from -1000000.0 to 1000000.0, got text 'a'"
OF_Z = "z is no feature of this endpoint; leave it out"


def entries(found: list[dict[str, Any]]) -> list[tuple[str, tuple[str, ...]]]:
    assert {one["code"] for one in found} <= {"INVALID_FEATURES"}
    return [(one["message"], tuple(one["path"])) for one in found]


async def test_each_bad_feature_is_an_entry_with_its_own_path(door_to_each: Door) -> None:
    asked = {"endpoint": "levels", "features": BAD}
    payload = (await door_to_each.data(PREDICT, input=asked))["predict"]
    found = entries(payload["userErrors"])
    assert [path for _, path in found] == [("input", "features", name) for name in ("x", "colour", "z")]
    assert (found[0][0], found[2][0]) == (OF_X, OF_Z)
    # What is logged stays one text for a person.
    assert payload["request"]["message"] == "; ".join(text for text, _ in found)


async def test_a_batch_names_row_and_feature_and_a_retry_is_told_the_same(door_to_each: Door) -> None:
    first = (await door_to_each.data(BATCH, rows=[GOOD, BAD, {"x": 1.0}], key="k"))["predictBatch"]["results"]
    assert [result["request"]["outcome"] for result in first] == ["OK", "ERROR", "ERROR"]
    assert [[path for _, path in entries(result["userErrors"])] for result in first] == [
        [],
        [("input", "rows", "1", name) for name in ("x", "colour", "z")],
        [("input", "rows", "2", "colour")],
    ]
    again = (await door_to_each.data(BATCH, rows=[GOOD, BAD, {"x": 1.0}], key="k"))["predictBatch"]["results"]
    assert again == first


async def test_a_batch_of_nothing_but_errors_has_a_bounded_number_of_them(door: Door) -> None:
    results = (await door.data(BATCH, rows=[BAD] * 3_335))["predictBatch"]["results"]
    assert [len(result["userErrors"]) for result in results] == [3] * 3_333 + [1] * 2
    (last,) = results[-1]["userErrors"]
    assert (last["message"], last["path"]) == (
        results[-1]["request"]["message"],
        ["input", "rows", "3334", "x"],
    )


async def test_a_typed_mutation_names_each_of_its_fields(odd_door: Door) -> None:
    features = {**ODD_INPUT, "hoursPerWeek": -1, "private": 10}
    del features["grosse"]
    payload = await typed(odd_door, features, idempotencyKey="typed")
    found = entries(payload["userErrors"])
    assert found == [
        (
            "hoursPerWeek must be a whole number from 0 to 168 hours, got -1",
            ("input", "features", "hoursPerWeek"),
        ),
        ("grosse is absent; send it, or null when it is not known", ("input", "features", "grosse")),
        ("private must be a number of at most 9.5, got 10", ("input", "features", "private")),
    ]
    logged = "; ".join(text for text, _ in found)
    for name, feature in (("hoursPerWeek", "hours-per-week"), ("grosse", "größe")):
        logged = logged.replace(f"{name} ", f"{feature} ")
    assert payload["request"]["message"] == logged
    assert entries((await typed(odd_door, features, idempotencyKey="typed"))["userErrors"]) == found


def test_beyond_25_bad_features_the_last_entry_counts_the_others() -> None:
    names = [f"f{number}" for number in range(30)]
    error = InvalidFeatures([f"{name} is wrong" for name in names], names=names, count=1_000)
    assert [part.path for part in error.parts] == [(name,) for name in names[:25]] + [()]
    assert error.parts[-1].message == "975 more features of this row are wrong"
    assert error.message == "f0 is wrong; f1 is wrong; f2 is wrong; f3 is wrong; f4 is wrong; and 995 more"
    assert InvalidFeatures(["alone"], names=["a"]).parts == ()


async def test_all_that_is_wrong_with_a_test_to_begin_is_told_at_once(door: Door) -> None:
    asked = {
        "title": " ",
        "algorithms": ["x", "y"],
        "alpha": 2,
        "minFeedback": 0,
        "minimumEffect": 7,
        "maxDuration": 1e300,
        "feedbackDelay": -1,
        "challengerWeight": 1,
    }
    payload = (await door.data(CREATE.replace("plan { PLAN }", ""), input=asked))["createABTest"]
    assert payload["abTest"] is None
    assert [(one["code"], one["path"]) for one in payload["userErrors"]] == [
        ("BAD_USER_INPUT", ["input", "title"]),
        ("INVALID_ID", ["input", "algorithms", "0"]),
        ("INVALID_ID", ["input", "algorithms", "1"]),
        ("INVALID_AB_TEST", ["input", "maxDuration"]),
        ("INVALID_AB_TEST", ["input", "feedbackDelay"]),
        ("INVALID_AB_TEST", ["input", "alpha"]),
        ("INVALID_AB_TEST", ["input", "minimumEffect"]),
        ("INVALID_AB_TEST", ["input", "minFeedback"]),
        ("INVALID_AB_TEST", ["input", "challengerWeight"]),
    ]
    assert await door.data("{ abTests { totalCount } }") == {"abTests": {"totalCount": 0}}


async def test_rules_that_do_not_fit_the_algorithms_are_told_beside_others(door: Door) -> None:
    asked = {
        "title": "t",
        "algorithms": ["1", "2"],
        "metric": "RMSE",
        "serve": "CHAMPION_ONLY",
        "mode": "SPLIT",
    }
    payload = (await door.data(CREATE.replace("plan { PLAN }", ""), input=asked))["createABTest"]
    assert [one["path"] for one in payload["userErrors"]] == [["input", "metric"], ["input", "serve"]]


async def test_one_feedback_of_a_batch_tells_all_that_is_wrong_with_it(door: Door) -> None:
    tell = f"""mutation ($items: [GiveFeedbackInput!]!) {{
      giveFeedbackBatch(input: {{items: $items}}) {{ results {{ {ERRORS} }} }}
    }}"""
    results = (await door.data(tell, items=[{"requestId": "x"}]))["giveFeedbackBatch"]["results"]
    assert [(one["code"], one["path"]) for one in results[0]["userErrors"]] == [
        ("INVALID_ID", ["input", "items", "0", "requestId"]),
        ("INVALID_FEEDBACK", ["input", "items", "0", "feedback"]),
    ]


BLANK = "all 2 features are missing; send the value of at least one of them"


async def test_a_row_without_any_value_is_refused_and_its_neighbours_are_answered(door_to_each: Door) -> None:
    blank = {"x": None, "colour": None}
    payload = (await door_to_each.data(PREDICT, input={"endpoint": "levels", "features": blank}))["predict"]
    assert entries(payload["userErrors"]) == [(BLANK, ("input", "features"))]
    rows = [GOOD, blank, {"x": None, "colour": "red"}]
    results = (await door_to_each.data(BATCH, rows=rows))["predictBatch"]["results"]
    assert [result["request"]["outcome"] for result in results] == ["OK", "ERROR", "OK"]
    assert entries(results[1]["userErrors"]) == [(BLANK, ("input", "rows", "1"))]


async def test_a_literal_row_without_any_value_is_refused(door: Door) -> None:
    literal = f"""mutation {{
      predict(input: {{endpoint: "levels", features: {{x: null, colour: null}}}}) {{ {ERRORS} }}
    }}"""
    assert entries((await door.data(literal))["predict"]["userErrors"]) == [(BLANK, ("input", "features"))]


@pytest.mark.parametrize("value", [None, 40])
async def test_one_value_is_enough_and_a_not_nullable_feature_is_asked_for(
    odd_door: Door, value: int | None
) -> None:
    row = dict.fromkeys(ODD_ROW) | {"class": True, "private": 1, "hours-per-week": value}
    assert (await generic(odd_door, row))["request"]["outcome"] == "OK"
    payload = await generic(odd_door, dict.fromkeys(ODD_ROW))
    assert [path for _, path in entries(payload["userErrors"])] == [
        ("input", "features", "class"),
        ("input", "features", "private"),
    ]
