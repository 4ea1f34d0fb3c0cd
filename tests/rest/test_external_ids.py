"""External ids over the old URLs: with predictions and lists of them, and ground truth by them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.rest.conftest import Serve
from tests.rest.rows import POOR, PREMIUM

PREFIX = "/api/v1/income_classifier"
FORM = {"content-type": "application/x-www-form-urlencoded"}


async def count(client: httpx.AsyncClient) -> int:
    return len((await client.get("/api/v1/mlrequests")).json())


async def predict(client: httpx.AsyncClient, name: str, **more: Any) -> httpx.Response:
    return await client.post(f"{PREFIX}/predict", params={"external_id": name}, json=POOR, **more)


async def test_a_used_one_is_a_409_with_the_first_request_and_a_retry_is_answered(
    client: httpx.AsyncClient,
) -> None:
    key = {"idempotency-key": "k"}
    first = (await predict(client, "order 4711", headers=key)).json()
    assert list(first) == ["probability", "label", "status", "request_id"]
    assert (await predict(client, "order 4711", headers=key)).json() == first
    refused = await predict(client, "order 4711")
    assert refused.status_code == 409
    assert refused.json() == {
        "status": "Error",
        "message": f"The external id 'order 4711' is taken by request {first['request_id']} of this endpoint, so "
        "nothing was predicted anew: look at that one, or send a new id.",
        "request_id": first["request_id"],
        "taken": [{"row": 0, "request_id": first["request_id"]}],
    }
    other = await client.post(
        "/api/v1/premium_insurance/predict", params={"external_id": "order 4711"}, data=PREMIUM
    )
    assert other.json()["status"] == "OK"
    assert await count(client) == 2
    metrics = (await client.get("/metrics")).text.splitlines()
    assert "arbiter_external_ids_taken_total 1.0" in metrics


async def test_one_that_cannot_be_kept_is_a_400_and_nothing_is_stored(client: httpx.AsyncClient) -> None:
    for name, problem in (
        ("", "An external id must not be empty; leave it out where there is none."),
        ("a\nb", "An external id must not hold control characters or line breaks."),
        ("x" * 201, "An external id must have at most 200 characters, not 201."),
    ):
        response = await predict(client, name)
        assert (response.status_code, response.json()) == (400, {"status": "Error", "message": problem})
    assert await count(client) == 0


async def test_a_list_has_them_in_the_body_or_in_the_url(client: httpx.AsyncClient) -> None:
    url = f"{PREFIX}/predict_batch"
    first = (await client.post(url, json={"rows": [POOR, POOR], "external_ids": ["A", None]})).json()
    assert [one["status"] for one in first] == ["OK", "OK"]
    second = (await client.post(f"{url}?external_id=B&external_id=C", json=[POOR, POOR])).json()
    refused = await client.post(url, json={"rows": [POOR] * 3, "external_ids": ["D", "C", "A"]})
    assert refused.status_code == 409
    assert refused.json()["taken"] == [
        {"row": 1, "request_id": second[1]["request_id"]},
        {"row": 2, "request_id": first[0]["request_id"]},
    ]
    assert refused.json()["message"].endswith("So is that of 1 other row.")
    assert len((await client.post(url, json={"rows": [POOR]})).json()) == 1
    assert await count(client) == 5


@pytest.mark.parametrize(
    ("query", "body", "message"),
    [
        (
            "",
            {"rows": [POOR], "external_ids": []},
            "Each row needs an external id of its own, or null: there are 0 for 1 rows.",
        ),
        (
            "?external_id=A",
            [POOR, POOR],
            "Each row needs an external id of its own, or null: there are 1 for 2 rows.",
        ),
        (
            "?external_id=A",
            {"rows": [POOR], "external_ids": ["A"]},
            "Send the external ids in the body or in the URL, not in both.",
        ),
        (
            "",
            {"rows": [POOR, POOR], "external_ids": ["A", "A"]},
            "The rows 0 and 1 have the same external id: send each row with its own.",
        ),
        (
            "",
            {"rows": [POOR], "external_ids": [7]},
            "`external_ids` must be a list of texts, with null for a row that has none.",
        ),
        (
            "",
            {"rows": [POOR], "ids": ["A"]},
            "Send an object with the lists `rows` and `external_ids`, and nothing else.",
        ),
        ("", POOR, "Send a JSON list of rows; a single row goes to the endpoint's `predict`."),
    ],
)
async def test_a_list_that_does_not_fit_is_refused_whole(
    client: httpx.AsyncClient, query: str, body: object, message: str
) -> None:
    response = await client.post(f"{PREFIX}/predict_batch{query}", json=body)
    assert (response.status_code, response.json()) == (400, {"status": "Error", "message": message})
    assert await count(client) == 0


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("kind", ["json", "data"])
async def test_ground_truth_is_given_by_it(client: httpx.AsyncClient, method: str, kind: str) -> None:
    made = (await predict(client, "Ü/1 & 2")).json()["request_id"]
    params, body = {"external_id": "Ü/1 & 2"}, {"feedback": "<=50K"}
    sent: dict[str, Any] = {kind: body}
    response = await client.request(method, f"{PREFIX}/feedback", params=params, **sent)
    assert response.status_code == 200
    assert response.json() == (await client.get(f"/api/v1/mlrequests/{made}")).json()
    assert (response.json()["id"], response.json()["feedback"]) == (made, "<=50K")


async def test_ground_truth_for_what_nobody_knows_says_so(client: httpx.AsyncClient) -> None:
    await predict(client, "A")
    url, body = f"{PREFIX}/feedback", {"feedback": "<=50K"}
    for params, status, answer in (
        ({"external_id": "B"}, 404, {"detail": "No request of income_classifier has the external id 'B'."}),
        ({}, 400, {"external_id": ["This field is required."]}),
        (
            {"external_id": "a\0b"},
            400,
            {"external_id": ["It must not hold control characters or line breaks."]},
        ),
    ):
        response = await client.put(url, params=params, json=body)
        assert (response.status_code, response.json()) == (status, answer)
    response = await client.put("/api/v1/nowhere/feedback?external_id=A", json=body)
    assert (response.status_code, response.json()) == (404, {"detail": "Not found."})
    response = await client.put(url, params={"external_id": "A"}, json={"feedback": "rich"})
    assert response.status_code == 400
    assert list(response.json()) == ["feedback"]
    assert [one["feedback"] for one in (await client.get("/api/v1/mlrequests")).json()] == [""]


async def test_a_list_of_ground_truths_is_answered_one_by_one(client: httpx.AsyncClient) -> None:
    ids = [(await predict(client, name)).json()["request_id"] for name in "AB"]
    url = f"{PREFIX}/feedback_batch"
    sent = [
        {"external_id": "A", "feedback": "<=50K"},
        {"external_id": "C", "feedback": "<=50K"},
        {"external_id": "B", "feedback": "rich"},
        {"external_id": "B", "feedback": ">50K"},
        {"external_id": 5, "feedback": ">50K"},
        {"external_id": "B"},
        7,
    ]
    response = await client.post(url, json=sent)
    assert response.status_code == 200
    answers = response.json()
    assert answers[0] == {"status": "OK", "request_id": ids[0]}
    assert answers[1] == {
        "status": "Error",
        "message": "No request of income_classifier has the external id 'C'.",
    }
    assert answers[2]["message"].startswith("feedback 'rich' is no class of this endpoint")
    assert answers[3] == {"status": "OK", "request_id": ids[1]}
    assert [one["message"] for one in answers[4:]] == [
        "`external_id` must be a text.",
        "Send an object with `external_id` and `feedback`, and nothing else.",
        "Send an object with `external_id` and `feedback`, and nothing else.",
    ]
    kept = (await client.get("/api/v1/mlrequests")).json()
    assert [one["feedback"] for one in kept] == ["<=50K", ">50K"]


async def test_a_list_of_ground_truths_that_is_none_is_refused(client: httpx.AsyncClient) -> None:
    url = f"{PREFIX}/feedback_batch"
    for body, message in (
        ({}, "Send a JSON list of objects with `external_id` and `feedback`."),
        ([], "Give 1 to 10000 feedbacks at once, not 0."),
        ([7] * 10_001, "Give 1 to 10000 feedbacks at once, not 10001."),
    ):
        response = await client.post(url, json=body)
        assert (response.status_code, response.json()) == (400, {"detail": message})
    assert (await client.post("/api/v1/nowhere/feedback_batch", json=[])).status_code == 404


async def test_each_ground_truth_of_a_list_costs_a_point(serve: Serve) -> None:
    async with serve(budget=5, budget_per_second=0.001) as client:
        sent = [{"external_id": "A", "feedback": "<=50K"}] * 3
        assert (await client.post(f"{PREFIX}/feedback_batch", json=sent)).status_code == 200
        refused = await client.post(f"{PREFIX}/feedback_batch", json=sent)
        assert refused.status_code == 429
        assert refused.json()["detail"].startswith("this costs 3 points and 2 are left of 5: come back in")
