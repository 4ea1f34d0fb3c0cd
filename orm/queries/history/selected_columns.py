"""Pages of requests of which only some columns are read, and whose rows go into an answer as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from enum import Enum
from functools import lru_cache
from typing import Any, TypeAlias

from domain.callers import Viewer
from domain.history.filters import RequestOrder
from domain.history.privacy import is_shown_as_stored, restrict
from domain.pacing import READ_ROWS_ON_LOOP, in_thread_if
from domain.requests.partial_request import MOST_KINDS, PartialRequest, maker_of
from domain.requests.request import Request
from domain.words import Arm, Fault, Outcome
from orm.connection.client import Reader
from orm.connection.statement import Statement, moment_or_none
from orm.queries.history.request_pages import Owner, PageQuery, page_sql, pages_by_owner_sql
from orm.queries.history.requests import (
    COLUMNS,
    HEAVY,
    names_of,
    page_requests,
    pages_by_owner,
    require_read,
)

ShownRequest: TypeAlias = Request | PartialRequest
"""A request as a viewer may see it: as far as it was asked for, or as a whole where a part of it is hidden."""


def _words(enum: type[Enum]) -> Callable[[Any], object]:
    known: Mapping[object, object] = {None: None, **{one.value: one for one in enum}}
    return known.__getitem__


_FLAGS: Mapping[object, bool | None] = {None: None, 0: False, 1: True}
_READ: Mapping[str, Callable[[Any], object]] = {
    "outcome": _words(Outcome),
    "fault": _words(Fault),
    "arm": _words(Arm),
    "correct": _FLAGS.__getitem__,
    "feedback_at": moment_or_none,
}
"""What makes a request's value of a column's, where it is not the same."""


async def page_of_columns(
    reader: Reader, viewer: Viewer, page: PageQuery, columns: frozenset[str]
) -> Sequence[ShownRequest]:
    """A page of the whole history in one statement, with `columns` and the id of each request.

    Where one of these may be hidden from `viewer`, whole requests are read and masked. Raises Forbidden unless the
    viewer may read.
    """
    if not is_shown_as_stored(viewer, columns):
        return await page_requests(
            reader,
            viewer,
            limit=page.limit,
            where=page.where,
            order=page.order,
            after=page.after,
            before=page.before,
            backward=page.backward,
            columns=columns,
        )
    require_read(viewer)
    statement = Statement(reader)
    wanted, names = _wanted(columns, page.order)
    page = _restricted(viewer, page)
    rows = await statement.raw_rows(page_sql(statement, page, names))
    found = await in_thread_if(len(rows) > READ_ROWS_ON_LOOP, _requests_of, rows, wanted, 0)
    return found[::-1] if page.backward else found


async def pages_of_columns_by_owner(
    reader: Reader,
    viewer: Viewer,
    owner: Owner,
    ids: Iterable[int],
    *,
    page: PageQuery,
    columns: frozenset[str],
) -> Mapping[int, Sequence[ShownRequest]]:
    """The same `page` of each of several endpoints, algorithms or tests, by their id, in one statement.

    Owners without a request in it are absent. `columns` are as in `page_of_columns`. Raises Forbidden.
    """
    if not is_shown_as_stored(viewer, columns):
        return await pages_by_owner(reader, viewer, owner, ids, page=page, columns=columns)
    require_read(viewer)
    statement = Statement(reader)
    wanted, names = _wanted(columns, page.order)
    page = _restricted(viewer, page)
    rows = await statement.raw_rows(pages_by_owner_sql(statement, page, names, owner, ids))
    requests = await in_thread_if(len(rows) > READ_ROWS_ON_LOOP, _requests_of, rows, wanted, 1)
    found: dict[int, list[PartialRequest]] = {}
    for row, request in zip(rows, requests, strict=True):
        found.setdefault(row[0], []).append(request)
    for owned in found.values():
        page.order.arrange(owned)
    return found


def _restricted(viewer: Viewer, page: PageQuery) -> PageQuery:
    where = restrict(viewer, page.where)
    return page if where is page.where else replace(page, where=where)


@lru_cache(maxsize=MOST_KINDS)
def _wanted(columns: frozenset[str], order: RequestOrder) -> tuple[tuple[str, ...], str]:
    """The columns in the table's order, so that one selection is one statement; and those that the order is by.

    Their names, and how they stand in the statement.
    """
    needed = {"id", order.column}
    names = tuple([name for name in (*COLUMNS, *HEAVY) if name in columns or name in needed])
    return names, names_of(names)


def _requests_of(rows: Sequence[Sequence[Any]], columns: tuple[str, ...], first: int) -> list[PartialRequest]:
    """The requests of rows in which these columns stand from the position `first` on."""
    if not rows:
        return []
    read = zip(columns, list(zip(*rows, strict=True))[first:], strict=False)
    # What is behind the columns was for the order.
    values = [map(_READ[name], column) if name in _READ else column for name, column in read]
    return list(map(maker_of(columns), zip(*values, strict=True)))
