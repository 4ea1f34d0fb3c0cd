"""What the build made: how much of it travels, whose licences it ships, and whether its documents run here."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from typing import Any

import orjson

from graph.http.console.built import FOLDER, LICENSES, BuiltConsole
from graph.operation.documents.size import require_short
from graph.operation.limits import GraphLimits
from graph.operation.trusted_documents import TrustedDocuments
from graph.schema import NO_SPECS, Schema
from tests.arbiter.processes import ROOT

FIRST_VIEW = 150 * 1024
ALL = 260 * 1024
LATER = re.compile(r"^plot-")
"""What is loaded only when a chart is shown."""


def test_the_lock_names_no_addresses() -> None:
    """`npm install` writes where authors ask for money: `npm run lock` takes that out again."""
    assert re.findall(r"https?://[^\"]+", (ROOT / "console/package-lock.json").read_text("utf-8")) == []


def scripts(console: BuiltConsole) -> dict[str, bytes]:
    return {name: file.body for name, file in console.assets.items() if name.endswith(".js")}


def zipped(bodies: list[bytes]) -> int:
    return sum(len(gzip.compress(body, mtime=0)) for body in bodies)


def loaded_with(name: str, bodies: dict[str, bytes]) -> set[str]:
    """The script and all that it imports before it can run."""
    found: set[str] = set()
    left = {name}
    while left:
        one = left.pop()
        found.add(one)
        text = bodies[one].decode()
        left |= set(re.findall(r'(?:from|import) ?["\']\./([\w.-]+\.js)["\']', text)) - found
    return found


def test_first_view_of_each_page_and_the_whole_keep_their_bounds(console: BuiltConsole) -> None:
    bodies = scripts(console)
    [entry] = re.findall(r'src="\./assets/([\w.-]+\.js)"', console.page)
    first = loaded_with(entry, bodies)
    sizes = {
        name: zipped([bodies[one] for one in first | loaded_with(name, bodies)])
        for name in bodies
        if not LATER.match(name)
    }
    assert {name: size for name, size in sizes.items() if size > FIRST_VIEW} == {}
    assert zipped(list(bodies.values())) <= ALL


def test_nothing_but_scripts_styles_pictures_and_documents_of_this_host_is_shipped(
    console: BuiltConsole,
) -> None:
    assert {path.suffix for path in (FOLDER / "assets").iterdir()} <= {".js", ".css", ".json", ".png"}
    assert re.findall(r"<script(?![^>]*\bsrc=)", console.page) == []
    assert re.findall(r"https?://", console.page) == []
    assert [name for name, body in scripts(console).items() if b"sourceMappingURL" in body] == []


def test_licences_of_everything_that_is_bundled_are_shipped() -> None:
    text = (FOLDER / LICENSES).read_text(encoding="utf-8")
    for package in ("react", "react-dom", "@tanstack/react-router", "urql", "@urql/core", "wonka"):
        assert re.search(rf"^## {re.escape(package)} - ", text, re.MULTILINE), package
    named = set(re.findall(r"^## \S+ - \S+ \(([^)]+)\)", text, re.MULTILINE))
    assert named <= {"MIT", "ISC", "BSD-3-Clause", "0BSD"}


def test_every_document_runs_on_any_server_within_the_bounds_of_any_caller(console: BuiltConsole) -> None:
    trusted = TrustedDocuments.of(console.documents, only=True)
    for public in (True, False):
        schema = Schema(GraphLimits(), public=public, trusted=trusted, specs=NO_SPECS)
        assert schema.pin() == {}
    limits = GraphLimits()
    for document in console.documents:
        # Whoever has no key asks who they are; whoever may read holds a scope.
        require_short(document.text, limits.without_scope() if "query Viewer " in document.text else limits)


def links_in(nodes: list[Any]) -> Iterator[tuple[str, str]]:
    for node in nodes:
        if isinstance(node, dict):
            says = node.get("s", {})
            if says.get("to"):
                yield says["to"], says.get("hash", "")
            yield from links_in(node.get("c", []))


def test_every_document_is_a_page_and_every_link_in_it_leads_to_a_heading(console: BuiltConsole) -> None:
    [contents] = [name for name in console.assets if re.fullmatch(r"documents-[0-9a-f]{8}\.json", name)]
    groups = orjson.loads(console.assets[contents].body)["groups"]
    pages = {
        name: orjson.loads(console.assets[file].body) for _, listed in groups for name, _, file in listed
    }
    docs = ROOT / "docs"
    assert set(pages) == {path.relative_to(docs).as_posix() for path in docs.rglob("*.md")}
    anchors = {
        name: {""} | {node["s"]["id"] for node in nodes if node["t"].startswith("h") and "s" in node}
        for name, nodes in pages.items()
    }
    broken = [
        (name, to, anchor)
        for name, nodes in pages.items()
        for to, anchor in links_in(nodes)
        if anchor not in anchors[to]
    ]
    assert broken == []


def test_pictures_of_documents_travel_once_and_as_they_are(console: BuiltConsole) -> None:
    built = {name: file for name, file in console.assets.items() if name.endswith(".png")}
    files = {path.stem: path.read_bytes() for path in (ROOT / "docs/images").glob("*.png")}
    assert {name[len("picture-") : -len("-12345678.png")]: file.body for name, file in built.items()} == files
    assert {file.media_type for file in built.values()} == {"image/png"}


def test_guides_come_before_decisions(console: BuiltConsole) -> None:
    [contents] = [name for name in console.assets if re.fullmatch(r"documents-[0-9a-f]{8}\.json", name)]
    groups = orjson.loads(console.assets[contents].body)["groups"]
    assert [title for title, _ in groups] == ["Begin", "Guides", "Reference", "Decisions"]
    assert groups[0][1][0][:2] == ["getting-started.md", "Getting started"]
    assert {name.split("/")[0] for name, _, _ in groups[3][1]} == {"decisions"}
