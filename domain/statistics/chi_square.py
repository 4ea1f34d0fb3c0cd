"""The chi-square distribution's upper tail, for whole degrees of freedom."""

from __future__ import annotations

import math


def tail(statistic: float, df: int) -> float:
    """P(X ≥ statistic) for a chi-square variable with df degrees of freedom.

    Exact by recurrence: one degree is erfc(√(x/2)), two are e^(-x/2), and Q(df+2) = Q(df) + (x/2)^(df/2) e^(-x/2) /
    Γ(df/2 + 1) (Abramowitz & Stegun 26.4.8). The statistic must not be negative, nor df below 1.

    >>> round(tail(3.841458820694124, 1), 12), round(tail(5.991464547107979, 2), 12)
    (0.05, 0.05)
    """
    half = statistic / 2
    if half <= 0.0:
        return 1.0
    if half == math.inf:
        return 0.0
    found = math.erfc(math.sqrt(half)) if df % 2 else math.exp(-half)
    # Each term in logarithms, since its power and its Γ leave the range of a float long before their quotient does.
    for lower in range(2 - df % 2, df, 2):
        found += math.exp(lower / 2 * math.log(half) - half - math.lgamma(lower / 2 + 1))
    return min(1.0, found)
