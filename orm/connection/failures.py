"""From a driver's error to the error that a caller may see: unavailable, too slow, or nobody knows what was stored."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import asyncpg
from tortoise.exceptions import BaseORMException, DBConnectionError

from domain.errors import ArbiterError, CommitUnknown, DatabaseUnavailable, QueryTimeout

SQLITE_MESSAGES = {
    sqlite3.SQLITE_PERM: "The database file may not be opened",
    sqlite3.SQLITE_BUSY: "The database is locked by another process",
    sqlite3.SQLITE_LOCKED: "The database is locked",
    sqlite3.SQLITE_READONLY: "The database is read-only",
    sqlite3.SQLITE_IOERR: "The database's disk failed",
    sqlite3.SQLITE_CORRUPT: "The database file is damaged",
    sqlite3.SQLITE_FULL: "The database's disk is full",
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened",
    sqlite3.SQLITE_PROTOCOL: "The database is locked",
    sqlite3.SQLITE_NOTADB: "The database file is no database",
}
BROKEN = frozenset(
    {
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOTADB,
    }
)
POSTGRES_MESSAGES: tuple[tuple[type[BaseException], str], ...] = (
    (asyncpg.LockNotAvailableError, "The rows are locked by another transaction"),
    (
        asyncpg.exceptions.TransactionRollbackError,
        "The transaction met another one that changes the same rows",
    ),
    (asyncpg.ReadOnlySQLTransactionError, "The database is read-only"),
    (asyncpg.InsufficientPrivilegeError, "The database's user lacks a right"),
    (asyncpg.DiskFullError, "The database's disk is full"),
    (asyncpg.TooManyConnectionsError, "The database has no connection left"),
    (asyncpg.exceptions.InsufficientResourcesError, "The database is short of resources"),
    (asyncpg.InvalidCatalogNameError, "The database does not exist on its server"),
    (
        asyncpg.exceptions.InvalidAuthorizationSpecificationError,
        "The database refuses the user or the password",
    ),
    (asyncpg.IdleInTransactionSessionTimeoutError, "The transaction was idle for too long"),
    (asyncpg.ObjectNotInPrerequisiteStateError, "The database accepts no connections"),
    (asyncpg.exceptions.OperatorInterventionError, "The database is starting or shutting down"),
    (asyncpg.PostgresConnectionError, "The connection to the database was lost"),
    (asyncpg.InterfaceError, "The connection to the database was lost"),
    (asyncpg.InternalClientError, "The connection to the database was lost"),
    (DBConnectionError, "The database cannot be reached"),
    (ConnectionError, "The database cannot be reached"),
    # Only the driver waits in a transaction or with a reader: no use case bounds its own time there.
    (TimeoutError, "The database does not answer"),
)
NO_ROOM = "no more connections allowed"
"""How PgBouncer begins to say that it has max_client_conn clients; its code is that of a broken protocol."""
LATER = "try again later."
AGAIN = f"nothing was stored; {LATER}"
UNKNOWN = (
    "whether this was stored is unknown: repeat it with the same idempotency key, which tells; "
    "without one, look into the history before you repeat it."
)


def sqlite_code(error: BaseException) -> int | None:
    """SQLite's primary result code of an error of sqlite3, bare or wrapped by Tortoise; None for any other."""
    cause = driver_error(error)
    code: int | None = getattr(cause, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def is_read_only(error: BaseException) -> bool:
    """Whether PostgreSQL has refused to write: what was the primary may be a standby now."""
    return isinstance(driver_error(error), asyncpg.ReadOnlySQLTransactionError)


def translated(error: BaseException) -> ArbiterError | None:
    """What a caller is shown of `error`, or None when the database is not to blame."""
    if isinstance(error, ArbiterError):
        return None
    code = sqlite_code(error)
    if code == sqlite3.SQLITE_INTERRUPT or isinstance(driver_error(error), asyncpg.QueryCanceledError):
        return QueryTimeout("The query was stopped because it took too long; ask for less at once.")
    if code is not None:
        message = SQLITE_MESSAGES.get(code)
        return None if message is None else DatabaseUnavailable(f"{message}; {AGAIN}")
    return _postgres(driver_error(error))


def _postgres(error: BaseException) -> ArbiterError | None:
    if isinstance(error, asyncpg.exceptions._base.DataError):  # an InterfaceError, but about a value of ours
        return None
    if isinstance(error, asyncpg.PostgresError) and NO_ROOM in str(error):
        return DatabaseUnavailable(f"The pooler of the database takes no more connections; {AGAIN}")
    for kind, message in POSTGRES_MESSAGES:
        if isinstance(error, kind):
            return DatabaseUnavailable(f"{message}; {AGAIN}")
    return None


def driver_error(error: BaseException) -> BaseException:
    """The error of the driver that Tortoise has wrapped, or the error itself."""
    if isinstance(error, BaseORMException) and error.args and isinstance(error.args[0], BaseException):
        return error.args[0]
    return error


class translating:  # noqa: N801  as those below it is called like a function; a generator would take five times as long
    """Turns the driver's errors of the block into DatabaseUnavailable and QueryTimeout; others pass unchanged."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        shown = translated(error) if isinstance(error, Exception) else None
        if shown is not None:
            raise shown from error


class connecting:  # noqa: N801
    """Like `translating`, for the moment of connecting: there a missing socket or a time-out is the database's."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, Exception):
            return
        shown = None if isinstance(error, TimeoutError) else translated(error)
        if shown is None and isinstance(error, OSError):
            shown = DatabaseUnavailable(f"The database cannot be reached or is too busy; {AGAIN}")
        if shown is not None:
            raise shown from error


class reading:  # noqa: N801
    """Like `translating`, for a read: it says nothing of storing, since what it is read for may be stored already."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _traceback: object) -> None:
        if not isinstance(error, Exception):
            return
        shown = translated(error)
        found = error if shown is None else shown
        if isinstance(found, DatabaseUnavailable):
            cause = error.__cause__ if shown is None else error
            raise DatabaseUnavailable(ending(found.message, LATER)) from cause
        if shown is not None:
            raise shown from error


@contextmanager
def committing() -> Iterator[None]:
    """For a COMMIT alone: raises CommitUnknown unless it succeeds or the database itself says that it did not."""
    try:
        yield
    except Exception as error:
        if _is_refusal(driver_error(error)):
            raise
        known = translated(error)
        reason = f"The database did not answer a commit; {AGAIN}" if known is None else known.message
        raise CommitUnknown(ending(reason, UNKNOWN)) from error


@contextmanager
def telling(
    words: Callable[[], str],
    *,
    of: tuple[type[DatabaseUnavailable | CommitUnknown], ...] = (DatabaseUnavailable, CommitUnknown),
) -> Iterator[None]:
    """For work that knows more than one transaction: where it fails, `words` say what is stored and how to go on."""
    try:
        yield
    except of as error:
        raise type(error)(ending(error.message, words())) from error.__cause__


def ending(message: str, words: str) -> str:
    """A message of this module that ends with `words` instead of what it said of storing and of trying again.

    >>> ending(f"The database is read-only; {AGAIN}", LATER)
    'The database is read-only; try again later.'
    """
    reason = next(
        (message.removesuffix(tail) for tail in (AGAIN, UNKNOWN, LATER) if message.endswith(tail)), None
    )
    return message if reason is None else f"{reason}{words}"


def _is_refusal(cause: BaseException) -> bool:
    """Whether the database has answered a COMMIT with an error that means that nothing was stored."""
    if isinstance(cause, asyncpg.PostgresError):
        # The server ends a transaction with ERROR only before it is committed; FATAL can end the session afterwards.
        return bool(cause.severity_en == "ERROR")
    code = sqlite_code(cause)
    # Where the disk fails, all pages may have reached it, and a crash now would bring them back.
    return code is not None and code != sqlite3.SQLITE_IOERR
