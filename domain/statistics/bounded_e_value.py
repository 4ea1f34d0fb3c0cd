"""The exact test of a mean that is 0 while both arms are equally good, for gains of which none is beyond ±1.

One fixed set of bets, mixed: E = mean over λ of exp(λ Σd + (ln(1-|λ|) + |λ|) Σd²). While the mean of the gains is 0 or
below, each term with λ > 0 is an e-value at every number of requests, because ln(1+λd) ≥ λd + (ln(1-λ)+λ) d² for every
d ≥ -1 (Fan, Grama & Liu 2015, "Exponential inequalities for martingales with applications"; Howard et al. 2021,
arXiv 1810.08240): it is no more than what a gambler has who bets the share λ on each gain (Waudby-Smith & Ramdas
2024, arXiv 2010.09686). It needs the sums of gains and of their squares alone, in whatever order they came.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

BETS = tuple(0.95 / 1.75**k for k in range(10))
"""The shares λ that are bet for the challenger, and against it: the best one is the mean gain over the mean square."""
BETS_AND_COSTS = tuple((bet, math.log1p(-bet) + bet) for bet in BETS)


def log_e(total: float, squares: float) -> float:
    """The logarithm of E against "the mean gain is 0", from the sums of gains between -1 and 1 and of their squares.

    >>> round(log_e(30.0, 60.0), 3), log_e(0.0, 0.0)
    (2.962, 0.0)
    >>> round(log_e(-30.0, 60.0), 3)
    2.962
    """
    return log_mean([bet * side + cost * squares for bet, cost in BETS_AND_COSTS for side in (total, -total)])


def log_e_above(total: float, squares: float) -> float:
    """The logarithm of E against "the mean gain is 0 or below", for gains that are at least -1.

    >>> log_e_above(30.0, 60.0) > log_e(30.0, 60.0) > 0.0 > log_e_above(-30.0, 60.0)
    True
    """
    return log_mean([bet * total + cost * squares for bet, cost in BETS_AND_COSTS])


def log_mean(logs: Sequence[float]) -> float:
    """The logarithm of the mean of e^x, for x of any size.

    >>> round(log_mean([0.0, math.log(3.0)]), 6) == round(math.log(2.0), 6), log_mean([1e9, 1e9])
    (True, 1000000000.0)
    """
    most = max(logs)
    return most + math.log(sum(math.exp(x - most) for x in logs) / len(logs))
