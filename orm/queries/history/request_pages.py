"""The SQL of pages of requests: of the whole history, or of many endpoints, algorithms or tests at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from domain.history.filters import Position, RequestFilter, RequestOrder
from orm.connection.client import INT32
from orm.connection.statement import Statement, conjunction, keyset, ordering
from orm.queries.history.request_filters import conditions_of


class Owner(StrEnum):
    """What requests stand below, by the column that says so; each has an index on (column, id)."""

    ENDPOINT = "endpoint_id"
    ALGORITHM = "algorithm_id"
    AB_TEST = "ab_test_id"


@dataclass(frozen=True, slots=True)
class PageQuery:
    """Up to `limit` requests of `where` between two positions of an order, both excluded.

    `backward` takes the rows next to `before` instead of those next to `after`; the order stays.
    """

    limit: int
    where: RequestFilter | None = None
    order: RequestOrder = RequestOrder.ID_DESC
    after: Position | None = None
    before: Position | None = None
    backward: bool = False


def page_sql(statement: Statement, page: PageQuery, names: str, *, own: str | None = None) -> str:
    """One page with the columns `names`; a page read backward comes in the opposite order.

    `own` is a condition without parameters that each row must meet as well.
    """
    if page.order is RequestOrder.FEEDBACK_AT_DESC:
        return _by_feedback(statement, page, names, own)
    return _by_id(statement, page, names, own)


def pages_by_owner_sql(
    statement: Statement, page: PageQuery, names: str, owner: Owner, ids: Iterable[int]
) -> str:
    """The same page of each of several owners: rows of `owner_id` and `names`, in no order.

    The page is found owner by owner, in the owner's index; a window function would read all their rows.
    """
    if statement.postgres:
        owners = _owners(statement, ids)
        each = page_sql(statement, page, names, own=f"{owner} = owners.owner_id")
        return f"SELECT owner_id, page.* FROM {owners} CROSS JOIN LATERAL ({each}) page"
    # SQLite has no LATERAL. CROSS JOIN keeps it from walking the requests first; the list is made for each owner.
    owners = _owners(statement, ids)
    each = page_sql(statement, page, "id, feedback_at", own=f"{owner} = owners.owner_id")
    return (
        f"SELECT owner_id, {names} FROM {owners} CROSS JOIN ml_request "
        f"ON ml_request.id IN (SELECT id FROM ({each}))"
    )


def counts_by_owner_sql(
    statement: Statement, where: RequestFilter | None, cap: int, owner: Owner, ids: Iterable[int]
) -> str:
    """How many requests of `where` each of several owners has, counting no further than `cap`."""
    conditions = [f"{owner} = owners.owner_id", *conditions_of(statement, where)]
    inner = f"SELECT 1 AS one FROM ml_request {conjunction(conditions)} LIMIT {statement.bind(cap)}"
    return f"SELECT owner_id, (SELECT count(*) FROM ({inner}) counted) AS n FROM {_owners(statement, ids)}"


def _owners(statement: Statement, ids: Iterable[int]) -> str:
    """Ids as rows, in one parameter however many they are; what no column can hold owns nothing."""
    kept = [id_ for id_ in ids if -INT32 - 1 <= id_ <= INT32]
    if statement.postgres:
        return f"(SELECT unnest({statement.bind(kept)}::int[]) AS owner_id) owners"
    return f"(SELECT value AS owner_id FROM json_each({statement.bind(json.dumps(kept))})) owners"


def _by_id(statement: Statement, page: PageQuery, names: str, own: str | None) -> str:
    descending = page.order is RequestOrder.ID_DESC
    conditions = [
        *_conditions(statement, page, own),
        *keyset(statement, "id", descending=descending, after=_id(page.after), before=_id(page.before)),
    ]
    order = ordering("id", descending=descending, backward=page.backward)
    return (
        f"SELECT {names} FROM ml_request {conjunction(conditions)} {order} LIMIT {statement.bind(page.limit)}"
    )


def _by_feedback(statement: Statement, page: PageQuery, names: str, own: str | None) -> str:
    """Rows with feedback by (feedback_at, id), then those without by id: each part has an index of its own.

    One condition over both parts could use neither, since a position among the first includes all the others.
    """
    direction = "ASC" if page.backward else "DESC"
    parts = []
    if page.after is None or page.after.feedback_at is not None:
        parts.append(f"SELECT * FROM ({_given(statement, page, names, own, direction)}) given_part")
    if page.before is None or page.before.feedback_at is None:
        parts.append(f"SELECT * FROM ({_absent(statement, page, names, own, direction)}) absent_part")
    rows = " UNION ALL ".join(parts) or f"SELECT {names}, 0 AS given FROM ml_request WHERE 1 = 0"
    order = ", ".join(f"{column} {direction}" for column in ("given", "feedback_at", "id"))
    return f"{rows} ORDER BY {order} LIMIT {statement.bind(page.limit)}"


def _given(statement: Statement, page: PageQuery, names: str, own: str | None, direction: str) -> str:
    conditions = ["feedback_at IS NOT NULL", *_conditions(statement, page, own)]
    if page.after is not None:
        conditions.append(_beyond(statement, "<", page.after))
    if page.before is not None and page.before.feedback_at is not None:
        conditions.append(_beyond(statement, ">", page.before))
    tail = f"ORDER BY feedback_at {direction}, id {direction} LIMIT {statement.bind(page.limit)}"
    return f"SELECT {names}, 1 AS given FROM ml_request {conjunction(conditions)} {tail}"


def _absent(statement: Statement, page: PageQuery, names: str, own: str | None, direction: str) -> str:
    after = page.after if page.after is not None and page.after.feedback_at is None else None
    conditions = [
        "feedback_at IS NULL",
        *_conditions(statement, page, own),
        *keyset(statement, "id", descending=True, after=_id(after), before=_id(page.before)),
    ]
    tail = f"ORDER BY id {direction} LIMIT {statement.bind(page.limit)}"
    return f"SELECT {names}, 0 AS given FROM ml_request {conjunction(conditions)} {tail}"


def _conditions(statement: Statement, page: PageQuery, own: str | None) -> list[str]:
    return [*([own] if own else ()), *conditions_of(statement, page.where)]


def _id(position: Position | None) -> int | None:
    return None if position is None else position.id


def _beyond(statement: Statement, sign: str, position: Position) -> str:
    return f"(feedback_at, id) {sign} ({statement.bind(position.feedback_at)}, {statement.bind(position.id)})"
