"""The log of requests over the old URLs: lists, pages, ground truth."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from rest.legacy import legacy_routes
from tests.rest.rows import INCOME, POOR, PREMIUM

URL = "/api/v1/mlrequests"


async def made(client: httpx.AsyncClient, count: int = 1) -> list[int]:
    response = await client.post("/api/v1/income_classifier/predict_batch", json=[POOR] * count)
    return [answer["request_id"] for answer in response.json()]


async def ids_of(client: httpx.AsyncClient, query: str = "") -> list[int]:
    response = await client.get(URL + query)
    assert response.status_code == 200
    return [row["id"] for row in response.json()]


async def test_list_is_whole_and_ascending(client: httpx.AsyncClient) -> None:
    ids = await made(client, 1203)
    assert await ids_of(client) == ids
    assert await ids_of(client, "?format=json") == ids


async def test_list_is_streamed_in_pieces(client: httpx.AsyncClient) -> None:
    await made(client, 700)
    async with client.stream("GET", URL, headers={"accept-encoding": "identity"}) as response:
        pieces = [piece async for piece in response.aiter_raw()]
    assert "content-length" not in response.headers
    # The in-process transport joins what it gets, so only its length says that nothing was lost.
    assert b"".join(pieces).count(b'"input_data"') == 700


async def test_pages_follow_each_other(client: httpx.AsyncClient) -> None:
    ids = await made(client, 7)
    pages, after = [], 0
    while page := await ids_of(client, f"?limit=3&after={after}"):
        pages.append(page)
        after = page[-1]
    assert pages == [ids[:3], ids[3:6], ids[6:]]
    assert await ids_of(client, f"?after={ids[4]}") == ids[5:]


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?limit=0", {"limit": ["Ensure this value is greater than or equal to 1."]}),
        ("?limit=x", {"limit": ["A valid integer is required."]}),
        ("?limit=", {"limit": ["A valid integer is required."]}),
        ("?after=-1", {"after": ["A valid integer is required."]}),
        ("?after=9999999999999999999999", {"after": ["A valid integer is required."]}),
    ],
)
async def test_page_that_has_no_meaning_is_refused(
    client: httpx.AsyncClient, query: str, body: dict[str, Any]
) -> None:
    for resource in ("mlrequests", "mlalgorithmstatuses", "abtests"):
        response = await client.get(f"/api/v1/{resource}{query}")
        assert (response.status_code, response.json()) == (400, body)


async def test_lists_without_a_limit_can_be_capped(serve: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arbiter.app.legacy_routes", lambda: legacy_routes(2))
    async with serve() as client:
        ids = await made(client, 5)
        assert await ids_of(client) == ids[:2]
        assert await ids_of(client, f"?after={ids[1]}") == ids[2:4]
        assert await ids_of(client, "?limit=4") == ids[:4]


async def test_head_has_no_body(client: httpx.AsyncClient) -> None:
    (request_id,) = await made(client)
    for path in (URL, f"{URL}/{request_id}"):
        response = await client.head(path)
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-type"] == "application/json"
        assert response.headers.get("content-length") != "0"


@pytest.mark.parametrize("wrong", ["abc", "1", "-1", "1e3", "٣", "9" * 30, "9007199254740993"])
async def test_unknown_request_is_not_found(client: httpx.AsyncClient, wrong: str) -> None:
    for method in ("GET", "PUT", "PATCH"):
        response = await client.request(method, f"{URL}/{wrong}", json={"feedback": "x"})
        assert (response.status_code, response.json()) == (404, {"detail": "Not found."})


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
@pytest.mark.parametrize("spelling", ["", "/", ".json", ".json/"])
async def test_feedback_is_stored_trimmed(client: httpx.AsyncClient, method: str, spelling: str) -> None:
    (request_id,) = await made(client)
    response = await client.request(method, f"{URL}/{request_id}{spelling}", json={"feedback": " >50K "})
    assert (response.status_code, response.json()["feedback"]) == (200, ">50K")
    assert (await client.get(f"{URL}/{request_id}")).json() == response.json()


@pytest.mark.parametrize(
    "cleared",
    [
        {"json": {"feedback": None}},
        {"json": {"feedback": ""}},
        {"data": {"feedback": ""}},
        {"data": {"feedback": "nan"}},
    ],
)
async def test_null_and_empty_clear_feedback(client: httpx.AsyncClient, cleared: dict[str, Any]) -> None:
    (request_id,) = await made(client)
    await client.put(f"{URL}/{request_id}", json={"feedback": ">50K"})
    response = await client.put(f"{URL}/{request_id}", **cleared)
    assert (response.status_code, response.json()["feedback"]) == (200, "")


async def test_other_fields_and_no_field_change_nothing(client: httpx.AsyncClient) -> None:
    (request_id,) = await made(client)
    before = (await client.put(f"{URL}/{request_id}", data={"feedback": ">50K"})).json()
    for body in ({}, {"response": "HACK", "input_data": "HACK", "id": 1}):
        assert (await client.put(f"{URL}/{request_id}", json=body)).json() == before
    assert (await client.put(f"{URL}/{request_id}", data={})).json() == before


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ({"feedback": True}, {"feedback": ["Not a valid string."]}),
        ({"feedback": ["x"]}, {"feedback": ["Not a valid string."]}),
        ({"feedback": "x" * 10_001}, {"feedback": ["Ensure this field has no more than 10000 characters."]}),
        ({"feedback": "a\0b"}, {"feedback": ["Null characters are not allowed."]}),
        (["x"], {"non_field_errors": ["Invalid data. Expected a dictionary, but got list."]}),
        (5, {"non_field_errors": ["Invalid data. Expected a dictionary, but got int."]}),
        (None, {"non_field_errors": ["No data provided"]}),
    ],
)
async def test_feedback_of_the_wrong_kind_is_refused_and_nothing_stored(
    client: httpx.AsyncClient, body: object, answer: dict[str, Any]
) -> None:
    (request_id,) = await made(client)
    content = b"null" if body is None else None
    response = await client.put(
        f"{URL}/{request_id}",
        content=content,
        json=None if content else body,
        headers={"content-type": "application/json"},
    )
    assert (response.status_code, response.json()) == (400, answer)
    assert (await client.get(f"{URL}/{request_id}")).json()["feedback"] == ""


async def test_feedback_for_a_regressor_is_a_number(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/api/v1/premium_insurance/predict", json=PREMIUM)).json()
    url = f"{URL}/{answer['request_id']}"
    for wrong in ("much", "inf", "1_000"):
        response = await client.put(url, json={"feedback": wrong})
        assert response.status_code == 400
        assert list(response.json()) == ["feedback"]
    assert (await client.put(url, json={"feedback": 25000})).json()["feedback"] == "25000"
    assert (await client.put(url, data={"feedback": "25000.5"})).json()["feedback"] == "25000.5"


async def test_created_at_is_written_as_the_old_service_did(client: httpx.AsyncClient) -> None:
    (request_id,) = await made(client)
    created_at = (await client.get(f"{URL}/{request_id}")).json()["created_at"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z", created_at)


async def test_malformed_body_of_a_known_request_is_named(client: httpx.AsyncClient) -> None:
    (request_id,) = await made(client)
    response = await client.put(
        f"{URL}/{request_id}", content=b'{"feedback": ', headers={"content-type": "application/json"}
    )
    assert response.status_code == 400
    assert response.json() == {"detail": "JSON parse error - Expecting value: line 1 column 14 (char 13)"}


async def test_request_with_missing_features_was_logged_as_it_came(client: httpx.AsyncClient) -> None:
    answer = (await client.post("/api/v1/income_classifier/predict", json=INCOME | {"age": None})).json()
    kept = (await client.get(f"{URL}/{answer['request_id']}")).json()
    assert '"age":null' in kept["input_data"].replace(" ", "")
