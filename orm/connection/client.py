"""What queries run on: a transaction or a reader, both of them one pinned connection; and what is sent there."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any, TypeAlias

from tortoise.backends.asyncpg.client import TransactionWrapper
from tortoise.backends.base.client import BaseDBAsyncClient
from tortoise.log import db_client_logger

Client: TypeAlias = BaseDBAsyncClient
"""Anything a query can run on."""

Tx: TypeAlias = BaseDBAsyncClient
"""A transaction of `Database.transaction()`: everything that writes asks for one."""

Reader: TypeAlias = BaseDBAsyncClient
"""A read-only connection of `Database.reader()`, or a transaction."""

Row: TypeAlias = dict[str, Any]

INT32 = 2**31 - 1
INT64 = 2**63 - 1


def is_postgres(client: Client) -> bool:
    """Whether `client` talks to PostgreSQL; otherwise it is SQLite."""
    return client.capabilities.dialect == "postgres"


@asynccontextmanager
async def one_moment(reader: Reader) -> AsyncIterator[None]:
    """Statements of the block, which only reads, see the database as it is at the first of them.

    Nobody waits for it, but what is deleted or overwritten meanwhile takes room until it ends.
    """
    if isinstance(reader, TransactionWrapper) and reader.transaction is not None:
        yield  # Behind a pooler each reader sees one moment.
        return
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if is_postgres(reader) else "BEGIN"
    await reader.execute_query(begin)
    try:
        yield
    finally:
        await reader.execute_query("ROLLBACK")


def is_id(number: int) -> bool:
    """Whether `number` can be the id of a row that the database numbers; larger ones are in no row."""
    return 0 < number <= INT32


_ASKED: ContextVar[list[str] | None] = ContextVar("statements that are asked for", default=None)


class _Collector(logging.Handler):
    def __init__(self, sent: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._sent = sent

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a statement without its values, unless another task has sent it: the server's own work goes on."""
        if _ASKED.get() is self._sent and record.msg == "%s: %s" and isinstance(record.args, tuple):
            self._sent.append(str(record.args[0]))


class _Listening:
    """Whoever listens to what is sent. Blocks may end in any order: the last leaves the logger as the first met it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._listeners = 0
        self._before = (logging.NOTSET, True)

    @contextmanager
    def __call__(self, handler: logging.Handler) -> Iterator[None]:
        with self._lock:
            if not self._listeners:
                self._before = db_client_logger.level, db_client_logger.propagate
                db_client_logger.setLevel(logging.DEBUG)
                db_client_logger.propagate = False
            self._listeners += 1
            db_client_logger.addHandler(handler)
        try:
            yield
        finally:
            with self._lock:
                db_client_logger.removeHandler(handler)
                self._listeners -= 1
                if not self._listeners:
                    # Assigning `level` would leave what `isEnabledFor` remembers.
                    db_client_logger.setLevel(self._before[0])
                    db_client_logger.propagate = self._before[1]


listening = _Listening()
"""`with listening(handler):` hands the handler a record of each statement that is sent meanwhile, with its values."""


@contextmanager
def statements_sent() -> Iterator[list[str]]:
    """The statements that this task, and those that it starts, send in the block; without values, BEGIN and COMMIT."""
    sent: list[str] = []
    token = _ASKED.set(sent)
    try:
        with listening(_Collector(sent)):
            yield sent
    finally:
        _ASKED.reset(token)
