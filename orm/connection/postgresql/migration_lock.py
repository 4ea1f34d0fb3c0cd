"""The lock on PostgreSQL under which one process at a time brings the schema up to date."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from domain.errors import Misconfigured
from orm.connection.client import Row
from orm.connection.config import DIRECT, PostgresLocation
from orm.connection.postgresql.connections import connect

ADVISORY_LOCK = 0x41_52_42_49_54_45_52  # "ARBITER"
LOCK_POLL_SECONDS = 0.05
PATIENCE_SECONDS = 3.0
"""After how long a start says that it waits, and for whom. Migrations of an empty database take less."""

LONGEST = "3600000"
"""Milliseconds that a migration's statement may take: also what a direct connection is asked for, to see whether
PostgreSQL hears it."""

HOLDER = """
SELECT pid, application_name, client_addr::text AS address, date_trunc('second', clock_timestamp() - xact_start)::text
    AS held
FROM pg_locks JOIN pg_stat_activity USING (pid)
WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND (classid::bigint << 32) + objid::bigint = $1 AND pg_locks.database = (
        SELECT oid FROM pg_database WHERE datname = current_database()
    )
"""
UNHEARD = (
    "ARBITER_DATABASE_URL leads to a pooler such as PgBouncer that hides from PostgreSQL how long a statement may take "
    f"(statement_timeout): name the PostgreSQL server itself in {DIRECT}."
)

log = logging.getLogger(__name__)


@asynccontextmanager
async def migration_lock(location: PostgresLocation, *, pooled: bool) -> AsyncIterator[None]:
    """Holds the lock, in a transaction that stays open on a connection of its own.

    PostgreSQL frees it when the process ends, and a pooler, which would keep a session's lock in a connection that the
    next process gets, ends the transaction. Who waits says for whom. Unless `location` is `pooled`, it is seen to that
    PostgreSQL hears what its sessions ask for. Raises Misconfigured where it does not.
    """
    bounds = {} if pooled else {"statement_timeout": LONGEST}
    connection = await connect(location, bounds=bounds)
    try:
        if (
            not pooled
            and await connection.fetchval("SELECT setting FROM pg_settings WHERE name = 'statement_timeout'")
            != LONGEST
        ):
            raise Misconfigured(UNHEARD)
        # The transaction is idle for as long as the migrations take: no bound of the role's may end it.
        await connection.execute("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0")
        await _take(connection)
        yield
    finally:
        await connection.close()


async def _take(connection: asyncpg.Connection) -> None:
    since, told = time.monotonic(), False
    while not await connection.fetchval("SELECT pg_try_advisory_xact_lock($1)", ADVISORY_LOCK):
        if not told and time.monotonic() - since >= PATIENCE_SECONDS:
            told = True
            for holder in await connection.fetch(HOLDER, ADVISORY_LOCK):
                log.warning("%s", waiting_for(holder))
        await asyncio.sleep(LOCK_POLL_SECONDS)


def waiting_for(holder: Row) -> str:
    """In words, who holds the lock; PostgreSQL's `pid` is what ends it.

    >>> waiting_for({"pid": 7, "application_name": "arbiter", "address": None, "held": "00:00:04"})
    "Waiting for another start that migrates the database: 'arbiter' from this machine has held the lock for 00:00:04. \
If it hangs, SELECT pg_terminate_backend(7) ends it."
    """
    where = "this machine" if holder["address"] is None else holder["address"]
    since = "since before its last transaction" if holder["held"] is None else f"for {holder['held']}"
    return (
        f"Waiting for another start that migrates the database: '{holder['application_name']}' from {where} has held "
        f"the lock {since}. If it hangs, SELECT pg_terminate_backend({holder['pid']}) ends it."
    )
