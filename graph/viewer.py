"""Who is asking: the caller as the server knows it."""

from __future__ import annotations

import strawberry

from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Scope
from graph.vocabulary.fields import resolved
from graph.vocabulary.permissions import OpenToAll


@graphql_type
class Viewer:
    """The caller: an API key, the subject of a token, or anybody."""

    name: str = strawberry.field(
        description="The name of the API key, `jwt:` and the subject of a token, or `anonymous`."
    )
    anonymous: bool = strawberry.field(description="Whether neither a key nor a token was sent.")
    scopes: list[Scope] = strawberry.field(description="What the caller may do.")


@strawberry.type
class Queries:
    """The root query for the caller."""

    @resolved(needs=OpenToAll())
    def viewer(self, info: Info) -> Viewer:
        """Who you are to this server, and what you may do."""
        principal = info.context.principal
        held = [scope for scope in Scope if principal.may(scope)]
        return Viewer(name=principal.name, anonymous=principal.anonymous, scopes=held)
