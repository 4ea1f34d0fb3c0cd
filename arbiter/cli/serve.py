"""`arbiter serve`: the server."""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable
from typing import Annotated

import structlog
import typer

from arbiter.app import create_app
from arbiter.cli.output import say
from arbiter.http import server
from arbiter.settings import LogFormat, Settings
from arbiter.telemetry import logs
from arbiter.telemetry.log_queue import LogQueue, lines_to_standard_error, to_standard_error
from arbiter.workers.member import environment_of
from arbiter.workers.supervisor import Supervisor, warn_of_cores


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of ARBITER_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port, instead of ARBITER_PORT; 0 takes a free one.")
    ] = None,
    database_url: Annotated[str | None, typer.Option(help="Instead of ARBITER_DATABASE_URL.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="How many processes answer, instead of ARBITER_WORKERS.")
    ] = None,
    log: Annotated[LogFormat | None, typer.Option(help="How to log, instead of ARBITER_LOG.")] = None,
) -> None:
    """Serve GraphQL, REST and GraphiQL until SIGTERM or Ctrl-C; running requests finish first.

    Example: `arbiter serve --port 8000`
    """
    given: dict[str, object] = {
        "host": host,
        "port": port,
        "database_url": database_url,
        "workers": workers,
        "log": log,
    }
    settings = Settings.load(**given)

    def announce(url: str) -> None:
        page = f"{url}/graphql" if settings.graphiql else None
        if settings.log is LogFormat.JSON:
            structlog.get_logger("arbiter.server").info("listening", url=url, graphiql=page)
        else:
            say(f"Arbiter is listening on {url}" + (f"; GraphiQL is at {page}" if page else ""))

    several = settings.workers > 1
    with LogQueue(lines_to_standard_error if several else to_standard_error) as lines:
        logs.configure(settings, lines, pid=os.getpid() if several else None)
        logging.captureWarnings(True)  # Python itself would write them, and wait for a reader
        if several:
            serve_with_workers(settings, given, announce)
        else:
            server.serve(create_app(settings, lines=lines), settings, announce)


def serve_with_workers(settings: Settings, given: dict[str, object], announce: Callable[[str], None]) -> None:
    """Start as many workers as the settings say, with one secret for all."""
    warn_of_cores(settings.workers)
    if settings.secret is None:
        given = {**given, "secret": secrets.token_hex(32)}
    Supervisor(settings, environment_of(given), announce).run()
