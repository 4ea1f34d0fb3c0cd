"""Predictions over the old URLs: conditions, bodies of every kind, batches, and what is stored."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.rest.rows import INCOME, POOR, PREMIUM

URL = "/api/v1/income_classifier/predict"
PREMIUM_URL = "/api/v1/premium_insurance/predict"


async def stored(client: httpx.AsyncClient, request_id: int) -> dict[str, Any]:
    response = await client.get(f"/api/v1/mlrequests/{request_id}")
    assert response.status_code == 200
    found: dict[str, Any] = response.json()
    return found


async def count(client: httpx.AsyncClient) -> int:
    return len((await client.get("/api/v1/mlrequests")).json())


async def test_answer_has_the_old_keys_in_the_old_order_and_is_stored(client: httpx.AsyncClient) -> None:
    response = await client.post(URL, json=POOR)
    answer = response.json()
    assert response.status_code == 200
    assert list(answer) == ["probability", "label", "status", "request_id"]
    assert (answer["label"], answer["status"]) == ("<=50K", "OK")
    assert 0 <= answer["probability"] < 0.1
    kept = await stored(client, answer["request_id"])
    assert list(kept) == [
        "id",
        "input_data",
        "full_response",
        "response",
        "feedback",
        "created_at",
        "parent_mlalgorithm",
    ]
    assert kept["full_response"] == str(
        {"probability": answer["probability"], "label": "<=50K", "status": "OK"}
    )
    assert (kept["id"], kept["response"], kept["feedback"]) == (answer["request_id"], "<=50K", "")
    assert kept["parent_mlalgorithm"] == 1


async def test_regressor_answers_its_value_as_text_with_probability_one(client: httpx.AsyncClient) -> None:
    answer = (await client.post(PREMIUM_URL, params={"status": "testing"}, json=PREMIUM)).json()
    assert answer["probability"] == 1.0
    assert isinstance(answer["label"], str)
    assert 15_000 <= float(answer["label"]) <= 40_000
    assert not answer["label"].endswith(".0")
    kept = await stored(client, answer["request_id"])
    assert kept["full_response"] == str({"probability": 1.0, "label": answer["label"], "status": "OK"})
    assert kept["response"] == answer["label"]


async def test_text_of_a_json_body_is_stored_as_it_came(client: httpx.AsyncClient) -> None:
    text = json.dumps(dict(reversed(POOR.items())), indent=1)
    answer = (await client.post(URL, content=text, headers={"content-type": "application/json"})).json()
    assert answer["label"] == "<=50K"
    assert (await stored(client, answer["request_id"]))["input_data"] == text


async def test_order_of_features_does_not_matter(client: httpx.AsyncClient) -> None:
    one = (await client.post(URL, json=INCOME)).json()
    other = (await client.post(URL, json=dict(reversed(INCOME.items())))).json()
    assert (one["label"], one["probability"]) == (other["label"], other["probability"])


async def test_label_in_the_body_is_neither_used_nor_stored(client: httpx.AsyncClient) -> None:
    answer = (await client.post(URL, json=POOR | {"label": ">50K"})).json()
    assert answer["label"] == "<=50K"
    assert json.loads((await stored(client, answer["request_id"]))["input_data"]) == POOR
    batch = (await client.post(f"{URL}_batch", json=[POOR | {"label": ">50K"}])).json()
    assert json.loads((await stored(client, batch[0]["request_id"]))["input_data"]) == POOR


async def test_list_of_one_row_is_that_row(client: httpx.AsyncClient) -> None:
    text = f" [ {json.dumps(POOR)} ]\n"
    answer = (await client.post(URL, content=text, headers={"content-type": "application/json"})).json()
    assert answer["label"] == "<=50K"
    assert (await stored(client, answer["request_id"]))["input_data"] == json.dumps(POOR)


@pytest.mark.parametrize("rows", [0, 2, 50])
async def test_other_lists_are_refused_with_a_pointer(client: httpx.AsyncClient, rows: int) -> None:
    response = await client.post(URL, json=[POOR] * rows)
    assert response.status_code == 400
    assert response.json() == {
        "status": "Error",
        "message": f"predict takes one row, and the list has {rows}: "
        "send it to POST /api/v1/income_classifier/predict_batch.",
    }
    assert await count(client) == 0


@pytest.mark.parametrize(
    ("body", "status"),
    [("5", 400), ("null", 400), ("true", 400), ('"text"', 200), ("[null]", 400), ("[[]]", 400)],
)
async def test_what_is_no_row_fails_with_the_reason_and_is_logged(
    client: httpx.AsyncClient, body: str, status: int
) -> None:
    response = await client.post(URL, content=body, headers={"content-type": "application/json"})
    answer = response.json()
    assert response.status_code == status
    assert list(answer) == ["status", "message", "request_id"]
    assert answer["status"] == "Error"
    kept = await stored(client, answer["request_id"])
    assert (kept["response"], kept["input_data"]) == (
        "error",
        body.removeprefix("[").removesuffix("]") or "[]",
    )


async def test_form_values_are_text_and_empty_or_nan_is_missing(client: httpx.AsyncClient) -> None:
    as_json = (await client.post(URL, json=INCOME | {"workclass": None, "age": None})).json()
    form = {name: str(value) for name, value in INCOME.items()}
    for missing in ("", "nan", "NaN"):
        as_form = (await client.post(URL, data=form | {"workclass": missing, "age": missing})).json()
        assert (as_form["label"], as_form["probability"]) == (as_json["label"], as_json["probability"])
    files = [(name, (None, value)) for name, value in form.items()]
    multipart = (await client.post(URL, files=files)).json()
    plain = (await client.post(URL, json=INCOME)).json()
    assert (multipart["label"], multipart["probability"]) == (plain["label"], plain["probability"])


async def test_a_row_without_any_value_is_answered_with_what_fills_the_gaps(
    client: httpx.AsyncClient,
) -> None:
    blank = dict.fromkeys(INCOME)
    as_json = (await client.post(URL, json=blank)).json()
    as_form = (await client.post(URL, data=dict.fromkeys(INCOME, "nan"))).json()
    (of_batch,) = (await client.post(f"{URL}_batch", json=[blank])).json()
    assert [(one["status"], one["label"]) for one in (as_json, as_form, of_batch)] == [("OK", "<=50K")] * 3


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        ({"age": "abc"}, "age"),
        ({"age": True}, "age"),
        ({"age": -5}, "age"),
        ({"age": 10**30}, "age"),
        ({"workclass": "Nowhere"}, "workclass"),
        ({"workclass": {"a": [1]}}, "workclass"),
        ({"shoe-size": 45}, "shoe-size"),
    ],
)
async def test_bad_features_are_answered_200_naming_the_feature(
    client: httpx.AsyncClient, change: dict[str, Any], feature: str
) -> None:
    response = await client.post(URL, json=INCOME | change)
    answer = response.json()
    assert response.status_code == 200
    assert (answer["status"], list(answer)) == ("Error", ["status", "message", "request_id"])
    assert feature in answer["message"]
    kept = await stored(client, answer["request_id"])
    assert kept["full_response"] == str({"status": "Error", "message": answer["message"]})
    assert kept["response"] == "error"


async def test_absent_feature_is_named(client: httpx.AsyncClient) -> None:
    row = {name: value for name, value in INCOME.items() if name != "education-num"}
    answer = (await client.post(URL, json=row)).json()
    assert "education-num" in answer["message"]


@pytest.mark.parametrize(
    ("query", "label"),
    [
        ("", "<=50K"),
        ("?status=production", "<=50K"),
        ("?version=0.0.1", "<=50K"),
        ("?status=testing", "<=50K"),
        ("?algorithm=2", "<=50K"),
        ("?algorithm=extra+trees&status=testing", "<=50K"),
    ],
)
async def test_conditions_choose(client: httpx.AsyncClient, query: str, label: str) -> None:
    response = await client.post(URL + query, json=POOR)
    assert (response.status_code, response.json()["label"]) == (200, label)
    chosen = 2 if "testing" in query or "algorithm" in query else 1
    assert (await stored(client, response.json()["request_id"]))["parent_mlalgorithm"] == chosen


@pytest.mark.parametrize(
    "query",
    [
        "?status=",
        "?status=nonsense",
        "?status=ab_testing",
        "?version=",
        "?version=9",
        "?algorithm=99",
        "?algorithm=x",
        "?algorithm=3",
        "?algorithm=7",
        "?algorithm=gradient+boosting",
        "?status=testing&version=0.1.0",
    ],
)
async def test_conditions_that_nothing_meets_are_logged(client: httpx.AsyncClient, query: str) -> None:
    response = await client.post(URL + query, json=POOR)
    answer = response.json()
    assert response.status_code == 400
    assert (answer["status"], answer["message"]) == ("Error", "ML algorithm not available")
    kept = await stored(client, answer["request_id"])
    assert (kept["parent_mlalgorithm"], kept["response"]) == (None, "error")


async def test_gradient_boosting_answers_by_name_once_it_has_a_status(client: httpx.AsyncClient) -> None:
    named = URL + "?algorithm=gradient+boosting&version=0.1.0"
    assert (await client.post(named, json=POOR)).status_code == 400
    status = {"status": "testing", "created_by": "me", "parent_mlalgorithm": 7}
    assert (await client.post("/api/v1/mlalgorithmstatuses", json=status)).status_code == 201
    answer = await client.post(named, json=POOR)
    assert (answer.status_code, answer.json()["label"]) == (200, "<=50K")
    assert (await stored(client, answer.json()["request_id"]))["parent_mlalgorithm"] == 7
    plain = (await client.post(URL, json=POOR)).json()
    assert (await stored(client, plain["request_id"]))["parent_mlalgorithm"] == 1


@pytest.mark.parametrize("name", ["no_such", "a/b", "x" * 300, "%00", "%FF", "ü"])
async def test_unknown_endpoint_is_not_available_and_not_logged(client: httpx.AsyncClient, name: str) -> None:
    response = await client.post(f"/api/v1/{name}/predict", json=POOR)
    assert response.status_code == 400
    assert response.json() == {"status": "Error", "message": "ML algorithm not available"}
    assert await count(client) == 0


@pytest.mark.parametrize("subject", ["", "x" * 257, "a%00b"])
async def test_subject_that_cannot_be_stored_is_refused(client: httpx.AsyncClient, subject: str) -> None:
    response = await client.post(f"{URL}?subject={subject}", json=POOR)
    assert response.status_code == 400
    assert response.json()["message"].startswith("subject must have 1 to 256")
    assert await count(client) == 0


async def test_idempotency_key_gives_the_first_answer_again(client: httpx.AsyncClient) -> None:
    headers = {"Idempotency-Key": "order-7"}
    first = await client.post(URL, json=POOR, headers=headers)
    again = await client.post(URL, json=POOR, headers=headers)
    assert again.content == first.content
    other = await client.post(URL, json=INCOME, headers=headers)
    assert other.status_code == 409
    assert other.json()["status"] == "Error"
    assert await count(client) == 1


async def test_feature_of_ten_megabytes_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post(URL, json=INCOME | {"workclass": "x" * 10_000_000})
    assert response.status_code == 413
    assert "detail" in response.json()
    assert await count(client) == 0


async def test_feature_of_a_megabyte_fails_alone(client: httpx.AsyncClient) -> None:
    answer = (await client.post(URL, json=INCOME | {"workclass": "x" * 1_000_000})).json()
    assert answer["status"] == "Error"
    assert len(answer["message"]) < 1000


async def test_batch_answers_every_row_in_order_with_errors_beside_answers(client: httpx.AsyncClient) -> None:
    response = await client.post(f"{URL}_batch", json=[POOR, {"age": 1}, None, POOR])
    answers = response.json()
    assert response.status_code == 200
    assert [answer["status"] for answer in answers] == ["OK", "Error", "Error", "OK"]
    assert [answer.get("label") for answer in answers] == ["<=50K", None, None, "<=50K"]
    ids = [answer["request_id"] for answer in answers]
    assert sorted(set(ids)) == ids
    single = (await client.post(URL, json=POOR)).json()
    assert answers[0]["probability"] == single["probability"]


async def test_batch_of_one_is_a_list_of_one(client: httpx.AsyncClient) -> None:
    answers = (await client.post(f"{URL}_batch/", json=[POOR])).json()
    assert [answer["label"] for answer in answers] == ["<=50K"]


async def test_long_batch_is_answered_whole(client: httpx.AsyncClient) -> None:
    answers = (await client.post(f"{URL}_batch", json=[POOR, INCOME] * 150)).json()
    assert len(answers) == 300
    assert {answer["label"] for answer in answers[::2]} == {"<=50K"}


async def test_batch_without_an_algorithm_names_it_for_each_row(client: httpx.AsyncClient) -> None:
    response = await client.post(f"{URL}_batch?version=9", json=[POOR, POOR])
    assert response.status_code == 200
    assert [answer["message"] for answer in response.json()] == ["ML algorithm not available"] * 2


@pytest.mark.parametrize(("rows", "told"), [(0, "not 0"), (10_001, "not 10001")])
async def test_batch_of_none_or_too_many_is_refused(client: httpx.AsyncClient, rows: int, told: str) -> None:
    response = await client.post(f"{URL}_batch", json=[{}] * rows)
    assert response.status_code == 400
    assert response.json() == {"status": "Error", "message": f"Send 1 to 10000 rows at once, {told}."}
    assert await count(client) == 0


@pytest.mark.parametrize("kwargs", [{"json": POOR}, {"data": {"age": "1"}}, {"content": b""}])
async def test_batch_that_is_no_list_is_refused(client: httpx.AsyncClient, kwargs: dict[str, Any]) -> None:
    response = await client.post(f"{URL}_batch", **kwargs)
    assert response.status_code == 400
    assert response.json()["message"].startswith("Send a JSON list of rows")


async def test_batch_for_an_unknown_endpoint_is_one_error(client: httpx.AsyncClient) -> None:
    response = await client.post("/api/v1/no_such/predict_batch", json=[POOR])
    assert response.status_code == 400
    assert response.json() == {"status": "Error", "message": "ML algorithm not available"}


async def test_row_that_is_too_large_is_413_and_only_that_it_was_asked_is_kept(
    client: httpx.AsyncClient,
) -> None:
    response = await client.post(URL, json=POOR | {"padding": "x" * 1_000_000})
    assert (response.status_code, response.json()["status"]) == (413, "Error")
    assert response.json()["message"].startswith("the row is larger than ")
    kept = await stored(client, response.json()["request_id"])
    assert (kept["input_data"], kept["response"]) == ("", "error")
    batch = (await client.post(f"{URL}_batch", json=[POOR, [0] * 100_000])).json()
    assert [one["status"] for one in batch] == ["OK", "Error"]
