"""External ids: which request of an endpoint another system calls so."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import orjson

from domain.pacing import EXTERNAL_IDS_ON_LOOP, in_thread_if
from domain.requests.external_ids import Key
from orm.connection.client import Client, Reader, Tx
from orm.connection.statement import Statement, arrays_of

_KEY = ("int", "text")
_ROW = (*_KEY, "bigint")


async def requests_called(client: Client, keys: Collection[Key]) -> dict[Key, int]:
    """The ids of the requests that are called so, as far as there are any, in one statement; without keys none."""
    if not keys:
        return {}
    many = len(keys) > EXTERNAL_IDS_ON_LOOP
    statement = Statement(client)
    table = await in_thread_if(many, _table, statement, list(keys), _KEY)
    # CROSS JOIN keeps SQLite from walking the whole table; each key is looked up in the index.
    rows = await statement.raw_rows(
        f"SELECT e.endpoint_id, e.external_id, e.request_id FROM {table} CROSS JOIN external_id e "
        f"WHERE e.endpoint_id = {_column(statement, 0)} AND e.external_id = {_column(statement, 1)}"
    )
    return await in_thread_if(many, lambda: {(row[0], row[1]): row[2] for row in rows})


async def claim(tx: Tx, claims: Mapping[Key, int]) -> set[int]:
    """Writes down which request is called what; the requests that got their external id, in one statement.

    One that another transaction is writing is waited for. In the order of the keys, so that two processes that want
    the same wait for one another instead of for ever.
    """
    many = len(claims) > EXTERNAL_IDS_ON_LOOP
    statement = Statement(tx)
    table = await in_thread_if(many, lambda: _table(statement, _in_order(claims), _ROW))
    columns = ", ".join(_column(statement, place) for place in range(3))
    insert = (
        f"INSERT INTO external_id (endpoint_id, external_id, request_id) SELECT {columns} FROM {table} "
        "WHERE 1 = 1 ON CONFLICT (external_id, endpoint_id) DO NOTHING RETURNING request_id"
    )
    # Of what begins with INSERT, the driver for PostgreSQL gives rows as dictionaries only, which takes longer.
    written = f"WITH written AS ({insert}) SELECT request_id FROM written" if statement.postgres else insert
    found = await statement.raw_rows(written)
    return await in_thread_if(many, lambda: {row[0] for row in found})


async def release(tx: Tx, request_ids: Collection[int]) -> None:
    """Takes back what these requests are called."""
    if request_ids:
        statement = Statement(tx)
        await statement.run(f"DELETE FROM external_id WHERE {statement.among('request_id', request_ids)}")


async def request_called(reader: Reader, key: Key) -> int | None:
    """The id of the request that is called so; None where there is none."""
    return (await requests_called(reader, [key])).get(key)


def _in_order(claims: Mapping[Key, int]) -> list[list[Any]]:
    return [[*key, claims[key]] for key in sorted(claims)]


def _table(statement: Statement, rows: Sequence[Sequence[Any]], kinds: tuple[str, ...]) -> str:
    """Rows as a table `given`, in one parameter on SQLite and one a column on PostgreSQL."""
    if not statement.postgres:
        return f"json_each({statement.bind(orjson.dumps(rows).decode())}) given"
    statement.values += [list(column) for column in zip(*rows, strict=True)]
    names = ", ".join(f"c{place}" for place in range(len(kinds)))
    return f"unnest({arrays_of(kinds)}) AS given ({names})"


def _column(statement: Statement, place: int) -> str:
    return f"given.c{place}" if statement.postgres else f"json_extract(given.value, '$[{place}]')"
