"""How long the requests of an endpoint are kept, how far that was carried out, and setting it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

import strawberry
from strawberry import Parent

from domain.callers import Scope
from domain.history import retention as domain
from graph.operation.context import Info
from graph.operation.loaders import SHOWN_CHANGES
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.enums import RetentionWaitReason
from graph.vocabulary.field_cost import FieldCost
from graph.vocabulary.fields import MutationPayload, computed, mutation, resolved

SHOWN_WAITS = 10


@graphql_type
class RetentionRemoved:
    """How much of an endpoint was removed in all. Whole numbers, of which there may be more than an `Int` holds."""

    inputs: float = strawberry.field(description="Requests that lost input, message, subject and features.")
    rows: float = strawberry.field(description="Requests that are gone.")
    feedback_events: float = strawberry.field(description="Entries of the history of their ground truths.")
    features: float = strawberry.field(description="Values of indexed features.")
    observations: float = strawberry.field(description="What the arms of A/B tests had said of them.")
    external_ids: float = strawberry.field(description="External ids, which may be used again.")


@graphql_type
class RetentionWait:
    """Why something that is due stays for now."""

    reason: RetentionWaitReason = strawberry.field(description="What it waits for.")
    message: str = strawberry.field(description="The same in words, with the cure where there is one.")
    until: datetime | None = strawberry.field(description="Until when, where that is known.")


@graphql_type
class RetentionChange:
    """That the rule of an endpoint was changed."""

    inputs_days: int | None = computed(
        lambda row: row.rule.inputs_days, "For how many days requests keep their inputs; null for ever."
    )
    rows_days: int | None = computed(
        lambda row: row.rule.rows_days, "For how many days requests are kept; null for ever."
    )
    created_by: str = strawberry.field(description="Who changed it: a person or an API key.")
    created_at: datetime = strawberry.field(description="When.")


@graphql_type
class EndpointRetention:
    """How long the requests of an endpoint are kept: whole, then without inputs, then as daily summaries alone."""

    inputs_days: int | None = computed(
        lambda row: row.rule.inputs_days,
        "For how many days requests keep input, message, subject and indexed features; null: as long as the request.",
    )
    rows_days: int | None = computed(
        lambda row: row.rule.rows_days,
        "For how many days requests are kept; after them the daily summaries alone know of them. Null: for ever.",
    )
    changed_by: str | None = strawberry.field(description="Who set it last; null where nobody ever did.")
    changed_at: datetime | None = strawberry.field(description="When that was.")
    kept_from: datetime | None = computed(
        lambda row: row.kept_from,
        "Requests before this time are gone: lists, and figures that are told from requests, begin here. Null where "
        "none is gone.",
    )
    inputs_kept_from: datetime | None = computed(
        lambda row: row.inputs_kept_from,
        "Requests before this time have no inputs any more. Null where none has lost them.",
    )
    inputs_removed_at: datetime | None = strawberry.field(description="When inputs were last removed.")
    rows_removed_at: datetime | None = strawberry.field(description="When requests were last removed.")
    removed: RetentionRemoved = strawberry.field(description="How much was removed in all.")

    @resolved(needs=Scope.READ, cost=FieldCost(50, size=SHOWN_WAITS))
    async def waits(self, row: Parent[domain.Retention], info: Info) -> list[RetentionWait]:
        """What that which is due waits for: a running A/B test, ground truth for one that has ended, idempotency keys
        that hold, a clock that is not believed. None where nothing is due, or nothing is in the way.
        """
        found = await info.context.services.retentions.waits_of(row.endpoint_id, row)
        return cast("list[RetentionWait]", found[:SHOWN_WAITS])

    @resolved(needs=Scope.READ, cost=FieldCost(size=SHOWN_CHANGES))
    async def changes(self, row: Parent[domain.Retention], info: Info) -> list[RetentionChange]:
        """The changes of the rule, newest first; the last twenty.

        For all endpoints of an answer together.
        """
        found = await info.context.loaders.retention_changes.load(row.endpoint_id)
        return cast("list[RetentionChange]", found or [])


@graphql_input
class SetRetentionInput:
    """How long the requests of which endpoint are kept."""

    endpoint: str = strawberry.field(description="The endpoint's name.")
    inputs_days: int | None = strawberry.field(
        default=None,
        description="For how many days requests keep their inputs; left out, as long as the request.",
    )
    rows_days: int | None = strawberry.field(
        default=None, description="For how many days requests are kept; left out, for ever."
    )


@graphql_type
class SetRetentionPayload(MutationPayload):
    """What setRetention did."""

    retention: EndpointRetention | None = strawberry.field(
        default=None, description="The rule that holds now; null with userErrors."
    )


@strawberry.type
class Mutations:
    """Mutations of retention."""

    @mutation(needs=Scope.ADMIN)
    async def set_retention(
        self,
        info: Info,
        input: Annotated[SetRetentionInput, strawberry.argument(description="Which endpoint, and how long.")],
    ) -> SetRetentionPayload:
        """Keep an endpoint's requests for so long from now on; without days, for ever. The servers remove what is due,
        some at a time, and it cannot be undone: what is gone stays gone. Who changed it when is kept.
        """
        found = await info.context.services.retentions.set_rule(
            input.endpoint, input.inputs_days, input.rows_days, info.context.principal
        )
        return SetRetentionPayload(retention=cast("EndpointRetention", found))
