from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from registry.discovery import Registry

GUIDE = Path(__file__).resolve().parents[3] / "docs/graphql-guide.md"
BLOCK = re.compile(r"^```(graphql|json variables|json answer)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass
class Example:
    query: str
    variables: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] | None = None


def examples() -> list[Example]:
    found: list[Example] = []
    for kind, text in BLOCK.findall(GUIDE.read_text(encoding="utf-8")):
        if kind == "graphql":
            found.append(Example(text))
        elif kind == "json variables":
            found[-1].variables = json.loads(text)
        else:
            found[-1].answer = json.loads(text)
    return found


@pytest.fixture
async def client(migrated_sqlite_url: str, shipped: Registry) -> AsyncIterator[httpx.AsyncClient]:
    """The real application with the shipped endpoints."""
    app = create_app(
        Settings(database_url=migrated_sqlite_url), build=partial(wiring.build, registry=shipped)
    )
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield client


def shape(value: Any) -> Any:
    """What stays the same from run to run: the keys, the types, and the words in capitals."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return value if isinstance(value, str) and value.isupper() else type(value).__name__


async def test_every_example_of_the_guide_runs_and_answers_as_it_says(client: httpx.AsyncClient) -> None:
    found = examples()
    assert len(found) == 20
    request_id = ""
    for example in found:
        if "requestId" in example.variables:
            example.variables["requestId"] = request_id
        response = await client.post(
            "/graphql", json={"query": example.query, "variables": example.variables}
        )
        body = response.json()
        assert "errors" not in body, (example.query, body)
        if example.answer is not None:
            assert shape(body["data"]) == shape(example.answer), example.query
        else:
            assert [one.get("userErrors", []) for one in body["data"].values() if one] == [[]] * len(
                body["data"]
            )
        if "Predict" in example.query:
            request_id = body["data"]["predict"]["request"]["requestId"]
