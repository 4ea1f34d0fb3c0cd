"""A batch of the log is written with few statements, whatever its size, and as a whole or not at all."""

from __future__ import annotations

import sqlite3

import pytest
from tortoise.exceptions import IntegrityError

from orm.connection.database import Database
from orm.connection.statement import MOST_AT_ONCE, Insert
from orm.queries.history import insertion, requests
from tests.orm.rows import READER, Seed, insert, new_request, seed_into

SIZES = {1: [1], 2: [2], 3: [3], 31: [31], 32: [32], 33: [32, 1], 70: [32, 32, 6]}

IN_FILES, IN_MEMORY = 0, 2
"""What SQLite calls them."""


def test_rows_go_to_sqlite_in_few_statements() -> None:
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


@pytest.mark.parametrize("place", [0, 31, 32, 69])
async def test_one_row_that_is_refused_takes_its_whole_batch_along(
    database: Database, seed: Seed, place: int
) -> None:
    await insert(database, [new_request(seed, 1000)])
    rows = [new_request(seed, 1000 if number == place else number) for number in range(70)]
    with pytest.raises(IntegrityError):
        await insert(database, rows)
    async with database.reader() as reader:
        assert len(await requests.page_requests(reader, READER, limit=100)) == 1


async def test_batches_of_the_log_are_undone_in_memory_and_tables_sorted_in_files(
    migrated_sqlite_url: str,
) -> None:
    for written, kept in ((False, IN_FILES), (True, IN_MEMORY)):
        database = await Database.open(migrated_sqlite_url)
        try:
            rows = [new_request(await seed_into(database, f"endpoint {written}"), 1)]
            if written:
                await database.write(lambda _, rows=rows: insertion.writes_of(rows))  # type: ignore[misc]
            async with database.transaction() as tx:
                assert await tx.execute_query_dict("PRAGMA temp_store") == [{"temp_store": kept}]
        finally:
            await database.close()
