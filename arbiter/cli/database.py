"""`arbiter migrate`: bring the database's tables up to date."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from arbiter.addresses import mask_password
from arbiter.cli.output import AsJson, show
from arbiter.settings import Settings
from orm.connection.schema import migrate as apply_migrations


def migrate(
    database_url: Annotated[str | None, typer.Option(help="Instead of ARBITER_DATABASE_URL.")] = None,
    as_json: AsJson = False,
) -> None:
    """Apply the migrations that the database lacks; `arbiter serve` does the same when it starts.

    Example: `arbiter migrate --database-url sqlite://arbiter.db`
    """
    settings = Settings.load(database_url=database_url)
    applied = asyncio.run(apply_migrations(settings.database_url, direct_url=settings.direct_database_url))
    nothing = "nothing to apply: the database has every migration of this release"
    text = f"applied: {', '.join(applied)}" if applied else nothing
    show({"database": mask_password(settings.database_url), "applied": applied}, text, as_json=as_json)
