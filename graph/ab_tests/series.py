"""How the result of an A/B test came about: the estimate and its interval at growing numbers of ground truths."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import strawberry

from domain.ab_tests.result import SeriesPoint
from domain.statistics import e_value
from graph.ab_tests.intervals import Interval
from graph.vocabulary.docstrings import graphql_type

DEFAULT_POINTS = 100
MOST_POINTS = 1_000

Points: TypeAlias = Annotated[
    int,
    strawberry.argument(description="At how many places at most, evenly spread: 1 to 1,000, by default 100."),
]


@graphql_type
class ABTestSeriesPoint:
    """What the figures of a test said when it had so many ground truths."""

    feedback: int = strawberry.field(description="How many predictions had a ground truth.")
    estimate: float | None = strawberry.field(
        description=(
            "For accuracy the challenger's minus the champion's; for RMSE and MAE the challenger's divided by "
            "the champion's. Null where nothing can be said."
        )
    )
    interval: Interval | None = strawberry.field(description="Between which values it may lie.")
    e_value: float | None = strawberry.field(
        description="The evidence that one of the two is better, whichever; the verdict falls at 1 / alpha."
    )

    @classmethod
    def of(cls, point: SeriesPoint) -> ABTestSeriesPoint:
        """The GraphQL form of a place."""
        return cls(
            feedback=point.feedback,
            estimate=point.estimate,
            interval=Interval.of(point.interval),
            e_value=None if point.log_e is None else e_value.e_value(point.log_e),
        )
