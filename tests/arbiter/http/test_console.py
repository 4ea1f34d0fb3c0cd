"""The console's URLs: one page for every view, files that are kept for ever, and documents that run in every mode."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.http.console import built
from tests.arbiter.http.test_proxies import opened

ME = "query Viewer {\n  viewer {\n    name\n  }\n}"
HASH = hashlib.sha256(ME.encode()).hexdigest()
BY_HASH = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}
PAGE = """<meta name="console-base" content="/console/"><link rel="icon" href="../favicon.ico">
<script type="module" crossorigin src="./assets/index-B_-1.js"></script>"""
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that the build would fill, still empty."""
    monkeypatch.setattr(built, "FOLDER", tmp_path / "built")
    built.built_console.cache_clear()
    yield tmp_path / "built"
    built.built_console.cache_clear()


@pytest.fixture
def console(folder: Path) -> Path:
    """A console of one page, one script and one document."""
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(PAGE)
    (folder / "assets/index-B_-1.js").write_text("// " + "x" * 2000)
    (folder / "assets/index-B_-1.js.map").write_text("{}")
    (folder / "assets/picture-1.png").write_bytes(b"x" * 2000)
    (folder / "trusted-documents.json").write_text(json.dumps({f"sha256:{HASH}": ME}))
    return folder


@pytest.mark.usefixtures("console")
async def test_every_address_below_the_console_is_its_page_under_a_strict_policy(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        pages = [
            await client.get(f"/console/{view}") for view in ("", "predict", "tests/QUJUZXN0OjE=", "a/b/c")
        ]
    assert {(page.status_code, page.text) for page in pages} == {
        (
            200,
            PAGE.replace("../favicon.ico", "/favicon.ico").replace("./assets/", "/console/assets/"),
        )
    }
    [policy] = {page.headers["content-security-policy"] for page in pages}
    assert policy == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    )
    assert {page.headers["cache-control"] for page in pages} == {"no-cache"}
    assert {page.headers["x-content-type-options"] for page in pages} == {"nosniff"}


@pytest.mark.usefixtures("console")
async def test_files_are_kept_for_ever_and_what_is_no_file_is_a_404_and_not_the_page(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        script = await client.get("/console/assets/index-B_-1.js", headers={"Accept-Encoding": "gzip"})
        again = await client.get(
            "/console/assets/index-B_-1.js", headers={"If-None-Match": script.headers["etag"]}
        )
        picture = await client.get("/console/assets/picture-1.png", headers={"Accept-Encoding": "gzip"})
        gone = await client.get("/console/assets/index-A.js")
        others = [
            (await client.get(f"/console/assets/{name}")).status_code
            for name in ("index-B_-1.js.map", "..%5cindex.html", ".", "%00")
        ]
    assert (script.status_code, script.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
    assert script.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert (script.headers["content-encoding"], len(script.text)) == ("gzip", 2003)
    assert (picture.headers["content-type"], picture.content) == ("image/png", b"x" * 2000)
    assert "content-encoding" not in picture.headers
    assert (again.status_code, again.content) == (304, b"")
    assert (gone.status_code, gone.headers["cache-control"]) == (404, "no-store")
    assert others == [404, 404, 200, 404]  # the third one is /console/assets/, a view that there is not


@pytest.mark.usefixtures("console")
async def test_console_without_its_slash_and_the_root_lead_a_browser_there(sqlite_url: str) -> None:
    async with opened(sqlite_url) as client:
        slash = await client.get("/console?endpoint=levels")
        root = await client.get("/", headers=BROWSER)
        program = await client.get("/", headers={"Accept": "application/json"})
    assert (slash.status_code, slash.headers["location"]) == (308, "/console/?endpoint=levels")
    assert (root.status_code, root.headers["location"]) == (307, "/console/")
    assert root.headers["vary"] == "Accept"
    assert program.json()["links"]["graphql"] == "/graphql"


@pytest.mark.usefixtures("console")
@pytest.mark.parametrize("passed_on", ["/team/arbiter", ""])
async def test_prefix_stands_before_everything_that_the_page_loads(sqlite_url: str, passed_on: str) -> None:
    async with opened(sqlite_url, root_path="/team/arbiter") as client:
        page = await client.get(f"{passed_on}/console/predict")
        script = await client.get(f"{passed_on}/console/assets/index-B_-1.js")
        slash = await client.get(f"{passed_on}/console")
        root = await client.get(f"{passed_on}/", headers=BROWSER)
    assert page.text == (
        PAGE.replace("../favicon.ico", "/team/arbiter/favicon.ico")
        .replace("./assets/", "/team/arbiter/console/assets/")
        .replace('"/console/"', '"/team/arbiter/console/"')
    )
    assert script.status_code == 200
    assert (slash.headers["location"], root.headers["location"]) == ("/team/arbiter/console/",) * 2


async def test_installation_without_the_console_says_how_to_get_it(folder: Path, sqlite_url: str) -> None:
    async with opened(sqlite_url, root_path="/x") as client:
        page = await client.get("/console/predict", headers=BROWSER)
        asset = await client.get("/console/assets/index-B_-1.js")
        root = await client.get("/", headers=BROWSER)
        unknown = (await client.post("/graphql", json=BY_HASH)).json()["errors"][0]
    assert not folder.exists()
    assert page.status_code == 404
    assert "npm ci --ignore-scripts &amp;&amp; npm run build" in page.text
    assert 'href="/x/graphql"' in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert asset.status_code == 404
    assert "What runs here" in root.text
    assert unknown["extensions"]["code"] == "PERSISTED_QUERY_NOT_SUPPORTED"


@pytest.mark.usefixtures("console")
@pytest.mark.parametrize("mode", ["none", "off", "allow", "only"])
async def test_documents_of_the_console_run_by_their_hash_in_every_mode(
    sqlite_url: str, tmp_path: Path, mode: str
) -> None:
    own = tmp_path / "own.json"
    own.write_text('{"theirs": "{ viewer { anonymous } }"}')
    settings: dict[str, Any] = (
        {} if mode == "none" else {"trusted_documents": own, "trusted_documents_mode": mode}
    )
    async with opened(sqlite_url, **settings) as client:
        answers = [(await client.post("/graphql", json=BY_HASH)).json() for _ in range(3)]
        other = (await client.post("/graphql", json={"query": "{ viewer { scopes } }"})).json()
        theirs = (await client.post("/graphql", json={"documentId": "theirs"})).json()
        unknown = (await client.post("/graphql", json={"documentId": "0" * 64})).json()["errors"][0]
    assert answers == [{"data": {"viewer": {"name": "anonymous"}}}] * 3
    assert ("errors" in other) == (mode == "only")
    assert ("data" in theirs) == (mode in ("allow", "only"))
    # What a client is told of an id of its own does not depend on whether there is a console.
    assert unknown["extensions"]["code"] == (
        "PERSISTED_QUERY_NOT_FOUND" if mode in ("allow", "only") else "PERSISTED_QUERY_NOT_SUPPORTED"
    )
