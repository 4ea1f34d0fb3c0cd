"""A feature of free text at every edge: what a client sends reaches the algorithm, the log and exports as it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import build_schema
from starlette.applications import Starlette

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.callers import Scope
from domain.requests.request import Answer
from graph.schema import print_schema
from registry.algorithm import Regressor
from registry.artifacts import Artifact
from registry.discovery import Registry
from registry.endpoints import endpoint_of
from registry.features import Row
from registry.json_documents import JSONDocument
from serving.bulk.predictions import CsvCommand, CsvPredictions
from serving.services import Services
from tests.serving.world import EVERYBODY, registered

LONGEST = 300
REVIEWS = endpoint_of(
    JSONDocument(
        {
            "name": "reviews",
            "kind": "regressor",
            "owner": "tests",
            "description": "How long is a review?",
            "target": {"name": "truth", "unit": "characters"},
            "features": [
                {"name": "review", "type": "text", "length": LONGEST, "description": "What was written"},
                {"name": "note", "type": "text", "private": True, "required": False},
            ],
            "example": {"review": "good"},
        },
        "reviews/endpoint.json",
    )
)
TEXTS = [
    "good",
    "",
    "nan",
    " spaces  stay ",
    'a "quoted", cell',
    "two\r\nlines\n\tand a tab",
    "=1+1",
    "naïve café 日本語 👍🏽 e\u0301",
    "é" * LONGEST,
    "\u2028\u200b\ufeff",
]
PREDICT = "mutation ($i: PredictInput!) { predict(input: $i) { request { value input } userErrors { code message } } }"
TYPED = """mutation ($f: ReviewsFeatures!) {
  predictReviews(input: {features: $f}) { request { value input } userErrors { code message } }
}"""
LIST = "{ requests(first: 100) { nodes { value input message maskedFeatures } } }"
URL = '{ requests(where: {endpoint: "reviews"}) { exportUrl(format: %s) } }'


class Length(Regressor, endpoint="reviews", name="length", version="1", owner="tests", status="production"):
    """The number of a review's characters; -1 of none."""

    def load(self, artifact: Artifact | None) -> None:
        pass

    def predict(self, rows: Sequence[Row]) -> list[Answer]:
        return [Answer(value=-1.0 if row[0] is None else float(len(str(row[0])))) for row in rows]


class Client:
    """A running server of the reviews, called as clients call it."""

    def __init__(self, http: httpx.AsyncClient, services: Services) -> None:
        self.http, self.services = http, services

    async def graphql(self, query: str, **variables: Any) -> dict[str, Any]:
        sent = json.dumps({"query": query, "variables": variables})
        answer = await self.http.post(
            "/graphql", content=sent.encode(), headers={"content-type": "application/json"}
        )
        found: dict[str, Any] = answer.json()
        assert "errors" not in found, found
        data: dict[str, Any] = found["data"]
        return data

    async def rest(self, **sent: Any) -> dict[str, Any]:
        answer: dict[str, Any] = (await self.http.post("/api/v1/reviews/predict", **sent)).json()
        return answer

    async def inputs(self) -> list[Any]:
        nodes = (await self.graphql(LIST))["requests"]["nodes"]
        return [node["input"] for node in nodes]

    async def export(self, format: str) -> str:
        url = (await self.graphql(URL % format))["requests"]["exportUrl"]
        return (await self.http.get(url)).text


@pytest.fixture
async def client(database_url: str) -> AsyncIterator[Client]:
    registry = Registry({"reviews": REVIEWS}, (registered(Length, REVIEWS),), ())
    settings = Settings.model_validate({"database_url": database_url, "access_log": False})
    app: Starlette = create_app(settings, build=partial(wiring.build, registry=registry))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as http,
    ):
        yield Client(http, app.state.services)


async def test_texts_reach_the_algorithm_and_the_log_as_they_are_over_graphql(client: Client) -> None:
    for text in TEXTS:
        row = {"review": text, "note": None}
        generic = (await client.graphql(PREDICT, i={"endpoint": "reviews", "features": row}))["predict"]
        typed = (await client.graphql(TYPED, f=row))["predictReviews"]
        for one in (generic, typed):
            assert one["userErrors"] == []
            assert one["request"]["value"] == len(text)
            assert one["request"]["input"] == row


async def test_texts_reach_the_algorithm_and_the_log_as_they_are_over_rest(client: Client) -> None:
    for text in TEXTS:
        assert (await client.rest(json={"review": text}))["label"] == str(len(text))
        parts = {"review": (None, text.encode())}
        for sent in ({"data": {"review": text}}, {"files": parts}):
            # An empty field of a form is a missing text; everything else is the text as it is.
            assert (await client.rest(**sent))["label"] == str(len(text) if text else -1)
    batch = [{"review": text} for text in [*TEXTS, None]]
    answer = (await client.http.post("/api/v1/reviews/predict_batch", json=batch)).json()
    assert [float(one["label"]) for one in answer] == [*(len(text) for text in TEXTS), -1]


async def test_a_file_is_predicted_and_exported_with_quotes_and_line_breaks(
    client: Client, tmp_path: Path
) -> None:
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    with source.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["review", "note"], *([text, "n"] for text in TEXTS)])
    services = client.services
    bulk = CsvPredictions(services.database, services.catalog, services.predictor, timer=lambda: 0.0)
    command = CsvCommand("reviews", source, target, EVERYBODY, chunk=4)
    assert (await bulk.run(command, lambda *_: None)).errors == 0
    with target.open(newline="", encoding="utf-8") as file:
        assert [float(line["value"]) for line in csv.DictReader(file)] == [len(text) or -1 for text in TEXTS]
    table = list(csv.DictReader(io.StringIO(await client.export("CSV"), newline="")))
    assert [json.loads(line["input"])["review"] for line in table] == TEXTS
    guarded = ["'=1+1" if text == "=1+1" else text for text in TEXTS]
    assert [line["input.review"] for line in table] == guarded
    lines = [json.loads(line) for line in (await client.export("NDJSON")).split("\n") if line]
    assert [line["input"]["review"] for line in lines] == TEXTS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x" * (LONGEST + 1), "must have at most 300 characters, not 301"),
        ("a\0b", "must not hold the NUL character (U+0000)"),
    ],
)
async def test_text_that_is_too_long_or_holds_nul_fails_its_own_row_with_the_reason(
    client: Client, text: str, said: str
) -> None:
    batch = [{"review": text}, {"review": "good"}]
    bad, good = (await client.http.post("/api/v1/reviews/predict_batch", json=batch)).json()
    assert f"review {said}" in json.dumps(bad)
    assert good["label"] == "4"
    assert len(await client.inputs()) == 2


async def test_body_with_half_of_a_surrogate_pair_is_refused_and_nothing_is_logged(client: Client) -> None:
    sent, headers = b'[{"review": "a\\ud800"}]', {"content-type": "application/json"}
    answer = await client.http.post("/api/v1/reviews/predict_batch", content=sent, headers=headers)
    assert (answer.status_code, answer.json()["detail"][:32]) == (400, "JSON parse error - no low surrog")
    assert await client.inputs() == []


async def test_row_far_beyond_the_longest_text_is_kept_without_it(client: Client) -> None:
    huge = {"review": "x" * 100_000, "note": None}
    found = (await client.graphql(PREDICT, i={"endpoint": "reviews", "features": huge}))["predict"]
    assert [error["code"] for error in found["userErrors"]] == ["ROW_TOO_LARGE"]
    assert all("xxx" not in json.dumps(row) for row in await client.inputs())


async def test_private_text_is_masked_and_never_repeated(client: Client) -> None:
    secret = "my diagnosis"
    await client.rest(json={"review": "good", "note": secret})
    await client.rest(json={"review": "good", "note": secret * 100})
    _, key = await client.services.keys.create("analyst", frozenset({Scope.READ}))
    answer = await client.http.post(
        "/graphql", json={"query": LIST}, headers={"authorization": f"Bearer {key}"}
    )
    assert secret not in answer.text
    assert '"maskedFeatures":["note"]' in answer.text


async def test_features_tell_type_and_length(client: Client) -> None:
    query = '{ endpoint(name: "reviews") { features { name type length indexed categories } featureSchema } }'
    found = (await client.graphql(query))["endpoint"]
    assert found["features"] == [
        {"name": "review", "type": "TEXT", "length": 300, "indexed": False, "categories": None},
        {"name": "note", "type": "TEXT", "length": 1000, "indexed": False, "categories": None},
    ]
    assert found["featureSchema"]["properties"]["review"] == {
        "type": ["string", "null"],
        "maxLength": 300,
        "description": "What was written",
    }
    declared = build_schema(print_schema({"reviews": REVIEWS})).type_map["ReviewsFeatures"].fields  # type: ignore[attr-defined]
    assert str(declared["review"].type) == "String"
    said = "What was written. Any text of at most 300 characters. Must be sent; null when it is not known."
    assert declared["review"].description == said


async def test_history_is_not_searched_by_a_text_and_says_why(client: Client) -> None:
    query = '{ requests(where: {feature: [{name: "review"}]}) { totalCount } }'
    answer = (await client.http.post("/graphql", json={"query": query})).json()
    assert answer["errors"][0]["message"] == (
        "no endpoint declares the feature 'review' as indexed, for it is a text, and texts are never indexed; "
        "indexed are: none"
    )
