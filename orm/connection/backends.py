"""What the two kinds of database do differently: connections, transactions and who waits for them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol, cast

from tortoise.backends.asyncpg.client import AsyncpgDBClient
from tortoise.context import TortoiseContext

from domain.words import Durability
from orm.connection.client import Reader, Tx
from orm.connection.config import (
    WRITE_SECONDS,
    WRITING,
    PostgresLocation,
    SqliteLocation,
    alias_of,
    beginning_of,
    bounds_of,
    postgres_credentials,
)
from orm.connection.postgresql.connections import one_read, reader_of, transaction
from orm.connection.sqlite.engine import SqliteWriter
from orm.connection.sqlite.readers import SqliteReaders
from orm.connection.statement import Ask, Statement, WritesOf, write_rows
from orm.connection.write_trial import require_room

WAIT_SECONDS = 10.0
"""How long a transaction waits for the writer, and the server itself for one of its own readers."""

OWN_READERS = 2
"""Readers that only the server's own needs use. Each takes milliseconds; the second one is for when one is slow."""


class Backend(Protocol):
    """What the two kinds of database do differently."""

    dialect: str

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """A transaction that serialises with other writers as far as the database needs."""

    def reader(self, *, own: bool) -> AbstractAsyncContextManager[Reader]:
        """A read-only connection, `own` for one of the server's own; there is one for each turn."""

    async def write(self, writes: WritesOf, ask: Ask | None) -> None:
        """A transaction of these writes alone, after one question at most; asked for when its turn has come."""

    async def require_room(self) -> None:
        """Raises DatabaseUnavailable when it is known beforehand that there is no room for a row."""

    async def give_room_back(self, pages: int) -> int:
        """Gives up to so many free pages of the file back; how many it was."""

    async def close(self) -> None:
        """Closes the readers; the writer is Tortoise's to close."""


class SqliteBackend:
    """One writer, and a few read-only connections with a thread each."""

    dialect = "sqlite"

    def __init__(
        self, location: SqliteLocation, writer: SqliteWriter, readers: int, read_timeout: float
    ) -> None:
        self._path = location.path
        self._writer = writer
        self._callers = SqliteReaders(location.path, readers, read_timeout, yielding=True)
        self._own = SqliteReaders(location.path, OWN_READERS, read_timeout)

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """BEGIN IMMEDIATE, one at a time."""
        return self._writer.transaction(WAIT_SECONDS)

    async def write(self, writes: WritesOf, ask: Ask | None) -> None:
        """The same, in one go of the writer's thread."""
        await self._writer.write(writes, WAIT_SECONDS, ask)

    def reader(self, *, own: bool) -> AbstractAsyncContextManager[Reader]:
        """A connection that nobody else uses meanwhile."""
        return (self._own if own else self._callers).one()

    async def require_room(self) -> None:
        """Looks at the disk, in a thread: one that hangs must not hold the others."""
        await asyncio.to_thread(require_room, self._path)

    async def give_room_back(self, pages: int) -> int:
        """In the writer's turn, as a transaction of its own."""
        return await self._writer.give_room_back(pages, WAIT_SECONDS)

    async def close(self) -> None:
        """Closes the read-only connections."""
        await self._callers.close()
        await self._own.close()


class PostgresBackend:
    """A pool for writing, one for what callers read, and one for what the server reads for itself.

    `most_connections` is what a process may hold of the server's, the one that listens included.
    """

    dialect = "postgres"

    def __init__(
        self,
        location: PostgresLocation,
        writer: AsyncpgDBClient,
        readers: int,
        read_timeout: float,
        pooled_as: Durability | None,
    ) -> None:
        self._writer = writer
        pooled, relaxed = pooled_as is not None, pooled_as is Durability.RELAXED
        self.most_connections = 1 if pooled else WRITING + readers + OWN_READERS + 1
        self.asked_of_reads = bounds_of(statement_timeout=read_timeout, read_only=True)
        self.asked_of_writes = bounds_of(statement_timeout=WRITE_SECONDS, read_only=False, relaxed=relaxed)
        self._begin_read = beginning_of(self.asked_of_reads, read_only=True) if pooled else None
        self._begin_write = beginning_of(self.asked_of_writes, read_only=False) if pooled else None
        self._callers, self._own = (
            AsyncpgDBClient(
                connection_name="reader",
                **postgres_credentials(
                    location, pool=pool, bounds=self.asked_of_reads, read_only=True, pooled=pooled
                ),
            )
            for pool in (readers, OWN_READERS)
        )

    def transaction(self) -> AbstractAsyncContextManager[Tx]:
        """READ COMMITTED, on a connection of the writers' pool."""
        return transaction(self._writer, WAIT_SECONDS, self._begin_write)

    async def write(self, writes: WritesOf, ask: Ask | None) -> None:
        """The same, with one statement between BEGIN and COMMIT, after the question if there is one."""
        async with self.transaction() as tx:
            found: Sequence[Any] = ()
            if ask is not None:
                statement = Statement(tx)
                found = await statement.raw_rows(ask(statement))
            await write_rows(tx, *writes(found))

    def reader(self, *, own: bool) -> AbstractAsyncContextManager[Reader]:
        """A connection of one of the readers' pools."""
        pool = self._own if own else self._callers
        if self._begin_read is None:
            return reader_of(pool, WAIT_SECONDS)
        return one_read(pool, WAIT_SECONDS, self._begin_read)

    async def require_room(self) -> None:
        """Only the database's own machine knows its disk; what it lacks shows when a row is written."""

    async def give_room_back(self, pages: int) -> int:
        """Autovacuum does that."""
        return 0

    async def close(self) -> None:
        """Closes the readers' pools."""
        await self._callers.close()
        await self._own.close()


def backend_of(
    location: SqliteLocation | PostgresLocation,
    context: TortoiseContext,
    readers: int,
    read_timeout: float,
    pooled_as: Durability | None,
) -> Backend:
    """What belongs to `location`; `pooled_as` is how its commits are stored where a pooler is in between."""
    writer = context.connections.get(alias_of(location))
    if isinstance(location, SqliteLocation):
        return SqliteBackend(location, cast(SqliteWriter, writer), readers, read_timeout)
    return PostgresBackend(location, cast(AsyncpgDBClient, writer), readers, read_timeout, pooled_as)
