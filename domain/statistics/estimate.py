"""An estimated difference, with what is needed to put an interval around it."""

from __future__ import annotations

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
