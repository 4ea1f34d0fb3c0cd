"""The server and its callers: what it could not load, who asks, what the caller may still spend, and the keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from typing import cast

import strawberry

from domain.callers import words_of
from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Scope
from graph.vocabulary.field_cost import FieldCost, sized
from graph.vocabulary.fields import resolved
from graph.vocabulary.permissions import OpenToAll


@graphql_type
class Problem:
    """Something that could not be loaded; everything else is served all the same.

    Its fields are read from a `domain.catalog.entries.Problem`.
    """

    name: str = strawberry.field(description="The algorithm, endpoint or plug-in.")
    endpoint: str | None = strawberry.field(
        description="The endpoint that it belongs to, where that is known."
    )
    reason: str = strawberry.field(description="Why it could not be loaded.")


@graphql_type
class Server:
    """The server that answers."""

    version: str = strawberry.field(description="The version of Arbiter.")
    database: str = strawberry.field(description="The kind of database: `sqlite` or `postgres`.")
    problems: list[Problem] = strawberry.field(
        description="What could not be loaded; empty when all is well.", metadata=sized(20)
    )


@cache
def installed_version() -> str:
    """The version of the installed distribution."""
    return version("arbiter-server")


@graphql_type
class Viewer:
    """The caller: an API key, the subject of a token, or anybody."""

    name: str = strawberry.field(
        description="The name of the API key, `jwt:` and the subject of a token, or `anonymous`."
    )
    anonymous: bool = strawberry.field(description="Whether neither a key nor a token was sent.")
    scopes: list[Scope] = strawberry.field(
        description="What the caller may do; of `PREDICT` and `FEEDBACK` perhaps for some endpoints only."
    )
    grants: list[str] = strawberry.field(
        description="The same in words, with the endpoints: `predict:income_classifier`.", metadata=sized(5)
    )


@graphql_type
class RateLimit:
    """What this operation costs, and what the caller may still spend. A point is about one object of an answer;
    docs/graphql-guide.md says what costs more. All but `cost` and `maximum` are null where the server sets no budget.
    """

    cost: int = strawberry.field(description="The points that this operation was charged before it ran.")
    maximum: int = strawberry.field(description="The most points that one operation may cost.")
    limit: int | None = strawberry.field(default=None, description="The points of a full budget.")
    remaining: int | None = strawberry.field(
        default=None, description="The points that are left after this operation."
    )
    refill_per_second: float | None = strawberry.field(
        default=None, description="How many points come back every second, up to `limit`."
    )
    reset_at: datetime | None = strawberry.field(
        default=None, description="When the budget is full again, if nothing more is asked."
    )


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
    """Root queries for the server and its caller."""

    @resolved(needs=OpenToAll())
    def viewer(self, info: Info) -> Viewer:
        """Who you are to this server, and what you may do."""
        principal = info.context.principal
        return Viewer(
            name=principal.name,
            anonymous=principal.anonymous,
            scopes=[scope for scope in Scope if principal.may(scope)],
            grants=words_of(principal.scopes, principal.confined),
        )

    @resolved(needs=Scope.READ)
    def server(self, info: Info) -> Server:
        """The server that answers."""
        return Server(
            version=installed_version(),
            database=info.context.services.database.dialect,
            problems=cast("list[Problem]", info.context.snapshot.problems),
        )

    @resolved(needs=OpenToAll())
    def rate_limit(self, info: Info) -> RateLimit:
        """Your budget, and what this very operation has taken from it. It costs 1 point itself."""
        context = info.context
        budgets = context.services.budgets
        balance = budgets.balance(context.principal, context.charge.address)
        found = RateLimit(cost=context.charge.points, maximum=budgets.largest(context.limits.cost))
        if balance is not None:
            found.limit, found.remaining = balance.limit, balance.remaining
            found.refill_per_second = balance.per_second
            found.reset_at = context.services.clock() + timedelta(seconds=balance.seconds)
        return found

    @resolved(needs=(Scope.ADMIN, Scope.READ), cost=KEYS)
    async def api_keys(self, info: Info) -> list[ApiKey]:
        """All API keys, revoked ones too, in the order in which they were made."""
        return cast("list[ApiKey]", await info.context.services.keys.list())
