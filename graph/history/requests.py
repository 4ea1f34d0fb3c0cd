"""Requests: the history of predictions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, cast

import strawberry

from domain.callers import Scope
from domain.errors import InvalidCursor
from domain.history.filters import Position, RequestOrder
from domain.requests.request import Request as RequestRow
from graph.ab_tests import ab_test as ab_tests
from graph.catalog import algorithms, endpoints
from graph.history import aggregates, exports
from graph.history.aggregates import Listed
from graph.history.filters import OrderBy, RequestOrderBy, Where, filter_of, order_of
from graph.history.indexed_features import warn_of_gaps
from graph.operation.context import Context, Info
from graph.operation.loaders import OwnedCount, OwnedPage
from graph.operation.selection import selected
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Arm, ExportFormat, Fault, Outcome
from graph.vocabulary.field_cost import FieldCost
from graph.vocabulary.fields import resolved
from graph.vocabulary.ids import REQUEST, Node, global_id, number
from graph.vocabulary.links import ABTestType, AlgorithmType, EndpointType
from graph.vocabulary.pagination import (
    COUNT,
    LARGEST_COUNT,
    Connection,
    Paging,
    Place,
    connect,
    paged,
    window,
)
from graph.vocabulary.permissions import WithParent
from graph.vocabulary.scalars import JSON
from orm.queries.history import requests as queries
from orm.queries.history.request_pages import Owner, PageQuery
from serving.json_text import kept_json, probabilities_in

# The wide columns by the field that shows them: read only when that is selected.
_WIDE = {"input": "input", "maskedFeatures": "input", "probabilities": "full_response", "message": "message"}

# Without any of these no page is read.
_OF_PAGE = {"edges", "nodes", "pageInfo"}


@graphql_type
class ClassProbability:
    """How probable one label is."""

    label: str = strawberry.field(description="The label.")
    probability: float = strawberry.field(description="Its probability, from 0 to 1.")


@graphql_type
class Request(Node):
    """One prediction that was asked for, whether it succeeded or not."""

    row: strawberry.Private[RequestRow]
    given: strawberry.Private[Mapping[str, float] | None]
    request_id: str = strawberry.field(
        description="The number of this request, a text of digits; accepted wherever a request is named."
    )
    outcome: Outcome = strawberry.field(description="How it ended.")
    fault: Fault | None = strawberry.field(description="Whose fault an ERROR was; null for OK.")
    arm: Arm | None = strawberry.field(
        description="Which side of the A/B test served it; null outside a test."
    )
    subject: str | None = strawberry.field(description="Whom or what the caller said it was about.")
    label: str | None = strawberry.field(description="What a classifier answered.")
    value: float | None = strawberry.field(description="What a regressor answered, in the endpoint's unit.")
    probability: float | None = strawberry.field(
        description="The probability of the endpoint's positive class; with more than two classes, of the label."
    )
    message: str | None = strawberry.field(description="Why there is no answer; null for OK.")
    latency: float = strawberry.field(description="How long it took inside the server, in seconds.")
    feedback: str | None = strawberry.field(description="The ground truth, once it was given.")
    feedback_at: datetime | None = strawberry.field(description="When the ground truth was last given.")
    correct: bool | None = strawberry.field(
        description="Whether the label is the ground truth; null without feedback, and for a regressor."
    )
    residual: float | None = strawberry.field(
        description="The value minus the ground truth; null without feedback, and for a classifier."
    )
    created_at: datetime = strawberry.field(description="When it came, in UTC to the millisecond.")

    @classmethod
    def of(cls, row: RequestRow, probabilities: Mapping[str, float] | None = None) -> Request:
        """The GraphQL form of a request; `probabilities` where they are at hand and need not be parsed."""
        return cls(
            id=global_id(REQUEST, row.id),
            row=row,
            given=probabilities,
            request_id=str(row.id),
            outcome=row.outcome,
            fault=row.fault,
            arm=row.arm,
            subject=row.subject,
            label=row.label,
            value=row.value,
            probability=row.probability,
            message=row.message,
            latency=row.latency,
            feedback=row.feedback,
            feedback_at=row.feedback_at,
            correct=row.correct,
            residual=row.residual,
            created_at=row.created_at,
        )

    @resolved(needs=WithParent())
    def endpoint(self, info: Info) -> EndpointType:
        """The endpoint that was asked."""
        snapshot = info.context.snapshot
        return endpoints.Endpoint.of(snapshot.endpoint(self.row.endpoint_id), snapshot)

    @resolved(needs=WithParent())
    def algorithm(self, info: Info) -> AlgorithmType | None:
        """The algorithm that was chosen; null when none could be."""
        snapshot = info.context.snapshot
        if self.row.algorithm_id is None:
            return None
        return algorithms.Algorithm.of(snapshot.algorithm(self.row.algorithm_id), snapshot)

    @resolved(needs=Scope.READ)
    async def ab_test(self, info: Info) -> ABTestType | None:
        """The A/B test that it was routed through; null outside a test.

        Loaded for all requests of an answer together.
        """
        if self.row.ab_test_id is None:
            return None
        return await ab_tests.by_number(info.context, self.row.ab_test_id)

    @resolved(needs=WithParent())
    def input(self) -> JSON | None:
        """The features as they were sent, in that order; a text where what was sent is no JSON. A value named in
        `maskedFeatures` is null, since it is hidden. As a whole it is null once its subject was forgotten.

        Parsed only when it is selected.
        """
        if not self.row.input:
            return None
        return cast(JSON, kept_json(self.row.input))

    @resolved(needs=WithParent())
    def masked_features(self) -> list[str]:
        """The keys of `input` whose values are hidden from you: private features, and keys that are no features. The
        scope `READ_PRIVATE` shows them. `*` alone: what was sent is no object, and all of it is hidden.
        """
        return list(self.row.masked_features)

    @resolved(needs=WithParent(), cost=FieldCost(size=10))
    def probabilities(self) -> list[ClassProbability] | None:
        """What a classifier says of every label; null for a regressor and for an ERROR.

        As given with the prediction, or parsed from the stored answer.
        """
        found = self.given
        if found is None and self.row.label is not None:
            found = probabilities_in(self.row.full_response)
        return (
            None
            if found is None
            else [ClassProbability(label=one, probability=p) for one, p in found.items()]
        )


@dataclass(slots=True)
class Total:
    """How many requests a connection lists, counted once and only when asked for."""

    context: Context
    listed: Listed
    found: tuple[int, bool] | None = None
    counting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def get(self) -> tuple[int, bool]:
        """The number, and whether there are more: the daily summaries know all, else counting stops early."""
        async with self.counting:  # both fields that ask are resolved at once
            if self.found is None:
                known = await aggregates.count(self.context, self.listed)
                if known is not None:
                    self.found = known, False
                else:
                    counted = await _count(self.context, self.listed)
                    self.found = min(counted, LARGEST_COUNT), counted > LARGEST_COUNT
        return self.found

    async def number(self) -> int:
        """The number alone."""
        return (await self.get())[0]


@graphql_type
class RequestConnection(Connection[Request]):
    """A page of requests, in a fixed order, with figures of the whole list.

    Figures of the whole list are read only if they are asked for.
    """

    listed: strawberry.Private[Listed]
    total: strawberry.Private[Total]

    @resolved(needs=Scope.READ, cost=COUNT)
    async def total_count(self) -> int:
        """How many requests the whole list has, whatever the page. Exact where `where` asks only for endpoints,
        algorithms, kinds, statuses, arms, feedback given or not, and whole UTC days; else counting stops at 10,000.

        Counted once.
        """
        return (await self.total.get())[0]

    @resolved(needs=Scope.READ, cost=COUNT)
    async def total_count_is_capped(self) -> bool:
        """Whether the list is longer than `totalCount` says, since counting stopped.

        Counted once.
        """
        return (await self.total.get())[1]

    @resolved(needs=Scope.READ, cost=FieldCost(1_000))
    def export_url(
        self,
        info: Info,
        format: Annotated[ExportFormat, strawberry.argument(description="How the file is written.")],
    ) -> str:
        """A link to the whole list as a file, oldest request first, whatever the page and the order: a path on this
        server. It works for some minutes and for whoever has it, with your rights, so keep it to yourself.

        Nothing is read before it is opened.
        """
        listed = self.listed
        below = None if listed.owner is None else (listed.owner, listed.owner_id)
        return exports.export_url(info.context, format, listed.where, below)

    @resolved(needs=Scope.READ, cost=FieldCost(50))
    async def aggregate(self, info: Info) -> aggregates.RequestAggregate:
        """Figures of the whole list, whatever the page.

        Only what is selected; for all connections of an answer that ask alike together.
        """
        found = await aggregates.figures(info.context, self.listed, selected(info))
        return aggregates.RequestAggregate.of(found)

    @resolved(needs=Scope.READ, cost=aggregates.GROUPED)
    async def grouped_aggregates(
        self,
        info: Info,
        *,
        by: aggregates.By = None,
        bucket: aggregates.Bucket = None,
        feature: aggregates.FeatureName = None,
        first: aggregates.FirstGroups = aggregates.DEFAULT_GROUPS,
    ) -> aggregates.RequestGroups:
        """Figures of the whole list by group, whatever the page: a confusion matrix is `by: [LABEL, FEEDBACK]`,
        accuracy over time a `bucket`. Groups come by time, then by the keys in the order of `by`.

        Only what is selected; for all connections of an answer that ask alike together.
        """
        grouping = aggregates.grouping_of(info.context, by or [], bucket, feature, first)
        info.context.spend(first)
        listed = self.listed
        await warn_of_gaps(
            info.context,
            listed.where,
            owner=listed.owner,
            owner_id=listed.owner_id,
            grouped_by=grouping.feature,
        )
        fields = selected(info, "groups", "aggregate")
        return await aggregates.groups(info.context, self.listed, grouping, fields)


@dataclass(frozen=True, slots=True)
class Below:
    """The object that a list of requests stands below: an endpoint, an algorithm or a test."""

    owner: Owner
    id: int


async def page(
    info: Info,
    below: Below | None,
    paging: Paging,
    *,
    where: Where,
    order_by: RequestOrderBy,
) -> RequestConnection:
    """A page of the history in one statement; `below` an object, the pages of all that ask alike are one.

    The page is read only where something of it is selected.
    """
    context = info.context
    wanted = filter_of(where, context.snapshot, context.principal) if where else None
    owner, owner_id = (below.owner, below.id) if below else (None, 0)
    await warn_of_gaps(context, wanted, owner=owner, owner_id=owner_id)
    order = order_of(order_by)
    window_ = window(f"requests.{order_by.value}", paging)
    asked = PageQuery(
        limit=window_.limit + 1,
        where=wanted,
        order=order,
        after=_position(window_.after, "after"),
        before=_position(window_.before, "before"),
        backward=window_.backwards,
    )
    rows: list[RequestRow] = []
    if selected(info) & _OF_PAGE:
        context.spend(window_.limit)
        rows = await _read(context, below, asked, _columns(info))
    listed = Listed(wanted, below.owner, below.id) if below else Listed(wanted)
    total = Total(context, listed)
    found = connect(rows, window_, place=lambda row: _place(row, order), node=Request.of, count=total.number)
    return RequestConnection(
        counted=found.counted,
        edges=found.edges,
        nodes=found.nodes,
        page_info=found.page_info,
        listed=listed,
        total=total,
    )


async def _read(
    context: Context, below: Below | None, asked: PageQuery, columns: frozenset[str]
) -> list[RequestRow]:
    if below is None:
        async with context.services.database.reader() as reader:
            return await queries.page_requests(
                reader,
                context.viewer,
                limit=asked.limit,
                where=asked.where,
                order=asked.order,
                after=asked.after,
                before=asked.before,
                backward=asked.backward,
                columns=columns,
            )
    return await context.loaders.owned_page(OwnedPage(below.owner, asked, columns), below.id)


async def _count(context: Context, listed: Listed) -> int:
    cap = LARGEST_COUNT + 1
    if listed.owner is None:
        async with context.services.database.reader() as reader:
            return await queries.count_requests(reader, context.viewer, listed.where, cap=cap)
    return await context.loaders.owned_count(OwnedCount(listed.owner, listed.where, cap), listed.owner_id)


def _place(row: RequestRow, order: RequestOrder) -> Place:
    if order is RequestOrder.FEEDBACK_AT_DESC and row.feedback_at is not None:
        return Place(row.feedback_at.astimezone(UTC).isoformat(), row.id)
    return Place(None, row.id)


def _position(place: Place | None, argument: str) -> Position | None:
    if place is None:
        return None
    try:
        return Position(place.id, datetime.fromisoformat(place.value) if place.value else None)
    except ValueError:
        raise InvalidCursor(f"{argument} is no cursor; take one from an edge", path=(argument,)) from None


def _columns(info: Info) -> frozenset[str]:
    """The wide columns that this query shows."""
    shown = selected(info, "nodes") | selected(info, "edges", "node")
    return columns_of(shown)


def columns_of(shown: frozenset[str]) -> frozenset[str]:
    """The wide columns that these fields of a request show."""
    return frozenset(column for field, column in _WIDE.items() if field in shown)


async def by_number(context: Context, request_id: int) -> Request | None:
    """The request of this id; for all that are asked for together."""
    row = await context.loaders.request.load(request_id)
    return Request.of(row) if row else None


def requests_field(below: Callable[[Any], Below | None], description: str) -> Any:  # noqa: ANN401  a field
    """The field `requests` of a type: a page of the history, `below` the object that stands for the type's value.

    Every list of requests has the same arguments, so they are said here once.
    """

    async def requests(
        self: Any,  # noqa: ANN401  a value of any type that has such a field
        info: Info,
        paging: Paging,
        *,
        where: Where = None,
        order_by: OrderBy = RequestOrderBy.CREATED_AT_DESC,
    ) -> RequestConnection:
        return await page(info, below(self), paging, where=where, order_by=order_by)

    requests.__doc__ = description
    return paged(needs=Scope.READ)(requests)


@strawberry.type
class Queries:
    """Root queries for requests."""

    requests = requests_field(lambda _: None, "The history of all predictions, failed ones too.")

    @resolved(needs=Scope.READ)
    async def request(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID, strawberry.argument(description="Its `id`, or its `requestId` in digits.")
        ],
    ) -> Request | None:
        """One request; null when there is none."""
        return await by_number(info.context, number(REQUEST, id, path=("id",)))
