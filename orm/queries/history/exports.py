"""The whole history, or what a filter finds of it, in chunks that are encoded away from the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, TypeVar

from domain.callers import Viewer
from domain.history.filters import Position, RequestFilter, RequestOrder
from domain.history.privacy import mask_for, restrict
from domain.requests.request import Request
from orm.connection.client import Reader
from orm.connection.statement import Statement
from orm.queries.history.request_pages import PageQuery, page_sql
from orm.queries.history.requests import column_names, request_of, require_read

CHUNK = 1_000
T = TypeVar("T")


async def newest_request(reader: Reader) -> int:
    """The highest id that is stored; 0 where there is none."""
    return await Statement(reader).value("SELECT max(id) AS id FROM ml_request") or 0


async def chunks_of_requests(
    readers: Callable[[], AbstractAsyncContextManager[Reader]],
    viewer: Callable[[], Viewer],
    encode: Callable[[Sequence[Request]], T],
    *,
    where: RequestFilter | None,
    last_id: int,
    columns: frozenset[str],
    chunk: int = CHUNK,
    first_id: int = 0,
) -> AsyncGenerator[T, None]:
    """What `encode` makes of each chunk of the requests of `where` from `first_id` up to `last_id`, in ascending id.

    Rows become requests, masked for the viewer, and are encoded in a thread; between two chunks neither a
    connection nor a transaction is held. `viewer` is asked before each chunk, so that a right that is taken away
    ends the stream; it raises then. `readers` is `database.reader`. Raises Forbidden, DatabaseUnavailable,
    QueryTimeout.
    """
    page = PageQuery(chunk, where, RequestOrder.ID_ASC, before=Position(last_id + 1))
    if first_id:
        page = replace(page, after=Position(first_id - 1))
    while True:
        now = viewer()
        require_read(now)
        async with readers() as reader:
            rows = await _rows(reader, now, page, columns)
        if rows:
            yield await asyncio.to_thread(_encoded, rows, now, encode)
        if len(rows) < chunk:
            return
        page = replace(page, after=Position(rows[-1]["id"]))


async def _rows(reader: Reader, viewer: Viewer, page: PageQuery, columns: frozenset[str]) -> Sequence[Any]:
    """The rows as the driver gives them: making dictionaries of so many would hold the event loop."""
    statement = Statement(reader)
    return await statement.raw_rows(
        page_sql(statement, replace(page, where=restrict(viewer, page.where)), column_names(columns, viewer))
    )


def _encoded(rows: Sequence[Any], viewer: Viewer, encode: Callable[[Sequence[Request]], T]) -> T:
    return encode([mask_for(viewer, request_of(dict(row))) for row in rows])
