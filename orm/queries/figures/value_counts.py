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
from orm.connection.client import INT32, Reader, Row
from orm.connection.statement import Statement, Write, arrays_of
from orm.queries.history.requests import require_read

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
        [one.day, one.endpoint_id, one.algorithm_id, one.stretch, one.requests, orjson.dumps(one.columns).decode()]
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
    lines = (
        f"SELECT day, requests, counts FROM daily_values WHERE {_where(statement, endpoint_id, algorithm_id, periods)}"
    )
    every = (
        "SELECT day, sum(requests) - sum(caller_errors), NULL FROM daily_summary "
        f"WHERE {_where(statement, endpoint_id, algorithm_id, periods)} GROUP BY day"
    )
    rows = await statement.rows(f"{lines} UNION ALL {every}")
    return await in_thread_if(len(rows) > READ_ROWS_ON_LOOP, _counted, rows, periods)


def _where(
    statement: Statement, endpoint_id: int, algorithm_id: int | None, periods: Sequence[Days]
) -> str:
    conditions = [statement.among("endpoint_id", [endpoint_id], largest=INT32)]
    if algorithm_id is not None:
        conditions.append(statement.among("algorithm_id", [algorithm_id], largest=INT32))
    days = [f"(day >= {statement.bind(one.start)} AND day < {statement.bind(one.end)})" for one in periods]
    return f"{' AND '.join(conditions)} AND ({' OR '.join(days)})"


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
