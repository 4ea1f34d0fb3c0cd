"""Intervals: the values that the figures of a test still allow."""

from __future__ import annotations

import math

import strawberry

from domain.statistics import estimate
from graph.vocabulary.docstrings import graphql_type


@graphql_type
class Interval:
    """The values that the figures still allow. It may be looked at any time: the chance that it ever misses the true
    value is at most the test's alpha.

    An open interval; an end is null where the figures exclude nothing on that side.
    """

    low: float | None = strawberry.field(description="The lower end; null where there is none.")
    high: float | None = strawberry.field(description="The upper end; null where there is none.")

    @classmethod
    def of(cls, interval: estimate.Interval | None) -> Interval | None:
        """The GraphQL form: infinite ends, which JSON cannot write, become null."""
        return None if interval is None else cls(low=_finite(interval.low), high=_finite(interval.high))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
