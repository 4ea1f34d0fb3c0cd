"""What every URL does alike: spellings, negotiation, OPTIONS, methods, headers."""

from __future__ import annotations

import httpx
import pytest

from tests.rest.rows import POOR

LISTS = ("endpoints", "mlalgorithms", "mlalgorithmstatuses", "mlrequests", "abtests")
PARSES = ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]


@pytest.mark.parametrize("spelling", ["", "/", ".json", "/.json"])
async def test_root_links_to_the_five_lists(client: httpx.AsyncClient, spelling: str) -> None:
    response = await client.get(f"/api/v1{spelling}")
    assert response.status_code == 200
    assert response.json() == {name: f"http://127.0.0.1:8000/api/v1/{name}" for name in LISTS}
    assert response.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize("name", LISTS)
async def test_every_spelling_of_a_list_gives_the_same(client: httpx.AsyncClient, name: str) -> None:
    plain = await client.get(f"/api/v1/{name}")
    assert plain.status_code == 200
    for spelling in ("/", ".json", ".json/", "?format=json", "/?format=json", "?format="):
        other = await client.get(f"/api/v1/{name}{spelling}")
        assert (other.status_code, other.content) == (200, plain.content)


@pytest.mark.parametrize("path", ["endpoints/1", "mlalgorithms/2", "mlalgorithmstatuses/3"])
async def test_every_spelling_of_one_thing_gives_the_same(client: httpx.AsyncClient, path: str) -> None:
    plain = await client.get(f"/api/v1/{path}")
    assert plain.json()["id"] == int(path[-1])
    for spelling in ("/", ".json", ".json/", "?format=json"):
        assert (await client.get(f"/api/v1/{path}{spelling}")).content == plain.content


async def test_every_spelling_predicts(client: httpx.AsyncClient) -> None:
    for spelling in ("", "/", ".json", ".json/", "?format=json"):
        response = await client.post(f"/api/v1/income_classifier/predict{spelling}", json=POOR)
        assert response.json()["label"] == "<=50K"


@pytest.mark.parametrize(
    "path",
    ["endpoints.xml", "endpoints?format=xml", "endpoints/1.yaml", "mlrequests.csv"],
)
async def test_unknown_format_is_not_found(client: httpx.AsyncClient, path: str) -> None:
    response = await client.get(f"/api/v1/{path}")
    assert (response.status_code, response.json()) == (404, {"detail": "Not found."})


@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/json; indent=4",
        "APPLICATION/JSON",
        "application/*",
        "",
    ],
)
async def test_json_is_given_to_whoever_can_read_it(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.get("/api/v1/endpoints", headers={"accept": accept})
    assert (response.status_code, response.headers["content-type"]) == (200, "application/json")
    assert [row["name"] for row in response.json()] == [
        "income_classifier",
        "premium_insurance",
        "wine_cultivar",
    ]


@pytest.mark.parametrize("accept", ["application/xml", "image/png, text/plain"])
async def test_other_media_types_are_not_acceptable(client: httpx.AsyncClient, accept: str) -> None:
    response = await client.get("/api/v1/endpoints", headers={"accept": accept})
    assert response.status_code == 406
    assert response.json() == {"detail": "Could not satisfy the request Accept header."}


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("endpoints", "GET, HEAD, OPTIONS"),
        ("endpoints/1", "GET, HEAD, OPTIONS"),
        ("mlalgorithms", "GET, HEAD, OPTIONS"),
        ("mlalgorithmstatuses", "GET, POST, HEAD, OPTIONS"),
        ("mlalgorithmstatuses/1", "GET, HEAD, OPTIONS"),
        ("mlrequests", "GET, HEAD, OPTIONS"),
        ("mlrequests/1", "GET, PUT, PATCH, HEAD, OPTIONS"),
        ("abtests", "GET, POST, HEAD, OPTIONS"),
        ("abtests/1", "GET, PUT, PATCH, HEAD, OPTIONS"),
        ("income_classifier/predict", "POST, OPTIONS"),
        ("income_classifier/predict_batch", "POST, OPTIONS"),
        ("income_classifier/feedback", "PUT, PATCH, OPTIONS"),
        ("income_classifier/feedback_batch", "POST, OPTIONS"),
        ("stop_ab_test/1", "POST, OPTIONS"),
    ],
)
async def test_other_methods_are_not_allowed(client: httpx.AsyncClient, path: str, allow: str) -> None:
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"} - set(allow.split(", ")):
        response = await client.request(method, f"/api/v1/{path}", content=b"{")
        assert response.status_code == 405
        assert response.json() == {"detail": f'Method "{method}" not allowed.'}
        assert response.headers["allow"] == allow
    assert (await client.options(f"/api/v1/{path}")).headers["allow"] == allow


@pytest.mark.parametrize(
    ("path", "name", "actions"),
    [
        ("", "Api Root", None),
        ("endpoints", "Endpoint List", None),
        ("endpoints/1", "Endpoint Instance", None),
        ("mlalgorithms", "Ml Algorithm List", None),
        ("mlalgorithmstatuses", "Ml Algorithm Status List", ["POST"]),
        ("mlrequests/7", "Ml Request Instance", ["PUT"]),
        ("abtests/7", "Ab Test Instance", ["PUT"]),
        ("stop_ab_test/1", "Stop Ab Test", None),
    ],
)
async def test_options_describes(
    client: httpx.AsyncClient, path: str, name: str, actions: list[str] | None
) -> None:
    facts = (await client.options(f"/api/v1/{path}")).json()
    assert facts["name"] == name
    assert facts["renders"] == ["application/json", "text/html"]
    assert facts["parses"] == PARSES
    assert (list(facts["actions"]) if "actions" in facts else None) == actions


async def test_options_names_the_fields_of_a_status(client: httpx.AsyncClient) -> None:
    facts = (await client.options("/api/v1/mlalgorithmstatuses")).json()
    assert facts["actions"]["POST"]["status"] == {
        "type": "string",
        "required": True,
        "read_only": False,
        "label": "Status",
        "max_length": 128,
    }
    assert facts["actions"]["POST"]["active"] == {
        "type": "boolean",
        "required": False,
        "read_only": True,
        "label": "Active",
    }


@pytest.mark.parametrize(
    "path",
    ["nothing", "nothing/", "endpoints/1/2", "/predict", "mlrequests/1/feedback", "stop_ab_test", "predict"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_unknown_url_is_not_found_as_json(client: httpx.AsyncClient, path: str, method: str) -> None:
    response = await client.request(method, f"/api/v1/{path}")
    expected = (405, "not allowed") if (method, path) == ("GET", "/predict") else (404, "Not found.")
    assert response.status_code == expected[0]
    assert expected[1] in response.json()["detail"]


async def test_answers_vary_with_accept_and_origin(client: httpx.AsyncClient) -> None:
    response = await client.get("/api/v1/endpoints")
    assert response.headers["vary"] == "Accept, Origin"
