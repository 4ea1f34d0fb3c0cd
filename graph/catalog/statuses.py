"""Statuses: the log of the parts that algorithms have played, and setting one by hand."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Annotated

import strawberry

from domain.callers import Scope
from graph.operation.context import Info
from graph.vocabulary import named
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.enums import Status
from graph.vocabulary.fields import MutationPayload, mutation
from graph.vocabulary.ids import ALGORITHM, Node, number
from graph.vocabulary.links import AlgorithmType, StatusType
from graph.vocabulary.named import algorithm_field
from graph.vocabulary.pagination import Connection, Paging, connect_table, paged, window
from orm.queries.catalog import statuses as queries


@graphql_type
class AlgorithmStatus(Node):
    """One entry in the log of an algorithm's statuses; only the newest is active."""

    status: Status = strawberry.field(description="The part the algorithm was given.")
    active: bool = strawberry.field(description="Whether it plays this part now.")
    created_by: str = strawberry.field(
        description="Who set it: a person, an API key, or the A/B test's author."
    )
    created_at: datetime = strawberry.field(description="When it was set.")
    algorithm: AlgorithmType = algorithm_field("algorithm_id", "The algorithm whose status this is.")


@strawberry.type
class Queries:
    """Root queries for statuses."""

    @paged(needs=Scope.READ)
    async def statuses(
        self,
        info: Info,
        paging: Paging,
        *,
        algorithm: Annotated[
            strawberry.ID | None, strawberry.argument(description="Only those of this algorithm: its id.")
        ] = None,
    ) -> Connection[StatusType]:
        """Every status that algorithms were given, newest first."""
        context = info.context
        of = None if algorithm is None else [named.algorithm(context.snapshot, algorithm, "algorithm").id]
        return await connect_table(
            context,
            window("statuses", paging),
            partial(queries.page_statuses, algorithm_ids=of),
            partial(queries.count_statuses, algorithm_ids=of),
        )


@graphql_input
class SetAlgorithmStatusInput:
    """Which algorithm plays which part from now on."""

    algorithm: strawberry.ID = strawberry.field(description="The algorithm: its id, global or in digits.")
    status: Status = strawberry.field(
        description="PRODUCTION or TESTING; AB_TESTING is set by creating an A/B test."
    )


@graphql_type
class SetAlgorithmStatusPayload(MutationPayload):
    """What setAlgorithmStatus did."""

    algorithm_status: StatusType | None = strawberry.field(
        default=None, description="The new entry of the log, active now; null with userErrors."
    )


@strawberry.type
class Mutations:
    """Mutations of statuses."""

    @mutation(needs=Scope.ADMIN)
    async def set_algorithm_status(
        self,
        info: Info,
        input: Annotated[SetAlgorithmStatusInput, strawberry.argument(description="Which, and what.")],
    ) -> SetAlgorithmStatusPayload:
        """Give an algorithm another part; the newest status is the active one."""
        algorithm_id = number(ALGORITHM, input.algorithm, path=("algorithm",))
        return SetAlgorithmStatusPayload(
            algorithm_status=await info.context.services.statuses.set(
                algorithm_id, input.status, info.context.principal.name
            )
        )
