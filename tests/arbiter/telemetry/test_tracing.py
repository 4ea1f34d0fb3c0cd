"""Traces through the whole application, caught by the SDK's exporter that keeps them in memory."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import ConsoleSpanExporter
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from arbiter import wiring
from arbiter.app import create_app
from arbiter.settings import Settings
from arbiter.telemetry.tracing import Telemetry, exporter_of
from domain.errors import InvalidSettings
from registry.discovery import Registry
from tests.arbiter.processes import ROOT, environment, serving
from tests.serving.world import small_registry

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
PARENT = {"traceparent": f"00-{TRACE}-{SPAN}-01", "tracestate": "vendor=opaque"}
PREDICT = (
    "mutation Ask($colour: String!) { predict(input: "
    '{endpoint: "levels", features: {x: 4711, colour: "red"}, subject: $colour}) { request { label } } }'
)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OTEL_SERVICE_NAME", "OTEL_TRACES_SAMPLER", "OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER"):
        monkeypatch.delenv(name, raising=False)


class Traces:
    """An application whose spans are kept; `spans` by name once it has stopped."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.exporter = InMemorySpanExporter()

    @asynccontextmanager
    async def client(self, registry: Registry | None = None) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(
            Settings.load(database_url=self.url, access_log=False),
            build=partial(wiring.build, registry=registry or small_registry()),
            telemetry=Telemetry(self.exporter),
        )
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client,
        ):
            yield client

    @property
    def spans(self) -> Sequence[ReadableSpan]:
        return self.exporter.get_finished_spans()

    def named(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found


@pytest.fixture
def traces(sqlite_url: str) -> Traces:
    return Traces(sqlite_url)


def attributes(span: ReadableSpan) -> dict[str, Any]:
    return dict(span.attributes or {})


def parent_of(span: ReadableSpan) -> str | None:
    return f"{span.parent.span_id:016x}" if span.parent else None


def id_of(span: ReadableSpan) -> str:
    context = span.get_span_context()
    assert context is not None
    return f"{context.span_id:016x}"


async def test_a_prediction_is_a_tree_of_spans_below_the_callers_own(traces: Traces) -> None:
    async with traces.client() as client:
        body = {"query": PREDICT, "variables": {"colour": "person-17"}}
        response = await client.post("/graphql", json=body, headers={**PARENT, "x-request-id": "r-1"})
    assert response.json() == {"data": {"predict": {"request": {"label": "high"}}}}
    call, operation = traces.named("POST /graphql"), traces.named("mutation Ask")
    assert parent_of(call) == SPAN
    assert parent_of(operation) == id_of(call)
    steps = [span for span in traces.spans if span.name in ("validate", "choose", "run", "log")]
    assert [span.name for span in steps] == ["validate", "choose", "run", "log"]
    assert {parent_of(span) for span in steps} == {id_of(operation)}
    assert {f"{span.context.trace_id:032x}" for span in traces.spans if span.context} == {TRACE}
    assert call.kind is SpanKind.SERVER
    assert call.context is not None
    assert call.context.trace_state.get("vendor") == "opaque"
    assert attributes(call) == {
        "http.request.method": "POST",
        "http.route": "/graphql",
        "http.response.status_code": 200,
        "url.path": "/graphql",
        "url.scheme": "http",
        "arbiter.request_id": "r-1",
    }
    assert attributes(operation) == {"graphql.operation.type": "mutation", "graphql.operation.name": "Ask"}
    assert call.resource.attributes["service.name"] == "arbiter"


async def test_statements_are_spans_with_their_text_and_without_their_values(traces: Traces) -> None:
    async with traces.client() as client:
        query = '{ requests(where: {subject: "person-17"}) { nodes { id } } }'
        response = await client.post("/graphql", json={"query": query})
    assert response.json() == {"data": {"requests": {"nodes": []}}}
    operation = traces.named("query")
    (statement,) = [span for span in traces.spans if parent_of(span) == id_of(operation)]
    assert statement.name == "database"
    found = attributes(statement)
    assert found["db.system.name"] == "sqlite"
    assert found["db.query.text"].startswith("SELECT")
    assert "person-17" not in found["db.query.text"]


async def test_no_span_tells_an_input_or_a_document(traces: Traces) -> None:
    async with traces.client() as client:
        body = {"query": PREDICT, "variables": {"colour": "person-17"}}
        await client.post("/graphql", json=body)
        await client.get("/graphql", params={"query": '{ endpoint(name: "secret-4711") { id } }'})
        await client.post("/api/v1/levels/predict", json={"x": 4711, "colour": "secret-4711"})
    told = " ".join(span.to_json() for span in traces.spans)
    assert len(traces.spans) > 8
    assert [word for word in ("4711", "person-17", "predict(", "secret") if word in told] == []


async def test_routes_stand_in_names_and_urls_of_nobody_do_not(traces: Traces) -> None:
    async with traces.client() as client:
        await client.post("/api/v1/levels/predict", json={"x": 1, "colour": "red"})
        await client.get("/nowhere/at-all")
        await client.request("BREW", "/livez")
    names = [span.name for span in traces.spans if span.kind is SpanKind.SERVER]
    assert names == ["POST /api/v1/{endpoint}/predict", "GET", "HTTP /livez"]
    assert attributes(traces.named("GET"))["http.response.status_code"] == 404
    assert attributes(traces.named("HTTP /livez"))["http.request.method"] == "_OTHER"


async def test_a_failing_server_is_an_error_and_a_wrong_call_is_none(
    traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with traces.client() as client:
        await client.post(
            "/graphql", json={"query": "{"}, headers={"accept": "application/graphql-response+json"}
        )
        monkeypatch.delattr(client._transport.app.state, "metrics")  # type: ignore[attr-defined]
        failed = await client.get("/metrics")
    assert failed.status_code == 500
    wrong, broken = traces.named("POST /graphql"), traces.named("GET /metrics")
    assert (attributes(wrong)["http.response.status_code"], wrong.status.status_code) == (
        400,
        StatusCode.UNSET,
    )
    assert (attributes(broken)["http.response.status_code"], broken.status.status_code) == (
        500,
        StatusCode.ERROR,
    )
    assert attributes(broken)["error.type"] == "AttributeError"
    assert [event.name for event in broken.events] == []


async def test_an_invalid_traceparent_begins_a_new_trace(traces: Traces) -> None:
    async with traces.client() as client:
        await client.get("/livez", headers={"traceparent": f"00-{TRACE}-{'0' * 16}-01"})
    span = traces.named("GET /livez")
    assert span.parent is None
    assert span.context is not None
    assert f"{span.context.trace_id:032x}" != TRACE


async def test_a_call_that_its_caller_does_not_sample_records_nothing(traces: Traces) -> None:
    async with traces.client() as client:
        response = await client.get("/livez", headers={"traceparent": f"00-{TRACE}-{SPAN}-00"})
    assert response.status_code == 200
    assert traces.spans == ()


@pytest.mark.parametrize(
    ("variable", "value"), [("OTEL_SDK_DISABLED", "true"), ("OTEL_TRACES_SAMPLER", "always_off")]
)
async def test_the_standard_variables_switch_it_off(
    traces: Traces, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv(variable, value)
    async with traces.client() as client:
        assert (await client.get("/livez")).status_code == 200
    assert traces.spans == ()


async def test_the_service_has_the_name_that_the_standard_variable_gives(
    traces: Traces, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "predictions")
    async with traces.client() as client:
        await client.get("/livez")
    assert traces.named("GET /livez").resource.attributes["service.name"] == "predictions"


def test_spans_go_where_the_standard_variables_say() -> None:
    assert isinstance(exporter_of({}), OTLPSpanExporter)
    assert isinstance(exporter_of({"OTEL_TRACES_EXPORTER": "otlp"}), OTLPSpanExporter)
    assert isinstance(exporter_of({"OTEL_TRACES_EXPORTER": "console"}), ConsoleSpanExporter)
    assert exporter_of({"OTEL_TRACES_EXPORTER": "none"}) is None
    with pytest.raises(InvalidSettings, match="OTEL_TRACES_EXPORTER is 'zipkin': use `otlp`"):
        exporter_of({"OTEL_TRACES_EXPORTER": "zipkin"})
    with pytest.raises(InvalidSettings, match="OTEL_EXPORTER_OTLP_PROTOCOL is 'grpc': only `http/protobuf`"):
        exporter_of({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})


class Collector(BaseHTTPRequestHandler):
    """What a collector of traces does: takes a POST of protobuf, and keeps it."""

    taken: ClassVar[list[tuple[str, ExportTraceServiceRequest]]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.taken.append((self.path, ExportTraceServiceRequest.FromString(body)))
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[str]:
    """The address of a collector on a free port."""
    Collector.taken.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.matrix
def test_a_server_process_sends_its_spans_to_the_collector_and_its_logs_join_them(
    tmp_path: Path, collector: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "none")
    with serving(tmp_path, telemetry="true") as server, server.client() as client:
        assert client.get("/livez", headers=PARENT).status_code == 200
        assert server.stop() == 0
        lines = [event for event in server.events if event["event"] == "request"]
    assert [line["trace_id"] for line in lines] == [TRACE]
    assert [path for path, _ in Collector.taken] == ["/v1/traces"]
    ((_, taken),) = Collector.taken
    (sent,) = [span for group in taken.resource_spans for scope in group.scope_spans for span in scope.spans]
    assert (sent.name, sent.trace_id.hex(), sent.parent_span_id.hex()) == ("GET /livez", TRACE, SPAN)


WITHOUT = """
import sys
sys.modules["opentelemetry"] = None
from arbiter.app import create_app
from arbiter.settings import Settings
from domain.errors import InvalidSettings
assert create_app(Settings.load()) is not None
try:
    create_app(Settings.load(telemetry=True))
except InvalidSettings as error:
    print(error.message)
"""


def test_without_the_extra_it_serves_untraced_and_names_the_cure(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", WITHOUT],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == (
        "ARBITER_TELEMETRY is true, but OpenTelemetry is not installed: set it to false, or "
        "install the extra `telemetry`: run pip install '.[telemetry]' in a clone of Arbiter\n"
    )


def test_untraced_it_loads_nothing_of_opentelemetry() -> None:
    script = "import sys, arbiter.app, arbiter.settings as s; arbiter.app.create_app(s.Settings.load()); "
    script += "print(sorted(name for name in sys.modules if name.startswith('opentelemetry')))"
    run = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, json.loads(run.stdout)) == (0, [])
