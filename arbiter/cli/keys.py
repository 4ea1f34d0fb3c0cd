"""`arbiter keys`: API keys. The secret is shown once; only its digest is kept."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.output import AsJson, Row, say, show, show_json, show_rows
from arbiter.cli.session import without_models
from domain.callers import ApiKey, Scope
from serving.services import Services

app = typer.Typer(name="keys", help="Create, list and revoke API keys.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="The key's name, unique and for people: who or what uses it.")]


@app.command()
def create(
    name: Name,
    scope: Annotated[list[Scope], typer.Option(help="A right of the key; give the option several times.")],
    as_json: AsJson = False,
) -> None:
    """Create a key and print its secret, this once.

    Example: `arbiter keys create front-end --scope predict --scope feedback`
    """
    key, secret = without_models(lambda services: services.keys.create(name, frozenset(scope)), makes=True)
    if as_json:
        show_json({**_row(key), "secret": secret})
        return
    say(secret)
    typer.echo(f"{key.name} may {' '.join(sorted(key.scopes))}; the line above is shown only now.", err=True)


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
        "scopes": sorted(key.scopes),
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }
