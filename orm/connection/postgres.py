"""PostgreSQL as Arbiter uses it: a pool for writers, a pool for readers with a time-out of their own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper

from orm.connection.config import PostgresLocation
from orm.connection.failures import committing, connecting, is_read_only

CONNECT_SECONDS = 5.0

log = logging.getLogger(__name__)


async def _keep(_connection: object) -> None:
    """Readers change nothing in their session, so that nothing must be reset: this saves a round trip a read."""


class PostgresReaders(AsyncpgDBClient):
    """A pool of read-only connections; PostgreSQL itself stops their statements (`statement_timeout`)."""

    async def create_pool(self, **kwargs: Any) -> asyncpg.Pool:  # noqa: ANN401  as Tortoise declares it
        """The pool, without the reset that asyncpg does after each use."""
        return await asyncpg.create_pool(None, **kwargs, reset=_keep)


@asynccontextmanager
async def pinned(client: AsyncpgDBClient, wait: float) -> AsyncIterator[TransactionWrapper]:
    """One connection of the pool, for the block; at most `wait` seconds are spent on waiting for it."""
    with connecting():
        async with asyncio.timeout(wait):
            pool = await _pool_of(client)
            connection = await pool.acquire()
    try:
        wrapper = TransactionWrapper(client)
        wrapper._connection = connection
        yield wrapper
    finally:
        await _give_back(pool, connection)


async def _give_back(pool: asyncpg.Pool, connection: asyncpg.Connection) -> None:
    """Returns a connection to its pool. What was done on it is done, so that a failure here concerns no caller."""
    try:
        await pool.release(connection)
    except Exception as error:
        # asyncpg has cut it, and the pool opens another one when it needs one.
        log.info("A connection was cut because it could not be returned to its pool: %s", error)


@asynccontextmanager
async def transaction(client: AsyncpgDBClient, wait: float) -> AsyncIterator[TransactionWrapper]:
    """A transaction on a connection of the pool: committed at the end, rolled back on any error."""
    async with pinned(client, wait) as wrapper:
        await wrapper.begin()
        try:
            yield wrapper
            with committing():
                await wrapper.commit()
        except BaseException as error:
            await _abandon(wrapper)
            if is_read_only(error):
                # After a failover the same name may lead to another server: the next transaction asks anew, on
                # whichever connection of the pool it gets.
                await (await _pool_of(client)).expire_connections()
                wrapper._connection.terminate()
            raise


async def _abandon(wrapper: TransactionWrapper) -> None:
    """Rolls back; a connection that cannot even do that is cut, and with it the server ends the transaction."""
    if wrapper._finalized:
        return
    try:
        if not wrapper._connection.is_closed():
            await wrapper.rollback()
    except Exception as error:  # the caller hears of the first error, which says what was stored
        log.info("A connection was cut because its transaction could not be rolled back: %s", error)
        # The pool takes a connection back by itself when its line breaks: then there is nothing left to cut.
        with suppress(asyncpg.InterfaceError):
            wrapper._connection.terminate()


async def _pool_of(client: AsyncpgDBClient) -> asyncpg.Pool:
    if client._pool is None:
        async with client._pool_init_lock:
            if client._pool is None:
                await client.create_connection(with_db=True)
    assert client._pool is not None  # noqa: S101  create_connection sets it or raises
    return client._pool


async def connect(location: PostgresLocation) -> asyncpg.Connection:
    """A connection outside the pools, for a lock or for listening: without a statement time-out."""
    return await asyncpg.connect(
        host=location.host,
        port=location.port,
        user=location.user,
        password=location.password,
        database=location.database,
        timeout=CONNECT_SECONDS,
        ssl=location.options.get("sslmode"),
        server_settings={"application_name": "arbiter", "timezone": "UTC"},
    )
