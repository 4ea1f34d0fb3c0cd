"""PostgreSQL as Arbiter uses it: a pool for writers, a pool for readers with a time-out of their own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper

from orm.connection.config import PostgresLocation
from orm.connection.failures import committing, connecting, is_read_only

CONNECT_SECONDS = 5.0

LEAVE_SECONDS = 2.0
"""How long a statement may take to be cancelled, or a transaction to be rolled back, when its caller has left. After
that the connection is cut: behind a database that has stalled nobody waits for the end of what was given up."""

log = logging.getLogger(__name__)


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
    except BaseException as error:
        if _is_stall(error):
            # The others of the pool lead to the same database. Whoever comes next opens one, and sees so in less time
            # whether it answers again.
            _cut(connection)
            await pool.expire_connections()
        raise
    finally:
        await _give_back(pool, connection)


def _is_stall(error: BaseException) -> bool:
    """Whether the database has not answered in time."""
    return isinstance(error, TimeoutError) or isinstance(error.__cause__, TimeoutError)


def _cut(connection: asyncpg.Connection) -> None:
    # The pool takes a connection back by itself when its line breaks: then there is nothing left to cut.
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


async def _give_back(pool: asyncpg.Pool, connection: asyncpg.Connection) -> None:
    """Returns a connection to its pool, or cuts it when it is not idle soon. What its caller asked for is settled."""
    try:
        await pool.release(connection, timeout=LEAVE_SECONDS)
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
            await _abandon(wrapper, error)
            if is_read_only(error):
                # After a failover the same name may lead to another server: the next transaction asks anew, on
                # whichever connection of the pool it gets.
                await (await _pool_of(client)).expire_connections()
                wrapper._connection.terminate()
            raise


async def _abandon(wrapper: TransactionWrapper, why: BaseException) -> None:
    """Rolls back; a connection that cannot even do that is cut, and with it the server ends the transaction."""
    if wrapper._finalized:
        return
    if _is_stall(why):  # who has not answered a statement answers no roll-back either
        _cut(wrapper._connection)
        return
    try:
        if not wrapper._connection.is_closed():
            async with asyncio.timeout(LEAVE_SECONDS):
                await wrapper.rollback()
    except Exception as error:  # the caller hears of the first error, which says what was stored
        log.info("A connection was cut because its transaction could not be rolled back: %s", error)
        _cut(wrapper._connection)


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
