"""How often each value was asked and answered, by day: lines that one process at a time holds and writes whole.

What a line holds is packed JSON, which no database can add to. So each process begins lines of its own, named by the
first request in them, keeps their counts and writes them anew in the transaction of the rows that it counts. After a
transaction that failed, or of which nobody knows, it begins others: a line always says what its last commit said.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

import orjson

from domain.callers import Viewer
from domain.history.drift import ValueCounts
from domain.pacing import READ_ROWS_ON_LOOP, in_thread_if
from orm.connection.client import INT32, Client, Reader, Row, Tx
from orm.connection.statement import Statement, Write, arrays_of, write_rows
from orm.queries.figures.scores import of_day
from orm.queries.figures.summary_drift import nobody_else_repairs
from orm.queries.history.requests import require_read

REPAIRS = -(2**62)
"""Corrections are the stretches below this; no request has such an id."""

COLUMNS = {
    "day": "date",
    "endpoint_id": "int",
    "algorithm_id": "int",
    "stretch": "bigint",
    "requests": "int",
    "counts": "text",
}
KEY = ("day", "endpoint_id", "algorithm_id", "stretch")


@dataclass(slots=True)
class Line:
    """One line of the table as it shall be."""

    day: date
    endpoint_id: int
    algorithm_id: int
    stretch: int
    requests: int = 0
    columns: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def write_of_lines(lines: Iterable[Line]) -> Write:
    """What writes lines, each in the place of what it was."""
    rows = [
        [
            one.day,
            one.endpoint_id,
            one.algorithm_id,
            one.stretch,
            one.requests,
            orjson.dumps(one.columns).decode(),
        ]
        for one in lines
    ]
    return Write(rows, _SQLITE, _POSTGRES)


_INSERT = f"INSERT INTO daily_values ({', '.join(COLUMNS)})"
_CONFLICT = (
    f"ON CONFLICT ({', '.join(KEY)}) DO UPDATE SET requests = excluded.requests, counts = excluded.counts"
)
_SQLITE = f"{_INSERT} VALUES ({', '.join('?' for _ in COLUMNS)}) {_CONFLICT}"
_POSTGRES = f"{_INSERT} SELECT * FROM unnest({arrays_of(COLUMNS.values())}) {_CONFLICT}"


@dataclass(frozen=True, slots=True)
class Days:
    """Days from the first one to before the last one."""

    start: date
    end: date


@dataclass(slots=True)
class CountedDays:
    """The counts of some days, and how many requests there were that they should count."""

    counts: ValueCounts = field(default_factory=ValueCounts)
    requests: int = 0


async def counts_of(
    reader: Reader, viewer: Viewer, endpoint_id: int, algorithm_id: int | None, periods: Sequence[Days]
) -> list[CountedDays]:
    """What was counted of an endpoint in each of the periods, of one of its algorithms or of all; one statement.

    Raises Forbidden.
    """
    require_read(viewer)
    statement = Statement(reader)
    lines = f"SELECT day, requests, counts FROM daily_values {_where(statement, endpoint_id, algorithm_id, periods)}"
    every = (
        "SELECT day, sum(requests) - sum(caller_errors), NULL FROM daily_summary "
        f"{_where(statement, endpoint_id, algorithm_id, periods)} GROUP BY day"
    )
    rows = await statement.rows(f"{lines} UNION ALL {every}")
    return await in_thread_if(len(rows) > READ_ROWS_ON_LOOP, _counted, rows, periods)


def _where(statement: Statement, endpoint_id: int, algorithm_id: int | None, periods: Sequence[Days]) -> str:
    conditions = [statement.among("endpoint_id", [endpoint_id], largest=INT32)]
    if algorithm_id is not None:
        conditions.append(statement.among("algorithm_id", [algorithm_id], largest=INT32))
    days = [f"(day >= {statement.bind(one.start)} AND day < {statement.bind(one.end)})" for one in periods]
    return f"WHERE {' AND '.join(conditions)} AND ({' OR '.join(days)})"


def _counted(rows: Sequence[Row], periods: Sequence[Days]) -> list[CountedDays]:
    found = [CountedDays() for _ in periods]
    for row in rows:
        day = date.fromisoformat(row["day"]) if isinstance(row["day"], str) else row["day"]
        columns = None if row["counts"] is None else orjson.loads(row["counts"])
        for period, counted in zip(periods, found, strict=True):
            if period.start <= day < period.end:
                if columns is None:
                    counted.requests += int(row["requests"])
                else:
                    counted.counts.add(row["requests"], columns)
    return found


@dataclass(frozen=True, slots=True)
class LoggedValues:
    """What the log says of a request, as far as its values are counted; `input` is empty once it was forgotten."""

    id: int
    endpoint_id: int
    algorithm_id: int
    label: str | None
    value: float | None
    probability: float | None
    answered: bool
    input: str


async def logged_of_day(
    client: Client, day: date, endpoint_ids: Iterable[int], after: int, limit: int
) -> list[LoggedValues]:
    """Up to `limit` requests of a UTC day that are counted, beyond the id `after`, in order."""
    statement = Statement(client)
    rows = await statement.rows(
        "SELECT id, endpoint_id, coalesce(algorithm_id, 0) AS algorithm_id, label, value, probability, "
        f"CASE WHEN outcome = 'OK' THEN 1 ELSE 0 END AS answered, input FROM ml_request "
        f"WHERE {of_day(statement, day)} AND id > {statement.bind(after)} "
        f"AND {statement.among('endpoint_id', endpoint_ids, largest=INT32)} "
        f"AND NOT (outcome = 'ERROR' AND coalesce(fault, '') = 'caller') ORDER BY id LIMIT {statement.bind(limit)}"
    )
    return [LoggedValues(**{**row, "answered": bool(row["answered"])}) for row in rows]


async def lines_of_day(client: Client, day: date, endpoint_ids: Iterable[int]) -> list[Line]:
    """All lines of a UTC day of these endpoints."""
    statement = Statement(client)
    where = f"day = {statement.bind(day)} AND {statement.among('endpoint_id', endpoint_ids, largest=INT32)}"
    found = []
    for row in await statement.rows(f"SELECT * FROM daily_values WHERE {where}"):
        line = Line(day, row["endpoint_id"], row["algorithm_id"], row["stretch"], row["requests"])
        line.columns.update({key: Counter(bins) for key, bins in orjson.loads(row["counts"]).items()})
        found.append(line)
    return found


async def repairs_of_day(tx: Tx, day: date, endpoint_ids: Iterable[int]) -> int:
    """How many corrections a day has had; nobody adds another until `tx` ends."""
    await nobody_else_repairs(tx)
    statement = Statement(tx)
    where = f"day = {statement.bind(day)} AND stretch < {statement.bind(REPAIRS)}"
    where += f" AND {statement.among('endpoint_id', endpoint_ids, largest=INT32)}"
    return int(await statement.value(f"SELECT count(DISTINCT stretch) AS n FROM daily_values WHERE {where}"))


async def write_lines(tx: Tx, lines: Iterable[Line]) -> None:
    """Writes lines that nobody else holds."""
    await write_rows(tx, write_of_lines(lines))
