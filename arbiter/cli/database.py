"""`arbiter migrate`: bring the database's tables up to date."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from arbiter.addresses import mask_password
from arbiter.cli.output import AsJson, say, show_json
from arbiter.settings import Settings
from orm.connection.migrate import migrate as apply_migrations


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(migrate)


def migrate(
    database_url: Annotated[str | None, typer.Option(help="Instead of ARBITER_DATABASE_URL.")] = None,
    as_json: AsJson = False,
) -> None:
    """Apply the migrations that the database lacks; `arbiter serve` does the same when it starts.

    Example: `arbiter migrate --database-url sqlite://arbiter.db`
    """
    settings = Settings.load(database_url=database_url)
    applied = asyncio.run(apply_migrations(settings.database_url))
    if as_json:
        show_json({"database": mask_password(settings.database_url), "applied": applied})
    elif applied:
        say(f"applied: {', '.join(applied)}")
    else:
        say("nothing to apply: the database is up to date")
