"""`arbiter forget`: erase what the log holds of a person."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.output import AsJson, show
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
    text = f"requests forgotten: {count}" + ("" if count else f"; there was none in {where}")
    show({"requests_forgotten": count}, text, as_json=as_json)
