"""`arbiter keys`: API keys. The secret is shown once; only its digest is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

import typer

from arbiter.cli.output import AsJson, Row, say, show, show_json, show_rows
from arbiter.cli.session import without_models
from domain.callers import ApiKey
from serving.callers.api_keys import KEPT
from serving.services import Services

app = typer.Typer(name="keys", help="Create, list and revoke API keys.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The key's name, unique and for people: who or what uses it.")]


@app.command()
def create(
    name: Name,
    scope: Annotated[
        list[str],
        typer.Option(
            help="A right of the key, for one endpoint where `predict:ENDPOINT`; give the option several times."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Create a key and print its secret, this once.

    Example: `arbiter keys create front-end --scope predict:income_classifier --scope feedback:income_classifier`
    """
    key, secret = without_models(lambda services: services.keys.create(name, scope), makes=True)
    if as_json:
        show_json({**_row(key), "secret": secret})
        return
    say(secret)
    typer.echo(f"{key.name} may {' '.join(key.grants)}; the line above is shown only now.", err=True)


@app.command()
def rotate(
    name: Name,
    keep_days: Annotated[
        float, typer.Option(help="For how many days the former secret goes on to count (0: it ends now).")
    ] = KEPT.days,
    as_json: AsJson = False,
) -> None:
    """Give a key a new secret and print it, this once; the former one goes on for a while.

    Example: `arbiter keys rotate front-end --keep-days 2`
    """
    key, secret = without_models(lambda services: services.keys.rotate(name, timedelta(days=keep_days)))
    if as_json:
        show_json({**_row(key), "secret": secret})
        return
    say(secret)
    typer.echo(
        f"{key.name} has a new secret, shown only now; the former one counts until {key.former_until}.",
        err=True,
    )


@app.command()
def retire(name: Name, as_json: AsJson = False) -> None:
    """End the former secret of a key that was rotated, when no client sends it any more.

    Example: `arbiter keys retire front-end`
    """
    key = without_models(lambda services: services.keys.retire(name))
    show(_row(key), f"the former secret of {key.name} does not count any more", as_json=as_json)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """List all keys, revoked ones too; secrets are not kept, so none is shown.

    Example: `arbiter keys list`
    """
    found, where = without_models(_all)
    show_rows(
        [_row(key) for key in found],
        as_json=as_json,
        empty=f"there are no keys in {where}: `arbiter keys create` makes one",
    )


@app.command()
def revoke(name: Name, as_json: AsJson = False) -> None:
    """Revoke a key; running servers refuse it within half a second.

    Example: `arbiter keys revoke front-end`
    """
    key = without_models(lambda services: services.keys.revoke(name))
    show(_row(key), f"{key.name} is revoked", as_json=as_json)


async def _all(services: Services) -> tuple[list[ApiKey], str]:
    """The keys, and in which database they are."""
    return await services.keys.list(), services.database.name


def _row(key: ApiKey) -> Row:
    return {
        "name": key.name,
        "prefix": key.prefix,
        "scopes": key.grants,
        "created_at": key.created_at,
        "last_used_at": key.last_used_at,
        "former_until": key.former_until,
        "revoked_at": key.revoked_at,
    }
