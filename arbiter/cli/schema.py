"""`arbiter schema`: the GraphQL schema as text."""

from __future__ import annotations

import typer

from arbiter.cli.output import say
from graph.schema import print_schema


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(schema)


def schema() -> None:
    """Print the GraphQL schema, for code generators and for `graph/schema.graphql`.

    Example: `arbiter schema > schema.graphql`
    """
    say(print_schema().rstrip("\n"))
