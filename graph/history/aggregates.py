"""Figures over the requests that a connection lists: all of them together, or by group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import strawberry

from domain.history.aggregates import (
    FigureGroup,
    FigurePart,
    FigureSource,
    Grouping,
    RequestFigures,
    choose_source,
)
from domain.history.filters import RequestFilter
from domain.requests.request_ids import first_at, time_of
from graph.history.list_scope import ListScope
from graph.operation.context import Context
from graph.operation.long_lists import list_of
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import Arm, Outcome
from graph.vocabulary.fields import computed
from graph.vocabulary.links import ABTestType, AlgorithmType, EndpointType, RequestGroupType
from graph.vocabulary.named import ab_test_field, algorithm_field, endpoint_field
from orm.queries.figures.aggregates import AggregateQuery, known_by_day
from orm.queries.history.request_pages import Owner
from serving.feedback.scoring import declared_classes

# What each field is made of: only that is read.
_PARTS = {
    "errors": FigurePart.OUTCOMES,
    "callerErrors": FigurePart.OUTCOMES,
    "withFeedback": FigurePart.FEEDBACK,
    "scored": FigurePart.FEEDBACK,
    "correct": FigurePart.FEEDBACK,
    "accuracy": FigurePart.FEEDBACK,
    "rmse": FigurePart.RESIDUALS,
    "mae": FigurePart.RESIDUALS,
    "bias": FigurePart.RESIDUALS,
    "latency": FigurePart.LATENCY,
    "unscoredFeedback": FigurePart.UNSCORED,
}


@graphql_type
class LatencyQuantiles:
    """How long requests took inside the server, in seconds, failed ones too. Told from counts in fixed buckets of 0.1
    ms to 10 s, within which requests count as spread evenly; of slower ones only `10` is known.
    """

    p50: float | None = computed(
        lambda figures: figures.latency_quantile(0.5),
        "Half of the requests took no longer; null without any.",
    )
    p95: float | None = computed(
        lambda figures: figures.latency_quantile(0.95),
        "95% of the requests took no longer; null without any.",
    )
    p99: float | None = computed(
        lambda figures: figures.latency_quantile(0.99),
        "99% of the requests took no longer; null without any.",
    )


@graphql_type
class RequestAggregate:
    """Figures of a set of requests; whatever divides by nothing is null. A request is scored when its feedback says
    how good the answer was: it has an answer, or a classifier failed by itself, which counts as wrong. A ground truth
    that is no declared class of the endpoint says nothing.

    `domain.history.aggregates.RequestFigures`.
    """

    count: int = strawberry.field(description="How many requests there are.")
    errors: int = strawberry.field(description="How many of them their algorithm failed itself.")
    caller_errors: int = strawberry.field(description="How many of them failed through the caller's fault.")
    with_feedback: int = strawberry.field(description="How many of them have a ground truth.")
    scored: int = strawberry.field(description="How many of those with feedback are scored.")
    unscored_feedback: int = strawberry.field(
        description=(
            "How many of those with feedback are not scored because their ground truth is no class that the endpoint "
            "declares. Only the URLs of the old service still take such a ground truth."
        )
    )
    correct: int = strawberry.field(description="How many of the scored ones have the right label.")
    accuracy: float | None = strawberry.field(
        description="`correct` divided by the scored requests of classifiers; null when there are none."
    )
    rmse: float | None = strawberry.field(
        description=(
            "The root-mean-square error, in the endpoint's unit: the root of the sum of squares of value minus "
            "ground truth, divided by the scored requests of regressors; null when there are none."
        )
    )
    mae: float | None = strawberry.field(
        description=(
            "The mean absolute error, in the endpoint's unit: the sum of the absolute values of value minus ground "
            "truth, divided by the scored requests of regressors; null when there are none."
        )
    )
    bias: float | None = strawberry.field(
        description=(
            "How much too high the answers are on average, in the endpoint's unit: the sum of value minus ground "
            "truth, divided by the scored requests of regressors; null when there are none."
        )
    )
    latency: LatencyQuantiles = computed(lambda figures: figures, "How long they took.")


@graphql_type
class RequestBin:
    """A stretch of numbers: `min` is in it and `max` is not, except in the last one between the edges, which holds both
    of its ends.
    """

    min: float | None = computed(
        lambda range_: range_.minimum, "Where it begins; null for what lies below all edges."
    )
    max: float | None = computed(
        lambda range_: range_.maximum, "Where it ends; null for what lies above all edges."
    )


@graphql_type
class RequestGroup:
    """Requests that agree in what they were grouped by. What was not asked for in `by` is null.

    `domain.history.aggregates.FigureGroup`.
    """

    bucket_start: datetime | None = strawberry.field(
        description="When the group's stretch of time begins, in UTC; null without `bucket`."
    )
    arm: Arm | None = strawberry.field(description="The side of the A/B test; null outside a test.")
    bin: RequestBin | None = computed(
        lambda group: group.bin, "The bin; null for requests without the number, and without `bins`."
    )
    outcome: Outcome | None = strawberry.field(description="How it ended.")
    correct: bool | None = strawberry.field(
        description="Whether the label was right; null for requests where that is not known."
    )
    label: str | None = strawberry.field(description="The label; null for requests without one.")
    feedback: str | None = strawberry.field(description="The ground truth; null for requests without one.")
    subject: str | None = strawberry.field(description="The subject; null for requests without one.")
    feature_text: str | None = strawberry.field(
        description="The feature's value, where it is a text; null for requests without one."
    )
    feature_number: float | None = strawberry.field(
        description="The feature's value, where it is a number; null for requests without one."
    )
    figures: RequestAggregate = strawberry.field(name="aggregate", description="The figures of the group.")
    endpoint: EndpointType | None = endpoint_field("The endpoint that was asked.")
    algorithm: AlgorithmType | None = algorithm_field(
        "algorithm_id", "The algorithm; null for requests that none was chosen for."
    )
    ab_test: ABTestType | None = ab_test_field("The A/B test; null for requests outside a test.")


@graphql_type
class RequestGroups:
    """Groups of requests, by time, bin and keys, or by a figure; null comes last."""

    groups: list[RequestGroupType] = strawberry.field(description="The groups; none of them is empty.")
    groups_are_capped: bool = strawberry.field(
        description="Whether there are more groups than `first` lets through."
    )


NOT_ALL_KEPT = "NOT_ALL_KEPT"


async def count(context: Context, scope: ListScope) -> int | None:
    """How many requests a list has, where the daily summaries know it."""
    if not known_by_day(scope.where, scope.owner):
        return None
    # The summaries know requests that are gone, too: a list has those that are kept.
    gone = await removed_before(context, scope)
    kept = tuple(
        RequestFilter(endpoint_ids=(id_,), created_before=time_of(start)) for id_, start in gone.items()
    )
    if kept:
        where = () if scope.where is None else (scope.where,)
        scope = replace(scope, where=RequestFilter(and_=where, not_=kept))
        if not known_by_day(scope.where, scope.owner):
            return None  # A day that is half gone.
    found = await _grouped(context, scope, Grouping(), ())
    return found[0].figures.count if found else 0


async def figures(context: Context, scope: ListScope, fields: Iterable[str]) -> RequestFigures:
    """The figures of all requests of a list, as far as `fields` of RequestAggregate need them."""
    found = await grouped(context, scope, Grouping(), fields)
    return found[0].figures if found else RequestFigures()


async def groups(
    context: Context, scope: ListScope, grouping: Grouping, fields: Iterable[str]
) -> RequestGroups:
    """The requests of a list by group, with as many figures as `fields` of RequestAggregate need."""
    found = await grouped(context, scope, grouping, fields)
    shown = found[: grouping.limit - 1]
    return RequestGroups(
        groups=list_of(shown, lambda _, group: group),
        groups_are_capped=len(found) > len(shown),
    )


async def grouped(
    context: Context, scope: ListScope, grouping: Grouping, fields: Iterable[str]
) -> Sequence[FigureGroup]:
    """The groups of a list, one more than is shown, with what `fields` of RequestAggregate need.

    Figures that the daily summaries tell are of all requests there ever were; others are of those that are kept, and
    then a warning says so.
    """
    fields = tuple(fields)
    parts = grouping.parts | {_PARTS[field] for field in fields if field in _PARTS}
    by_day = choose_source(scope.where, grouping, frozenset(parts)).source is FigureSource.DAYS
    if not by_day or scope.owner is Owner.AB_TEST:
        warn_of_removed(context, await removed_before(context, scope))
    return await _grouped(context, scope, grouping, fields)


async def removed_before(context: Context, scope: ListScope) -> Mapping[int, int]:
    """Before which id requests are gone, of the endpoints of which the list asks for such requests."""
    kept = context.services.retentions.kept
    if not kept.rows_from:
        return {}
    endpoint, begun = scope.owner_id if scope.owner is Owner.ENDPOINT else None, 0
    if scope.owner is Owner.ALGORITHM:
        endpoint = context.snapshot.algorithm(scope.owner_id).endpoint_id
    elif scope.owner is Owner.AB_TEST:
        test = await context.loaders.ab_test.load(scope.owner_id)
        if test is None:
            return {}
        endpoint, begun = test.endpoint_id, first_at(test.created_at)
    return {id_: start for id_, start in kept.gone(scope.where, endpoint).items() if start > begun}


def warn_of_removed(context: Context, gone: Mapping[int, int]) -> None:
    """Warn, beside the answer, that what it is told from begins later than what is asked for."""
    for id_, start in gone.items():
        endpoint, since = (
            context.snapshot.endpoint(id_).name,
            time_of(start).isoformat(timespec="milliseconds"),
        )
        context.warnings[NOT_ALL_KEPT, id_] = {
            "code": NOT_ALL_KEPT,
            "message": f"Requests of {endpoint} before {since} are no longer kept, and this is told from single "
            "requests: they are not in it.",
            "endpoint": endpoint,
            "since": since,
        }


async def _grouped(
    context: Context, scope: ListScope, grouping: Grouping, fields: Iterable[str]
) -> Sequence[FigureGroup]:
    classes = declared_classes(context.snapshot)
    query = AggregateQuery(
        scope.where,
        grouping,
        parts=frozenset(_PARTS[field] for field in fields if field in _PARTS),
        exact_endpoints=tuple(id_ for id_, declared in classes.items() if declared.exact),
    )
    return await context.loaders.owned_groups(query, scope.owner, scope.owner_id)
