"""`arbiter forget`: erase what the log holds of a person."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.output import AsJson, say, show_json
from arbiter.cli.session import without_models
from domain.callers import Principal, Scope
from serving.services import Services


def forget(
    subject: Annotated[
        str, typer.Argument(help="The subject of the requests, written exactly as callers sent it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Erase input, message and subject of all requests of a subject; counts and verdicts stay. Not to be undone.

    Example: `arbiter forget customer-4711`
    """
    principal = Principal("command line", frozenset({Scope.ADMIN}))

    async def use(services: Services) -> tuple[int, str]:
        return await services.forgetting.forget(subject, principal), services.database.name

    count, where = without_models(use)
    if as_json:
        show_json({"requests_forgotten": count})
    else:
        say(f"requests forgotten: {count}" + ("" if count else f"; there was none in {where}"))
