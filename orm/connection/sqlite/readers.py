"""SQLite's readers: connections that cannot write, whose statements can be stopped."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
import threading
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from tortoise.exceptions import OperationalError

from orm.connection.failures import BROKEN, connecting, sqlite_code
from orm.connection.sqlite.engine import SqliteFile

YIELDING = 5
"""The niceness of threads in which callers' reads run: on a processor that both want, such a thread gets a quarter of
the time and the one that answers predictions the rest. A higher one starves reads where other programs are busy."""
READER_PRAGMAS = {"query_only": "ON"}


@dataclass(slots=True, eq=False)
class _Asked:
    """A statement of a reader: whether it shall not run any more, and whether its thread is done with it."""

    stopped: bool = False
    over: bool = False


class SqliteReader(SqliteFile):
    """A connection that cannot write and whose statements stop after `timeout` seconds.

    The thread of a `yielding` one leaves most of the processor to others that want it.
    """

    def __init__(self, file_path: str, *, timeout: float, yielding: bool = False) -> None:
        super().__init__(file_path, mode="ro", pragmas=READER_PRAGMAS, connection_name="reader")
        self.timeout = timeout
        self.yielding = yielding
        self._last = _Asked(over=True)

    async def _post_connect(self) -> None:
        await super()._post_connect()
        if self.yielding and self._connection is not None:
            await cast(Any, self._connection)._execute(yield_the_processor)

    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        """Tortoise's, with the time-out, and without what it does for statements that write: a page's time shows it."""
        # SQLite has no time-out for a statement, but another thread may interrupt it. The timer is of this statement
        # alone and ends with it, so that it cannot hit the next one on the same connection.
        asked = _Asked()
        timer = asyncio.get_running_loop().call_later(self.timeout, self._stop, asked)
        try:
            return await self._fetched(query, values or (), asked)
        except asyncio.CancelledError:
            self._stop(asked)  # the caller has left: the connection must be free for the next one
            raise
        except Exception as error:
            if sqlite_code(error) in BROKEN:
                await self.close()
            raise
        finally:
            timer.cancel()

    async def _fetched(self, query: str, values: Sequence[Any], asked: _Asked) -> tuple[int, Sequence[Any]]:
        async with self._lock:
            self.log.debug("%s: %s", query, values)
            if self._connection is None:  # a statement of the same block has met a broken file
                await self.create_connection(with_db=True)
            if not self._last.over:  # it was stopped at the very moment at which it began
                self._interrupt()
            self._last = asked
            connection = cast(Any, self._connection)
            try:
                rows: Sequence[Any] = await connection._execute(_rows, connection._conn, query, values, asked)
            except sqlite3.OperationalError as error:
                raise OperationalError(error) from error
            return len(rows), rows

    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        """Tortoise's, with the time-out."""
        return list(map(dict, (await self.execute_query(query, values))[1]))

    def _stop(self, asked: _Asked) -> None:
        asked.stopped = True  # an interruption alone would miss what still waits for its thread
        self._interrupt()

    def _interrupt(self) -> None:
        if self._connection is not None:
            self._connection._conn.interrupt()


def _rows(connection: sqlite3.Connection, query: str, values: Sequence[Any], asked: _Asked) -> Sequence[Any]:
    """All rows of a statement; runs in the connection's thread."""
    try:
        if asked.stopped:
            error = sqlite3.OperationalError("interrupted")
            error.sqlite_errorcode = sqlite3.SQLITE_INTERRUPT
            raise error
        return connection.execute(query, values).fetchall()
    finally:
        asked.over = True


def yield_the_processor() -> None:
    """Lowers the priority of the thread that calls, on Linux: elsewhere it has none of its own."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), YIELDING)


class SqliteReaders:
    """As many read-only connections as may be used at once, with a thread each.

    Where they are `yielding`, their threads leave most of the processor to others that want it.
    """

    def __init__(self, path: Path, count: int, timeout: float, *, yielding: bool = False) -> None:
        self._all = [SqliteReader(str(path), timeout=timeout, yielding=yielding) for _ in range(count)]
        # Last in, first out: a connection used just now has its pages in its cache.
        self._idle = list(self._all)

    def one(self) -> AbstractAsyncContextManager[SqliteReader]:
        """A connection that nobody else uses meanwhile; there must be one."""
        return _Lent(self._idle)

    async def close(self) -> None:
        """Closes all of them."""
        for reader in self._all:
            await reader.close()


class _Lent(AbstractAsyncContextManager[SqliteReader]):
    """One of the idle connections, for a block; a generator would take several times as long to give it."""

    __slots__ = ("_idle", "_reader")

    def __init__(self, idle: list[SqliteReader]) -> None:
        self._idle = idle

    async def __aenter__(self) -> SqliteReader:
        self._reader = self._idle.pop()
        try:
            with connecting():
                await self._reader.ensure_connection()
        except BaseException:
            self._idle.append(self._reader)
            raise
        return self._reader

    async def __aexit__(self, *_error: object) -> None:
        self._idle.append(self._reader)
