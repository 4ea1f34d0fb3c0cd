"""The caller's budget: what this operation costs, and what is left."""

from __future__ import annotations

from datetime import datetime, timedelta

import strawberry

from graph.operation.context import Info
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.fields import resolved
from graph.vocabulary.permissions import OpenToAll


@graphql_type
class RateLimit:
    """What this operation costs, and what the caller may still spend. A point is about one object of an answer;
    docs/graphql-guide.md says what costs more. All but `cost` and `maximum` are null where the server sets no budget.
    """

    cost: int = strawberry.field(description="The points that this operation was charged before it ran.")
    maximum: int = strawberry.field(description="The most points that one operation may cost.")
    limit: int | None = strawberry.field(description="The points of a full budget.")
    remaining: int | None = strawberry.field(description="The points that are left after this operation.")
    refill_per_second: float | None = strawberry.field(
        description="How many points come back every second, up to `limit`."
    )
    reset_at: datetime | None = strawberry.field(
        description="When the budget is full again, if nothing more is asked."
    )


@strawberry.type
class Queries:
    """The root query for the budget."""

    @resolved(needs=OpenToAll())
    def rate_limit(self, info: Info) -> RateLimit:
        """Your budget, and what this very operation has taken from it. It costs 1 point itself."""
        context = info.context
        budgets = context.services.budgets
        balance = budgets.balance(context.principal, context.address)
        maximum = budgets.largest(context.limits.cost)
        if balance is None:
            return RateLimit(
                cost=context.cost,
                maximum=maximum,
                limit=None,
                remaining=None,
                refill_per_second=None,
                reset_at=None,
            )
        return RateLimit(
            cost=context.cost,
            maximum=maximum,
            limit=balance.limit,
            remaining=balance.remaining,
            refill_per_second=balance.per_second,
            reset_at=context.services.clock() + timedelta(seconds=balance.seconds),
        )
