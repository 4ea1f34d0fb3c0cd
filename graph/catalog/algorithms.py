"""Algorithms: the trained models of an endpoint."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, cast

import strawberry
from strawberry import Parent

from domain.callers import Scope
from domain.catalog.entries import Algorithm as AlgorithmRow
from graph.history.drift import drift_field
from graph.history.quality import quality_field
from graph.history.requests import requests_field
from graph.operation.context import Info
from graph.vocabulary import named
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Kind, Status
from graph.vocabulary.field_cost import FieldCost
from graph.vocabulary.fields import resolved
from graph.vocabulary.ids import ALGORITHM, Node, number
from graph.vocabulary.links import AlgorithmType, EndpointType, StatusType
from graph.vocabulary.named import catalog_field, endpoint_field
from graph.vocabulary.pagination import Connection, Paging, connect_all, paged
from orm.queries.history.request_pages import Owner


@graphql_type
class HeldOutMetrics:
    """How good an algorithm's answers were when it was published, to rows that its training never saw."""

    rows: int = strawberry.field(description="Of so many rows.")
    accuracy: float | None = strawberry.field(
        description="The share of right labels; null for a regressor, and where the manifest does not say it."
    )
    log_loss: float | None = strawberry.field(
        description="The mean of −ln of the probability that the truth was given, 0 at best; null for a regressor, and "
        "where there were no probabilities."
    )
    rmse: float | None = strawberry.field(
        description="The root-mean-square error in the endpoint's unit; null for a classifier."
    )
    mae: float | None = strawberry.field(
        description="The mean absolute error in the endpoint's unit; null for a classifier."
    )


@graphql_type
class Algorithm(Node):
    """A trained model with name and version, of one endpoint."""

    name: str = strawberry.field(description="Its name; with the version, unique in its endpoint.")
    kind: Kind = strawberry.field(description="What it answers.")
    version: str = strawberry.field(description="Its version.")
    description: str = strawberry.field(description="What it is.")
    owner: str = strawberry.field(description="Who answers for it.")
    created_at: datetime = strawberry.field(description="When the server first saw it.")
    status: Status | None = strawberry.field(
        description="The part it plays now; null when it was never given one, and then it is never chosen by itself."
    )
    digest: str | None = strawberry.field(
        description="What tells the published model from others, as sha256; null for one that comes with a class."
    )
    withdrawn_at: datetime | None = strawberry.field(
        description="When it was withdrawn; it is never chosen again, and gets no status. Null for all others."
    )
    withdrawn_reason: str | None = strawberry.field(
        description="Why it was withdrawn, where somebody said so."
    )
    ready: bool = catalog_field(
        lambda snapshot, row: row.id not in snapshot.unready, "Whether this server can run it."
    )
    problem: str | None = catalog_field(
        lambda snapshot, row: snapshot.unready.get(row.id), "Why it cannot be run; null when it is ready."
    )
    doubt: str | None = catalog_field(
        lambda snapshot, row: snapshot.doubts.get(row.id),
        "Why its answers may differ from the trained model's, though it runs; null when nothing is known.",
    )
    endpoint: EndpointType = endpoint_field("The endpoint that it belongs to.")

    @resolved(needs=Scope.READ, cost=FieldCost(0))
    def held_out_metrics(self, row: Parent[AlgorithmRow], info: Info) -> HeldOutMetrics | None:
        """How good it was when it was published, as its manifest says; null where no held-out rows were measured, for
        a class without an artifact, and where this server does not have it.
        """
        return cast("HeldOutMetrics | None", info.context.snapshot.held_out.get(row.id))

    @resolved(needs=Scope.READ)
    async def code(self, row: Parent[AlgorithmRow], info: Info) -> str | None:
        """The source text of its class, as it was when the server first saw it.

        Read only when asked for; for all algorithms of an answer together.
        """
        return await info.context.loaders.code.load(row.id)

    @paged(needs=Scope.READ)
    async def statuses(self, row: Parent[AlgorithmRow], info: Info, paging: Paging) -> Connection[StatusType]:
        """Every status it was ever given, newest first.

        For all algorithms of an answer together.
        """
        rows = await info.context.loaders.statuses_of_algorithm.load(row.id) or []
        return connect_all(info, "statuses", rows, paging, newest_first=True)

    requests = requests_field(Owner.ALGORITHM, "The predictions that it was chosen for.")
    quality = quality_field(
        Owner.ALGORITHM,
        "How good its answers were, by day, week or month, told from daily summaries.",
    )
    drift = drift_field(
        Owner.ALGORITHM,
        "How far what is asked of it, and its answers, have moved; null when the declaration is no longer installed.",
    )


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
    ) -> Connection[AlgorithmType]:
        """All algorithms, oldest first."""
        snapshot = info.context.snapshot
        wanted = None if endpoint is None else named.endpoint(snapshot, endpoint, "endpoint").id
        rows = [
            row
            for _, row in sorted(snapshot.algorithms.items())
            if (wanted is None or row.endpoint_id == wanted)
            and (kind is None or row.kind is kind)
            and (status is None or row.status is status)
        ]
        return connect_all(info, "algorithms", rows, paging)

    @resolved(needs=Scope.READ)
    async def algorithm(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="Its id, global or in digits.")],
    ) -> AlgorithmType | None:
        """One algorithm; null when there is none."""
        return info.context.snapshot.algorithms.get(number(ALGORITHM, id, path=("id",)))
