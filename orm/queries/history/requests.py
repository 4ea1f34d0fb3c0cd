"""The history of requests: pages by keyset, feedback, and the figures of a test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import datetime

from domain.callers import Scope, Viewer
from domain.errors import Forbidden
from domain.history.filters import Position, RequestFilter, RequestOrder
from domain.history.privacy import mask_for, restrict, sees_all
from domain.pacing import MASKED_CHARACTERS_ON_LOOP, READ_ROWS_ON_LOOP, in_thread_if
from domain.requests.feedback import FeedbackEvent, FeedbackUpdate
from domain.requests.request import Request
from domain.words import Arm, Fault, Outcome
from orm.connection.client import INT64, Client, Reader, Row, Tx
from orm.connection.statement import (
    Statement,
    Write,
    arrays_of,
    conjunction,
    moment,
    moment_or_none,
    write_rows,
)
from orm.queries.history.request_filters import conditions_of
from orm.queries.history.request_pages import (
    Owner,
    PageQuery,
    counts_by_owner_sql,
    page_sql,
    pages_by_owner_sql,
)

COLUMNS = (
    "id",
    "endpoint_id",
    "algorithm_id",
    "ab_test_id",
    "arm",
    "subject",
    "outcome",
    "fault",
    "label",
    "value",
    "probability",
    "latency",
    "feedback",
    "feedback_at",
    "correct",
    "residual",
    "confidence",
)
"""Columns of a few bytes, which every whole request has."""
HEAVY = ("input", "full_response", "message", "external_id")
"""Columns that are read where they are asked for: wide ones, and one of another table."""
EXTERNAL_ID = "(SELECT e.external_id FROM external_id e WHERE e.request_id = ml_request.id) AS external_id"
LONGEST_INPUT = 64 * 1024
"""Characters of an input that are read; 0.6 ms to read or to write as much JSON. Releases before kept longer ones."""
SHOWN = 1_000
"""Characters that are read of a longer one, and then `…`: a text, since it is no JSON any more."""
INPUT = f"CASE WHEN length(input) <= {LONGEST_INPUT} THEN input ELSE substr(input, 1, {SHOWN}) || '…' END AS input"
_COMPUTED = {"input": INPUT, "external_id": EXTERNAL_ID}
CHUNK = 500


async def page_requests(
    reader: Reader,
    viewer: Viewer,
    *,
    limit: int,
    where: RequestFilter | None = None,
    order: RequestOrder = RequestOrder.ID_DESC,
    after: Position | None = None,
    before: Position | None = None,
    backward: bool = False,
    columns: frozenset[str] | None = None,
) -> list[Request]:
    """Up to `limit` requests between two positions of an order, both excluded, in one statement.

    `backward` takes the rows next to `before` instead of those next to `after`; the order stays. `columns`
    says which of HEAVY are wanted (None: all); those left out come back empty, the others are always read. Raises
    Forbidden unless the viewer may read.
    """
    require_read(viewer)
    statement = Statement(reader)
    asked = PageQuery(limit, restrict(viewer, where), order, after, before, backward)
    rows = await statement.rows(page_sql(statement, asked, column_names(columns, viewer)))
    page = await _shown(viewer, rows)
    return page[::-1] if backward else page


async def pages_by_owner(
    reader: Reader,
    viewer: Viewer,
    owner: Owner,
    ids: Iterable[int],
    *,
    page: PageQuery,
    columns: frozenset[str] | None = None,
) -> dict[int, list[Request]]:
    """The same `page` of each of several endpoints, algorithms or tests, by their id, in one statement.

    Owners without a request in it are absent. `columns` is as in `page_requests`. Raises Forbidden.
    """
    require_read(viewer)
    statement = Statement(reader)
    names = column_names(columns, viewer)
    page = replace(page, where=restrict(viewer, page.where))
    rows = await statement.rows(pages_by_owner_sql(statement, page, names, owner, ids))
    found: dict[int, list[Request]] = {}
    for row, request in zip(rows, await _shown(viewer, rows), strict=True):
        found.setdefault(row["owner_id"], []).append(request)
    for requests in found.values():
        page.order.arrange(requests)
    return found


async def count_requests(reader: Reader, viewer: Viewer, where: RequestFilter | None, cap: int) -> int:
    """How many requests meet `where`, counting no further than `cap`. Raises Forbidden."""
    require_read(viewer)
    statement = Statement(reader)
    conditions = conjunction(conditions_of(statement, restrict(viewer, where)))
    counted = f"SELECT 1 AS one FROM ml_request {conditions} LIMIT {statement.bind(cap)}"
    return int(await statement.value(f"SELECT count(*) AS n FROM ({counted}) counted"))


async def counts_by_owner(
    reader: Reader, viewer: Viewer, owner: Owner, ids: Iterable[int], *, where: RequestFilter | None, cap: int
) -> dict[int, int]:
    """How many requests of `where` each of several owners has, by their id, in one statement.

    Counting stops at `cap` for each. Raises Forbidden.
    """
    require_read(viewer)
    statement = Statement(reader)
    rows = await statement.rows(counts_by_owner_sql(statement, restrict(viewer, where), cap, owner, ids))
    return {row["owner_id"]: row["n"] for row in rows}


async def requests_by_ids(
    client: Client, viewer: Viewer | None, ids: Iterable[int], columns: frozenset[str] | None = None
) -> dict[int, Request]:
    """The requests of those ids that exist, by id, in one statement.

    With the viewer None the server reads for itself, unmasked: an answer to a caller must not be made of that
    before `domain.history.privacy.mask_for`. Raises Forbidden unless the viewer may read.
    """
    if viewer is not None:
        require_read(viewer)
    statement = Statement(client)
    where = statement.among("id", ids, largest=INT64)
    names = _names(columns) if viewer is None else column_names(columns, viewer)
    rows = await statement.rows(f"SELECT {names} FROM ml_request WHERE {where}")
    if viewer is None:
        return await in_thread_if(len(rows) > READ_ROWS_ON_LOOP, _by_id, rows)
    return {request.id: request for request in await _shown(viewer, rows)}


async def stream_requests(
    readers: Callable[[], AbstractAsyncContextManager[Reader]],
    viewer: Viewer,
    *,
    where: RequestFilter | None = None,
    after: int | None = None,
    chunk: int = CHUNK,
    columns: frozenset[str] | None = None,
) -> AsyncIterator[Request]:
    """Every request of `where` in ascending id, in constant memory; `readers` is `database.reader`.

    Between two chunks it holds neither a connection nor a transaction. Raises Forbidden.
    """
    position = None if after is None else Position(after)
    while True:
        async with readers() as reader:
            page = await page_requests(
                reader,
                viewer,
                limit=chunk,
                where=where,
                order=RequestOrder.ID_ASC,
                after=position,
                columns=columns,
            )
        for request in page:
            yield request
        if len(page) < chunk:
            return
        position = Position(page[-1].id)


async def lock_requests(tx: Tx, ids: Iterable[int]) -> dict[int, Request]:
    """The requests of those ids that exist, by id and unmasked; nobody else changes them until `tx` ends."""
    statement = Statement(tx)
    where = statement.among("id", ids, largest=INT64)
    # Locked in id order: two callers with the same ids wait for each other instead of for ever.
    lock = "FOR UPDATE" if statement.postgres else ""
    rows = await statement.rows(f"SELECT {_names(None)} FROM ml_request WHERE {where} ORDER BY id {lock}")
    return await in_thread_if(len(rows) > READ_ROWS_ON_LOOP, _by_id, rows)


async def _shown(viewer: Viewer, rows: Sequence[Row]) -> list[Request]:
    """The rows as `viewer` may see them; masking reads the inputs, so long ones are masked in a thread."""
    read = sum(len(row.get("input", "")) for row in rows)
    much = len(rows) > READ_ROWS_ON_LOOP or read > MASKED_CHARACTERS_ON_LOOP
    return await in_thread_if(much, _masked, viewer, rows)


def _masked(viewer: Viewer, rows: Sequence[Row]) -> list[Request]:
    return [mask_for(viewer, request_of(row)) for row in rows]


def _by_id(rows: Iterable[Row]) -> dict[int, Request]:
    return {row["id"]: request_of(row) for row in rows}


async def store_feedback(tx: Tx, updates: Sequence[FeedbackUpdate]) -> None:
    """Writes the feedback columns of many requests in one statement."""
    rows = [
        [update.feedback, update.feedback_at, update.correct, update.residual, update.request_id]
        for update in updates
    ]
    await write_rows(
        tx,
        Write(
            rows,
            sqlite="UPDATE ml_request SET feedback = ?, feedback_at = ?, correct = ?, residual = ? WHERE id = ?",
            postgres="UPDATE ml_request r SET feedback = u.feedback, feedback_at = u.feedback_at, correct = u.correct, "
            "residual = u.residual FROM unnest($1::text[], $2::timestamptz[], $3::bool[], $4::float8[], "
            "$5::bigint[]) AS u (feedback, feedback_at, correct, residual, id) WHERE r.id = u.id",
        ),
    )


async def add_feedback_events(
    tx: Tx, updates: Sequence[FeedbackUpdate], created_by: str, now: datetime
) -> None:
    """Appends each update to the history of its request's ground truth, in one statement."""
    rows = [[update.request_id, update.feedback, created_by, now] for update in updates]
    insert = "INSERT INTO feedback_event (request_id, feedback, created_by, created_at)"
    await write_rows(
        tx,
        Write(
            rows,
            sqlite=f"{insert} VALUES (?, ?, ?, ?)",
            postgres=f"{insert} SELECT * FROM unnest({arrays_of(('bigint', 'text', 'text', 'timestamptz'))})",
        ),
    )


async def feedback_events_of(
    client: Client, request_ids: Iterable[int], *, most: int
) -> dict[int, list[FeedbackEvent]]:
    """The last changes of the ground truth of these requests, up to `most` of each, by request, newest first."""
    statement = Statement(client)
    columns, among = (
        "request_id, feedback, created_by, created_at",
        statement.among("request_id", request_ids, largest=INT64),
    )
    numbered = "row_number() OVER (PARTITION BY request_id ORDER BY id DESC) AS place"
    rows = await statement.rows(
        f"SELECT {columns} FROM (SELECT id, {columns}, {numbered} FROM feedback_event WHERE {among}) numbered "
        f"WHERE place <= {statement.bind(most)} ORDER BY id DESC"
    )
    found: dict[int, list[FeedbackEvent]] = {}
    for row in rows:
        event = FeedbackEvent(**{**row, "created_at": moment(row["created_at"])})
        found.setdefault(event.request_id, []).append(event)
    return found


def require_read(viewer: Viewer) -> None:
    """Raises Forbidden unless `viewer` may read requests."""
    if not viewer.principal.may(Scope.READ):
        raise Forbidden(f"'{viewer.principal.name}' may not read requests; the scope `read` is needed.")


def column_names(columns: frozenset[str] | None, viewer: Viewer) -> str:
    """The columns to read, as SQL. Whether a message quotes a private value can be told beside the input only."""
    if columns is not None and "message" in columns and not sees_all(viewer):
        columns |= {"input"}
    return _names(columns)


def _names(columns: frozenset[str] | None) -> str:
    return names_of([*COLUMNS, *(name for name in HEAVY if columns is None or name in columns)])


def names_of(columns: Iterable[str]) -> str:
    """These columns of requests, as SQL."""
    return ", ".join([_COMPUTED.get(name, name) for name in columns])


def request_of(row: Row) -> Request:
    """The request of a row, unmasked: `domain.history.privacy.mask_for` comes before anybody sees it."""
    correct = row["correct"]
    return Request(
        id=row["id"],
        endpoint_id=row["endpoint_id"],
        algorithm_id=row["algorithm_id"],
        ab_test_id=row["ab_test_id"],
        arm=None if row["arm"] is None else Arm(row["arm"]),
        subject=row["subject"],
        input=row.get("input", ""),
        full_response=row.get("full_response", ""),
        outcome=Outcome(row["outcome"]),
        fault=None if row["fault"] is None else Fault(row["fault"]),
        label=row["label"],
        value=row["value"],
        probability=row["probability"],
        message=row.get("message"),
        latency=row["latency"],
        feedback=row["feedback"],
        feedback_at=moment_or_none(row["feedback_at"]),
        correct=None if correct is None else bool(correct),
        residual=row["residual"],
        confidence=row["confidence"],
        external_id=row.get("external_id"),
    )
