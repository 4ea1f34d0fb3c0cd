"""Whether what PostgreSQL is asked for is in force, is heard, and leaves room: a pooler in between may hide it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from domain.errors import Misconfigured
from orm.connection.client import Client, Row
from orm.connection.config import DIRECT, WATCHER, PostgresLocation
from orm.connection.failures import connecting, translating
from orm.connection.postgresql.connections import connect

CHANNEL = "arbiter_doctor"
HEARING_SECONDS = 2.0
IDENTITY = "SELECT current_database() AS name, pg_postmaster_start_time()::text AS started"
IN_FORCE = "SELECT name, setting FROM pg_settings WHERE name = ANY($1)"
ROOM = f"""
SELECT (SELECT count(*) FROM pg_stat_activity WHERE application_name = '{WATCHER}') AS processes,
    current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int AS most
"""


@dataclass(frozen=True, slots=True)
class Room:
    """How many processes follow the catalogue on a PostgreSQL server, and how many connections it gives."""

    processes: int
    each: int
    most: int

    @property
    def problem(self) -> str | None:
        """What is too much, and the cure; None where all fit.

        >>> Room(processes=2, each=15, most=97).problem
        """
        needed = self.processes * self.each
        if needed <= self.most:
            return None
        return (
            f"{self.processes} processes of Arbiter may hold {self.each} connections each, {needed} together, and "
            f"PostgreSQL gives {self.most}: raise max_connections, run fewer processes, or put a pooler in between "
            f"({DIRECT})"
        )


async def room(client: Client, each: int) -> Room:
    """The processes that run now, each of which may hold `each` connections to PostgreSQL."""
    (row,) = await client.execute_query_dict(ROOM)
    return Room(row["processes"], each, row["most"])


async def require_in_force(client: Client, asked: dict[str, str]) -> None:
    """Raises Misconfigured where PostgreSQL does not keep to what is `asked` of it, by parameter."""
    rows = await client.execute_query_dict(IN_FORCE, [list(asked)])
    found = {row["name"]: row["setting"] for row in rows}
    unheard = [
        f"{name} is {found.get(name)} and not {value}"
        for name, value in asked.items()
        if found.get(name) != value
    ]
    if unheard:
        raise Misconfigured(
            f"PostgreSQL does not keep to what it is asked for: {', '.join(unheard)}. A pooler is in between: let "
            f"ARBITER_DATABASE_URL name it, and {DIRECT} the PostgreSQL server itself."
        )


async def require_same(client: Client, direct: PostgresLocation) -> None:
    """Raises Misconfigured where `direct` is another database than that of `client`."""
    (pooled,) = await client.execute_query_dict(IDENTITY)
    with connecting():
        connection = await connect(direct)
    try:
        with translating():
            row: Row = dict(await connection.fetchrow(IDENTITY))
    finally:
        await connection.close()
    if row != pooled:
        raise Misconfigured(
            f"ARBITER_DATABASE_URL leads to the database '{pooled['name']}' of a PostgreSQL server that was started at "
            f"{pooled['started']}, and {DIRECT} to '{row['name']}' of one that was started at {row['started']}: both "
            "must lead to the same one."
        )


async def is_heard(location: PostgresLocation, notify: Callable[[str], Awaitable[object]]) -> bool:
    """Whether a connection to `location` hears within two seconds what `notify` tells with the statement it gets."""
    word, heard = secrets.token_hex(8), asyncio.Event()

    def hear(*told: object) -> None:
        if told[-1] == word:
            heard.set()

    with connecting():
        connection = await connect(location)
    try:
        with translating():
            await connection.add_listener(CHANNEL, hear)
        await notify(f"NOTIFY {CHANNEL}, '{word}'")
        with suppress(TimeoutError):
            async with asyncio.timeout(HEARING_SECONDS):
                await heard.wait()
        return heard.is_set()
    finally:
        await connection.close()
