"""What an e-value means: evidence against "both algorithms are equally good" that may be read at any time."""

from __future__ import annotations

import math
import sys

_LARGEST = math.log(sys.float_info.max)


def reaches(log_e: float, threshold: float) -> bool:
    """Whether E is at least `threshold`, 1/α for a verdict at level α.

    Ville's inequality: while both are equal, the chance that E ever reaches 1/α is at most α, however often one
    looks (Ville 1939; Howard et al. 2021, arXiv 1810.08240).

    >>> reaches(math.log(21), 1 / 0.05), reaches(math.log(19), 1 / 0.05)
    (True, False)
    """
    return log_e >= math.log(threshold)


def always_valid_p(log_e: float) -> float:
    """The p-value that stays valid under any number of looks: min(1, 1/E).

    >>> always_valid_p(math.log(40)), always_valid_p(-3.0)
    (0.025, 1.0)
    """
    return math.exp(min(0.0, -log_e))


def e_value(log_e: float) -> float:
    """E itself; the largest float where it would be larger.

    >>> round(e_value(math.log(16.0)), 9), math.isfinite(e_value(1e6))
    (16.0, True)
    """
    return sys.float_info.max if log_e >= _LARGEST else math.exp(log_e)
