"""Traces with OpenTelemetry: a span for each call, with the steps of a prediction and the SQL statements below it.

Spans tell routes, names of operations, statuses and times. They hold no input, no document and no value of a
statement. This module needs the extra `telemetry`; it is imported when ARBITER_TELEMETRY is on.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version

import structlog
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter, SpanExporter
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from arbiter.telemetry.traceparent import trace_id_of
from domain.errors import InvalidSettings
from domain.spans import Attributes, recording

SCOPE = "arbiter"
EXPORTER = "OTEL_TRACES_EXPORTER"
PROTOCOL = "OTEL_EXPORTER_OTLP_PROTOCOL"
TRACES_PROTOCOL = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"
KNOWN_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
SERVER_FAULT = 500
CLIENT_LEFT = 499


def exporter_of(environ: Mapping[str, str]) -> SpanExporter | None:
    """Where the standard OTEL_* variables send spans: over OTLP unless they say `console` or `none`.

    Raises InvalidSettings for an exporter or a protocol that is not supported.
    """
    wanted = environ.get(EXPORTER, "").strip().lower() or "otlp"
    if wanted == "none":
        return None
    if wanted == "console":
        return ConsoleSpanExporter()
    if wanted != "otlp":
        raise InvalidSettings(f"{EXPORTER} is {wanted[:80]!r}: use `otlp`, `console` or `none`")
    for variable in (TRACES_PROTOCOL, PROTOCOL):
        protocol = environ.get(variable, "").strip().lower()
        if protocol not in ("", "http/protobuf"):
            raise InvalidSettings(f"{variable} is {protocol[:80]!r}: only `http/protobuf` is supported")
    return OTLPSpanExporter()


class Telemetry:
    """The tracer of one application and what exports its spans; nothing runs before `open`."""

    def __init__(self, exporter: SpanExporter | None = None) -> None:
        self._exporter = exporter
        self._provider: TracerProvider | None = None
        self.tracer: Tracer = trace.NoOpTracer()

    @classmethod
    def of_environment(cls) -> Telemetry:
        """What the OTEL_* variables ask for. Raises InvalidSettings."""
        return cls(exporter_of(os.environ))

    async def open(self) -> None:
        """Start to export, in a thread of its own."""
        resource = Resource.create()
        if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
            resource = resource.merge(Resource({SERVICE_NAME: "arbiter"}))
        self._provider = TracerProvider(
            resource=Resource({SERVICE_VERSION: version("arbiter-server")}).merge(resource),
            shutdown_on_exit=False,
        )
        if self._exporter is not None:
            self._provider.add_span_processor(BatchSpanProcessor(self._exporter))
        self.tracer = self._provider.get_tracer(SCOPE)

    async def close(self) -> None:
        """Send what has not been sent, and stop."""
        if self._provider is not None:
            await asyncio.to_thread(self._provider.shutdown)


class TracingMiddleware:
    """Records each HTTP call as a span, below the caller's own when it sent a valid `traceparent`. Pure ASGI."""

    def __init__(self, app: ASGIApp, *, telemetry: Telemetry) -> None:
        self.app = app
        self.telemetry = telemetry

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one call."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        tracer = self.telemetry.tracer
        with tracer.start_as_current_span(
            _method(scope),
            context=parent_of(scope),
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            _join_logs(scope, span)
            if span.is_recording():
                await self._record(span, scope, receive, send)
            else:
                await self.app(scope, receive, send)

    async def _record(self, span: Span, scope: Scope, receive: Receive, send: Send) -> None:
        status = SERVER_FAULT

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with recording(Spans(self.telemetry.tracer)):
                await self.app(scope, receive, sending)
        except ClientDisconnect:
            status = CLIENT_LEFT
            raise
        except Exception as error:
            span.set_attribute("error.type", type(error).__qualname__)
            raise
        finally:
            _describe(span, scope, status)


class Spans:
    """The spans within a call."""

    def __init__(self, tracer: Tracer) -> None:
        self.tracer = tracer

    @contextmanager
    def span(self, name: str, attributes: Attributes) -> Iterator[None]:
        """A child of the span that is open. Of an error it keeps the class: a message may quote an input."""
        with self.tracer.start_as_current_span(
            name, attributes=dict(attributes), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except Exception as error:
                span.set_status(StatusCode.ERROR)
                span.set_attribute("error.type", type(error).__qualname__)
                raise


def parent_of(scope: Scope) -> Context:
    """The span that the caller's `traceparent` and `tracestate` name; none when the header is not valid."""
    if trace_id_of(scope) is None:
        return Context()
    found: dict[str, list[str]] = {"traceparent": [], "tracestate": []}
    for name, value in scope["headers"]:
        key = name.decode("latin-1")
        if key in found:
            found[key].append(value.decode("latin-1").strip())
    carrier = {key: ",".join(values) for key, values in found.items() if values}
    return TraceContextTextMapPropagator().extract(carrier, Context())


def route_of(scope: Scope) -> str | None:
    """The path with the names of its parameters in the place of their values; None for an unknown URL.

    >>> route_of({"path": "/api/v1/levels/predict", "endpoint": print, "path_params": {"name": "levels"}})
    '/api/v1/{name}/predict'
    """
    if "endpoint" not in scope:
        return None
    names = {str(value): f"{{{name}}}" for name, value in scope.get("path_params", {}).items()}
    return "/".join(names.get(part, part) for part in scope["path"].split("/"))


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in KNOWN_METHODS else "HTTP"


def _join_logs(scope: Scope, span: Span) -> None:
    """Have the call's log lines name its trace."""
    found = span.get_span_context()
    if found.is_valid:
        trace_id = trace.format_trace_id(found.trace_id)
        scope.setdefault("state", {})["trace_id"] = trace_id
        structlog.contextvars.bind_contextvars(trace_id=trace_id)


def _describe(span: Span, scope: Scope, status: int) -> None:
    method, route = _method(scope), route_of(scope)
    span.set_attributes(
        {
            "http.request.method": "_OTHER" if method == "HTTP" else method,
            "url.path": scope["path"],
            "url.scheme": scope.get("scheme", "http"),
            "http.response.status_code": status,
        }
    )
    request_id = scope.get("state", {}).get("request_id")
    if request_id is not None:
        span.set_attribute("arbiter.request_id", request_id)
    if route is not None:
        span.set_attribute("http.route", route)
        span.update_name(f"{method} {route}")
    if status >= SERVER_FAULT:
        span.set_status(StatusCode.ERROR)
