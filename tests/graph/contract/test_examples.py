from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema, parse, validate

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from graph.contract.examples import ExampleDocument, coordinates, documents_of, read_documents, uses
from registry.discovery import Registry
from tests.graph.subscribers import Events, Listening, listening

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "tests/documents"
DOCUMENTS = read_documents(FOLDER)
FILES = sorted({one.file for one in DOCUMENTS})
SCHEMA = build_schema((ROOT / "graph/schema.graphql").read_text("utf-8"))


@asynccontextmanager
async def served(database_url: str, registry: Registry) -> AsyncIterator[Listening]:
    """The shipped endpoints behind a real socket."""
    app = create_app(Settings(database_url=database_url), build=partial(wiring.build, registry=registry))
    async with app.router.lifespan_context(app), listening(app.state.services) as found:
        yield found


@dataclass
class Reader:
    """Runs the documents of one file, and keeps what they say that it should."""

    listening: Listening
    documents: Mapping[str, ExampleDocument]
    kept: dict[str, Any] = field(default_factory=dict)

    async def run(self, document: ExampleDocument) -> None:
        if document.text.startswith("subscription"):
            data = await self.first_event(document)
        else:
            data = await self.answer(document)
        for line in document.words("keep"):
            name, path = line.split()
            self.kept[name] = at(data, path)
        codes = [error["code"] for payload in payloads(data) for error in payload["userErrors"]]
        assert codes == document.words("userErrors"), (document.name, data)

    async def answer(self, document: ExampleDocument) -> Any:
        body = await self.post(document)
        codes = [error["extensions"]["code"] for error in body.get("errors", [])]
        assert codes == document.words("error"), (document.name, body)
        return body["data"]

    async def post(self, document: ExampleDocument) -> Any:
        async with httpx.AsyncClient(timeout=60) as client:
            body = {"query": document.text, "variables": document.filled(self.kept)}
            return (await client.post(f"{self.listening.url}/graphql", json=body)).json()

    async def first_event(self, document: ExampleDocument) -> Any:
        body = {"query": document.text, "variables": document.filled(self.kept)}
        headers = {"accept": "text/event-stream"}
        async with (
            httpx.AsyncClient(timeout=60) as client,
            client.stream("POST", f"{self.listening.url}/graphql", json=body, headers=headers) as response,
        ):
            for name in document.words("meanwhile"):
                await self.run(self.documents[name])
            event = await Events(response).next()
        assert "errors" not in event, (document.name, event)
        return event["data"]


def at(data: Any, path: str) -> Any:
    for step in path.split("."):
        data = data[int(step)] if step.isdigit() else data[step]
    return data


def payloads(data: Any) -> list[dict[str, Any]]:
    return [one for one in (data or {}).values() if isinstance(one, dict) and "userErrors" in one]


@pytest.mark.parametrize("file", FILES)
async def test_every_document_runs_against_the_shipped_endpoints(
    file: str, migrated_sqlite_url: str, shipped: Registry
) -> None:
    documents = {one.name: one for one in DOCUMENTS if one.file == file}
    heard_of = {name for one in documents.values() for name in one.words("meanwhile")}
    async with served(migrated_sqlite_url, shipped) as found:
        reader = Reader(found, documents)
        for document in documents.values():
            if document.name not in heard_of:
                await reader.run(document)


def test_the_documents_use_every_field_every_argument_and_every_input_field() -> None:
    used = {
        coordinate for document in DOCUMENTS if document.is_example for coordinate in uses(SCHEMA, document)
    }
    wanted = coordinates(SCHEMA)
    assert len(wanted) > 400
    assert [one for one in wanted if one not in used] == []


@pytest.mark.parametrize("file", FILES)
def test_no_operation_of_a_file_is_passed_over(file: str) -> None:
    text = (FOLDER / file).read_text("utf-8")
    whole = parse(text)
    found = [one for one in DOCUMENTS if one.file == file]
    assert len(found) == len(whole.definitions) == len({one.name for one in found})
    assert [one.name for one in found if not one.about.endswith((".", "?"))] == []
    kinds = {kind for one in found for kind, _ in one.notes}
    assert kinds <= {"variables", "keep", "error", "userErrors", "meanwhile", "setup"}
    for one in found:
        assert validate(SCHEMA, parse(one.text)) == []


def test_a_document_uses_what_it_selects_and_what_its_variables_hold() -> None:
    variables = json.dumps({"items": [{"requestId": "1"}]})
    text = (
        f"# Tell.\n#: variables {variables}\n"
        "mutation Tell($items: [GiveFeedbackInput!]!) {\n"
        "  giveFeedbackBatch(input: { items: $items }) { userErrors { code } }\n}\n"
    )
    (document,) = documents_of(text, "tell.graphql")
    assert uses(SCHEMA, document) == {
        "Mutation.giveFeedbackBatch",
        "Mutation.giveFeedbackBatch(input:)",
        "GiveFeedbackBatchInput.items",
        "GiveFeedbackBatchPayload.userErrors",
        "GiveFeedbackInput.requestId",
        "UserError.code",
    }


def test_kept_values_fill_variables_wherever_they_stand() -> None:
    text = '# Who.\n#: variables {"a": ["$x", 1], "b": {"c": "$y"}, "d": "z"}\nquery Me {\n  viewer { name }\n}\n'
    (document,) = documents_of(text, "me.graphql")
    assert document.filled({"x": "7", "y": "8"}) == {"a": ["7", 1], "b": {"c": "8"}, "d": "z"}
    with pytest.raises(KeyError, match="x"):
        document.filled({})
