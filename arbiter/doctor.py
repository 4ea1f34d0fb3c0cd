"""What `arbiter doctor` looks at: everything that has to be right before a server can start."""

from __future__ import annotations

import asyncio
import platform
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from arbiter.addresses import mask_password
from arbiter.http import server
from arbiter.packages import PACKAGES, misplaced_packages
from arbiter.settings import Settings
from arbiter.wiring import utc_now
from domain.errors import ArbiterError
from graph.http.console.built import built_console
from graph.http.graphiql.assets import VENDOR, load_assets
from orm.connection.config import SqliteLocation, location_of
from orm.connection.database import Database
from orm.connection.schema import described, this_release
from orm.queries.catalog.endpoints import all_endpoints
from registry.discovery import Source, discover, discover_endpoints, key_of
from registry.endpoints import open_features
from serving.catalog.indexed_features import all_gaps
from serving.catalog.readiness import NO_FOLDER
from serving.catalog.registration import judged, refused_by, rows_of

LEAST_PYTHON = (3, 11)
LIBRARIES = (
    "starlette",
    "uvicorn",
    "strawberry-graphql",
    "tortoise-orm",
    "onnxruntime",
    "catboost",
    "scikit-learn",
    "numpy",
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: is it well, and what was seen."""

    name: str
    well: bool
    detail: str


Examination = Callable[[Settings], Awaitable[str]]
"""Returns what was seen. Raises ArbiterError with the reason and the cure when it is not well."""


async def examine(settings: Settings) -> list[Finding]:
    """Look at everything, in an order in which the first failure explains later ones."""
    return [await _finding(name, look, settings) for name, look in EXAMINATIONS]


async def _finding(name: str, look: Examination, settings: Settings) -> Finding:
    try:
        return Finding(name, True, await look(settings))
    except ArbiterError as error:
        return Finding(name, False, mask_password(error.message))


async def _python(_settings: Settings) -> str:
    if sys.version_info < LEAST_PYTHON:
        raise ArbiterError(f"Python {platform.python_version()} is too old: 3.11 or later is needed")
    return f"{platform.python_implementation()} {platform.python_version()} on {platform.platform()}"


async def _libraries(_settings: Settings) -> str:
    try:
        return ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    except PackageNotFoundError as error:
        raise ArbiterError(f"{error.name} is not installed: install what requirements.lock lists") from error


async def _packages(_settings: Settings) -> str:
    misplaced = misplaced_packages()
    if misplaced:
        raise ArbiterError(f"{misplaced}. Install arbiter-server into an environment of its own")
    return f"all {len(PACKAGES)} lie side by side"


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[Database]:
    database = await Database.open(
        settings.database_url, direct_url=settings.direct_database_url, migrate=False
    )
    try:
        yield database
    finally:
        await database.close()


async def _database(settings: Settings) -> str:
    where = mask_password(settings.database_url)
    location = location_of(settings.database_url)
    if isinstance(location, SqliteLocation) and not location.path.exists():
        return f"{where} does not exist yet: `arbiter serve` creates it"
    async with _opened(settings) as database:
        await database.ping()
        pending = await database.pending_migrations()
        later = await database.later_migrations()
    if later:
        return f"warning: {where} is reachable, and {described(later, this_release())}"
    if pending:
        return f"{where} is reachable; the next start applies: {', '.join(pending)}"
    return f"{where} is reachable and up to date"


async def _sessions(settings: Settings) -> str:
    """What a pooler may hide: time-outs, notifications, and how many connections there are."""
    if isinstance(location_of(settings.database_url), SqliteLocation):
        return "a SQLite file has none"
    async with _opened(settings) as database:
        if await database.pending_migrations():
            return "known after the next start, which brings the database up to date"
        await database.require_in_force()
        heard, room = await database.is_heard(), await database.room()
    if room is not None and room.problem is not None:
        return f"warning: {room.problem}"
    if not heard:
        return (
            "warning: a notification is not heard, so that other processes see a change of a status or a key up to a "
            "second later: let ARBITER_DIRECT_DATABASE_URL name the PostgreSQL server itself, not a pooler"
        )
    way = (
        ""
        if settings.direct_database_url is None
        else ", and the way past the pooler leads to the same database"
    )
    return f"time-outs are in force and notifications are heard{way}"


async def _indexed_features(settings: Settings) -> str:
    location = location_of(settings.database_url)
    if isinstance(location, SqliteLocation) and not location.path.exists():
        return "no request is logged yet"
    specs = await asyncio.to_thread(
        discover_endpoints, settings.artifacts, **settings.retired_values("discover")
    )
    async with _opened(settings) as database:
        if await database.pending_migrations():
            return "known after the next start, which brings the database up to date"
        gaps = await all_gaps(database, await database.read(all_endpoints), specs, utc_now())
    indexed = sum(len(spec.features.indexed) for spec in specs.values())
    return (
        "; ".join(f"warning: {gap}" for gap in gaps) or f"{indexed}, and no request that has one is left out"
    )


async def _artifacts(settings: Settings) -> str:
    registry = await asyncio.to_thread(discover, settings.artifacts, **settings.retired_values("discover"))
    if registry.problems:
        raise ArbiterError("; ".join(f"{problem.name}: {problem.reason}" for problem in registry.problems))
    loaded = f"{len(registry.algorithms)} algorithms of {len(registry.endpoints)} endpoints load"
    if not registry.endpoints:
        return f"{loaded}; `arbiter publish` puts a fitted model into ARBITER_ARTIFACTS"
    doubts = [f"{one}: {one.doubt}" for one in registry.algorithms if one.doubt is not None]
    return f"{loaded}, but in doubt: {'; '.join(doubts)}" if doubts else loaded


async def _features(settings: Settings) -> str:
    """What callers may send without bounds: a person gives ranges and lists, data never does."""
    specs = await asyncio.to_thread(
        discover_endpoints, settings.artifacts, **settings.retired_values("discover")
    )
    told = [f"{name}: {text}" for name, spec in specs.items() if (text := open_features(spec))]
    cure = "; `arbiter publish --range` and `--categories` bound them, or endpoint.json"
    return f"{'; '.join(told)}{cure}" if told else "each has its range or its categories"


async def _store(settings: Settings) -> str:
    location = location_of(settings.database_url)
    if isinstance(location, SqliteLocation) and not location.path.exists():
        return "nothing was published yet"
    look = settings.retired_values("discover")
    registry = await asyncio.to_thread(discover, settings.artifacts, **look)
    async with _opened(settings) as database:
        if await database.pending_migrations():
            return "known after the next start, which brings the database up to date"
        rows = await database.read(rows_of)
    present = {key_of(one) for one in registry.algorithms}
    absent = [
        f"{key[0]}: {row}: {NO_FOLDER}"
        for key, row in rows.algorithms.items()
        if row.digest is not None and row.withdrawn_at is None and key not in present
    ]
    refused = [f"{key[0]}: {key[1]} {key[2]}: {why}" for key, why in refused_by(rows, registry).items()]
    declared = [f"{name}: {why}" for name, why in judged(registry.endpoints, rows).refused.items()]
    if absent or refused or declared:
        raise ArbiterError("; ".join((*absent, *refused, *declared)))
    published = sum(one.source is Source.STORE for one in registry.algorithms)
    return f"{published} published models, and none that the database knows is absent or another"


async def _graphiql(_settings: Settings) -> str:
    missing = load_assets(VENDOR).missing
    if missing:
        return f"files are absent ({', '.join(missing)}): the plain query page is shown instead"
    return "its files are here"


async def _console(_settings: Settings) -> str:
    return "its files are here" if built_console() else "it is not built: /console says how to get it"


async def _port(settings: Settings) -> str:
    server.bind(settings.host, settings.port).close()
    return f"{settings.host}:{settings.port} is free"


EXAMINATIONS: tuple[tuple[str, Examination], ...] = (
    ("python", _python),
    ("libraries", _libraries),
    ("packages", _packages),
    ("database", _database),
    ("sessions", _sessions),
    ("algorithms", _artifacts),
    ("features", _features),
    ("artifact store", _store),
    ("indexed features", _indexed_features),
    ("graphiql", _graphiql),
    ("console", _console),
    ("port", _port),
)
