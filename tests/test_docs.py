"""What the documents say holds: links lead somewhere, commands exist, operations fit the schema."""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main
from graphql import GraphQLSchema, build_schema, parse, validate

from arbiter.cli.application import app
from tests.arbiter.processes import ROOT

EXAMPLES = [*(ROOT / "examples").glob("*.md"), *(ROOT / "examples").glob("*/*.md")]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "changes").glob("*.md"), *EXAMPLES]
)
LINK = re.compile(r"\[[^\]]+\]\(([^)\s]+)\)")
PICTURE = re.compile(r"!\[[^\]]+\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)
GRAPHQL = re.compile(r"^```graphql\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|`)(arbiter(?: [^`\n]+)?)(?:`|$)", re.MULTILINE)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def anchors_of(path: Path) -> set[str]:
    """The anchors of a document's headings, as forges make them."""
    found = set()
    for heading in HEADING.findall(path.read_text("utf-8")):
        text = re.sub(r"[^\w\- ]", "", heading.lower())
        found.add(text.replace(" ", "-"))
    return found


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_leads_somewhere(path: Path) -> None:
    broken = []
    for link in LINK.findall(path.read_text("utf-8")):
        if re.match(r"[a-z]+:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (path.parent / place).resolve() if place else path
        if not target.exists() or (anchor and anchor not in anchors_of(target)):
            broken.append(link)
    assert broken == []


def test_each_picture_is_shown_and_all_together_are_small() -> None:
    shown = {
        (path.parent / place).resolve()
        for path in DOCUMENTS
        for place in PICTURE.findall(path.read_text("utf-8"))
    }
    pictures = {path.resolve() for path in (ROOT / "docs").rglob("*.png")}
    assert shown == pictures
    assert len(pictures) == 5
    assert sum(path.stat().st_size for path in pictures) <= 1_500_000


@cache
def printed_schema() -> GraphQLSchema:
    """The schema that is printed; it takes a moment to read."""
    return build_schema((ROOT / "graph/schema.graphql").read_text("utf-8"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_operation_fits_the_schema(path: Path) -> None:
    schema = printed_schema()
    for text in GRAPHQL.findall(path.read_text("utf-8")):
        assert [error.message for error in validate(schema, parse(text))] == [], text


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_exists(path: Path) -> None:
    for written in COMMAND.findall(path.read_text("utf-8").replace("\\\n", "")):
        words = [word for word in shlex.split(written)[1:] if word != "…"]
        group: Any = typer.main.get_command(app)
        while words and words[0] in getattr(group, "commands", {}):
            group = group.commands[words.pop(0)]
        # What is left are arguments and options; a group alone may be spoken of, an unknown command may not.
        assert not hasattr(group, "commands") or not words, written
