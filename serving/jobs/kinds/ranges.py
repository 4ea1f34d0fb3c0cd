"""Divides the requests of an endpoint into ranges of ids, by going along the index of its ids."""

from __future__ import annotations

from domain.jobs import UnitRange
from orm.connection.database import Database
from orm.queries.jobs import replay_rows

ROWS = 20_000
"""Requests of a unit: with a forest a third of a second to a second of work, which is what a killed worker costs."""


async def request_ranges(
    database: Database, endpoint_id: int, *, lo: int = 0, hi: int | None = None, rows: int = ROWS
) -> tuple[UnitRange, ...]:
    """The ranges of `rows` requests each between two ids; without `hi` up to the newest that is stored now.

    Each step is a short read of its own, so that a hundred million requests keep no reader.
    """
    end = await database.read(replay_rows.newest_of, endpoint_id) + 1
    end = end if hi is None else min(hi, end)
    found: list[UnitRange] = []
    first = await database.read(replay_rows.id_after, endpoint_id, lo, end, 0)
    lo = end if first is None else first
    while lo < end:
        beyond = await database.read(replay_rows.id_after, endpoint_id, lo, end, rows)
        if beyond is None:
            left = await database.read(replay_rows.count_between, endpoint_id, lo, end)
            if left:
                found.append(UnitRange(lo, end, left))
            break
        found.append(UnitRange(lo, beyond, rows))
        lo = beyond
    return tuple(found)
