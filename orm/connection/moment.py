"""Several statements of one reader that see the database as it is at one moment, whatever is written meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from orm.connection.client import Reader, is_postgres


@asynccontextmanager
async def one_moment(reader: Reader) -> AsyncIterator[None]:
    """For the block, which only reads: the moment is that of its first statement.

    Nobody waits for it, but what is deleted or overwritten meanwhile takes room until it ends.
    """
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgres(reader) else "BEGIN"
    await reader.execute_query(begin)
    try:
        yield
    finally:
        await reader.execute_query("ROLLBACK")
