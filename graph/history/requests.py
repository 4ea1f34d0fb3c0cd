"""Requests: the history of predictions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Annotated, Any

import strawberry
from strawberry import Parent

from domain.callers import Scope
from domain.errors import InvalidCursor
from domain.history.filters import Position, RequestOrder
from domain.history.privacy import MASKED
from domain.requests.external_ids import external_id_problem
from domain.requests.partial_request import MOST_KINDS
from domain.requests.request_ids import text_of_time, texts_of_times
from graph.history import aggregates, exports
from graph.history import groupings as grouped
from graph.history.filters import OrderBy, RequestOrderBy, Where, filter_of
from graph.history.indexed_features import warn_of_gaps
from graph.history.list_scope import ListScope
from graph.operation.context import Context, Info
from graph.operation.loaders import SHOWN_EVENTS, OwnedCount, OwnedPage
from graph.operation.long_lists import one_by_one
from graph.operation.selection import selected
from graph.vocabulary import named
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Arm, ExportFormat, Fault, GroupKey, Outcome, TimeBucket
from graph.vocabulary.field_cost import FieldCost
from graph.vocabulary.fields import computed, resolved
from graph.vocabulary.ids import REQUEST, Node, number
from graph.vocabulary.links import (
    ABTestAnswersType,
    ABTestType,
    AggregateType,
    AlgorithmType,
    EndpointType,
    FeedbackEventType,
    RequestsType,
    RequestType,
)
from graph.vocabulary.named import ab_test_field, algorithm_field, endpoint_field
from graph.vocabulary.pagination import (
    COUNT,
    LARGEST_COUNT,
    Connection,
    Paging,
    Place,
    Total,
    connect,
    paged,
    window,
)
from graph.vocabulary.scalars import JSON
from orm.queries.history import requests as queries
from orm.queries.history.request_pages import Owner, PageQuery
from orm.queries.history.selected_columns import ShownRequest, page_of_columns
from serving.json_text import kept_json, probabilities_in

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "requestId": ("id",),
    "outcome": ("outcome",),
    "fault": ("fault",),
    "arm": ("arm",),
    "subject": ("subject",),
    "externalId": ("external_id",),
    "label": ("label",),
    "value": ("value",),
    "probability": ("probability",),
    "confidence": ("confidence",),
    "message": ("message",),
    "latency": ("latency",),
    "feedback": ("feedback",),
    "feedbackAt": ("feedback_at",),
    "correct": ("correct",),
    "residual": ("residual",),
    "createdAt": ("id",),
    "endpoint": ("endpoint_id",),
    "algorithm": ("algorithm_id",),
    "abTest": ("ab_test_id",),
    "abTestAnswers": ("ab_test_id",),
    "feedbackEvents": ("id",),
    "input": ("input",),
    "maskedFeatures": ("input",),
    "probabilities": ("label", "full_response"),
}
"""The columns of a request that each of its fields shows: only those of the fields that are selected are read."""

# Without any of these no page is read.
_OF_PAGE = {"edges", "nodes", "pageInfo"}


@graphql_type
class ClassProbability:
    """How probable one label is."""

    label: str = strawberry.field(description="The label.")
    probability: float = strawberry.field(description="Its probability, from 0 to 1.")


def _probabilities(row: RequestType) -> list[ClassProbability] | None:
    """Parsed from the stored answer."""
    found = None if row.label is None else probabilities_in(row.full_response)
    return None if found is None else [ClassProbability(label=one, probability=p) for one, p in found.items()]


@graphql_type
class Request(Node):
    """One prediction that was asked for, whether it succeeded or not."""

    request_id: str = computed(
        lambda row: str(row.id),
        "The number of this request, a text of digits; accepted wherever a request is named.",
        of_many=lambda rows: [str(row.id) for row in rows],
    )
    outcome: Outcome = strawberry.field(description="How it ended.")
    fault: Fault | None = strawberry.field(description="Whose fault an ERROR was; null for OK.")
    arm: Arm | None = strawberry.field(
        description="Which side of the A/B test served it; null outside a test."
    )
    subject: str | None = strawberry.field(description="Whom or what the caller said it was about.")
    external_id: str | None = strawberry.field(
        description="What another system calls it, once for an endpoint; null where the caller gave none."
    )
    label: str | None = strawberry.field(description="What a classifier answered.")
    value: float | None = strawberry.field(description="What a regressor answered, in the endpoint's unit.")
    probability: float | None = strawberry.field(
        description="The probability of the endpoint's positive class; with more than two classes, of the label."
    )
    confidence: float | None = strawberry.field(
        description=(
            "The probability that a classifier gave the label that it answered: how sure it was. Null for a regressor, "
            "for an ERROR, and for requests of releases before until `arbiter index` has filled it in."
        )
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
    created_at: datetime = computed(
        lambda row: row.created_at,
        "When it came, in UTC to the millisecond.",
        shown=lambda row: text_of_time(row.id),
        of_many=lambda rows: texts_of_times([row.id for row in rows]),
    )
    endpoint: EndpointType = endpoint_field("The endpoint that was asked.")
    algorithm: AlgorithmType | None = algorithm_field(
        "algorithm_id", "The algorithm that was chosen; null when none could be."
    )
    ab_test: ABTestType | None = ab_test_field(
        "The A/B test that it was routed through; null outside a test."
    )
    input: JSON | None = computed(
        lambda row: kept_json(row.input) if row.input else None,
        "The features as they were sent, in that order; a text where what was sent is no JSON. A value named in "
        "`maskedFeatures` is null, since it is hidden. As a whole it is null once its subject was forgotten, and where "
        "the row was too large to be kept.",
        of_many=lambda rows: [kept_json(row.input) if row.input else None for row in rows],
    )
    masked_features: list[str] = strawberry.field(
        description=(
            "The keys of `input` whose values are hidden from you: private features, and keys that are no features. "
            "The scope `READ_PRIVATE` shows them. `*` alone: what was sent is no object, and all of it is hidden."
        )
    )
    probabilities: list[ClassProbability] | None = computed(
        _probabilities,
        "What a classifier says of every label; null for a regressor and for an ERROR.",
        FieldCost(size=10),
    )

    @resolved(needs=Scope.READ)
    async def ab_test_answers(self, row: Parent[RequestType], info: Info) -> ABTestAnswersType | None:
        """What both algorithms of its A/B test answered, also after the ground truth is known; null outside a test.

        For all requests of an answer together.
        """
        if row.ab_test_id is None:
            return None
        return await info.context.loaders.observation.load(row.id)

    @resolved(needs=Scope.READ, cost=FieldCost(size=SHOWN_EVENTS))
    async def feedback_events(self, row: Parent[RequestType], info: Info) -> list[FeedbackEventType]:
        """Each time that its ground truth was given, changed or cleared, newest first; the last twenty.

        For all requests of an answer together.
        """
        info.context.spend(SHOWN_EVENTS)
        return await info.context.loaders.feedback_events.load(row.id) or []


@graphql_type
class RequestConnection(Connection[Request]):
    """A page of requests, in a fixed order, with figures of the whole list.

    Figures of the whole list are read only if they are asked for.
    """

    scope: strawberry.Private[ListScope]

    @resolved(needs=Scope.READ, cost=COUNT)
    async def total_count(self) -> int:
        """How many requests the whole list has, whatever the page. Exact where `where` asks only for endpoints,
        algorithms, kinds, statuses, arms, feedback given or not, and whole UTC days; else counting stops at 10,000.
        """
        return (await self.total.get()).number

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
        return exports.export_url(info.context, format, self.scope)

    @resolved(needs=Scope.READ, cost=FieldCost(50))
    async def aggregate(self, info: Info) -> AggregateType:
        """Figures of the whole list, whatever the page.

        Only what is selected; for all connections of an answer that ask alike together.
        """
        return await aggregates.figures(info.context, self.scope, selected(info))

    @resolved(needs=Scope.READ, cost=grouped.GROUPED)
    async def grouped_aggregates(
        self,
        info: Info,
        *,
        by: Annotated[
            list[GroupKey] | None,
            strawberry.argument(
                description="What tells groups apart, beside their time; this is also their order."
            ),
        ] = None,
        bucket: Annotated[
            TimeBucket | None,
            strawberry.argument(
                description="Into which stretches of time requests are divided; left out, none."
            ),
        ] = None,
        feature: Annotated[
            str | None,
            strawberry.argument(
                description=(
                    "The key of an indexed feature, with FEATURE in `by`. Where it is private, its values are "
                    "shown only with the scope `READ_PRIVATE`, and count as none without it."
                )
            ),
        ] = None,
        bins: Annotated[
            grouped.RequestBins | None,
            strawberry.argument(description="A number by whose bins requests are divided; left out, none."),
        ] = None,
        order_by: Annotated[
            grouped.RequestGroupOrder | None,
            strawberry.argument(description="The figure that groups are in order of; left out, their keys."),
        ] = None,
        min_scored: Annotated[
            int,
            strawberry.argument(
                description="Leave out groups with fewer scored requests, whose accuracy or error says little."
            ),
        ] = 0,
        first: Annotated[
            int, strawberry.argument(description="How many groups at most: 1 to 1,000, by default 100.")
        ] = grouped.DEFAULT_GROUPS,
    ) -> aggregates.RequestGroups:
        """Figures of the whole list by group, whatever the page: a confusion matrix is `by: [LABEL, FEEDBACK]`,
        accuracy over time a `bucket`, a histogram `bins`. Groups come by time, then by bin, then by the keys in the
        order of `by`; or by the figure that `orderBy` names, and where that is equal so.

        Only what is selected; for all connections of an answer that ask alike together.
        """
        grouping = grouped.grouping_of(
            info.context,
            by or [],
            bucket=bucket,
            feature=feature,
            bins=bins,
            order=order_by,
            least_scored=min_scored,
            first=first,
        )
        info.context.spend(first)
        await warn_of_gaps(info.context, self.scope, grouping.features)
        return await aggregates.groups(
            info.context, self.scope, grouping, selected(info, "groups", "aggregate")
        )


async def page(info: Info, paging: Paging, scope: ListScope, order_by: RequestOrderBy) -> RequestConnection:
    """A page of the history in one statement; with an owner, the pages of all that ask alike are one.

    The page is read only where something of it is selected.
    """
    context = info.context
    await warn_of_gaps(context, scope)
    order = RequestOrder[order_by.value]
    window_ = window(f"requests.{order_by.value}", paging)
    asked = PageQuery(
        limit=window_.limit + 1,
        where=scope.where,
        order=order,
        after=_position(order, window_.after, "after"),
        before=_position(order, window_.before, "before"),
        backward=window_.backwards,
    )
    rows: Sequence[Any] = []
    columns: frozenset[str] = frozenset()
    asked_for = selected(info)
    if asked_for & _OF_PAGE:
        context.spend(window_.limit)
        shown = selected(info, "nodes") | selected(info, "edges", "node")
        columns = columns_of(shown)
        rows = await _read(context, scope, asked, columns)

    async def count() -> Total:
        known = await aggregates.count(context, scope)
        return Total.of(await _count(context, scope)) if known is None else Total(known, capped=False)

    # The rows of the type Request, which its class does not say.
    place = None if order.column is None else partial(_place, order)
    found: Connection[Any] = connect(rows, window_, place=place, count=count, with_edges="edges" in asked_for)
    if not MASKED.isdisjoint(columns):
        # Whole rows, a part of which is hidden, have one even where it was not asked for.
        context.weigh(sum([len(row.input) for row in rows]) if rows and hasattr(rows[0], "input") else 0)
    if context.has_long_rows:
        # One turn of the event loop a row; the class says lists, and graphql-core takes these as well.
        found.edges, found.nodes = one_by_one(found.edges), one_by_one(found.nodes)
    return RequestConnection(
        total=found.total, edges=found.edges, nodes=found.nodes, page_info=found.page_info, scope=scope
    )


async def _read(
    context: Context, scope: ListScope, asked: PageQuery, columns: frozenset[str]
) -> Sequence[ShownRequest]:
    if scope.owner is None:
        return await context.services.database.read(page_of_columns, context.viewer, asked, columns)
    return await context.loaders.owned_page(OwnedPage(scope.owner, asked, columns), scope.owner_id)


async def _count(context: Context, scope: ListScope) -> int:
    cap = LARGEST_COUNT + 1
    if scope.owner is None:
        async with context.services.database.reader(heavy=True) as reader:
            return await queries.count_requests(reader, context.viewer, scope.where, cap=cap)
    return await context.loaders.owned_count(OwnedCount(scope.owner, scope.where, cap), scope.owner_id)


def _place(order: RequestOrder, row: RequestType) -> Place:
    """In an order that is not by id alone; numbers are written so that they are read as the same ones."""
    value = order.value_of(row)
    if isinstance(value, datetime):
        return Place(value.astimezone(UTC).isoformat(), row.id)
    return Place(None if value is None else repr(float(value)), row.id)


def _position(order: RequestOrder, place: Place | None, argument: str) -> Position | None:
    if place is None:
        return None
    read: Callable[[str], datetime | float] = (
        datetime.fromisoformat if order is RequestOrder.FEEDBACK_AT_DESC else _number
    )
    try:
        return Position(place.id, read(place.value) if place.value else None)
    except ValueError:
        raise InvalidCursor(f"{argument} is no cursor; take one from an edge", path=(argument,)) from None


@lru_cache(maxsize=MOST_KINDS)
def columns_of(shown: frozenset[str]) -> frozenset[str]:
    """The columns that these fields of a request show."""
    return frozenset(column for field in shown for column in COLUMNS.get(field, ()))


def _number(text: str) -> float:
    """The number of a cursor. Raises ValueError for what is none."""
    number = float(text)
    if math.isnan(number):
        raise ValueError("no order has a place for it")
    return number


def requests_field(owner: Owner | None, description: str) -> Any:  # noqa: ANN401  a field
    """The field `requests` of the type whose rows own requests; without an `owner` it lists the whole history.

    Every list of requests has the same arguments, so they are said here once.
    """

    async def requests(
        self: object,
        row: Parent[Any],
        info: Info,
        paging: Paging,
        *,
        where: Where = None,
        order_by: OrderBy = RequestOrderBy.CREATED_AT_DESC,
    ) -> RequestsType:
        context = info.context
        wanted = filter_of(where, context.snapshot, context.principal) if where else None
        scope = ListScope(wanted) if owner is None else ListScope(wanted, owner, row.id)
        return await page(info, paging, scope, order_by)

    requests.__doc__ = description
    return paged(needs=Scope.READ)(requests)


@strawberry.type
class Queries:
    """Root queries for requests."""

    requests = requests_field(None, "The history of all predictions, failed ones too.")

    @resolved(needs=Scope.READ)
    async def request(
        self,
        info: Info,
        id: Annotated[
            strawberry.ID, strawberry.argument(description="Its `id`, or its `requestId` in digits.")
        ],
    ) -> RequestType | None:
        """One request; null when there is none."""
        return await info.context.loaders.request.load(number(REQUEST, id, path=("id",)))

    @resolved(needs=Scope.READ)
    async def request_by_external_id(
        self,
        info: Info,
        endpoint: Annotated[
            strawberry.ID, strawberry.argument(description="The endpoint that was asked: its name or id.")
        ],
        external_id: Annotated[
            str,
            strawberry.argument(description="The `externalId` that it was asked with, written exactly so."),
        ],
    ) -> RequestType | None:
        """The request that another system calls so; null when there is none."""
        found = named.endpoint(info.context.snapshot, endpoint, "endpoint")
        if external_id_problem(external_id) is not None:
            return None
        return await info.context.loaders.request_called.load((found.id, external_id))
