"""An interval for one share, such as an arm's accuracy, that may be watched while the data come in."""

from __future__ import annotations

import math
from collections.abc import Callable

from domain.statistics import beta_binomial
from domain.statistics.estimate import Interval

_STEPS = 60


def proportion_sequence(successes: int, n: int, alpha: float = 0.05) -> Interval:
    """The shares that the counts still allow; it covers the true one at all times with probability 1 - α, exactly.

    A share p is kept while E(p) = B(1+s, 1+f) / (p^s (1-p)^f) is below 1/α: the beta-binomial mixture with a uniform
    prior (Robbins 1970; Howard et al. 2021, arXiv 1810.08240), inverted by bisection. All of [0, 1] without trials.

    >>> found = proportion_sequence(850, 1000)
    >>> round(found.low, 4), round(found.high, 4)
    (0.8061, 0.8878)
    >>> proportion_sequence(0, 0)
    Interval(low=0.0, high=1.0)
    """
    if n == 0:
        return Interval(0.0, 1.0)
    failures = n - successes
    # E(p) < 1/α, solved for the likelihood of p. The likelihood has one peak, at the observed share, so on each side
    # of it one edge is found by halving; in logarithms, since at 10⁶ trials it is smaller than any float.
    limit = beta_binomial.log_beta(1 + successes, 1 + failures) + math.log(alpha)

    def kept(p: float) -> bool:
        return successes * math.log(p) + failures * math.log1p(-p) > limit

    share = successes / n
    low = _edge(kept, share, 0.0) if successes else 0.0
    high = _edge(kept, share, 1.0) if failures else 1.0
    return Interval(low, high)


def _edge(kept: Callable[[float], bool], inside: float, outside: float) -> float:
    """The last share that is not kept on the way from `inside` to `outside`, which may be 0 or 1."""
    for _ in range(_STEPS):
        middle = (inside + outside) / 2
        if middle in (inside, outside):
            break
        if 0.0 < middle < 1.0 and kept(middle):
            inside = middle
        else:
            outside = middle
    return outside
