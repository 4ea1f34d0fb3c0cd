"""Replay: how an algorithm would have done on logged requests, compared with what was served then."""

from __future__ import annotations

from typing import Annotated, cast

import strawberry
from strawberry import Parent

from domain.callers import Scope
from domain.errors import InvalidInput
from graph.ab_tests.feedback_queue import ArmAnswer
from graph.ab_tests.result import ABTestResult
from graph.history.filters import Where, filter_of
from graph.history.indexed_features import warn_of_gaps
from graph.history.list_scope import ListScope
from graph.operation.context import Info
from graph.vocabulary import named
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import AnswerChange
from graph.vocabulary.field_cost import FieldCost, value
from graph.vocabulary.fields import resolved
from graph.vocabulary.links import AlgorithmType, ReplayType, RequestType
from graph.vocabulary.named import algorithm_field
from graph.vocabulary.permissions import WithParent
from orm.queries.history.request_pages import Owner

DEFAULT_LIMIT = 10_000
LARGEST_LIMIT = 100_000


@graphql_type
class DifferingAnswer:
    """A logged request on which the algorithm answers something else than was served then."""

    request: RequestType = strawberry.field(description="The request as it was logged.")
    served: ArmAnswer = strawberry.field(description="What was served then.")
    answer: ArmAnswer = strawberry.field(description="What the algorithm answers now.")
    change: AnswerChange = strawberry.field(description="Whether it became better or worse by that.")


@graphql_type
class Replay:
    """What a replay found. Nothing was stored, and no traffic was touched."""

    requests: int = strawberry.field(description="How many logged requests were compared.")
    skipped: int = strawberry.field(
        description="How many were left out, since their features are not what the endpoint declares today."
    )
    result: ABTestResult = strawberry.field(
        description="The comparison: the champion is what was served then, the challenger is this algorithm."
    )
    algorithm: AlgorithmType = algorithm_field("algorithm_id", "The algorithm that was run.")

    @resolved(needs=WithParent(), cost=FieldCost(size=100))
    def differing(
        self,
        row: Parent[ReplayType],
        change: Annotated[
            AnswerChange | None,
            strawberry.argument(description="Only those that became so; left out, all of them."),
        ] = None,
    ) -> list[DifferingAnswer]:
        """The first 100 requests, newest first, on which both answered differently; of one kind where `change` says."""
        # The rows of the type, which its class does not say.
        return cast("list[DifferingAnswer]", list(row.differing_by(change)))


@strawberry.type
class Queries:
    """The root query for replays."""

    @resolved(
        needs=(Scope.ADMIN, Scope.READ),
        cost=FieldCost(value("limit", default=DEFAULT_LIMIT, most=LARGEST_LIMIT, per_point=10)),
    )
    async def replay(
        self,
        info: Info,
        *,
        algorithm: Annotated[
            strawberry.ID, strawberry.argument(description="Which algorithm to run: by id.")
        ],
        where: Where = None,
        limit: Annotated[
            int,
            strawberry.argument(description="How many requests at most: 1 to 100,000, by default 10,000."),
        ] = DEFAULT_LIMIT,
    ) -> ReplayType:
        """Run an algorithm over logged requests that have a ground truth, the newest first, and compare it with what
        was served then: would it have done better? It takes the server's time like predictions do, so that it needs
        the scope `admin` beside `read`.
        """
        if not 1 <= limit <= LARGEST_LIMIT:
            raise InvalidInput(f"limit must be between 1 and {LARGEST_LIMIT:,}, got {limit}", path=("limit",))
        context = info.context
        chosen = named.algorithm(context.snapshot, algorithm, "algorithm").id
        wanted = filter_of(where, context.snapshot, context.principal) if where else None
        await warn_of_gaps(context, ListScope(wanted, Owner.ALGORITHM, chosen))
        return await context.services.ab_tests.replay(chosen, wanted, viewer=context.viewer, limit=limit)
