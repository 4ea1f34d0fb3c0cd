"""The e-value of a share: how much the counts speak against a stated probability."""

from __future__ import annotations

import math


def log_e(successes: float, failures: float, p0: float, concentration: float) -> float:
    """The logarithm of E against "each trial succeeds with probability p0", a function of the two counts alone.

    E = B(a+s, b+f) / B(a, b) / (p0^s (1-p0)^f) with a = p0 · concentration and b = (1-p0) · concentration: the
    likelihood ratio of a beta mixture around p0 (Robbins 1970; Howard et al. 2021, arXiv 1810.08240). A large
    concentration looks for small deviations. No trial gives ln E = 0. In logarithms, so that 10⁹ trials do no harm.

    >>> round(math.exp(log_e(7, 0, 0.5, 2.0)), 9)
    16.0
    >>> log_e(0, 0, 0.5, 2.0)
    0.0
    """
    a, b = p0 * concentration, (1 - p0) * concentration
    mixture = log_beta(a + successes, b + failures) - log_beta(a, b)
    return mixture - (successes * math.log(p0) + failures * math.log1p(-p0))


def log_beta(a: float, b: float) -> float:
    """The logarithm of the beta function of a and b, both above 0.

    >>> round(math.exp(log_beta(2, 3)), 9)
    0.083333333
    """
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
