"""How often both arms disagree, hence how much a gain among disagreements is worth over all requests."""

from __future__ import annotations

from dataclasses import dataclass

from domain.statistics.estimate import Interval
from domain.statistics.figures import ABTestFigures
from domain.statistics.proportion_sequence import proportion_sequence

SHARE_OF_ALPHA = 0.1
"""The part of α that the interval of a rate may cost besides that of the gain."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A share, and the interval of what it may be, valid at any number of looks."""

    value: float
    interval: Interval


def disagreement_rate(figures: ABTestFigures, alpha: float) -> Rate | None:
    """Disagreements over complete requests, with a truth or without; None before there is one of either.

    Where only disagreements are given a truth, as the feedback queue does, the difference over all requests is this
    rate times the mean gain over disagreements with a truth: where both arms say the same there is nothing to gain.

    >>> found = disagreement_rate(ABTestFigures((), complete=1000, disagreeing=100), 0.05)
    >>> found.value, round(found.interval.low, 3), round(found.interval.high, 3)
    (0.1, 0.064, 0.145)
    """
    complete, disagreeing = figures.complete, figures.disagreeing
    if not disagreeing:
        return None
    return Rate(disagreeing / complete, proportion_sequence(disagreeing, complete, SHARE_OF_ALPHA * alpha))


def stretched(gain: Interval, rate: Interval) -> Interval:
    """The products of a gain and a rate of these intervals; it excludes 0 exactly when the gain's does.

    >>> stretched(Interval(0.1, 0.5), Interval(0.1, 0.2)), stretched(Interval(-0.1, 0.5), Interval(0.1, 0.2))
    (Interval(low=0.010000000000000002, high=0.1), Interval(low=-0.020000000000000004, high=0.1))
    """
    low, high = gain.low, gain.high
    return Interval(
        low * (rate.low if low > 0.0 else rate.high), high * (rate.high if high > 0.0 else rate.low)
    )
