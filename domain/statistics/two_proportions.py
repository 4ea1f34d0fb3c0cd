"""The classical test of two independent shares, for a single look: what a fixed plan would have said."""

from __future__ import annotations

import math


def z(successes1: int, n1: int, successes2: int, n2: int) -> float | None:
    """The pooled z of share 1 minus share 2; None without trials, or when all trials ended alike.

    Not valid when looked at repeatedly: at a look after every feedback, about half of all tests of equal algorithms
    would be called significant.

    >>> f"{z(189, 11034, 104, 11037):.4f}"
    '5.0014'
    """
    if n1 == 0 or n2 == 0:
        return None
    pooled = (successes1 + successes2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    return (successes1 / n1 - successes2 / n2) / math.sqrt(variance) if variance > 0.0 else None


def two_sided_p(statistic: float) -> float:
    """P(|Z| ≥ |statistic|) for a standard normal Z.

    >>> round(two_sided_p(1.959963984540054), 12)
    0.05
    """
    return math.erfc(abs(statistic) / math.sqrt(2))
