"""An interval for the difference of two independent shares, for a single look."""

from __future__ import annotations

import math

from domain.statistics.estimate import Interval
from domain.statistics.wilson import wilson


def newcombe(successes1: int, n1: int, successes2: int, n2: int, alpha: float = 0.05) -> Interval:
    """The interval of share 1 minus share 2, built from both Wilson intervals; [-1, 1] when one has no trials.

    Newcombe (1998), method 10. Valid for one look only.

    >>> found = newcombe(56, 70, 48, 80)
    >>> round(found.low, 4), round(found.high, 4)
    (0.0524, 0.3339)
    """
    if n1 == 0 or n2 == 0:
        return Interval(-1.0, 1.0)
    p1, p2 = successes1 / n1, successes2 / n2
    first, second = wilson(successes1, n1, alpha), wilson(successes2, n2, alpha)
    below = math.hypot(p1 - first.low, second.high - p2)
    return Interval(p1 - p2 - below, p1 - p2 + math.hypot(first.high - p1, p2 - second.low))
