"""Lists as the old service gave them, ascending by id: whole and streamed, or page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from domain.ab_tests.ab_test import ABTest
from domain.catalog.entries import AlgorithmStatus
from orm.connection.database import Database
from rest.errors import HttpError
from rest.request_body import JSON
from rest.resource import REQUEST_ID_DIGITS, query_of, reply, services_of

PIECE = 32 * 1024
CHUNK = 500
LARGEST_ID = 2**31 - 1

Rows = AsyncIterator[dict[str, object]]
Entry = TypeVar("Entry", ABTest, AlgorithmStatus)
NewestFirst = Callable[..., Awaitable[Sequence[Entry]]]
"""A query for a page of entries, the newest first, as connections walk it."""


@dataclass(frozen=True, slots=True)
class ListSlice:
    """Which part of a list is asked for: rows with an id above `after`, at most `limit` (None: all)."""

    after: int = 0
    limit: int | None = None


def slice_of(request: Request, most: int) -> ListSlice:
    """The page that `?limit=&after=` name; without `limit` at most `most` rows, or all when that is 0.

    Raises HttpError (400) when one of them is no whole number in its range.
    """
    query = query_of(request)
    return ListSlice(
        after=_whole(query, "after", minimum=0) or 0, limit=_whole(query, "limit", minimum=1) or most or None
    )


def _whole(query: dict[str, str], name: str, minimum: int) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= REQUEST_ID_DIGITS):
        raise HttpError(400, {name: ["A valid integer is required."]})
    if int(text) < minimum:
        raise HttpError(400, {name: [f"Ensure this value is greater than or equal to {minimum}."]})
    return int(text)


async def oldest_first(
    database: Database, query: NewestFirst[Entry], after: int, shape: Callable[[Entry], dict[str, object]]
) -> Rows:
    """The shapes of all entries with an id above `after`, ascending; no more than a chunk is held in memory."""
    while after <= LARGEST_ID:
        chunk = await database.read(query, limit=CHUNK, before=after, backward=True)
        for entry in reversed(chunk):
            yield shape(entry)
        if len(chunk) < CHUNK:
            return
        after = chunk[0].id


async def entries(
    request: Request,
    query: NewestFirst[Entry],
    shape: Callable[[Entry], dict[str, object]],
    *,
    most: int,
) -> Response:
    """Every entry, ascending by id; `?limit=&after=` page them, without `limit` at most `most` (0: all)."""
    part = slice_of(request, most)
    return await stream(
        request, oldest_first(services_of(request).database, query, part.after, shape), part.limit
    )


async def stream(request: Request, rows: Rows, limit: int | None = None) -> Response:
    """The rows as one JSON list, in pieces of constant size, at most `limit` of them.

    The first row is read before the answer begins: a database that is gone is a 503, not a broken list. One
    that goes away later breaks the connection, so that no client takes half a list for the whole.
    """
    if request.method == "HEAD":
        response = Response(media_type=JSON)
        # How long the list is would take reading all of it.
        del response.headers["content-length"]
        return response
    first = await anext(rows, None)
    if first is None:
        return reply([])
    return StreamingResponse(_pieces(first, rows, limit), media_type=JSON)


async def _pieces(first: dict[str, object], rows: Rows, limit: int | None) -> AsyncIterator[bytes]:
    piece = bytearray(b"[" + orjson.dumps(first))
    count = 1
    async with aclosing(rows) as source:  # type: ignore[type-var]
        while limit is None or count < limit:
            row = await anext(source, None)
            if row is None:
                break
            count += 1
            piece += b"," + orjson.dumps(row)
            if len(piece) >= PIECE:
                yield bytes(piece)
                piece.clear()
    yield bytes(piece + b"]")
