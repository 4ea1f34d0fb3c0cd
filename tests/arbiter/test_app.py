"""The whole application in this process: system pages, metrics, errors, and what it refuses to be."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.catalog.entries import LoadProblem
from domain.errors import InvalidSettings
from registry.discovery import Registry
from tests.arbiter.processes import ROOT

PREDICT = "/api/v1/income_classifier/predict"
ROW = json.loads((ROOT / "artifacts/income_classifier/endpoint.json").read_text("utf-8"))["example"]

Open: TypeAlias = Callable[..., Any]


@pytest.fixture
def opened(sqlite_url: str, shipped: Registry) -> Open:
    """`async with opened(setting=…) as client`: the application over a SQLite file of this test."""

    @asynccontextmanager
    async def open_app(
        registry: Registry | None = shipped, **given: object
    ) -> AsyncIterator[httpx.AsyncClient]:
        values = {"database_url": sqlite_url, "access_log": False, **given}
        app = create_app(Settings.load(**values), build=partial(wiring.build, registry=registry))
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
        ):
            yield client

    return open_app


def state(id_: int, endpoint: str, name: str, version: str, status: str | None) -> dict[str, Any]:
    return {
        "id": id_,
        "endpoint": endpoint,
        "name": name,
        "version": version,
        "status": status,
        "ready": True,
        "reason": None,
    }


SET_STATUS = 'mutation{setAlgorithmStatus(input:{algorithm:"1",status:TESTING}){algorithmStatus{status}}}'

SHIPPED = [
    state(1, "income_classifier", "random forest", "0.0.1", "production"),
    state(2, "income_classifier", "extra trees", "0.0.1", "testing"),
    state(3, "income_classifier", "catboost", "0.1.0", None),
    state(4, "premium_insurance", "random forest", "0.0.1", "production"),
    state(5, "premium_insurance", "decision trees", "0.0.1", "testing"),
    state(6, "premium_insurance", "catboost", "0.1.0", None),
    state(7, "income_classifier", "gradient boosting", "0.1.0", None),
    state(8, "wine_cultivar", "logistic regression", "0.1.0", "production"),
    state(9, "wine_cultivar", "extra trees", "0.1.0", "testing"),
]


async def test_it_is_alive_and_ready_with_every_algorithm(opened: Open) -> None:
    async with opened() as client:
        alive = await client.get("/livez")
        ready = await client.get("/readyz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    assert ready.status_code == 200
    assert ready.headers["cache-control"] == "no-store"
    assert ready.json() == {
        "status": "ready",
        "database": {"ready": True, "reason": None},
        "degraded": [],
        "algorithms": SHIPPED,
        "problems": [],
    }


@pytest.mark.parametrize("known", [6, 7])
async def test_a_database_that_knows_fewer_algorithms_gets_the_others_and_keeps_their_ids(
    opened: Open, shipped: Registry, known: int
) -> None:
    two = {name: spec for name, spec in shipped.endpoints.items() if name != "wine_cultivar"}
    older = replace(shipped, endpoints=two, algorithms=shipped.algorithms[:known])
    async with opened(registry=older) as client:
        before = (await client.get("/readyz")).json()["algorithms"]
    async with opened() as client:
        after = (await client.get("/readyz")).json()["algorithms"]
        endpoints = (await client.get("/api/v1/endpoints")).json()
    assert before == SHIPPED[:known]
    assert after == SHIPPED
    assert [(row["id"], row["name"]) for row in endpoints] == [
        (1, "income_classifier"),
        (2, "premium_insurance"),
        (3, "wine_cultivar"),
    ]


async def test_a_broken_artifact_is_named_and_the_others_serve(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("registry.discovery.metadata.entry_points", lambda **_: ())
    broken = tmp_path / "artifacts"
    shutil.copytree(ROOT / "artifacts", broken)
    (model,) = (broken / "income_classifier/extra_trees-0.0.1").glob("*.onnx")
    model.write_bytes(model.read_bytes()[:-1] + b"x")
    async with opened(registry=None, artifacts=broken) as client:
        ready = await client.get("/readyz")
        answer = await client.post(PREDICT, json=ROW)
        refused = await client.post(f"{PREDICT}?status=testing", json=ROW)
    body = ready.json()
    assert ready.status_code == 200
    assert [entry["id"] for entry in body["algorithms"] if not entry["ready"]] == [2]
    assert "its digest is not the one in its manifest" in body["algorithms"][1]["reason"]
    assert [problem["name"] for problem in body["problems"]] == ["extra trees 0.0.1"]
    assert body["degraded"] == []  # it is in testing: nobody's plain call misses it
    assert answer.json()["status"] == "OK"
    assert (refused.status_code, refused.json()["message"]) == (400, "ML algorithm not available")


async def test_strangers_are_told_which_algorithm_is_broken_and_not_why(
    opened: Open, shipped: Registry
) -> None:
    path = "/srv/models/secret.onnx"
    broken = replace(shipped.algorithms[0], instance=None, problem=f"KeyError: {path}")
    registry = replace(
        shipped,
        algorithms=(broken, *shipped.algorithms[1:]),
        problems=(LoadProblem("random forest 0.0.1", f"KeyError: {path}", endpoint="income_classifier"),),
    )
    async with opened(registry=registry) as own:
        known = await own.get("/readyz")
    async with opened(registry=registry, anonymous_scopes="predict") as client:
        told = await client.get("/readyz")
    assert (known.status_code, known.text.count(path)) == (
        200,
        3,
    )  # the algorithm, the problem, what is degraded
    assert (told.status_code, told.text.count(path)) == (200, 0)
    why = "the log says why, and so does this page to a key with the scope `read`"
    assert [entry["reason"] for entry in told.json()["algorithms"]] == [why, *[None] * 8]
    assert told.json()["degraded"] == [
        {
            "endpoint": "income_classifier",
            "algorithm": "random forest 0.0.1",
            "status": "production",
            "answered_by": None,
            "reason": why,
        }
    ]
    assert told.json()["problems"] == [
        {"name": "random forest 0.0.1", "endpoint": "income_classifier", "reason": why}
    ]


async def test_without_any_algorithm_it_is_not_ready(opened: Open) -> None:
    async with opened(registry=Registry(endpoints={}, algorithms=(), problems=())) as client:
        ready = await client.get("/readyz")
    assert (ready.status_code, ready.json()["status"], ready.json()["algorithms"]) == (503, "unready", [])


async def test_metrics_count_each_prediction_once(opened: Open) -> None:
    async with opened() as client:
        assert (await client.post(PREDICT, json=ROW)).json()["status"] == "OK"
        assert (await client.post(PREDICT, json=ROW)).json()["status"] == "OK"
        assert (await client.post(PREDICT, json={**ROW, "age": "old"})).json()["status"] == "Error"
        metrics = await client.get("/metrics")
    assert metrics.headers["content-type"].startswith("text/plain; version=")
    samples = dict(line.rsplit(" ", 1) for line in metrics.text.splitlines() if not line.startswith("#"))
    labels = 'algorithm="random forest 0.0.1",arm=""'
    where = 'endpoint="income_classifier"'
    assert samples[f'arbiter_requests_total{{{labels},{where},outcome="OK"}}'] == "2.0"
    assert samples[f'arbiter_requests_total{{{labels},{where},outcome="ERROR"}}'] == "1.0"
    assert samples[f'arbiter_request_errors_total{{{labels},code="INVALID_FEATURES",{where}}}'] == "1.0"
    assert samples[f"arbiter_request_latency_seconds_count{{{labels},{where}}}"] == "3.0"
    assert samples['arbiter_http_calls_total{edge="rest",method="POST",status="200"}'] == "3.0"


async def test_metrics_name_the_arm_of_a_test(opened: Open) -> None:
    test = {"title": "t", "created_by": "a", "parent_mlalgorithm1": 1, "parent_mlalgorithm2": 2}
    async with opened() as client:
        assert (await client.post("/api/v1/abtests", json=test)).status_code == 201
        for _ in range(20):
            await client.post(f"{PREDICT}?status=ab_testing", json=ROW)
        metrics = await client.get("/metrics")
    counted = [
        line
        for line in metrics.text.splitlines()
        if line.startswith("arbiter_requests_total") and 'arm="ch' in line
    ]
    assert sum(float(line.rsplit(" ", 1)[1]) for line in counted) == 20.0


async def test_the_front_page_says_what_runs_here(opened: Open) -> None:
    async with opened() as client:
        page = await client.get("/", headers={"Accept": "*/*"})
        data = await client.get("/", headers={"Accept": "application/json"})
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.text.count("<tr>") == 1 + len(SHIPPED)
    for link in ("/graphql", "/api/v1/", "/readyz", "/livez", "/metrics", "/docs/settings.md"):
        assert f'href="{link}"' in page.text
    assert data.json()["algorithms"] == SHIPPED


async def test_callers_without_read_see_no_algorithm_on_the_front_page(opened: Open) -> None:
    async with opened(anonymous_scopes="predict") as client:
        page = await client.get("/")
        data = await client.get("/", headers={"Accept": "application/json"})
    assert "income_classifier" not in page.text
    assert "algorithms" not in data.json()


async def test_documents_are_served_and_nothing_else_of_the_disk(opened: Open) -> None:
    async with opened() as client:
        listed = (await client.get("/docs")).json()["documents"]
        assert "/docs/settings.md" in listed
        answers = {path: await client.get(path) for path in listed}
        picture = await client.get("/docs/images/console-test.png")
        outside = await client.get("/docs/%2e%2e/pyproject.toml")
    assert {answer.status_code for answer in answers.values()} == {200}
    assert answers["/docs/settings.md"].text == (ROOT / "docs/settings.md").read_text("utf-8")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content == (ROOT / "docs/images/console-test.png").read_bytes()
    assert outside.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "body"),
    [
        ("GET", "/nowhere", 404, {"detail": "Not found.", "code": "NOT_FOUND"}),
        ("GET", "/api/v2/endpoints", 404, {"detail": "Not found."}),
        ("GET", "/api/v1/nowhere", 404, {"detail": "Not found."}),
        ("POST", "/livez", 405, {"detail": 'Method "POST" not allowed.', "code": "METHOD_NOT_ALLOWED"}),
        ("POST", "/readyz/", 405, {"detail": 'Method "POST" not allowed.', "code": "METHOD_NOT_ALLOWED"}),
        ("POST", "/elsewhere/", 404, {"detail": "Not found.", "code": "NOT_FOUND"}),
    ],
)
async def test_unknown_urls_and_methods_answer_json(
    opened: Open, method: str, path: str, status: int, body: dict[str, str]
) -> None:
    async with opened() as client:
        response = await client.request(method, path)
    assert (response.status_code, response.json()) == (status, body)


@pytest.mark.parametrize(
    ("scopes", "method", "path", "body", "status"),
    [
        ("read", "GET", "/api/v1/endpoints", None, 200),
        ("read", "POST", PREDICT, ROW, 401),
        ("predict", "POST", PREDICT, ROW, 200),
        ("predict", "GET", "/api/v1/mlrequests", None, 401),
        ("predict feedback", "PUT", "/api/v1/mlrequests/1", {"feedback": "x"}, 404),
        ("predict", "PUT", "/api/v1/mlrequests/1", {"feedback": "x"}, 401),
        ("read predict feedback", "POST", "/api/v1/stop_ab_test/1", {}, 401),
        ("admin", "POST", "/api/v1/stop_ab_test/1", {}, 400),
        ("", "GET", "/api/v1/endpoints", None, 401),
    ],
)
async def test_each_url_needs_its_scope(
    opened: Open, scopes: str, method: str, path: str, body: object, status: int
) -> None:
    async with opened(anonymous_scopes=scopes) as client:
        response = await client.request(method, path, json=body)
    assert response.status_code == status


@pytest.mark.parametrize(
    ("scopes", "query", "allowed"),
    [
        ("read", "{endpoints{edges{node{name}}}}", True),
        ("predict", "{endpoints{edges{node{name}}}}", False),
        ("admin", SET_STATUS, True),
        ("read predict feedback", SET_STATUS, False),
    ],
)
async def test_each_graphql_field_needs_its_scope(
    opened: Open, scopes: str, query: str, allowed: bool
) -> None:
    async with opened(anonymous_scopes=scopes) as client:
        response = await client.post("/graphql", json={"query": query})
        ready = (await client.get("/readyz")).json()
    codes = [error["extensions"]["code"] for error in response.json().get("errors", [])]
    assert codes == ([] if allowed else ["UNAUTHENTICATED"])
    changed = allowed and query.startswith("mutation")
    assert ready["algorithms"][0]["status"] == ("testing" if changed else "production")


async def test_a_foreign_page_changes_nothing(opened: Open) -> None:
    async with opened() as client:
        foreign = {"Origin": "https://evil.example"}
        body = {"parent_mlalgorithm": 1, "status": "testing", "created_by": "eve"}
        assert (
            await client.post("/api/v1/mlalgorithmstatuses", json=body, headers=foreign)
        ).status_code == 403
        assert (await client.post(PREDICT, json=ROW, headers=foreign)).status_code == 403
        assert (await client.get("/api/v1/mlrequests")).json() == []
        assert (await client.get("/readyz")).json()["algorithms"] == SHIPPED


async def test_an_open_address_without_any_caller_is_refused(opened: Open) -> None:
    with pytest.raises(InvalidSettings) as caught:
        async with opened(host="0.0.0.0"):
            pytest.fail("it started")
    assert caught.value.message == (
        "ARBITER_HOST is '0.0.0.0', which other machines can reach, but there is no API key and nothing is granted "
        "to anonymous callers: create a key with `arbiter keys create NAME --scope admin`, or set "
        'ARBITER_ANONYMOUS_SCOPES, for example to "predict feedback"'
    )


async def test_an_open_address_with_anonymous_scopes_starts(opened: Open) -> None:
    async with opened(host="0.0.0.0", anonymous_scopes="predict feedback") as client:
        assert (await client.post(PREDICT, json=ROW)).json()["status"] == "OK"
        page = await client.get("/graphql", headers={"Accept": "text/html"})
    # A browser gets the page that asks for a key.
    assert page.status_code == 200
    assert "income" not in page.text


async def test_a_body_that_is_too_large_is_not_logged(opened: Open) -> None:
    async with opened() as client:
        answer = await client.post(PREDICT, json={**ROW, "workclass": "x" * 10_000_000})
        rows = (await client.get("/api/v1/mlrequests")).json()
    assert answer.status_code == 413
    assert answer.json() == {"detail": "the request body is larger than 8388608 bytes: send less at once"}
    assert rows == []
