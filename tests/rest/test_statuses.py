"""Statuses over the old URLs: the log, and setting one by hand."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from rest.fields import NO_LINE

URL = "/api/v1/mlalgorithmstatuses"


async def statuses(client: httpx.AsyncClient) -> list[tuple[int, str, bool]]:
    rows = (await client.get(URL)).json()
    return [(row["parent_mlalgorithm"], row["status"], row["active"]) for row in rows]


FIRST = [
    *((1, "production", True), (2, "testing", True)),
    *((4, "production", True), (5, "testing", True)),
    *((8, "production", True), (9, "testing", True)),
]


async def test_shipped_algorithms_have_their_first_statuses(client: httpx.AsyncClient) -> None:
    assert await statuses(client) == FIRST
    algorithms = (await client.get("/api/v1/mlalgorithms")).json()
    assert [(row["id"], row["parent_endpoint"], row["current_status"]) for row in algorithms] == [
        (1, 1, "production"),
        (2, 1, "testing"),
        (3, 1, None),
        (4, 2, "production"),
        (5, 2, "testing"),
        (6, 2, None),
        (7, 1, None),
        (8, 3, "production"),
        (9, 3, "testing"),
    ]
    assert list(algorithms[0]) == [
        "id",
        "name",
        "model_type",
        "description",
        "code",
        "version",
        "owner",
        "created_at",
        "parent_endpoint",
        "current_status",
    ]
    assert algorithms[0]["code"].startswith("class ")
    assert [row["code"] for row in algorithms[7:]] == ["", ""]
    assert (await client.get("/api/v1/mlalgorithms/1")).json() == algorithms[0]


@pytest.mark.parametrize("kind", ["json", "data"])
async def test_status_set_by_hand_is_the_active_one(client: httpx.AsyncClient, kind: str) -> None:
    body = {"status": "production", "created_by": "me", "parent_mlalgorithm": 3, "active": "false"}
    response = await client.post(URL, **{kind: body})  # type: ignore[arg-type]
    entry = response.json()
    assert response.status_code == 201
    assert list(entry) == ["id", "active", "status", "created_by", "created_at", "parent_mlalgorithm"]
    assert (entry["active"], entry["status"], entry["created_by"]) == (True, "production", "me")
    assert await statuses(client) == [*FIRST, (3, "production", True)]
    assert (await client.get(f"{URL}/{entry['id']}")).json() == entry


async def test_older_entries_stay_in_the_log_but_are_not_active(client: httpx.AsyncClient) -> None:
    for status in ("testing", "production"):
        body = {"status": status, "created_by": "me", "parent_mlalgorithm": 1}
        assert (await client.post(URL, json=body)).status_code == 201
    assert await statuses(client) == [
        (1, "production", False),
        *FIRST[1:],
        (1, "testing", False),
        (1, "production", True),
    ]
    page = (await client.get(f"{URL}?limit=2&after=3")).json()
    assert [row["id"] for row in page] == [4, 5]


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({"parent_mlalgorithm": 999}, {"parent_mlalgorithm": ['Invalid pk "999" - object does not exist.']}),
        (
            {"parent_mlalgorithm": 2**40},
            {"parent_mlalgorithm": [f'Invalid pk "{2**40}" - object does not exist.']},
        ),
        ({"created_by": ""}, {"created_by": ["This field may not be blank."]}),
        ({"created_by": "x" * 129}, {"created_by": ["Ensure this field has no more than 128 characters."]}),
        *(
            ({"created_by": f"me{one}you"}, {"created_by": [NO_LINE]})
            for one in ("\n", "\r", "\t", "\x1b", "\x85", "\u2028")
        ),
        ({"status": None}, {"status": ["This field may not be null."]}),
    ],
)
async def test_bad_fields_are_refused_in_the_old_words(
    client: httpx.AsyncClient, change: dict[str, Any], body: dict[str, Any]
) -> None:
    sent = {"status": "testing", "created_by": "me", "parent_mlalgorithm": 1} | change
    response = await client.post(URL, json=sent)
    assert (response.status_code, response.json()) == (400, body)
    assert await statuses(client) == FIRST


@pytest.mark.parametrize("status", ["whatever", "ab_testing", "Production"])
async def test_only_production_and_testing_may_be_set(client: httpx.AsyncClient, status: str) -> None:
    body = {"status": status, "created_by": "me", "parent_mlalgorithm": 1}
    response = await client.post(URL, json=body)
    assert response.status_code == 400
    assert list(response.json()) == ["status"]
    assert await statuses(client) == FIRST


async def test_arm_of_a_running_test_keeps_its_status(client: httpx.AsyncClient) -> None:
    test = {"title": "t", "created_by": "me", "parent_mlalgorithm1": 1, "parent_mlalgorithm2": 2}
    assert (await client.post("/api/v1/abtests", json=test)).status_code == 201
    before = await statuses(client)
    body = {"status": "testing", "created_by": "me", "parent_mlalgorithm": 1}
    response = await client.post(URL, json=body)
    assert response.status_code == 400
    assert "test 1" in response.json()["detail"]
    assert await statuses(client) == before


@pytest.mark.parametrize("wrong", ["999", "abc", "0", "9999999999"])
async def test_unknown_status_is_not_found(client: httpx.AsyncClient, wrong: str) -> None:
    response = await client.get(f"{URL}/{wrong}")
    assert (response.status_code, response.json()) == (404, {"detail": "Not found."})
