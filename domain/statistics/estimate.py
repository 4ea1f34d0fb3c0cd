"""What a statistic says: an estimate, the interval around it, or that it has nothing to go by."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Estimate:
    """A difference between challenger and champion, positive when the challenger is better.

    n: the requests behind it. value: None when n is 0. sd: standard deviation of one request's contribution, so
    that the value's standard error is sd / √n; 0 means that the data were constant and prove nothing.
    """

    n: int
    value: float | None
    sd: float


@dataclass(frozen=True, slots=True)
class Interval:
    """The open interval (low, high): the values strictly between the two are those that the data still allow."""

    low: float
    high: float

    def inside(self, low: float, high: float) -> bool:
        """Whether every value of the interval lies in [low, high]."""
        return low <= self.low and self.high <= high

    def clipped(self, low: float, high: float) -> Interval:
        """The part of the interval that lies in the possible range [low, high].

        >>> Interval(-3.0, 0.5).clipped(-1.0, 1.0)
        Interval(low=-1.0, high=0.5)
        """
        return Interval(min(max(self.low, low), high), max(min(self.high, high), low))


REAL_LINE = Interval(-math.inf, math.inf)
"""Nothing is excluded."""


@dataclass(frozen=True, slots=True)
class Inconclusive:
    """Why the figures say nothing yet, in plain words.

    Stands where another library would print p = 1, or an interval of width 0, because all data were equal.
    """

    reason: str
