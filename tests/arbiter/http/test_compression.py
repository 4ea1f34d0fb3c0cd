from __future__ import annotations

import gzip
import threading
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipResponder
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from arbiter.http.compression import SMALLEST, Compression
from domain.pacing import COMPRESSED_BYTES_ON_LOOP
from graph.http.negotiation import accepts_gzip

LINE = b'{"label":"<=50K","probability":0.45}\n'


async def sized(request: Request) -> Response:
    size = int(request.path_params["size"])
    return Response((LINE * (size // len(LINE) + 1))[:size], media_type="application/json")


async def streamed(request: Request) -> Response:
    async def lines() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield LINE * 100

    return StreamingResponse(lines(), media_type=request.query_params["type"])


async def compressed_already(_request: Request) -> Response:
    return Response(gzip.compress(LINE * 100, mtime=0), headers={"content-encoding": "gzip"})


APP = Starlette(
    routes=[
        Route("/sized/{size}", sized),
        Route("/streamed", streamed),
        Route("/compressed", compressed_already),
    ],
    middleware=[Middleware(Compression)],
)


async def get(path: str, accept_encoding: str | None) -> tuple[httpx.Response, bytes]:
    """An answer, and the bytes that travelled."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://here") as client:
        del client.headers["accept-encoding"]
        headers = {} if accept_encoding is None else {"accept-encoding": accept_encoding}
        async with client.stream("GET", path, headers=headers) as response:
            raw = b"".join([chunk async for chunk in response.aiter_raw()])
    return response, raw


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        ("", False),
        ("gzip", True),
        ("GZIP", True),
        ("x-gzip", True),
        ("deflate, gzip;q=1.0, *;q=0.5", True),
        ("br;q=1, gzip ; q=0.001", True),
        ("*", True),
        ("*;q=0", False),
        ("gzip;q=0", False),
        ("gzip;q=0.000, *", False),
        ("gzip;q=high", False),
        ("identity", False),
        ("br", False),
        ("gzipped", False),
        (",;,", False),
    ],
)
def test_gzip_is_accepted_as_the_header_weighs_it(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


@pytest.mark.parametrize("size", [SMALLEST, 5_000, COMPRESSED_BYTES_ON_LOOP, 300_000])
async def test_long_answers_are_compressed_for_those_who_accept_it(size: int) -> None:
    response, raw = await get(f"/sized/{size}", "gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"] == "Accept-Encoding"
    assert response.headers["content-length"] == str(len(raw))
    assert gzip.decompress(raw) == (LINE * (size // len(LINE) + 1))[:size]
    assert len(raw) < size / 5


@pytest.mark.parametrize("accept_encoding", [None, "identity", "gzip;q=0", "br"])
async def test_for_everybody_else_nothing_is_different(accept_encoding: str | None) -> None:
    response, raw = await get("/sized/5000", accept_encoding)
    assert dict(response.headers) == {"content-length": "5000", "content-type": "application/json"}
    assert len(raw) == 5_000


@pytest.mark.parametrize("size", [0, 1, 300, SMALLEST - 1])
async def test_short_answers_are_never_compressed(size: int) -> None:
    response, raw = await get(f"/sized/{size}", "gzip")
    assert dict(response.headers) == {"content-length": str(size), "content-type": "application/json"}
    assert len(raw) == size


async def test_streams_are_compressed_piece_by_piece() -> None:
    response, raw = await get("/streamed?type=text/csv", "gzip")
    assert response.headers["content-encoding"] == "gzip"
    assert "content-length" not in response.headers
    assert gzip.decompress(raw) == LINE * 300


async def test_event_streams_are_left_alone_so_that_events_arrive_at_once() -> None:
    response, raw = await get("/streamed?type=text/event-stream", "gzip")
    assert "content-encoding" not in response.headers
    assert raw == LINE * 300


async def test_what_is_compressed_already_is_not_compressed_again() -> None:
    _, raw = await get("/compressed", "gzip")
    assert gzip.decompress(raw) == LINE * 100


async def test_large_answers_are_compressed_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[int, str] = {}
    compress = GZipResponder._compress_body

    def spy(self: GZipResponder, body: bytes, more_body: bool) -> bytes:
        seen[len(body)] = threading.current_thread().name
        return compress(self, body, more_body)

    monkeypatch.setattr(GZipResponder, "_compress_body", spy)
    await get("/sized/4000", "gzip")
    await get(f"/sized/{COMPRESSED_BYTES_ON_LOOP}", "gzip")
    here = threading.current_thread().name
    assert seen[4_000] == here
    assert seen[COMPRESSED_BYTES_ON_LOOP] != here


async def test_sockets_and_lifespans_pass_through() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope["type"], send))

    async def send(message: Any) -> None:
        raise AssertionError(message)

    compression = Compression(app)
    for kind in ("lifespan", "websocket"):
        await compression({"type": kind, "headers": [(b"accept-encoding", b"gzip")]}, send, send)  # type: ignore[arg-type]
    assert seen == [("lifespan", send), ("websocket", send)]
