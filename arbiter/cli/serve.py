"""`arbiter serve`: the server."""

from __future__ import annotations

import logging
from typing import Annotated

import structlog
import typer

from arbiter.app import create_app
from arbiter.cli.output import say
from arbiter.http import server
from arbiter.settings import LogFormat, Settings
from arbiter.telemetry import logs
from arbiter.telemetry.log_queue import LogQueue, to_standard_error


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of ARBITER_HOST.")] = None,
    port: Annotated[
        int | None, typer.Option(help="Port, instead of ARBITER_PORT; 0 takes a free one.")
    ] = None,
    database_url: Annotated[str | None, typer.Option(help="Instead of ARBITER_DATABASE_URL.")] = None,
    log: Annotated[LogFormat | None, typer.Option(help="How to log, instead of ARBITER_LOG.")] = None,
) -> None:
    """Serve GraphQL, REST and GraphiQL until SIGTERM or Ctrl-C; running requests finish first.

    Example: `arbiter serve --port 8000`
    """
    settings = Settings.load(host=host, port=port, database_url=database_url, log=log)

    def announce(url: str) -> None:
        page = f"{url}/graphql" if settings.graphiql else None
        if settings.log is LogFormat.JSON:
            structlog.get_logger("arbiter.server").info("listening", url=url, graphiql=page)
        else:
            say(f"Arbiter is listening on {url}" + (f"; GraphiQL is at {page}" if page else ""))

    with LogQueue(to_standard_error) as lines:
        logs.configure(settings, lines)
        logging.captureWarnings(True)  # Python itself would write them, and wait for a reader
        server.serve(create_app(settings, lines=lines), settings, announce)
