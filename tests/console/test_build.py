"""What the build made: how much of it travels, whose licences it ships, and whether its documents run here."""

from __future__ import annotations

import gzip
import re

from graph.http.console.built import FOLDER, LICENSES, BuiltConsole
from graph.operation.documents.size import require_short
from graph.operation.limits import GraphLimits
from graph.operation.trusted_documents import TrustedDocuments
from graph.schema import NO_SPECS, Schema

FIRST_VIEW = 150 * 1024
ALL = 260 * 1024
LATER = re.compile(r"^plot-")
"""What is loaded only when a chart is shown."""


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


def test_nothing_but_scripts_styles_and_pictures_of_this_host_is_shipped(console: BuiltConsole) -> None:
    assert {path.suffix for path in (FOLDER / "assets").iterdir()} <= {".js", ".css", ".svg"}
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
