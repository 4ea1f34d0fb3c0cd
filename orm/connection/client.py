"""What queries run on: a transaction or a reader, both of them one pinned connection; and what is sent there."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import ContextVar
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


@contextmanager
def statements_sent() -> Iterator[list[str]]:
    """The statements that this task, and those that it starts, send in the block; without values, BEGIN and COMMIT."""
    sent: list[str] = []
    handler = _Collector(sent)
    token = _ASKED.set(sent)
    before = db_client_logger.level, db_client_logger.propagate
    db_client_logger.addHandler(handler)
    db_client_logger.setLevel(logging.DEBUG)
    db_client_logger.propagate = False
    try:
        yield sent
    finally:
        _ASKED.reset(token)
        db_client_logger.removeHandler(handler)
        db_client_logger.setLevel(before[0])
        db_client_logger.propagate = before[1]
