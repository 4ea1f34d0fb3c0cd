"""The SQL of pages of requests: of the whole history, or of many endpoints, algorithms or tests at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

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
    if page.order.column is not None:
        return _by_value(statement, page, page.order.column, names, own)
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
    each = page_sql(statement, page, "id", own=f"{owner} = owners.owner_id")
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
    descending = page.order.descending
    conditions = [
        *_conditions(statement, page, own),
        *keyset(statement, "id", descending=descending, after=_id(page.after), before=_id(page.before)),
    ]
    order = ordering("id", descending=descending, backward=page.backward)
    return (
        f"SELECT {names} FROM ml_request {conjunction(conditions)} {order} LIMIT {statement.bind(page.limit)}"
    )


@dataclass(frozen=True, slots=True)
class _Order:
    """By what an order is beside the id, in SQL, and the index that holds it where SQLite must be told of it."""

    key: str
    index: str


_NUMBERS = "idx_ml_request_numbers"

_ORDERS: Mapping[str, _Order] = {
    "feedback_at": _Order("feedback_at", "idx_ml_request_feedback_at"),
    "probability": _Order("probability", _NUMBERS),
    "confidence": _Order("confidence", _NUMBERS),
    "value": _Order("value", _NUMBERS),
    "residual": _Order("abs(residual)", "idx_ml_request_error"),
}
_WRONG = "idx_ml_request_wrong"


def _by_value(statement: Statement, page: PageQuery, column: str, names: str, own: str | None) -> str:
    """Rows that have a value by (value, id), then those without by id.

    One condition over both parts could use neither, since a position among the first includes all the others. What
    comes second is looked for only where the first part does not fill the page: where hardly a row belongs to it, the
    whole history would be walked for that.
    """
    parts = [
        part
        for part, asked in (
            (_valued, page.after is None or page.after.value is not None),
            (_valueless, page.before is None or page.before.value is None),
        )
        if asked
    ]
    if not parts:  # What lies behind a row without a value and before one with one: nothing.
        return f"SELECT {names} FROM ml_request WHERE 1 = 0"
    first, *second = parts[::-1] if page.backward else parts
    rows = f"SELECT * FROM ({first(statement, page, column, names, own)}) first_part"
    for part in second:
        if own is None or statement.postgres:
            one = part(statement, page, column, names, own, rest=first)
        else:
            one = part(statement, page, column, names, own, unfilled=first)
        rows += f" UNION ALL SELECT * FROM ({one}) second_part"
    direction = _direction(page)
    given = "ASC" if page.backward else "DESC"
    return (
        f"{rows} ORDER BY given {given}, place {direction}, id {direction} LIMIT {statement.bind(page.limit)}"
    )


def _valued(
    statement: Statement,
    page: PageQuery,
    column: str,
    names: str | None,
    own: str | None,
    *,
    rest: _Part | None = None,
    unfilled: _Part | None = None,
) -> str:
    order = _ORDERS[column]
    found = _found(statement, page, column, own, unfilled)
    index = None if statement.postgres else _index_for(page, column, own)
    more = ["correct IS FALSE"] if index == _WRONG else []
    scored = any(one.correct is not None for one in _asked_of_all(page.where))
    if scored and column != "feedback_at":
        more.append("feedback_at IS NOT NULL")  # which is known before it is known which were right
    if scored and column in ("value", "residual"):
        more = ["1 = 0"]  # Where a label is right or wrong there is no value: nothing need be walked for it.
    conditions = [*more, f"{column} IS NOT NULL", *_conditions(statement, page, own)]
    signs = "<>" if page.order.descending else "><"
    for sign, position in zip(signs, (page.after, page.before), strict=True):
        if position is not None and position.value is not None:
            place = f"{statement.bind(position.value)}, {statement.bind(position.id)}"
            conditions.append(f"({order.key}, id) {sign} ({place})")
    hint = f" INDEXED BY {index}" if index else ""
    rows = f"{found}ml_request{hint} {conjunction(conditions)}"
    if names is None:
        return f"SELECT 1 AS one FROM {rows} {_limit(statement, page, column, own, rest)}"
    picked = (
        f"{rows} ORDER BY {order.key} {_direction(page)}, id {_direction(page)} "
        f"{_limit(statement, page, column, own, rest)}"
    )
    listed = _listed(names, order.key, 1)
    if order.index != _NUMBERS:
        return f"SELECT {listed} FROM {picked}"
    # Only of those that are shown a row is read: the index knows all that the order is by.
    return (
        f"SELECT {listed} FROM (SELECT id AS picked FROM {picked}) picks "
        "CROSS JOIN ml_request WHERE id = picks.picked"
    )


def _valueless(
    statement: Statement,
    page: PageQuery,
    column: str,
    names: str | None,
    own: str | None,
    *,
    rest: _Part | None = None,
    unfilled: _Part | None = None,
) -> str:
    order = _ORDERS[column]
    found = _found(statement, page, column, own, unfilled)
    ends = [
        None if position is None or position.value is not None else position.id
        for position in (page.after, page.before)
    ]
    conditions = [
        f"{column} IS NULL",
        *_conditions(statement, page, own),
        *keyset(statement, "id", descending=page.order.descending, after=ends[0], before=ends[1]),
    ]
    return (
        f"SELECT {_listed(names, order.key, 0)} FROM {found}ml_request {conjunction(conditions)} "
        f"{f'ORDER BY id {_direction(page)} ' if names else ''}{_limit(statement, page, column, own, rest)}"
    )


_Part: TypeAlias = Callable[..., str]


def _limit(statement: Statement, page: PageQuery, column: str, own: str | None, rest: _Part | None) -> str:
    """As many rows as a page has, or as the part `rest` has left of it: none where that fills the page."""
    if rest is None:
        return f"LIMIT {statement.bind(page.limit)}"
    most = f"CAST({statement.bind(page.limit)} AS BIGINT)"
    return f"LIMIT (SELECT {most} - count(*) FROM ({rest(statement, page, column, None, own)}) before_it)"


def _found(
    statement: Statement, page: PageQuery, column: str, own: str | None, unfilled: _Part | None
) -> str:
    """A table of one row where the part `unfilled` gives less than a page, else of none.

    For SQLite, whose LIMIT sees nothing of the statement around it; but it does not take the one row for one, and
    so puts all rows in order that it has let through.
    """
    if unfilled is None:
        return ""
    counted = f"SELECT count(*) AS n FROM ({unfilled(statement, page, column, None, own)}) before_it"
    return f"(SELECT n FROM ({counted}) counted WHERE n < {statement.bind(page.limit)}) unfilled CROSS JOIN "


def _listed(names: str | None, key: str, given: int) -> str:
    """What a part gives of its rows; without names only that there are some."""
    return "1 AS one" if names is None else f"{names}, {given} AS given, {key} AS place"


def _direction(page: PageQuery) -> str:
    return "DESC" if page.order.descending != page.backward else "ASC"


_FEW = ("ids", "subject", "subjects", "external_ids", "features", "ab_test_ids", "both_arms")
"""Conditions that leave few rows, and have an index: those are found first, and then put in order."""


def _index_for(page: PageQuery, column: str, own: str | None) -> str | None:
    """The index to go through on SQLite, which would rather read all rows of an endpoint and put them in order."""
    asked = list(_asked_of_all(page.where))
    if own is not None and own.startswith(Owner.AB_TEST):
        return None
    if any(getattr(one, name) is not None for one in asked for name in _FEW):
        return None
    if column != "feedback_at" and any(one.feedback_from is not None for one in asked):
        return None
    if column == "confidence" and any(one.correct is False for one in asked):
        return _WRONG
    return _ORDERS[column].index


def _asked_of_all(where: RequestFilter | None) -> Iterator[RequestFilter]:
    """The filters that each row must meet."""
    if where is not None:
        yield where
        for one in where.and_:
            yield from _asked_of_all(one)


def _conditions(statement: Statement, page: PageQuery, own: str | None) -> list[str]:
    return [*([own] if own else ()), *conditions_of(statement, page.where)]


def _id(position: Position | None) -> int | None:
    return None if position is None else position.id
