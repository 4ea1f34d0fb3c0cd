"""SQLite as Arbiter uses it: connections to a file, and the one writer whose transactions begin immediately.

Tortoise's own client begins transactions deferred, so that two processes that read and then write meet in
"database is locked" whatever the busy time-out; `BEGIN IMMEDIATE` waits instead.
"""

from __future__ import annotations

import asyncio
import logging
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from functools import partial
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

import aiosqlite
from tortoise.backends.base.client import TransactionContext
from tortoise.backends.sqlite.client import SqliteClient, SqliteTransactionContext, SqliteTransactionWrapper
from tortoise.exceptions import IntegrityError, OperationalError

from domain.errors import CommitUnknown, DatabaseUnavailable
from orm.connection.failures import BROKEN, committing, connecting, sqlite_code
from orm.connection.statement import STATEMENTS_KEPT, Ask, Statement, Write, WritesOf

BUSY_SECONDS = 5.0
CREATING = "rwc"
WRITER_PRAGMAS = {
    "journal_mode": "WAL",
    "journal_size_limit": 64 * 1024 * 1024,
    "foreign_keys": "ON",
}
KEPT_FREE = 20
"""A twentieth of the pages of a file may be free: new rows take them without making the file larger."""

log = logging.getLogger(__name__)


class SqliteFile(SqliteClient):
    """One connection to a SQLite file, opened when first used and again when the file was replaced."""

    statements_kept = 128
    """Texts that stay compiled; as many as the driver keeps by itself."""

    def __init__(self, file_path: str, *, mode: str, pragmas: dict[str, Any], connection_name: str) -> None:
        super().__init__(file_path, connection_name=connection_name)
        self.mode = mode
        self.pragmas = pragmas
        self._identity: tuple[int, int] | None = None

    async def create_connection(self, with_db: bool) -> None:
        """Opens the file. Raises sqlite3.OperationalError."""
        if self._connection is not None:
            return
        uri = f"file:{quote(self.filename)}?mode={self.mode}"
        connection = await _connected(uri, self.statements_kept)
        try:
            connection.row_factory = sqlite3.Row
            if self.mode == CREATING:
                (pages,) = await connection.execute_fetchall("PRAGMA page_count")
                if not pages[0]:  # a file with tables is written by it, and no other than before
                    await connection.execute_fetchall("PRAGMA auto_vacuum=INCREMENTAL")
            for pragma, value in self.pragmas.items():
                await connection.execute_fetchall(f"PRAGMA {pragma}={value}")
            self._identity = _identity(self.filename)
        except BaseException:
            await connection.close()
            raise
        self._connection = connection
        await self._post_connect()

    async def ensure_connection(self) -> None:
        """Has a connection to the file that is now at the path: one that was removed keeps nothing durable."""
        if self._connection is not None:
            if _identity(self.filename) == self._identity:
                return
            await self.close()
        await self.create_connection(with_db=True)


async def _connected(uri: str, statements_kept: int) -> aiosqlite.Connection:
    """A connection of its own thread; a caller that is cancelled meanwhile leaves no thread behind."""

    async def connect() -> aiosqlite.Connection:
        return await aiosqlite.connect(
            uri,
            uri=True,
            isolation_level=None,
            timeout=BUSY_SECONDS,
            cached_statements=statements_kept,
        )

    # aiosqlite starts its thread before it has connected: if the await were cancelled, nobody could stop that thread.
    # So the opening goes on under a shield, and is closed as soon as it is done.
    opening = asyncio.ensure_future(connect())
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        await (await opening).close()
        raise


def _identity(path: str) -> tuple[int, int] | None:
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


class SqliteTransaction(SqliteTransactionWrapper):
    """A transaction that takes the write lock at its beginning."""

    async def begin(self) -> None:
        """Takes the write lock, waiting up to `BUSY_SECONDS` for other processes. Raises OperationalError."""
        try:
            await self._connection.execute_fetchall("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error

    async def write_all(self, writes: Sequence[Write]) -> None:
        """Runs them in one go of the connection's thread. Raises what `execute_many` raises."""
        connection = cast(Any, self._connection)
        for write in writes:
            self.log.debug("%s: %s", write.sqlite, write.rows)
        try:
            await connection._execute(_run, connection._conn, writes)
        except sqlite3.OperationalError as error:
            raise OperationalError(error) from error
        except sqlite3.IntegrityError as error:
            raise IntegrityError(error) from error

    async def execute_script(self, query: str) -> None:
        """Runs the statements of `query` one by one, inside the transaction (executescript would commit it)."""
        for statement in statements_of(query):
            await self.execute_query(statement)


def statements_of(script: str) -> list[str]:
    """The statements of an SQL script, each with its semicolon.

    >>> statements_of("SELECT ';' /* a; b */; SELECT 2;")
    ["SELECT ';' /* a; b */;", 'SELECT 2;']
    """
    statements, begun = [], ""
    *pieces, last = script.split(";")
    for piece in pieces:
        begun += piece + ";"
        if sqlite3.complete_statement(begun):
            statements.append(begun.strip())
            begun = ""
    rest = (begun + last).strip()
    return [*statements, rest] if rest else statements


class SqliteWriter(SqliteFile):
    """The one connection of a process that writes; its transactions wait in line, first come first served."""

    statements_kept = STATEMENTS_KEPT

    def __init__(
        self, file_path: str, *, connection_name: str, create: bool = True, synchronous: str = "FULL"
    ) -> None:
        mode = CREATING if create else "rw"
        pragmas = WRITER_PRAGMAS | {"synchronous": synchronous}
        super().__init__(file_path, mode=mode, pragmas=pragmas, connection_name=connection_name)
        self._undoes_in_memory: aiosqlite.Connection | None = None
        """The connection that `write` has prepared."""

    def _in_transaction(self) -> TransactionContext:
        return SqliteTransactionContext(SqliteTransaction(self), self._lock)

    async def _take_turn(self, wait: float) -> None:
        """Has the connection for itself, open, after at most `wait` seconds in line, until `_lock` is released."""
        # Tortoise's lock, which also its own statements outside a transaction take: one connection, one transaction.
        # Only the waiting is limited. Whoever has the lock may take as long as its statements do.
        with connecting():
            async with asyncio.timeout(wait):
                await self._lock.acquire()
        try:
            with connecting():
                await self.ensure_connection()
        except BaseException:
            self._lock.release()
            raise

    @asynccontextmanager
    async def transaction(self, wait: float) -> AsyncIterator[SqliteTransaction]:
        """A transaction, after at most `wait` seconds in line: committed at the end, rolled back on any error.

        Operations of one connection run in the order they were asked for, so a caller that is cancelled
        while one runs leaves nothing open behind it: the roll-back follows.
        """
        await self._take_turn(wait)
        try:
            transaction = SqliteTransaction(self)
            try:
                await transaction.begin()
                yield transaction
                with committing():
                    await transaction.commit()
            except BaseException as error:
                await self._abandon(error)
                raise
        finally:
            self._lock.release()

    async def write(self, writes: WritesOf, wait: float, ask: Ask | None = None) -> None:
        """A transaction of one question, if any, and of writes, in one go of the connection's thread.

        Else as `transaction`. What is written is asked for when its turn has come: in the thread where there is a
        question, whose rows it is given. A caller that is cancelled meanwhile leaves nothing open behind it: the
        thread goes on to the end of the transaction.
        """
        await self._take_turn(wait)
        try:
            connection = cast(Any, self._connection)
            try:
                if self._undoes_in_memory is not connection:
                    await connection._execute(_undo_in_memory, connection._conn)
                    self._undoes_in_memory = connection
                if ask is None:
                    asked = self._told(writes(()))
                    await connection._execute(_write_all, connection._conn, lambda: asked)
                else:
                    statement = Statement(self)
                    sql = ask(statement)
                    self.log.debug("%s: %s", sql, statement.values)
                    find = partial(connection._conn.execute, sql, statement.values)
                    await connection._execute(
                        _write_all, connection._conn, lambda: self._told(writes(find().fetchall()))
                    )
            except BaseException as error:
                await self._abandon(error)
                raise
        finally:
            self._lock.release()

    def _told(self, writes: Sequence[Write]) -> list[Write]:
        asked = [write for write in writes if write.rows]
        for write in asked:
            self.log.debug("%s: %s", write.sqlite, write.rows)
        return asked

    async def give_room_back(self, pages: int, wait: float) -> int:
        """Give up to so many free pages back to the disk, as a transaction of its own; how many it was."""
        await self._take_turn(wait)
        try:
            connection = cast(Any, self._connection)
            freed: int = await connection._execute(_free, connection._conn, pages)
        finally:
            self._lock.release()
        return freed

    async def _abandon(self, error: BaseException) -> None:
        if self._connection is None:
            return
        # The roll-back stands in the queue of the connection's thread behind the statement that was cancelled, if any.
        # A file that was replaced or damaged fails for good on this connection; the next transaction opens another.
        broken = isinstance(error, CommitUnknown) or sqlite_code(error) in BROKEN
        try:
            await self._connection.rollback()
        except Exception as failure:  # the caller hears of the first error, which says what was stored
            log.info("A connection was closed because its transaction could not be rolled back: %s", failure)
            broken = True
        finally:
            if broken:
                await self.close()


def _undo_in_memory(connection: sqlite3.Connection) -> None:
    """Keep in memory what a statement would need to undo itself; runs in the connection's thread.

    An INSERT of many rows changes some dozens of pages, and would write them to a temporary file first, a new one for
    each batch: as much as the batch itself, and no batch is stored where there is no room for such files. Only for the
    log: sorting for an index of a large table needs a file.
    """
    connection.execute("PRAGMA temp_store=MEMORY")


def _write_all(connection: sqlite3.Connection, asked: Callable[[], Sequence[Write]]) -> None:
    """A whole transaction; runs in the connection's thread, which saves a hop to it and back for each statement."""
    connection.execute("BEGIN IMMEDIATE")
    _run(connection, asked())
    with committing():
        connection.commit()


def _run(connection: sqlite3.Connection, writes: Sequence[Write]) -> None:
    for write in writes:
        write.run_on_sqlite(connection)


def _free(connection: sqlite3.Connection, pages: int) -> int:
    """Runs in the connection's thread."""

    def number(pragma: str) -> int:
        return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])

    incremental = 2
    if number("auto_vacuum") != incremental:
        return 0
    free = number("freelist_count")
    wanted = min(pages, free - number("page_count") // KEPT_FREE)
    if wanted <= 0:
        return 0
    # Each step of the statement frees one page: it must be stepped to its end.
    connection.executescript(f"PRAGMA incremental_vacuum({wanted})")
    return free - number("freelist_count")


ROOM_FOR_A_COPY = 2
"""Rewriting a file needs room for the new one, and for as much in its side file before."""
PATIENCE = 60.0
"""Seconds that rewriting waits for those who write."""
DAMAGED = "The file is damaged: put a backup in its place."
CURES = {
    sqlite3.SQLITE_CORRUPT: DAMAGED,
    sqlite3.SQLITE_NOTADB: DAMAGED,
    sqlite3.SQLITE_FULL: "Make room on its disk, and where SQLite writes meanwhile: SQLITE_TMPDIR, else /var/tmp.",
    sqlite3.SQLITE_READONLY: "Give this user the right to write the file.",
}


def rewrite(path: Path) -> tuple[int, int]:
    """Rewrites a SQLite file without free room, such that it can give room back from then on; its sizes in bytes.

    Nobody writes meanwhile, and everybody reads: it takes seconds a gigabyte. Raises DatabaseUnavailable where the disk
    has too little room, or where others write all the time.
    """
    before = path.stat().st_size
    free = shutil.disk_usage(path.parent).free
    if free < ROOM_FOR_A_COPY * before:
        raise DatabaseUnavailable(
            f"Rewriting {path} takes {ROOM_FOR_A_COPY * before:,} bytes of free disk, and there are {free:,}: make "
            "room."
        )
    uri = f"file:{quote(str(path))}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=PATIENCE)) as connection:
        try:
            connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
            connection.execute("VACUUM")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.DatabaseError as error:
            cure = CURES.get(sqlite_code(error) or 0, "Stop the servers and try again.")
            raise DatabaseUnavailable(
                f"{path} could not be rewritten ({error}); nothing was changed. {cure}"
            ) from error
    return before, path.stat().st_size


client_class = SqliteWriter
