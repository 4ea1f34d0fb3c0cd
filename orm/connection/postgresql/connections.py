"""PostgreSQL as Arbiter uses it: a pool for writers, a pool for readers with a time-out of their own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import Any

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient, TransactionWrapper
from tortoise.exceptions import OperationalError

from orm.connection.config import PostgresLocation
from orm.connection.failures import committing, connecting, is_read_only

CONNECT_SECONDS = 5.0

LEAVE_SECONDS = 2.0
"""How long a statement may take to be cancelled, or a transaction to be rolled back, when its caller has left. After
that the connection is cut: behind a database that has stalled nobody waits for the end of what was given up."""

log = logging.getLogger(__name__)


class _Begun:
    """A transaction that begins with a text of its own; it is ended as asyncpg's transactions are."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def commit(self) -> None:
        """Raises what the server says to it."""
        await self._connection.execute("COMMIT")

    async def rollback(self) -> None:
        """Raises where the line is broken."""
        await self._connection.execute("ROLLBACK")


async def _begin(wrapper: TransactionWrapper, beginning: str) -> None:
    wrapper.transaction = _Begun(wrapper._connection)
    try:
        await wrapper._connection.execute(beginning)
    except BaseException as error:
        await _abandon(wrapper, error)
        raise


class _Reader(TransactionWrapper):
    """Statements that only read, without what Tortoise does for others: a page's time shows it."""

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, list[Any]]:
        """Tortoise's."""
        async with self._lock:
            self.log.debug("%s: %s", query, values)
            try:
                rows: list[Any] = await self._connection.fetch(query, *(values or ()))
            except (asyncpg.SyntaxOrAccessError, asyncpg.exceptions.DataError) as error:
                raise OperationalError(error) from error
            return len(rows), rows


class pinned(AbstractAsyncContextManager[TransactionWrapper]):  # noqa: N801  it is called like a function
    """One connection of the pool, for the block; at most `wait` seconds are spent on waiting for it.

    A generator would take several times as long to give it.
    """

    __slots__ = ("_client", "_connection", "_pool", "_wait", "_wrapper")

    def __init__(
        self, client: AsyncpgDBClient, wait: float, wrapper: type[TransactionWrapper] = TransactionWrapper
    ) -> None:
        self._client = client
        self._wait = wait
        self._wrapper = wrapper

    async def __aenter__(self) -> TransactionWrapper:
        with connecting():
            pool = self._client._pool
            if pool is not None and _has_one_open(pool):
                self._connection = await pool.acquire()
            else:
                async with asyncio.timeout(self._wait):
                    pool = await _pool_of(self._client)
                    self._connection = await pool.acquire()
        self._pool = pool
        wrapper = self._wrapper(self._client)
        wrapper._connection = self._connection
        return wrapper

    async def __aexit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        try:
            if error is not None and _is_stall(error):
                # The others of the pool lead to the same database. Whoever comes next opens one, and sees so in less
                # time whether it answers again.
                _cut(self._connection)
                await self._pool.expire_connections()
        finally:
            await _give_back(self._pool, self._connection, settled=error is None)


def _has_one_open(pool: asyncpg.Pool) -> bool:
    """Whether the connection that the pool would give is open and free, so that nothing is waited for."""
    if pool._queue.empty():
        return False
    holder = pool._queue._queue[-1]
    return bool(holder.is_connected() and holder._generation == pool._generation)


def _is_stall(error: BaseException) -> bool:
    """Whether the database has not answered in time."""
    return isinstance(error, TimeoutError) or isinstance(error.__cause__, TimeoutError)


def _cut(connection: asyncpg.Connection) -> None:
    # The pool takes a connection back by itself when its line breaks: then there is nothing left to cut.
    with suppress(asyncpg.InterfaceError):
        connection.terminate()


async def _give_back(pool: asyncpg.Pool, connection: asyncpg.Connection, *, settled: bool) -> None:
    """Returns a connection to its pool, or cuts it when it is not idle soon. What its caller asked for is over.

    Where all was answered and `settled`, there is nothing to wait for: then the pool need not start a task for that,
    which takes as long as a short statement.
    """
    try:
        bare = connection._con
        if settled and bare is not None and not bare.is_closed() and not bare.is_in_transaction():
            bare._on_release()
            await connection._holder.release(LEAVE_SECONDS)
        else:
            await pool.release(connection, timeout=LEAVE_SECONDS)
    except Exception as error:
        # asyncpg has cut it, and the pool opens another one when it needs one.
        log.info("A connection was cut because it could not be returned to its pool: %s", error)


@asynccontextmanager
async def transaction(
    client: AsyncpgDBClient, wait: float, beginning: str | None = None
) -> AsyncIterator[TransactionWrapper]:
    """A transaction on a connection of the pool: committed at the end, rolled back on any error.

    `beginning` is what it begins with instead of BEGIN.
    """
    async with pinned(client, wait) as wrapper:
        if beginning is None:
            await wrapper.begin()
        else:
            await _begin(wrapper, beginning)
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


@asynccontextmanager
async def one_read(client: AsyncpgDBClient, wait: float, beginning: str) -> AsyncIterator[TransactionWrapper]:
    """A connection of the pool in a transaction that only reads: where each statement may else run on another one."""
    async with pinned(client, wait, _Reader) as wrapper:
        await _begin(wrapper, beginning)
        try:
            yield wrapper
            await wrapper.commit()
        except BaseException as error:
            await _abandon(wrapper, error)
            raise


def reader_of(client: AsyncpgDBClient, wait: float) -> AbstractAsyncContextManager[TransactionWrapper]:
    """A connection of the pool, each of whose sessions only reads."""
    return pinned(client, wait, _Reader)


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


async def connect(
    location: PostgresLocation, *, name: str = "arbiter", bounds: Mapping[str, str] | None = None
) -> asyncpg.Connection:
    """A connection outside the pools, for a lock or for listening: without a time-out unless the `bounds` name one.

    PostgreSQL shows it under `name`. It prepares no statement, so that a pooler may be in between.
    """
    return await asyncpg.connect(
        host=location.host,
        port=location.port,
        user=location.user,
        password=location.password,
        database=location.database,
        timeout=CONNECT_SECONDS,
        ssl=location.options.get("sslmode"),
        statement_cache_size=0,
        server_settings={"application_name": name, "timezone": "UTC"} | dict(bounds or {}),
    )
