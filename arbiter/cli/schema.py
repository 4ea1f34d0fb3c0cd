"""`arbiter schema`: the GraphQL schema as text."""

from __future__ import annotations

from arbiter.cli.output import say
from arbiter.settings import Settings
from graph.schema import NO_SPECS, print_schema
from registry.discovery import discover_endpoints


def schema() -> None:
    """Print the GraphQL schema of the endpoints that are installed here, for code generators.

    No database is opened and no model loaded. Example: `arbiter schema > schema.graphql`
    """
    settings = Settings.load()
    specs = discover_endpoints(settings.artifacts, **settings.retired_values("discover"))
    say(print_schema(specs if settings.typed_predictions else NO_SPECS).rstrip("\n"))
