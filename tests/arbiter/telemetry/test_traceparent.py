from __future__ import annotations

from typing import Any

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from arbiter.http.middleware import RequestContext
from arbiter.settings import LogFormat
from arbiter.telemetry.access_log import AccessLog
from arbiter.telemetry.traceparent import trace_id_in

TRACE = "0af7651916cd43dd8448eb211c80319c"
SPAN = "b7ad6b7169203331"
VALID = f"00-{TRACE}-{SPAN}-01"


@pytest.mark.parametrize(
    ("traceparent", "valid"),
    [
        (VALID, True),
        (f"00-{TRACE}-{SPAN}-00", True),
        (f" {VALID}\t", True),
        (f"cc-{TRACE}-{SPAN}-01-what-comes-later", True),
        (f"cc-{TRACE}-{SPAN}-01", True),
        ("", False),
        (f"ff-{TRACE}-{SPAN}-01", False),
        (f"00-{TRACE}-{SPAN}-01-more", False),
        (f"cc-{TRACE}-{SPAN}-01.more", False),
        (f"00-{TRACE}-{SPAN}", False),
        (f"00-{TRACE}-{SPAN}-1", False),
        (f"00-{'0' * 32}-{SPAN}-01", False),
        (f"00-{TRACE}-{'0' * 16}-01", False),
        (VALID.upper(), False),
        (f"00-{TRACE[:-1]}g-{SPAN}-01", False),
        (f"00-{TRACE}\n-{SPAN}-01", False),
    ],
)
def test_a_trace_is_joined_only_where_the_header_is_valid(traceparent: str, valid: bool) -> None:
    assert trace_id_in(traceparent.encode()) == (TRACE if valid else None)


class Lines:
    """What was logged of calls: the access log's lines, and what a log line within a call would name."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.bound: list[dict[str, Any]] = []

    async def handle(self, request: Request) -> JSONResponse:
        self.bound.append(structlog.contextvars.get_contextvars())
        return JSONResponse({"request_id": request.state.request_id})

    async def call(self, *headers: tuple[str, str]) -> httpx.Response:
        log = AccessLog(self.written.append, LogFormat.CONSOLE)
        app = Starlette(
            routes=[Route("/", self.handle)],
            middleware=[Middleware(RequestContext, observe=lambda *_: None, access_log=log)],
        )
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            response = await client.get("/", headers=list(headers))
        log.flush()
        return response


async def test_log_lines_name_the_trace_of_the_caller() -> None:
    lines = Lines()
    response = await lines.call(("traceparent", VALID), ("tracestate", "vendor=1"), ("x-request-id", "r-1"))
    assert response.json() == {"request_id": "r-1"}
    assert lines.bound == [{"request_id": "r-1", "trace_id": TRACE}]
    assert lines.written[0].endswith(f"request_id=r-1 status=200 trace_id={TRACE}\n")


@pytest.mark.parametrize(
    "headers", [[], [("traceparent", "nonsense")], [("traceparent", VALID), ("traceparent", VALID)]]
)
async def test_without_one_valid_header_no_trace_is_named(headers: list[tuple[str, str]]) -> None:
    lines = Lines()
    response = await lines.call(("x-request-id", "r-1"), *headers)
    assert response.status_code == 200
    assert lines.bound == [{"request_id": "r-1"}]
    assert "trace_id" not in lines.written[0]
