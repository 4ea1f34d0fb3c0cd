"""An interval around a mean difference that stays valid under any number of looks, for large numbers of requests.

Waudby-Smith, Arbour, Sinha, Kennedy & Ramdas (2024), "Time-uniform central limit theory and asymptotic
confidence sequences", Annals of Statistics; arXiv 2103.06476.
"""

from __future__ import annotations

import math

from domain.statistics.estimate import REAL_LINE, Estimate, Interval

OPTIMISED_FOR = 2_000
"""The number of requests at which the interval is made to be narrowest; it must not change during a test.

At 2,000 it excludes 0 at nearly the same lead as the exact test of paired classifiers does.
"""

LEAST = 1_000
"""Requests below which the asymptotic promise is not worth much: rare huge errors have not shown yet."""


def scale(alpha: float, optimised_for: int = OPTIMISED_FOR) -> float:
    """The parameter r of the sequence: r² = (-2 ln α + ln(1 - 2 ln α)) / optimised_for.

    >>> round(scale(0.05, 1000), 7)
    0.0890851
    """
    twice = -2 * math.log(alpha)
    return math.sqrt((twice + math.log1p(twice)) / optimised_for)


def radius(n: int, sd: float, alpha: float, optimised_for: int = OPTIMISED_FOR) -> float:
    """Half the interval's width: sd · √(2 (n r² + 1) / (n² r²) · ln(√(n r² + 1) / α)).

    Infinite for fewer than two requests, and when sd is 0: constant data never make anything certain.

    >>> round(radius(1000, 1.0, 0.05, 1000), 7)
    0.0959817
    >>> radius(1000, 0.0, 0.05)
    inf
    """
    if n <= 1 or sd == 0.0:
        return math.inf
    r2 = scale(alpha, optimised_for) ** 2
    grown = n * r2 + 1
    return sd * math.sqrt(2 * grown / r2 * (0.5 * math.log(grown) - math.log(alpha))) / n


def interval(estimate: Estimate, alpha: float, optimised_for: int = OPTIMISED_FOR) -> Interval:
    """The differences that the data still allow; it covers the true one at all times with probability 1 - α.

    >>> interval(Estimate(0, None, 0.0), 0.05)
    Interval(low=-inf, high=inf)
    """
    if estimate.value is None:
        return REAL_LINE
    half = radius(estimate.n, estimate.sd, alpha, optimised_for)
    return Interval(estimate.value - half, estimate.value + half)


def log_e(estimate: Estimate, alpha: float, optimised_for: int = OPTIMISED_FOR) -> float:
    """The logarithm of E against "the difference is 0": n² r² mean² / (2 sd² (n r² + 1)) - ½ ln(n r² + 1).

    It reaches ln(1/α) exactly when the interval at the same α excludes 0. Without data, or from constant data, 0.
    It is an e-value only asymptotically: before LEAST requests, do not act on it.

    >>> round(log_e(Estimate(1000, 0.0959817, 1.0), 0.05, 1000), 4), round(-math.log(0.05), 4)
    (2.9957, 2.9957)
    """
    n, value, sd = estimate.n, estimate.value, estimate.sd
    if value is None or n <= 1 or sd == 0.0:
        return 0.0
    nr2 = n * scale(alpha, optimised_for) ** 2
    grown = nr2 + 1
    return n * nr2 / (2 * grown) * (value / sd) ** 2 - 0.5 * math.log(grown)
