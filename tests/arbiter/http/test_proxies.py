"""What stands between the world and the server: a proxy's scheme, a prefix, the other spelling of a path, an icon."""

from __future__ import annotations

import gzip
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from xml.etree import ElementTree

import httpx
import pytest
from starlette.types import Message, Receive, Scope, Send

from arbiter import wiring
from arbiter.app import create_app
from arbiter.http.proxies import ProxyRewrite
from arbiter.settings import Settings
from domain.errors import InvalidSettings
from tests.serving.world import small_registry

NAME = {"query": "{ viewer { name } }"}
ANONYMOUS = {"data": {"viewer": {"name": "anonymous"}}}
ROW = {"x": 1, "colour": "red"}
EXPORT = {"query": "{ requests { exportUrl(format: CSV) } }"}


@asynccontextmanager
async def opened(
    url: str, *, host: str = "127.0.0.1:8000", **given: object
) -> AsyncIterator[httpx.AsyncClient]:
    known = () if host == "evil.example" else (httpx.URL(f"http://{host}").host,)
    settings = Settings.load(database_url=url, access_log=False, allowed_hosts=known, **given)
    app = create_app(settings, build=partial(wiring.build, registry=small_registry()))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=f"http://{host}") as client,
    ):
        yield client


async def scope_inside(kind: str, path: str, headers: list[tuple[bytes, bytes]], proxies: int) -> Scope:
    found: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        found.append(scope)

    async def receive() -> Message:
        raise AssertionError

    async def send(_message: Message) -> None:
        raise AssertionError

    scheme = "ws" if kind == "websocket" else "http"
    scope = {"type": kind, "path": path, "headers": headers, "scheme": scheme}
    await ProxyRewrite(app, root="", proxies=proxies)(scope, receive, send)
    return found[0]


@pytest.mark.parametrize(
    ("proxies", "said", "scheme"),
    [
        (0, ["https"], "http"),
        (1, [], "http"),
        (1, ["https"], "https"),
        (1, ["HTTPS"], "https"),
        (1, [' "https" '], "https"),
        (1, ["wss"], "https"),
        (1, ["http"], "http"),
        (1, ["http, https"], "https"),
        (1, ["https, http"], "http"),
        (1, ["http", "https"], "https"),
        (1, ["https,"], "http"),
        (1, ["ftp"], "http"),
        (1, ["javascript:alert(1)//"], "http"),
        (1, ["\xff"], "http"),
        (2, ["https, http"], "https"),
        (2, ["http, https, http"], "https"),
        (2, ["https"], "https"),
    ],
)
async def test_scheme_is_what_the_outermost_trusted_proxy_was_called_by(
    sqlite_url: str, proxies: int, said: list[str], scheme: str
) -> None:
    headers = [("X-Forwarded-Proto", value.encode("latin-1")) for value in said]
    async with opened(sqlite_url, proxies=proxies, host="arbiter.example") as client:
        links = (await client.get("/api/v1/", headers=headers)).json()  # type: ignore[arg-type]
    assert links["endpoints"] == f"{scheme}://arbiter.example/api/v1/endpoints"


async def test_forwarded_host_and_prefix_are_never_believed(sqlite_url: str) -> None:
    headers = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "proto=https;host=evil.example",
    }
    async with opened(sqlite_url, proxies=1) as client:
        links = (await client.get("/api/v1/", headers=headers)).json()
    assert links["endpoints"] == "http://127.0.0.1:8000/api/v1/endpoints"


async def test_socket_behind_tls_is_a_secure_socket() -> None:
    said = [(b"x-forwarded-proto", b"https")]
    assert (await scope_inside("websocket", "/graphql", said, 1))["scheme"] == "wss"
    assert (await scope_inside("websocket", "/graphql", said, 0))["scheme"] == "ws"


@pytest.mark.parametrize("passed_on", ["/team/arbiter", ""])
async def test_prefix_stands_before_every_link_whether_the_proxy_passes_it_on_or_not(
    sqlite_url: str, passed_on: str
) -> None:
    async with opened(sqlite_url, root_path="/team/arbiter/", proxies=1) as client:
        proto = {"X-Forwarded-Proto": "https"}
        links = (await client.get(f"{passed_on}/api/v1/", headers=proto)).json()
        page = await client.get(f"{passed_on}/", headers={"Accept": "*/*"})
        facts = (await client.get(f"{passed_on}/", headers={"Accept": "application/json"})).json()["links"]
        documents = (await client.get(f"{passed_on}/docs")).json()["documents"]
        graphiql = await client.get(f"{passed_on}/graphql", headers={"Accept": "text/html"})
        url = (await client.post(f"{passed_on}/graphql", json=EXPORT)).json()["data"]["requests"]["exportUrl"]
        export = await client.get(url)
        ready = await client.get("/readyz")
        lost = await client.get(f"{passed_on}/api/v1/nowhere")
    assert links["endpoints"] == "https://127.0.0.1:8000/team/arbiter/api/v1/endpoints"
    assert 'href="/team/arbiter/graphql"' in page.text
    assert 'href="/team/arbiter/docs/settings.md"' in page.text
    assert 'href="/' not in page.text.replace('href="/team/arbiter/', "")
    assert set(facts.values()) == {
        f"/team/arbiter/{p}" for p in ("graphql", "api/v1/", "docs", "readyz", "livez")
    }
    assert "/team/arbiter/docs/settings.md" in documents
    assert "/team/arbiter/graphql/assets/" in graphiql.text
    assert '"/graphql' not in graphiql.text
    assert url.startswith("/team/arbiter/exports/requests.csv?")
    assert (export.status_code, ready.status_code) == (200, 200)
    assert (lost.status_code, lost.json()) == (404, {"detail": "Not found."})


async def test_prefix_alone_is_the_front_page_and_its_beginning_is_not_the_prefix(sqlite_url: str) -> None:
    async with opened(sqlite_url, root_path="/ml") as client:
        assert (await client.get("/ml", headers={"Accept": "application/json"})).json()["name"] == "Arbiter"
        assert (await client.get("/mlops/readyz")).status_code == 404


async def test_keyless_get_of_graphql_is_guarded_under_every_spelling(sqlite_url: str) -> None:
    async with opened(sqlite_url, host="evil.example", root_path="/ml") as client:
        for path in ("/graphql", "/graphql/", "/ml/graphql", "/ml/graphql/"):
            answer = await client.get(path, params=NAME)
            assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (
                403,
                "FORBIDDEN",
            )


@pytest.mark.parametrize(
    "prefix", ["arbiter", "/a b", "/a//b", "/..", "/a/../b", "/é", "/a?b", "/<b>", "/$x"]
)
def test_prefix_that_is_none_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidSettings, match="ARBITER_ROOT_PATH"):
        Settings.load(root_path=prefix)


@pytest.mark.parametrize("prefix", ["/api", "/graphql/x", "/docs", "/readyz"])
def test_prefix_that_could_be_a_path_of_the_server_is_refused(prefix: str) -> None:
    with pytest.raises(InvalidSettings, match="must not begin like the server's own URLs"):
        Settings.load(root_path=prefix)


@pytest.mark.parametrize(("given", "taken"), [("", None), ("/", None), ("/ml", "/ml"), ("/ml/", "/ml")])
def test_slash_at_the_end_of_a_prefix_means_nothing(given: str, taken: str | None) -> None:
    assert Settings.load(root_path=given).root_path == taken


async def test_graphql_is_served_with_a_slash_too(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        assert (await client.post("/graphql/", json=NAME)).json() == ANONYMOUS
        assert (await client.get("/graphql/", params=NAME)).json() == ANONYMOUS
        page = await client.get("/graphql/", headers={"Accept": "text/html"})
        wrong = await client.post("/graphql/", content="no", headers={"Content-Type": "application/json"})
    assert "/graphql/assets/" in page.text
    assert wrong.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("path", ["/graphql", "/graphql/", "/ml/graphql/"])
async def test_socket_is_served_with_a_slash_too(sqlite_url: str, path: str) -> None:
    settings = Settings.load(database_url=sqlite_url, access_log=False, root_path="/ml")
    app = create_app(settings, build=partial(wiring.build, registry=small_registry()))
    coming = deque[Message](
        [
            {"type": "websocket.connect"},
            {"type": "websocket.receive", "text": '{"type": "connection_init"}'},
            {"type": "websocket.disconnect", "code": 1000},
        ]
    )
    sent: list[Message] = []

    async def receive() -> Message:
        return coming.popleft()

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "ws",
        "headers": [(b"host", b"127.0.0.1:8000")],
        "subprotocols": ["graphql-transport-ws"],
    }
    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["websocket.accept", "websocket.send"]
    assert sent[1]["text"] == '{"type":"connection_ack"}'


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics", "/docs", "/favicon.ico"])
async def test_system_pages_are_served_with_a_slash_too_and_by_head(sqlite_url: str, path: str) -> None:
    async with opened(sqlite_url) as client:
        for spelling in (path, f"{path}/"):
            plain, head = await client.get(spelling), await client.head(spelling)
            assert (plain.status_code, head.status_code, head.content) == (200, 200, b"")
            assert head.headers["content-type"] == plain.headers["content-type"]


async def test_browsers_get_a_page_of_documents_and_programs_a_list(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        page = await client.get("/docs/", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
        listed = await client.get("/docs", headers={"Accept": "*/*"})
        head = await client.head("/docs", headers={"Accept": "text/html"})
    assert page.headers["content-type"] == head.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    names = listed.json()["documents"]
    assert "/docs/settings.md" in names
    assert [name for name in names if f'href="{name}"' not in page.text] == []


async def test_icon_is_a_small_picture_that_browsers_keep(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        icon = await client.get("/favicon.ico")
        page = await client.get("/", headers={"Accept": "*/*"})
    assert (icon.status_code, icon.headers["content-type"]) == (200, "image/svg+xml")
    assert icon.headers["cache-control"] == "public, max-age=86400"
    assert ElementTree.fromstring(icon.content).tag == "{http://www.w3.org/2000/svg}svg"
    assert '<link rel="icon" href="/favicon.ico" type="image/svg+xml">' in page.text
    assert "img-src 'self'" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "coding", ["gzip", "x-gzip", "GZIP", "br", "deflate", "zstd", "identity, gzip", "nonsense"]
)
@pytest.mark.parametrize("edge", ["predict", "form", "multipart", "statuses", "graphql"])
@pytest.mark.matrix
async def test_compressed_body_is_refused_as_such_on_every_edge(
    sqlite_url: str, edge: str, coding: str
) -> None:
    path, kind = {
        "predict": ("/api/v1/levels/predict", "application/json"),
        "form": ("/api/v1/levels/predict", "application/x-www-form-urlencoded"),
        "multipart": ("/api/v1/levels/predict", "multipart/form-data; boundary=B"),
        "statuses": ("/api/v1/mlalgorithmstatuses", "application/json"),
        "graphql": ("/graphql", "application/json"),
    }[edge]
    headers = {"Content-Type": kind, "Content-Encoding": coding}
    async with opened(sqlite_url) as client:
        answer = await client.post(path, content=gzip.compress(b'{"x": 1}'), headers=headers)
        stored = (await client.get("/api/v1/mlrequests")).json()
    said = f"Content-Encoding {coding.lower()!r} is not taken: send the body as it is, without that header"
    assert (answer.status_code, answer.headers["accept-encoding"]) == (415, "identity")
    found = answer.json()["errors"][0]["message"] if edge == "graphql" else answer.json()["detail"]
    assert (found.removesuffix("."), stored) == (said, [])


@pytest.mark.parametrize("coding", ["identity", "Identity", "", " identity , identity "])
async def test_identity_is_no_compression(sqlite_url: str, coding: str) -> None:
    async with opened(sqlite_url) as client:
        answer = await client.post("/api/v1/levels/predict", json=ROW, headers={"Content-Encoding": coding})
        asked = await client.post("/graphql", json=NAME, headers={"Content-Encoding": coding})
    assert (answer.json()["status"], asked.json()) == ("OK", ANONYMOUS)


async def test_encoding_in_several_lines_is_seen(sqlite_url: str) -> None:
    lines = [
        ("Content-Encoding", "gzip"),
        ("Content-Encoding", "identity"),
        ("Content-Type", "application/json"),
    ]
    async with opened(sqlite_url) as client:
        for path in ("/api/v1/levels/predict", "/graphql"):
            answer = await client.post(path, content=gzip.compress(b"{}"), headers=lines)
            assert answer.status_code == 415
