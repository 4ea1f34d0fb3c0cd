"""`arbiter withdraw`: an algorithm that answers no more, for good."""

from __future__ import annotations

from typing import Annotated

import typer

from arbiter.cli.output import AsJson, show
from arbiter.cli.session import without_models


def withdraw(
    endpoint: Annotated[str, typer.Argument(help="The endpoint's name.")],
    name: Annotated[str, typer.Argument(help="The algorithm's name.")],
    version: Annotated[str, typer.Argument(help="Its version.")],
    reason: Annotated[str | None, typer.Option(help="Why, for whoever meets it in the history.")] = None,
    as_json: AsJson = False,
) -> None:
    """Withdraw an algorithm: running servers let go of it within half a second, and its folder may be deleted.

    Refused for what is in production or in a running A/B test. Its requests stay, and nobody publishes another model
    under its name and version. Not to be undone.

    Example: `arbiter withdraw wine_cultivar forest 1.0 --reason "trained on the wrong year"`
    """
    found = without_models(lambda services: services.withdrawals.withdraw(endpoint, name, version, reason))
    show(
        {
            "algorithm": found.id,
            "withdrawn_at": found.withdrawn_at,
            "withdrawn_reason": found.withdrawn_reason,
        },
        f"{found} of {endpoint} (id {found.id}) is withdrawn",
        as_json=as_json,
    )
