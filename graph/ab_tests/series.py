"""How the result of an A/B test came about: the estimate and its interval at growing numbers of ground truths."""

from __future__ import annotations

import math
from typing import Annotated, TypeAlias

import strawberry

from domain.statistics.e_value import e_value
from graph.vocabulary.docstrings import graphql_type
from graph.vocabulary.fields import computed

DEFAULT_POINTS = 100
MOST_POINTS = 1_000

Points: TypeAlias = Annotated[
    int,
    strawberry.argument(description="At how many places at most, evenly spread: 1 to 1,000, by default 100."),
]


def _finite(value: float) -> float | None:
    """JSON cannot write infinite ends."""
    return value if math.isfinite(value) else None


@graphql_type
class Interval:
    """The values that the figures still allow. It may be looked at any time: the chance that it ever misses the true
    value is at most the test's alpha.

    An open interval; an end is null where the figures exclude nothing on that side.
    """

    low: float | None = computed(
        lambda interval: _finite(interval.low), "The lower end; null where there is none."
    )
    high: float | None = computed(
        lambda interval: _finite(interval.high), "The upper end; null where there is none."
    )


@graphql_type
class ABTestSeriesPoint:
    """What the figures of a test said when it had so many ground truths."""

    feedback: int = strawberry.field(description="How many predictions had a ground truth.")
    estimate: float | None = strawberry.field(
        description=(
            "The difference as in `result.difference`; for RMSE and MAE the challenger's divided by the champion's. "
            "Null where nothing can be said."
        )
    )
    interval: Interval | None = strawberry.field(description="Between which values it may lie.")
    e_value: float | None = computed(
        lambda point: None if point.log_e is None else e_value(point.log_e),
        "The evidence that one of the two is better, whichever; the verdict falls at 1 / alpha.",
    )
