"""Statuses: the log of the parts that algorithms have played, and setting one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from domain.callers import Scope
from domain.catalog.entries import AlgorithmStatus as AlgorithmStatusRow
from graph.catalog import algorithms
from graph.operation.context import Context, Info
from graph.vocabulary import named as references
from graph.vocabulary.docstrings import graphql_input, graphql_type
from graph.vocabulary.enums import Status
from graph.vocabulary.fields import mutation, resolved
from graph.vocabulary.ids import ALGORITHM, ALGORITHM_STATUS, Node, global_id, number
from graph.vocabulary.links import AlgorithmType
from graph.vocabulary.pagination import Connection, Paging, Place, connect, connect_all, paged, window
from graph.vocabulary.payload import MutationPayload
from graph.vocabulary.permissions import WithParent
from orm.queries.catalog import statuses as queries


@graphql_type
class AlgorithmStatus(Node):
    """One entry in the log of an algorithm's statuses; only the newest is active."""

    row: strawberry.Private[AlgorithmStatusRow]
    status: Status = strawberry.field(description="The part the algorithm was given.")
    active: bool = strawberry.field(description="Whether it plays this part now.")
    created_by: str = strawberry.field(
        description="Who set it: a person, an API key, or the A/B test's author."
    )
    created_at: datetime = strawberry.field(description="When it was set.")

    @classmethod
    def of(cls, row: AlgorithmStatusRow) -> AlgorithmStatus:
        """The GraphQL form of a status."""
        return cls(
            id=global_id(ALGORITHM_STATUS, row.id),
            row=row,
            status=row.status,
            active=row.active,
            created_by=row.created_by,
            created_at=row.created_at,
        )

    @resolved(needs=WithParent())
    def algorithm(self, info: Info) -> AlgorithmType:
        """The algorithm whose status this is."""
        snapshot = info.context.snapshot
        return algorithms.Algorithm.of(snapshot.algorithm(self.row.algorithm_id), snapshot)


def connect_statuses(
    info: Info,
    rows: Sequence[AlgorithmStatusRow],
    paging: Paging,
) -> Connection[AlgorithmStatus]:
    """A page of these statuses, newest first; they are given oldest first."""
    page = window("statuses", paging)
    info.context.spend(page.limit)
    return connect_all(rows, page, id_of=lambda row: row.id, node=AlgorithmStatus.of, newest_first=True)


async def by_number(context: Context, status_id: int) -> AlgorithmStatus | None:
    """The status of this id; for all that are asked for together."""
    row = await context.loaders.status.load(status_id)
    return AlgorithmStatus.of(row) if row else None


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
    ) -> Connection[AlgorithmStatus]:
        """Every status that algorithms were given, newest first."""
        context = info.context
        of = (
            None if algorithm is None else [references.algorithm(context.snapshot, algorithm, "algorithm").id]
        )
        page = window("statuses", paging)
        context.spend(page.limit)
        async with context.services.database.reader() as reader:
            rows = await queries.page_statuses(
                reader,
                limit=page.limit + 1,
                algorithm_ids=of,
                after=page.after.id if page.after else None,
                before=page.before.id if page.before else None,
                backward=page.backwards,
            )

        async def count() -> int:
            async with context.services.database.reader() as reader:
                return await queries.count_statuses(reader, of)

        return connect(
            rows, page, place=lambda row: Place(None, row.id), node=AlgorithmStatus.of, count=count
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

    algorithm_status: AlgorithmStatus | None = strawberry.field(
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
        context = info.context
        algorithm_id = number(ALGORITHM, input.algorithm, path=("algorithm",))
        row = await context.services.statuses.set(algorithm_id, input.status, context.principal.name)
        return SetAlgorithmStatusPayload(algorithm_status=AlgorithmStatus.of(row))
