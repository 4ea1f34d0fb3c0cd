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
CURE = "use sqlite://arbiter.db, sqlite:///absolute/path.db or postgres://user:password@host:5432/name"
MILLISECOND = 1000

WRITE_SECONDS = 12.0
"""How long PostgreSQL may work on one statement that writes, waiting for a lock included, for which it has ten."""

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


def location_of(url: str) -> SqliteLocation | PostgresLocation:
    """Where the database of `url` is. Raises InvalidSettings with the cure.

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
    except ValueError:
        # The words of the error may hold a part of the password.
        raise _invalid(
            "is no URL: the port must be a number, and characters such as / ? # @ : in a user or password must be "
            "percent-encoded"
        ) from None
    raise _invalid(
        f"has the scheme '{parts.scheme}', which is not supported" if parts.scheme else "has no scheme"
    )


def _sqlite(url: str) -> SqliteLocation:
    path = unquote(url.removeprefix("sqlite:").removeprefix("//"))
    if path in {"", "/"}:
        raise _invalid("names no file")
    if path.startswith(":memory:") or "?" in path:
        raise _invalid("must name a file: nothing would be durable in memory, and options are not supported")
    # POSIX keeps two leading slashes, and the URI of such a path would name a host.
    return SqliteLocation(Path("/" + path.lstrip("/") if path.startswith("//") else path))


def _postgres(parts: SplitResult) -> PostgresLocation:
    options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
    host = options.pop("host", None) or parts.hostname
    unknown = sorted(set(options) - {"sslmode", "application_name"})
    if unknown:
        raise _invalid(f"has the unknown option '{unknown[0]}' (known: host, sslmode, application_name)")
    return PostgresLocation(
        host=host,
        port=parts.port or 5432,
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        database=unquote(parts.path.removeprefix("/")) or None,
        options=options,
    )


def _invalid(what: str) -> InvalidSettings:
    return InvalidSettings(f"ARBITER_DATABASE_URL {what}; {CURE}.", path=("ARBITER_DATABASE_URL",))


def postgres_credentials(
    location: PostgresLocation, *, pool: int, statement_timeout: float, read_only: bool
) -> dict[str, Any]:
    """Arguments of Tortoise's asyncpg client: times in seconds, at most `pool` connections."""
    settings = {
        "application_name": location.options.get("application_name", "arbiter"),
        "statement_timeout": str(int(statement_timeout * MILLISECOND)),
        "lock_timeout": "10000",
        "idle_in_transaction_session_timeout": "60000",
        "timezone": "UTC",
    }
    if read_only:
        settings["default_transaction_read_only"] = "on"
        # One read, one processor: workers of a heavy one would take those of everybody else's.
        settings["max_parallel_workers_per_gather"] = "0"
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
    pool: int = 8,
    statement_timeout: float = WRITE_SECONDS,
    create: bool = True,
    durability: Durability = Durability.DURABLE,
) -> dict[str, Any]:
    """Tortoise's configuration for `url`: one writing connection on SQLite, `pool` of them on PostgreSQL.

    `statement_timeout` is in seconds and holds for writes on PostgreSQL. Unless `create`, a SQLite file that
    is missing is an error instead of an empty database. `relaxed` lets a commit return before the disk has it.
    Raises InvalidSettings.
    """
    location, relaxed = location_of(url), durability is Durability.RELAXED
    if isinstance(location, SqliteLocation):
        connection: dict[str, Any] = {
            "engine": "orm.connection.engine",
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
                location, pool=pool, statement_timeout=statement_timeout, read_only=False
            ),
        }
        if relaxed:
            connection["credentials"]["server_settings"]["synchronous_commit"] = "off"
    alias = alias_of(location)
    return {
        "connections": {alias: connection},
        "apps": {APP: {"models": ["orm.models", "aerich.models"], "default_connection": alias}},
        "use_tz": True,
        "timezone": "UTC",
    }


def __getattr__(name: str) -> dict[str, Any]:
    """`AERICH`, the configuration that aerich.toml names, is built when asked for, so that importing cannot fail."""
    if name == "AERICH":
        return tortoise_config(os.environ.get("ARBITER_DATABASE_URL", DEFAULT_URL))
    raise AttributeError(name)
