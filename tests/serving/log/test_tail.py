"""The tail of the request log: what was committed is found once, whoever wrote it and whenever it was committed."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from domain.requests.new_request import NewRequest
from domain.requests.request_ids import compose, millisecond_of, writer_of
from orm.connection.database import Database
from orm.queries.history.insertion import insert_requests
from serving.log.id_clock import IdClock
from serving.log.request_log import RequestLog
from serving.log.tail import ACTIVE_SECONDS, POLL_LIMIT, WINDOW_MS, Tail
from serving.services import Services
from tests.conftest import Statements
from tests.serving.catalog.test_two_processes import result, start
from tests.serving.log.test_request_log import new, stored_ids
from tests.serving.world import now


class Writer:
    """One process's share in the log: it takes ids as the request log does, and commits them when it is told to."""

    def __init__(self, database: Database, *, behind: timedelta = timedelta()) -> None:
        self.database = database
        self.ids = IdClock(database, lambda: now() - behind)

    async def take(self, count: int = 1) -> list[NewRequest]:
        await self.ids.reserve(count)
        rows = [new() for _ in range(count)]
        for row, id_ in zip(rows, self.ids.take(count), strict=True):
            row.id = id_
        return rows

    async def commit(self, rows: list[NewRequest]) -> list[int]:
        async with self.database.transaction() as tx:
            await insert_requests(tx, rows)
        return [row.id for row in rows]

    async def write(self, count: int = 1) -> list[int]:
        return await self.commit(await self.take(count))


class Time:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def tail(services: Services, time: Time) -> AsyncIterator[Tail]:
    """A tail that has begun on a log with two rows of a writer."""
    await Writer(services.database).write(2)
    tail = Tail(services.database, now, lambda: None, timer=time)
    await tail.begin()
    yield tail
    tail.end()


@pytest.fixture
def one(services: Services) -> Writer:
    return Writer(services.database)


@pytest.fixture
def other(services: Services) -> Writer:
    return Writer(services.database)


async def test_nothing_from_before_the_beginning_is_found(tail: Tail) -> None:
    assert await tail.poll() == []
    assert await tail.sweep() == []


async def test_what_two_writers_commit_out_of_order_is_found_once(
    tail: Tail, one: Writer, other: Writer
) -> None:
    early = await one.take(3)
    late = await other.take(2)
    assert max(row.id for row in early) < min(row.id for row in late)
    assert writer_of(early[0].id) != writer_of(late[0].id)
    first = await other.commit(late)
    assert await tail.poll() == first
    second = await one.commit(early)
    assert await tail.poll() == second
    assert await tail.poll() == []
    assert await tail.sweep() == []
    third = await one.write()
    assert await tail.poll() == third


async def test_each_of_many_rows_of_many_writers_is_found_once_in_whatever_order_they_are_committed(
    services: Services, tail: Tail
) -> None:
    dice = random.Random(7)
    writers = [Writer(services.database) for _ in range(5)]
    taken = [[await writer.take(dice.randint(1, 4)) for _ in range(6)] for writer in writers]
    committed: list[int] = []
    found: list[int] = []
    while any(taken):
        place = dice.choice([place for place, batches in enumerate(taken) if batches])
        committed += await writers[place].commit(taken[place].pop(0))
        if dice.random() < 0.4:
            found += await tail.poll()
        if dice.random() < 0.2:
            found += await tail.sweep()
    found += await tail.poll()
    assert sorted(found) == sorted(committed)
    assert len(set(found)) == len(found)


async def test_batch_that_hung_before_its_commit_is_found_by_the_sweep_and_once(
    tail: Tail, one: Writer, time: Time
) -> None:
    hung = await one.take(2)
    later = await one.write(2)  # as when the connection broke, and the server finishes the commit afterwards
    assert await tail.poll() == later
    await one.commit(hung)
    assert await tail.poll() == []
    assert await tail.sweep() == [row.id for row in hung]
    assert await tail.sweep() == []
    time.seconds += 10
    assert await tail.poll() == []


async def test_writer_whose_clock_is_minutes_behind_is_followed_all_the_same(
    services: Services, tail: Tail
) -> None:
    slow = Writer(services.database, behind=timedelta(minutes=3))
    ids = await slow.write(2)
    assert millisecond_of(ids[0]) < millisecond_of((await Writer(services.database).write())[0]) - 150_000
    assert ids[0] in await tail.poll()
    again = await slow.write(2)
    assert await tail.poll() == again


async def test_own_batches_are_found_without_a_statement_and_not_again(
    services: Services, time: Time, statements: Statements
) -> None:
    woken: list[bool] = []
    tail = Tail(services.database, now, lambda: woken.append(True), timer=time)
    log = RequestLog(services.database, IdClock(services.database, now), now, on_commit=tail.note_commit)
    await log.append([new()])
    assert (woken, tail.own()) == ([], [])
    await tail.begin()
    (stored,) = await log.append([new()])
    with statements() as sql:
        assert tail.own() == [stored.id]
    assert (sql, woken) == ([], [True])
    assert await tail.poll() == []
    assert await tail.sweep() == []
    await log.close()
    tail.end()


async def test_own_batch_that_the_sweep_saw_first_does_not_come_twice(services: Services, time: Time) -> None:
    tail = Tail(services.database, now, lambda: None, timer=time)
    log = RequestLog(services.database, IdClock(services.database, now), now, on_commit=tail.note_commit)
    await tail.begin()
    (stored,) = await log.append([new()])
    assert await tail.sweep() == [stored.id]
    assert tail.own() == []
    await log.close()
    tail.end()


async def test_halved_batch_is_found_as_it_was_stored(services: Services, time: Time) -> None:
    tail = Tail(services.database, now, lambda: None, timer=time)
    log = RequestLog(services.database, IdClock(services.database, now), now, on_commit=tail.note_commit)
    await tail.begin()
    unknown_endpoint = 999
    calls = [log.append([new(unknown_endpoint if n in (3, 17) else 1)]) for n in range(20)]
    await asyncio.gather(*calls, return_exceptions=True)
    stored = await stored_ids(services)
    assert len(stored) == 18
    assert tail.own() == stored
    assert await tail.sweep() == []
    await log.close()
    tail.end()


async def test_poll_is_one_small_statement_while_no_other_process_writes(
    tail: Tail, one: Writer, time: Time, statements: Statements
) -> None:
    time.seconds += ACTIVE_SECONDS + 1
    with statements() as sql:
        assert await tail.poll() == []
    assert [statement.split(" FROM ")[1] for statement in sql] == ["writer"]
    await one.write()
    with statements() as sql:
        assert len(await tail.poll()) == 1
    assert len(sql) == 2


async def test_long_burst_of_another_process_comes_in_pieces(tail: Tail, one: Writer) -> None:
    ids = await one.write(POLL_LIMIT + 5)
    assert await tail.poll() == ids[:POLL_LIMIT]
    assert await tail.poll() == ids[POLL_LIMIT:]
    assert await tail.poll() == []


async def test_sweep_forgets_what_is_older_than_its_window(
    services: Services, time: Time, one: Writer
) -> None:
    ahead = timedelta()
    tail = Tail(services.database, lambda: now() + ahead, lambda: None, timer=time)
    await tail.begin()
    ids = await one.write(3)
    assert await tail.poll() == ids
    assert sum(len(found) for found in tail._found.values()) == 3
    ahead = timedelta(milliseconds=2 * WINDOW_MS)
    assert await tail.sweep() == []
    assert tail._found == {}
    tail.end()


async def test_two_processes_at_once_lose_nothing_and_repeat_nothing(
    services: Services, database_url: str, time: Time
) -> None:
    tail = Tail(services.database, now, lambda: None, timer=time)
    await tail.begin()
    processes = [await start(database_url, "predict", "400") for _ in range(2)]
    done = asyncio.ensure_future(asyncio.gather(*[result(process) for process in processes]))
    found: list[int] = []
    while not done.done():
        found += await tail.poll()
        await asyncio.sleep(0.01)
    one, other = done.result()
    while more := await tail.poll():
        found += more
    predicted = sorted(int(id_) for id_ in [*one, *other])
    assert len(predicted) == 800
    assert sorted(found) == predicted
    assert await tail.sweep() == []
    tail.end()


async def test_id_of_a_bucket_is_read_whatever_its_writer(services: Services, time: Time) -> None:
    tail = Tail(services.database, now, lambda: None, timer=time)
    await tail.begin()
    base = millisecond_of((await Writer(services.database).write())[0])
    rows = [new() for _ in range(3)]
    for row, writer in zip(rows, (0, 7, 255), strict=True):
        row.id = compose(base - 2_000, writer, 15)
    async with services.database.transaction() as tx:
        await insert_requests(tx, rows)
    assert {row.id for row in rows} <= set(await tail.sweep())
    tail.end()
