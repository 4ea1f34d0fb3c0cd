"""`arbiter forget`: erase what the log holds of a person."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from arbiter import wiring
from arbiter.cli.output import AsJson, say, show_json
from arbiter.settings import Settings
from domain.callers import Principal, Scope


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(forget)


def forget(
    subject: Annotated[
        str, typer.Argument(help="The subject of the requests, written exactly as callers sent it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Erase input, message and subject of all requests of a subject; counts and verdicts stay. Not to be undone.

    Example: `arbiter forget customer-4711`
    """
    count, where = asyncio.run(_forget(subject))
    if as_json:
        show_json({"requests_forgotten": count})
    else:
        say(f"requests forgotten: {count}" + ("" if count else f"; there was none in {where}"))


async def _forget(subject: str) -> tuple[int, str]:
    """How many requests were forgotten, and in which database."""
    async with wiring.without_models(Settings.load()) as services:
        principal = Principal("command line", frozenset({Scope.ADMIN}))
        return await services.forgetting.forget(subject, principal), services.database.name
