"""A batch of the log is written with few statements, whatever its size, and as a whole or not at all."""

from __future__ import annotations

import sqlite3

import pytest
from tortoise.exceptions import IntegrityError

from orm.connection.database import Database
from orm.connection.statement import MOST_AT_ONCE, Insert
from orm.queries.history import requests
from tests.orm.rows import READER, Seed, insert, new_request

SIZES = {1: [1], 2: [2], 3: [2, 1], 31: [16, 8, 4, 2, 1], 64: [64], 65: [64, 1], 200: [64, 64, 64, 8]}


def test_rows_go_to_sqlite_in_powers_of_two() -> None:
    for size, pieces in SIZES.items():
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.execute("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
        sent: list[str] = []
        connection.set_trace_callback(sent.append)
        rows = [[number, f"VALUES ({number}, '?')"] for number in range(size)]
        Insert(rows, "INSERT INTO t (a, b) VALUES (?, ?)", "", ()).run_on_sqlite(connection)
        connection.set_trace_callback(None)
        assert [text.count("'VALUES (") for text in sent] == pieces
        assert max(pieces) <= MOST_AT_ONCE
        assert list(connection.execute("SELECT a, b FROM t ORDER BY a")) == [tuple(row) for row in rows]
        connection.close()


@pytest.mark.parametrize("size", SIZES)
async def test_a_batch_of_any_size_is_stored_as_it_is(database: Database, seed: Seed, size: int) -> None:
    rows = [
        new_request(
            seed,
            number,
            input=f'{{"x": {number}}}',
            probability=number / 7,
            subject="é" * (number % 3) or None,
        )
        for number in range(size)
    ]
    await insert(database, rows)
    async with database.reader() as reader:
        found = await requests.page_requests(reader, READER, limit=size + 1)
    assert found[::-1] == [row.as_request() for row in rows]


@pytest.mark.parametrize("place", [0, 63, 64, 69])
async def test_one_row_that_is_refused_takes_its_whole_batch_along(
    database: Database, seed: Seed, place: int
) -> None:
    await insert(database, [new_request(seed, 1000)])
    rows = [new_request(seed, 1000 if number == place else number) for number in range(70)]
    with pytest.raises(IntegrityError):
        await insert(database, rows)
    async with database.reader() as reader:
        assert len(await requests.page_requests(reader, READER, limit=100)) == 1
