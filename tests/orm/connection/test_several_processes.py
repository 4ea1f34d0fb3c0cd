from __future__ import annotations

from itertools import pairwise

import pytest

from orm.connection.catalog_revision import catalog_revision
from orm.connection.database import Database
from orm.queries.ab_tests import ab_tests
from orm.queries.catalog import statuses
from tests.orm.ab_tests.test_ab_tests import begin
from tests.orm.connection.test_migrations import ALL
from tests.orm.processes import TASKS, run_together
from tests.orm.rows import seed_into

pytestmark = pytest.mark.matrix  # crowds of processes


async def test_eight_processes_that_start_at_once_apply_each_migration_once(empty_database_url: str) -> None:
    applied = await run_together("apply_migrations", empty_database_url, processes=8)
    assert sorted(applied) == [[]] * 7 + [ALL]
    database = await Database.open(empty_database_url, migrate=False)
    try:
        async with database.reader() as reader:
            versions = await reader.execute_query_dict("SELECT version FROM aerich ORDER BY id")
            assert [row["version"] for row in versions] == ALL
            assert await reader.execute_query_dict("SELECT * FROM catalog_revision") == [
                {"id": 1, "revision": 0}
            ]
        assert await database.pending_migrations() == []
    finally:
        await database.close()


async def test_exactly_one_status_is_active_after_two_processes_of_fifty_callers(database_url: str) -> None:
    database = await Database.open(database_url)
    try:
        await seed_into(database)
        assert await run_together("set_statuses", database_url, processes=2) == [TASKS, TASKS]
        async with database.reader() as reader:
            log = await statuses.all_statuses(reader)
            revisions = await reader.execute_query_dict("SELECT revision FROM ml_algorithm ORDER BY id")
    finally:
        await database.close()
    assert len(log) == 2 * TASKS
    assert [entry.id for entry in log if entry.active] == [log[-1].id]
    assert [row["revision"] for row in revisions] == [2 * TASKS, 0]


async def test_exactly_one_of_a_hundred_callers_in_two_processes_ends_a_test(database_url: str) -> None:
    database = await Database.open(database_url)
    try:
        await begin(database, await seed_into(database))
        assert sorted(await run_together("end_test", database_url, processes=2)) == [0, 1]
        async with database.reader() as reader:
            assert await ab_tests.running_tests(reader) == []
    finally:
        await database.close()


async def test_reading_then_writing_in_two_processes_loses_nothing_and_meets_no_lock(
    database_url: str,
) -> None:
    database = await Database.open(database_url)
    try:
        assert await run_together("read_then_write", database_url, processes=2) == [TASKS, TASKS]
        async with database.reader() as reader:
            assert await catalog_revision(reader) == 2 * TASKS
    finally:
        await database.close()


async def test_no_millisecond_of_a_writer_number_is_leased_twice_by_four_processes(database_url: str) -> None:
    ranges = sorted(
        tuple(found)
        for used in await run_together("lease_numbers", database_url, processes=4)
        for found in used
    )
    assert len(ranges) == 4 * 40
    for (writer, first, last), (next_writer, next_first, _) in pairwise(ranges):
        assert first <= last
        assert writer != next_writer or last < next_first
