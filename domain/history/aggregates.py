"""Figures over the history: what is asked for, what is found, and which of them the daily summaries know exactly."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from enum import Enum, StrEnum

from domain.history.filters import Range, RequestFilter
from domain.history.latency import BUCKETS, quantile
from domain.input.moments import in_utc
from domain.requests import request_ids
from domain.words import Arm, Outcome


class GroupKey(Enum):
    """What groups of requests can be told apart by, beside their time."""

    ENDPOINT = "endpoint"
    ALGORITHM = "algorithm"
    AB_TEST = "A/B test"
    ARM = "arm"
    OUTCOME = "outcome"
    CORRECT = "correct"
    LABEL = "label"
    FEEDBACK = "feedback"
    SUBJECT = "subject"
    FEATURE = "feature"


class TimeBucket(StrEnum):
    """A stretch of time in UTC; weeks are ISO weeks. Buckets are numbered, later ones higher."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"

    def start(self, number: int) -> datetime:
        """When the bucket of this number begins.

        >>> [bucket.start(0).date().isoformat() for bucket in TimeBucket]
        ['2025-01-01', '2025-01-01', '2024-12-30', '2025-01-01']
        """
        match self:
            case TimeBucket.HOUR:
                return request_ids.EPOCH + timedelta(hours=number)
            case TimeBucket.DAY:
                return request_ids.EPOCH + timedelta(days=number)
            case TimeBucket.WEEK:
                return request_ids.EPOCH + timedelta(days=7 * number - request_ids.EPOCH.weekday())
            case TimeBucket.MONTH:
                return datetime(request_ids.EPOCH.year + number // 12, number % 12 + 1, 1, tzinfo=UTC)


class FigurePart(Enum):
    """Figures that are read together, and only when one of them is wanted; the count always is."""

    OUTCOMES = "errors, caller errors"
    FEEDBACK = "with feedback, scored, correct"
    RESIDUALS = "sums over value minus ground truth"
    LATENCY = "requests by latency bucket"
    UNSCORED = "with a ground truth that is no declared class"


EVERY_PART = frozenset(FigurePart)


class Figure(Enum):
    """A figure that groups can be put in order by; its value is the part that it is made of, if any."""

    COUNT = "count"
    ERRORS = "errors"
    CALLER_ERRORS = "caller errors"
    WITH_FEEDBACK = "with feedback"
    SCORED = "scored"
    CORRECT = "correct"
    ACCURACY = "accuracy"
    RMSE = "RMSE"
    MAE = "MAE"
    BIAS = "bias"

    @property
    def part(self) -> FigurePart | None:
        """What must be read for it, beside the count."""
        return _PART_OF.get(self)


_PART_OF = {
    Figure.ERRORS: FigurePart.OUTCOMES,
    Figure.CALLER_ERRORS: FigurePart.OUTCOMES,
    Figure.WITH_FEEDBACK: FigurePart.FEEDBACK,
    Figure.SCORED: FigurePart.FEEDBACK,
    Figure.CORRECT: FigurePart.FEEDBACK,
    Figure.ACCURACY: FigurePart.FEEDBACK,
    Figure.RMSE: FigurePart.RESIDUALS,
    Figure.MAE: FigurePart.RESIDUALS,
    Figure.BIAS: FigurePart.RESIDUALS,
}


@dataclass(frozen=True, slots=True)
class GroupOrder:
    """The order of groups by a figure; those that lack it come last, and equal ones by their keys."""

    figure: Figure
    descending: bool = True


class Binned(Enum):
    """A number of a request that can be divided into bins."""

    PROBABILITY = "probability"
    CONFIDENCE = "confidence"
    VALUE = "value"
    LATENCY = "latency"
    FEATURE = "feature"


@dataclass(frozen=True, slots=True)
class Bins:
    """Requests by the bin of a number: between each two of `edges`, which ascend, and beyond both ends.

    A bin holds its lower edge and not its upper one; the last one between edges holds both. `feature` is the number's
    name where it is a feature, and `endpoint_ids` are as a grouping's `feature_endpoint_ids`.
    """

    of: Binned
    edges: tuple[float, ...]
    feature: str | None = None
    endpoint_ids: tuple[int, ...] | None = None

    def bounds(self, number: int) -> Range:
        """The ends of a bin: 0 is below all edges, as many as there are edges is above them.

        >>> [Bins(Binned.VALUE, (0.0, 0.5, 1.0)).bounds(number).minimum for number in range(4)]
        [None, 0.0, 0.5, 1.0]
        """
        return Range(
            self.edges[number - 1] if number else None,
            self.edges[number] if number < len(self.edges) else None,
        )


@dataclass(frozen=True, slots=True)
class Grouping:
    """How requests are told apart: by `keys` in this order, after the `bucket` of their time; at most `limit` groups.

    `feature` names the feature that `GroupKey.FEATURE` stands for; `feature_endpoint_ids`, set by the query, are the
    endpoints whose values of it the viewer may see (None: all). Bins come between the bucket and the keys. An `order`
    goes before all these. Groups with fewer scored requests than `least_scored` are left out. Without keys, bucket and
    bins everything is one group.
    """

    keys: tuple[GroupKey, ...] = ()
    bucket: TimeBucket | None = None
    feature: str | None = None
    feature_endpoint_ids: tuple[int, ...] | None = None
    limit: int = 1
    bins: Bins | None = None
    order: GroupOrder | None = None
    least_scored: int = 0

    @property
    def is_by_nothing(self) -> bool:
        """Whether everything is one group."""
        return not self.keys and self.bucket is None and self.bins is None

    @property
    def parts(self) -> frozenset[FigurePart]:
        """What its order and its condition are made of."""
        ordered = None if self.order is None else self.order.figure.part
        return frozenset(
            part for part in (ordered, FigurePart.FEEDBACK if self.least_scored else None) if part is not None
        )

    @property
    def features(self) -> frozenset[str]:
        """The features whose values tell groups apart."""
        binned = None if self.bins is None else self.bins.feature
        return frozenset(name for name in (self.feature, binned) if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestFigures:
    """Counts and sums of requests; parts that were not asked for are zero.

    `errors` are the algorithms' own failures, `caller_errors` the callers' faults. `with_feedback` counts requests
    whose ground truth is known. Those that count for a figure are scored: `scored_labels` are classifiers', of
    which `correct` are right, `scored_values` are regressors'. Sums are over value minus ground truth, in the
    target's unit (squares: its square). `latency` counts requests by bucket (`domain.history.latency`).
    `unscored_feedback` counts those that would be scored if their ground truth were a class that the endpoint declares.
    """

    count: int = 0
    errors: int = 0
    caller_errors: int = 0
    with_feedback: int = 0
    scored_labels: int = 0
    correct: int = 0
    scored_values: int = 0
    residual_sum: float = 0.0
    residual_absolute: float = 0.0
    residual_squares: float = 0.0
    latency: tuple[int, ...] = (0,) * BUCKETS
    unscored_feedback: int = 0

    @property
    def scored(self) -> int:
        """Requests whose feedback says how good the answer was."""
        return self.scored_labels + self.scored_values

    @property
    def accuracy(self) -> float | None:
        """The share of classifiers' scored requests that are right; None when none is scored."""
        return self.correct / self.scored_labels if self.scored_labels else None

    @property
    def rmse(self) -> float | None:
        """Root-mean-square error over regressors' scored requests; None when none is scored."""
        return math.sqrt(max(self.residual_squares, 0.0) / self.scored_values) if self.scored_values else None

    @property
    def mae(self) -> float | None:
        """Mean absolute error over regressors' scored requests; None when none is scored."""
        return self.residual_absolute / self.scored_values if self.scored_values else None

    @property
    def bias(self) -> float | None:
        """By how much regressors answer too high on average; None when none of their requests is scored."""
        return self.residual_sum / self.scored_values if self.scored_values else None

    def latency_quantile(self, share: float) -> float | None:
        """The seconds that `share` (0 to 1) of the requests did not exceed, told from buckets; None without any."""
        return quantile(self.latency, share)


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureGroup:
    """Requests that agree in the keys of a grouping, and their figures; None is also the key of "has none"."""

    bucket_start: datetime | None = None
    endpoint_id: int | None = None
    algorithm_id: int | None = None
    ab_test_id: int | None = None
    arm: Arm | None = None
    bin: Range | None = None
    outcome: Outcome | None = None
    correct: bool | None = None
    label: str | None = None
    feedback: str | None = None
    subject: str | None = None
    feature_text: str | None = None
    feature_number: float | None = None
    figures: RequestFigures = field(default_factory=RequestFigures)


class FigureSource(Enum):
    """Where figures are read."""

    ROWS = "the request log"
    DAYS = "the daily summary"
    CONFUSION = "the daily confusion tables"


DAY_KEYS = frozenset({GroupKey.ENDPOINT, GroupKey.ALGORITHM, GroupKey.ARM})
COUNTED_KEYS = frozenset({GroupKey.OUTCOME, GroupKey.CORRECT})
"""Of these the daily summary knows how many requests there are, one key at a time, and nothing else."""
CONFUSION_KEYS = frozenset({GroupKey.ENDPOINT, GroupKey.ALGORITHM, GroupKey.LABEL, GroupKey.FEEDBACK})
_ALWAYS = frozenset({"endpoint_ids", "algorithm_ids", "created_from", "created_before"})
_JOINS = frozenset({"and_", "or_", "not_"})


@dataclass(frozen=True, slots=True)
class SourceChoice:
    """The source of figures, and what it must still be asked: `where` without the condition `with_feedback`."""

    source: FigureSource
    where: RequestFilter | None
    with_feedback: bool | None = None


def choose_source(
    where: RequestFilter | None, grouping: Grouping, parts: frozenset[FigurePart]
) -> SourceChoice:
    """The cheapest source that knows these figures exactly.

    The confusion tables hold only declared classes as ground truth: who reads them must compare their sum with the
    daily summary's, and read the rows where something is missing.
    """
    rows = SourceChoice(FigureSource.ROWS, where)
    flags, rest = _without_flag(where or RequestFilter())
    if len(flags) > 1 or grouping.bucket is TimeBucket.HOUR or grouping.bins is not None:
        return rows
    flag = next(iter(flags), None)
    keys = frozenset(grouping.keys)
    told_apart = keys & COUNTED_KEYS
    if told_apart and (len(told_apart) > 1 or parts or flag is not None):
        return rows
    if keys - told_apart <= DAY_KEYS and _known(rest, _ALWAYS | {"arms"}) and parts <= _known_parts(flag):
        return SourceChoice(FigureSource.DAYS, rest, flag)
    if keys <= CONFUSION_KEYS and flag and _known(rest, _ALWAYS) and FigurePart.LATENCY not in parts:
        return SourceChoice(FigureSource.CONFUSION, rest, flag)
    return rows


def _known_parts(with_feedback: bool | None) -> frozenset[FigurePart]:
    """What the daily summary knows of all requests, of those with feedback, of those without."""
    if with_feedback is None:
        return EVERY_PART
    return (
        frozenset({FigurePart.FEEDBACK, FigurePart.RESIDUALS, FigurePart.UNSCORED})
        if with_feedback
        else frozenset()
    )


def _without_flag(where: RequestFilter) -> tuple[frozenset[bool], RequestFilter]:
    """The conditions `with_feedback` that must all hold, and the filter without them."""
    flags = frozenset() if where.with_feedback is None else frozenset({where.with_feedback})
    below = [_without_flag(one) for one in where.and_]
    rest = replace(where, with_feedback=None, and_=tuple(one for _, one in below))
    return flags.union(*(found for found, _ in below)), rest


def _known(where: RequestFilter, fields: frozenset[str]) -> bool:
    """Whether the filter asks for nothing but `fields`, and only for whole UTC days."""
    for name in where.__slots__:
        value = getattr(where, name)
        if name in _JOINS:
            if not all(_known(one, fields) for one in value):
                return False
        elif value is not None and name not in fields:
            return False
    return all(_is_midnight(one) for one in (where.created_from, where.created_before))


def _is_midnight(moment: datetime | None) -> bool:
    if moment is None or moment.tzinfo is None:
        return moment is None
    return in_utc(moment).time() == time.min
