"""An interval for one share, for a single look."""

from __future__ import annotations

import math
from statistics import NormalDist

from domain.statistics.estimate import Interval


def wilson(successes: int, n: int, alpha: float = 0.05) -> Interval:
    """Wilson's score interval of a share; all of [0, 1] without trials. Its width is never 0.

    Wilson (1927). Valid for one look only; `proportion_sequence` is the interval that may be watched.

    >>> found = wilson(81, 263)
    >>> round(found.low, 4), round(found.high, 4)
    (0.2553, 0.3662)
    """
    if n == 0:
        return Interval(0.0, 1.0)
    z = NormalDist().inv_cdf(1 - alpha / 2)
    share, z2 = successes / n, z * z
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = z * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    # At both ends the formula gives exactly 0 and 1, but for rounding.
    return Interval(
        max(0.0, centre - half) if successes else 0.0, min(1.0, centre + half) if successes < n else 1.0
    )
