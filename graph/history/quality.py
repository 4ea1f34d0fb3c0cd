"""How good answers were, by day or week: accuracy and errors, classes, probabilities, and how much truth came."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated, Any, TypeAlias

import strawberry
from strawberry import Parent

from domain.callers import Scope
from domain.errors import InvalidInput, InvalidPage
from domain.history.aggregates import Grouping, GroupKey
from domain.history.filters import RequestFilter
from domain.history.quality import LabelQuality as Labels
from domain.history.quality import Period
from domain.history.quality import ProbabilityQuality as Probabilities
from domain.history.quality import QualityPeriod as PeriodRow
from domain.input.moments import in_utc
from domain.statistics.probability_bins import BINS
from graph.history import aggregates
from graph.history.list_scope import ListScope
from graph.operation.context import Context, Info
from graph.operation.long_lists import list_of
from graph.operation.selection import selected
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.enums import TimeBucket
from graph.vocabulary.field_cost import FieldCost, value
from graph.vocabulary.fields import computed, resolved
from graph.vocabulary.links import (
    AggregateType,
    AlgorithmType,
    CalibrationPointType,
    ClassQualityType,
    LabelQualityType,
    ProbabilityQualityType,
    QualityPeriodType,
    QualityType,
)
from graph.vocabulary.named import algorithm_field
from graph.vocabulary.permissions import WithParent
from orm.connection.client import Reader
from orm.queries.figures import quality as queries
from orm.queries.figures.quality import DailyQuery
from orm.queries.history.request_pages import Owner
from registry.endpoints import EndpointSpec

DEFAULT_PERIODS = 100
MOST_PERIODS = 1_000
DEFAULT_POINTS = 10

Points: TypeAlias = Annotated[
    int,
    strawberry.argument(description="Into how many bins of equal width: a divisor of 100, by default 10."),
]
From: TypeAlias = Annotated[
    datetime | None,
    strawberry.argument(description="Requests of this UTC day and later: the time at which it begins."),
]
Before: TypeAlias = Annotated[
    datetime | None,
    strawberry.argument(description="Requests of UTC days before this one: the time at which it begins."),
]


@graphql_type
class ClassQuality:
    """How well one class is told from the others. A figure that divides by nothing is null.

    `domain.statistics.precision_recall.ClassQuality`.
    """

    label: str = strawberry.field(description="The class.")
    answered: int = strawberry.field(description="How often it was answered.")
    actual: int = strawberry.field(description="How often it was the truth.")
    hits: int = strawberry.field(description="How often it was both.")
    precision: float | None = strawberry.field(description="`hits` divided by `answered`.")
    recall: float | None = strawberry.field(description="`hits` divided by `actual`.")
    f1: float | None = strawberry.field(
        description="The harmonic mean of both: twice `hits`, divided by `answered` and `actual` together."
    )


@graphql_type
class ConfusionCell:
    """How often a label was answered where a class was the truth."""

    label: str = strawberry.field(description="What was answered.")
    truth: str = strawberry.field(description="The declared class that was the truth.")
    count: int = strawberry.field(description="How often.")


def _cells(labels: LabelQualityType) -> list[ConfusionCell]:
    return [
        ConfusionCell(label=label, truth=truth, count=count)
        for (label, truth), count in sorted(labels.cells.items())
    ]


@graphql_type
class LabelQuality:
    """How well a classifier tells its classes apart, by the requests that have an answer and a declared class as their
    truth. Failed requests have no label and are not in here; `aggregate.accuracy` counts those that the algorithm
    failed itself as wrong.
    """

    confusion: list[ConfusionCell] = computed(
        _cells,
        "The confusion table, by label and then by truth; empty cells are left out.",
        FieldCost(size=10),
    )
    classes: list[ClassQualityType] = computed(
        lambda labels: labels.by_class, "Each class, in the order declared.", FieldCost(size=10)
    )
    positive_class: ClassQualityType | None = computed(
        lambda labels: labels.of_positive,
        "The class that is looked for, `Endpoint.positiveClass`; null with more than two classes.",
    )
    macro_precision: float | None = computed(
        lambda labels: labels.macro_precision, "The plain mean of the classes' `precision`."
    )
    macro_recall: float | None = computed(
        lambda labels: labels.macro_recall, "The plain mean of the classes' `recall`."
    )
    macro_f1: float | None = computed(lambda labels: labels.macro_f1, "The plain mean of the classes' `f1`.")


@graphql_type
class CalibrationPoint:
    """The requests whose probability lies in one bin: what was said, and how often it came true.

    `domain.statistics.calibration.CalibrationBin`.
    """

    low: float = strawberry.field(description="Where the bin begins.")
    high: float = strawberry.field(
        description="Where the next bin begins; the last one has a probability of 1 too."
    )
    requests: int = strawberry.field(name="count", description="How many requests lie in it.")
    mean_probability: float = strawberry.field(description="The mean of their probabilities.")
    share_true: float = strawberry.field(description="The share of them that came true.")


def _points(points: int) -> int:
    if not 1 <= points <= BINS or BINS % points:
        raise InvalidInput(f"points must be a divisor of {BINS}, got {points}", path=("points",))
    return points


@graphql_type
class ProbabilityQuality:
    """How much probabilities are worth, by the requests that have one and a declared class as their truth. With a
    positive class the probability is of that class, and came true where it was the truth; with more than two classes it
    is of the label, and came true where the label was right.

    `domain.history.quality.ProbabilityQuality`.
    """

    requests: int = strawberry.field(name="count", description="How many requests these are.")
    share_true: float | None = strawberry.field(description="The share of them that came true.")
    brier: float | None = strawberry.field(
        description=(
            "The Brier score, the mean of (probability - 1)² where it came true and of probability² elsewhere: 0 is "
            "perfect. Each probability counts to the nearest 0.00001, which changes it by 0.00001 at most."
        )
    )
    auc: float | None = computed(
        lambda probabilities: probabilities.auc and probabilities.auc.area,
        "The area under the ROC curve: the chance that of two requests of which one came true that one has the higher "
        "probability. Told from bins of 0.01, within which half of the pairs count; null with more than two classes, "
        "and where all came true, or none.",
    )
    auc_error: float | None = computed(
        lambda probabilities: probabilities.auc and probabilities.auc.error,
        "By how much the area of the unbinned probabilities may differ from `auc` at most.",
    )

    @resolved(needs=WithParent(), cost=FieldCost(size=DEFAULT_POINTS))
    def calibration(
        self, row: Parent[ProbabilityQualityType], points: Points = DEFAULT_POINTS
    ) -> list[CalibrationPointType]:
        """The calibration curve, by rising probability; bins without requests are left out."""
        return row.curve(_points(points))

    @resolved(needs=WithParent())
    def calibration_error(
        self, row: Parent[ProbabilityQualityType], points: Points = DEFAULT_POINTS
    ) -> float | None:
        """The expected calibration error: the mean distance of `shareTrue` from `meanProbability`, each point weighted
        by its requests; null without any.
        """
        return row.calibration_error(_points(points))


@graphql_type
class QualityPeriod:
    """How good the answers of a stretch of time were, of one algorithm or of all.

    `domain.history.quality.QualityPeriod`.
    """

    bucket_start: datetime | None = computed(
        lambda row: row.period.start, "When it begins, in UTC; null without `bucket`."
    )
    algorithm: AlgorithmType | None = algorithm_field(
        "algorithm_id",
        "The algorithm; null where all are taken together, and for requests that none was chosen for.",
    )
    figures: AggregateType = strawberry.field(
        name="aggregate", description="Counts, accuracy or errors, and latency."
    )
    feedback_rate: float | None = strawberry.field(
        description="The share of the requests whose ground truth is known: `withFeedback` divided by `count`."
    )
    labels: LabelQualityType | None = strawberry.field(
        description="How well its classes are told apart; null for a regressor."
    )
    probabilities: ProbabilityQualityType | None = strawberry.field(
        description="How much its probabilities are worth; null for a regressor."
    )


@graphql_type
class Quality:
    """How good answers were, by time and then by algorithm. A day is the UTC day of the request, whenever its ground
    truth came.
    """

    periods: list[QualityPeriodType] = strawberry.field(
        description="The periods that have requests, each with its algorithm."
    )
    periods_are_capped: bool = strawberry.field(
        description="Whether there are more of them than `first` lets through."
    )


def whole_days(argument: str, moment: datetime | None) -> datetime | None:
    """A bound that is the beginning of a UTC day. Raises InvalidInput for any other time."""
    if moment is None:
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else in_utc(moment)
    if moment.time() != time.min:
        raise InvalidInput(
            f"{argument} must be the beginning of a UTC day, such as 2026-01-31T00:00:00Z: summaries know days",
            path=(argument,),
        )
    return moment


def _grouping(bucket: TimeBucket | None, *, by_algorithm: bool, first: int) -> Grouping:
    if not 1 <= first <= MOST_PERIODS:
        raise InvalidPage(f"first must be between 1 and {MOST_PERIODS}, got {first}", path=("first",))
    if bucket is TimeBucket.HOUR:
        raise InvalidInput("bucket must be DAY, WEEK or MONTH: summaries know days", path=("bucket",))
    keys = (GroupKey.ALGORITHM,) if by_algorithm else ()
    return Grouping(keys, bucket=bucket, limit=first + 1)


async def _quality(
    info: Info, scope: ListScope, grouping: Grouping, spec: EndpointSpec | None, first: int
) -> Quality:
    context = info.context
    context.spend(first)
    shown = selected(info, "periods")
    fields = selected(info, "periods", "aggregate") | ({"withFeedback"} if "feedbackRate" in shown else set())
    found = await aggregates.grouped(context, scope, grouping, fields)
    classified = spec is not None and spec.classes is not None
    query = DailyQuery(scope.owner or Owner.ENDPOINT, scope.where or RequestFilter(), grouping)
    id_ = scope.owner_id
    cells = await _cells_of(context, query, id_) if classified and "labels" in shown else {}
    bins = await _bins_of(context, query, id_) if classified and "probabilities" in shown else {}
    rows = [
        _row(Period(group.bucket_start, group.algorithm_id), group.figures, cells, bins, spec)
        for group in found[:first]
        if group.figures.count
    ]
    return Quality(periods=list_of(rows, lambda _, row: row), periods_are_capped=len(found) > first)


def _row(
    period: Period,
    figures: AggregateType,
    cells: queries.Cells,
    bins: queries.Bins,
    spec: EndpointSpec | None,
) -> PeriodRow:
    if spec is None or spec.classes is None:
        return PeriodRow(period, figures)
    return PeriodRow(
        period,
        figures,
        Labels(cells.get(period, {}), spec.classes, spec.positive_class),
        Probabilities(bins.get(period, {}), spec.positive_class),
    )


async def _cells_of(context: Context, query: DailyQuery, owner_id: int) -> queries.Cells:
    async def read(reader: Reader, ids: list[int]) -> dict[int, queries.Cells]:
        return await queries.confusion_by_owner(reader, context.viewer, query, ids)

    return await context.loaders.owned(("confusion", query), read, owner_id) or {}


async def _bins_of(context: Context, query: DailyQuery, owner_id: int) -> queries.Bins:
    async def read(reader: Reader, ids: list[int]) -> dict[int, queries.Bins]:
        return await queries.probabilities_by_owner(reader, context.viewer, query, ids)

    return await context.loaders.owned(("probabilities", query), read, owner_id) or {}


OF_PERIODS = FieldCost(100, size=value("first", default=DEFAULT_PERIODS, most=MOST_PERIODS))

First: TypeAlias = Annotated[
    int, strawberry.argument(description="How many periods at most: 1 to 1,000, by default 100.")
]
Bucket: TypeAlias = Annotated[
    TimeBucket | None,
    strawberry.argument(
        description="Into which stretches requests are divided: DAY, WEEK or MONTH; left out, none."
    ),
]


def quality_field(owner: Owner, description: str) -> Any:  # noqa: ANN401  a field
    """The field `quality` of an endpoint or of an algorithm."""

    async def of_endpoint(
        self: object,
        row: Parent[Any],
        info: Info,
        *,
        created_from: From = None,
        created_before: Before = None,
        bucket: Bucket = None,
        by_algorithm: Annotated[
            bool, strawberry.argument(description="Whether algorithms are told apart; else all are one.")
        ] = False,
        first: First = DEFAULT_PERIODS,
    ) -> QualityType:
        scope = _scope(owner, row.id, created_from, created_before)
        grouping = _grouping(bucket, by_algorithm=by_algorithm, first=first)
        return await _quality(info, scope, grouping, info.context.snapshot.spec_of(row.id), first)

    async def of_algorithm(
        self: object,
        row: Parent[Any],
        info: Info,
        *,
        created_from: From = None,
        created_before: Before = None,
        bucket: Bucket = None,
        first: First = DEFAULT_PERIODS,
    ) -> QualityType:
        scope = _scope(owner, row.id, created_from, created_before)
        grouping = _grouping(bucket, by_algorithm=True, first=first)
        return await _quality(info, scope, grouping, info.context.snapshot.spec_of(row.endpoint_id), first)

    resolve = of_endpoint if owner is Owner.ENDPOINT else of_algorithm
    resolve.__doc__ = description
    return resolved(needs=Scope.READ, name="quality", cost=OF_PERIODS)(resolve)


def _scope(owner: Owner, owner_id: int, start: datetime | None, end: datetime | None) -> ListScope:
    where = RequestFilter(
        created_from=whole_days("createdFrom", start), created_before=whole_days("createdBefore", end)
    )
    return ListScope(where, owner, owner_id)
