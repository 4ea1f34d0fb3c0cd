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
    """How many of n were counted."""

    counted: int
    n: int

    @property
    def value(self) -> float:
        """As a share."""
        return self.counted / self.n

    def interval(self, alpha: float) -> Interval:
        """What the share may be, at any number of looks, for a tenth of α."""
        return proportion_sequence(self.counted, self.n, SHARE_OF_ALPHA * alpha)


def disagreement_rate(figures: ABTestFigures) -> Rate | None:
    """Disagreements over complete requests, with a truth or without; None before there is one of either.

    Where only disagreements are given a truth, as the feedback queue does, the difference over all requests is this
    rate times the mean gain over disagreements with a truth: where both arms say the same there is nothing to gain.

    >>> found = disagreement_rate(ABTestFigures((), complete=1000, disagreeing=100))
    >>> found.value, round(found.interval(0.05).low, 3), round(found.interval(0.05).high, 3)
    (0.1, 0.064, 0.145)
    """
    complete, disagreeing = figures.complete, figures.disagreeing
    if not disagreeing:
        return None
    return Rate(disagreeing, complete)


def stretched(gain: Interval, rate: Interval) -> Interval:
    """The products of a gain and a rate of these intervals; it excludes 0 exactly when the gain's does.

    >>> stretched(Interval(0.1, 0.5), Interval(0.1, 0.2)), stretched(Interval(-0.1, 0.5), Interval(0.1, 0.2))
    (Interval(low=0.010000000000000002, high=0.1), Interval(low=-0.020000000000000004, high=0.1))
    """
    low, high = gain.low, gain.high
    return Interval(
        low * (rate.low if low > 0.0 else rate.high), high * (rate.high if high > 0.0 else rate.low)
    )
