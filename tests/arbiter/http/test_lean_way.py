"""The lean way and the ordinary one: the same calls give the same answers, log lines, metrics and rows on both."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeAlias

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from arbiter.telemetry.log_queue import LogQueue
from domain.callers import Scope
from tests.serving.world import small_registry

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LEVELS = "/api/v1/levels/predict"
JSON = {"content-type": "application/json"}
ROW = {"x": 1.5, "colour": "red"}
PREDICT = """mutation Predict($input: PredictInput!) {
  predict(input: $input) {
    request { id label value probability outcome message input algorithm { name } }
    userErrors { code message path }
  }
}"""


Answered: TypeAlias = tuple[int, list[tuple[bytes, bytes]], bytes]


@dataclass(frozen=True)
class Sent:
    """One call: where it goes, what it says, and as whom (the name of a key, or nobody)."""

    path: str = LEVELS
    body: bytes = json.dumps(ROW).encode()
    headers: tuple[tuple[str, str], ...] = tuple(JSON.items())
    key: str | None = None
    method: str = "POST"


@dataclass
class Seen:
    """What came of some calls."""

    answers: list[Answered] = field(default_factory=list)
    lines: list[dict[str, Any]] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)
    sums: list[tuple[Any, ...]] = field(default_factory=list)
    lean: Mapping[str, int] = field(default_factory=dict)


def operation(features: object, **more: Any) -> bytes:
    variables = {"input": {"endpoint": "levels", "features": features, **more}}
    return json.dumps({"query": PREDICT, "variables": variables}).encode()


def graphql(body: bytes, *headers: tuple[str, str], key: str | None = None) -> Sent:
    return Sent("/graphql", body, (*JSON.items(), *headers), key)


class Twins:
    """The same calls, each time on a fresh database and with the same clock, lean and ordinary."""

    numbers = count()

    def __init__(self, template: Path, folder: Path) -> None:
        self.template = template
        self.folder = folder

    async def both(self, calls: Sequence[Sent], **given: Any) -> Seen:
        """What came of the calls the lean way, which must be what came of them the ordinary way."""
        lean = await self.see(calls, lean=True, **given)
        ordinary = await self.see(calls, lean=False, **given)
        assert lean.answers == ordinary.answers
        assert lean.lines == ordinary.lines
        assert lean.metrics == ordinary.metrics
        assert lean.rows == ordinary.rows
        assert lean.sums == ordinary.sums
        assert not ordinary.lean
        return lean

    async def see(self, calls: Sequence[Sent], *, lean: bool, **given: Any) -> Seen:
        path = Path(shutil.copy(self.template, self.folder / f"{next(self.numbers)}.db"))
        values = {"database_url": f"sqlite://{path}", "log": "json", "budget_per_second": 1e-9, **given}
        build = partial(wiring.build, registry=small_registry(), clock=lambda: NOON, plain=lean)
        seen, written = Seen(), list[str]()
        queue = LogQueue(written.append)
        app = create_app(Settings.load(**values), build=build, lines=queue, lean=lean)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        with queue:
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
            ):
                secrets = {
                    scope.value: (await app.state.services.keys.create(scope.value, frozenset({scope})))[1]
                    for scope in Scope
                }
                for number, call in enumerate(calls):
                    answer = await client.send(_request(client, call, secrets, number))
                    seen.answers.append(_without_waits(answer))
                await asyncio.sleep(0)
                metrics = app.state.metrics.render().decode()
                seen.lean = {
                    edge: int(float(number))
                    for edge, number in re.findall(r'arbiter_lean_calls_total\{edge="(\w+)"\} (\S+)', metrics)
                }
        seen.metrics = [line for line in metrics.splitlines() if not re.search(_OF_TIME, line)]
        seen.lines = [
            {**json.loads(line), "ms": 0, "timestamp": ""} for line in "".join(written).splitlines()
        ]
        with closing(sqlite3.connect(path)) as database:
            seen.rows = database.execute(_ROWS).fetchall()
            seen.sums = database.execute(_SUMS).fetchall()
        return seen


_OF_TIME = r"_created|_seconds_bucket|_seconds_sum|arbiter_lean_calls"
_ROWS = (
    "SELECT id, endpoint_id, algorithm_id, ab_test_id, subject, input, full_response, outcome, fault, label, value, "
    "probability, message FROM ml_request ORDER BY id"
)
_SUMS = (
    "SELECT day, endpoint_id, algorithm_id, arm, writer, requests, errors, caller_errors FROM daily_summary "
    "ORDER BY 1, 2, 3, 4, 5"
)


def _without_waits(answer: httpx.Response) -> Answered:
    """An answer, without how long a budget takes to come back: that shrinks while the test runs."""
    if answer.status_code != 429:
        return answer.status_code, answer.headers.raw, answer.content
    of_time = {b"retry-after", b"content-length"}
    kept = [(name, b"" if name in of_time else value) for name, value in answer.headers.raw]
    return answer.status_code, kept, re.sub(rb"(come back in |retryAfter\":)[0-9,]+", b"", answer.content)


def _request(client: httpx.AsyncClient, call: Sent, secrets: Mapping[str, str], number: int) -> httpx.Request:
    headers = [*call.headers, ("x-request-id", f"call-{number}")]
    if call.key is not None:
        headers.append(("authorization", f"Bearer {secrets.get(call.key, call.key)}"))
    return client.build_request(call.method, call.path, content=call.body, headers=headers)


@pytest.fixture
def twins(sqlite_template: Path, tmp_path: Path) -> Twins:
    return Twins(sqlite_template, tmp_path)


async def test_plain_calls_go_the_lean_way_on_both_edges(twins: Twins) -> None:
    seen = await twins.both([Sent(), graphql(operation(ROW)), Sent("/api/v1/heights/predict")])
    assert seen.lean == {"rest": 2, "graphql": 1}
    assert [status for status, *_ in seen.answers] == [200, 200, 200]
    assert len(seen.rows) == 3
    assert json.loads(seen.answers[0][2]) == {
        "probability": 1.0,
        "label": "high",
        "status": "OK",
        "request_id": seen.rows[0][0],
    }


BEGIN = """mutation { createABTest(input: {title: "t", algorithms: [1, 2], serve: CHAMPION_ONLY}) {
  abTest { state } userErrors { message } } }"""


async def test_predictions_of_a_paired_test_go_the_lean_way_on_both_edges(twins: Twins) -> None:
    begin = graphql(json.dumps({"query": BEGIN}).encode())
    calls = [
        begin,
        Sent(),
        graphql(operation(ROW)),
        Sent(body=json.dumps({"x": 666, "colour": "red"}).encode()),
    ]
    seen = await twins.both(calls)
    assert seen.lean == {"rest": 2, "graphql": 2}
    assert [row[3] for row in seen.rows] == [1, 1, 1]


OUT_OF_THE_ORDINARY = [
    Sent(body=b""),
    Sent(body=b"{"),
    Sent(body=b"[]"),
    Sent(body=json.dumps([ROW]).encode()),
    Sent(body=json.dumps(ROW | {"label": "high"}).encode()),
    Sent(body=json.dumps({"x": None, "colour": None}).encode()),
    Sent(body=json.dumps({"x": "12", "colour": "red"}).encode()),
    Sent(body=json.dumps({"x": 1, "colour": "green"}).encode()),
    Sent(body=json.dumps({"x": 1}).encode()),
    Sent(body=json.dumps(ROW | {"more": 1}).encode()),
    Sent(body=json.dumps(ROW | {"more": "x" * 40_000}).encode()),
    Sent(body=b'{"x": 1e999, "colour": "red"}'),
    Sent(body=b'{"x": 1, "colour": "\xff"}'),
    Sent(body=b" " * 70_000 + json.dumps(ROW).encode()),
    Sent(body=b"x=1&colour=red", headers=(("content-type", "application/x-www-form-urlencoded"),)),
    Sent(headers=(("content-type", "application/json; charset=latin-1"),)),
    Sent(headers=(("content-type", "application/json; charset=utf-8"),)),
    Sent(headers=(("content-type", "text/plain"),)),
    Sent(headers=()),
    Sent(headers=(*JSON.items(), ("content-type", "text/plain"))),
    Sent(headers=(*JSON.items(), ("accept", "image/png"))),
    Sent(headers=(*JSON.items(), ("accept", "text/html"))),
    Sent(headers=(*JSON.items(), ("content-encoding", "gzip"))),
    Sent(headers=(*JSON.items(), ("idempotency-key", "one"))),
    Sent(headers=(*JSON.items(), ("idempotency-key", "one"))),
    Sent(headers=(*JSON.items(), ("origin", "https://foreign.example"))),
    Sent(headers=(*JSON.items(), ("origin", "http://localhost:3000"))),
    Sent(headers=(*JSON.items(), ("traceparent", f"00-{'a' * 32}-{'b' * 16}-01"))),
    Sent(f"{LEVELS}?status=testing"),
    Sent(f"{LEVELS}?subject=ann&external_id=A"),
    Sent(f"{LEVELS}?"),
    Sent(f"{LEVELS}/"),
    Sent("/api/v1/levels/predict.json"),
    Sent("/api/v1/l%65vels/predict"),
    Sent("/api/v1/nothing/predict"),
    Sent("/api/v1//predict"),
    Sent("/api/v1/predict"),
    Sent("/api/v1/levels/predict_batch", body=json.dumps([ROW, ROW]).encode()),
    Sent(method="GET", body=b""),
    Sent(method="OPTIONS", body=b""),
    Sent(method="DELETE", body=b""),
    Sent(body=json.dumps({"x": 666, "colour": "red"}).encode()),
    Sent(body=json.dumps({"x": 667, "colour": "red"}).encode()),
    graphql(b""),
    graphql(b"{"),
    graphql(b"[]"),
    graphql(b"{}"),
    graphql(b'{"query": ""}'),
    graphql(b'{"query": "{ viewer { name } }", "operationName": "No"}'),
    graphql(b'{"query": "{ viewer { name } }"}'),
    graphql(b'{"query": "{ viewer { name } }"}', ("accept", "application/graphql-response+json")),
    graphql(b'{"query": "{ viewer { name } }"}', ("accept", "text/event-stream")),
    graphql(b'{"query": "{ viewer { name } }"}', ("accept", "image/png")),
    graphql(b'{"query": "{ viewer { name } }"}', ("graphql-cost", "1")),
    graphql(b'{"query": "{ nothing }"}'),
    graphql(b'{"query": "{ nothing }"}', ("accept", "application/graphql-response+json")),
    graphql(b'{"query": "subscription { requestLogged { id } }"}'),
    graphql(b'{"query": "{ endpoints(first: 10) { nodes { name featureSchema description } } }"}'),
    graphql(
        b'{"query": "{ endpoints(first: 10) { nodes { name featureSchema description } } }"}',
        ("accept-encoding", "gzip"),
    ),
    graphql(operation(ROW | {"label": "high"})),
    graphql(operation({"x": None, "colour": None})),
    graphql(operation({"x": "12", "colour": "red"})),
    graphql(operation([ROW])),
    graphql(operation({"x": 666, "colour": "red"})),
    graphql(operation(ROW, subject="ann")),
    graphql(operation(ROW, subject="")),
    graphql(operation(ROW, idempotencyKey="two")),
    graphql(operation(ROW, externalId="B")),
    graphql(operation(ROW, conditions={"status": "TESTING"})),
    graphql(operation(ROW, conditions={"algorithm": "at twenty"})),
]


async def test_what_is_out_of_the_ordinary_is_answered_as_ever(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("secrets.token_hex", lambda size=None: "0" * 2 * (size or 16))
    seen = await twins.both(OUT_OF_THE_ORDINARY)
    assert seen.lean == {"rest": 14, "graphql": 20}


async def test_rights_are_the_same_on_both_ways(twins: Twins) -> None:
    callers = [None, "", "nobody", *(scope.value for scope in Scope)]
    calls = [Sent(key=key) for key in callers] + [graphql(operation(ROW), key=key) for key in callers]
    seen = await twins.both(calls, anonymous_scopes="", profile="public")
    # Only the key that may predict goes the lean way to a prediction; the others are refused as ever.
    assert seen.lean["rest"] == 1
    assert len(seen.rows) == 2
    assert [status for status, *_ in seen.answers[: len(callers)]] == [401, 401, 401, 403, 200, 403, 403, 403]


async def test_foreign_hosts_and_large_bodies_are_refused_on_both_ways(twins: Twins) -> None:
    foreign = (*JSON.items(), ("host", "evil.example"))
    calls = [Sent(headers=foreign), graphql(operation(ROW), ("host", "evil.example"))]
    calls += [Sent(body=b" " * 3_000), graphql(b" " * 3_000), Sent()]
    seen = await twins.both(calls, max_body=2_000)
    assert [status for status, *_ in seen.answers] == [403, 403, 413, 413, 200]
    assert len(seen.rows) == 1


async def test_a_budget_is_spent_alike_and_refused_alike(twins: Twins) -> None:
    calls = [Sent(), graphql(operation(ROW)), *[Sent()] * 200, graphql(operation(ROW)), Sent()]
    seen = await twins.both(calls, budget=100)
    assert {status for status, *_ in seen.answers} == {200, 429}


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("/api/v1/abtests", b"*/*", 401),
        (LEVELS, b"*/*", 401),
        (LEVELS, b"image/png", 406),
        ("/graphql", b"image/png", 406),
        ("/nothing", b"*/*", 404),
    ],
)
async def test_what_is_refused_without_its_body_is_not_waited_for(
    sqlite_template: Path, tmp_path: Path, path: str, accept: bytes, status: int
) -> None:
    url = f"sqlite://{shutil.copy(sqlite_template, tmp_path / 'arbiter.db')}"
    settings = Settings.load(database_url=url, access_log=False, profile="public", anonymous_scopes="read")
    app = create_app(settings, build=partial(wiring.build, registry=small_registry()))
    statuses: list[int] = []

    async def receive() -> dict[str, Any]:
        raise AssertionError("the body was asked for")

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    sent = {
        "host": b"localhost",
        "content-type": b"application/json",
        "content-length": b"9",
        "accept": accept,
    }
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value) for name, value in sent.items()],
    }
    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
    assert statuses == [status]


headers = st.lists(
    st.sampled_from(
        [
            ("accept", "*/*"),
            ("accept", "application/json"),
            ("accept", "text/html;q=0.9, */*;q=0.1"),
            ("accept-encoding", "gzip"),
            ("accept-encoding", "identity"),
            ("content-type", "application/json"),
            ("content-type", "application/json;charset=UTF-8"),
            ("content-type", "text/plain"),
            ("graphql-cost", "yes"),
            ("idempotency-key", "k"),
            ("origin", "http://localhost"),
            ("origin", "null"),
            ("user-agent", "x"),
            ("x-api-key", "wrong"),
            ("x-forwarded-for", "203.0.113.9"),
        ]
    ),
    max_size=3,
)
values = st.one_of(
    st.none(), st.booleans(), st.integers(-2_000_000, 2_000_000), st.floats(width=32), st.text(max_size=5)
)
features = st.dictionaries(st.sampled_from(["x", "colour", "label", "z"]), values, max_size=3) | st.just(ROW)
bodies = st.one_of(
    features.map(lambda found: json.dumps(found).encode()),
    st.lists(features, max_size=2).map(lambda found: json.dumps(found).encode()),
    st.binary(max_size=12),
)
operations = st.one_of(
    features.map(operation),
    st.builds(operation, features, subject=st.text(max_size=3)),
    st.binary(max_size=12),
)
with_json = headers.map(lambda more: (*JSON.items(), *more))
sent = st.one_of(
    st.builds(Sent, body=bodies, headers=with_json | headers.map(tuple)),
    st.builds(Sent, path=st.just("/graphql"), body=operations, headers=with_json),
)


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(calls=st.lists(sent, min_size=40, max_size=60))
@pytest.mark.matrix
def test_whatever_is_sent_is_answered_alike(calls: list[Sent], sqlite_template: Path, tmp_path: Path) -> None:
    asyncio.run(Twins(sqlite_template, tmp_path).both(calls))
