"""The API keys, as administrators see them: what each may do and when it was last used, never a secret."""

from __future__ import annotations

from datetime import datetime
from typing import cast

import strawberry

from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Scope
from graph.vocabulary.field_cost import FieldCost, sized
from graph.vocabulary.fields import resolved

KEYS = FieldCost(20, size=20)
"""As if there were twenty of them: few services have more, and no caller but an administrator may ask."""


@graphql_type
class ApiKey:
    """An API key, without its secret, which nobody keeps.

    Its fields are read from a `domain.callers.ApiKey`.
    """

    name: str = strawberry.field(description="Who or what uses it; no two keys have one name.")
    prefix: str = strawberry.field(description="The beginning of its secret, by which it is recognised.")
    grants: list[str] = strawberry.field(
        description="What it may do: scopes such as `read`, and of one endpoint `predict:income_classifier`.",
        metadata=sized(5),
    )
    created_at: datetime = strawberry.field(description="When it was made.")
    last_used_at: datetime | None = strawberry.field(
        description="When it was last used, known a minute late; null where it never was since this is written down."
    )
    revoked_at: datetime | None = strawberry.field(description="When it was revoked; null while it counts.")
    former_until: datetime | None = strawberry.field(
        description="Until when the secret before a rotation counts, or counted; null without a rotation."
    )


@strawberry.type
class Queries:
    """Root queries for API keys."""

    @resolved(needs=(Scope.ADMIN, Scope.READ), cost=KEYS)
    async def api_keys(self, info: Info) -> list[ApiKey]:
        """All API keys, revoked ones too, in the order in which they were made."""
        return cast("list[ApiKey]", await info.context.services.keys.list())
