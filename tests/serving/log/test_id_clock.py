from __future__ import annotations

from datetime import timedelta

from domain.requests.request_ids import EPOCH, millisecond_of, writer_of
from orm.connection.database import Database
from serving.log.id_clock import MAX_AHEAD_MS, RESERVE_MS, IdClock

DAY = 86_400_000


class Time:
    """A clock that only moves when told, or when somebody sleeps."""

    def __init__(self, milliseconds: int) -> None:
        self.milliseconds = milliseconds
        self.slept: list[float] = []

    def __call__(self) -> object:
        return EPOCH + timedelta(milliseconds=self.milliseconds)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.milliseconds += round(seconds * 1000)


def clock_on(database: Database, time: Time) -> IdClock:
    return IdClock(database, time, time.sleep)  # type: ignore[arg-type]


async def ids(clock: IdClock, count: int) -> list[int]:
    await clock.reserve(count)
    return clock.take(count)


async def test_ids_carry_the_time_and_ascend(database: Database) -> None:
    time = Time(DAY)
    clock = clock_on(database, time)
    first = await ids(clock, 3)
    time.milliseconds += 5
    second = await ids(clock, 2)
    assert [millisecond_of(id_) - DAY for id_ in first + second] == [0, 0, 0, 5, 5]
    assert first + second == sorted(set(first + second))


async def test_burst_borrows_a_second_and_then_waits(database: Database) -> None:
    time = Time(DAY)
    clock = clock_on(database, time)
    found = await ids(clock, 16 * MAX_AHEAD_MS)
    assert time.slept == []
    assert millisecond_of(found[-1]) == DAY + MAX_AHEAD_MS - 1
    found += await ids(clock, 160)
    assert time.slept == [0.009]
    assert found == sorted(set(found))


async def test_restart_never_repeats_an_id(database: Database) -> None:
    time = Time(DAY)
    before = await ids(clock_on(database, time), 100)  # crashes: the number is not given back
    after = await ids(clock_on(database, time), 100)
    assert set(before).isdisjoint(after)
    assert writer_of(before[0]) != writer_of(after[0])


async def test_number_that_was_given_back_goes_on_above_its_last_id(database: Database) -> None:
    time = Time(DAY)
    seen: set[int] = set()
    for _ in range(300):  # more often than there are numbers
        clock = clock_on(database, time)
        fresh = await ids(clock, 40)
        assert seen.isdisjoint(fresh)
        seen.update(fresh)
        await clock.close()


async def test_clock_that_steps_back_repeats_nothing_and_blocks_nobody(database: Database) -> None:
    time = Time(DAY)
    clock = clock_on(database, time)
    before = await ids(clock, 100)
    time.milliseconds -= 3_600_000
    after = await ids(clock, 100)
    assert set(before).isdisjoint(after)
    assert time.slept == []
    assert millisecond_of(after[0]) == DAY - 3_600_000


async def test_small_step_back_goes_on_from_the_last_id(database: Database) -> None:
    time = Time(DAY)
    clock = clock_on(database, time)
    before = await ids(clock, 5)
    time.milliseconds -= 500
    after = await ids(clock, 5)
    assert before + after == sorted(set(before + after))


async def test_mark_is_stored_before_ids_up_to_it_are_used(database: Database) -> None:
    time = Time(DAY)
    clock = clock_on(database, time)
    for step in (0, RESERVE_MS - 1, 1, 3 * RESERVE_MS):
        time.milliseconds += step
        used = millisecond_of((await ids(clock, 1))[0])
        async with database.reader() as reader:
            rows = await reader.execute_query_dict("SELECT high_water FROM writer")
        assert rows[0]["high_water"] >= used


async def test_holder_that_lost_its_lease_takes_another_number(database: Database) -> None:
    time = Time(DAY)
    clock = clock_on(database, time)
    (mine,) = await ids(clock, 1)
    async with database.transaction() as tx:
        await tx.execute_query("UPDATE writer SET token = 'somebody else'")
    time.milliseconds += 2 * RESERVE_MS
    (next_,) = await ids(clock, 1)
    assert writer_of(next_) != writer_of(mine)
