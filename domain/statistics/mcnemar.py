"""The classical test of two paired shares, for a single look: what a fixed plan would have said."""

from __future__ import annotations

import math


def statistic(first_only: int, second_only: int) -> float:
    """McNemar's χ² without continuity correction: (b - c)² / (b + c), one degree of freedom; 0 without disagreement.

    McNemar (1947). Not valid when looked at repeatedly.

    >>> round(statistic(150, 86), 3)
    17.356
    """
    both = first_only + second_only
    return (first_only - second_only) ** 2 / both if both else 0.0


def exact_p(first_only: int, second_only: int) -> float:
    """The two-sided binomial p-value of the disagreements against a fair coin.

    >>> f"{exact_p(150, 86):.3e}"
    '3.716e-05'
    """
    n, k = first_only + second_only, min(first_only, second_only)
    if 2 * k >= n:
        return 1.0
    log_term = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1) - n * math.log(2)
    # The terms below k shrink by k / (n - k + 1); those too small to change the sum are left out.
    term = total = 1.0
    for lower in range(k, 0, -1):
        term *= lower / (n - lower + 1)
        total += term
        if term < total * 1e-17:
            break
    return min(1.0, 2 * math.exp(log_term) * total)
