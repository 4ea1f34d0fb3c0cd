"""The whole application with tokens: at every edge, beside API keys, and what it refuses to be."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from time import time
from typing import Any

import httpx
import pytest

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.callers import Scope
from domain.errors import InvalidInput, InvalidSettings
from serving.services import Services
from tests.arbiter.issuer import AUDIENCE, NAME, Issuer, Publisher, publishing
from tests.arbiter.processes import arbiter
from tests.serving.world import small_registry

ISSUER = Issuer()
SOON = int(time()) + 3600
PREDICT = "mutation P($i: PredictInput!) { predict(input: $i) { request { requestId } userErrors { code } } }"


@asynccontextmanager
async def opened(folder: Path, source: str, **given: object) -> AsyncIterator[httpx.AsyncClient]:
    values = {
        "database_url": f"sqlite://{folder / 'arbiter.db'}",
        "jwt_jwks": source,
        "jwt_issuer": NAME,
        "jwt_audience": AUDIENCE,
        "anonymous_scopes": "",
        "access_log": False,
    }
    app = create_app(
        Settings.load(**(values | given)), build=partial(wiring.build, registry=small_registry())
    )
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
    ):
        client.services = app.state.services  # type: ignore[attr-defined]
        yield client


@pytest.fixture
def keys(tmp_path: Path) -> str:
    path = tmp_path / "keys.json"
    path.write_bytes(ISSUER.document())
    return str(path)


def bearer(**claims: Any) -> dict[str, str]:
    return {"Authorization": f"Bearer {ISSUER.token(**({'exp': SOON} | claims))}"}


async def ask(client: httpx.AsyncClient, query: str, headers: dict[str, str], **variables: Any) -> Any:
    body = {"query": query, "variables": variables}
    return (await client.post("/graphql", json=body, headers=headers)).json()


async def test_a_token_holds_its_scopes_at_every_edge(tmp_path: Path, keys: str) -> None:
    async with opened(tmp_path, keys) as client:
        reader, predictor = bearer(scope="read"), bearer(scope="predict")
        found = await ask(client, "{ viewer { name anonymous scopes } }", reader)
        assert found["data"]["viewer"] == {"name": "jwt:ann", "anonymous": False, "scopes": ["READ"]}
        row = {"x": 1, "colour": "red"}
        assert (await client.get("/api/v1/endpoints", headers=reader)).status_code == 200
        refused = await client.post("/api/v1/levels/predict", json=row, headers=reader)
        assert refused.status_code == 403
        assert refused.json()["detail"] == (
            "the token of 'jwt:ann' lacks the scope `predict`: use one that carries it"
        )
        assert (await client.post("/api/v1/levels/predict", json=row, headers=predictor)).status_code == 200
        assert (await client.get("/api/v1/endpoints", headers=predictor)).status_code == 403
        counted = await ask(client, "{ requests { totalCount } }", reader)
        assert counted == {"data": {"requests": {"totalCount": 1}}}


async def test_a_token_that_does_not_count_is_refused_in_the_shape_of_its_edge(
    tmp_path: Path, keys: str
) -> None:
    async with opened(tmp_path, keys) as client:
        late, message = bearer(exp=1), "the token has expired (`exp`): get a new one"
        bodies = {
            "/graphql": {
                "errors": [
                    {
                        "message": message,
                        "extensions": {"code": "UNAUTHENTICATED", "reason": "INVALID_TOKEN"},
                    }
                ]
            },
            "/api/v1/levels/predict": {"detail": message},
            "/docs": {"detail": message, "code": "UNAUTHENTICATED", "reason": "INVALID_TOKEN"},
        }
        for path, body in bodies.items():
            answer = await client.post(path, json={}, headers=late)
            assert (answer.status_code, answer.json()) == (401, body)
            assert answer.headers["www-authenticate"] == (
                f'Bearer error="invalid_token", error_description="{message}"'
            )


async def test_two_subjects_and_a_key_have_idempotency_keys_of_their_own(tmp_path: Path, keys: str) -> None:
    async with opened(tmp_path, keys) as client:
        services: Services = client.services  # type: ignore[attr-defined]
        _, secret = await services.keys.create("ann", frozenset({Scope.PREDICT}))
        callers = [
            bearer(sub="ann", scope="predict"),
            bearer(sub="bob", scope="predict"),
            bearer(sub="ann", scope="predict admin", kid="rsa"),
            {"Authorization": f"Bearer {secret}"},
        ]
        wanted = {"endpoint": "levels", "features": {"x": 1, "colour": "red"}, "idempotencyKey": "once"}
        ids = [
            (await ask(client, PREDICT, caller, i=wanted))["data"]["predict"]["request"]["requestId"]
            for caller in callers
        ]
        assert ids[0] == ids[2]
        assert len(set(ids)) == 3


@pytest.mark.parametrize("name", ["anonymous", "jwt:ann", "jwt:"])
async def test_no_api_key_is_called_as_other_callers_are(tmp_path: Path, keys: str, name: str) -> None:
    async with opened(tmp_path, keys) as client:
        services: Services = client.services  # type: ignore[attr-defined]
        with pytest.raises(InvalidInput, match="must not be `anonymous` nor begin with `jwt:`") as caught:
            await services.keys.create(name, frozenset(Scope))
        assert caught.value.path == ("name",)
        assert await services.keys.list() == []


async def test_a_server_that_others_reach_needs_no_api_key_where_tokens_are_accepted(
    tmp_path: Path, keys: str
) -> None:
    async with opened(tmp_path, keys, host="192.0.2.7", allowed_hosts="127.0.0.1") as client:
        found = await ask(client, "{ viewer { name } }", bearer())
        assert found == {"data": {"viewer": {"name": "jwt:ann"}}}
        assert (await client.get("/api/v1/endpoints")).status_code == 401


async def test_keys_come_from_a_url_while_the_application_runs(tmp_path: Path) -> None:
    publisher: Publisher
    with publishing(ISSUER.document()) as publisher:
        async with opened(tmp_path, publisher.url) as client:
            found = await ask(client, "{ viewer { name } }", bearer())
            assert found == {"data": {"viewer": {"name": "jwt:ann"}}}
            assert publisher.asked == 1


async def test_without_keys_a_token_is_an_unknown_api_key(tmp_path: Path) -> None:
    app = create_app(
        Settings.load(database_url=f"sqlite://{tmp_path / 'arbiter.db'}", access_log=False),
        build=partial(wiring.build, registry=small_registry()),
    )
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://127.0.0.1:8000") as client,
    ):
        answer = await client.get("/api/v1/endpoints", headers=bearer())
        assert (answer.status_code, answer.json()) == (
            401,
            {"detail": "the API key is not valid: it is unknown or was revoked"},
        )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (
            {"jwt_jwks": "keys.json"},
            "ARBITER_JWT_JWKS is set without ARBITER_JWT_ISSUER: a token that was made for somebody else would be "
            "accepted; set it too; ARBITER_JWT_JWKS is set without ARBITER_JWT_AUDIENCE: a token that was made for "
            "somebody else would be accepted; set it too",
        ),
        (
            {"jwt_audience": AUDIENCE},
            "ARBITER_JWT_AUDIENCE is set without ARBITER_JWT_JWKS: name the keys of the issuer, or unset it",
        ),
    ],
)
def test_settings_that_need_each_other_are_set_together(given: dict[str, str], problem: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.load(**given)
    assert caught.value.message == problem


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example/keys",
        "https://ann:swordfish@login.example/keys",
        "ftp://login.example/keys",
        "file:///etc/passwd",
        "https://",
        "http://[::1",
    ],
)
def test_keys_come_only_from_where_nobody_can_change_them_on_the_way(url: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        Settings.load(jwt_jwks=url, jwt_issuer=NAME, jwt_audience=AUDIENCE)
    assert "a URL must be https, without user and password; http only on loopback" in caught.value.message
    assert "swordfish" not in caught.value.message


@pytest.mark.parametrize(
    "url", ["https://login.example/keys", "http://127.0.0.1:9/keys", "http://localhost/keys"]
)
def test_https_and_loopback_are_good_sources_of_keys(url: str) -> None:
    assert Settings.load(jwt_jwks=url, jwt_issuer=NAME, jwt_audience=AUDIENCE).jwt_jwks == url


@pytest.mark.matrix
def test_a_file_that_is_not_there_ends_the_start_with_one_line(tmp_path: Path) -> None:
    result = arbiter(
        "serve",
        "--port",
        "0",
        cwd=tmp_path,
        database_url=f"sqlite://{tmp_path / 'arbiter.db'}",
        jwt_jwks="nowhere.json",
        jwt_issuer=NAME,
        jwt_audience=AUDIENCE,
    )
    assert result.returncode == 1
    assert result.stderr == (
        "arbiter: ARBITER_JWT_JWKS: 'nowhere.json' holds no usable keys (FileNotFoundError: [Errno 2] No such "
        "file or directory: 'nowhere.json'): name a JSON file with `keys`, or an https URL\n"
    )
