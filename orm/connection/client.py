"""What queries run on: a transaction or a reader, both of them one pinned connection."""

from __future__ import annotations

from typing import Any, TypeAlias

from tortoise.backends.base.client import BaseDBAsyncClient

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


def is_id(number: int) -> bool:
    """Whether `number` can be the id of a row that the database numbers; larger ones are in no row."""
    return 0 < number <= INT32
