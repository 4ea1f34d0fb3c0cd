"""SQL text and its parameters together, written once for both databases; and the SQL of pages by id."""

from __future__ import annotations

import json
import math
import re
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Protocol, TypeAlias, cast

from domain.errors import InvalidInput
from domain.input.moments import in_utc
from domain.input.storable import text_problem
from domain.spans import span
from orm.connection.client import INT64, Client, Row, Tx, is_postgres

MOST_AT_ONCE = 32
"""Rows of one INSERT on SQLite: as many as 64 callers mostly wait together. Each number of rows is a text of its own
that stays compiled: those of the log's table take 1 MB together."""
STATEMENTS_KEPT = 256
"""Texts that a writer of SQLite keeps compiled: `MOST_AT_ONCE` for each of the log's tables, and all others."""
_PARAMETER = re.compile(r"\$(\d+)")


class Statement:
    """Collects the parameters of one statement in the order in which its text names them."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.postgres = is_postgres(client)
        self.values: list[Any] = []

    def bind(self, value: object) -> str:
        """The placeholder for `value`. Raises InvalidInput for text and numbers that no database can hold."""
        self.values.append(_storable(value))
        return f"${len(self.values)}" if self.postgres else "?"

    def among(self, column: str, values: Iterable[str] | Iterable[int], *, largest: int | None = None) -> str:
        """The condition that `column` is one of `values`, in one parameter however many they are.

        Whole numbers beyond `largest`, the limit of the column, are in no row and are left out.
        """
        kept = [_storable(value) for value in values if not _beyond(value, largest)]
        if self.postgres:
            self.values.append(kept)
            return f"{column} = ANY(${len(self.values)})"
        self.values.append(json.dumps(kept))
        return f"{column} IN (SELECT value FROM json_each(?))"

    async def rows(self, sql: str) -> list[Row]:
        """Runs `sql` with the parameters and returns its rows."""
        with self._span(sql):
            return await self._client.execute_query_dict(sql, self.values)

    async def value(self, sql: str) -> Any:  # noqa: ANN401  whatever the column holds
        """Runs `sql` with the parameters and returns the first column of its first row; there must be one."""
        return next(iter((await self.rows(sql))[0].values()))

    async def raw_rows(self, sql: str) -> Sequence[Any]:
        """The same rows as the driver gives them: by name and place, and cheaper when there are thousands."""
        with self._span(sql):
            return (await self._client.execute_query(sql, self.values))[1]

    async def run(self, sql: str) -> int:
        """Runs `sql` with the parameters and returns how many rows it changed."""
        with self._span(sql):
            return (await self._client.execute_query(sql, self.values))[0]

    def _span(self, sql: str) -> AbstractContextManager[object]:
        """The text holds no value: all are bound."""
        system = "postgresql" if self.postgres else "sqlite"
        return span("database", {"db.system.name": system, "db.query.text": sql})


def keyset(
    statement: Statement,
    column: str,
    *,
    descending: bool,
    after: int | None,
    before: int | None,
) -> list[str]:
    """The conditions that put `column` between two ids of an order, both excluded."""
    beyond, within = ("<", ">") if descending else (">", "<")
    return [
        f"{column} {sign} {statement.bind(bound)}"
        for sign, bound in ((beyond, after), (within, before))
        if bound is not None
    ]


def ordering(column: str, *, descending: bool, backward: bool) -> str:
    """`ORDER BY` for a page; a page read backward comes in the opposite order and is turned round afterwards."""
    return f"ORDER BY {column} {'DESC' if descending != backward else 'ASC'}"


def conjunction(conditions: list[str]) -> str:
    """`WHERE` with all of the conditions, or nothing when there are none."""
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


@dataclass(frozen=True, slots=True)
class Write:
    """Rows to write and the statement that does it: on SQLite for each row, on PostgreSQL once, an array a column."""

    rows: list[list[Any]]
    sqlite: str
    postgres: str

    def sent_to_postgres(self) -> tuple[str, list[Any]]:
        """The statement and its parameters as PostgreSQL takes them."""
        return self.postgres, [list(column) for column in zip(*self.rows, strict=True)]

    def run_on_sqlite(self, connection: sqlite3.Connection) -> None:
        """Write the rows, in the connection's thread."""
        connection.executemany(self.sqlite, self.rows)


@dataclass(frozen=True, slots=True)
class Insert(Write):
    """Rows to insert, and nothing more: `postgres` is the text before the values, `kinds` are the columns' types.

    What all rows have alike is sent once: of a batch of the log that are most columns, and each value of an array takes
    its time in the driver and in the server.
    """

    kinds: tuple[str, ...]

    def run_on_sqlite(self, connection: sqlite3.Connection) -> None:
        """Write the rows, in the connection's thread, with few statements.

        The driver lets go of the interpreter three times in each statement, and `executemany` is one for each row.
        While the event loop has work, the thread gets it back after 5 ms at worst, and both wait for the other one: a
        batch of thirty took .15 s so, and takes .03 s.
        """
        for begun in range(0, len(self.rows), MOST_AT_ONCE):
            some = self.rows[begun : begun + MOST_AT_ONCE]
            connection.execute(_repeated(self.sqlite, len(some)), list(chain.from_iterable(some)))

    def sent_to_postgres(self) -> tuple[str, list[Any]]:
        """As for a `Write`."""
        count = len(self.rows)
        alike: list[bool] = []
        sent: list[Any] = []
        for kind, column in zip(self.kinds, zip(*self.rows, strict=True), strict=True):
            first = column[0]
            # 0.0 and -0.0 are equal and not alike.
            shared = count == 1 or ((first is None or kind != "float8") and column.count(first) == count)
            alike.append(shared)
            sent.append(first if shared else list(column))
        return _inserting(self.postgres, self.kinds, tuple(alike)), sent


Ask: TypeAlias = Callable[[Statement], str]
"""The text of a question, whose parameters it binds."""
WritesOf: TypeAlias = Callable[[Sequence[Any]], Sequence[Write]]
"""What is written where a question found these rows, by place and name; where nothing was asked it is given none."""


class WritesAll(Protocol):
    """A transaction on SQLite."""

    async def write_all(self, writes: Sequence[Write]) -> None:
        """Run all of them in one go of the connection's thread."""


async def write_rows(tx: Tx, *writes: Write) -> None:
    """Runs statements that write many rows; those without rows ask nothing of the database.

    On SQLite all are one piece of work for the connection's thread. On PostgreSQL all are one statement and so one
    round trip: none of them sees what another one writes, and no two may write one row.
    """
    writes = tuple([write for write in writes if write.rows])
    if not writes:
        return
    if is_postgres(tx):
        sent = [write.sent_to_postgres() for write in writes]
        text = _together(tuple([text for text, _ in sent]))
        await tx.execute_query(text, [value for _, values in sent for value in values])
    else:
        await cast("WritesAll", tx).write_all(writes)


@lru_cache(maxsize=STATEMENTS_KEPT)
def _repeated(insert: str, count: int) -> str:
    """A statement that inserts so many rows, made of one that inserts one.

    >>> _repeated("INSERT INTO t (a, b) VALUES (?, ?)", 3)
    'INSERT INTO t (a, b) VALUES (?, ?), (?, ?), (?, ?)'
    """
    begin, values, marks = insert.rpartition(" VALUES ")
    return begin + values + ", ".join([marks] * count)


@lru_cache(maxsize=64)
def _inserting(insert: str, kinds: tuple[str, ...], alike: tuple[bool, ...]) -> str:
    """A statement that inserts rows, of which some columns are arrays and others one value for all.

    >>> _inserting("INSERT INTO t (a, b, c)", ("int", "text", "int"), (False, True, False))
    'INSERT INTO t (a, b, c) SELECT a1, $2::text, a3 FROM unnest($1::int[], $3::int[]) AS of_rows (a1, a3)'
    >>> _inserting("INSERT INTO t (a)", ("int",), (True,))
    'INSERT INTO t (a) SELECT $1::int'
    """
    columns = list(zip(range(1, len(kinds) + 1), kinds, alike, strict=True))
    picked = ", ".join(f"${n}::{kind}" if shared else f"a{n}" for n, kind, shared in columns)
    arrays = ", ".join(f"${n}::{kind}[]" for n, kind, shared in columns if not shared)
    names = ", ".join(f"a{n}" for n, _, shared in columns if not shared)
    return f"{insert} SELECT {picked}" + (f" FROM unnest({arrays}) AS of_rows ({names})" if arrays else "")


@lru_cache(maxsize=256)
def _together(texts: tuple[str, ...]) -> str:
    """One statement that does what several do, its parameters numbered through.

    >>> _together(("INSERT $1, $2", "INSERT $1"))
    'WITH part_1 AS (INSERT $1, $2) INSERT $3'
    """
    numbered, given = [], 0
    for text in texts:
        pieces = _PARAMETER.split(text)  # texts and numbers by turns
        pieces[1::2] = [f"${given + int(number)}" for number in pieces[1::2]]
        numbered.append("".join(pieces))
        given += len(set(_PARAMETER.findall(text)))
    *parts, last = numbered
    names = ", ".join(f"part_{number} AS ({part})" for number, part in enumerate(parts, start=1))
    return f"WITH {names} {last}" if parts else last


def arrays_of(kinds: Iterable[str]) -> str:
    """The parameters of `unnest` for columns of these PostgreSQL types, in their order.

    >>> arrays_of(["bigint", "text"])
    '$1::bigint[], $2::text[]'
    """
    return ", ".join(f"${n}::{kind}[]" for n, kind in enumerate(kinds, start=1))


def _beyond(value: object, largest: int | None) -> bool:
    return isinstance(value, int) and largest is not None and not -largest - 1 <= value <= largest


def _storable(value: object) -> object:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, float) and math.isnan(value):
        raise InvalidInput("NaN is no number to compare with; leave the condition out.")
    if isinstance(value, datetime):
        return in_utc(value)
    if isinstance(value, int) and not -INT64 - 1 <= value <= INT64:
        raise InvalidInput(f"The number {str(value)[:30]} is too large.")
    return value


def _text(value: str) -> str:
    problem = text_problem(value)
    if problem is not None:
        raise InvalidInput(f"Text {problem}.")
    return str(value)


def moment(value: str | datetime) -> datetime:
    """A time as the database gives it (text on SQLite), aware and in UTC."""
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


def moment_or_none(value: str | datetime | None) -> datetime | None:
    """The same for a column that may be NULL."""
    return None if value is None else moment(value)
