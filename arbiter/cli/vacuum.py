"""`arbiter vacuum`: rewrite a SQLite file, so that it takes no more room than it needs, now and later."""

from __future__ import annotations

import asyncio

from arbiter.cli.output import AsJson, show
from arbiter.settings import Settings
from domain.errors import InvalidInput
from orm.connection.config import SqliteLocation, location_of
from orm.connection.schema import require_begun
from orm.connection.sqlite.engine import rewrite


def vacuum(as_json: AsJson = False) -> None:
    """Rewrite the database file without free room. From then on it gives room back by itself, as newer files do.

    Servers may run, but predictions wait while it works. It needs twice the file's size of free disk.

    Example: `arbiter vacuum`
    """
    settings = Settings.load()
    location = location_of(settings.database_url)
    if not isinstance(location, SqliteLocation):
        raise InvalidInput("PostgreSQL looks after its room itself; `arbiter vacuum` is for SQLite files.")
    asyncio.run(require_begun(settings.database_url))
    before, after = rewrite(location.path)
    text = f"{location.path}: {before:,} bytes before, {after:,} now"
    show({"before": before, "after": after}, text, as_json=as_json)
