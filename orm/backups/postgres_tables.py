"""The tables of a PostgreSQL database, copied in one snapshot while others write, and put back in one transaction."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from domain.errors import Conflict, InvalidBackup
from orm.backups.archive import ArchiveReader, ArchiveWriter, Manifest, Member
from orm.backups.facts import (
    ALWAYS_THERE,
    APPLIED,
    NEWEST,
    POSTGRES_LEASES,
    STORED_MODELS,
    data_tables,
    milliseconds,
    require_kind,
    require_known,
    stored_models,
)
from orm.connection.config import APP, WATCHER, PostgresLocation
from orm.connection.postgresql.connections import connect
from orm.connection.schema import LOCATION, migrate
from orm.connection.startup_errors import description_of

Thread = Callable[..., Awaitable[Any]]
"""Runs a function with its arguments in a thread: what reads, writes and compresses must not hold the event loop."""

NAME = "arbiter backup"
LOCK = "10s"
"""How long it waits for a table that somebody changes; whoever wants it meanwhile waits behind it."""

SETTINGS = (
    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0; "
    f"SET LOCAL lock_timeout = '{LOCK}'; SET LOCAL extra_float_digits = 3; SET LOCAL datestyle = 'ISO, YMD'"
)
"""A backup takes as long as it takes, and writes numbers and times so that each reads back as it is."""

PRESENT = "SELECT tablename FROM pg_tables WHERE schemaname = ANY(current_schemas(false))"
COLUMNS = """
SELECT attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped
    AND attgenerated = '' ORDER BY attnum
"""
REFERENCES = """
SELECT child.relname AS child, parent.relname AS parent FROM pg_constraint
JOIN pg_class child ON child.oid = conrelid JOIN pg_class parent ON parent.oid = confrelid
WHERE contype = 'f' AND conrelid <> confrelid
"""
SEQUENCE = "SELECT pg_get_serial_sequence($1, 'id')"
PROCESSES = f"""
SELECT count(*) FROM pg_stat_activity WHERE application_name = '{WATCHER}' AND datname = current_database()
"""


async def back_up(
    location: PostgresLocation, archive: ArchiveWriter, thread: Thread, *, release: str, now: datetime
) -> Manifest:
    """Write every table as it is at this moment; what blocks runs in the `thread`. Raises what `ArchiveWriter` raises.

    Nobody waits for it: it only reads, and what others commit meanwhile is not in its snapshot.
    """
    connection = await connect(location, name=NAME)
    try:
        tables = await _tables(connection)
        await connection.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {SETTINGS}")
        # The first statement that reads takes the snapshot. After this one nobody changes the tables themselves.
        await connection.execute(f"LOCK TABLE {_list(tables)} IN ACCESS SHARE MODE")
        applied = tuple(row["version"] for row in await connection.fetch(APPLIED))
        require_known(applied, release, "it does not say which")
        if tables != await _tables(connection):
            raise Conflict("The tables were changed just now by a migration: run the command again.")
        rows = {table: await _copy_out(connection, archive, table, thread) for table in tables}
        manifest = Manifest(
            database="postgres",
            release=release,
            begun=now.isoformat(),
            migrations=applied,
            rows=rows,
            sequences=await _sequences(connection, tables),
            artifacts=stored_models(await _stored_models(connection)),
        )
        finished: Manifest = await thread(archive.finish, manifest)
        return finished
    finally:
        await connection.close()


async def _copy_out(
    connection: asyncpg.Connection, archive: ArchiveWriter, table: str, thread: Thread
) -> int:
    columns = tuple([row["attname"] for row in await connection.fetch(COLUMNS, table)])
    with archive.member(f"{table}.copy", table=table, columns=columns) as write:

        async def take(piece: bytes) -> None:
            await thread(write, piece)

        done: str = await connection.copy_from_query(f"SELECT {_list(columns)} FROM {table}", output=take)
    return int(done.removeprefix("COPY "))


async def _tables(connection: asyncpg.Connection) -> list[str]:
    """The tables that there are, each after those that it refers to."""
    present = {row["tablename"] for row in await connection.fetch(PRESENT)} & data_tables()
    parents: dict[str, set[str]] = {table: set() for table in present}
    for row in await connection.fetch(REFERENCES):
        if {row["child"], row["parent"]} <= present:
            parents[row["child"]].add(row["parent"])
    ordered: list[str] = []
    while parents:
        ready = sorted(table for table, needed in parents.items() if not needed & parents.keys())
        if not ready:
            raise Conflict(f"The tables {', '.join(sorted(parents))} refer to each other in a circle.")
        ordered += ready
        for table in ready:
            del parents[table]
    return ordered


async def _sequences(connection: asyncpg.Connection, tables: Iterable[str]) -> dict[str, int]:
    """By table, the highest id that was ever given; what is rolled back or deleted gives none back."""
    found = {}
    for table in tables:
        sequence = await _sequence(connection, table)
        if sequence is not None:
            found[table] = await connection.fetchval(
                f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}"
            )
    return found


async def _sequence(connection: asyncpg.Connection, table: str) -> str | None:
    columns = {row["attname"] for row in await connection.fetch(COLUMNS, table)}
    return await connection.fetchval(SEQUENCE, table) if "id" in columns else None


async def _stored_models(connection: asyncpg.Connection) -> list[tuple[str, str, str, str]]:
    columns = {row["attname"] for row in await connection.fetch(COLUMNS, "ml_algorithm")}
    return [tuple(row) for row in await connection.fetch(STORED_MODELS)] if "digest" in columns else []


async def restore(
    archive: ArchiveReader,
    url: str,
    location: PostgresLocation,
    *,
    release: str,
    now: datetime,
    replace: bool,
) -> None:
    """Put the rows back in one transaction, into a database that has the same migrations, or none yet.

    Raises InvalidBackup, SchemaTooNew, DatabaseUnavailable, and Conflict where there is data, another schema or a
    server; then everything is as it was, but for the tables that were made in an empty database.
    """
    manifest = archive.manifest
    require_kind(manifest, "postgres")
    require_known(manifest.migrations, release, manifest.release)
    where = description_of(location)
    await _require_schema(location, url, manifest, where)
    async with _transaction(location) as connection:
        await _take(connection, manifest, where, replace=replace)
        for member in manifest.members:
            await _copy_in(connection, archive, member, manifest)
        newest = await connection.fetchval(NEWEST)
        await connection.execute(POSTGRES_LEASES, max(newest, milliseconds(now)))
        for table, given in manifest.sequences.items():
            await _raise_sequence(connection, table, given)
    analysing = await connect(location, name=NAME)
    try:
        # Without figures about the new rows the first questions would be answered by walking through all of them.
        await analysing.execute(f"ANALYZE {_list(manifest.rows)}")
    finally:
        await analysing.close()


async def _require_schema(location: PostgresLocation, url: str, manifest: Manifest, where: str) -> None:
    connection = await connect(location, name=NAME)
    try:
        there = {row["tablename"] for row in await connection.fetch(PRESENT)}
        applied = [row["version"] for row in await connection.fetch(APPLIED)] if "aerich" in there else []
    finally:
        await connection.close()
    wanted = list(manifest.migrations)
    if not applied:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / APP).mkdir()
            for name in wanted:
                shutil.copy(LOCATION / APP / name, Path(folder) / APP / name)
            await migrate(url, direct_url=url, folder=Path(folder))
    elif applied != wanted:
        lacking, beyond = _beside(wanted, applied), _beside(applied, wanted)
        raise Conflict(
            f"T{where[1:]} has other tables than the backup: "
            + "; ".join(
                filter(None, [lacking and f"it lacks {lacking}", beyond and f"the backup lacks {beyond}"])
            )
            + ". Name an empty database: it gets the backup's tables, and `arbiter serve` brings them up to date."
        )


def _beside(these: Sequence[str], those: Sequence[str]) -> str:
    return ", ".join([name for name in these if name not in those])


@asynccontextmanager
async def _transaction(location: PostgresLocation) -> AsyncIterator[asyncpg.Connection]:
    connection = await connect(location, name=NAME)
    try:
        await connection.execute(f"BEGIN; {SETTINGS}")
        yield connection
        await connection.execute("COMMIT")
    finally:
        await connection.close()  # What was not committed is rolled back.


async def _take(connection: asyncpg.Connection, manifest: Manifest, where: str, *, replace: bool) -> None:
    """Keep everybody else away from the tables, and empty them. Raises Conflict where that must not be."""
    running = await connection.fetchval(PROCESSES)
    if running:
        raise Conflict(f"{running} processes of Arbiter use {where}: stop the servers, then restore.")
    tables = await _tables(connection)
    unlisted = sorted(set(tables) ^ set(manifest.rows))
    if unlisted:
        raise InvalidBackup(f"The backup and {where} differ in the tables {', '.join(unlisted)}.")
    try:
        await connection.execute(f"LOCK TABLE {_list(tables)} IN ACCESS EXCLUSIVE MODE")
    except asyncpg.LockNotAvailableError:
        raise Conflict(f"Others use the tables of {where}: stop them, then restore.") from None
    full = [
        table
        for table in tables
        if table not in ALWAYS_THERE and await connection.fetchval(f"SELECT EXISTS (SELECT 1 FROM {table})")
    ]
    if full and not replace:
        raise Conflict(
            f"T{where[1:]} holds rows in {', '.join(sorted(full))}: name another database, or say --replace, which "
            "gives all of it up."
        )
    await connection.execute(f"TRUNCATE {_list(tables)}")


async def _copy_in(
    connection: asyncpg.Connection, archive: ArchiveReader, member: Member, manifest: Manifest
) -> None:
    table = member.table or ""
    if table not in manifest.rows:
        raise InvalidBackup(f"{archive.path} holds {member.name}, which is no table of its manifest.")
    pieces = archive.pieces(member)

    async def source() -> AsyncIterator[bytes]:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            yield piece

    done: str = await connection.copy_to_table(table, source=source(), columns=list(member.columns))
    if int(done.removeprefix("COPY ")) != manifest.rows[table]:
        raise InvalidBackup(f"{archive.path} was changed: it has other rows of {table} than it says.")


async def _raise_sequence(connection: asyncpg.Connection, table: str, given: int) -> None:
    """No id is given twice. A sequence knows no transaction: it never goes back, whatever becomes of this one."""
    sequence = await _sequence(connection, table)
    if sequence is None or given < 1:
        return
    await connection.execute(
        f"SELECT setval($1::regclass, greatest($2::bigint, (SELECT last_value FROM {sequence})))",
        sequence,
        given,
    )


def _list(names: Iterable[str]) -> str:
    """Names of tables or columns for a statement; ours are plain words, and nothing else is let through.

    >>> _list(["id", "input"])
    '"id", "input"'
    """
    listed = list(names)
    if not all(re.fullmatch(r"\w+", name) for name in listed):
        raise InvalidBackup("A table or column of the backup has a name that is none of Arbiter's.")
    return ", ".join([f'"{name}"' for name in listed])
