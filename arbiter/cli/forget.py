"""`arbiter forget`: erase what the log holds of a person."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from arbiter import wiring
from arbiter.cli.output import AsJson, say, show_json
from arbiter.settings import Settings
from domain.types import Principal, Scope
from registry.discovery import Registry

NO_ALGORITHMS = Registry(endpoints={}, algorithms=(), problems=())
"""Forgetting needs no algorithm: loading none makes the command quick."""


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
    count = asyncio.run(_forget(subject))
    if as_json:
        show_json({"requests_forgotten": count})
    else:
        say(f"requests forgotten: {count}")


async def _forget(subject: str) -> int:
    async with wiring.running(Settings.load(), NO_ALGORITHMS) as services:
        return await services.forgetting.forget(subject, Principal("command line", frozenset({Scope.ADMIN})))
