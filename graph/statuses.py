"""Statuses: the log of the parts that algorithms have played, and setting one by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from domain import types
from domain.types import Scope
from graph import algorithms, references
from graph.context import Context, Info
from graph.enums import StatusName
from graph.errors import FIXABLE, UserError
from graph.ids import ALGORITHM, ALGORITHM_STATUS, global_id, number
from graph.node import Node
from graph.pagination import After, Before, Connection, First, Last, connect_all, window
from graph.payload import Payload
from graph.permissions import Needs

if TYPE_CHECKING:
    from graph.algorithms import Algorithm

AlgorithmType: TypeAlias = Annotated["Algorithm", strawberry.lazy("graph.algorithms")]


@strawberry.type(description="One entry in the log of an algorithm's statuses; only the newest is active.")
class AlgorithmStatus(Node):
    """A status that an algorithm was given."""

    row: strawberry.Private[types.AlgorithmStatus]
    status: StatusName = strawberry.field(description="The part the algorithm was given.")
    active: bool = strawberry.field(description="Whether it plays this part now.")
    created_by: str = strawberry.field(description="Who set it: a person, an API key, or the A/B test's author.")
    created_at: datetime = strawberry.field(description="When it was set.")

    @classmethod
    def of(cls, row: types.AlgorithmStatus) -> AlgorithmStatus:
        """The GraphQL form of a status."""
        return cls(
            id=global_id(ALGORITHM_STATUS, row.id),
            row=row,
            status=StatusName(row.status),
            active=row.active,
            created_by=row.created_by,
            created_at=row.created_at,
        )

    @strawberry.field(description="The algorithm whose status this is.")
    def algorithm(self, info: Info) -> AlgorithmType:
        """From the snapshot."""
        snapshot = info.context.snapshot
        return algorithms.Algorithm.of(snapshot.algorithm(self.row.algorithm_id), snapshot)


def connect_statuses(
    info: Info,
    rows: Sequence[types.AlgorithmStatus],
    *,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> Connection[AlgorithmStatus]:
    """A page of these statuses, which are in id order."""
    page = window("statuses", first=first, after=after, last=last, before=before)
    info.context.spend(page.limit)
    return connect_all(rows, page, id_of=lambda row: row.id, node=AlgorithmStatus.of)
