"""What an operator is told when a database cannot be opened: which one, what its driver says, and the cure."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from domain.errors import DatabaseUnavailable
from orm.connection.config import PostgresLocation, SqliteLocation
from orm.connection.failures import NO_ROOM, connecting, driver_error, ending, sqlite_code

Location = SqliteLocation | PostgresLocation

NO_TLS = "rejected SSL upgrade"
WANTS_TLS = ("no encryption", "SSL off")
TLS_CURE = (
    "the server wants TLS: add ?sslmode=require to ARBITER_DATABASE_URL, or allow this host in pg_hba.conf"
)

POOLED = "unsupported startup parameter"
POOLER_CURE = (
    "a pooler such as PgBouncer answers here: let ARBITER_DATABASE_URL name it, and ARBITER_DIRECT_DATABASE_URL the "
    "PostgreSQL server itself"
)

CURES_BY_WORDS = {
    POOLED: POOLER_CURE,
    NO_ROOM: "raise max_client_conn of the pooler, or start fewer processes",
    "statement pooling mode": "let the pooler have pool_mode = transaction",
}
"""What is told by words alone: a pooler gives the same code to all that it refuses."""

POSTGRES_CURES: tuple[tuple[type[BaseException], str], ...] = (
    (asyncpg.InvalidPasswordError, "correct the password in ARBITER_DATABASE_URL"),
    (
        asyncpg.exceptions.InvalidAuthorizationSpecificationError,
        "correct the user in ARBITER_DATABASE_URL, or allow this user and host in the server's pg_hba.conf",
    ),
    (asyncpg.InvalidCatalogNameError, "create the database, or name another one in ARBITER_DATABASE_URL"),
    (
        asyncpg.InsufficientPrivilegeError,
        "grant this user the right, or name the owner in ARBITER_DATABASE_URL",
    ),
    (asyncpg.ReadOnlySQLTransactionError, "name the primary in ARBITER_DATABASE_URL, not a standby"),
    (asyncpg.exceptions.DuplicatePreparedStatementError, POOLER_CURE),
    (asyncpg.exceptions.InvalidSQLStatementNameError, POOLER_CURE),
    (asyncpg.PostgresError, "wait, or ask who runs the database"),
    (socket.gaierror, "correct the host's name in ARBITER_DATABASE_URL"),
)
SQLITE_CURES = {
    sqlite3.SQLITE_NOTADB: "name another file in ARBITER_DATABASE_URL, or move this one away",
    sqlite3.SQLITE_CORRUPT: "put a copy in its place",
    sqlite3.SQLITE_BUSY: "stop the process that holds it",
    sqlite3.SQLITE_FULL: "make room",
}
RIGHTS = "give this user the right to write the file and its directory"


def description_of(location: Location) -> str:
    """The database in words, never with a password.

    >>> description_of(PostgresLocation("db", 5432, "ann", "s3cret", "arbiter"))
    "the PostgreSQL database 'arbiter' at db:5432"
    """
    if isinstance(location, SqliteLocation):
        return f"the database file {location.path.absolute()}"
    host = location.host or os.environ.get("PGHOST") or "the default host"
    database = location.database or os.environ.get("PGDATABASE") or location.user or "(default)"
    return f"the PostgreSQL database '{database}' at {host}:{location.port}"


@contextmanager
def opening(location: Location) -> Iterator[None]:
    """Like `connecting`, in the words of a start: where the database is, the reason, and what to do about it."""
    try:
        with connecting():
            yield
    except DatabaseUnavailable as error:
        where = f"T{description_of(location)[1:]}"
        reason = ending(error.message, "").rstrip("; .")
        cause = None if error.__cause__ is None else driver_error(error.__cause__)
        if cause is None:
            raise DatabaseUnavailable(f"{where} cannot be opened: {error.message}") from error
        if isinstance(location, PostgresLocation):
            reason_and_cure = f"{reason} ({_words_of(cause)}); {_postgres_cure(cause)}"
        else:
            reason_and_cure = f"{reason}; {_sqlite_cure(cause)}"
        raise DatabaseUnavailable(f"{where} cannot be opened: {reason_and_cure}.") from error


def _words_of(cause: BaseException) -> str:
    if isinstance(cause, TimeoutError):
        return "it does not answer"
    return " ".join(str(cause).split()).rstrip(".") or type(cause).__name__


def _postgres_cure(cause: BaseException) -> str:
    words = str(cause)
    if any(sign in words for sign in WANTS_TLS):
        return TLS_CURE
    for sign, cure in CURES_BY_WORDS.items():
        if sign in words:
            return cure
    if NO_TLS in words:
        return "the server offers no TLS: leave ?sslmode= out of ARBITER_DATABASE_URL"
    cures = (cure for kind, cure in POSTGRES_CURES if isinstance(cause, kind))
    return next(cures, "start it, or correct host and port in ARBITER_DATABASE_URL")


def _sqlite_cure(cause: BaseException) -> str:
    return SQLITE_CURES.get(sqlite_code(cause) or 0, RIGHTS)
