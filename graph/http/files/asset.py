"""Files of our own pages as browsers get them: kept for ever under names that change with their content."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import cache

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from graph.http.negotiation import accepts_gzip

CACHE_FOR_EVER = "public, max-age=31536000, immutable"
MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
SMALLEST_GZIP = 1024
PACKED = frozenset({"image/png"})
"""Media types whose bytes are compressed already."""


@dataclass(frozen=True, slots=True)
class Asset:
    """One file of a page: the name in its URL, its bytes, media type and (quoted) entity tag."""

    name: str
    body: bytes
    media_type: str
    etag: str

    @property
    def etag_of_gzip(self) -> str:
        """The entity tag of the same bytes compressed, since it names the bytes that travel."""
        return f'{self.etag[:-1]}-gzip"'


async def asset_response(request: Request, found: Asset | None) -> Response:
    """An asset as the answer to a request, compressed where that is accepted.

    Answers 304 when the browser holds it already, and 404 for None: there is no such asset.
    """
    if found is None:
        return PlainTextResponse("No such asset.\n", status_code=404, headers={"cache-control": "no-store"})
    headers = {
        "cache-control": CACHE_FOR_EVER,
        "cross-origin-resource-policy": "same-origin",
        "vary": "Accept-Encoding",
        "x-content-type-options": "nosniff",
    }
    for tag in (found.etag, found.etag_of_gzip):
        if _names(request.headers.get("if-none-match", ""), tag):
            return Response(status_code=304, headers=headers | {"etag": tag})
    worth_it = len(found.body) >= SMALLEST_GZIP and found.media_type not in PACKED
    if not worth_it or not accepts_gzip(request.headers.get("accept-encoding", "")):
        return Response(found.body, media_type=found.media_type, headers=headers | {"etag": found.etag})
    body = await run_in_threadpool(compressed, found)
    headers |= {"etag": found.etag_of_gzip, "content-encoding": "gzip"}
    return Response(body, media_type=found.media_type, headers=headers)


@cache
def compressed(found: Asset) -> bytes:
    """An asset's bytes as gzip, made once, when somebody first asks (a tenth of a second for the largest)."""
    return gzip.compress(found.body, mtime=0)


def _names(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
