"""From a database URL to Tortoise's configuration, without touching the database."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from domain.errors import InvalidSettings
from domain.words import Durability

DEFAULT_URL = "sqlite://arbiter.db"
APP = "models"
MODELS = ("orm.models", "orm.job_models", "orm.retention_models")
"""The modules whose tables are Arbiter's."""
CURE = "use sqlite://arbiter.db, sqlite:///absolute/path.db or postgres://user:password@host:5432/name"
MILLISECOND = 1000
WATCHER = "arbiter catalogue watch"
"""The name under which PostgreSQL shows the one connection of a process that listens: so processes are counted."""
DIRECT = "ARBITER_DIRECT_DATABASE_URL"

WRITE_SECONDS = 12.0
"""How long PostgreSQL may work on one statement that writes, waiting for a lock included, for which it has ten."""

LOCK_SECONDS = 10.0
"""How long PostgreSQL waits for a lock."""

IDLE_SECONDS = 60.0
"""How long a transaction may ask nothing of PostgreSQL before it is ended."""

WRITING = 8
"""Connections of a process that write, on PostgreSQL."""

ANSWER_SECONDS = 2.0
"""How much longer the answer may take on its way; where none has come by then, PostgreSQL has stalled. A call so
waits for it little longer than it may wait for a slow algorithm."""


@dataclass(frozen=True, slots=True)
class SqliteLocation:
    """A SQLite file; `path` is as the URL has it, relative to the working directory or absolute."""

    path: Path


@dataclass(frozen=True, slots=True)
class PostgresLocation:
    """A PostgreSQL database; parts that the URL leaves out come from libpq's PG* variables."""

    host: str | None
    port: int
    user: str | None
    password: str | None = field(repr=False)
    database: str | None
    options: dict[str, str] = field(default_factory=dict)


def location_of(url: str, setting: str = "ARBITER_DATABASE_URL") -> SqliteLocation | PostgresLocation:
    """Where the database of `url` is. Raises InvalidSettings with the cure, which names the `setting`.

    >>> location_of("sqlite://arbiter.db").path.name
    'arbiter.db'
    >>> location_of("postgres://ann@db:5433/arbiter").port
    5433
    """
    try:
        parts = urlsplit(url)
        if parts.scheme == "sqlite":
            return _sqlite(url)
        if parts.scheme in {"postgres", "postgresql"}:
            return _postgres(parts)
        problem = (
            f"has the scheme '{parts.scheme}', which is not supported" if parts.scheme else "has no scheme"
        )
    except _Unusable as error:
        problem = str(error)
    except ValueError:
        # The words of the error may hold a part of the password.
        problem = (
            "is no URL: the port must be a number, and characters such as / ? # @ : in a user or password must be "
            "percent-encoded"
        )
    raise InvalidSettings(f"{setting} {problem}; {CURE}.", path=(setting,)) from None


def direct_location_of(direct_url: str, url: str) -> PostgresLocation:
    """Where `direct_url` leads, the way past the pooler of `url`. Raises InvalidSettings unless both are PostgreSQL."""
    direct = location_of(direct_url, DIRECT)
    if isinstance(direct, SqliteLocation) or isinstance(location_of(url), SqliteLocation):
        raise InvalidSettings(
            f"{DIRECT} names the PostgreSQL server behind the pooler of ARBITER_DATABASE_URL: both must begin with "
            "postgres://; leave it out where there is no pooler.",
            path=(DIRECT,),
        )
    return direct


class _Unusable(ValueError):
    """What is wrong with a URL, in words that may be shown."""


def _sqlite(url: str) -> SqliteLocation:
    path = unquote(url.removeprefix("sqlite:").removeprefix("//"))
    if path in {"", "/"}:
        raise _Unusable("names no file")
    if path.startswith(":memory:") or "?" in path:
        raise _Unusable("must name a file: nothing would be durable in memory, and options are not supported")
    # POSIX keeps two leading slashes, and the URI of such a path would name a host.
    return SqliteLocation(Path("/" + path.lstrip("/") if path.startswith("//") else path))


def _postgres(parts: SplitResult) -> PostgresLocation:
    options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    host = options.pop("host", None) or parts.hostname
    unknown = sorted(set(options) - {"sslmode", "application_name"})
    if unknown:
        raise _Unusable(f"has the unknown option '{unknown[0]}' (known: host, sslmode, application_name)")
    return PostgresLocation(
        host=host,
        port=parts.port or 5432,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        database=unquote(parts.path.removeprefix("/")) or None,
        options=options,
    )


def bounds_of(*, statement_timeout: float, read_only: bool, relaxed: bool = False) -> dict[str, str]:
    """What holds for each statement of ours, as PostgreSQL's parameters; the time-out in seconds."""
    bounds = {
        "statement_timeout": str(int(statement_timeout * MILLISECOND)),
        "lock_timeout": str(int(LOCK_SECONDS * MILLISECOND)),
        "idle_in_transaction_session_timeout": str(int(IDLE_SECONDS * MILLISECOND)),
    }
    if read_only:
        # One read, one processor: workers of a heavy one would take those of everybody else's.
        bounds["max_parallel_workers_per_gather"] = "0"
    if relaxed:
        bounds["synchronous_commit"] = "off"
    return bounds


def beginning_of(bounds: dict[str, str], *, read_only: bool) -> str:
    """Behind a pooler, how a transaction begins: in one round trip, with bounds that end with it.

    A pooler that gives a connection to another process with each transaction passes no parameter of a session on. A
    read sees one moment throughout, so that nobody need begin a transaction within it.
    """
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else "BEGIN"
    return "; ".join([begin, *(f"SET LOCAL {name} = {value}" for name, value in bounds.items())])


def postgres_credentials(
    location: PostgresLocation, *, pool: int, bounds: dict[str, str], read_only: bool, pooled: bool = False
) -> dict[str, Any]:
    """Arguments of Tortoise's asyncpg client for at most `pool` connections, where these `bounds` hold.

    Where they are `pooled`, the bounds are left to each transaction, and no statement is prepared: the next one may
    run on another connection of the pooler's.
    """
    settings = {
        "application_name": location.options.get("application_name", "arbiter"),
        "timezone": "UTC",
    }
    if not pooled:
        settings |= bounds
        if read_only:
            settings["default_transaction_read_only"] = "on"
    statement_timeout = int(bounds["statement_timeout"]) / MILLISECOND
    return {
        "host": location.host,
        "port": location.port,
        "user": location.user,
        "password": location.password,
        "database": location.database,
        "minsize": 1,
        "maxsize": pool,
        "timeout": 5.0,
        "command_timeout": statement_timeout + ANSWER_SECONDS,
        "server_settings": settings,
        "reset": _keep,
        **({"statement_cache_size": 0} if pooled else {}),
        **({"ssl": location.options["sslmode"]} if "sslmode" in location.options else {}),
    }


async def _keep(_connection: object) -> None:
    """Nobody changes anything in a session beyond its transaction, so that nothing must be reset.

    This saves a round trip a read or transaction. Writers lock and set within their transactions; whoever listens or
    locks for longer has a connection outside the pools.
    """


def alias_of(location: SqliteLocation | PostgresLocation) -> str:
    """Tortoise's name of the connection: one per dialect, since Tortoise caches its INSERTs under that name."""
    return "sqlite" if isinstance(location, SqliteLocation) else "postgres"


def tortoise_config(
    url: str,
    *,
    pool: int = WRITING,
    statement_timeout: float = WRITE_SECONDS,
    create: bool = True,
    durability: Durability = Durability.DURABLE,
    pooled: bool = False,
) -> dict[str, Any]:
    """Tortoise's configuration for `url`: one writing connection on SQLite, `pool` of them on PostgreSQL.

    `statement_timeout` is in seconds and holds for writes on PostgreSQL. Unless `create`, a SQLite file that
    is missing is an error instead of an empty database. `relaxed` lets a commit return before the disk has it.
    `pooled` says that `url` leads to a pooler. Raises InvalidSettings.
    """
    location, relaxed = location_of(url), durability is Durability.RELAXED
    if isinstance(location, SqliteLocation):
        connection: dict[str, Any] = {
            "engine": "orm.connection.sqlite.engine",
            "credentials": {
                "file_path": str(location.path),
                "create": create,
                "synchronous": "NORMAL" if relaxed else "FULL",
            },
        }
    else:
        connection = {
            "engine": "tortoise.backends.asyncpg",
            "credentials": postgres_credentials(
                location,
                pool=pool,
                bounds=bounds_of(statement_timeout=statement_timeout, read_only=False, relaxed=relaxed),
                read_only=False,
                pooled=pooled,
            ),
        }
    alias = alias_of(location)
    return {
        "connections": {alias: connection},
        "apps": {APP: {"models": [*MODELS, "aerich.models"], "default_connection": alias}},
        "use_tz": True,
        "timezone": "UTC",
    }


def __getattr__(name: str) -> dict[str, Any]:
    """`AERICH`, the configuration that aerich.toml names, is built when asked for, so that importing cannot fail."""
    if name == "AERICH":
        return tortoise_config(os.environ.get("ARBITER_DATABASE_URL", DEFAULT_URL))
    raise AttributeError(name)
