from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.errors import DatabaseUnavailable
from orm.connection.database import Database
from orm.queries.history import writer_leases
from orm.queries.history.writer_leases import Lease

RESERVE, LEASE = 10, 100


async def claim(database: Database, token: str, now: int) -> Lease:
    async with database.transaction() as tx:
        return await writer_leases.claim(tx, token, now, RESERVE, LEASE)


async def extend(database: Database, lease: Lease, token: str, mark: int, expires: int) -> bool:
    async with database.transaction() as tx:
        return await writer_leases.extend(tx, lease.writer, token, mark, expires)


async def test_the_first_lease_is_number_zero_from_now_on(database: Database) -> None:
    assert await claim(database, "a", 1000) == Lease(0, 1000, 1009)
    assert await claim(database, "b", 1000) == Lease(1, 1000, 1009)


async def test_a_number_never_used_is_preferred_to_an_expired_one(database: Database) -> None:
    await claim(database, "a", 1000)
    assert await claim(database, "b", 1100) == Lease(1, 1100, 1109)


async def test_a_lease_that_ran_out_is_lost_once_somebody_else_took_the_number(database: Database) -> None:
    async with database.transaction() as tx:
        for writer in range(256):
            await tx.execute_query(f"INSERT INTO writer VALUES ({writer}, 'x', {5000 + writer}, 2000)")
    taken = await claim(database, "a", 2000)
    assert taken == Lease(0, 5001, 5010)
    assert await extend(database, taken, "x", 9000, 9000) is False
    assert await extend(database, taken, "a", 6000, 9000) is True
    assert await claim(database, "b", 2000) == Lease(1, 5002, 5011)


async def test_a_number_given_back_continues_above_what_was_used_even_if_the_clock_steps_back(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        for writer in range(1, 256):
            await tx.execute_query(f"INSERT INTO writer VALUES ({writer}, 'x', 0, 999999)")
    lease = await claim(database, "a", 1000)
    async with database.transaction() as tx:
        await writer_leases.release(tx, lease.writer, "stranger", 1)
        await writer_leases.release(tx, lease.writer, "a", 1004)
    assert await claim(database, "b", 500) == Lease(0, 1005, 1014)


async def test_the_mark_never_falls(database: Database) -> None:
    lease = await claim(database, "a", 1000)
    assert await extend(database, lease, "a", 1005, 9000) is False
    assert await extend(database, lease, "a", 1009, 9000) is True


async def test_when_all_numbers_are_held_the_error_says_what_to_do(database: Database) -> None:
    async with database.transaction() as tx:
        for writer in range(256):
            await tx.execute_query(f"INSERT INTO writer VALUES ({writer}, 'x', 0, 1001)")
    with pytest.raises(DatabaseUnavailable, match="All 256 writer numbers are held; stop some processes"):
        await claim(database, "a", 1000)
    with pytest.raises(DatabaseUnavailable, match="All 256 writer numbers are held; stop some processes"):
        await database.read(writer_leases.require_free, 1000)
    await database.read(writer_leases.require_free, 1001)
    assert (await claim(database, "a", 1001)).writer == 0


@dataclass
class Holder:
    """A process: its clock may be anything, and it may end without a word."""

    token: str
    lease: Lease | None = None
    last: int = field(default=-1)


moves = st.lists(
    st.tuples(
        st.integers(0, 3), st.sampled_from(["use", "extend", "release", "crash"]), st.integers(-60, 120)
    ),
    max_size=40,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=moves)
@pytest.mark.matrix
def test_no_millisecond_of_a_number_is_used_twice_whatever_clocks_do(
    tmp_path: Path, moves: list[tuple[int, str, int]]
) -> None:
    asyncio.run(_play(tmp_path / f"{abs(hash(tuple(moves)))}.db", moves))


async def _play(path: Path, moves: list[tuple[int, str, int]]) -> None:
    path.unlink(missing_ok=True)
    database = await Database.open(f"sqlite://{path}")
    try:
        await _move(database, moves)
    finally:
        await database.close()


async def _move(database: Database, moves: list[tuple[int, str, int]]) -> None:
    used: set[tuple[int, int]] = set()
    holders = [Holder(f"p{n}") for n in range(4)]
    now = 1000
    for n, (who, move, step) in enumerate(moves):
        now = max(0, now + step)
        holder = holders[who]
        if move == "crash" or holder.lease is None:
            holder.token = f"p{who}-{n}"
            holder.lease = await claim(database, holder.token, now)
            holder.last = holder.lease.first - 1
        if move == "extend":
            mark = holder.lease.last + RESERVE
            if not await extend(database, holder.lease, holder.token, mark, now + LEASE):
                holder.lease = None
                continue
            holder.lease = holder.lease._replace(last=mark)
        if holder.last < holder.lease.last:
            holder.last += 1
            spot = holder.lease.writer, holder.last
            assert spot not in used
            used.add(spot)
        if move == "release":
            async with database.transaction() as tx:
                await writer_leases.release(tx, holder.lease.writer, holder.token, holder.last)
            holder.lease = None
