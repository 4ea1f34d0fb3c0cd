"""Who may do what over the old URLs; a refused call changes nothing."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from domain.callers import Scope
from serving.services import Services
from tests.rest.rows import POOR

STATUS = {"status": "testing", "created_by": "me", "parent_mlalgorithm": 1}
TEST = {"title": "t", "created_by": "me", "parent_mlalgorithm1": 1, "parent_mlalgorithm2": 2}

CALLS = [
    ("GET", "", None, Scope.READ),
    ("GET", "endpoints", None, Scope.READ),
    ("HEAD", "endpoints/1", None, Scope.READ),
    ("GET", "mlalgorithms", None, Scope.READ),
    ("GET", "mlalgorithms/1", None, Scope.READ),
    ("GET", "mlalgorithmstatuses", None, Scope.READ),
    ("GET", "mlalgorithmstatuses/1", None, Scope.READ),
    ("POST", "mlalgorithmstatuses", STATUS, Scope.ADMIN),
    ("GET", "mlrequests", None, Scope.READ),
    ("GET", "mlrequests/{request}", None, Scope.READ),
    ("PUT", "mlrequests/{request}", {"feedback": ">50K"}, Scope.FEEDBACK),
    ("PATCH", "mlrequests/{request}", {"feedback": ">50K"}, Scope.FEEDBACK),
    ("GET", "abtests", None, Scope.READ),
    ("POST", "abtests", TEST, Scope.ADMIN),
    ("GET", "abtests/1", None, Scope.READ),
    ("PUT", "abtests/1", TEST | {"title": "new"}, Scope.ADMIN),
    ("PATCH", "abtests/1", {"title": "new"}, Scope.ADMIN),
    ("POST", "stop_ab_test/1", None, Scope.ADMIN),
    ("POST", "income_classifier/predict", POOR, Scope.PREDICT),
    ("POST", "income_classifier/predict_batch", [POOR], Scope.PREDICT),
    ("PUT", "income_classifier/feedback?external_id=A", {"feedback": ">50K"}, Scope.FEEDBACK),
    ("PATCH", "income_classifier/feedback?external_id=A", {"feedback": ">50K"}, Scope.FEEDBACK),
    ("POST", "income_classifier/feedback_batch", [{"external_id": "A", "feedback": ">50K"}], Scope.FEEDBACK),
]


async def key_with(client: httpx.AsyncClient, *scopes: Scope) -> dict[str, str]:
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    _, secret = await services.keys.create("-".join(scopes) or "none", frozenset(scopes))
    return {"Authorization": f"Bearer {secret}"}


async def everything(client: httpx.AsyncClient, headers: dict[str, str]) -> list[Any]:
    names = ("mlalgorithmstatuses", "mlrequests", "abtests")
    return [(await client.get(f"/api/v1/{name}", headers=headers)).json() for name in names]


async def test_each_call_needs_its_scope_and_a_refused_one_changes_nothing(serve: Any) -> None:
    async with serve(anonymous_scopes="") as client:
        everybody = await key_with(client, *Scope)
        made = await client.post(
            "/api/v1/income_classifier/predict?external_id=A", json=POOR, headers=everybody
        )
        await client.post("/api/v1/abtests", json=TEST, headers=everybody)
        others = {scope: await key_with(client, *(set(Scope) - {scope})) for scope in Scope}
        before = await everything(client, everybody)
        for method, path, body, scope in CALLS:
            url = "/api/v1/" + path.format(request=made.json()["request_id"])
            nobody = await client.request(method, url, json=body)
            assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer"), (method, path)
            lacking = await client.request(method, url, json=body, headers=others[scope])
            assert lacking.status_code == 403, (method, path)
            if method != "HEAD":
                assert list(nobody.json()) == list(lacking.json()) == ["detail"]
        assert await everything(client, everybody) == before


@pytest.mark.parametrize("scope", list(Scope))
async def test_one_scope_is_enough_for_its_calls(serve: Any, scope: Scope) -> None:
    async with serve(anonymous_scopes="") as client:
        everybody, only = await key_with(client, *Scope), await key_with(client, scope)
        made = await client.post(
            "/api/v1/income_classifier/predict?external_id=A", json=POOR, headers=everybody
        )
        if scope is not Scope.ADMIN:
            await client.post("/api/v1/abtests", json=TEST, headers=everybody)
        for method, path, body, needed in CALLS:
            if needed is not scope:
                continue
            url = "/api/v1/" + path.format(request=made.json()["request_id"])
            response = await client.request(method, url, json=body, headers=only)
            assert response.status_code in {200, 201}, (method, path, response.text)


async def test_who_may_only_give_feedback_does_not_see_the_request(serve: Any) -> None:
    async with serve(anonymous_scopes="predict feedback") as client:
        made = (await client.post("/api/v1/income_classifier/predict", json=POOR)).json()
        url = f"/api/v1/mlrequests/{made['request_id']}"
        answer = (await client.put(url, data={"feedback": ">50K"})).json()
        assert answer | {"created_at": ""} == {
            "id": made["request_id"],
            "input_data": "",
            "full_response": "",
            "response": "",
            "feedback": ">50K",
            "created_at": "",
            "parent_mlalgorithm": 1,
        }
        assert (await client.put(url, json={})).json()["feedback"] == ""
        assert (await client.get(url)).status_code == 401


async def test_key_that_is_not_valid_is_refused_though_nobody_needs_one(client: httpx.AsyncClient) -> None:
    headers = {"Authorization": "Bearer nonsense"}
    response = await client.get("/api/v1/endpoints", headers=headers)
    assert response.status_code == 401
    assert list(response.json()) == ["detail"]


async def test_options_needs_no_scope(serve: Any) -> None:
    async with serve(anonymous_scopes="") as client:
        response = await client.options("/api/v1/income_classifier/predict")
        assert (response.status_code, response.json()["name"]) == (200, "Predict")


@pytest.mark.parametrize("header", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}])
async def test_foreign_host_and_origin_change_nothing(
    client: httpx.AsyncClient, header: dict[str, str]
) -> None:
    response = await client.post("/api/v1/mlalgorithmstatuses", json=STATUS, headers=header)
    assert response.status_code == 403
    assert list(response.json()) == ["detail"]
    assert len((await client.get("/api/v1/mlalgorithmstatuses")).json()) == 6


@pytest.mark.parametrize("kind", ["json", "data"])
async def test_with_a_key_histories_name_it_whatever_is_sent(serve: Any, kind: str) -> None:
    async with serve() as client:
        headers = await key_with(client, Scope.ADMIN, Scope.READ)
        status = await client.post(
            "/api/v1/mlalgorithmstatuses", headers=headers, **{kind: STATUS | {"parent_mlalgorithm": 3}}
        )
        test = await client.post("/api/v1/abtests", headers=headers, **{kind: TEST})
        renamed = await client.put(
            "/api/v1/abtests/1", headers=headers, **{kind: TEST | {"title": "new", "created_by": "other"}}
        )
        history = await client.post(
            "/graphql", headers=headers, json={"query": '{abTest(id:"1"){events{kind createdBy}}}'}
        )
        statuses = await client.get("/api/v1/mlalgorithmstatuses", headers=headers)
    assert [answer.status_code for answer in (status, test, renamed)] == [201, 201, 200]
    assert [answer.json()["created_by"] for answer in (status, test, renamed)] == ["admin-read"] * 3
    assert renamed.json()["title"] == "new"
    assert history.json() == {
        "data": {"abTest": {"events": [{"kind": "created", "createdBy": "admin-read"}]}}
    }
    assert {entry["created_by"] for entry in statuses.json() if entry["id"] > 6} == {"admin-read"}


async def test_without_a_key_histories_name_who_is_sent(serve: Any) -> None:
    async with serve() as client:
        test = await client.post("/api/v1/abtests", json=TEST)
        renamed = await client.patch("/api/v1/abtests/1", json={"created_by": "other"})
    assert (test.json()["created_by"], renamed.json()["created_by"]) == ("me", "other")
