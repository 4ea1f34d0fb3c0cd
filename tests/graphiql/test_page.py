from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from graph.http.graphiql import assets
from graph.http.graphiql.page import ExampleTab, content_security_policy, page_headers, render_page

TABS = [ExampleTab("First </script>", "{ a }", '{"x": "<&>"}'), ExampleTab("Second", "{ b }")]


class Loaded(HTMLParser):
    """Every address that a page names, and the text of its scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.scripts: list[tuple[str | None, str]] = []
        self._kind: str | None = None
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.addresses += [value for key in ("src", "href") if (value := named.get(key))]
        self._inside = tag == "script" and "src" not in named
        self._kind = named.get("type")

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.scripts.append((self._kind, data))


def names(page: str) -> list[str]:
    return [re.sub(r"-[0-9a-f]{16}", "", url.rsplit("/", 1)[1]) for url in Loaded(page).addresses]


def test_page_with_graphiql_loads_its_six_files_and_our_own(with_graphiql: assets.AssetStore) -> None:
    assert names(render_page(tabs=TABS, assets=with_graphiql)) == [
        "icon.svg",
        "graphiql.min.css",
        "explorer.css",
        "graphiql_page.css",
        "react.production.min.js",
        "react-dom.production.min.js",
        "graphiql.min.js",
        "explorer.umd.js",
        "graphiql_page.js",
    ]


def test_page_without_graphiql_loads_only_our_own_files(without_graphiql: assets.AssetStore) -> None:
    page = render_page(tabs=TABS, assets=without_graphiql)
    assert names(page) == ["icon.svg", "query_page.css", "query_page.js", "icon.svg"]


def test_every_address_in_a_page_is_served_below_its_endpoint(without_graphiql: assets.AssetStore) -> None:
    for url in Loaded(render_page(tabs=TABS, endpoint_path="/api/graphql")).addresses:
        folder, name = url.rsplit("/", 1)
        assert folder == "/api/graphql/assets"
        assert without_graphiql.served[name].body


def test_config_comes_back_whole_and_cannot_leave_its_script_element(
    without_graphiql: assets.AssetStore,
) -> None:
    page = render_page(tabs=TABS, endpoint_path="/graphql", assets=without_graphiql)
    [(kind, text)] = Loaded(page).scripts
    assert kind == "application/json"
    assert json.loads(text) == {
        "endpoint": "/graphql",
        "tabs": [
            {"title": "First </script>", "query": "{ a }", "variables": '{"x": "<&>"}'},
            {"title": "Second", "query": "{ b }", "variables": ""},
        ],
    }


def test_title_is_escaped(without_graphiql: assets.AssetStore) -> None:
    page = render_page(tabs=[], title="A <b> & c", assets=without_graphiql)
    assert "<title>A &lt;b&gt; &amp; c · GraphQL</title>" in page
    assert "<h1>A &lt;b&gt; &amp; c</h1>" in page


def test_policy_of_the_small_page_allows_this_host_only(without_graphiql: assets.AssetStore) -> None:
    assert content_security_policy(without_graphiql) == (
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
        "script-src 'self'; connect-src 'self'; img-src 'self' data:; manifest-src 'self'; style-src 'self'"
    )
    assert page_headers(without_graphiql)["content-security-policy"] == content_security_policy(
        without_graphiql
    )


def test_policy_of_graphiql_adds_inline_styles_and_embedded_fonts_but_no_inline_script(
    with_graphiql: assets.AssetStore,
) -> None:
    policy = dict(part.strip().split(" ", 1) for part in content_security_policy(with_graphiql).split(";"))
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self' 'unsafe-inline'"
    assert policy["font-src"] == "'self' data:"
    assert policy["connect-src"] == "'self'"


def test_a_changed_third_party_file_counts_as_missing(
    with_graphiql: assets.AssetStore, tmp_path: Path
) -> None:
    for name in assets.pinned_digests():
        (tmp_path / name).write_bytes((assets.VENDOR / name).read_bytes())
    assert assets.load_assets(tmp_path).has_graphiql
    (tmp_path / "explorer.css").write_text("body { display: none }")
    changed = assets.load_assets(tmp_path)
    assert changed.missing == ("explorer.css",)
    assert "explorer.css" not in changed.files
    assert "query_page.js" in names(render_page(tabs=[], assets=changed))


@pytest.mark.parametrize(
    "name",
    [
        "",
        "query_page.js",
        "../query_page.js",
        "..",
        "vendor.json",
        "assets.py",
        "/etc/passwd",
        "query_page-0.js",
    ],
)
def test_only_listed_names_are_assets(name: str, without_graphiql: assets.AssetStore) -> None:
    assert assets.asset(name) is None


def test_own_asset_is_found_under_the_digest_of_its_content(without_graphiql: assets.AssetStore) -> None:
    name = without_graphiql.files["query_page.js"].name
    assert re.fullmatch(r"query_page-[0-9a-f]{16}\.js", name)
    found = assets.asset(name)
    assert found is not None
    assert found.body == (assets.HERE / "query_page.js").read_bytes()
    assert found.media_type == "text/javascript; charset=utf-8"


@pytest.fixture
def client(without_graphiql: assets.AssetStore) -> httpx.AsyncClient:
    app = Starlette(routes=[Route("/graphql/assets/{name}", assets.graphiql_asset)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here")


async def test_asset_is_served_for_ever_and_confirmed_by_its_tag(client: httpx.AsyncClient) -> None:
    wanted = assets.asset_store().files["query_page.css"]
    async with client:
        first = await client.get(f"/graphql/assets/{wanted.name}")
        again = await client.get(
            f"/graphql/assets/{wanted.name}", headers={"if-none-match": f"W/{wanted.etag}"}
        )
        other = await client.get(f"/graphql/assets/{wanted.name}", headers={"if-none-match": '"0"'})
        head = await client.head(f"/graphql/assets/{wanted.name}")
    assert (first.status_code, first.content) == (200, wanted.body)
    assert first.headers["content-type"] == "text/css; charset=utf-8"
    assert first.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert first.headers["x-content-type-options"] == "nosniff"
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", wanted.etag)
    assert other.status_code == 200
    assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", ["nothing.js", "..%2Fquery_page.js", "%2e%2e%2f%2e%2e%2fpyproject.toml"])
async def test_unlisted_asset_is_not_found_and_the_answer_is_not_kept(
    client: httpx.AsyncClient, path: str
) -> None:
    async with client:
        answer = await client.get(f"/graphql/assets/{path}")
    assert answer.status_code == 404
    if path == "nothing.js":
        assert answer.headers["cache-control"] == "no-store"


def test_our_own_files_name_no_other_host() -> None:
    own = [*assets.OWN, "graphiql_page.html", "query_page.html"]
    addresses = {
        name: re.findall(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]+[^\s\"']*", (assets.HERE / name).read_text())
        for name in own
    }
    assert {name: found for name, found in addresses.items() if found} == {
        "icon.svg": ["http://www.w3.org/2000/svg"]
    }
