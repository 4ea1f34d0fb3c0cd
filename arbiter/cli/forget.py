"""`arbiter forget`: erase what the log holds of a person."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.output import AsJson, show
from arbiter.cli.session import without_models
from domain.callers import Principal, Scope
from domain.errors import InvalidInput
from serving.services import Services


def forget(
    subject: Annotated[
        str | None, typer.Argument(help="The subject of the requests, written exactly as callers sent it.")
    ] = None,
    external_id: Annotated[
        str | None,
        typer.Option(help="Instead of a subject: the external id of the one request, with --endpoint."),
    ] = None,
    endpoint: Annotated[str | None, typer.Option(help="The endpoint of the external id.")] = None,
    as_json: AsJson = False,
) -> None:
    """Erase input, message, subject and external id of requests; counts and verdicts stay. Not to be undone.

    Example: `arbiter forget customer-4711`
    """
    if (subject is None) == (external_id is None) or (external_id is None) != (endpoint is None):
        raise InvalidInput("name a subject, or an external id with --external-id ID --endpoint NAME.")
    principal = Principal("command line", frozenset({Scope.ADMIN}))

    async def use(services: Services) -> tuple[int, str]:
        if subject is not None:
            return await services.forgetting.forget(subject, principal), services.database.name
        found = services.catalog.snapshot.endpoint_named(endpoint or "")
        count = await services.forgetting.forget_called(found.id, external_id or "", principal)
        return count, services.database.name

    count, where = without_models(use, declared=True)
    text = f"requests forgotten: {count}" + ("" if count else f"; there was none in {where}")
    show({"requests_forgotten": count}, text, as_json=as_json)
