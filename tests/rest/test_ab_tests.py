"""A/B tests over the old URLs, from their creation to the verdict."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.rest.rows import INCOME, POOR

URL = "/api/v1/abtests"
NEW = {
    "title": "forest against trees",
    "created_by": "me",
    "parent_mlalgorithm1": 1,
    "parent_mlalgorithm2": 2,
}


async def create(client: httpx.AsyncClient, **change: Any) -> dict[str, Any]:
    response = await client.post(URL, json=NEW | change)
    assert response.status_code == 201, response.text
    test: dict[str, Any] = response.json()
    return test


async def current(client: httpx.AsyncClient) -> list[str | None]:
    return [row["current_status"] for row in (await client.get("/api/v1/mlalgorithms")).json()]


async def test_created_test_has_the_old_fields_and_takes_both_algorithms(client: httpx.AsyncClient) -> None:
    test = await create(client)
    assert list(test) == [
        "id",
        "title",
        "model_type",
        "created_by",
        "created_at",
        "ended_at",
        "summary",
        "parent_mlalgorithm1",
        "parent_mlalgorithm2",
    ]
    assert test | {"created_at": None} == {
        "id": 1,
        "model_type": "classifier",
        "created_at": None,
        "ended_at": None,
        "summary": "",
        **NEW,
    }
    assert (await client.get(f"{URL}/1/")).json() == test
    assert (await client.get(URL)).json() == [test]
    assert (await current(client))[:7] == [
        "ab_testing",
        "ab_testing",
        None,
        "production",
        "testing",
        None,
        None,
    ]


async def test_whole_story_with_forms_as_the_old_client_told_it(client: httpx.AsyncClient) -> None:
    form = {name: str(value) for name, value in NEW.items()}
    test_id = (await client.post(URL, data=form)).json()["id"]
    served = {1: 0, 2: 0}
    for _ in range(40):
        row = {name: str(value) for name, value in POOR.items()}
        answer = (await client.post("/api/v1/income_classifier/predict?status=ab_testing", data=row)).json()
        url = f"/api/v1/mlrequests/{answer['request_id']}"
        arm = (await client.get(url)).json()["parent_mlalgorithm"]
        served[arm] += 1
        # The second algorithm is told to be wrong every time, the first to be right.
        truth = "<=50K" if arm == 1 else ">50K"
        assert (await client.put(url, data={"feedback": truth})).json()["feedback"] == truth
    assert min(served.values()) > 0
    assert sum(served.values()) == 40
    stopped = await client.post(f"/api/v1/stop_ab_test/{test_id}")
    summary = stopped.json()["summary"]
    assert (stopped.status_code, stopped.json()["message"]) == (200, "A/B testing completed")
    assert summary.startswith("Algorithm #1 accuracy: 1.0, Algorithm #2 accuracy: 0.0")
    # Behind the old sentence stands why the rules of today would not have named a winner.
    assert "What the always-valid rule says of them: " in summary
    ended = (await client.get(f"{URL}/{test_id}")).json()
    assert ended["summary"] == summary
    assert ended["ended_at"] is not None
    assert (await current(client))[:7] == ["production", "testing", None, "production", "testing", None, None]
    again = await client.post(f"/api/v1/stop_ab_test/{test_id}")
    assert (again.status_code, again.json()) == (200, {"message": "A/B testing is already completed."})


async def test_plain_predictions_stay_outside_a_test_of_the_old_urls(client: httpx.AsyncClient) -> None:
    await create(client)
    for _ in range(5):
        answer = (await client.post("/api/v1/income_classifier/predict", json=POOR)).json()
        await client.put(f"/api/v1/mlrequests/{answer['request_id']}", json={"feedback": "<=50K"})
    summary = (await client.post("/api/v1/stop_ab_test/1")).json()["summary"]
    assert "nconclusive" in summary
    assert (await current(client))[:7] == ["production", "testing", None, "production", "testing", None, None]


@pytest.mark.parametrize(
    "arms", [(1, 1), (1, 4), (2, 5)], ids=["itself", "another endpoint", "another endpoint in testing"]
)
async def test_pairs_that_cannot_be_compared_are_refused(
    client: httpx.AsyncClient, arms: tuple[int, int]
) -> None:
    before = await current(client)
    body = NEW | {"parent_mlalgorithm1": arms[0], "parent_mlalgorithm2": arms[1]}
    response = await client.post(URL, json=body)
    assert response.status_code == 400
    assert list(response.json()) == ["detail"]
    assert (await client.get(URL)).json() == []
    assert await current(client) == before


async def test_second_test_at_once_is_refused(client: httpx.AsyncClient) -> None:
    await create(client)
    response = await client.post(URL, json=NEW)
    assert response.status_code == 400
    assert list(response.json()) == ["detail"]
    assert len((await client.get(URL)).json()) == 1


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({"title": " "}, {"title": ["This field may not be blank."]}),
        ({"title": "x" * 10_001}, {"title": ["Ensure this field has no more than 10000 characters."]}),
        (
            {"parent_mlalgorithm1": 99, "parent_mlalgorithm2": 98},
            {
                "parent_mlalgorithm1": ['Invalid pk "99" - object does not exist.'],
                "parent_mlalgorithm2": ['Invalid pk "98" - object does not exist.'],
            },
        ),
        (
            {"parent_mlalgorithm2": "two"},
            {"parent_mlalgorithm2": ["Incorrect type. Expected pk value, received str."]},
        ),
    ],
)
async def test_bad_fields_are_refused_in_the_old_words(
    client: httpx.AsyncClient, change: dict[str, Any], body: dict[str, Any]
) -> None:
    response = await client.post(URL, json=NEW | change)
    assert (response.status_code, response.json()) == (400, body)
    assert (await client.get(URL)).json() == []


async def test_title_and_author_may_change_and_nothing_else(client: httpx.AsyncClient) -> None:
    test = await create(client)
    renamed = await client.patch(f"{URL}/1", json={"title": "new", "summary": "HACK", "ended_at": "now"})
    assert (renamed.status_code, renamed.json()) == (200, test | {"title": "new"})
    put = await client.put(f"{URL}/1", data={name: str(value) for name, value in NEW.items()})
    assert put.json() == test
    swapped = await client.put(f"{URL}/1", json=NEW | {"parent_mlalgorithm1": 2, "parent_mlalgorithm2": 1})
    words = ["The algorithms of a test cannot be changed."]
    assert (swapped.status_code, swapped.json()) == (
        400,
        {"parent_mlalgorithm1": words, "parent_mlalgorithm2": words},
    )
    assert (await client.get(f"{URL}/1")).json() == test


async def test_put_needs_every_field_and_patch_none(client: httpx.AsyncClient) -> None:
    test = await create(client)
    put = await client.put(f"{URL}/1", json={"title": "new"})
    assert put.status_code == 400
    assert put.json() == {
        name: ["This field is required."]
        for name in ("created_by", "parent_mlalgorithm1", "parent_mlalgorithm2")
    }
    assert (await client.patch(f"{URL}/1", json={})).json() == test


@pytest.mark.parametrize("wrong", ["999", "abc", "99999999999"])
async def test_unknown_test_is_not_found(client: httpx.AsyncClient, wrong: str) -> None:
    for method in ("GET", "PUT", "PATCH"):
        response = await client.request(method, f"{URL}/{wrong}", json=NEW)
        assert (response.status_code, response.json()) == (404, {"detail": "Not found."})


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("999", "ABTest matching query does not exist."),
        ("9" * 40, "ABTest matching query does not exist."),
        ("abc", "Field 'id' expected a number but got 'abc'."),
        ("-1", "Field 'id' expected a number but got '-1'."),
    ],
)
async def test_stopping_what_is_no_test_keeps_its_own_shape(
    client: httpx.AsyncClient, wrong: str, message: str
) -> None:
    response = await client.post(f"/api/v1/stop_ab_test/{wrong}")
    assert (response.status_code, response.json()) == (400, {"status": "Error", "message": message})


async def test_tests_are_listed_ascending_and_in_pages(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await create(client, title=str(number))
        await client.post(f"/api/v1/stop_ab_test/{number + 1}")
    titles = [test["title"] for test in (await client.get(URL)).json()]
    assert titles == ["0", "1", "2"]
    page = (await client.get(f"{URL}?limit=1&after=1")).json()
    assert [test["id"] for test in page] == [2]


async def test_caller_faults_do_not_count(client: httpx.AsyncClient) -> None:
    await create(client)
    predict = "/api/v1/income_classifier/predict?status=ab_testing"
    failed = (await client.post(predict, json=INCOME | {"age": "abc"})).json()
    assert failed["status"] == "Error"
    await client.put(f"/api/v1/mlrequests/{failed['request_id']}", json={"feedback": ">50K"})
    assert "nconclusive" in (await client.post("/api/v1/stop_ab_test/1")).json()["summary"]


async def test_warnings_stand_behind_the_old_sentence(client: httpx.AsyncClient) -> None:
    await create(client)
    for _ in range(20):
        url = "/api/v1/income_classifier/predict?status=ab_testing"
        answer = (await client.post(url, json=POOR)).json()
        truth = {"feedback": "poor as a church mouse"}
        await client.put(f"/api/v1/mlrequests/{answer['request_id']}", json=truth)
    summary = (await client.post("/api/v1/stop_ab_test/1")).json()["summary"]
    old, _, behind = summary.partition("What the always-valid rule says of them: ")
    assert old.startswith("Algorithm #1 accuracy: n/a, Algorithm #2 accuracy: n/a")
    assert "20 requests have a ground truth that is no class of the endpoint" in behind
    assert behind.endswith("as the test names them; these are not their ids.)")
