"""Algorithms: the trained models of an endpoint."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from domain.callers import Scope
from domain.catalog.entries import Algorithm as AlgorithmRow
from graph.catalog import endpoints, statuses
from graph.history import requests
from graph.history.filters import OrderBy, RequestOrderBy, Where
from graph.operation.context import Context, Info
from graph.vocabulary import named as references
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Kind, Status
from graph.vocabulary.fields import resolved
from graph.vocabulary.ids import ALGORITHM, Node, global_id, number
from graph.vocabulary.links import EndpointType, RequestsType, StatusType
from graph.vocabulary.pagination import Connection, Paging, connect_all, paged, window
from graph.vocabulary.permissions import WithParent
from orm.queries.history.request_pages import Owner
from serving.catalog.catalog import Snapshot


@graphql_type
class Algorithm(Node):
    """A trained model with name and version, of one endpoint."""

    row: strawberry.Private[AlgorithmRow]
    name: str = strawberry.field(description="Its name; with the version, unique in its endpoint.")
    kind: Kind = strawberry.field(description="What it answers.")
    version: str = strawberry.field(description="Its version.")
    description: str = strawberry.field(description="What it is.")
    owner: str = strawberry.field(description="Who answers for it.")
    created_at: datetime = strawberry.field(description="When the server first saw it.")
    status: Status | None = strawberry.field(
        description="The part it plays now; null when it was never given one, and then it is never chosen by itself."
    )
    ready: bool = strawberry.field(description="Whether this server can run it.")
    problem: str | None = strawberry.field(description="Why it cannot be run; null when it is ready.")
    doubt: str | None = strawberry.field(
        description="Why its answers may differ from the trained model's, though it runs; null when nothing is known."
    )

    @classmethod
    def of(cls, row: AlgorithmRow, snapshot: Snapshot) -> Algorithm:
        """The GraphQL form of an algorithm of `snapshot`."""
        problem = snapshot.unready.get(row.id)
        return cls(
            id=global_id(ALGORITHM, row.id),
            row=row,
            name=row.name,
            kind=row.kind,
            version=row.version,
            description=row.description,
            owner=row.owner,
            created_at=row.created_at,
            status=row.status,
            ready=problem is None,
            problem=problem,
            doubt=snapshot.doubts.get(row.id),
        )

    @resolved(needs=WithParent())
    def endpoint(self, info: Info) -> EndpointType:
        """The endpoint that it belongs to."""
        snapshot = info.context.snapshot
        return endpoints.Endpoint.of(snapshot.endpoint(self.row.endpoint_id), snapshot)

    @resolved(needs=Scope.READ)
    async def code(self, info: Info) -> str | None:
        """The source text of its class, as it was when the server first saw it.

        Read only when asked for; for all algorithms of an answer together.
        """
        return await info.context.loaders.code.load(self.row.id)

    @paged(needs=Scope.READ)
    async def statuses(
        self,
        info: Info,
        paging: Paging,
    ) -> Connection[StatusType]:
        """Every status it was ever given, newest first.

        For all algorithms of an answer together.
        """
        rows = await info.context.loaders.statuses_of_algorithm.load(self.row.id) or []
        return statuses.connect_statuses(info, rows, paging)

    @paged(needs=Scope.READ)
    async def requests(
        self,
        info: Info,
        paging: Paging,
        *,
        where: Where = None,
        order_by: OrderBy = RequestOrderBy.CREATED_AT_DESC,
    ) -> RequestsType:
        """The predictions that it was chosen for."""
        mine = requests.Below(Owner.ALGORITHM, self.row.id)
        return await requests.page(info, mine, paging, where=where, order_by=order_by)


def connect_algorithms(
    info: Info,
    rows: Sequence[AlgorithmRow],
    paging: Paging,
) -> Connection[Algorithm]:
    """A page of these algorithms, which are in id order."""
    snapshot = info.context.snapshot
    page = window("algorithms", paging)
    info.context.spend(page.limit)
    return connect_all(rows, page, id_of=lambda row: row.id, node=lambda row: Algorithm.of(row, snapshot))


async def by_number(context: Context, algorithm_id: int) -> Algorithm | None:
    """The algorithm of this id, from the snapshot."""
    row = context.snapshot.algorithms.get(algorithm_id)
    return Algorithm.of(row, context.snapshot) if row else None


@strawberry.type
class Queries:
    """Root queries for algorithms."""

    @paged(needs=Scope.READ)
    def algorithms(
        self,
        info: Info,
        paging: Paging,
        *,
        endpoint: Annotated[
            strawberry.ID | None,
            strawberry.argument(description="Only those of this endpoint: its name or id."),
        ] = None,
        kind: Annotated[Kind | None, strawberry.argument(description="Only those of this kind.")] = None,
        status: Annotated[
            Status | None, strawberry.argument(description="Only those with this status.")
        ] = None,
    ) -> Connection[Algorithm]:
        """All algorithms, oldest first."""
        snapshot = info.context.snapshot
        wanted = None if endpoint is None else references.endpoint(snapshot, endpoint, "endpoint").id
        rows = [
            row
            for _, row in sorted(snapshot.algorithms.items())
            if (wanted is None or row.endpoint_id == wanted)
            and (kind is None or row.kind is kind)
            and (status is None or row.status is status)
        ]
        return connect_algorithms(info, rows, paging)

    @resolved(needs=Scope.READ)
    async def algorithm(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id, global or in digits.")],
    ) -> Algorithm | None:
        """One algorithm; null when there is none."""
        return await by_number(info.context, number(ALGORITHM, id, path=("id",)))
