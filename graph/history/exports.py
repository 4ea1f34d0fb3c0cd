"""Exports: the requests of a filter as a file of any size, streamed in constant memory."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from domain.errors import Denied, Unauthenticated, Unavailable
from graph.history.list_scope import ListScope
from graph.operation.context import Context
from orm.queries.history.exports import chunks_of_requests, newest_request
from serving.bulk.export_rows import NEEDED, Encode, RowValues, csv_header, csv_rows, ndjson_rows
from serving.callers.export_links import PATH, Export, ExportFormat
from serving.services import Services

MEDIA_TYPES = {
    ExportFormat.CSV: "text/csv; charset=utf-8; header=present",
    ExportFormat.NDJSON: "application/x-ndjson",
}
HEADERS = {"cache-control": "no-store", "x-content-type-options": "nosniff", "vary": "Accept-Encoding"}
GZIP_LEVEL = 5
GZIP_WINDOW = 31
"""What zlib calls a window of 32 KiB with gzip's own header."""


def export_url(context: Context, format: ExportFormat, scope: ListScope) -> str:
    """The URL under which the caller gets the requests of a list: relative to the server.

    Raises InvalidInput when its filter is too long for a URL.
    """
    return context.services.export_links.link(Export(format, scope.as_filter(), context.principal))


def export_routes() -> list[BaseRoute]:
    """The URLs that `exportUrl` gives. The application's state must hold `services`."""
    return [Route(f"{PATH}.{format}", partial(export, format), methods=["GET"]) for format in ExportFormat]


async def export(format: ExportFormat, request: Request) -> Response:
    """The file that a link asks for, or why there is none."""
    services: Services = request.app.state.services
    try:
        return await _answer(
            request, _Stream(services, services.export_links.open(format, request.query_params))
        )
    except Denied as error:
        return _refusal(401 if isinstance(error, Unauthenticated) else 403, error.code, error.message)
    except Unavailable as error:
        return _refusal(503, error.code, error.message, {"retry-after": "1"})


async def _answer(request: Request, stream: _Stream) -> Response:
    asked, now = stream.asked, stream.services.clock()
    name = f"arbiter-requests-{now:%Y%m%dT%H%M%SZ}.{asked.format}"
    headers = HEADERS | {"content-disposition": f'attachment; filename="{name}"'}
    stream.services.export_links.viewer(asked)
    if request.method == "HEAD":
        response = Response(media_type=MEDIA_TYPES[asked.format], headers=headers)
        del response.headers["content-length"]
        return response
    # The first piece is read before the answer begins: a database that is gone is a 503, not a broken file.
    pieces = stream.pieces()
    body = _all(await anext(pieces), pieces)
    if "gzip" in _accepted(request):
        headers["content-encoding"] = "gzip"
        body = _gzipped(body)
    return StreamingResponse(body, headers=headers, media_type=MEDIA_TYPES[asked.format])


@dataclass(frozen=True, slots=True)
class _Stream:
    """One export as it is made."""

    services: Services
    asked: Export

    async def pieces(self) -> AsyncGenerator[bytes, None]:
        """The file in pieces: everything that was stored when it began, in the order in which it was asked for.

        What is stored later has higher ids, except for what other processes commit meanwhile.
        """
        services, asked = self.services, self.asked
        last = await services.database.read(newest_request)
        features = self._features()
        yield csv_header(features) if asked.format is ExportFormat.CSV else b""
        chunks = chunks_of_requests(
            services.database.reader,
            lambda: services.export_links.viewer(asked),
            self._encode(features),
            where=asked.where,
            last_id=last,
            columns=NEEDED,
        )
        async with aclosing(chunks) as source:
            async for chunk in source:
                yield chunk

    def _encode(self, features: tuple[str, ...]) -> Encode:
        names = RowValues(self.services.catalog.snapshot)
        return csv_rows(names, features) if self.asked.format is ExportFormat.CSV else ndjson_rows(names)

    def _features(self) -> tuple[str, ...]:
        """The features of the one endpoint that is asked for; none when there may be several."""
        snapshot = self.services.catalog.snapshot
        ids = self.asked.where.endpoint_ids or ()
        endpoint = snapshot.endpoints.get(ids[0]) if len(ids) == 1 else None
        spec = snapshot.specs.get(endpoint.name) if endpoint else None
        return spec.features.names if spec else ()


async def _all(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """All pieces. When one cannot be made, the error breaks the connection and is logged as an incident.

    So nobody takes a part for the whole: neither chunked nor gzip-ed bodies come to their proper end.
    """
    yield first
    async with aclosing(rest) as source:
        async for piece in source:
            yield piece


async def _gzipped(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces compressed, each as soon as it is there; compressing happens in a thread."""
    packer = zlib.compressobj(GZIP_LEVEL, wbits=GZIP_WINDOW)
    async for piece in pieces:
        packed = await asyncio.to_thread(packer.compress, piece)
        if packed:
            yield packed
    yield packer.flush()


def _accepted(request: Request) -> set[str]:
    """The encodings that the client takes; `q=0` means that it does not."""
    choices = request.headers.get("accept-encoding", "").split(",")
    return {
        name.strip().lower()
        for name, _, quality in (choice.partition(";") for choice in choices)
        if quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    }


def _refusal(status: int, code: str, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(
        orjson.dumps({"detail": message, "code": code}),
        status,
        headers=HEADERS | (headers or {}),
        media_type="application/json",
    )
