"""Who gets in: keys, hosts, origins, preflights and bodies, through the middleware around an app that echoes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from arbiter.auth.gate import Gate
from arbiter.http.middleware import RequestContext, RequestGuard
from arbiter.settings import Settings
from domain.callers import Principal, Scope

KEY = "arb_secret"
HOLDER = Principal("front-end", frozenset({Scope.PREDICT}))
MAX_BODY = 2048
PATHS = ("/api/v1/income_classifier/predict", "/graphql", "/other")
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "OPTIONS"]


async def echo(request: Request) -> JSONResponse:
    body = await request.body()
    principal: Principal = request.state.principal
    return JSONResponse(
        {"name": principal.name, "scopes": sorted(principal.scopes), "bytes": len(body)},
    )


async def broken(_request: Request) -> JSONResponse:
    raise RuntimeError("age is 37")


async def look_up(secret: str) -> Principal | None:
    return HOLDER if secret == KEY else None


class Calls:
    """Every call that was counted."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str, int]] = []

    def observe(self, path: str, method: str, status: int, seconds: float | None) -> None:
        assert seconds is None or seconds >= 0
        self.seen.append((path, method, status))


def app_with(calls: Calls | None = None, **settings: object) -> Starlette:
    gate = Gate.of(Settings.load(**settings))
    observe = (calls or Calls()).observe
    return Starlette(
        routes=[
            *(Route(path, echo, methods=METHODS) for path in PATHS),
            Route("/api/v1/broken", broken),
            Route("/graphql/", broken),
        ],
        middleware=[
            Middleware(RequestContext, observe=observe, access_log=None),
            Middleware(RequestGuard, gate=gate, look_up=look_up, max_body=MAX_BODY),
        ],
    )


def client_of(app: Starlette, host: str = "127.0.0.1:8000") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app)
    return httpx.AsyncClient(transport=transport, base_url=f"http://{host}")


async def call(
    app: Starlette, method: str, path: str, host: str = "127.0.0.1:8000", **more: Any
) -> httpx.Response:
    async with client_of(app, host) as client:
        return await client.request(method, path, **more)


async def test_a_keyless_caller_on_loopback_holds_every_scope() -> None:
    response = await call(app_with(), "POST", "/graphql")
    assert response.status_code == 200
    assert response.json() == {
        "name": "anonymous",
        "scopes": ["admin", "feedback", "predict", "read", "read:private"],
        "bytes": 0,
    }


async def test_a_keyless_caller_elsewhere_holds_nothing() -> None:
    response = await call(app_with(host="192.0.2.7"), "GET", "/graphql", host="192.0.2.7:8000")
    assert response.json()["scopes"] == []


@pytest.mark.parametrize(
    "header", [{"Authorization": f"Bearer {KEY}"}, {"authorization": f"bearer  {KEY}"}, {"X-API-Key": KEY}]
)
async def test_a_key_is_read_from_either_header(header: dict[str, str]) -> None:
    response = await call(app_with(), "POST", "/graphql", headers=header)
    assert response.json() == {"name": "front-end", "scopes": ["predict"], "bytes": 0}


READS = "the Authorization header must read `Bearer KEY`"
NONE_SENT = "the {} header holds no key but {}: the caller had none to send"
SEVERAL = "different keys were sent with one call: send one"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "headers",
    [
        [("authorization", "")],
        [("authorization", "  ")],
        [("x-api-key", "")],
        [("x-api-key", " "), ("authorization", "")],
        [("authorization", ""), ("authorization", " ")],
    ],
)
async def test_an_empty_key_counts_as_none(path: str, method: str, headers: list[tuple[str, str]]) -> None:
    response = await call(app_with(), method, path, headers=headers)
    assert response.status_code == 200
    assert response.json()["name"] == "anonymous"


@pytest.mark.parametrize(
    "headers",
    [
        [("authorization", ""), ("x-api-key", KEY)],
        [("authorization", f"Bearer {KEY}"), ("x-api-key", "")],
        [("authorization", f"Bearer {KEY}"), ("x-api-key", KEY)],
        [("authorization", ""), ("authorization", f"Bearer {KEY}")],
        [("authorization", f"Bearer {KEY}"), ("authorization", "")],
        [("authorization", f"Bearer {KEY}"), ("authorization", f"bearer {KEY}")],
        [("x-api-key", f"Bearer {KEY}")],
    ],
)
async def test_one_key_among_empty_ones_counts_however_often_it_is_sent(
    headers: list[tuple[str, str]],
) -> None:
    response = await call(app_with(), "POST", "/graphql", headers=headers)
    assert response.json()["name"] == "front-end"


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("name", ["authorization", "x-api-key"])
async def test_of_several_headers_with_different_keys_none_is_chosen(name: str, order: int) -> None:
    headers = [(name, f"Bearer {KEY}"), (name, "Bearer other")][::order]
    response = await call(app_with(), "POST", PATHS[0], headers=headers)
    assert (response.status_code, response.json()) == (401, {"detail": SEVERAL})


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ({"Authorization": "Bearer wrong"}, "the API key is not valid: it is unknown or was revoked"),
        ({"X-API-Key": "wrong"}, "the API key is not valid: it is unknown or was revoked"),
        ({"Authorization": "Basic YTpi"}, "the Authorization header must read `Bearer KEY`"),
        ({"Authorization": KEY}, "the Authorization header must read `Bearer KEY`"),
        ({"Authorization": "Bearer"}, f"{READS}: there is no key in it"),
        ({"Authorization": "Bearer  "}, f"{READS}: there is no key in it"),
        ({"X-API-Key": "bearer"}, "the X-API-Key header must read `Bearer KEY`: there is no key in it"),
        ({"X-API-Key": "Basic YTpi"}, "the X-API-Key header must read `Bearer KEY`, or KEY alone"),
        ({"Authorization": "Bearer undefined"}, NONE_SENT.format("Authorization", "`undefined`")),
        ({"Authorization": "Bearer null"}, NONE_SENT.format("Authorization", "`null`")),
        ({"Authorization": "bearer None"}, NONE_SENT.format("Authorization", "`none`")),
        ({"Authorization": "undefined"}, NONE_SENT.format("Authorization", "`undefined`")),
        ({"Authorization": "Bearer [object Promise]"}, NONE_SENT.format("Authorization", "an object")),
        ({"X-API-Key": "null"}, NONE_SENT.format("X-API-Key", "`null`")),
        ({"Authorization": f"Bearer {KEY}", "X-API-Key": "other"}, SEVERAL),
        ({"Authorization": f"Bearer {KEY}, Bearer other"}, SEVERAL),
    ],
)
async def test_an_invalid_key_never_counts_as_no_key(header: dict[str, str], message: str) -> None:
    for method in ("GET", "POST"):
        response = await call(app_with(), method, "/api/v1/income_classifier/predict", headers=header)
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == "Bearer"
        assert response.json() == {"detail": message}


LOCAL, OTHER_HOST = "localhost:8000", "evil.example"
NONE, LOOPBACK, LISTED, FOREIGN, OPAQUE = (
    None,
    "http://localhost:3000",
    "https://app.example",
    "https://evil.example",
    "null",
)


@pytest.mark.parametrize(
    ("method", "host", "origin", "status"),
    [
        ("POST", LOCAL, NONE, 200),
        ("POST", LOCAL, LOOPBACK, 200),
        ("POST", LOCAL, LISTED, 200),
        ("POST", LOCAL, FOREIGN, 403),
        ("POST", LOCAL, OPAQUE, 403),
        ("POST", LOCAL, "https://app.example.evil.example", 403),
        ("POST", LOCAL, "http://localhost.evil.example", 403),
        ("POST", LOCAL, "http://app.example", 403),
        ("POST", OTHER_HOST, NONE, 403),
        ("POST", OTHER_HOST, LISTED, 403),
        ("POST", "[::1]:8000", LOOPBACK, 200),
        ("POST", "arbiter.example", NONE, 200),
        ("PUT", LOCAL, FOREIGN, 403),
        ("PATCH", OTHER_HOST, NONE, 403),
        ("GET", LOCAL, FOREIGN, 200),
        ("GET", OTHER_HOST, FOREIGN, 403),
        ("GET", "arbiter.example", NONE, 200),
        ("HEAD", OTHER_HOST, NONE, 403),
        ("OPTIONS", OTHER_HOST, NONE, 403),
    ],
)
async def test_a_keyless_change_needs_a_known_host_and_origin(
    method: str, host: str, origin: str | None, status: int
) -> None:
    app = app_with(cors_origins=("https://app.example",), allowed_hosts=("arbiter.example",))
    headers = {} if origin is None else {"Origin": origin}
    response = await call(app, method, PATHS[0], host=host, headers=headers)
    assert response.status_code == status


@pytest.mark.parametrize(
    ("settings", "path", "status"),
    [
        ({}, "/", 403),
        ({}, "/api/v1/mlrequests", 403),
        ({}, "/docs", 403),
        ({}, "/metrics", 403),
        ({}, "/readyz", 403),
        ({}, "/livez", 404),
        ({"host": "0.0.0.0"}, "/metrics", 404),
        ({"host": "0.0.0.0"}, "/readyz", 404),
        ({"anonymous_scopes": "read"}, "/", 404),
        ({"anonymous_scopes": "read"}, "/metrics", 404),
    ],
)
async def test_on_loopback_a_rebound_name_reads_only_that_the_server_lives(
    settings: dict[str, Any], path: str, status: int
) -> None:
    response = await call(app_with(**settings), "GET", path, host=OTHER_HOST)
    assert response.status_code == status
    if status == 403:
        assert "may not read anything under the host 'evil.example'" in response.text
    own = await call(app_with(**settings), "GET", path, host=OTHER_HOST, headers={"X-API-Key": KEY})
    assert own.status_code == 404  # through the gate, behind which there is no such page here


async def test_a_key_opens_every_host_and_origin() -> None:
    headers = {"Origin": FOREIGN, "X-API-Key": KEY}
    response = await call(app_with(), "POST", PATHS[0], host=OTHER_HOST, headers=headers)
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


async def test_scopes_granted_by_name_open_every_host_and_origin() -> None:
    app = app_with(host="0.0.0.0", anonymous_scopes="predict feedback")
    response = await call(app, "POST", PATHS[0], host=OTHER_HOST, headers={"Origin": FOREIGN})
    assert response.status_code == 200
    assert response.json()["scopes"] == ["feedback", "predict"]
    assert response.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/income_classifier/predict", {"detail": "MESSAGE"}),
        ("/graphql", {"errors": [{"message": "MESSAGE", "extensions": {"code": "FORBIDDEN"}}]}),
        ("/other", {"detail": "MESSAGE", "code": "FORBIDDEN"}),
    ],
)
async def test_a_refusal_has_the_shape_of_its_edge(path: str, body: dict[str, object]) -> None:
    response = await call(app_with(), "POST", path, headers={"Origin": FOREIGN})
    message = (
        "a call without an API key may not change anything from the origin 'https://evil.example': "
        "send a key, or list the origin in ARBITER_CORS_ORIGINS"
    )
    assert response.status_code == 403
    assert response.text.replace(message, "MESSAGE") == httpx.Response(200, json=body).text


def preflight(origin: str, method: str) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "content-type, x-api-key",
    }


@pytest.mark.parametrize(
    ("scopes", "path", "origin", "method", "allowed"),
    [
        (None, PATHS[0], LOOPBACK, "POST", LOOPBACK),
        (None, PATHS[0], LISTED, "POST", LISTED),
        (None, PATHS[0], FOREIGN, "POST", None),
        (None, PATHS[0], FOREIGN, "GET", None),
        (None, PATHS[0], LOOPBACK, "GET", LOOPBACK),
        ("read", PATHS[0], FOREIGN, "GET", "*"),
        (None, "/graphql", FOREIGN, "GET", None),
        (None, "/graphql", LISTED, "POST", LISTED),
        ("predict", PATHS[0], FOREIGN, "POST", "*"),
        ("predict", "/graphql", FOREIGN, "POST", None),
        ("predict", "/graphql", LISTED, "POST", LISTED),
    ],
)
async def test_preflights_are_answered_for_those_who_may_call(
    scopes: str | None, path: str, origin: str, method: str, allowed: str | None
) -> None:
    app = app_with(cors_origins=(LISTED,), anonymous_scopes=scopes)
    response = await call(app, "OPTIONS", path, headers=preflight(origin, method))
    assert response.headers.get("access-control-allow-origin") == allowed
    assert response.headers["vary"] == "Origin"
    assert response.status_code == (403 if allowed is None else 200)
    if allowed is not None:
        assert response.content == b""
        assert response.headers["access-control-allow-headers"] == "content-type, x-api-key"
        assert response.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS, POST, PUT, PATCH"


async def test_keyless_server_on_loopback_answers_no_foreign_page() -> None:
    response = await call(app_with(), "GET", PATHS[0], headers={"Origin": FOREIGN})
    assert response.status_code == 200
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("settings", [{"host": "0.0.0.0"}, {"anonymous_scopes": "read"}])
async def test_reads_of_the_old_urls_answer_every_origin(settings: dict[str, Any]) -> None:
    response = await call(app_with(**settings), "GET", PATHS[0], headers={"Origin": FOREIGN})
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["access-control-expose-headers"] == "X-Request-ID, Retry-After, Location"


async def test_options_without_a_preflight_reaches_the_edge() -> None:
    response = await call(app_with(), "OPTIONS", PATHS[0], headers={"Origin": LOOPBACK})
    assert response.json()["name"] == "anonymous"


async def test_a_body_that_says_it_is_too_large_is_refused_unread() -> None:
    response = await call(app_with(), "POST", "/graphql", content=b"x" * (MAX_BODY + 1))
    assert response.status_code == 413
    assert response.json() == {
        "errors": [
            {
                "message": "the request body is larger than 2048 bytes: send less at once",
                "extensions": {"code": "PAYLOAD_TOO_LARGE"},
            }
        ]
    }


@pytest.mark.parametrize(("size", "status"), [(MAX_BODY, 200), (MAX_BODY + 1, 413), (100 * MAX_BODY, 413)])
@pytest.mark.parametrize("chunked", [True, False])
async def test_bodies_are_bounded_however_they_are_sent(size: int, status: int, chunked: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 1000):
            yield b"x" * min(1000, size - start)

    content: Any = chunks() if chunked else b"x" * size
    response = await call(app_with(), "POST", PATHS[0], content=content)
    assert response.status_code == status
    expected = (
        {"detail": "the request body is larger than 2048 bytes: send less at once"}
        if status == 413
        else {
            "name": "anonymous",
            "scopes": ["admin", "feedback", "predict", "read", "read:private"],
            "bytes": size,
        }
    )
    assert response.json() == expected


@pytest.mark.parametrize("given", ["abc-1", "550e8400-e29b-41d4-a716-446655440000"])
async def test_a_sane_request_id_is_kept(given: str) -> None:
    response = await call(app_with(), "GET", "/other", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>"])
async def test_another_request_id_is_replaced(given: str) -> None:
    response = await call(app_with(), "GET", "/other", headers={"X-Request-ID": given})
    assert response.headers["x-request-id"] != given
    assert len(response.headers["x-request-id"]) == 14


async def test_every_answer_has_its_own_request_id() -> None:
    app = app_with()
    async with client_of(app) as client:
        answers = await asyncio.gather(*(client.get("/other") for _ in range(20)))
        refused = await client.post("/other", headers={"Origin": FOREIGN})
    assert len({answer.headers["x-request-id"] for answer in [*answers, refused]}) == 21


async def test_an_unexpected_error_is_masked_and_counted() -> None:
    calls = Calls()
    response = await call(app_with(calls), "GET", "/api/v1/broken")
    body = response.json()
    assert response.status_code == 500
    assert body == {"detail": "Internal server error", "incident": body["incident"]}
    assert len(body["incident"]) == 16
    assert calls.seen == [("/api/v1/broken", "GET", 500)]


async def test_calls_are_counted_with_their_status() -> None:
    calls = Calls()
    app = app_with(calls)
    await call(app, "POST", "/graphql")
    await call(app, "POST", "/graphql", headers={"X-API-Key": "wrong"})
    await call(app, "GET", "/nowhere")
    assert calls.seen == [("/graphql", "POST", 200), ("/graphql", "POST", 401), ("/nowhere", "GET", 404)]


@pytest.mark.parametrize(
    ("origin", "key", "accepted"),
    [
        (None, None, True),
        (LOOPBACK, None, True),
        (FOREIGN, None, False),
        (FOREIGN, KEY, True),
        (None, "wrong", False),
    ],
)
async def test_a_socket_is_guarded_like_a_change(origin: str | None, key: str | None, accepted: bool) -> None:
    seen: list[Principal] = []
    sent: list[dict[str, Any]] = []

    async def socket_app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["state"]["principal"])
        await send({"type": "websocket.accept"})

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", b"localhost:8000")]
    headers += [(b"origin", origin.encode())] if origin else []
    headers += [(b"x-api-key", key.encode())] if key else []
    gate = Gate.of(Settings.load())
    doors = RequestGuard(socket_app, gate=gate, look_up=look_up, max_body=MAX_BODY)
    await doors({"type": "websocket", "path": "/graphql", "headers": headers}, receive, send)
    assert len(seen) == int(accepted)
    assert [message["type"] for message in sent] == ["websocket.accept" if accepted else "websocket.close"]
